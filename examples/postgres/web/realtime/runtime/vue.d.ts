/**
 * The Vue bindings: a few translations from the client to composables, without a timer or a connection of their own.
 *
 * The declarations name no type of Vue's, so that a package which contains this file type-checks where Vue is not installed.
 */
import { type ChannelArguments, type ChannelHandlers, type ChannelInput, type ChannelState, type InputEvents, type PresenceArguments, type PresenceView, type UseChannelOptions, type UsePresenceOptions, type UseRealtimeOptions } from "./bindings.js";
import type { Client } from "./client.js";
import type { ChannelMap, ConnectionShape, EventName, Handler, Pattern, Payload, PlainConnection, PresencePattern, PresenceState } from "./contract.js";
import { Follower } from "./follow.js";
import type { Member } from "./presence.js";
import type { Status, StatusSnapshot } from "./status.js";
export { MissingProviderError } from "./bindings.js";
/** A value, a ref of it, or a function that reads it from what is reactive. */
export type MaybeReactive<Value> = Value | {
    readonly value: Value;
} | (() => Value);
/** The arguments of `useChannel` after the pattern: parameters exactly when the channel has some. */
export type UseChannelArguments<C extends ChannelMap<C>, P extends Pattern<C>> = ChannelArguments<C[P]["params"], MaybeReactive<C[P]["params"]>, ChannelHandlers<C, P>, MaybeReactive<UseChannelOptions>>;
/** What a Vue application has to offer to a plugin. */
export interface VueApplication {
    /** Gives a value to every component. */
    provide(key: symbol, value: unknown): unknown;
}
/** The composables of one contract. Call them in `setup`. What they return is reactive as it stands; `toRefs` takes it apart. */
export interface VueBindings<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection> {
    /**
     * Gives a client to every component of an application.
     *
     * @example
     * ```ts
     * createApp(App).use(realtimePlugin, createClient({ url: "/realtime" })).mount("#app");
     * ```
     */
    readonly realtimePlugin: {
        readonly install: (application: VueApplication, client: Client<C>) => void;
    };
    /** Gives a client to the components below this one. */
    readonly provideRealtime: (client: Client<C>) => void;
    /**
     * Subscribes to a channel for as long as the component is mounted. Parameters and options may be refs or functions: other parameters leave the old
     * channel. Handlers are looked up with each event, so they may change without a new subscription. Without handlers it does not subscribe.
     *
     * @example
     * ```ts
     * const room = useChannel("chat/{roomId}", () => ({ roomId: props.roomId }), { "message.sent": (data) => add(data) });
     * room.status; // reactive
     * ```
     *
     * @throws {@link AddressError} in `setup`, or in the update that brings it, if a parameter violates the contract.
     * @throws {@link MissingProviderError} without a client.
     */
    readonly useChannel: <P extends Pattern<C>>(pattern: P, ...rest: UseChannelArguments<C, P>) => ChannelState<C, P>;
    /**
     * Subscribes to one event of a channel for as long as the component is mounted. The server sends only the events that somebody on the page wants.
     *
     * @example
     * ```ts
     * useEvent("chat/{roomId}", () => ({ roomId: props.roomId }), "message.sent", (data) => add(data));
     * ```
     *
     * @throws {@link AddressError} in `setup`, or in the update that brings it, if a parameter violates the contract.
     * @throws {@link MissingProviderError} without a client.
     */
    readonly useEvent: <P extends Pattern<C>, E extends EventName<C, P>>(pattern: P, params: MaybeReactive<C[P]["params"]>, event: E, handler: Handler<Payload<C, P, E>>, options?: MaybeReactive<UseChannelOptions> | undefined) => void;
    /**
     * Subscribes to several channels at once. `onData` gets a union that `event` tells apart.
     *
     * @example
     * ```ts
     * useRealtime({ events: ["notification.alert"], onData: ({ data }) => toast(data.text) });
     * ```
     *
     * @throws {@link MissingProviderError} without a client.
     */
    readonly useRealtime: <const I extends ChannelInput<C> = Extract<ChannelInput<C>, "default">, const E extends InputEvents<C, I> = InputEvents<C, I>>(options?: MaybeReactive<UseRealtimeOptions<C, I, E>>) => {
        readonly status: Status;
    };
    /**
     * Follows who is on a channel for as long as the component is mounted, and shows this client there if it wants to be seen. Parameters and options may change: other parameters leave the old channel.
     *
     * @example
     * ```ts
     * const room = usePresence("chat/{roomId}", () => ({ roomId: props.roomId }));
     * void room.setPresence({ name: "Ann" });
     * ```
     *
     * @throws {@link AddressError} if a parameter violates the contract.
     * @throws {@link MissingProviderError} without a client.
     */
    readonly usePresence: <P extends PresencePattern<C>>(pattern: P, ...rest: PresenceArguments<C[P]["params"], MaybeReactive<C[P]["params"]>, MaybeReactive<UsePresenceOptions>>) => PresenceView<PresenceState<C, P>>;
    /**
     * Follows one member of a channel: the component shows another state when that member comes, changes or goes, and for no other.
     *
     * @example
     * ```ts
     * const one = useMember("chat/{roomId}", () => ({ roomId: props.roomId }), () => props.id);
     * one.member?.state.name; // reactive
     * ```
     *
     * @throws {@link AddressError} if a parameter violates the contract.
     * @throws {@link MissingProviderError} without a client.
     */
    readonly useMember: <P extends PresencePattern<C>>(pattern: P, params: MaybeReactive<C[P]["params"]>, id: MaybeReactive<string>) => {
        readonly member: Member<PresenceState<C, P>> | undefined;
    };
    /**
     * The state of the connection.
     *
     * @throws {@link MissingProviderError} without a client.
     */
    readonly useStatus: () => StatusSnapshot;
    /**
     * The client that was provided.
     *
     * @throws {@link MissingProviderError} without a client.
     */
    readonly useClient: () => Client<C, K>;
}
/** Makes the composables. A generated package calls this once, with the map of its channels. */
export declare function bindVue<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>(): VueBindings<C, K>;
/** Follows for as long as the component is mounted; the answer tells Vue that something of it was read. */
export declare function useFollower(follower: Follower, follow: () => void): () => void;
