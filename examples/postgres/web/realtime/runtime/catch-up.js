/**
 * Brings one listener from its own cursor to where a shared subscription is.
 *
 * The first listener of a channel decides where the subscription starts. One that comes later with a cursor of its own reads the stored
 * events behind it page by page, while live events are held back for it; when the pages meet the held events, it joins the others.
 */
import { backoff } from "./backoff.js";
import { RefusedError } from "./errors.js";
/** More events than this are not held: the pages bring them again. */
const MAX_HELD = 1000;
/** The way of one listener to the present. */
export class CatchUp {
    options;
    cursor;
    held = [];
    /** The number of the last stored event that was delivered; `undefined` where numbers began anew. */
    last;
    /** What was held is incomplete, so the pages must reach further before they can meet it. */
    again = false;
    running = false;
    /** The pages met the present. What remains is to leave out live events that a page brought already. */
    joined = false;
    stopped = false;
    failures = 0;
    cancelRetry;
    constructor(cursor, options) {
        this.cursor = cursor;
        this.options = options;
    }
    /** The subscription is live: from here on every event is either held or stored. Does nothing if it was told before. */
    start() {
        if (this.running || this.stopped)
            return;
        this.running = true;
        void this.run();
    }
    /** Whether it has not begun, and would begin here. */
    waitsAt(cursor) {
        return !this.running && this.cursor !== undefined && this.cursor === cursor;
    }
    /** Takes an event that the others get now. */
    take(event) {
        if (this.joined)
            return this.pass(event);
        // The event that the cursor names proves that what came before it is known to this listener already.
        if (this.cursor !== undefined && event.meta.id === this.cursor) {
            this.last = event.meta.number ?? undefined;
            return;
        }
        this.held.push(event);
        if (this.held.length > MAX_HELD)
            this.restart();
    }
    /** Numbers may have begun anew, or events been lost on the way here: what is held proves nothing any more. */
    restart() {
        if (this.joined)
            return this.options.onDone();
        this.held = this.held.filter(({ meta }) => meta.number === null).slice(-MAX_HELD / 2);
        this.again = true;
    }
    /** The listener left. */
    stop() {
        this.stopped = true;
        this.cancelRetry?.();
    }
    async run() {
        while (!this.stopped) {
            this.again = false;
            let page;
            try {
                page = await this.options.page(this.cursor);
            }
            catch (error) {
                if (error instanceof RefusedError && error.retry === "never") {
                    // Nobody can say what was missed, and that is what the listener must know.
                    if (!this.stopped && this.cursor !== undefined)
                        this.options.onGap({ reason: "no_state" }, this.cursor, this.cursor);
                    return this.join();
                }
                await this.pause();
                continue;
            }
            if (this.stopped)
                return;
            this.failures = 0;
            this.replay(page);
            if (!this.again && (page.events.length === 0 || this.meets()))
                return this.join();
        }
    }
    replay({ events, cursor, number, gap }) {
        if (gap !== undefined) {
            this.last = undefined;
            this.options.onGap(gap, this.cursor ?? null, cursor);
        }
        this.cursor = cursor;
        for (const frame of events) {
            if (this.stopped)
                return;
            if (frame.number !== null)
                this.last = frame.number;
            const event = this.options.read(frame);
            if (event !== undefined)
                this.options.deliver(event);
        }
        // An empty page says what the cursor covers, too: the stream may still be on its way there.
        if (number !== undefined)
            this.last = number;
    }
    meets() {
        const first = this.held.find(({ meta }) => meta.number !== null)?.meta.number ?? undefined;
        return first !== undefined && this.last !== undefined && first <= this.last + 1;
    }
    join() {
        this.joined = true;
        const { held } = this;
        this.held = [];
        for (const event of held)
            this.pass(event);
    }
    /** The stream may lag behind the pages, so a live event is new only above the last one delivered. */
    pass(event) {
        const { number } = event.meta;
        if (number !== null) {
            if (this.last !== undefined && number <= this.last)
                return;
            this.options.onDone();
        }
        this.options.deliver(event);
    }
    pause() {
        const { clock } = this.options;
        const delay = backoff(this.failures, clock.random());
        this.failures += 1;
        return new Promise((resolve) => {
            this.cancelRetry = clock.after(delay, resolve);
        });
    }
}
