/** One live query of one client, for everybody on the page who asks for the same. Knows what was told and what follows, and no frames on their way. */
import { backoff, obeyed } from "../backoff.js";
import { refusal } from "../errors.js";
import { readError } from "../frames.js";
import { guarded } from "../news.js";
import { ObservedPromise } from "../observed-promise.js";
/** How long a query without users is kept, in milliseconds, so that a page which takes the place of another finds it as it was. */
export const GRACE = 5000;
/** One query, however many use it. */
export class SharedQuery {
    status = "connecting";
    error;
    latest;
    /** What the server calls it on this connection. */
    key;
    /** Whether the server was asked on this connection, and did not answer yet. */
    isAsked = false;
    /** Whether it was closed with the connection, and may go on with the next. */
    isCutOff = false;
    options;
    listeners = new Set();
    reloads = [];
    /** Names the value that is held; `undefined` where none is, or what came last was no value. */
    version;
    failures = 0;
    cancelRetry;
    cancelRemoval;
    constructor(options) {
        this.options = options;
    }
    /** Whether somebody uses it. */
    get isUsed() {
        return this.listeners.size > 0;
    }
    /** Whether the connection is needed for it. */
    get isActive() {
        return this.status !== "closed" && (this.isUsed || this.isAsked || this.key !== undefined);
    }
    /** Whether the server should be asked now. */
    get isDue() {
        return this.isUsed && this.status !== "closed" && !this.isAsked && this.key === undefined && this.cancelRetry === undefined;
    }
    /** What to ask with. */
    get beginning() {
        return this.version === undefined ? this.options.members : `${this.options.members},"version":${JSON.stringify(this.version)}`;
    }
    listen(changed) {
        // A wrapper of its own for each call, so that one function given twice is called twice and leaves once.
        const entry = () => changed();
        this.cancelRemoval?.();
        this.cancelRemoval = undefined;
        this.listeners.add(entry);
        const over = this.options.over();
        if (over !== undefined)
            this.turn("closed", over);
        // Somebody new may be allowed what others were not, and asks again.
        else if (this.status === "closed")
            this.again();
        this.options.onNeed();
        return () => {
            if (!this.listeners.delete(entry) || this.isUsed)
                return;
            this.cancelRemoval = this.options.clock.after(GRACE, () => {
                this.cancelRemoval = undefined;
                this.remove();
            });
        };
    }
    reload() {
        if (!this.isUsed)
            return Promise.resolve();
        const promise = ObservedPromise.make();
        this.reloads = [...this.reloads, { promise, isSent: false }];
        if (this.status === "closed")
            this.again();
        else if (this.key !== undefined)
            this.sendReloads(this.key);
        if (this.options.over() !== undefined)
            this.settle(this.error, true);
        this.retryNow();
        this.options.onNeed();
        return promise;
    }
    /** The server took it. */
    begun(key) {
        this.isAsked = false;
        this.key = key;
        if (!this.removeAbandoned() && this.reloads.length > 0)
            this.sendReloads(key);
    }
    /** What another one knows is this one's, too: the server takes both for the same. */
    adopt({ version, latest, status, error }) {
        if (latest !== undefined && version !== this.version)
            this.latest = { number: this.options.next(), data: latest.data };
        this.version = version;
        this.turn(status, error);
    }
    /** The server did not take it. */
    refused(error) {
        this.isAsked = false;
        if (error.retry === "never")
            return this.close(error);
        this.retryLater(error);
        this.turn("error", error);
        this.removeAbandoned();
    }
    /** Takes a frame of the server's. Whether it was one. */
    take(fields) {
        const { version, data } = fields;
        if (Object.hasOwn(fields, "ended") || Object.hasOwn(fields, "error")) {
            const wire = readError(fields["ended"] ?? fields["error"]);
            if (wire === undefined)
                return false;
            const error = refusal(wire);
            if (!Object.hasOwn(fields, "ended"))
                this.fail(error);
            else
                this.end(error);
            return true;
        }
        if (typeof version !== "string")
            return false;
        if (Object.hasOwn(fields, "data"))
            this.value(version, data);
        else if (version === this.version)
            this.good();
        return true;
    }
    /** The server does not go on with it. */
    end(error) {
        // Who asks from here on may have no right to what was shown.
        this.forget();
        this.key = undefined;
        if (error.retry === "never")
            return this.close(error);
        // What this client may do has changed, and what it gets with it: it asks again.
        this.reloads = this.reloads.map(({ promise }) => ({ promise, isSent: false }));
        this.retryLater(error);
        this.turn("reconnecting", undefined);
        this.removeAbandoned();
    }
    retryLater({ retryAfter }) {
        const { clock, onNeed } = this.options;
        const delay = retryAfter === undefined ? backoff(this.failures, clock.random()) : obeyed(retryAfter);
        this.failures += 1;
        this.cancelRetry = clock.after(delay, () => {
            this.cancelRetry = undefined;
            onNeed();
        });
    }
    /** The connection is gone. */
    down() {
        this.key = undefined;
        this.isAsked = false;
        this.reloads = this.reloads.map(({ promise }) => ({ promise, isSent: false }));
        this.cancelRetry?.();
        this.cancelRetry = undefined;
        if (this.status === "open" || this.status === "error")
            this.turn("reconnecting", undefined);
        this.removeAbandoned();
    }
    /** Nothing follows by itself. `isCutOff`: it is the connection that ended for good, and with another one this can go on. */
    close(error, isCutOff = false) {
        this.key = undefined;
        this.isAsked = false;
        this.isCutOff = isCutOff;
        this.turn("closed", error);
        this.settle(error, true);
        if (!this.removeAbandoned())
            this.options.onNeed();
    }
    /** What is known is not this user's. */
    reset() {
        this.forget();
        this.again();
    }
    /** Leaves before its time is over. */
    giveWay() {
        this.cancelRemoval?.();
        this.cancelRemoval = undefined;
        this.remove();
    }
    /** Asks once more for what was closed. */
    again() {
        if (this.options.over() !== undefined)
            return;
        this.isCutOff = false;
        this.turn(this.latest === undefined ? "connecting" : "reconnecting", undefined);
    }
    forget() {
        this.latest = undefined;
        this.version = undefined;
    }
    retryNow() {
        this.cancelRetry?.();
        this.cancelRetry = undefined;
    }
    sendReloads(key) {
        const sent = this.reloads.filter(({ isSent }) => !isSent);
        for (const reload of sent)
            reload.isSent = true;
        this.options.reload(key, (error) => {
            if (error === undefined)
                return;
            this.reloads = this.reloads.filter((reload) => !sent.includes(reload));
            for (const { promise } of sent)
                promise.reject(error);
        });
    }
    value(version, data) {
        // The same value again says that a run succeeded. It stays the same object, and is not accumulated twice.
        if (version === this.version)
            return this.good();
        const read = this.options.read(data);
        if (read instanceof Error) {
            this.version = undefined;
            return this.fail(read);
        }
        this.version = version;
        this.latest = { number: this.options.next(), data: read.data };
        this.good();
    }
    good() {
        this.failures = 0;
        this.turn("open", undefined);
        this.settle(undefined);
    }
    fail(error) {
        this.turn("error", error);
        this.settle(error);
    }
    settle(error, isOver = false) {
        const settled = this.reloads.filter(({ isSent }) => isOver || isSent);
        this.reloads = this.reloads.filter((reload) => !settled.includes(reload));
        for (const { promise } of settled) {
            if (error === undefined)
                promise.resolve();
            else
                promise.reject(error);
        }
    }
    /** Leaves what nobody came back to while the server was asked. Whether that was so. */
    removeAbandoned() {
        const isAbandoned = !this.isUsed && this.cancelRemoval === undefined;
        if (isAbandoned)
            this.remove();
        return isAbandoned;
    }
    /** Nobody came back in time. One that the server was asked for is left when there is an answer. */
    remove() {
        if (this.isAsked)
            return;
        this.retryNow();
        if (this.key !== undefined)
            this.options.leave(this.key);
        this.key = undefined;
        this.options.onIdle();
        this.options.onNeed();
    }
    turn(status, error) {
        this.status = status;
        this.error = error;
        for (const listener of [...this.listeners])
            guarded(listener, undefined, this.options.report);
    }
}
