/** Values that a page keeps current. A package brings it where the contract has live queries. */
import { Addresses } from "./address.js";
import { canonical } from "./checks/canonical.js";
import { PayloadError, RefusedError } from "./errors.js";
import { EventStream } from "./live/event-stream.js";
import { SharedQuery } from "./live/shared-query.js";
import { View } from "./live/view.js";
import { CLOSED } from "./reasons.js";
import { filled, payloadIssues } from "./validate.js";
/** How long queries are collected before they are asked for, in milliseconds: a page mounts many components at once, some of them twice. */
const COLLECT = 5;
/** How many frames are kept for keys that are not known yet: over HTTP a value may be faster than the answer that names its key. */
const MAX_EARLY = 100;
/** The live queries of one client. */
export class LiveQueries {
    parts;
    connection;
    addresses;
    all = new Map();
    /** What the server calls them. It may know two as one, whose parameters are spelled in two ways. */
    byKey = new Map();
    early = [];
    uplink;
    cancelPump;
    numbers = 0;
    era = 0;
    constructor(parts, connection) {
        this.parts = parts;
        this.connection = connection;
        this.addresses = new Addresses(parts.contract);
    }
    get isActive() {
        return [...this.all.values()].some(({ isActive }) => isActive);
    }
    /**
     * One user's view of a live query.
     *
     * @throws RangeError if the contract has no such query, which the types already rule out.
     * @throws {@link AddressError} if a parameter of the channel violates the contract.
     * @throws {@link PayloadError} if a parameter of the query does.
     */
    live(name, channelParams, options = {}) {
        const { contract, subscriptions, report } = this.parts;
        const { live = {} } = contract;
        const spec = Object.hasOwn(live, name) ? live[name] : undefined;
        if (spec === undefined)
            throw new RangeError(`the contract has no live query \`${name}\``);
        const channel = this.addresses.name(spec.channel, channelParams);
        const era = () => this.era;
        const kind = options.reduce === undefined ? "latest" : "all";
        if (options.stream === true) {
            let stream;
            const make = () => new EventStream({ pattern: spec.channel, name: channel, subscriptions, connection: this.connection, next: this.next });
            return new View({ key: `${kind} events ${channel}`, options, find: () => stream, enter: () => (stream ??= make()), era, report });
        }
        const params = this.paramsOf(name, channel, options.params);
        const id = `${name} ${channel} ${canonical(params)}`;
        const members = JSON.stringify({ type: "live", query: name, channel, params }).slice(1, -1);
        return new View({ key: `${kind} ${id}`, options, find: () => this.all.get(id), enter: () => this.enter(id, name, channel, members), era, report });
    }
    begin() {
        // Values come by themselves.
    }
    channel() {
        return undefined;
    }
    left() {
        // The server says itself which queries a right ends.
    }
    accept(fields) {
        const { type, key } = fields;
        if (type !== "live")
            return false;
        const queries = typeof key === "string" ? this.byKey.get(key) : undefined;
        if (queries !== undefined)
            for (const query of queries)
                this.take(query, fields);
        else if ([...this.all.values()].some(({ isAsked }) => isAsked))
            this.early = [...this.early, fields].slice(-MAX_EARLY);
        return true;
    }
    up(uplink) {
        this.uplink = uplink;
        for (const query of this.all.values())
            if (query.isCutOff)
                query.again();
        this.pump();
    }
    down(final) {
        this.uplink = undefined;
        this.byKey.clear();
        this.early = [];
        const isOther = final?.reason === "user_changed";
        if (isOther)
            this.era += 1;
        for (const query of [...this.all.values()]) {
            query.down();
            if (isOther)
                query.reset();
            else if (final !== undefined)
                query.close(final, true);
        }
    }
    paramsOf(name, channel, given) {
        const { params: spec } = this.parts.contract.live?.[name] ?? {};
        if (spec === undefined && given === undefined)
            return undefined;
        const params = given ?? {};
        const issues = payloadIssues(spec ?? {}, params);
        if (issues.length > 0)
            throw new PayloadError(channel, name, issues);
        return filled(spec ?? {}, params);
    }
    next = () => (this.numbers += 1);
    enter(id, name, channel, members) {
        const known = this.all.get(id);
        if (known !== undefined)
            return known;
        const { clock, report } = this.parts;
        const query = new SharedQuery({
            ...{ members, clock, report, next: this.next },
            read: (data) => this.read(name, channel, data),
            onNeed: () => this.pumpSoon(),
            over: () => (this.connection.get().reason === CLOSED ? OVER : undefined),
            reload: (key, onReply) => this.send(key, "reload", onReply),
            leave: (key) => this.leave(key, query),
            onIdle: () => this.all.delete(id),
        });
        this.all.set(id, query);
        return query;
    }
    /** A value that violates the contract is treated as an event that does; but where it is left out, what is shown is not current. */
    read(name, channel, data) {
        const { contract, intake, report } = this.parts;
        const spec = contract.live?.[name]?.result ?? {};
        const issues = payloadIssues(spec, data);
        if (issues.length === 0)
            return { data: filled(spec, data) };
        try {
            if (intake.invalid(channel, name, issues))
                return { data };
        }
        catch (error) {
            report(error);
        }
        return new PayloadError(channel, name, issues);
    }
    /** What to send, and whether the connection is needed, is looked at soon, and once for many changes. */
    pumpSoon() {
        this.cancelPump ??= this.parts.clock.after(COLLECT, () => {
            this.cancelPump = undefined;
            this.parts.onNeed();
            this.pump();
        });
    }
    pump() {
        const { uplink } = this;
        if (uplink === undefined)
            return;
        const due = [...this.all.values()].filter(({ isDue }) => isDue);
        if (due.length > 0)
            uplink.send(due.map((query) => this.beginning(uplink, query)));
    }
    beginning(uplink, query) {
        query.isAsked = true;
        const onReply = (reply) => {
            if (uplink !== this.uplink)
                return;
            if (reply instanceof RefusedError)
                return this.refused(query, reply);
            const { key } = reply.members;
            if (typeof key !== "string")
                return query.refused(NO_KEY);
            const others = this.byKey.get(key) ?? [];
            this.byKey.set(key, [...others, query]);
            query.begun(key);
            // The server does not say again what it said of this key.
            if (others[0] !== undefined && query.key === key)
                query.adopt(others[0]);
            const mine = this.early.filter((fields) => fields["key"] === key);
            this.early = this.early.filter((fields) => fields["key"] !== key);
            for (const fields of mine)
                if (query.key === key)
                    this.take(query, fields);
        };
        return { members: query.beginning, onReply };
    }
    refused(query, error) {
        // Queries in their grace give way when there are too many.
        const idle = error.reason === "too_many_channels" ? [...this.all.values()].filter((each) => !each.isUsed && each.key !== undefined) : [];
        if (idle.length === 0)
            return query.refused(error);
        query.isAsked = false;
        for (const each of idle)
            each.giveWay();
        this.pump();
    }
    take(query, fields) {
        if (!query.take(fields))
            this.parts.intake.counters.malformed += 1;
        if (query.key === undefined)
            this.drop(String(fields["key"]), query);
    }
    /** Whether nobody is left under a key. */
    drop(key, query) {
        const rest = (this.byKey.get(key) ?? []).filter((other) => other !== query);
        if (rest.length > 0)
            this.byKey.set(key, rest);
        else
            this.byKey.delete(key);
        return rest.length === 0;
    }
    leave(key, query) {
        if (this.drop(key, query))
            this.send(key, "end", () => undefined);
    }
    send(key, command, onReply) {
        const { uplink } = this;
        const members = JSON.stringify({ type: "live", key, [command]: true }).slice(1, -1);
        uplink?.send([{ members, onReply: (reply) => uplink === this.uplink && onReply(reply instanceof RefusedError ? reply : undefined) }]);
    }
}
const OVER = new RefusedError(CLOSED, "never");
const NO_KEY = new RefusedError({ name: "malformed", message: "the server did not say what it calls the live query" }, "back_off");
/** Makes the live queries of a client; what a package hands to its clients. */
export const liveQueries = (parts, client) => {
    const made = new LiveQueries(parts, client.status);
    Object.assign(client, { live: (name, params, options) => made.live(name, params, options) });
    return made;
};
