/**
 * Tells the events of this tab from those of others that share its session.
 *
 * To the server they are one: it names the session as the origin of what any of them publishes, and would keep an event from all of them that one
 * does not want back. So the tabs never ask it to, and each leaves its own out by itself.
 */
import { canonical } from "../checks/canonical.js";
/** So many stored events are remembered as this tab's own. */
const REMEMBERED = 1000;
/** An event without a position is known by what it says, for this long, in milliseconds; and one with a position waits so long for its acknowledgement. */
export const MEMORY = 5000;
/** After this long an event is stored or was given up, in milliseconds. */
const GIVEN_UP = 60_000;
/** What this tab published. It outlives a connection: what was sent over one comes back over the next. */
export class OwnEvents {
    clock;
    /** What has no acknowledgement yet, by its key. */
    waiting = new Map();
    stored = new Map();
    /** What may come back without a position. */
    unnumbered = [];
    constructor(clock) {
        this.clock = clock;
    }
    /** Takes note of a `publish` frame, and gives the one to send. */
    send(frame) {
        const { excludeSelf, ...rest } = frame;
        const sent = { channel: String(frame["channel"]), event: String(frame["event"]), text: textOf(frame["data"]), isExcluded: excludeSelf === true, at: this.clock.now() };
        // What was given up gets no reply.
        for (const [key, { at }] of this.waiting)
            if (at <= this.clock.now() - GIVEN_UP)
                this.waiting.delete(key);
        this.waiting.set(String(frame["key"]), sent);
        this.unnumbered.push(sent);
        return rest;
    }
    /** Takes the reply to the frame with this key; `id` is the position of the event, if it got one. */
    settle(key, id) {
        const sent = this.waiting.get(key);
        this.waiting.delete(key);
        if (sent === undefined || typeof id !== "string")
            return;
        this.unnumbered = this.unnumbered.filter((other) => other !== sent);
        this.stored.set(id, sent.isExcluded);
        for (const [oldest] of this.stored)
            if (this.stored.size > REMEMBERED)
                this.stored.delete(oldest);
    }
    /** Whose an event is that some tab of this browser published. */
    judge({ channel, event, id, data }) {
        const since = this.clock.now() - MEMORY;
        if (typeof id === "string") {
            const isExcluded = this.stored.get(id);
            if (isExcluded !== undefined)
                return isExcluded ? "excluded" : "own";
            const isAwaited = [...this.waiting.values()].some((sent) => sent.channel === channel && sent.event === event && sent.at > since);
            return isAwaited ? "unknown" : "other";
        }
        this.unnumbered = this.unnumbered.filter(({ at }) => at > since);
        const text = textOf(data);
        const at = this.unnumbered.findIndex((sent) => sent.channel === channel && sent.event === event && sent.text === text);
        const [sent] = at === -1 ? [] : this.unnumbered.splice(at, 1);
        return sent === undefined ? "other" : sent.isExcluded ? "excluded" : "own";
    }
}
function textOf(data) {
    return data === undefined ? "" : canonical(data);
}
