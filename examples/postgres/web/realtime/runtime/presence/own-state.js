/** What this client shows of itself on one channel: the newest value, sent as often as is allowed, and again after a reconnect. */
import { backoff, obeyed } from "../backoff.js";
import { RefusedError } from "../errors.js";
import { ObservedPromise } from "../observed-promise.js";
import { Pace } from "../pace.js";
import { givenUp } from "../publication.js";
import { byteLength } from "../size.js";
/** What a member shows is at most this long as JSON, in bytes. */
const MAX_STATE = 1024;
/** How often a state is sent. */
const PER_SECOND = 10;
const BURST = 5;
/** The presence of this client on one channel. */
export class OwnState {
    options;
    pace = new Pace(PER_SECOND, BURST);
    uplink;
    /** As JSON; `null` where the client is not there. */
    text = null;
    /** Whether the server does not know that yet. */
    isDirty = false;
    /** Who waits for the frame that is under way, and for the next one. */
    under;
    waiting = [];
    holdUntil = 0;
    failures = 0;
    cancel = nothing;
    constructor(options) {
        this.options = options;
    }
    /** Whether there is something to show, or to take back. */
    get isActive() {
        return this.text !== null || this.isDirty || this.under !== undefined;
    }
    set(state) {
        const text = JSON.stringify(state);
        const promise = ObservedPromise.make();
        if (byteLength(text) > MAX_STATE)
            promise.reject(givenUp("too_large", "what a member shows is at most 1 KiB as JSON", "never"));
        else
            this.want(text, promise);
        return promise;
    }
    leave() {
        if (this.text === null)
            return;
        // Without a connection the server notices by itself, and nobody asks for one to say goodbye.
        if (this.uplink === undefined)
            this.end(undefined);
        else
            this.want(null);
        this.options.onNeed();
    }
    up(uplink) {
        this.uplink = uplink;
        this.holdUntil = 0;
        this.again();
    }
    /** The server ended it without having been asked to. */
    again() {
        if (this.text !== null)
            this.isDirty = true;
        this.pump();
    }
    down() {
        this.uplink = undefined;
        this.waiting = [...(this.under ?? []), ...this.waiting];
        this.under = undefined;
        this.cancel();
        if (this.text === null)
            this.end(undefined);
    }
    /** There is nothing to show any more: `error` says why, unless it was meant. */
    end(error) {
        this.text = null;
        this.isDirty = false;
        this.cancel();
        const promises = [...(this.under ?? []), ...this.waiting.splice(0)];
        this.under = undefined;
        for (const promise of promises) {
            if (error === undefined)
                promise.resolve(undefined);
            else
                promise.reject(error);
        }
    }
    want(text, promise) {
        this.text = text;
        this.isDirty = true;
        if (promise !== undefined)
            this.waiting.push(promise);
        this.pump();
        this.options.onNeed();
    }
    pump() {
        const { uplink } = this;
        const { clock, channel } = this.options;
        if (uplink === undefined || !this.isDirty || this.under !== undefined)
            return;
        const now = clock.now();
        const rest = Math.max(this.holdUntil - now, this.pace.wait(now));
        this.cancel();
        if (rest > 0) {
            this.cancel = clock.after(rest, () => this.pump());
            return;
        }
        this.pace.take(now);
        this.isDirty = false;
        this.under = this.waiting.splice(0);
        const members = `"type":"presence","channel":${JSON.stringify(channel)},"state":${String(this.text)}`;
        uplink.send([{ members, onReply: (reply) => uplink === this.uplink && this.settle(reply) }]);
    }
    settle(reply) {
        const { clock, onNeed } = this.options;
        const under = this.under ?? [];
        this.under = undefined;
        if (!(reply instanceof RefusedError)) {
            this.failures = 0;
            for (const promise of under)
                promise.resolve(undefined);
        }
        else if (reply.retry !== "never") {
            this.waiting.unshift(...under);
            this.isDirty = true;
            this.holdUntil = clock.now() + (reply.retryAfter === undefined ? backoff(this.failures, clock.random()) : obeyed(reply.retryAfter));
            this.failures += 1;
        }
        else if (this.isDirty) {
            // A newer value waits, which may be better.
            for (const promise of under)
                promise.reject(reply);
        }
        else {
            this.under = under;
            this.end(reply);
        }
        this.pump();
        onNeed();
    }
}
function nothing() {
    // Nothing is due.
}
