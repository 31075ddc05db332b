/**
 * The Solid bindings: a few translations from the client to primitives, without a timer or a connection of their own.
 *
 * The declarations name no type of Solid's, so that a package which contains this file type-checks where Solid is not installed.
 */
import { createComponent, createComputed, createContext, createSignal, onCleanup, onMount, useContext } from "solid-js";
import { MissingProviderError, } from "./bindings.js";
import { ChannelFollower, Follower, MemberFollower, PresenceFollower, RealtimeFollower, statusState } from "./follow.js";
export { MissingProviderError } from "./bindings.js";
/** Makes the primitives. A generated package calls this once, with the map of its channels. */
export function bindSolid() {
    const context = createContext(undefined);
    function current(primitive) {
        const client = useContext(context);
        if (client === undefined)
            throw new MissingProviderError(primitive, "put <RealtimeProvider client={createClient({ url })}> around the component that uses it");
        return client;
    }
    function useOne(follower, params, options) {
        return follower.state(useFollower(follower, () => follower.follow(access(params), access(options))));
    }
    const bindings = {
        RealtimeProvider: (props) => createComponent(context.Provider, {
            value: props.client,
            get children() {
                return props.children;
            },
        }),
        useChannel: (pattern, params, handlers, options) => useOne(new ChannelFollower(current("useChannel"), pattern, handlers), params, options),
        useEvent(pattern, params, event, handler, options) {
            useOne(new ChannelFollower(current("useEvent"), pattern, handler, event), params, options);
        },
        useRealtime(options) {
            const follower = new RealtimeFollower(current("useRealtime"));
            return statusState(follower, useFollower(follower, () => follower.follow(access(options))));
        },
        usePresence(pattern, params, options) {
            const follower = new PresenceFollower(current("usePresence"), pattern);
            return follower.state(useFollower(follower, () => follower.follow(access(params), access(options))));
        },
        useMember(pattern, params, id) {
            const follower = new MemberFollower(current("useMember"), pattern);
            return follower.state(useFollower(follower, () => follower.follow(access(params), access(id))));
        },
        useStatus() {
            const follower = new Follower(current("useStatus"));
            return statusState(follower, useFollower(follower, () => undefined));
        },
        useClient: (primitive = "useClient") => current(primitive),
    };
    // The one step from names to types, as in the client.
    return bindings;
}
/** Follows for as long as the component is there; the answer tells Solid that something of it was read. */
export function useFollower(follower, follow) {
    const [version, setVersion] = createSignal(undefined, { equals: false });
    createComputed(follow);
    onMount(() => follower.start(() => setVersion(undefined)));
    onCleanup(() => follower.stop());
    return version;
}
/** What is given, or what the function that is given reads. */
export function access(given) {
    return typeof given === "function" ? given() : given;
}
