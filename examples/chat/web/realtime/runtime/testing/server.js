/** The test's server: channels in memory, and the connections to them. Knows no types of the contract; those are in `testing`. */
import { Addresses } from "../address.js";
import { issuesOf } from "../checks/check.js";
import { codes } from "../codes.js";
import { AddressError, PayloadError } from "../errors.js";
import { filled, payloadIssues } from "../validate.js";
import { TestClock } from "./clock.js";
import { Log, numberOf } from "./log.js";
import { invalidParams, LiveValues, UNKNOWN_LIVE } from "./live.js";
import { REVOKED, Rights } from "./rights.js";
import { Rosters } from "./rosters.js";
import { LOST, Session } from "./session.js";
/** The server without types. */
export class ServerImplementation {
    clock = new TestClock();
    /** What clients published, in this order. */
    published = [];
    closed;
    greeting;
    rosters = new Rosters(this.clock, (channel, frame) => {
        for (const session of this.sessions)
            session.tellRoster(channel, frame);
    });
    rights = new Rights(this.clock);
    live;
    /** Who answers calls. */
    handlers = new Map();
    data;
    addresses;
    logs = new Map();
    denials = new Map();
    sessions = new Set();
    keys = new Map();
    /** What was stored under each key that a client gave. */
    stored = new Map();
    tasks = [];
    constructor(contract) {
        this.data = contract;
        this.addresses = new Addresses(contract);
        this.live = new LiveValues(contract, (key, frame) => {
            for (const session of this.sessions)
                session.tellLive(key, frame);
        });
    }
    get contract() {
        return this.data.hash;
    }
    get connections() {
        return [...this.sessions];
    }
    name(pattern, params) {
        return this.addresses.name(pattern, params);
    }
    transport(user) {
        return (request, handlers) => new Session(this, user, request, handlers);
    }
    advance(milliseconds) {
        this.clock.advance(milliseconds, () => this.settle());
    }
    /**
     * Takes an event into its channel.
     *
     * @throws {@link PayloadError} if the data violates the contract.
     * @throws RangeError if the channel has no such event.
     */
    store({ pattern, channel, event, data, sender, origin, excluded }) {
        const spec = this.specOf(pattern, event);
        if (spec === undefined)
            throw new RangeError(`channel \`${channel}\` does not carry event \`${event}\``);
        // As text it would come without what JSON leaves out, and what happens to it afterwards would not matter.
        const value = data === undefined ? undefined : JSON.parse(JSON.stringify(data));
        const issues = payloadIssues(spec, value);
        if (issues.length > 0)
            throw new PayloadError(channel, event, issues);
        const place = spec.transient === true ? { id: null, number: null } : this.log(channel).next();
        const carried = value === undefined ? {} : { data: filled(spec, value) };
        const entry = { channel, event, ...place, time: this.clock.now(), sender, ...(origin === undefined ? {} : { origin }), ...carried };
        const stored = { entry, excluded };
        if (place.id !== null)
            this.log(channel).store(stored);
        for (const session of this.sessions)
            session.deliver(stored);
        return { ...place, time: entry.time, stored: place.id !== null, duplicate: false };
    }
    deny(channel, name) {
        const error = { code: codes[name], name, message: `the test denies \`${channel}\`` };
        this.denials.set(channel, error);
        for (const session of this.sessions)
            session.deny(channel, error);
    }
    /** Takes rights away, and tells those who have them. */
    revoke(scope, seconds) {
        const until = this.rights.revoke(scope, seconds);
        for (const session of this.connections)
            if (scope.user === undefined || scope.user === session.user)
                session.revoke(scope.channel, until, REVOKED);
    }
    claims(token) {
        return this.rights.claims(token);
    }
    refusalFor(user, channel) {
        return this.rights.isRevoked(user, channel) ? REVOKED : undefined;
    }
    specOfPresence(pattern) {
        return this.data.channels[pattern]?.presence;
    }
    refusalOfState(channel, state) {
        const refused = this.refusalOf(channel);
        if (refused !== undefined)
            return refused;
        const spec = this.data.channels[this.patternOf(channel) ?? ""]?.presence;
        if (spec === undefined)
            return { code: codes.denied, name: "denied", message: `channel \`${channel}\` has no members` };
        return payloadIssues(spec, state).length === 0 ? undefined : { code: codes.invalid_payload, name: "invalid_payload", message: "the state violates the contract" };
    }
    beginLive(session, { query, channel, params }) {
        const [name, on] = [String(query), String(channel)];
        const spec = this.live.specOf(name);
        if (spec === undefined)
            return { error: UNKNOWN_LIVE };
        if (this.patternOf(on) !== spec.channel)
            return { error: { code: codes.invalid_channel, name: "invalid_channel", message: `\`${name}\` is not on \`${on}\`` } };
        const error = this.refusalOf(on) ?? this.refusalFor(session.user, on);
        if (error !== undefined)
            return { error };
        try {
            return { key: this.live.key(name, on, params) };
        }
        catch (failure) {
            if (failure instanceof PayloadError)
                return { error: invalidParams(failure.message) };
            throw failure;
        }
    }
    async answer(session, name, data) {
        const { calls = {} } = this.data;
        const spec = Object.hasOwn(calls, name) ? calls[name] : undefined;
        const handler = this.handlers.get(name);
        const error = (reason, message) => ({ error: { code: codes[reason], name: reason, message } });
        if (spec === undefined || handler === undefined)
            return error("unknown_call", `the test answers no call \`${name}\``);
        if (payloadIssues(spec.request, data).length > 0)
            return error("invalid_payload", "the request violates the contract");
        try {
            return { data: await handler(filled(spec.request, data), session) };
        }
        catch (failure) {
            return error("call_failed", failure instanceof Error ? failure.message : "the handler failed");
        }
    }
    allow(channel) {
        this.denials.delete(channel);
    }
    /** Tells those who are subscribed that events are missing. */
    gap(channel, reason, change) {
        const log = this.log(channel);
        const from = log.cursor;
        const missed = change(log);
        for (const session of this.sessions)
            session.tell(channel, { type: "gap", reason, from, cursor: log.cursor, ...(missed === undefined ? {} : { missed }) });
    }
    trim(channel, kept) {
        this.log(channel).trim(kept);
    }
    /** Cuts every connection. */
    disconnect() {
        for (const session of this.connections)
            session.end(LOST);
    }
    refuse(name) {
        this.closed = { code: codes[name], name, message: "the test refuses connections" };
        for (const session of this.connections)
            session.fail(this.closed);
    }
    session(known) {
        const key = known !== undefined && this.keys.has(known) ? known : `test.${this.keys.size + 1}`;
        const id = this.keys.get(key) ?? `c-${String(this.keys.size + 1).padStart(16, "0")}`;
        this.keys.set(key, id);
        for (const session of this.connections)
            if (session.id === id)
                session.fail({ code: codes.replaced, name: "replaced", message: "the session is connected again" });
        return { key, id };
    }
    begin(channel, { cursor, last = 0 }) {
        const refused = this.refusalOf(channel);
        if (refused !== undefined)
            return refused;
        const log = this.log(channel);
        const beginning = cursor === undefined ? log.newest(last) : log.after(cursor);
        return beginning ?? { code: codes.malformed_cursor, name: "malformed_cursor", message: "the cursor is not one of this server's" };
    }
    publish(session, frame) {
        const { data, key, excludeSelf } = frame;
        const [channel, event] = [String(frame["channel"]), String(frame["event"])];
        const refused = this.refusalOf(channel) ?? this.refusalFor(session.user, channel);
        if (refused !== undefined)
            return refused;
        const pattern = this.patternOf(channel) ?? "";
        const spec = this.specOf(pattern, event);
        if (spec === undefined)
            return { code: codes.unknown_event, name: "unknown_event", message: `channel \`${channel}\` does not carry event \`${event}\`` };
        if (!spec.publish.includes("client"))
            return { code: codes.denied, name: "denied", message: `clients may not publish event \`${event}\` on channel \`${channel}\`` };
        const once = `${session.id} ${channel} ${String(key)}`;
        const before = this.stored.get(once);
        if (before !== undefined)
            return { ...before, duplicate: true };
        try {
            const excluded = excludeSelf === true ? session.id : undefined;
            const outcome = this.store({ pattern, channel, event, data, sender: session.user, origin: session.id, excluded });
            const { id, number, time } = outcome;
            this.published.push({ channel, event, id, number, time, sender: session.user, origin: session.id, ...(data === undefined ? {} : { data }) });
            if (typeof key === "string")
                this.stored.set(once, outcome);
            return outcome;
        }
        catch (error) {
            if (error instanceof PayloadError)
                return { code: codes.invalid_payload, name: "invalid_payload", message: error.message };
            throw error;
        }
    }
    joined(session) {
        this.sessions.add(session);
    }
    left(session) {
        if (!this.sessions.delete(session))
            return;
        this.rosters.cut(session.id, () => this.connections.some(({ id }) => id === session.id));
    }
    soon(task) {
        if (this.tasks.push(task) === 1)
            this.clock.after(0, () => this.settle());
    }
    /** Answers requests for pages of history. */
    fetch = async (url) => {
        if (this.closed === "lost")
            throw new TypeError("the connection was cut by the test");
        const query = new Map((url.split("?")[1] ?? "").split("&").map((pair) => pair.split("=").map(decodeURIComponent)));
        const [channel, after, before] = [query.get("channel") ?? "", query.get("after"), query.get("before")];
        const refused = this.closed ?? this.refusalOf(channel);
        if (refused !== undefined)
            return answer(403, { error: refused });
        const log = this.log(channel);
        const limit = Number(query.get("limit") ?? 50);
        const page = after !== undefined ? log.after(after) : before !== undefined ? log.before(before, limit) : log.newest(limit);
        if (page === undefined)
            return answer(400, { error: { code: codes.malformed_cursor, name: "malformed_cursor", message: "the cursor is not one of this server's" } });
        const events = page.events.slice(0, limit).map(({ entry }) => ({ type: "event", ...entry }));
        const newest = page.events.slice(0, limit).at(-1)?.entry;
        const cursor = newest?.id ?? page.cursor;
        return answer(200, { events, cursor, number: numberOf(cursor), ...(page.gap && { gap: page.gap }) });
    };
    settle() {
        for (;;) {
            const task = this.tasks.shift();
            if (task === undefined)
                return;
            task();
        }
    }
    log(channel) {
        const known = this.logs.get(channel) ?? new Log();
        this.logs.set(channel, known);
        return known;
    }
    refusalOf(channel) {
        if (this.patternOf(channel) === undefined)
            return { code: codes.unknown_channel, name: "unknown_channel", message: `there is no channel \`${channel}\`` };
        return this.denials.get(channel);
    }
    specOf(pattern, event) {
        const events = this.data.channels[pattern]?.events;
        return events !== undefined && Object.hasOwn(events, event) ? events[event] : undefined;
    }
    /** The pattern that a name is made of: that which makes the same name of the values in it. */
    patternOf(name) {
        return Object.keys(this.data.channels).find((pattern) => this.makes(pattern, name));
    }
    makes(pattern, name) {
        const parameters = this.data.channels[pattern]?.params ?? [];
        const shape = pattern.replace(/[.*+^$()|[\]\\]/g, "\\$&").replace(/\/?\{([^?}]*)(\??)\}/g, (segment, _, optional) => {
            const value = `${segment.startsWith("/") ? "/" : ""}([^/]+)`;
            return optional === "" ? value : `(?:${value})?`;
        });
        const texts = new RegExp(`^${shape}$`).exec(name)?.slice(1);
        if (texts === undefined)
            return false;
        const values = parameters.map(({ name: parameter, check }, at) => {
            const text = texts[at] === undefined ? undefined : decodeURIComponent(texts[at]);
            const candidates = text === undefined ? [] : [text, Number(text), text === "true"];
            return [parameter, candidates.find((value) => issuesOf(check, value).length === 0)];
        });
        try {
            return this.addresses.name(pattern, Object.fromEntries(values)) === name;
        }
        catch (error) {
            if (error instanceof AddressError)
                return false;
            throw error;
        }
    }
}
function answer(status, body) {
    return { status, headers: { get: () => "application/json" }, body: null, text: () => Promise.resolve(JSON.stringify(body)) };
}
