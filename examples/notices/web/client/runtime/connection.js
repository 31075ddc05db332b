/** The connection as a state machine. It knows the promises and the clock, and nothing of how frames travel. */
import { backoff, MAX_DELAY, obeyed } from "./backoff.js";
import { retryAfter } from "./errors.js";
import { readFrame } from "./frames.js";
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
    /** The channels that the current link was opened for, and those of them that have no outcome yet. */
    names = new Set();
    pending = new Set();
    /** Whether there was a connection since the first subscription: later attempts are reconnects. */
    wasLive = false;
    /** Whether the current attempt replaces a live link on purpose, which nobody should notice. */
    replacing = false;
    /** Attempts in a row that never became live. A server that greets and then fails must not be asked in a loop. */
    failures = 0;
    /** The server asked not to be bothered before this moment. */
    notBefore = 0;
    cancelTimer = nothing;
    unwatch = nothing;
    constructor(options) {
        this.options = options;
    }
    /** The public name of the current connection; `undefined` while there is none. */
    get id() {
        return this.welcome?.connection;
    }
    /** When the current link was opened, in milliseconds since 1970. */
    get opened() {
        return this.openedAt;
    }
    /** Brings the connection in line with the channels that are wanted now. */
    sync() {
        const wanted = this.options.wanted();
        if (this.phase === "closed")
            return;
        if (wanted.length === 0)
            return this.rest();
        if (this.phase === "idle")
            return this.begin();
        if (this.phase === "waiting" || this.isCurrent(wanted))
            return;
        if (this.phase === "open" && this.welcome !== undefined && this.link?.change(wanted) === true)
            return this.expect(wanted);
        // Another set of channels is another request: an answer that was final for the old one says nothing about it.
        this.replacing = this.phase === "open" && this.isLive();
        if (this.phase === "refused")
            this.failures = 0;
        this.open();
    }
    /** Ends the connection for good. */
    close() {
        if (this.phase === "closed")
            return;
        this.drop();
        this.unwatch();
        this.phase = "closed";
        this.setStatus("closed", { name: "client_closed", message: "the application closed this client" });
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
        this.replacing = false;
        this.setStatus("connecting", { name: "idle", message: "nothing is subscribed" });
    }
    drop() {
        this.generation += 1;
        this.cancelTimer();
        this.cancelTimer = nothing;
        this.link?.close();
        this.link = undefined;
        this.welcome = undefined;
        this.pending.clear();
    }
    open() {
        const { clock, transport, wanted } = this.options;
        this.drop();
        const generation = this.generation;
        const channels = wanted();
        this.phase = "open";
        this.openedAt = clock.now();
        this.lastAlive = this.openedAt;
        this.expect(channels);
        this.inspectLater();
        this.settle();
        const current = () => generation === this.generation;
        if (!current())
            return;
        const link = transport(channels, {
            onFrame: (text) => current() && this.receive(text),
            onAlive: () => current() && this.alive(),
            onRetry: (milliseconds) => {
                if (current() && this.welcome === undefined)
                    this.notBefore = clock.now() + obeyed(milliseconds);
            },
            onEnd: (end) => current() && this.end(end),
        });
        // A transport may fail, or be replaced by a handler, before it returns.
        if (current())
            this.link = link;
        else
            link.close();
    }
    expect(channels) {
        const added = channels.filter(({ name }) => this.link === undefined || !this.names.has(name));
        this.names = new Set(channels.map(({ name }) => name));
        for (const name of this.pending)
            if (!this.names.has(name))
                this.pending.delete(name);
        for (const { name } of added)
            this.pending.add(name);
    }
    isCurrent(channels) {
        return channels.length === this.names.size && channels.every(({ name }) => this.names.has(name));
    }
    isLive() {
        const { status } = this.options.status.get();
        return status === "connected" || status === "degraded";
    }
    alive() {
        this.lastAlive = this.options.clock.now();
        if (this.options.status.get().status === "degraded")
            this.settle();
    }
    receive(text) {
        this.alive();
        if (this.phase !== "open")
            return;
        const frame = readFrame(text);
        if (typeof frame === "string")
            return this.options.onUnreadable(frame);
        switch (frame.type) {
            case "welcome":
                this.welcome = frame;
                this.notBefore = 0;
                this.options.onWelcome(frame);
                return this.settle();
            case "reconnect":
                return this.end({ retry: "now", reason: { name: "reconnect", message: "the server asked for a new connection" }, after: frame.after });
            case "error":
                return this.end({ retry: retryAfter(frame.error.code), reason: frame.error });
            default: {
                const generation = this.generation;
                this.options.onFrame(frame);
                // A handler may have closed the client or left the channel.
                if (generation !== this.generation || frame.type === "event")
                    return;
                this.pending.delete(frame.channel);
                this.settle();
            }
        }
    }
    end({ retry, reason, after }) {
        const { clock, signals } = this.options;
        const now = clock.now();
        const lived = this.welcome !== undefined;
        this.drop();
        this.replacing = false;
        if (retry === "never") {
            this.phase = "refused";
            return this.setStatus("closed", reason);
        }
        this.phase = "waiting";
        if (after !== undefined)
            this.notBefore = now + obeyed(after);
        const hint = Math.max(0, this.notBefore - now);
        const offline = signals.offline();
        // A planned end names the moment itself: the server spreads its clients. Every other delay is drawn here.
        const planned = lived && after !== undefined;
        // Offline is not taken for granted: a platform is wrong about loopback and tunnels, so one slow attempt follows another.
        const delay = offline ? MAX_DELAY : planned ? hint : hint + backoff(retry === "now" && lived ? 0 : this.failures, clock.random());
        if (!planned)
            this.failures += 1;
        this.schedule(delay, () => this.open());
        this.setStatus(offline ? "offline" : this.wasLive ? "reconnecting" : "connecting", offline ? OFFLINE : reason);
    }
    /**
     * Derives the status from what is known. While an attempt is under way the status before it stays. Listeners may close the client, so this
     * comes last wherever it can, and does nothing for a link that is over.
     */
    settle() {
        if (this.phase !== "open")
            return;
        const silent = this.options.clock.now() - this.lastAlive;
        if (this.welcome !== undefined && this.pending.size === 0) {
            this.wasLive = true;
            this.replacing = false;
            this.failures = 0;
            return silent >= this.lateAfter() ? this.setStatus("degraded", LATE) : this.setStatus("connected", undefined);
        }
        if (this.welcome !== undefined || this.replacing) {
            if (this.options.clock.now() - this.openedAt >= LATE_AFTER)
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
        if (this.pending.size > 0)
            moments.push(this.openedAt + LATE_AFTER);
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
const OFFLINE = { name: "offline", message: "the platform says that there is no network" };
const LATE = { name: "heartbeat_late", message: "the server is late with its heartbeat" };
const NOT_LIVE = { name: "channel_not_live", message: "a channel is not live yet" };
