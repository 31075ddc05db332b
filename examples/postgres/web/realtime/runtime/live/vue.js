/** Live queries for Vue: a package brings it where its contract has some. */
import { shallowReactive, toValue } from "vue";
import { useFollower } from "../vue.js";
import { LiveFollower } from "./follow.js";
/** Makes the composable. A generated package calls this once, with its other ones. */
export function bindVueLive({ useClient }) {
    const current = useClient;
    function useLive(name, params, options) {
        const follower = new LiveFollower(current("useLive"), name);
        return shallowReactive(follower.state(useFollower(follower, () => follower.follow(toValue(params), toValue(options)))));
    }
    // The one step from names to types, as in the other bindings.
    return useLive;
}
