/**
 * The React bindings: a few translations from the client to hooks, without a timer or a connection of their own.
 *
 * The declarations name no type of React's, so that a package which contains this file type-checks where React is not installed.
 */

import { createContext, createElement, useContext, useEffect, useInsertionEffect, useMemo, useRef, useSyncExternalStore } from "react";
import {
  type ChannelArguments,
  type ChannelHandlers,
  type ChannelInput,
  channelsOf,
  type ChannelState,
  channelStatus,
  handOn,
  type InputEvents,
  listen,
  MissingProviderError,
  NOBODY,
  type PresenceArguments,
  presenceOf,
  type PresenceView,
  type UntypedChannel,
  type UntypedClient,
  type UntypedHandlers,
  type UntypedPresence,
  type UntypedRealtimeOptions,
  type UseChannelOptions,
  type UsePresenceOptions,
  type UseRealtimeOptions,
  watchDenial,
} from "./bindings.js";
import type { Client } from "./client.js";
import type { ChannelMap, ConnectionShape, EventName, Handler, Pattern, Payload, PlainConnection, PresencePattern, PresenceState } from "./contract.js";
import type { RefusedError } from "./errors.js";
import type { Member } from "./presence.js";
import { initialStatus, type Status, type StatusSnapshot } from "./status.js";

export { MissingProviderError } from "./bindings.js";

/** What a component returns, as far as JSX is concerned. */
export interface RealtimeElement {
  /** What React renders. */
  readonly type: (props: { readonly [name: string]: unknown }) => null;
  /** What it renders it with. */
  readonly props: { readonly [name: string]: unknown };
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
  readonly useEvent: <P extends Pattern<C>, E extends EventName<C, P>>(
    pattern: P,
    params: C[P]["params"],
    event: E,
    handler: Handler<Payload<C, P, E>>,
    options?: UseChannelOptions | undefined,
  ) => void;

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
  readonly useRealtime: <const I extends ChannelInput<C> = Extract<ChannelInput<C>, "default">, const E extends InputEvents<C, I> = InputEvents<C, I>>(
    options?: UseRealtimeOptions<C, I, E>,
  ) => { readonly status: Status };

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
export function bindReact<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>(): ReactBindings<C, K> {
  const context = createContext<UntypedClient | undefined>(undefined);

  function useCurrent(hook: string): UntypedClient {
    const client = useContext(context);
    if (client === undefined) throw new MissingProviderError(hook, "put <RealtimeProvider client={createClient({ url })}> around the component that uses it");
    return client;
  }

  function useSnapshot({ status }: UntypedClient): StatusSnapshot {
    return useSyncExternalStore(status.subscribe, status.get, () => initialStatus);
  }

  function useDenial(channel: UntypedChannel): RefusedError | undefined {
    const subscribe = useMemo(() => (changed: () => void) => watchDenial(channel, changed), [channel]);
    return useSyncExternalStore(subscribe, () => channel.denied, () => undefined);
  }

  /** Subscribes to one event of a channel, or to all. */
  function useSubscription(client: UntypedClient, event: string | undefined, pattern: string, params?: object, handlers?: UntypedHandlers, options: UseChannelOptions = {}): UntypedChannel {
    const { name } = client.channel(pattern, params);
    // The name stands for pattern and parameters, whose object is usually a new one in each render.
    const channel = useMemo(() => client.channel(pattern, params), [client, name]);
    const latest = useLatest({ handlers, options });
    const { enabled = true } = options;
    const listening = enabled && handlers !== undefined;
    useEffect(() => (listening ? listen(channel, event, () => latest.current.handlers, latest.current.options) : undefined), [channel, event, listening]);
    useEffect(() => (enabled ? channel.onGap((gap) => latest.current.options.onGap?.(gap)) : undefined), [channel, enabled]);
    return channel;
  }

  function useChannel(pattern: string, params?: object, handlers?: UntypedHandlers, options?: UseChannelOptions): unknown {
    const client = useCurrent("useChannel");
    const channel = useSubscription(client, undefined, pattern, params, handlers, options);
    const denied = useDenial(channel);
    const status = channelStatus(useSnapshot(client).status, denied);
    return { status, denied, name: channel.name, history: channel.history, publish: channel.publish };
  }

  function useEvent(pattern: string, params: object | undefined, event: string, handler: Handler<unknown>, options?: UseChannelOptions): void {
    useSubscription(useCurrent("useEvent"), event, pattern, params, handler, options);
  }

  function useRealtime(options: UntypedRealtimeOptions = {}): { readonly status: Status } {
    const client = useCurrent("useRealtime");
    const { onData, enabled = true } = options;
    const all = channelsOf(client, options);
    const names = [...all.keys()].join("\n");
    const latest = useLatest(options);
    const listening = enabled && onData !== undefined;
    useEffect(() => {
      if (!listening) return undefined;
      const offs = [...all.values()].map((channel) => channel.onAny((event) => handOn(latest.current, event)));
      return () => offs.forEach((off) => off());
    }, [client, names, listening]);
    return { status: useSnapshot(client).status };
  }

  function useChannelPresence(hook: string, pattern: string, params: object | undefined): UntypedPresence {
    const client = useCurrent(hook);
    const { name } = client.channel(pattern, params);
    return useMemo(() => presenceOf(client, pattern, params), [client, name]);
  }

  function usePresence(pattern: string, params?: object, { enabled = true }: UsePresenceOptions = {}): PresenceView<unknown> {
    const presence = useChannelPresence("usePresence", pattern, params);
    const subscribe = enabled ? presence.subscribe : idle;
    const members = useSyncExternalStore(subscribe, () => (enabled ? presence.members : NOBODY), () => NOBODY);
    const isKnown = useSyncExternalStore(subscribe, () => enabled && presence.isKnown, () => false);
    useEffect(() => (enabled ? presence.hold() : undefined), [presence, enabled]);
    const [memberIds, self] = members === NOBODY ? [NOBODY, undefined] : [presence.memberIds, presence.self];
    return { isKnown, members, memberIds, self, setPresence: presence.set, leave: presence.leave };
  }

  function useMember(pattern: string, params: object | undefined, id: string): Member<unknown> | undefined {
    const presence = useChannelPresence("useMember", pattern, params);
    const subscribe = useMemo(() => (changed: () => void) => presence.subscribeMember(id, changed), [presence, id]);
    return useSyncExternalStore(subscribe, () => presence.member(id), () => undefined);
  }

  function RealtimeProvider({ client, children }: ProviderProps<C>): unknown {
    return createElement(context.Provider, { value: client as unknown as UntypedClient }, children as undefined);
  }

  const bindings = {
    RealtimeProvider,
    useChannel,
    useEvent,
    useRealtime,
    usePresence,
    useMember,
    useStatus: () => useSnapshot(useCurrent("useStatus")),
    useClient: (hook = "useClient") => useCurrent(hook),
  };
  // The one step from names to types, as in the client.
  return bindings as unknown as ReactBindings<C, K>;
}

/** Holds what the last committed render passed, so that an effect can use it without running again. */
function useLatest<Value>(value: Value): { readonly current: Value } {
  const latest = useRef(value);
  useInsertionEffect(() => {
    latest.current = value;
  });
  return latest;
}

function idle(): () => void {
  return () => undefined;
}
