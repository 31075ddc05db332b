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
    /** The channels whose members it wants. */
    watched = new Set();
    /** The channels of the live queries that it asked for, by what they are called. */
    live = new Map();
    /** The calls of the test's that it has not answered. */
    questions = new Map();
    asked = 0;
    isOver = false;
    cancelHeartbeat = nothing;
    cancelExpiry = nothing;
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
        this.cancelExpiry();
        for (const { reject } of this.questions.values())
            reject(new Error("the connection ended before it answered"));
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
                    this.obey(ref, parseObject(text) ?? {});
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
    /** Tells those who want to know of a channel's members. */
    tellRoster(channel, frame) {
        if (this.watched.has(channel))
            this.emit({ channel, ...frame });
    }
    /** Whether it asked for a live query. */
    hasLive(key) {
        return this.live.has(key);
    }
    /** Tells those who asked for a live query. */
    tellLive(key, frame) {
        if (this.live.has(key))
            this.emit(frame);
    }
    /** A live query is over for it. */
    endLive(key, error) {
        if (this.live.delete(key))
            this.emit({ type: "live", key, ended: error });
    }
    /** Subscribes it to a channel without having been asked. */
    give(channel) {
        const beginning = this.home.begin(channel, { cursor: undefined });
        if ("code" in beginning || this.filters.has(channel))
            return;
        this.filters.set(channel, undefined);
        this.emit({ type: "subscribed", channel, outcome: "fresh", cursor: beginning.cursor, by: "server" });
    }
    /** Ends that. */
    take(channel) {
        if (this.filters.delete(channel))
            this.emit({ type: "unsubscribed", channel, by: "server" });
    }
    /** Asks the client. */
    ask(name, data) {
        this.asked += 1;
        const id = String(this.asked);
        const answer = new Promise((resolve, reject) => this.questions.set(id, { resolve, reject }));
        this.emit({ type: "call", id, call: name, data, timeout: 10_000 });
        return answer;
    }
    /** A right is gone: to a channel, or to everything. */
    revoke(channel, until, error) {
        if (channel === undefined) {
            this.emit({ type: "revoked", channel: null, until });
            return this.fail(error);
        }
        this.home.rosters.hide(channel, this.id);
        if (this.filters.delete(channel))
            this.emit({ type: "revoked", channel, until });
        this.endLiveOf(channel, error);
    }
    /** The name among members. */
    get member() {
        return this.user ?? this.id;
    }
    /** Does not go on with a channel. */
    deny(channel, error) {
        if (this.filters.delete(channel))
            this.emit({ type: "denied", channel, error });
        this.endLiveOf(channel, error);
    }
    endLiveOf(channel, error) {
        for (const [key, its] of [...this.live])
            if (its === channel)
                this.endLive(key, error);
    }
    open({ channels, session, token }) {
        if (this.isOver)
            return;
        const { closed, clock, contract } = this.home;
        if (closed === "lost")
            return this.end(LOST);
        const { key, id } = this.home.session(session);
        this.id = id;
        if (closed !== undefined)
            return this.fail(closed);
        const claims = token === undefined ? undefined : this.home.claims(token);
        if (claims !== undefined && "code" in claims)
            return this.fail(claims);
        if (claims !== undefined)
            this.user = claims.user;
        const refused = this.home.refusalFor(this.user, undefined);
        if (refused !== undefined)
            return this.fail(refused);
        const beginnings = channels.map((channel) => this.home.refusalFor(this.user, channel.name) ?? this.home.begin(channel.name, channel));
        const malformed = beginnings.find((beginning) => "code" in beginning && beginning.name === "malformed_cursor");
        if (malformed !== undefined && "code" in malformed)
            return this.fail(malformed);
        this.home.joined(this);
        this.emit({ type: "welcome", protocol: 1, connection: id, session: key, contract, heartbeat: HEARTBEAT, ...this.validity(claims), greeting: this.home.greeting });
        this.expire(claims);
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
    validity(claims) {
        const expires = claims?.expires === undefined ? {} : { expires: claims.expires };
        return { ...(this.user === null ? {} : { user: this.user }), ...expires, time: this.home.clock.now() };
    }
    /** Says some time before that a token is about to end, and ends the connection with it. */
    expire(claims) {
        this.cancelExpiry();
        if (claims?.expires === undefined)
            return;
        const { clock } = this.home;
        const rest = claims.expires - clock.now();
        const warn = clock.after(Math.max(rest / 2, rest - 30_000), () => this.emit({ type: "grant", ...this.validity(claims), expiring: true }));
        const end = clock.after(rest, () => this.fail({ code: codes.token_expired, name: "token_expired", message: "the token has expired" }));
        this.cancelExpiry = () => {
            warn();
            end();
        };
    }
    renew(ref, token) {
        const claims = this.home.claims(String(token));
        const denied = { code: codes.denied, name: "denied", message: "the token is another user's" };
        const error = "code" in claims ? claims : claims.user === this.user ? undefined : denied;
        if (error !== undefined || "code" in claims)
            return this.emit({ type: "error", ref, error });
        this.emit({ type: "ack", ref });
        this.emit({ type: "grant", ...this.validity(claims) });
        this.expire(claims);
    }
    show(ref, channel, { state, refresh }) {
        if (refresh === true) {
            this.emit({ type: "ack", ref });
            return this.emit(this.home.rosters.whole(channel));
        }
        const error = this.home.refusalFor(this.user, channel) ?? (state === null ? undefined : this.home.refusalOfState(channel, state));
        if (error !== undefined)
            return this.emit({ type: "error", ref, error });
        this.emit({ type: "ack", ref });
        if (state === null)
            this.home.rosters.hide(channel, this.id);
        else
            this.home.rosters.show(channel, this.id, this.member, this.user, state);
    }
    hear({ id, data, error }) {
        const question = this.questions.get(String(id));
        this.questions.delete(String(id));
        if (error === undefined)
            return question?.resolve(data);
        const { message } = Object(error);
        question?.reject(new Error(String(message)));
    }
    beginLive(ref, frame) {
        const { key, end, reload } = frame;
        if (typeof key === "string") {
            const isThere = this.live.has(key);
            if (end === true)
                this.live.delete(key);
            this.emit({ type: "ack", ref });
            const answer = isThere && reload === true ? this.home.live.reload(key) : undefined;
            return answer === undefined ? undefined : this.emit(answer);
        }
        const begun = this.home.beginLive(this, frame);
        if ("error" in begun)
            return this.emit({ type: "error", ref, error: begun.error });
        const isNew = !this.live.has(begun.key);
        this.live.set(begun.key, String(frame["channel"]));
        this.emit({ type: "ack", ref, key: begun.key });
        const answer = isNew ? this.home.live.answer(begun.key, frame) : undefined;
        if (answer !== undefined)
            this.emit(answer);
    }
    obey(ref, frame) {
        const { type, channel } = frame;
        const name = String(channel);
        if (type === "publish") {
            const outcome = this.home.publish(this, frame);
            return this.emit("code" in outcome ? { type: "error", ref, error: outcome } : { type: "ack", ref, ...outcome });
        }
        if (type === "subscribe")
            return this.subscribe(ref, name, frame);
        if (type === "auth")
            return this.renew(ref, frame["token"]);
        if (type === "presence")
            return this.show(ref, name, frame);
        if (type === "live")
            return this.beginLive(ref, frame);
        if (type === "reply")
            return this.hear(frame);
        if (type === "call") {
            this.emit({ type: "ack", ref });
            void this.home.answer(this, String(frame["call"]), frame["data"]).then((reply) => this.emit({ type: "reply", ref, ...reply }));
            return;
        }
        if (type === "unsubscribe") {
            const wasThere = this.filters.delete(name);
            this.watched.delete(name);
            this.home.rosters.hide(name, this.id);
            this.emit({ type: "ack", ref });
            if (wasThere)
                this.emit({ type: "unsubscribed", channel });
            return;
        }
        this.emit(type === "pong" ? { type: "ack", ref } : { type: "error", ref, error: { code: codes.bad_request, name: "bad_request", message: `there is no frame \`${String(type)}\`` } });
    }
    subscribe(ref, channel, { after, last, events, presence }) {
        const filter = Array.isArray(events) ? events.map(String) : undefined;
        if (this.filters.has(channel)) {
            this.filters.set(channel, filter);
            this.emit({ type: "ack", ref });
            return this.watch(channel, presence);
        }
        const cursor = typeof after === "string" ? after : undefined;
        const beginning = this.home.refusalFor(this.user, channel) ?? this.home.begin(channel, { cursor, last: typeof last === "number" ? last : undefined });
        if (!("code" in beginning))
            this.emit({ type: "ack", ref });
        this.start(channel, filter, cursor, beginning, ref);
        if (!("code" in beginning))
            this.watch(channel, presence);
    }
    watch(channel, presence) {
        if (presence !== true || this.watched.has(channel))
            return;
        this.watched.add(channel);
        this.emit(this.home.rosters.whole(channel));
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
