/**
 * The Svelte bindings: a few translations from the client to what components read, without a timer or a connection of their own.
 *
 * What the functions return is read in two ways: as an object whose properties are reactive in markup, `$derived` and `$effect`, and as a store
 * (`$room.status`). The declarations name no type of Svelte's, so that a package which contains this file type-checks where Svelte is not installed.
 */
import { getContext, onDestroy, onMount, setContext } from "svelte";
import { createSubscriber } from "svelte/reactivity";
import { fromStore, toStore } from "svelte/store";
import { MissingProviderError, } from "./bindings.js";
import { ChannelFollower, Follower, MemberFollower, PresenceFollower, RealtimeFollower, statusState } from "./follow.js";
export { MissingProviderError } from "./bindings.js";
/** Makes the functions. A generated package calls this once, with what makes its clients. */
export function bindSvelte(createClient) {
    const key = Symbol("tidewire");
    function current(binding) {
        const client = getContext(key);
        if (client === undefined)
            throw new MissingProviderError(binding, "call `provideRealtime({ url })` in a component around this one");
        return client;
    }
    function provideRealtime(given) {
        const isMade = "channel" in given;
        const client = isMade ? given : createClient(given);
        if (!isMade)
            onDestroy(() => client.close());
        return setContext(key, client);
    }
    function useOne(follower, params, options) {
        const [readParams, readOptions] = [reader(params), reader(options)];
        const wanted = () => [readParams(), readOptions()];
        return use(follower, wanted, (now) => follower.follow(...now), (track) => follower.state(track));
    }
    const bindings = {
        provideRealtime,
        getRealtimeContext: (binding = "getRealtimeContext") => current(binding),
        createChannel: (pattern, params, handlers, options) => useOne(new ChannelFollower(current("createChannel"), pattern, handlers), params, options),
        onEvent(pattern, params, event, handler, options) {
            useOne(new ChannelFollower(current("onEvent"), pattern, handler, event), params, options);
        },
        createRealtime(options) {
            const follower = new RealtimeFollower(current("createRealtime"));
            return use(follower, reader(options), (now) => follower.follow(now), (track) => statusState(follower, track));
        },
        createPresence(pattern, params, options) {
            const follower = new PresenceFollower(current("createPresence"), pattern);
            const [readParams, readOptions] = [reader(params), reader(options)];
            const wanted = () => [readParams(), readOptions()];
            return use(follower, wanted, (now) => follower.follow(...now), (track) => follower.state(track));
        },
        createMember(pattern, params, id) {
            const follower = new MemberFollower(current("createMember"), pattern);
            const [readParams, readId] = [reader(params), reader(id)];
            const wanted = () => [readParams(), readId()];
            return use(follower, wanted, (now) => follower.follow(...now), (track) => follower.state(track));
        },
        createStatus() {
            const follower = new Follower(current("createStatus"));
            return use(follower, () => undefined, () => undefined, (track) => statusState(follower, track));
        },
    };
    // The one step from names to types, as in the client.
    return bindings;
}
/** Follows for as long as the component is mounted; the answer makes what the component reads. */
export function use(follower, wanted, follow, stateOf) {
    onDestroy(toStore(wanted).subscribe(follow));
    const listeners = new Set();
    onMount(() => {
        follower.start(() => listeners.forEach((changed) => changed()));
        return () => follower.stop();
    });
    const watch = (changed) => {
        // A wrapper of its own for each call, so that one function given twice leaves once.
        const listener = () => changed();
        listeners.add(listener);
        return () => void listeners.delete(listener);
    };
    const state = stateOf(createSubscriber(watch));
    const subscribe = (run) => {
        run(state);
        return watch(() => run(state));
    };
    return Object.defineProperty(state, "subscribe", { value: subscribe });
}
/** Reads what is given: a value, a function or a store. */
export function reader(given) {
    if (typeof given === "function")
        return given;
    if (!isStore(given))
        return () => given;
    const store = fromStore(given);
    return () => store.current;
}
function isStore(given) {
    return typeof given === "object" && given !== null && "subscribe" in given && typeof given.subscribe === "function";
}
