/** One channel of one tab: what the leader hands round, from this tab's own position on. */
import { backoff } from "../backoff.js";
import { RefusedError } from "../errors.js";
import { parseObject } from "../frames.js";
import { MEMORY } from "./own-events.js";
/** More frames than this are not held while a tab catches up: the pages bring their events again. */
const MAX_HELD = 1000;
/** How many stored events one request fetches. */
const PAGE = 500;
/** The frames of a channel on their way to this tab. */
export class Pipe {
    options;
    queue = [];
    isJoining = false;
    /** Frames were given up while pages came, so the pages must reach further. */
    again = false;
    /** Stored events up to this number came with a page already. */
    floor;
    isClosed = false;
    failures = 0;
    cancelTimer = nothing;
    constructor(options) {
        this.options = options;
    }
    /** The others are at `position`. Brings this tab from its own one to where they are. */
    join({ name, cursor, last }, position) {
        const subscribed = (at) => this.options.emit({ type: "subscribed", channel: name, outcome: cursor === undefined ? "fresh" : "resumed", cursor: at });
        if (cursor === position)
            return subscribed(position);
        this.isJoining = true;
        void this.catchUp(name, cursor, last, subscribed);
    }
    take(item) {
        // A position of the others may lie before what the pages brought.
        if (item.kind === "position" && (this.isJoining || this.floor !== undefined))
            return;
        if (this.isJoining && (this.queue.length >= MAX_HELD || item.kind === "gap")) {
            // What is held proves nothing any more; a page says what is missing behind this tab's own position.
            this.queue = [];
            this.again = true;
            if (item.kind === "gap")
                return;
        }
        this.queue.push(item);
        this.pump();
    }
    /** Hands on what can be handed on; told when an acknowledgement came that may decide whose an event is. */
    pump() {
        while (!this.isJoining && !this.isClosed) {
            const item = this.queue[0];
            if (item === undefined || !this.pass(item))
                return;
            this.queue.shift();
        }
    }
    close() {
        this.isClosed = true;
        this.cancelTimer();
    }
    /** Hands one frame on, or not at all. `false` while it is not known whether this tab wants it. */
    pass({ kind, text, isOurs }) {
        if (this.floor === undefined && !isOurs) {
            this.options.emit(text);
            return true;
        }
        const frame = parseObject(text) ?? {};
        // After a gap numbers may begin anew.
        if (kind === "gap")
            this.floor = undefined;
        if (typeof frame["number"] === "number" && this.floor !== undefined) {
            if (frame["number"] <= this.floor)
                return true;
            this.floor = undefined;
        }
        return this.hand(frame, isOurs);
    }
    hand(frame, isOurs) {
        if (!isOurs)
            return this.give(frame);
        const verdict = this.options.own.judge(frame);
        // What is left out moves this tab's position all the same.
        if (verdict === "excluded")
            return typeof frame["id"] !== "string" || this.give({ type: "position", channel: frame["channel"], cursor: frame["id"] });
        if (verdict === "unknown") {
            this.cancelTimer();
            this.cancelTimer = this.options.clock.after(MEMORY, () => this.pump());
            return false;
        }
        const { origin, ...rest } = frame;
        // Without a name of its own on the wire, this tab is the empty one.
        return this.give(verdict === "own" ? { ...rest, origin: "" } : rest);
    }
    give(frame) {
        this.options.emit(frame);
        return true;
    }
    async catchUp(channel, from, last, subscribed) {
        const begins = from === undefined;
        let cursor = from;
        let isFirst = true;
        while (!this.isClosed) {
            this.again = false;
            let page;
            try {
                page = await this.options.page(cursor === undefined ? { limit: last ?? 1 } : { limit: PAGE, after: cursor });
            }
            catch (error) {
                if (this.isClosed)
                    return;
                if (error instanceof RefusedError && error.retry === "never")
                    return this.options.onRefused(error);
                await this.pause();
                continue;
            }
            if (this.isClosed)
                return;
            this.failures = 0;
            const { gap, number } = page;
            if (gap !== undefined)
                this.options.emit({ type: "gap", channel, reason: gap.reason, from: cursor ?? null, cursor: page.cursor, ...(gap.missed === undefined ? {} : { missed: gap.missed }) });
            else if (isFirst)
                subscribed(cursor ?? page.cursor);
            // Who begins with what comes next needs the page for its position alone.
            if (!begins || last !== undefined || !isFirst)
                for (const event of page.events)
                    this.replay(event, this.options.origin);
            isFirst = false;
            cursor = page.cursor;
            const newest = number ?? page.events.at(-1)?.number ?? undefined;
            if (newest !== undefined)
                this.floor = newest;
            if (!this.again && (page.events.length === 0 || begins || this.meets()))
                break;
        }
        this.isJoining = false;
        this.pump();
    }
    replay(event, origin) {
        // A page that meets an event which is still under way: what nobody knows yet is taken for another's.
        if (!this.hand({ ...event }, event.origin === origin))
            this.give({ ...event, origin: undefined });
    }
    meets() {
        const first = this.queue.map(({ text }) => parseObject(text)?.["number"]).find((number) => typeof number === "number");
        return first !== undefined && this.floor !== undefined && first <= this.floor + 1;
    }
    pause() {
        const { clock } = this.options;
        const delay = backoff(this.failures, clock.random());
        this.failures += 1;
        return new Promise((resolve) => {
            this.cancelTimer = clock.after(delay, resolve);
        });
    }
}
function nothing() {
    // No timer is armed.
}
