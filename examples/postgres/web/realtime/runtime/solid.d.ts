/**
 * The Solid bindings: a few translations from the client to primitives, without a timer or a connection of their own.
 *
 * The declarations name no type of Solid's, so that a package which contains this file type-checks where Solid is not installed.
 */
import { type ChannelArguments, type ChannelHandlers, type ChannelInput, type ChannelState, type InputEvents, type PresenceArguments, type PresenceView, type UseChannelOptions, type UsePresenceOptions, type UseRealtimeOptions } from "./bindings.js";
import type { Client } from "./client.js";
import type { ChannelMap, ConnectionShape, EventName, Handler, Pattern, Payload, PlainConnection, PresencePattern, PresenceState } from "./contract.js";
import { Follower } from "./follow.js";
import type { Member } from "./presence.js";
import type { Status, StatusSnapshot } from "./status.js";
export { MissingProviderError } from "./bindings.js";
/** A value, or a function that reads it from what is reactive. */
export type MaybeAccessor<Value> = Value | (() => Value);
/** The arguments of `useChannel` after the pattern: parameters exactly when the channel has some. */
export type UseChannelArguments<C extends ChannelMap<C>, P extends Pattern<C>> = ChannelArguments<C[P]["params"], MaybeAccessor<C[P]["params"]>, ChannelHandlers<C, P>, MaybeAccessor<UseChannelOptions>>;
/** What `RealtimeProvider` takes. */
export interface ProviderProps<C extends ChannelMap<C>> {
    /** The client that every primitive below uses. Make it outside of components, once. */
    readonly client: Client<C>;
    /** What may use the primitives. */
    readonly children?: unknown;
}
/** The primitives of one contract. Read what they return as it stands, such as `room.status`: taken apart it is not reactive any more. */
export interface SolidBindings<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection> {
    /**
     * Gives a client to everything below it.
     *
     * @example
     * ```tsx
     * const client = createClient({ url: "/realtime" });
     * <RealtimeProvider client={client}><App /></RealtimeProvider>
     * ```
     */
    readonly RealtimeProvider: (props: ProviderProps<C>) => null;
    /**
     * Subscribes to a channel for as long as the component is there. Parameters and options may be functions: other parameters leave the old channel.
     * Handlers are looked up with each event, so they may change without a new subscription. Without handlers it does not subscribe.
     *
     * @example
     * ```tsx
     * const room = useChannel("chat/{roomId}", () => ({ roomId: props.roomId }), { "message.sent": (data) => add(data) });
     * return <p>{room.status}</p>;
     * ```
     *
     * @throws {@link AddressError} if a parameter violates the contract.
     * @throws {@link MissingProviderError} without a `RealtimeProvider`.
     */
    readonly useChannel: <P extends Pattern<C>>(pattern: P, ...rest: UseChannelArguments<C, P>) => ChannelState<C, P>;
    /**
     * Subscribes to one event of a channel for as long as the component is there. The server sends only the events that somebody on the page wants.
     *
     * @example
     * ```tsx
     * useEvent("chat/{roomId}", () => ({ roomId: props.roomId }), "message.sent", (data) => add(data));
     * ```
     *
     * @throws {@link AddressError} if a parameter violates the contract.
     * @throws {@link MissingProviderError} without a `RealtimeProvider`.
     */
    readonly useEvent: <P extends Pattern<C>, E extends EventName<C, P>>(pattern: P, params: MaybeAccessor<C[P]["params"]>, event: E, handler: Handler<Payload<C, P, E>>, options?: MaybeAccessor<UseChannelOptions> | undefined) => void;
    /**
     * Subscribes to several channels at once. `onData` gets a union that `event` tells apart.
     *
     * @example
     * ```tsx
     * useRealtime({ events: ["notification.alert"], onData: ({ data }) => toast(data.text) });
     * ```
     *
     * @throws {@link MissingProviderError} without a `RealtimeProvider`.
     */
    readonly useRealtime: <const I extends ChannelInput<C> = Extract<ChannelInput<C>, "default">, const E extends InputEvents<C, I> = InputEvents<C, I>>(options?: MaybeAccessor<UseRealtimeOptions<C, I, E>>) => {
        readonly status: Status;
    };
    /**
     * Follows who is on a channel for as long as the component is there, and shows this client there if it wants to be seen. Parameters and options may change: other parameters leave the old channel.
     *
     * @example
     * ```tsx
     * const room = usePresence("chat/{roomId}", () => ({ roomId: props.roomId }));
     * return <p>{room.members.length} here</p>;
     * ```
     *
     * @throws {@link AddressError} if a parameter violates the contract.
     * @throws {@link MissingProviderError} without a `RealtimeProvider`.
     */
    readonly usePresence: <P extends PresencePattern<C>>(pattern: P, ...rest: PresenceArguments<C[P]["params"], MaybeAccessor<C[P]["params"]>, MaybeAccessor<UsePresenceOptions>>) => PresenceView<PresenceState<C, P>>;
    /**
     * Follows one member of a channel: the component shows another state when that member comes, changes or goes, and for no other.
     *
     * @example
     * ```tsx
     * const one = useMember("chat/{roomId}", () => ({ roomId: props.roomId }), () => props.id);
     * return <li>{one.member?.state.name}</li>;
     * ```
     *
     * @throws {@link AddressError} if a parameter violates the contract.
     * @throws {@link MissingProviderError} without a `RealtimeProvider`.
     */
    readonly useMember: <P extends PresencePattern<C>>(pattern: P, params: MaybeAccessor<C[P]["params"]>, id: MaybeAccessor<string>) => {
        readonly member: Member<PresenceState<C, P>> | undefined;
    };
    /**
     * The state of the connection.
     *
     * @throws {@link MissingProviderError} without a `RealtimeProvider`.
     */
    readonly useStatus: () => StatusSnapshot;
    /**
     * The client that the provider was given.
     *
     * @throws {@link MissingProviderError} without a `RealtimeProvider`.
     */
    readonly useClient: () => Client<C, K>;
}
/** Makes the primitives. A generated package calls this once, with the map of its channels. */
export declare function bindSolid<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>(): SolidBindings<C, K>;
/** Follows for as long as the component is there; the answer tells Solid that something of it was read. */
export declare function useFollower(follower: Follower, follow: () => void): () => void;
/** What is given, or what the function that is given reads. */
export declare function access(given: unknown): unknown;
