/** Brings events to the server: in order, once, and within a time, whatever happens to the connection meanwhile. */
import { backoff, obeyed } from "./backoff.js";
import { RefusedError, REVOKED } from "./errors.js";
import { Pace } from "./pace.js";
import { givenUp, Publication } from "./publication.js";
import { byteLength, MAX_FRAME } from "./size.js";
/** An event without an outcome is given up this long after the call, in milliseconds. */
export const PATIENCE = 30_000;
/** So many events wait at most while there is no connection. */
export const MAX_BUFFERED = 100;
/** The same while there is one: more than this cannot leave within their time at the rate that is allowed. */
const MAX_QUEUED = 1000;
/** How long the connection is kept after the last reply where nothing is subscribed, in milliseconds. */
export const LINGER = 10_000;
/**
 * What the server allows one connection by default, less some for delays on the way that differ: a client that is never refused keeps its order.
 * The server counts 20 a second after 40 at once.
 */
const PER_SECOND = 20;
const BURST = 36;
/** The same for events of which only the newest value matters. */
const LATEST_PER_SECOND = 60;
/** The events of one client on their way up. */
export class Publisher {
    options;
    /** Everything without an outcome, in the order of the calls. */
    queue = [];
    pace = new Pace(PER_SECOND, BURST);
    latestPace = new Pace(LATEST_PER_SECOND, 1);
    uplink;
    /** Nothing is sent before this moment, because of a failure. */
    holdUntil = 0;
    failures = 0;
    /** After a failure events go one by one until one arrives: together they would overtake each other. */
    isProbing = false;
    closed;
    answeredAt = Number.NEGATIVE_INFINITY;
    timer;
    cancelLinger = nothing;
    constructor(options) {
        this.options = options;
    }
    /** Whether the connection is needed: something waits, or was answered just now and more may follow. */
    get isActive() {
        return this.queue.length > 0 || this.options.clock.now() - this.answeredAt < LINGER;
    }
    /** Publishes. The promise never rejects unhandled; what nobody looks at is told to `onDropped`. */
    publish(parts) {
        const publication = new Publication({ ...parts, deadline: this.options.clock.now() + PATIENCE });
        const refused = this.closed ?? tooLarge(publication);
        if (refused !== undefined)
            return this.drop(publication, refused);
        const older = parts.latest ? this.waiting(parts) : undefined;
        if (older !== undefined) {
            publication.replace(older);
            // In its place: a stream of newer values must not put off the sending for ever.
            this.queue.splice(this.queue.indexOf(older), 1, publication);
        }
        else if (this.queue.length >= (this.uplink === undefined ? MAX_BUFFERED : MAX_QUEUED)) {
            return this.drop(publication, givenUp("buffer_full", "too many events wait to be sent", "back_off"));
        }
        else {
            this.queue.push(publication);
        }
        this.pump();
        this.options.onNeed();
        return publication.promise;
    }
    /** The connection takes frames from now on. */
    up(uplink) {
        this.uplink = uplink;
        this.holdUntil = 0;
        this.pump();
    }
    /** The connection is gone; replies that are out do not come. `error`: and it does not come back by itself. */
    down(error) {
        this.uplink = undefined;
        for (const publication of this.queue) {
            if (!publication.isSent)
                continue;
            publication.isSent = false;
            publication.isUncertain = true;
        }
        if (error === undefined)
            return;
        if (error.reason === "client_closed")
            this.closed = error;
        for (const publication of this.queue.splice(0))
            void this.drop(publication, error);
        this.answeredAt = Number.NEGATIVE_INFINITY;
        this.cancelLinger();
        this.arm();
    }
    /** The right to publish is gone, on one channel or on all: nothing that waits may leave under another one. */
    discard(channel, error) {
        for (const publication of this.queue.filter(({ isSent, parts }) => !isSent && (channel === undefined || parts.channel === channel))) {
            this.queue.splice(this.queue.indexOf(publication), 1);
            void this.drop(publication, publication.isUncertain ? UNKNOWN : error);
        }
        this.arm();
        this.options.onNeed();
    }
    /** Sends what may be sent now. */
    pump() {
        const { uplink } = this;
        const now = this.options.clock.now();
        this.expire(now);
        if (uplink !== undefined && now >= this.holdUntil) {
            const batch = [];
            for (const publication of this.queue) {
                if (this.isProbing && (batch.length > 0 || this.queue.some(({ isSent }) => isSent)))
                    break;
                if (publication.isSent)
                    continue;
                // An event that has to wait holds up those behind it, so that they stay in order; but not those of the other kind.
                if (this.paceOf(publication).take(now))
                    batch.push(publication);
                else if (!publication.parts.latest)
                    break;
            }
            for (const publication of batch)
                publication.isSent = true;
            const generation = uplink;
            if (batch.length > 0) {
                uplink.send(batch.map((publication) => ({ members: publication.members, onReply: (reply) => generation === this.uplink && this.settle(publication, reply) })));
            }
        }
        this.arm();
    }
    settle(publication, reply) {
        const at = this.queue.indexOf(publication);
        if (at === -1)
            return;
        const now = this.options.clock.now();
        publication.isSent = false;
        this.answered(now);
        if (!(reply instanceof RefusedError)) {
            this.queue.splice(at, 1);
            this.failures = 0;
            this.isProbing = false;
            publication.resolve(readPublished(reply.members));
        }
        else if (reply.retry === "never") {
            this.queue.splice(at, 1);
            void this.drop(publication, reply);
            if (reply.reason === REVOKED.name)
                this.discard(publication.parts.channel, reply);
        }
        else {
            this.retry(publication, reply, now);
        }
        this.pump();
        this.options.onNeed();
    }
    retry(publication, error, now) {
        publication.failure = error;
        // A refusal is an answer; anything else leaves open what happened.
        publication.isUncertain ||= error.code === undefined || error.reason === "unknown_outcome";
        const wait = error.retryAfter === undefined ? backoff(this.failures, this.options.clock.random()) : obeyed(error.retryAfter);
        if (!this.isProbing || now >= this.holdUntil)
            this.failures += 1;
        this.holdUntil = Math.max(this.holdUntil, now + wait);
        this.isProbing = true;
        if (error.reason === "rate_limited")
            this.paceOf(publication).empty(now);
        // A newer value is on its way or waits: it stands for this one, too.
        const newer = publication.parts.latest ? this.queue.slice(this.queue.indexOf(publication) + 1).find((other) => isSame(other.parts, publication.parts)) : undefined;
        if (newer === undefined)
            return;
        newer.replace(publication);
        this.queue.splice(this.queue.indexOf(publication), 1);
    }
    /** Gives up what has waited for too long. */
    expire(now) {
        for (const publication of this.queue.filter(({ parts }) => parts.deadline <= now)) {
            this.queue.splice(this.queue.indexOf(publication), 1);
            const { isSent, isUncertain, failure } = publication;
            void this.drop(publication, isSent || isUncertain ? UNKNOWN : (failure ?? givenUp("expired", `the event waited for ${PATIENCE / 1000} s and was not sent`, "back_off")));
        }
        if (this.queue.length === 0)
            this.options.onNeed();
    }
    answered(now) {
        this.answeredAt = now;
        this.cancelLinger();
        this.cancelLinger = this.options.clock.after(LINGER, () => this.options.onNeed());
    }
    drop(publication, error) {
        const { all, promise } = publication;
        publication.reject(error);
        // Whoever waits says so by then: `await` does it one step later.
        this.options.clock.after(0, () => {
            for (const { isObserved, parts } of all) {
                if (isObserved)
                    continue;
                const { channel, event, data } = parts;
                this.options.onDropped({ channel, event, data, error });
            }
        });
        return promise;
    }
    /** The event of the same name and channel that a newer one takes the place of. */
    waiting(parts) {
        return this.queue.find((other) => !other.isSent && other.parts.latest && isSame(other.parts, parts));
    }
    paceOf({ parts }) {
        return parts.latest ? this.latestPace : this.pace;
    }
    /** One timer, for the next moment at which something can be done. */
    arm() {
        const now = this.options.clock.now();
        const moments = this.queue.map(({ parts }) => parts.deadline);
        if (this.uplink !== undefined) {
            const waiting = this.isProbing && this.queue.some(({ isSent }) => isSent) ? [] : this.queue.filter(({ isSent }) => !isSent);
            for (const latest of [false, true]) {
                const next = waiting.find(({ parts }) => parts.latest === latest);
                if (next !== undefined)
                    moments.push(Math.max(this.holdUntil, now + this.paceOf(next).wait(now)));
            }
        }
        const at = moments.length === 0 ? undefined : Math.max(now, Math.min(...moments));
        if (at === this.timer?.at)
            return;
        this.timer?.cancel();
        this.timer = undefined;
        if (at === undefined)
            return;
        const cancel = this.options.clock.after(at - now, () => {
            this.timer = undefined;
            this.pump();
        });
        this.timer = { at, cancel };
    }
}
function isSame(one, other) {
    return one.channel === other.channel && one.event === other.event;
}
function tooLarge({ members }) {
    return byteLength(members) > MAX_FRAME ? givenUp("too_large", "an event is at most 64 KiB as JSON", "never") : undefined;
}
/** Where an event is, as the server says it. */
export function readPublished({ id, number, time, stored, duplicate }) {
    return {
        id: typeof id === "string" ? id : null,
        number: typeof number === "number" ? number : null,
        time: typeof time === "number" ? time : 0,
        stored: stored === true,
        duplicate: duplicate === true,
    };
}
function nothing() {
    // Nobody waits for more.
}
const UNKNOWN = new RefusedError({ code: 4104, name: "unknown_outcome", message: "nobody knows whether the event was stored", hint: "look for it in the history before it is published again" }, "back_off");
