/** The events of a channel as the values of a live query: no loader runs for them. */
import { RefusedError } from "../errors.js";
const STATUSES = {
    ...{ connecting: "connecting", connected: "open", degraded: "reconnecting", reconnecting: "reconnecting", offline: "reconnecting", closed: "closed" },
};
/** The events of one channel. */
export class EventStream {
    latest;
    options;
    reason;
    closed;
    constructor(options) {
        this.options = options;
    }
    get status() {
        return this.denied === undefined ? STATUSES[this.options.connection.get().status] : "closed";
    }
    get error() {
        const { status, reason } = this.options.connection.get();
        if (this.denied !== undefined || status !== "closed" || reason === undefined)
            return this.denied;
        if (reason !== this.reason)
            this.closed = new RefusedError(reason, "never");
        this.reason = reason;
        return this.closed;
    }
    listen(changed) {
        const { pattern, name, subscriptions, connection, next } = this.options;
        const call = (event) => {
            this.latest = { number: next(), data: event.data, event: [event] };
            changed();
        };
        const offs = [
            subscriptions.listen(pattern, name, { event: undefined, call }, {}),
            connection.subscribe(changed),
            subscriptions.denials.on(name, changed),
            subscriptions.beginnings.on(name, changed),
            subscriptions.gaps.on(name, changed),
        ];
        return () => offs.forEach((off) => off());
    }
    reload() {
        const { subscriptions, name } = this.options;
        subscriptions.retry(name);
        return Promise.resolve();
    }
    get denied() {
        return this.options.subscriptions.denied(this.options.name);
    }
}
