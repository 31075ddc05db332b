/** Live queries for Svelte: a package brings it where its contract has some. */
import { reader, use } from "../svelte.js";
import { LiveFollower } from "./follow.js";
/** Makes the function. A generated package calls this once, with its other ones. */
export function bindSvelteLive({ getRealtimeContext }) {
    const current = getRealtimeContext;
    function createLive(name, params, options) {
        const follower = new LiveFollower(current("createLive"), name);
        const [readParams, readOptions] = [reader(params), reader(options)];
        const wanted = () => [readParams(), readOptions()];
        return use(follower, wanted, (now) => follower.follow(...now), (track) => follower.state(track));
    }
    // The one step from names to types, as in the other bindings.
    return createLive;
}
