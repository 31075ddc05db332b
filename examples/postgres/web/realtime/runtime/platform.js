/**
 * The one file that touches globals.
 *
 * Nothing here is read at import, so the client can be imported where there is no window. The shapes are declared here instead of taken
 * from the DOM's types, because a generated package must type-check in projects without them.
 */
/** The globals, as far as this runtime uses them. */
export const platform = globalThis;
/** The clock on the wall. */
export const systemClock = {
    now: () => Date.now(),
    random: () => Math.random(),
    after(delay, task) {
        const timer = platform.setTimeout(task, delay);
        return () => platform.clearTimeout(timer);
    },
};
/** What the browser says; silent elsewhere. */
export const browserSignals = {
    // Only `false` means something: Node and Deno leave it out.
    offline: () => platform.navigator?.onLine === false,
    watch(onOffline, onWake) {
        const { document } = platform;
        const onVisibility = () => {
            if (document?.visibilityState === "visible")
                onWake();
        };
        platform.addEventListener?.("offline", onOffline);
        platform.addEventListener?.("online", onWake);
        platform.addEventListener?.("pageshow", onWake);
        document?.addEventListener("visibilitychange", onVisibility);
        return () => {
            platform.removeEventListener?.("offline", onOffline);
            platform.removeEventListener?.("online", onWake);
            platform.removeEventListener?.("pageshow", onWake);
            document?.removeEventListener("visibilitychange", onVisibility);
        };
    },
};
/** Hands an error of the application's own code to whoever watches for uncaught errors, without unwinding through the caller. */
export function reportUncaught(error) {
    if (platform.reportError !== undefined)
        platform.reportError(error);
    else {
        platform.queueMicrotask(() => {
            throw error;
        });
    }
}
/** Writes a warning for developers. */
export function warn(text) {
    platform.console.warn(`tidewire: ${text}`);
}
