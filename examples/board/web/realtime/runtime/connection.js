/** The connection as a state machine. It knows the promises and the clock, and nothing of how frames travel. */
import { backoff, MAX_DELAY, obeyed } from "./backoff.js";
import { retryAfter, REVOKED } from "./errors.js";
import { parseObject, readReply } from "./frames.js";
import { carried } from "./opening.js";
import { CLOSED, CUT_OFF, LATE, NOT_LIVE, OFFLINE } from "./reasons.js";
import { Uplink } from "./uplink.js";
/** Silence for this long means a dead connection, in milliseconds. Longer only for a server with a slower heartbeat. */
export const DEAD_AFTER = 40_000;
/** A heartbeat is late after this much more than its interval, in milliseconds. */
export const LATE_AFTER = 5000;
/** The server's heartbeat until its `welcome` says otherwise, in milliseconds. */
const DEFAULT_HEARTBEAT = 15_000;
/** Keeps one link open for as long as a channel is wanted. */
export class Connection {
    options;
    phase = "idle";
    /** Counts attempts. What an earlier attempt still says is dropped by comparing it, so there are never two live links. */
    generation = 0;
    link;
    welcome;
    openedAt = 0;
    lastAlive = 0;
    uplink;
    /** Proves to the server who comes back. Kept in memory alone, for as long as the client lives. */
    session;
    identity;
    /** The channels that the server gave a final answer to. */
    refused = [];
    /** The server does not reach what is behind it. */
    isCutOff = false;
    /** A position from the application may be why the server refused: then each goes in a frame of its own, and its channel is refused alone. */
    isWary = false;
    /** Whether there was a connection since the first subscription: later attempts are reconnects. */
    wasLive = false;
    /** Attempts in a row that never became live. A server that greets and then fails must not be asked in a loop. */
    failures = 0;
    /** The server asked not to be bothered before this moment. */
    notBefore = 0;
    cancelTimer = nothing;
    unwatch = nothing;
    constructor(options) {
        this.options = options;
    }
    /** The public name of the session; `undefined` before the first connection. */
    get id() {
        return this.identity;
    }
    /** The name of the connection, also where tabs share it. */
    get shared() {
        return this.welcome?.shared ?? this.identity;
    }
    /** Brings the connection in line with the channels that are wanted now. */
    sync() {
        const wanted = this.options.wanted();
        if (this.phase === "closed")
            return;
        if (wanted.length === 0 && !this.options.isNeeded())
            return this.rest();
        if (this.phase === "idle")
            return this.begin();
        if (this.phase === "waiting")
            return;
        if (this.phase === "refused") {
            // Another set of channels, or an event to publish, is another request: an answer that was final for the old one says nothing about it.
            if (isSame(wanted, this.refused) && !this.options.isNeeded())
                return;
            this.failures = 0;
            return this.open();
        }
        this.options.roster.sync(wanted);
        this.inspectLater();
        this.settle();
    }
    /** Ends the connection for good. */
    close() {
        if (this.phase === "closed")
            return;
        this.drop();
        this.unwatch();
        this.phase = "closed";
        this.identity = undefined;
        this.options.onDown(CLOSED);
        this.setStatus("closed", CLOSED);
    }
    /** The first channel is wanted. A server that asked for patience before the last one left still gets it. */
    begin() {
        const { clock, signals } = this.options;
        this.unwatch = signals.watch(this.onOffline, this.onWake);
        const rest = this.notBefore - clock.now();
        if (rest <= 0)
            return this.open();
        this.phase = "waiting";
        this.schedule(rest, () => this.open());
    }
    /** Nothing is wanted: back to the state before the first subscription. */
    rest() {
        if (this.phase === "idle")
            return;
        this.drop();
        this.unwatch();
        this.unwatch = nothing;
        this.phase = "idle";
        this.wasLive = false;
        this.setStatus("connecting", { name: "idle", message: "nothing is subscribed" });
    }
    drop() {
        this.generation += 1;
        this.cancelTimer();
        this.link?.close();
        this.link = undefined;
        this.welcome = undefined;
        this.uplink = undefined;
        this.isCutOff = false;
        this.options.roster.drop();
        this.options.onDown(undefined);
    }
    open() {
        const { clock, transport, wanted, roster } = this.options;
        this.drop();
        const generation = this.generation;
        const all = wanted();
        const channels = carried(this.isWary ? all.filter(({ isGiven }) => isGiven !== true) : all, this.options.opening);
        this.phase = "open";
        this.openedAt = clock.now();
        this.lastAlive = this.openedAt;
        roster.begin(channels, all);
        this.inspectLater();
        this.settle();
        if (generation !== this.generation)
            return;
        const later = all.map(({ name }) => name).filter((name) => !channels.some((carries) => carries.name === name));
        const link = transport({ channels, later, session: this.session }, this.handlers(generation));
        // A transport may fail, or be replaced by a handler, before it returns.
        if (generation !== this.generation)
            return link.close();
        this.link = link;
        this.up();
    }
    handlers(generation) {
        const current = () => generation === this.generation;
        return {
            onFrame: (text) => {
                if (!current())
                    return;
                this.alive();
                this.take(parseObject(text));
            },
            onReply: (reply) => current() && this.take(reply),
            onFailed: (refs, error) => current() && this.uplink?.fail(refs, error),
            onAlive: () => current() && this.alive(),
            onRetry: (milliseconds) => {
                if (current() && this.welcome === undefined)
                    this.notBefore = this.options.clock.now() + obeyed(milliseconds);
            },
            onEnd: (end) => current() && this.end(end),
        };
    }
    alive() {
        this.lastAlive = this.options.clock.now();
        if (this.options.status.get().status === "degraded")
            this.settle();
    }
    take(fields) {
        // A listener of the status may have closed the client.
        if (this.phase !== "open")
            return;
        const frame = readReply(fields);
        if (typeof frame === "string") {
            if (frame === "malformed" || !this.options.onOther(fields))
                this.options.onUnreadable(frame);
            return;
        }
        switch (frame.type) {
            case "welcome":
                return this.greet(frame);
            case "reconnect":
                return this.end({ retry: "now", reason: { name: "reconnect", message: "the server asked for a new connection" }, after: frame.after });
            case "error":
                if (frame.ref !== undefined)
                    return this.uplink?.accept(frame);
                return this.end({ retry: retryAfter(frame.error.code), reason: frame.error });
            case "ack":
                return this.uplink?.accept(frame);
            case "status":
                this.isCutOff = frame.status === "degraded";
                return this.settle();
            case "revoked":
                return this.revoke(frame);
            case "ping":
                return undefined;
            default:
                return this.pass(frame);
        }
    }
    greet(frame) {
        this.welcome = frame;
        this.identity = frame.connection;
        this.session = frame.session ?? this.session;
        this.isWary = false;
        this.notBefore = 0;
        const generation = this.generation;
        this.options.onWelcome(frame);
        // Whoever is told of another contract may close the client.
        if (generation === this.generation)
            this.up();
    }
    /** The server greeted, and the link takes frames: a transport may greet before it returns. */
    up() {
        const { link, welcome } = this;
        if (link === undefined || welcome === undefined)
            return;
        const uplink = new Uplink(link, welcome.session);
        const generation = this.generation;
        this.uplink = uplink;
        this.options.roster.up(uplink);
        this.sync();
        if (generation === this.generation)
            this.options.onUp(uplink);
    }
    pass(frame) {
        const generation = this.generation;
        if (frame.type === "denied")
            this.uplink?.accept(frame);
        if (this.options.roster.accept(frame) || frame.type === "unsubscribed")
            this.options.onFrame(frame);
        // A handler may have closed the client or left the channel.
        if (generation === this.generation && frame.type !== "event" && frame.type !== "position")
            this.sync();
    }
    revoke(frame) {
        this.options.onRevoked(frame);
        if (frame.channel !== null)
            this.pass({ type: "denied", channel: frame.channel, error: REVOKED });
    }
    end({ retry, reason, after }) {
        const { clock, signals } = this.options;
        const now = clock.now();
        const lived = this.welcome !== undefined;
        const isExpired = reason.name === "token_expired";
        if (reason.name === "replaced") {
            // Nobody else knows the key, so that was an earlier attempt of this client that arrived late. Without the key there is no second round.
            this.session = undefined;
            this.identity = undefined;
        }
        else if (reason.name === "malformed_cursor" && !lived && !this.isWary) {
            this.isWary = true;
            return this.open();
        }
        else if (retry === "never" || (isExpired && !this.options.isRenewed)) {
            return this.refuse(reason);
        }
        this.drop();
        this.phase = "waiting";
        // A WebSocket does not say why it was refused.
        this.isWary ||= !lived && reason.code === undefined;
        if (after !== undefined)
            this.notBefore = now + obeyed(after);
        const hint = Math.max(0, this.notBefore - now);
        const offline = signals.offline();
        // A planned end names the moment itself: the server spreads its clients. Every other delay is drawn here.
        const planned = lived && after !== undefined;
        // Offline is not taken for granted: a platform is wrong about loopback and tunnels, so one slow attempt follows another.
        // Another token is another request; once, because a server's clock may differ from that of whoever signs them.
        const atOnce = isExpired && this.failures === 0 && (!lived || now - this.openedAt >= 1000);
        const delay = offline ? MAX_DELAY : planned ? hint : atOnce ? 0 : hint + backoff(retry === "now" && lived ? 0 : this.failures, clock.random());
        if (!planned)
            this.failures += 1;
        this.schedule(delay, () => this.open());
        this.setStatus(offline ? "offline" : this.wasLive ? "reconnecting" : "connecting", offline ? OFFLINE : reason);
    }
    refuse(reason) {
        this.drop();
        this.phase = "refused";
        this.refused = this.options.wanted();
        this.options.onDown(reason);
        this.setStatus("closed", reason);
    }
    /**
     * Derives the status from what is known. While an attempt is under way the status before it stays. Listeners may close the client, so this
     * comes last wherever it can, and does nothing for a link that is over.
     */
    settle() {
        if (this.phase !== "open")
            return;
        const now = this.options.clock.now();
        const { pendingSince } = this.options.roster;
        if (this.welcome !== undefined && pendingSince === undefined) {
            this.wasLive = true;
            this.failures = 0;
            if (this.isCutOff)
                return this.setStatus("degraded", CUT_OFF);
            return now - this.lastAlive >= this.lateAfter() ? this.setStatus("degraded", LATE) : this.setStatus("connected", undefined);
        }
        if (this.welcome !== undefined) {
            if (pendingSince !== undefined && now - pendingSince >= LATE_AFTER)
                this.setStatus("degraded", NOT_LIVE);
            return;
        }
        const { status } = this.options.status.get();
        if (status === "offline" && this.options.signals.offline())
            return;
        this.setStatus(this.wasLive ? "reconnecting" : "connecting", status === "closed" ? undefined : this.reasonSoFar());
    }
    /** What went wrong last stays visible until the next attempt succeeds. */
    reasonSoFar() {
        const { reason } = this.options.status.get();
        return reason?.name === "idle" || reason === OFFLINE ? undefined : reason;
    }
    lateAfter() {
        return (this.welcome?.heartbeat ?? DEFAULT_HEARTBEAT) + LATE_AFTER;
    }
    deadAfter() {
        return Math.max(DEAD_AFTER, (this.welcome?.heartbeat ?? DEFAULT_HEARTBEAT) * 2 + 2 * LATE_AFTER);
    }
    /** Looks at the silence. */
    inspect() {
        const silent = this.options.clock.now() - this.lastAlive;
        if (silent >= this.deadAfter()) {
            return this.end({ retry: "back_off", reason: { name: "silent", message: `nothing came from the server for ${Math.round(silent / 1000)} s` } });
        }
        this.inspectLater();
        this.settle();
    }
    /** One timer, armed for the next moment at which something can have changed: not re-armed with each frame, of which there are many. */
    inspectLater() {
        const now = this.options.clock.now();
        const moments = [this.lastAlive + this.lateAfter(), this.lastAlive + this.deadAfter()];
        const { pendingSince } = this.options.roster;
        if (pendingSince !== undefined)
            moments.push(pendingSince + LATE_AFTER);
        this.schedule(Math.min(...moments.filter((at) => at > now)) - now, () => this.inspect());
    }
    schedule(delay, task) {
        this.cancelTimer();
        this.cancelTimer = this.options.clock.after(delay, task);
    }
    onOffline = () => {
        if (this.phase !== "open")
            return;
        this.end({ retry: "back_off", reason: OFFLINE });
    };
    /** The network is back, or somebody looks at the page again: timers may have slept, so look now. */
    onWake = () => {
        if (this.phase === "open")
            return this.inspect();
        if (this.phase !== "waiting")
            return;
        const rest = this.notBefore - this.options.clock.now();
        if (rest > 0)
            this.schedule(rest, () => this.open());
        else
            this.open();
    };
    setStatus(status, reason) {
        this.options.status.set(status, reason, this.options.clock.now());
    }
}
function nothing() {
    // The timer or watch that is not there needs no cancelling.
}
function isSame(one, other) {
    const names = new Set(other.map(({ name }) => name));
    return one.length === other.length && one.every(({ name }) => names.has(name));
}
