/** Live queries for React: a package brings it where its contract has some. */
import { useInsertionEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { viewOf } from "./untyped.js";
/** Makes the hook. A generated package calls this once, with its other hooks. */
export function bindReactLive({ useClient }) {
    const useCurrent = useClient;
    function useLive(name, params, options = {}) {
        const client = useCurrent("useLive");
        const newest = useRef(options);
        useInsertionEffect(() => {
            newest.current = options;
        });
        const made = viewOf(client, name, params, options, () => newest.current);
        // The key stands for everything that makes it another query: another one begins anew, and shows nothing of the one before.
        const view = useMemo(() => made, [client, made.key]);
        const { enabled = true } = options;
        const state = useSyncExternalStore(enabled ? view.subscribe : idle, () => (enabled ? view.current : view.paused), () => view.rendered);
        return { ...state, reload: view.reload };
    }
    // The one step from names to types, as in the other bindings.
    return useLive;
}
function idle() {
    return () => undefined;
}
