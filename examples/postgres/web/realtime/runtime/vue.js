/**
 * The Vue bindings: a few translations from the client to composables, without a timer or a connection of their own.
 *
 * The declarations name no type of Vue's, so that a package which contains this file type-checks where Vue is not installed.
 */
import { inject, onMounted, onScopeDispose, provide, shallowReactive, shallowRef, toValue, triggerRef, watchEffect } from "vue";
import { MissingProviderError, } from "./bindings.js";
import { ChannelFollower, Follower, MemberFollower, PresenceFollower, RealtimeFollower, statusState } from "./follow.js";
export { MissingProviderError } from "./bindings.js";
/** Makes the composables. A generated package calls this once, with the map of its channels. */
export function bindVue() {
    const key = Symbol("tidewire");
    function current(composable) {
        const client = inject(key, undefined);
        if (client === undefined)
            throw new MissingProviderError(composable, "`app.use(realtimePlugin, createClient({ url }))`, or `provideRealtime(client)` in a component around this one");
        return client;
    }
    function useOne(follower, params, options) {
        const track = useFollower(follower, () => follower.follow(toValue(params), toValue(options)));
        return shallowReactive(follower.state(track));
    }
    const bindings = {
        realtimePlugin: { install: (application, client) => void application.provide(key, client) },
        provideRealtime: (client) => provide(key, client),
        useChannel: (pattern, params, handlers, options) => useOne(new ChannelFollower(current("useChannel"), pattern, handlers), params, options),
        useEvent(pattern, params, event, handler, options) {
            useOne(new ChannelFollower(current("useEvent"), pattern, handler, event), params, options);
        },
        useRealtime(options) {
            const follower = new RealtimeFollower(current("useRealtime"));
            return shallowReactive(statusState(follower, useFollower(follower, () => follower.follow(toValue(options)))));
        },
        usePresence(pattern, params, options) {
            const follower = new PresenceFollower(current("usePresence"), pattern);
            return shallowReactive(follower.state(useFollower(follower, () => follower.follow(toValue(params), toValue(options)))));
        },
        useMember(pattern, params, id) {
            const follower = new MemberFollower(current("useMember"), pattern);
            return shallowReactive(follower.state(useFollower(follower, () => follower.follow(toValue(params), toValue(id)))));
        },
        useStatus() {
            const follower = new Follower(current("useStatus"));
            return shallowReactive(statusState(follower, useFollower(follower, () => undefined)));
        },
        useClient: (composable = "useClient") => current(composable),
    };
    // The one step from names to types, as in the client.
    return bindings;
}
/** Follows for as long as the component is mounted; the answer tells Vue that something of it was read. */
export function useFollower(follower, follow) {
    const version = shallowRef();
    watchEffect(follow);
    onMounted(() => follower.start(() => triggerRef(version)));
    onScopeDispose(() => follower.stop());
    return () => void version.value;
}
