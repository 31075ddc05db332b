/**
 * The React bindings: a few translations from the client to hooks, without a timer or a connection of their own.
 *
 * The declarations name no type of React's, so that a package which contains this file type-checks where React is not installed.
 */
import { type ChannelArguments, type ChannelHandlers, type ChannelInput, type ChannelState, type InputEvents, type PresenceArguments, type PresenceView, type UseChannelOptions, type UsePresenceOptions, type UseRealtimeOptions } from "./bindings.js";
import type { Client } from "./client.js";
import type { ChannelMap, ConnectionShape, EventName, Handler, Pattern, Payload, PlainConnection, PresencePattern, PresenceState } from "./contract.js";
import type { Member } from "./presence.js";
import { type Status, type StatusSnapshot } from "./status.js";
export { MissingProviderError } from "./bindings.js";
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
/** The arguments of `useChannel` after the pattern: parameters exactly when the channel has some. */
export type UseChannelArguments<C extends ChannelMap<C>, P extends Pattern<C>> = ChannelArguments<C[P]["params"], C[P]["params"], ChannelHandlers<C, P>, UseChannelOptions>;
/** The hooks of one contract. */
export interface ReactBindings<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection> {
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
     * Subscribes to one event of a channel for as long as the component is mounted. The server sends only the events that somebody on the page wants.
     * The handler may change with each render without a new subscription.
     *
     * @example
     * ```tsx
     * useEvent("chat/{roomId}", { roomId }, "message.sent", (data) => add(data));
     * ```
     *
     * @throws {@link AddressError} while rendering, if a parameter violates the contract.
     * @throws {@link MissingProviderError} while rendering, without a `RealtimeProvider`.
     */
    readonly useEvent: <P extends Pattern<C>, E extends EventName<C, P>>(pattern: P, params: C[P]["params"], event: E, handler: Handler<Payload<C, P, E>>, options?: UseChannelOptions | undefined) => void;
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
     * Follows who is on a channel for as long as the component is mounted, and shows this client there if it wants to be seen.
     *
     * @example
     * ```tsx
     * const { members, self, setPresence } = usePresence("chat/{roomId}", { roomId });
     * return <input onInput={() => void setPresence({ name, typing: true })} placeholder={`${members.length} here`} />;
     * ```
     *
     * @throws {@link AddressError} if a parameter violates the contract.
     * @throws {@link MissingProviderError} without a `RealtimeProvider`.
     */
    readonly usePresence: <P extends PresencePattern<C>>(pattern: P, ...rest: PresenceArguments<C[P]["params"], C[P]["params"], UsePresenceOptions>) => PresenceView<PresenceState<C, P>>;
    /**
     * Follows one member of a channel: the component renders again when that member comes, changes or goes, and for no other.
     *
     * @example
     * ```tsx
     * const member = useMember("chat/{roomId}", { roomId }, id);
     * return <li>{member?.state.name}</li>;
     * ```
     *
     * @throws {@link AddressError} if a parameter violates the contract.
     * @throws {@link MissingProviderError} without a `RealtimeProvider`.
     */
    readonly useMember: <P extends PresencePattern<C>>(pattern: P, params: C[P]["params"], id: string) => Member<PresenceState<C, P>> | undefined;
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
    readonly useClient: () => Client<C, K>;
}
/** Makes the hooks. A generated package calls this once, with the map of its channels. */
export declare function bindReact<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>(): ReactBindings<C, K>;
