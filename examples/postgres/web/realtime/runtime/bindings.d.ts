/** What the bindings of every framework share: their types, and the client as they use it. */
import type { Address } from "./address.js";
import type { HistoryPage, Publish } from "./channel.js";
import type { ChannelEvent, ChannelMap, EventName, Handler, Pattern, Payload, Publishable } from "./contract.js";
import type { RefusedError } from "./errors.js";
import type { HistoryQuery } from "./history.js";
import type { AnyEvent } from "./intake.js";
import type { Member, Presence } from "./presence.js";
import type { Published } from "./publication.js";
import type { Status, StatusSource } from "./status.js";
import type { Gap, Start } from "./subscriptions.js";
/** How a component subscribes to a channel. */
export interface UseChannelOptions {
    /** `false` leaves the channel until it is `true` again. Default `true`. */
    readonly enabled?: boolean | undefined;
    /** Continue after this cursor, for example the one of a page that was rendered on a server. Read when the channel is entered. */
    readonly after?: string | undefined;
    /** Begin with this many stored events where `after` does not say where to begin. Read when the channel is entered. */
    readonly last?: number | undefined;
    /** Called when events of this channel may be missing. Does not subscribe by itself. */
    readonly onGap?: ((gap: Gap) => void) | undefined;
}
/** The handlers of a channel by event name; for a channel of one unnamed event also just its handler. */
export type ChannelHandlers<C extends ChannelMap<C>, P extends Pattern<C>> = {
    readonly [E in EventName<C, P>]?: Handler<Payload<C, P, E>> | undefined;
} | ([EventName<C, P>] extends ["message"] ? Handler<C[P]["events"]["message" & EventName<C, P>]> : never);
/** What a component knows of a channel. */
export type ChannelState<C extends ChannelMap<C>, P extends Pattern<C>> = SubscribedState<C, P> & ([Publishable<C, P>] extends [never] ? unknown : PublishingState<C, P>);
/** What a component knows of a channel that clients may publish on, besides. */
export interface PublishingState<C extends ChannelMap<C>, P extends Pattern<C>> {
    /** Publishes on the channel; the same function at least as long as the channel is the same. It needs no handlers. */
    readonly publish: Publish<C, P>;
}
/** What a component knows of every channel. */
export interface SubscribedState<C extends ChannelMap<C>, P extends Pattern<C>> {
    /** The state of the connection; `denied` where that is well and the server refuses this channel. */
    readonly status: Status | "denied";
    /** Why the server refuses this channel, if it does. */
    readonly denied: RefusedError | undefined;
    /** The name of the channel on the wire, such as `chat/42`. */
    readonly name: string;
    /** Reads stored events; the same function at least as long as the channel is the same. */
    readonly history: (query?: HistoryQuery) => Promise<HistoryPage<ChannelEvent<C, P>>>;
}
/** What a component knows of who is on a channel. */
export interface PresenceView<State> {
    /** Whether the roster is known. */
    readonly isKnown: boolean;
    /** The members, in the order in which they came; none before the roster is known, and on a server that only renders. */
    readonly members: readonly Member<State>[];
    /** Their ids; another list only when somebody comes or goes. */
    readonly memberIds: readonly string[];
    /** This client's own member, once the roster shows it. */
    readonly self: Member<State> | undefined;
    /**
     * Shows this client on the channel, or changes what it shows; as {@link Presence.set}. It ends when the last component that follows the presence of the channel
     * goes, or follows another channel.
     *
     * @throws {@link PayloadError} at once, if the state violates the contract.
     */
    readonly setPresence: Presence<State>["set"];
    /** Is not there any more. */
    readonly leave: () => void;
}
/** How a component follows who is on a channel. */
export interface UsePresenceOptions {
    /** `false` leaves the channel until it is `true` again. Default `true`. */
    readonly enabled?: boolean | undefined;
}
/** The arguments of a presence after the pattern: parameters exactly when the channel has some. */
export type PresenceArguments<Params, GivenParams, Options> = undefined extends Params ? readonly [params?: undefined, options?: Options | undefined] : readonly [params: GivenParams, options?: Options | undefined];
/** The arguments that follow the pattern of a channel: parameters exactly when the channel has some. */
export type ChannelArguments<Params, GivenParams, Handlers, Options> = undefined extends Params ? readonly [params?: undefined, handlers?: Handlers | undefined, options?: Options | undefined] : readonly [params: GivenParams, handlers?: Handlers | undefined, options?: Options | undefined];
/** One of several channels: a pattern without parameters, or an address. */
export type ChannelInput<C extends ChannelMap<C>> = {
    readonly [P in Pattern<C>]: Address<C, P> | (undefined extends C[P]["params"] ? P : never);
}[Pattern<C>];
/** The pattern that one of several channels has. */
export type InputPattern<C extends ChannelMap<C>, I> = I extends Pattern<C> ? I : I extends {
    readonly pattern: infer P extends Pattern<C>;
} ? P : never;
/** The events of several channels as one union, each with its `id`. */
export type RealtimeEvent<C extends ChannelMap<C>, P extends Pattern<C>, E> = {
    readonly [Each in P]: {
        readonly [Name in EventName<C, Each> & E]: ChannelEvent<C, Each, Name> & {
            readonly id: string | null;
        };
    }[EventName<C, Each> & E];
}[P];
/** How a component subscribes to several channels. */
export interface UseRealtimeOptions<C extends ChannelMap<C>, I extends ChannelInput<C>, E extends string> {
    /** The channels; `["default"]` if left out. */
    readonly channels?: readonly I[] | undefined;
    /** The names of the events; all if left out. */
    readonly events?: readonly E[] | undefined;
    /** Called with each event. Without it nothing is subscribed. */
    readonly onData?: ((event: RealtimeEvent<C, InputPattern<C, I>, E>) => void) | undefined;
    /** `false` leaves the channels until it is `true` again. Default `true`. */
    readonly enabled?: boolean | undefined;
}
/** The names of the events of some channels. */
export type InputEvents<C extends ChannelMap<C>, I> = {
    readonly [P in InputPattern<C, I>]: EventName<C, P>;
}[InputPattern<C, I>];
/** A binding was used where there is no client. Its message says how the framework in use gives one to a part of the page. */
export declare class MissingProviderError extends Error {
    readonly name = "MissingProviderError";
    constructor(binding: string, cure: string);
}
/** The client as the bindings use it, without its types. */
export interface UntypedClient {
    channel(pattern: string, params?: object): UntypedChannel;
    readonly status: StatusSource;
}
/** A channel as the bindings use it, without its types. */
export interface UntypedChannel {
    readonly name: string;
    readonly denied: RefusedError | undefined;
    on(event: string, handler: Handler<unknown>, options?: Start): () => void;
    onAny(handler: (event: AnyEvent) => void, options?: Start): () => void;
    onGap(handler: (gap: Gap) => void): () => void;
    onSubscribed(handler: () => void): () => void;
    onDenied(handler: () => void): () => void;
    readonly publish: (...message: readonly unknown[]) => Promise<Published>;
    readonly history: (query?: HistoryQuery) => Promise<HistoryPage<AnyEvent>>;
    presence?(): UntypedPresence;
}
/** Who is on a channel, as the bindings use it. */
export interface UntypedPresence extends Presence<unknown> {
    readonly hold: () => () => void;
}
/** The handlers of a channel, without their types. */
export type UntypedHandlers = Handler<unknown> | {
    readonly [event: string]: Handler<unknown> | undefined;
};
/** How to subscribe to several channels, without types. */
export interface UntypedRealtimeOptions {
    readonly channels?: readonly (string | {
        readonly pattern: string;
        readonly params: object | undefined;
    })[] | undefined;
    readonly events?: readonly string[] | undefined;
    readonly onData?: ((event: AnyEvent & {
        readonly id: string | null;
    }) => void) | undefined;
    readonly enabled?: boolean | undefined;
}
/** Subscribes to one event of a channel, or to all. Who gets an event is asked when it comes, so that handlers may change meanwhile. */
export declare function listen(channel: UntypedChannel, event: string | undefined, handlers: () => UntypedHandlers | undefined, { after, last }: Start): () => void;
/** The channels of a list by their names, so that one that stands in it twice is subscribed once. */
export declare function channelsOf(client: UntypedClient, { channels }: UntypedRealtimeOptions): ReadonlyMap<string, UntypedChannel>;
/** Hands an event of several channels on, if it is one of those that are asked for. */
export declare function handOn({ events, onData }: UntypedRealtimeOptions, event: AnyEvent): void;
/**
 * Who is on a channel.
 *
 * @throws RangeError if the channel has no members, which the types already rule out.
 */
export declare function presenceOf(client: UntypedClient, pattern: string, params: object | undefined): UntypedPresence;
/** The members where nobody is known. */
export declare const NOBODY: readonly never[];
/** Calls back when a channel is refused, and when it is not any longer: what ends a denial is the beginning of the next try, with or without a hole. */
export declare function watchDenial(channel: UntypedChannel, changed: () => void): () => void;
/** What a component shows of a connection and one of its channels. */
export declare function channelStatus(status: Status, denied: RefusedError | undefined): Status | "denied";
