/** What the leading tab does for all: one connection, the channels that any of them wants, and who hears of what. */
import { parseObject } from "../frames.js";
import { covers } from "../roster.js";
import { isObject } from "../values.js";
import { Assembly } from "./assembly.js";
import { LiveKeys } from "./live-keys.js";
/** That the connection lives is told at most this often, in milliseconds. */
const ALIVE = 1000;
/** The connection of several tabs, in the one that leads. */
export class Hub {
    options;
    channels = new Map();
    replies = new Map();
    tabs = new Map();
    assembly = new Assembly({
        request: (frame, onReply) => this.request(frame, onReply),
        say: (tab, frame) => this.say(tab, frame),
        tabs: () => [...this.tabs.keys()],
    });
    queries = new LiveKeys({
        request: (frame, onReply) => void this.request(frame, onReply),
        answer: (tab, ref, reply) => this.answer(tab, ref, reply),
        say: (tab, frame) => this.say(tab, frame),
    });
    link;
    welcome;
    /** What the server said last of its own state, for those who come later. */
    status;
    lastRef = 0;
    toldAt = 0;
    isOver = false;
    constructor(options) {
        this.options = options;
    }
    /** Takes what a tab says. */
    take(message) {
        if (this.isOver)
            return;
        if (message.type === "open")
            this.open(message);
        else if (message.type === "close")
            this.leave(message.from);
        else if (message.type === "ask")
            this.options.tell({ type: "alive" });
        else if (this.tabs.has(message.from))
            for (const frame of message.frames)
                this.pass(message.from, frame);
    }
    /** A tab is gone. */
    leave(tab) {
        for (const name of this.tabs.get(tab)?.wants.keys() ?? [])
            this.unsubscribe(tab, name);
        this.tabs.delete(tab);
        for (const { users } of this.channels.values())
            users.delete(tab);
        this.assembly.leave(tab);
        this.queries.leave(tab);
    }
    /** Ends the connection. Who reached the server through it looks for another way. */
    close(end) {
        if (this.isOver)
            return;
        this.isOver = true;
        this.link?.close();
        this.options.tell({ type: "end", end });
    }
    open(opening) {
        const { from, channels, later, session } = opening;
        const isFirst = this.tabs.size === 0 && this.link === undefined;
        // It asks again where the answer took too long.
        if (this.tabs.has(from))
            return this.options.tell({ type: "opened", to: from });
        const tab = { opening, wants: new Map(), later: new Set(later) };
        this.tabs.set(from, tab);
        this.options.tell({ type: "opened", to: from });
        if (!isFirst) {
            if (this.welcome !== undefined)
                this.greet(tab, this.welcome);
            return;
        }
        for (const wanted of channels) {
            const want = { tab: from, wanted, ref: undefined };
            tab.wants.set(wanted.name, want);
            this.channels.set(wanted.name, newcomer(want));
        }
        const link = this.options.transport({ channels, later, session }, {
            onFrame: (text) => this.hear(parseObject(text), text),
            onReply: (reply) => isObject(reply) && this.hear(reply, JSON.stringify(reply)),
            onFailed: (refs, { code, reason, message: said, hint, retryAfter, retry }) => {
                const error = { name: reason, message: said, ...(code === undefined ? {} : { code }), ...(hint === undefined ? {} : { hint }), ...(retryAfter === undefined ? {} : { retryAfter }) };
                for (const ref of refs)
                    this.settle(ref, { refusal: { error, retry } });
            },
            onAlive: () => this.live(),
            onRetry: (milliseconds) => this.options.tell({ type: "retry", milliseconds }),
            onEnd: (end) => this.close(end),
        });
        // A transport may fail, or end, before it returns.
        if (this.isOver)
            link.close();
        else
            this.link = link;
        this.greetAll();
    }
    /** The others need not hear of every piece of a stream. */
    live() {
        const now = this.options.clock.now();
        if (now - this.toldAt < ALIVE)
            return;
        this.toldAt = now;
        this.options.tell({ type: "alive" });
    }
    greetAll() {
        if (this.link !== undefined && this.welcome !== undefined)
            for (const tab of this.tabs.values())
                this.greet(tab, this.welcome);
    }
    /** A tab has no name of its own on the wire, so its name is empty. */
    greet({ opening: { from, channels }, wants }, welcome) {
        this.say(from, { ...welcome, connection: "", shared: welcome["connection"] });
        if (this.status !== undefined)
            this.say(from, this.status);
        for (const wanted of channels)
            if (!wants.has(wanted.name))
                this.want({ tab: from, wanted, ref: undefined });
        for (const [name, shared] of this.channels)
            if (shared.isGiven && shared.state === "live")
                this.give(from, name, shared);
    }
    pass(tab, { ref, text }) {
        const frame = parseObject(text) ?? {};
        const { type, channel, after, last, events, presence } = frame;
        const name = String(channel);
        if (type === "subscribe") {
            const filter = Array.isArray(events) ? events.map(String) : undefined;
            const wanted = { name, cursor: typeof after === "string" ? after : undefined, last: typeof last === "number" ? last : undefined, events: filter, presence: presence === true };
            return this.want({ tab, wanted, ref });
        }
        if (type === "unsubscribe") {
            const wasThere = this.unsubscribe(tab, name);
            this.say(tab, { type: "ack", ref });
            if (wasThere)
                this.say(tab, { type: "unsubscribed", channel });
            return;
        }
        if (this.queries.pass(tab, ref, frame) || this.assembly.pass(tab, ref, frame))
            return;
        this.request(frame, (reply) => this.answer(tab, ref, reply));
    }
    answer(tab, ref, reply) {
        if ("frame" in reply)
            this.say(tab, { ...reply.frame, ref });
        else
            this.options.tell({ type: "failed", to: tab, ref, error: reply.refusal });
    }
    want(want) {
        const { tab, wanted } = want;
        this.tabs.get(tab)?.wants.set(wanted.name, want);
        this.tabs.get(tab)?.later.delete(wanted.name);
        this.go(want);
    }
    go(want) {
        const { tab, wanted, ref } = want;
        const { name, events, cursor, last, presence = false } = wanted;
        if (!this.isCurrent(want))
            return;
        const shared = this.channels.get(name);
        if (shared === undefined) {
            this.channels.set(name, newcomer(want));
            const filter = events === undefined || events.length === 0 ? {} : { events };
            const position = cursor === undefined ? (last === undefined ? {} : { last }) : { after: cursor };
            this.request({ type: "subscribe", channel: name, ...position, ...filter, ...(presence ? { presence } : {}) }, (reply) => {
                if (!isAck(reply))
                    this.refuse(name, reply);
            });
            return;
        }
        if (shared.state !== "live")
            return void shared.waiting.push(want);
        this.widen(name, shared, wanted, (refusal) => {
            if (refusal !== undefined)
                return this.deny(want, refusal);
            if (!this.isCurrent(want))
                return;
            if (ref !== undefined)
                this.say(tab, { type: "ack", ref });
            if (!shared.users.has(tab)) {
                shared.users.add(tab);
                this.options.tell({ type: "join", to: tab, wanted, position: shared.position });
            }
            // The others have it already; who comes later needs all of it.
            if (presence && shared.presence)
                this.request({ type: "presence", channel: name, refresh: true }, () => undefined);
        });
    }
    isCurrent(want) {
        return this.tabs.get(want.tab)?.wants.get(want.wanted.name) === want;
    }
    /** Makes the server send what is wanted besides. */
    widen(name, shared, { events: wanted, presence = false }, done) {
        const isCovered = covers(shared.filter, wanted);
        if (isCovered && (!presence || shared.presence))
            return done();
        const filter = isCovered ? shared.filter : wanted === undefined ? undefined : [...new Set([...(shared.filter ?? []), ...wanted])].sort();
        this.request({ type: "subscribe", channel: name, ...(filter === undefined ? {} : { events: filter }), ...(presence ? { presence } : {}) }, (reply) => {
            if (!isAck(reply))
                return done(reply);
            shared.filter = filter;
            done();
            shared.presence ||= presence;
        });
    }
    /** Whether the tab had asked for the channel. */
    unsubscribe(tab, name) {
        const shared = this.channels.get(name);
        const had = this.tabs.get(tab)?.wants.delete(name) === true;
        shared?.users.delete(tab);
        if (shared !== undefined)
            this.quitUnwanted(name, shared);
        return had;
    }
    /** A subscription that has no outcome yet is left when it has one. */
    quitUnwanted(name, shared) {
        if (shared.state === "live" && !shared.isGiven && ![...this.tabs.values()].some(({ wants }) => wants.has(name)))
            this.quit(name, shared);
    }
    quit(name, shared) {
        shared.state = "leaving";
        this.request({ type: "unsubscribe", channel: name }, () => undefined);
    }
    /** Takes a frame of the server's. */
    hear(frame, text) {
        if (frame === undefined || this.isOver)
            return;
        const { type, channel, ref } = frame;
        if (type === "welcome") {
            this.welcome = frame;
            return this.greetAll();
        }
        if (typeof ref === "number" && (type === "ack" || type === "error" || type === "denied"))
            return this.settle(ref, { frame });
        if (type === "status")
            this.status = frame;
        this.queries.hear(frame);
        if (this.assembly.hear(frame))
            return;
        if (typeof channel !== "string")
            return this.options.tell({ type: "frame", text });
        const shared = this.channels.get(channel);
        if (type === "subscribed" || type === "gap" || type === "denied" || type === "unsubscribed" || type === "revoked")
            return this.turn(channel, shared, frame);
        const next = frame["id"] ?? frame["cursor"];
        if (shared !== undefined && typeof next === "string")
            shared.position = next;
        const isOurs = frame["origin"] !== undefined && frame["origin"] === this.welcome?.["connection"];
        this.options.tell({ type: "frame", channel, kind: String(type), text, isOurs });
    }
    /** What begins, interrupts or ends a subscription. */
    turn(name, known, frame) {
        const { type, cursor, ref: _, ...rest } = frame;
        const isGift = (type === "subscribed" || type === "gap") && frame["by"] === "server";
        const shared = known ?? (isGift ? newcomer(undefined) : undefined);
        if (shared === undefined)
            return;
        this.channels.set(name, shared);
        shared.isGiven ||= isGift;
        if (type === "revoked") {
            this.channels.delete(name);
            for (const { wants } of this.tabs.values())
                wants.delete(name);
            return this.round(name, frame);
        }
        if (type === "denied")
            return this.refuse(name, { frame });
        if (type === "unsubscribed")
            return this.left(name, shared, frame["by"]);
        if (typeof cursor === "string")
            shared.position = cursor;
        const { state, first } = shared;
        if (state !== "asked")
            this.round(name, frame);
        else
            shared.state = "live";
        if (state === "asked" && first !== undefined && this.isCurrent(first)) {
            shared.users.add(first.tab);
            if (first.ref !== undefined)
                this.say(first.tab, { type: "ack", ref: first.ref });
            this.options.tell({ type: "frame", to: first.tab, channel: name, kind: String(type), isBeginning: true, text: JSON.stringify({ type, cursor, ...rest }) });
        }
        if (isGift)
            for (const tab of this.tabs.keys())
                this.give(tab, name, shared);
        if (state !== "asked")
            return;
        for (const want of shared.waiting.splice(0))
            this.go(want);
        this.quitUnwanted(name, shared);
    }
    /** Begins what the service gave to the connection, where it stands by now. */
    give(tab, name, { users, position }) {
        const { wants, later } = this.tabs.get(tab) ?? {};
        if (users.has(tab) || wants?.has(name) === true || later?.has(name) === true)
            return;
        users.add(tab);
        this.options.tell({ type: "frame", to: tab, channel: name, kind: "subscribed", isBeginning: true, text: JSON.stringify({ type: "subscribed", channel: name, outcome: "fresh", cursor: position, by: "server" }) });
    }
    left(name, { state, waiting, users }, by) {
        this.channels.delete(name);
        for (const user of users)
            this.tabs.get(user)?.wants.delete(name);
        // Without having been asked the server has its reasons, and tells them to who asks again.
        if (state !== "leaving")
            this.round(name, { type: "unsubscribed", channel: name, ...(by === undefined ? {} : { by }) });
        for (const want of waiting)
            this.go(want);
    }
    /** Nobody gets the channel. */
    refuse(name, reply) {
        const shared = this.channels.get(name);
        if (shared === undefined)
            return;
        this.channels.delete(name);
        if (shared.state === "asked" && shared.first !== undefined)
            this.deny(shared.first, reply);
        for (const want of shared.waiting)
            this.deny(want, reply);
        for (const { wants } of this.tabs.values())
            wants.delete(name);
        if (shared.users.size > 0 && "frame" in reply)
            this.round(name, { type: "denied", channel: name, error: reply.frame["error"] });
    }
    deny(want, reply) {
        const { tab, wanted, ref } = want;
        if (!this.isCurrent(want))
            return;
        this.tabs.get(tab)?.wants.delete(wanted.name);
        if ("refusal" in reply && ref !== undefined)
            return this.answer(tab, ref, reply);
        const error = "frame" in reply ? reply.frame["error"] : reply.refusal.error;
        this.say(tab, { type: "denied", channel: wanted.name, error, ...(ref === undefined ? {} : { ref }) });
    }
    request(frame, onReply) {
        this.lastRef += 1;
        const ref = this.lastRef;
        this.replies.set(ref, onReply);
        this.link?.send([{ ref, text: JSON.stringify({ ...frame, ref }) }], this.sessionKey);
        return ref;
    }
    settle(ref, reply) {
        const onReply = this.replies.get(ref);
        this.replies.delete(ref);
        onReply?.(reply);
    }
    get sessionKey() {
        const session = this.welcome?.["session"];
        return typeof session === "string" ? session : undefined;
    }
    /** Tells those who have a channel. */
    round(channel, frame) {
        this.options.tell({ type: "frame", channel, kind: String(frame["type"]), text: JSON.stringify(frame) });
    }
    say(tab, frame) {
        this.options.tell({ type: "frame", to: tab, text: JSON.stringify(frame) });
    }
}
function isAck(reply) {
    return "frame" in reply && reply.frame["type"] === "ack";
}
function newcomer(first) {
    const { events, presence, cursor = "" } = first?.wanted ?? {};
    return { state: first === undefined ? "live" : "asked", filter: events, presence: first?.ref !== undefined && presence === true, position: cursor, first, isGiven: false, users: new Set(), waiting: [] };
}
