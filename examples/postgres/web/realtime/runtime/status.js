/** What an application can know about its connection. */
/** The status before the first subscription, and on a server that only renders. */
export const initialStatus = Object.freeze({
    status: "connecting",
    reason: { name: "idle", message: "the connection opens with the first subscription" },
    since: 0,
});
/** Holds the status and tells listeners about changes. */
export class StatusStore {
    current = initialStatus;
    listeners = new Set();
    report;
    constructor(report) {
        this.report = report;
    }
    // Arrow functions, because bindings pass them on without their object.
    get = () => this.current;
    subscribe = (listener) => {
        // A wrapper of its own for each call, so that one function subscribed twice is called twice and leaves once.
        const entry = () => listener();
        this.listeners.add(entry);
        return () => {
            this.listeners.delete(entry);
        };
    };
    /** Enters a state. Does nothing if it is the current one for the same reason. */
    set(status, reason, now) {
        const { status: before, reason: why, since } = this.current;
        if (before === status && why?.name === reason?.name && why?.message === reason?.message)
            return;
        const at = before === status && since !== 0 ? since : now;
        this.current = Object.freeze(reason === undefined ? { status, since: at } : { status, reason, since: at });
        for (const listener of [...this.listeners]) {
            try {
                listener();
            }
            catch (error) {
                this.report(error);
            }
        }
    }
}
