/** Live queries for Solid: a package brings it where its contract has some. */
import { access, useFollower } from "../solid.js";
import { LiveFollower } from "./follow.js";
/** Makes the primitive. A generated package calls this once, with its other ones. */
export function bindSolidLive({ useClient }) {
    const current = useClient;
    function useLive(name, params, options) {
        const follower = new LiveFollower(current("useLive"), name);
        return follower.state(useFollower(follower, () => follower.follow(access(params), access(options))));
    }
    // The one step from names to types, as in the other bindings.
    return useLive;
}
