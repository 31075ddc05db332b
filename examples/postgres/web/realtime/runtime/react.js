/**
 * The React bindings: a few translations from the client to hooks, without a timer or a connection of their own.
 *
 * The declarations name no type of React's, so that a package which contains this file type-checks where React is not installed.
 */
import { createContext, createElement, useContext, useEffect, useInsertionEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { channelsOf, channelStatus, handOn, listen, MissingProviderError, NOBODY, presenceOf, watchDenial, } from "./bindings.js";
import { initialStatus } from "./status.js";
export { MissingProviderError } from "./bindings.js";
/** Makes the hooks. A generated package calls this once, with the map of its channels. */
export function bindReact() {
    const context = createContext(undefined);
    function useCurrent(hook) {
        const client = useContext(context);
        if (client === undefined)
            throw new MissingProviderError(hook, "put <RealtimeProvider client={createClient({ url })}> around the component that uses it");
        return client;
    }
    function useSnapshot({ status }) {
        return useSyncExternalStore(status.subscribe, status.get, () => initialStatus);
    }
    function useDenial(channel) {
        const subscribe = useMemo(() => (changed) => watchDenial(channel, changed), [channel]);
        return useSyncExternalStore(subscribe, () => channel.denied, () => undefined);
    }
    /** Subscribes to one event of a channel, or to all. */
    function useSubscription(client, event, pattern, params, handlers, options = {}) {
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
    function useChannel(pattern, params, handlers, options) {
        const client = useCurrent("useChannel");
        const channel = useSubscription(client, undefined, pattern, params, handlers, options);
        const denied = useDenial(channel);
        const status = channelStatus(useSnapshot(client).status, denied);
        return { status, denied, name: channel.name, history: channel.history, publish: channel.publish };
    }
    function useEvent(pattern, params, event, handler, options) {
        useSubscription(useCurrent("useEvent"), event, pattern, params, handler, options);
    }
    function useRealtime(options = {}) {
        const client = useCurrent("useRealtime");
        const { onData, enabled = true } = options;
        const all = channelsOf(client, options);
        const names = [...all.keys()].join("\n");
        const latest = useLatest(options);
        const listening = enabled && onData !== undefined;
        useEffect(() => {
            if (!listening)
                return undefined;
            const offs = [...all.values()].map((channel) => channel.onAny((event) => handOn(latest.current, event)));
            return () => offs.forEach((off) => off());
        }, [client, names, listening]);
        return { status: useSnapshot(client).status };
    }
    function useChannelPresence(hook, pattern, params) {
        const client = useCurrent(hook);
        const { name } = client.channel(pattern, params);
        return useMemo(() => presenceOf(client, pattern, params), [client, name]);
    }
    function usePresence(pattern, params, { enabled = true } = {}) {
        const presence = useChannelPresence("usePresence", pattern, params);
        const subscribe = enabled ? presence.subscribe : idle;
        const members = useSyncExternalStore(subscribe, () => (enabled ? presence.members : NOBODY), () => NOBODY);
        const isKnown = useSyncExternalStore(subscribe, () => enabled && presence.isKnown, () => false);
        useEffect(() => (enabled ? presence.hold() : undefined), [presence, enabled]);
        const [memberIds, self] = members === NOBODY ? [NOBODY, undefined] : [presence.memberIds, presence.self];
        return { isKnown, members, memberIds, self, setPresence: presence.set, leave: presence.leave };
    }
    function useMember(pattern, params, id) {
        const presence = useChannelPresence("useMember", pattern, params);
        const subscribe = useMemo(() => (changed) => presence.subscribeMember(id, changed), [presence, id]);
        return useSyncExternalStore(subscribe, () => presence.member(id), () => undefined);
    }
    function RealtimeProvider({ client, children }) {
        return createElement(context.Provider, { value: client }, children);
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
    return bindings;
}
/** Holds what the last committed render passed, so that an effect can use it without running again. */
function useLatest(value) {
    const latest = useRef(value);
    useInsertionEffect(() => {
        latest.current = value;
    });
    return latest;
}
function idle() {
    return () => undefined;
}
