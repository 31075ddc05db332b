/** What the application subscribes to: channels with their listeners and cursors. Knows nothing of connections. */
import { CatchUp } from "./catch-up.js";
import { ChannelLimitError } from "./errors.js";
/** More channels than this do not fit in one request. */
export const MAX_CHANNELS = 32;
/** How long a channel without listeners is kept, in milliseconds, so that a double mount or a hot reload costs nothing. */
export const GRACE = 100;
/** The registry of subscriptions, one entry per channel name however many listeners there are. */
export class Subscriptions {
    options;
    entries = new Map();
    gapHandlers = new Map();
    subscribedHandlers = new Map();
    constructor(options) {
        this.options = options;
    }
    /** The channels to be connected to, with their cursors. */
    wanted() {
        const all = [...this.entries.values()];
        // Channels in their grace give way when there are too many.
        const kept = all.length > MAX_CHANNELS ? all.filter(({ listeners }) => listeners.size > 0) : all;
        return kept.map(({ name, cursor }) => ({ name, cursor }));
    }
    /**
     * Adds a listener to a channel; the answer removes it.
     *
     * @throws {@link ChannelLimitError} if this would be one channel more than a connection carries.
     */
    listen(pattern, name, listener, after) {
        const entry = this.entries.get(name) ?? this.enter(pattern, name, after);
        entry.cancelRemoval();
        entry.listeners.add(listener);
        if (after !== undefined && after !== entry.cursor)
            this.catchUp(entry, listener, after);
        return () => this.leave(entry, listener);
    }
    /** Calls `handler` for each gap of one channel, or of any where `name` is `undefined`. The answer stops that. */
    onGap(name, handler) {
        return register(this.gapHandlers, name, handler);
    }
    /** Calls `handler` each time that a subscription begins without a hole. The answer stops that. */
    onSubscribed(name, handler) {
        return register(this.subscribedHandlers, name, handler);
    }
    /** Takes one frame from the connection. */
    accept(frame) {
        const entry = this.entries.get(frame.channel);
        if (entry === undefined)
            return;
        if (frame.type === "event")
            this.event(entry, frame);
        else if (frame.type === "gap")
            this.gap(entry, frame);
        else
            this.subscribed(entry, frame);
    }
    enter(pattern, name, after) {
        if (this.used() >= MAX_CHANNELS)
            throw new ChannelLimitError(MAX_CHANNELS);
        const entry = { name, pattern, listeners: new Set(), catchUps: new Map(), live: false, cursor: after, lastNumber: undefined, cancelRemoval: nothing };
        this.entries.set(name, entry);
        this.options.onChange();
        return entry;
    }
    used() {
        let count = 0;
        for (const { listeners } of this.entries.values())
            if (listeners.size > 0)
                count += 1;
        return count;
    }
    catchUp(entry, listener, after) {
        const { clock, page } = this.options;
        const { name: channel } = entry;
        const catchUp = new CatchUp(after, {
            clock,
            page: (cursor) => page(channel, cursor),
            read: (frame) => this.read(entry, frame),
            deliver: (event) => this.deliver(entry, listener, event),
            onGap: (gap, from, cursor) => this.tell(this.gapHandlers, channel, { channel, ...gap, from, cursor }),
            onDone: () => entry.catchUps.delete(listener),
        });
        entry.catchUps.set(listener, catchUp);
        if (entry.live)
            catchUp.start();
    }
    leave(entry, listener) {
        entry.catchUps.get(listener)?.stop();
        entry.catchUps.delete(listener);
        if (!entry.listeners.delete(listener) || entry.listeners.size > 0)
            return;
        entry.cancelRemoval();
        entry.cancelRemoval = this.options.clock.after(GRACE, () => {
            // The cursor goes with the entry: who comes back later begins afresh, as the documentation says.
            this.entries.delete(entry.name);
            this.options.onChange();
        });
    }
    event(entry, frame) {
        const { intake } = this.options;
        if (frame.number !== null) {
            if (entry.lastNumber !== undefined && frame.number <= entry.lastNumber) {
                intake.counters.duplicate += 1;
                return;
            }
            entry.lastNumber = frame.number;
        }
        // Before any handler runs: whatever happens in one, the event has been handed out.
        if (frame.id !== null)
            entry.cursor = frame.id;
        const event = this.read(entry, frame);
        if (event === undefined)
            return;
        for (const listener of [...entry.listeners]) {
            const catchUp = entry.catchUps.get(listener);
            if (catchUp === undefined)
                this.deliver(entry, listener, event);
            else
                catchUp.take(event);
        }
    }
    read(entry, frame) {
        try {
            return this.options.intake.read(entry.pattern, frame);
        }
        catch (error) {
            this.options.report(error);
            return undefined;
        }
    }
    deliver(entry, listener, event) {
        // An earlier listener may have removed this one.
        if ((listener.event === undefined || listener.event === event.event) && entry.listeners.has(listener))
            this.call(listener.call, event);
    }
    gap(entry, { channel, reason, from, cursor, missed }) {
        entry.cursor = cursor;
        // After a gap numbers may begin anew, so nothing tells a repeated event; the server starts after the hole.
        entry.lastNumber = undefined;
        begin(entry, true);
        const gap = missed === undefined ? { channel, reason, from, cursor } : { channel, reason, from, cursor, missed };
        this.tell(this.gapHandlers, channel, gap);
    }
    subscribed(entry, { channel, outcome, cursor }) {
        entry.cursor = cursor;
        if (outcome === "fresh")
            entry.lastNumber = undefined;
        begin(entry, outcome === "fresh");
        this.tell(this.subscribedHandlers, channel, { channel, outcome, cursor });
    }
    tell(handlers, name, news) {
        for (const handler of [...(handlers.get(name) ?? []), ...(handlers.get(undefined) ?? [])])
            this.call(handler, news);
    }
    /** Runs a handler of the application. What it throws is reported and starves nobody. */
    call(handler, news) {
        try {
            handler(news);
        }
        catch (error) {
            this.options.report(error);
        }
    }
}
/** Delivery begins, or begins anew, for those who are catching up. */
function begin(entry, anew) {
    entry.live = true;
    for (const catchUp of entry.catchUps.values()) {
        if (anew)
            catchUp.restart();
        catchUp.start();
    }
}
function register(all, name, handler) {
    const handlers = all.get(name) ?? new Set();
    all.set(name, handlers);
    // A wrapper of its own for each call, so that one function registered twice is called twice and leaves once.
    const entry = ((news) => handler(news));
    handlers.add(entry);
    return () => {
        handlers.delete(entry);
        if (handlers.size === 0 && all.get(name) === handlers)
            all.delete(name);
    };
}
function nothing() {
    // An entry with listeners is not being removed.
}
