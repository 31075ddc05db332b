/** One connection to the test's server: what it is subscribed to, and what it is sent. */
import { codes } from "../codes.js";
import { parseObject } from "../frames.js";
/** How often a connection hears from the server, in milliseconds. */
const HEARTBEAT = 15_000;
/** One connection, from the server's side. */
export class Session {
    user;
    id = "";
    home;
    handlers;
    /** The filter of each channel that is subscribed to. */
    filters = new Map();
    isOver = false;
    cancelHeartbeat = nothing;
    constructor(home, user, request, handlers) {
        this.home = home;
        this.user = user;
        this.handlers = handlers;
        home.soon(() => this.open(request));
    }
    /** The channels that it is subscribed to. */
    get channels() {
        return [...this.filters.keys()];
    }
    close() {
        if (this.isOver)
            return;
        this.isOver = true;
        this.cancelHeartbeat();
        this.home.left(this);
    }
    /** Ends it from the server's side, or from in between. */
    end(end) {
        if (this.isOver)
            return;
        this.close();
        this.handlers.onEnd(end);
    }
    /** Ends it with an error of the wire. */
    fail(error) {
        this.emit({ type: "error", error });
        // The client takes the frame for the end; whatever it does about it, this link is over.
        this.close();
    }
    send(frames) {
        this.home.soon(() => {
            for (const { ref, text } of frames)
                if (!this.isOver)
                    this.take(ref, parseObject(text) ?? {});
        });
    }
    /** Hands an event on, if it is for this connection. */
    deliver({ entry, excluded }) {
        if (excluded === this.id || !this.filters.has(entry.channel))
            return;
        const filter = this.filters.get(entry.channel);
        if (filter === undefined || filter.includes(entry.event))
            this.emit({ type: "event", ...entry });
    }
    /** Sends a frame about a channel to those who are subscribed to it. */
    tell(channel, frame) {
        if (this.filters.has(channel))
            this.emit({ channel, ...frame });
    }
    /** Does not go on with a channel. */
    deny(channel, error) {
        if (this.filters.delete(channel))
            this.emit({ type: "denied", channel, error });
    }
    open({ channels, session }) {
        if (this.isOver)
            return;
        const { closed, clock, contract } = this.home;
        if (closed === "lost")
            return this.end(LOST);
        const { key, id } = this.home.session(session);
        this.id = id;
        if (closed !== undefined)
            return this.fail(closed);
        const beginnings = channels.map((channel) => this.home.begin(channel.name, channel));
        const malformed = beginnings.find((beginning) => "code" in beginning && beginning.name === "malformed_cursor");
        if (malformed !== undefined && "code" in malformed)
            return this.fail(malformed);
        this.home.joined(this);
        this.emit({ type: "welcome", protocol: 1, connection: id, session: key, contract, heartbeat: HEARTBEAT });
        const beat = () => {
            this.cancelHeartbeat = clock.after(HEARTBEAT, beat);
            this.handlers.onAlive();
        };
        if (!this.isOver)
            this.cancelHeartbeat = clock.after(HEARTBEAT, beat);
        channels.forEach((channel, at) => this.start(channel.name, channel.events, channel.cursor, beginnings[at]));
    }
    start(channel, filter, from, beginning, ref) {
        if (beginning === undefined || this.isOver)
            return;
        const answer = ref === undefined ? {} : { ref };
        if ("code" in beginning)
            return this.emit({ type: "denied", channel, error: beginning, ...answer });
        const { gap, cursor, events } = beginning;
        this.filters.set(channel, filter);
        if (gap !== undefined)
            this.emit({ type: "gap", channel, ...gap, from: from ?? null, cursor, ...answer });
        else
            this.emit({ type: "subscribed", channel, outcome: from === undefined ? "fresh" : "resumed", cursor, ...answer });
        for (const stored of events)
            this.deliver(stored);
    }
    take(ref, frame) {
        const { type, channel } = frame;
        const name = String(channel);
        if (type === "publish") {
            const outcome = this.home.publish(this, frame);
            return this.emit("code" in outcome ? { type: "error", ref, error: outcome } : { type: "ack", ref, ...outcome });
        }
        if (type === "subscribe")
            return this.subscribe(ref, name, frame);
        if (type === "unsubscribe") {
            const wasThere = this.filters.delete(name);
            this.emit({ type: "ack", ref });
            if (wasThere)
                this.emit({ type: "unsubscribed", channel });
            return;
        }
        this.emit(type === "pong" ? { type: "ack", ref } : { type: "error", ref, error: { code: codes.bad_request, name: "bad_request", message: `there is no frame \`${String(type)}\`` } });
    }
    subscribe(ref, channel, { after, last, events }) {
        const filter = Array.isArray(events) ? events.map(String) : undefined;
        if (this.filters.has(channel)) {
            this.filters.set(channel, filter);
            return this.emit({ type: "ack", ref });
        }
        const cursor = typeof after === "string" ? after : undefined;
        const beginning = this.home.begin(channel, { cursor, last: typeof last === "number" ? last : undefined });
        if (!("code" in beginning))
            this.emit({ type: "ack", ref });
        this.start(channel, filter, cursor, beginning, ref);
    }
    emit(frame) {
        if (!this.isOver)
            this.handlers.onFrame(JSON.stringify(frame));
    }
}
/** What a client sees of a network that fails. */
export const LOST = { retry: "back_off", reason: { name: "network", message: "the connection was cut by the test" } };
function nothing() {
    // There is no heartbeat before the greeting.
}
