/**
 * The Svelte bindings: a few translations from the client to what components read, without a timer or a connection of their own.
 *
 * What the functions return is read in two ways: as an object whose properties are reactive in markup, `$derived` and `$effect`, and as a store
 * (`$room.status`). The declarations name no type of Svelte's, so that a package which contains this file type-checks where Svelte is not installed.
 */
import { type ChannelArguments, type ChannelHandlers, type ChannelInput, type ChannelState, type InputEvents, type PresenceArguments, type PresenceView, type UseChannelOptions, type UsePresenceOptions, type UseRealtimeOptions } from "./bindings.js";
import type { Client, CreateClient } from "./client.js";
import type { ChannelMap, ConnectionShape, EventName, Handler, Pattern, Payload, PlainConnection, PresencePattern, PresenceState } from "./contract.js";
import { Follower } from "./follow.js";
import type { Opening } from "./exchange.js";
import type { ClientOptions } from "./options.js";
import type { Member } from "./presence.js";
import type { Status, StatusSnapshot } from "./status.js";
export { MissingProviderError } from "./bindings.js";
/** What Svelte reads with a `$` before its name. */
export interface Store<Value> {
    /** Calls back at once, and after each change; the answer stops that. */
    subscribe(run: (value: Value) => void): () => void;
}
/** A value, a function that reads it from what is reactive, or a store of it. */
export type MaybeReactive<Value> = Value | (() => Value) | Store<Value>;
/** The arguments of `createChannel` after the pattern: parameters exactly when the channel has some. */
export type CreateChannelArguments<C extends ChannelMap<C>, P extends Pattern<C>> = ChannelArguments<C[P]["params"], MaybeReactive<C[P]["params"]>, ChannelHandlers<C, P>, MaybeReactive<UseChannelOptions>>;
/** The functions of one contract. Call them while a component initialises. */
export interface SvelteBindings<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection> {
    /**
     * Gives a client to this component and those below it, and returns it. One that is made here, of options, is closed when the component is
     * destroyed; one that is handed in is left to whoever made it, and survives hot reload of this component if that is a module.
     *
     * @example
     * ```svelte
     * <script>
     *   const client = provideRealtime({ url: "/realtime" });
     * </script>
     * ```
     */
    readonly provideRealtime: (given: (ClientOptions & Opening<K>) | Client<C, K>) => Client<C, K>;
    /**
     * The client of the nearest component around this one that provides one.
     *
     * @throws {@link MissingProviderError} if none does.
     */
    readonly getRealtimeContext: () => Client<C, K>;
    /**
     * Subscribes to a channel for as long as the component is mounted. Parameters and options may be functions or stores: other parameters leave the
     * old channel. Handlers are looked up with each event, so they may change without a new subscription. Without handlers it does not subscribe.
     *
     * @example
     * ```svelte
     * <script>
     *   const { roomId } = $props();
     *   const room = createChannel("chat/{roomId}", () => ({ roomId }), { "message.sent": (data) => add(data) });
     * </script>
     * {room.status}
     * ```
     *
     * @throws {@link AddressError} if a parameter violates the contract.
     * @throws {@link MissingProviderError} without a client.
     */
    readonly createChannel: <P extends Pattern<C>>(pattern: P, ...rest: CreateChannelArguments<C, P>) => ChannelState<C, P> & Store<ChannelState<C, P>>;
    /**
     * Subscribes to one event of a channel for as long as the component is mounted. The server sends only the events that somebody on the page wants.
     *
     * @example
     * ```svelte
     * <script>
     *   onEvent("chat/{roomId}", () => ({ roomId }), "message.sent", (data) => add(data));
     * </script>
     * ```
     *
     * @throws {@link AddressError} if a parameter violates the contract.
     * @throws {@link MissingProviderError} without a client.
     */
    readonly onEvent: <P extends Pattern<C>, E extends EventName<C, P>>(pattern: P, params: MaybeReactive<C[P]["params"]>, event: E, handler: Handler<Payload<C, P, E>>, options?: MaybeReactive<UseChannelOptions> | undefined) => void;
    /**
     * Subscribes to several channels at once. `onData` gets a union that `event` tells apart.
     *
     * @example
     * ```svelte
     * <script>
     *   createRealtime({ events: ["notification.alert"], onData: ({ data }) => toast(data.text) });
     * </script>
     * ```
     *
     * @throws {@link MissingProviderError} without a client.
     */
    readonly createRealtime: <const I extends ChannelInput<C> = Extract<ChannelInput<C>, "default">, const E extends InputEvents<C, I> = InputEvents<C, I>>(options?: MaybeReactive<UseRealtimeOptions<C, I, E>>) => {
        readonly status: Status;
    } & Store<{
        readonly status: Status;
    }>;
    /**
     * Follows who is on a channel for as long as the component is mounted, and shows this client there if it wants to be seen. Parameters and options may change: other parameters leave the old channel.
     *
     * @example
     * ```svelte
     * <script>
     *   const room = createPresence("chat/{roomId}", () => ({ roomId }));
     * </script>
     * {room.members.length} here
     * ```
     *
     * @throws {@link AddressError} if a parameter violates the contract.
     * @throws {@link MissingProviderError} without a client.
     */
    readonly createPresence: <P extends PresencePattern<C>>(pattern: P, ...rest: PresenceArguments<C[P]["params"], MaybeReactive<C[P]["params"]>, MaybeReactive<UsePresenceOptions>>) => PresenceView<PresenceState<C, P>> & Store<PresenceView<PresenceState<C, P>>>;
    /**
     * Follows one member of a channel: the component shows another state when that member comes, changes or goes, and for no other.
     *
     * @example
     * ```svelte
     * <script>
     *   const one = createMember("chat/{roomId}", () => ({ roomId }), () => id);
     * </script>
     * {one.member?.state.name}
     * ```
     *
     * @throws {@link AddressError} if a parameter violates the contract.
     * @throws {@link MissingProviderError} without a client.
     */
    readonly createMember: <P extends PresencePattern<C>>(pattern: P, params: MaybeReactive<C[P]["params"]>, id: MaybeReactive<string>) => {
        readonly member: Member<PresenceState<C, P>> | undefined;
    } & Store<{
        readonly member: Member<PresenceState<C, P>> | undefined;
    }>;
    /**
     * The state of the connection.
     *
     * @throws {@link MissingProviderError} without a client.
     */
    readonly createStatus: () => StatusSnapshot & Store<StatusSnapshot>;
}
/** Makes the functions. A generated package calls this once, with what makes its clients. */
export declare function bindSvelte<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>(createClient: CreateClient<C, K>): SvelteBindings<C, K>;
/** Follows for as long as the component is mounted; the answer makes what the component reads. */
export declare function use<Wanted>(follower: Follower, wanted: () => Wanted, follow: (wanted: Wanted) => void, stateOf: (track: () => void) => object): object;
/** Reads what is given: a value, a function or a store. */
export declare function reader(given: unknown): () => unknown;
