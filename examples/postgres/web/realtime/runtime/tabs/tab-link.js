/**
 * The link of one tab that shares its connection: to the tab that leads, or to the hub where this one does.
 *
 * Who leads is who has a lock of the browser's, which passes to the next tab by itself when its holder goes. A holder that is there and does not answer,
 * such as a tab that was frozen, has the lock taken from it.
 */
import { RefusedError } from "../errors.js";
import { parseObject } from "../frames.js";
import { Hub } from "./hub.js";
import { Pipe } from "./pipe.js";
/** A leader that does not answer for this long is not awake, in milliseconds. */
export const PATIENCE = 3000;
/** A leader of which nothing is heard for this long is asked whether it is awake, in milliseconds. */
export const QUIET = 5000;
/** The link of one tab. */
export class TabLink {
    parts;
    handlers;
    opening;
    /** Tells this link from those of other tabs, and from earlier ones of this tab. */
    id;
    wire;
    pipes = new Map();
    /** The keys of what this tab published over this link, by the numbers of the frames. */
    published = new Map();
    cancels = [];
    hub;
    leader;
    origin = "";
    heardAt;
    cancelWatch = nothing;
    isAlone = false;
    wasDoubtful = false;
    /** Whether those who lead can tell that this tab is there. */
    isPresent = false;
    isOver = false;
    constructor(parts, { channels, later = [], session }, handlers) {
        const { clock, surroundings, group } = parts;
        this.parts = parts;
        this.handlers = handlers;
        this.id = `${clock.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
        this.opening = { type: "open", from: this.id, channels: channels.map(({ token: _, ...rest }) => rest), later, session };
        this.heardAt = clock.now();
        this.wire = surroundings.wire(group);
        this.wire.onmessage = ({ data }) => this.hear(data);
        // Who holds this lock is there: whoever leads waits for it to learn that this tab is gone.
        this.hold(this.presence(this.id), {}, () => {
            this.isPresent = true;
            this.ask(this.opening);
        });
        this.hold(group, {}, () => this.lead());
        this.watch(PATIENCE);
    }
    close() {
        if (this.isOver)
            return;
        this.isOver = true;
        this.hub?.close(RESIGNED);
        this.ask({ type: "close", from: this.id });
        this.cancelWatch();
        for (const pipe of this.pipes.values())
            pipe.close();
        for (const cancel of this.cancels)
            cancel();
        this.wire.close();
    }
    send(frames) {
        const outgoing = frames.map(({ ref, text }) => {
            const frame = parseObject(text) ?? {};
            if (frame["type"] !== "publish")
                return { ref, text };
            this.published.set(ref, String(frame["key"]));
            return { ref, text: JSON.stringify(this.parts.own.send(frame)) };
        });
        this.ask({ type: "send", from: this.id, frames: outgoing });
    }
    /** Says something to whoever leads. */
    ask(message) {
        if (this.hub === undefined)
            this.wire.postMessage(message);
        else
            this.hub.take(message);
    }
    /** Holds a lock for as long as there is this link. */
    hold(name, options, begin) {
        const { surroundings } = this.parts;
        const { signal, abort } = bound(surroundings.controller());
        // A lock cannot be stolen and waited for at once.
        const given = options.steal === true || signal === undefined ? options : { signal };
        const request = surroundings.locks.request(name, given, () => {
            if (this.isOver)
                return Promise.resolve();
            return new Promise((release) => {
                this.cancels.push(release);
                begin();
            });
        });
        this.cancels.push(abort);
        request.catch((error) => this.lost(name, error));
    }
    /** A lock was taken away, or is not to be had. */
    lost(name, error) {
        if (this.isOver || this.isAlone)
            return;
        if (this.hub !== undefined && name === this.parts.group)
            return this.end(RESIGNED);
        if (this.hub !== undefined || error?.name === "AbortError")
            return;
        // The platform has locks and does not give any: this tab goes to the server by itself, and leads nobody.
        if (this.leader !== undefined)
            return;
        this.isAlone = true;
        this.begin();
    }
    lead() {
        if (this.isOver || this.hub !== undefined)
            return;
        // This link reached the server through a tab that is gone. The next one begins with a tab that leads, maybe this one.
        if (this.leader !== undefined)
            return this.end(MOVED);
        this.tell({ type: "leading" });
        this.begin();
    }
    begin() {
        const { transport, clock } = this.parts;
        this.leader = this.id;
        this.hub = new Hub({ transport, clock, tell: (message) => this.tell(message) });
        this.hub.take(this.opening);
    }
    /** Says something as the one that leads. */
    tell(message) {
        const signed = { ...message, leader: this.id };
        const isForMe = !("to" in signed) || signed.to === undefined || signed.to === this.id;
        if (this.isAlone)
            return isForMe ? this.follow(signed) : undefined;
        if (signed.type === "opened" && !isForMe)
            this.hold(this.presence(signed.to), {}, () => this.hub?.leave(signed.to));
        if (!isForMe || !("to" in signed) || signed.to === undefined)
            this.wire.postMessage(signed);
        if (isForMe && signed.type !== "leading")
            this.follow(signed);
    }
    hear(message) {
        if (this.isOver || this.isAlone)
            return;
        if (!("leader" in message))
            return this.hub?.take(message);
        if (message.type === "leading")
            return this.moved(message.leader);
        // Two that lead: the one that had the lock taken away has not noticed yet.
        if (this.hub !== undefined)
            return;
        if (message.type === "opened" && message.to === this.id && this.leader === undefined)
            this.leader = message.leader;
        if (message.leader === this.leader)
            this.follow(message);
    }
    /** Another tab leads from here on. */
    moved(leader) {
        if (this.hub !== undefined || (this.leader !== undefined && this.leader !== leader))
            return this.end(MOVED);
        this.heardAt = this.parts.clock.now();
        if (this.isPresent)
            this.ask(this.opening);
    }
    follow(message) {
        if (this.isOver)
            return;
        this.heardAt = this.parts.clock.now();
        if ("to" in message && message.to !== undefined && message.to !== this.id)
            return;
        switch (message.type) {
            case "frame":
                return this.frame(message);
            case "join":
                return this.pipe(message.wanted.name).join(message.wanted, message.position);
            case "failed": {
                this.published.delete(message.ref);
                const { error, retry } = message.error;
                return this.handlers.onFailed([message.ref], new RefusedError(error, retry));
            }
            case "retry":
                return this.handlers.onRetry(message.milliseconds);
            case "end":
                return this.end(message.end);
            default:
                return this.handlers.onAlive();
        }
    }
    frame({ channel, kind = "", text, isOurs = false, isBeginning = false }) {
        if (channel !== undefined) {
            if (isBeginning)
                this.pipe(channel);
            const pipe = this.pipes.get(channel);
            if (pipe === undefined)
                return this.handlers.onAlive();
            // Numbers of members are none of events.
            if (kind === "presence")
                return this.handlers.onFrame(text);
            pipe.take({ kind, text, isOurs });
            if (kind === "denied" || kind === "unsubscribed" || kind === "revoked")
                this.drop(channel);
            return;
        }
        const frame = parseObject(text) ?? {};
        if (frame["type"] === "welcome")
            this.origin = String(frame["shared"]);
        if (frame["type"] === "unsubscribed" || frame["type"] === "denied")
            this.drop(String(frame["channel"]));
        this.settle(frame);
        this.handlers.onFrame(text);
        for (const pipe of this.pipes.values())
            pipe.pump();
    }
    /** An acknowledgement says which of the events that come are this tab's. */
    settle({ ref, type, id }) {
        const key = typeof ref === "number" ? this.published.get(ref) : undefined;
        if (key === undefined || typeof ref !== "number")
            return;
        this.published.delete(ref);
        this.parts.own.settle(key, type === "ack" ? id : undefined);
    }
    pipe(channel) {
        this.drop(channel);
        const { clock, own, page } = this.parts;
        const pipe = new Pipe({
            ...{ clock, own, origin: this.origin },
            page: (query) => page(channel, query),
            emit: (frame) => !this.isOver && this.handlers.onFrame(typeof frame === "string" ? frame : JSON.stringify(frame)),
            onRefused: ({ code = 4100, reason, message }) => {
                this.ask({ type: "send", from: this.id, frames: [{ ref: 0, text: JSON.stringify({ type: "unsubscribe", channel }) }] });
                this.handlers.onFrame(JSON.stringify({ type: "denied", channel, error: { code, name: reason, message } }));
            },
        });
        this.pipes.set(channel, pipe);
        return pipe;
    }
    drop(channel) {
        this.pipes.get(channel)?.close();
        this.pipes.delete(channel);
    }
    end(end) {
        if (this.isOver)
            return;
        this.close();
        this.handlers.onEnd(end);
    }
    /** Looks whether there is a leader, and whether it is awake. */
    watch(delay) {
        const { clock } = this.parts;
        const due = clock.now() + delay;
        this.cancelWatch();
        this.cancelWatch = clock.after(delay, () => {
            if (!this.isOver && this.hub === undefined)
                this.look(clock.now(), due);
        });
    }
    look(now, due) {
        const silent = now - this.heardAt;
        const isOverdue = silent >= (this.leader === undefined ? PATIENCE : QUIET + PATIENCE);
        // A tab that slept itself may have been told something meanwhile that is still on its way: it asks once more.
        const isDoubtful = isOverdue && now - due > PATIENCE && !this.wasDoubtful;
        this.wasDoubtful = isDoubtful;
        if (isOverdue && !isDoubtful)
            this.hold(this.parts.group, { steal: true }, () => this.lead());
        else if (this.leader === undefined && this.isPresent)
            this.ask(this.opening);
        else if (silent >= QUIET)
            this.ask({ type: "ask", from: this.id });
        this.watch(this.leader === undefined || silent >= QUIET ? PATIENCE : QUIET);
    }
    presence(id) {
        return `${this.parts.group} ${id}`;
    }
}
function bound(controller) {
    const { signal } = controller;
    return { signal, abort: () => controller.abort() };
}
function nothing() {
    // Nothing is watched yet.
}
const RESIGNED = { retry: "now", reason: { name: "leader_left", message: "the tab that had the connection of all left it to the others" } };
const MOVED = { retry: "now", reason: { name: "leader_moved", message: "another tab has the connection of all now" } };
