/**
 * The React bindings: a few translations from the client to hooks, without a timer or a connection of their own.
 *
 * The declarations name no type of React's, so that a package which contains this file type-checks where React is not installed.
 */
import type { Address } from "./address.js";
import type { HistoryPage, Publish } from "./channel.js";
import type { Client } from "./client.js";
import type { ChannelEvent, ChannelMap, EventName, Handler, Pattern, Payload, Publishable } from "./contract.js";
import type { RefusedError } from "./errors.js";
import type { HistoryQuery } from "./history.js";
import { type Status, type StatusSnapshot } from "./status.js";
import type { Gap } from "./subscriptions.js";
/** What a component returns, as far as JSX is concerned. */
export interface RealtimeElement {
    /** What React renders. */
    readonly type: (props: {
        readonly [name: string]: unknown;
    }) => null;
    /** What it renders it with. */
    readonly props: {
        readonly [name: string]: unknown;
    };
    /** Tells siblings apart. */
    readonly key: string | null;
}
/** What `RealtimeProvider` takes. */
export interface ProviderProps<C extends ChannelMap<C>> {
    /** The client that every hook below uses. Make it outside of components, once. */
    readonly client: Client<C>;
    /** What may use the hooks. */
    readonly children?: unknown;
}
/** How `useChannel` subscribes. */
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
/** What `useChannel` gives. */
export type ChannelState<C extends ChannelMap<C>, P extends Pattern<C>> = SubscribedState<C, P> & ([Publishable<C, P>] extends [never] ? unknown : PublishingState<C, P>);
/** What `useChannel` gives for a channel that clients may publish on, besides. */
export interface PublishingState<C extends ChannelMap<C>, P extends Pattern<C>> {
    /** Publishes on the channel; the same function as long as the channel is the same. It needs no handlers. */
    readonly publish: Publish<C, P>;
}
/** What `useChannel` gives for every channel. */
export interface SubscribedState<C extends ChannelMap<C>, P extends Pattern<C>> {
    /** The state of the connection; `denied` where that is well and the server refuses this channel. */
    readonly status: Status | "denied";
    /** Why the server refuses this channel, if it does. */
    readonly denied: RefusedError | undefined;
    /** The name of the channel on the wire, such as `chat/42`. */
    readonly name: string;
    /** Reads stored events; the same function as long as the channel is the same. */
    readonly history: (query?: HistoryQuery) => Promise<HistoryPage<ChannelEvent<C, P>>>;
}
/** The arguments of `useChannel` after the pattern: parameters exactly when the channel has some. */
export type UseChannelArguments<C extends ChannelMap<C>, P extends Pattern<C>> = undefined extends C[P]["params"] ? readonly [params?: undefined, handlers?: ChannelHandlers<C, P> | undefined, options?: UseChannelOptions | undefined] : readonly [params: C[P]["params"], handlers?: ChannelHandlers<C, P> | undefined, options?: UseChannelOptions | undefined];
/** A channel for `useRealtime`: a pattern without parameters, or an address. */
export type ChannelInput<C extends ChannelMap<C>> = {
    readonly [P in Pattern<C>]: Address<C, P> | (undefined extends C[P]["params"] ? P : never);
}[Pattern<C>];
/** The pattern that an input of `useRealtime` stands for. */
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
/** What `useRealtime` subscribes to. */
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
/** The hooks of one contract. */
export interface ReactBindings<C extends ChannelMap<C>> {
    /**
     * Gives a client to every hook below it.
     *
     * @example
     * ```tsx
     * const client = createClient({ url: "/realtime" });
     * <RealtimeProvider client={client}><App /></RealtimeProvider>
     * ```
     */
    readonly RealtimeProvider: (props: ProviderProps<C>) => RealtimeElement;
    /**
     * Subscribes to a channel for as long as the component is mounted. Handlers may change with each render without a new subscription; other
     * parameters leave the old channel. Without handlers it does not subscribe.
     *
     * @example
     * ```tsx
     * const { status } = useChannel("chat/{roomId}", { roomId }, { "message.sent": (data) => add(data) });
     * ```
     *
     * @throws {@link AddressError} while rendering, if a parameter violates the contract.
     * @throws {@link MissingProviderError} while rendering, without a `RealtimeProvider`.
     */
    readonly useChannel: <P extends Pattern<C>>(pattern: P, ...rest: UseChannelArguments<C, P>) => ChannelState<C, P>;
    /**
     * Subscribes to several channels at once. `onData` gets a union that `event` tells apart.
     *
     * @example
     * ```tsx
     * useRealtime({ events: ["notification.alert"], onData: ({ data }) => toast(data.text) });
     * ```
     *
     * @throws {@link MissingProviderError} while rendering, without a `RealtimeProvider`.
     */
    readonly useRealtime: <const I extends ChannelInput<C> = Extract<ChannelInput<C>, "default">, const E extends InputEvents<C, I> = InputEvents<C, I>>(options?: UseRealtimeOptions<C, I, E>) => {
        readonly status: Status;
    };
    /**
     * The state of the connection. Renders again when it changes.
     *
     * @throws {@link MissingProviderError} while rendering, without a `RealtimeProvider`.
     */
    readonly useStatus: () => StatusSnapshot;
    /**
     * The client that the provider was given.
     *
     * @throws {@link MissingProviderError} while rendering, without a `RealtimeProvider`.
     */
    readonly useClient: () => Client<C>;
}
/** A hook was used outside of a `RealtimeProvider`. Put the provider around the part of the page that uses it. */
export declare class MissingProviderError extends Error {
    readonly name = "MissingProviderError";
    constructor(hook: string);
}
/** Makes the hooks. A generated package calls this once, with the map of its channels. */
export declare function bindReact<C extends ChannelMap<C>>(): ReactBindings<C>;
