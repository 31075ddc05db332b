/**
 * The React bindings: a few translations from the client to hooks, without a timer or a connection of their own.
 *
 * The declarations name no type of React's, so that a package which contains this file type-checks where React is not installed.
 */
import { createContext, createElement, useContext, useEffect, useInsertionEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { initialStatus } from "./status.js";
/** A hook was used outside of a `RealtimeProvider`. Put the provider around the part of the page that uses it. */
export class MissingProviderError extends Error {
    name = "MissingProviderError";
    constructor(hook) {
        super(`${hook} needs a client: put <RealtimeProvider client={createClient({ url })}> around the component that uses it`);
    }
}
/** Makes the hooks. A generated package calls this once, with the map of its channels. */
export function bindReact() {
    const context = createContext(undefined);
    function useCurrent(hook) {
        const client = useContext(context);
        if (client === undefined)
            throw new MissingProviderError(hook);
        return client;
    }
    function useSnapshot({ status }) {
        return useSyncExternalStore(status.subscribe, status.get, () => initialStatus);
    }
    function useDenial(channel) {
        const subscribe = useMemo(() => (changed) => {
            // What ends a denial is the beginning of the next try, with or without a hole.
            const offs = [channel.onDenied(changed), channel.onSubscribed(changed), channel.onGap(changed)];
            return () => offs.forEach((off) => off());
        }, [channel]);
        return useSyncExternalStore(subscribe, () => channel.denied, () => undefined);
    }
    function useChannel(pattern, params, handlers, options = {}) {
        const client = useCurrent("useChannel");
        const { name } = client.channel(pattern, params);
        // The name stands for pattern and parameters, whose object is usually a new one in each render.
        const channel = useMemo(() => client.channel(pattern, params), [client, name]);
        const latest = useLatest({ handlers, onGap: options.onGap, start: { after: options.after, last: options.last } });
        const enabled = options.enabled ?? true;
        const listening = enabled && handlers !== undefined;
        useEffect(() => {
            if (!listening)
                return undefined;
            return channel.onAny((event) => handlerOf(latest.current.handlers, event.event)?.(event.data, event.meta), latest.current.start);
        }, [channel, listening]);
        useEffect(() => (enabled ? channel.onGap((gap) => latest.current.onGap?.(gap)) : undefined), [channel, enabled]);
        const denied = useDenial(channel);
        const { status } = useSnapshot(client);
        return { status: denied !== undefined && status === "connected" ? "denied" : status, denied, name, history: channel.history, publish: channel.publish };
    }
    function useRealtime(options = {}) {
        const client = useCurrent("useRealtime");
        const { channels = ["default"], onData, enabled = true } = options;
        const each = channels.map((input) => (typeof input === "string" ? client.channel(input) : client.channel(input.pattern, input.params)));
        // By name, so that a channel that stands in the list twice is subscribed once.
        const all = new Map(each.map((channel) => [channel.name, channel]));
        const names = [...all.keys()].join("\n");
        const latest = useLatest(options);
        const listening = enabled && onData !== undefined;
        useEffect(() => {
            if (!listening)
                return undefined;
            const offs = [...all.values()].map((channel) => channel.onAny((event) => {
                const { events, onData: receive } = latest.current;
                if (events === undefined || events.includes(event.event))
                    receive?.({ ...event, id: event.meta.id });
            }));
            return () => offs.forEach((off) => off());
        }, [client, names, listening]);
        return { status: useSnapshot(client).status };
    }
    function RealtimeProvider({ client, children }) {
        return createElement(context.Provider, { value: client }, children);
    }
    const bindings = {
        RealtimeProvider,
        useChannel,
        useRealtime,
        useStatus: () => useSnapshot(useCurrent("useStatus")),
        useClient: () => useCurrent("useClient"),
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
function handlerOf(handlers, event) {
    if (typeof handlers === "function")
        return handlers;
    return handlers !== undefined && Object.hasOwn(handlers, event) ? handlers[event] : undefined;
}
