/** What the application subscribes to: channels with their listeners and cursors. Knows nothing of connections. */
import { CatchUp } from "./catch-up.js";
import { ChannelLimitError } from "./errors.js";
import { guarded, News } from "./news.js";
import { covers } from "./roster.js";
/** A connection carries no more channels than this. */
export const MAX_CHANNELS = 100;
/** How long a channel without listeners is kept, in milliseconds, so that a double mount or a hot reload costs nothing. */
export const GRACE = 100;
/** The most stored events that a beginning can ask for. */
const MAX_LAST = 1000;
/** How many stored events one request fetches for a listener that catches up. */
const PAGE = 500;
/** The event of who wants none: a filter names at least one, and nothing else is called so. */
export const NO_EVENT = "no.event";
/** The registry of subscriptions, one entry per channel name however many listeners there are. */
export class Subscriptions {
    options;
    entries = new Map();
    /** Events of a channel may be missing. */
    gaps;
    /** A subscription begins without a hole. */
    beginnings;
    /** A channel is refused for good. */
    denials;
    /** A right was taken away. */
    revocations;
    constructor(options) {
        this.options = options;
        this.gaps = new News(options.report);
        this.beginnings = new News(options.report);
        this.denials = new News(options.report);
        this.revocations = new News(options.report);
    }
    /** The channels to be connected to, with their cursors. */
    wanted() {
        const all = [...this.entries.values()].filter(({ denied }) => denied === undefined);
        // Channels in their grace give way when there are too many.
        const kept = all.length > MAX_CHANNELS ? all.filter(isUsed) : all;
        return kept.map((entry) => {
            const { name, cursor, isGiven, last, isByServer } = entry;
            return { name, cursor, isGiven, last, isByServer, events: eventsOf(entry), presence: [...entry.listeners].some(({ presence }) => presence), token: entry };
        });
    }
    /** The channels that this client gets events of. */
    get channels() {
        const all = [...this.entries.values()].filter((entry) => isUsed(entry) && entry.denied === undefined);
        return all.map(({ name, listeners }) => ({ name, by: listeners.size > 0 ? "client" : "server" }));
    }
    /** Whether anybody listens to a channel, or did just now. */
    has(name) {
        return this.entries.has(name);
    }
    /** Asks again for a channel that was refused. */
    retry(name) {
        const entry = this.entries.get(name);
        if (entry?.denied === undefined)
            return;
        entry.denied = undefined;
        this.options.onChange();
    }
    /** Why the server refuses a channel that somebody listens to. */
    denied(name) {
        return this.entries.get(name)?.denied;
    }
    /**
     * Adds a listener to a channel; the answer removes it.
     *
     * @throws {@link ChannelLimitError} if this would be one channel more than a connection carries.
     * @throws RangeError if `last` is not a whole number from 1 to 1000.
     */
    listen(pattern, name, listener, { after, last }) {
        if (last !== undefined && !(Number.isInteger(last) && last >= 1 && last <= MAX_LAST))
            throw new RangeError(`\`last\` is ${last}; it is a whole number from 1 to ${MAX_LAST}`);
        const known = this.entries.get(name);
        if (known === undefined && this.used() >= MAX_CHANNELS)
            throw new ChannelLimitError(MAX_CHANNELS);
        const entry = known ?? this.enter(pattern, name, after, after === undefined ? last : undefined);
        entry.cancelRemoval();
        entry.pattern = pattern;
        entry.listeners.add(listener);
        // Somebody new may be allowed what others were not, and asks again.
        entry.denied = undefined;
        // Before the change is acted upon: where nobody else listens, or the server sends these events already, the subscription itself begins there.
        const isServed = known === undefined || (entry.live && isSent(entry, listener));
        this.options.onChange();
        if (after !== undefined ? after !== entry.cursor || !isServed : last !== undefined && !isBeginning(entry, last))
            this.catchUp(entry, listener, after, last);
        return () => this.leave(entry, listener);
    }
    /** Takes one frame from the connection. */
    accept(frame) {
        const entry = this.entries.get(frame.channel) ?? this.given(frame);
        if (entry === undefined)
            return;
        if (frame.type !== "unsubscribed" && "isByServer" in frame)
            Object.assign(entry, { isByServer: true, sent: undefined });
        if (frame.type === "event")
            this.event(entry, frame);
        else if (frame.type === "position")
            entry.cursor = frame.cursor;
        else if (frame.type === "gap")
            this.gap(entry, frame);
        else if (frame.type === "subscribed")
            this.subscribed(entry, frame);
        else if (frame.type === "unsubscribed")
            this.take(entry);
    }
    /** The service subscribed to a channel that nobody here knows. */
    given(frame) {
        return (frame.type === "subscribed" || frame.type === "gap") && frame.isByServer === true ? this.enter("", frame.channel, undefined, undefined) : undefined;
    }
    /** The service subscribed to it, and does not any more. */
    take(entry) {
        entry.isByServer = false;
        if (entry.listeners.size === 0)
            this.entries.delete(entry.name);
    }
    /** The connection is gone, and with it what the server is known to send. */
    down() {
        for (const entry of this.entries.values())
            entry.sent = false;
    }
    /** From here on the server sends these events of a channel. */
    filtered(name, events) {
        const entry = this.entries.get(name);
        if (entry === undefined)
            return;
        entry.sent = events;
        if (entry.live)
            this.startCatchUps(entry);
    }
    /** The server refuses a channel for good. */
    deny(name, error) {
        const entry = this.entries.get(name);
        if (entry === undefined)
            return;
        // What the service gave for a time was its own to take back.
        if (entry.isByServer)
            this.take(entry);
        if (!this.entries.has(name))
            return;
        entry.denied = error;
        entry.live = false;
        this.denials.tell(name, { channel: name, error });
    }
    enter(pattern, name, after, last) {
        const entry = {
            ...{ name, pattern, isByServer: false, last, listeners: new Set(), catchUps: new Map(), cursor: after },
            ...{ isGiven: after !== undefined, live: false, sent: false, denied: undefined, lastNumber: undefined, cancelRemoval: nothing },
        };
        this.entries.set(name, entry);
        return entry;
    }
    used() {
        let count = 0;
        for (const entry of this.entries.values())
            if (isUsed(entry))
                count += 1;
        return count;
    }
    catchUp(entry, listener, after, last) {
        const { clock, page } = this.options;
        const { name: channel } = entry;
        const catchUp = new CatchUp(after, {
            clock,
            page: (cursor) => page(channel, cursor === undefined ? { limit: last } : { limit: PAGE, after: cursor }),
            read: (frame) => this.read(entry, frame),
            deliver: (event) => this.deliver(entry, listener, event),
            onGap: (gap, from, cursor) => this.gaps.tell(channel, { channel, ...gap, from, cursor }),
            onDone: () => entry.catchUps.delete(listener),
        });
        entry.catchUps.set(listener, catchUp);
        if (entry.live)
            this.startCatchUps(entry);
    }
    /** Begins with those for whom the server sends what happens meanwhile: what they do not hold must still be in the pages. */
    startCatchUps(entry) {
        for (const [listener, catchUp] of entry.catchUps)
            if (isSent(entry, listener))
                catchUp.start();
    }
    /** The subscription has an outcome: whoever wanted to begin where it was asked to gets everything from it, if the server sends its events. */
    spareCatchUps(entry) {
        for (const [listener, catchUp] of entry.catchUps)
            if (catchUp.waitsAt(entry.cursor) && isSent(entry, listener))
                entry.catchUps.delete(listener);
    }
    leave(entry, listener) {
        entry.catchUps.get(listener)?.stop();
        entry.catchUps.delete(listener);
        if (!entry.listeners.delete(listener) || entry.listeners.size > 0)
            return;
        entry.cancelRemoval();
        entry.cancelRemoval = this.options.clock.after(GRACE, () => {
            if (entry.isByServer)
                return;
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
        const event = entry.listeners.size === 0 ? undefined : this.read(entry, frame);
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
            guarded(listener.call, event, this.options.report);
    }
    gap(entry, { channel, reason, from, cursor, missed }) {
        this.spareCatchUps(entry);
        entry.cursor = cursor;
        // After a gap numbers may begin anew, so nothing tells a repeated event; the server starts after the hole.
        entry.lastNumber = undefined;
        this.begin(entry, true);
        const gap = missed === undefined ? { channel, reason, from, cursor } : { channel, reason, from, cursor, missed };
        this.gaps.tell(channel, gap);
    }
    subscribed(entry, { channel, outcome, cursor }) {
        if (outcome === "resumed")
            this.spareCatchUps(entry);
        entry.cursor = cursor;
        if (outcome === "fresh")
            entry.lastNumber = undefined;
        this.begin(entry, outcome === "fresh");
        this.beginnings.tell(channel, { channel, outcome, cursor });
    }
    /** Delivery begins, or begins anew, for those who are catching up. */
    begin(entry, anew) {
        entry.live = true;
        entry.isGiven = false;
        if (anew)
            for (const catchUp of entry.catchUps.values())
                catchUp.restart();
        this.startCatchUps(entry);
    }
}
/** What the listeners want together. Nothing is known of a channel that lost its last one, and it goes soon. */
function eventsOf({ listeners }) {
    const names = new Set();
    for (const { event } of listeners) {
        if (event === undefined)
            return undefined;
        names.add(event);
    }
    if (names.size > 1)
        names.delete(NO_EVENT);
    return [...names].sort();
}
/** Whether somebody listens, or the service wants it. */
function isUsed({ listeners, isByServer }) {
    return listeners.size > 0 || isByServer;
}
/** Whether the server is known to send what a listener wants. */
function isSent({ sent }, { event }) {
    return sent !== false && covers(sent, event === undefined ? undefined : [event]);
}
/** Whether a subscription that has not begun yet brings this many stored events by itself. */
function isBeginning({ live, cursor, last }, wanted) {
    return !live && cursor === undefined && last !== undefined && last >= wanted;
}
function nothing() {
    // An entry with listeners is not being removed.
}
