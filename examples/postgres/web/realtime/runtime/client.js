/** The client: one connection, one registry, and the typed surface over both. */
import { Addresses } from "./address.js";
import { ApplicationRequests } from "./application-requests.js";
import { BoundChannel } from "./bound-channel.js";
import { transportOf } from "./choice.js";
import { Connection } from "./connection.js";
import { RefusedError, refusal, REVOKED } from "./errors.js";
import { fetchPage } from "./history.js";
import { Intake } from "./intake.js";
import { guarded, News } from "./news.js";
import { browserSignals, reportUncaught, systemClock, warn } from "./platform.js";
import { givenUp } from "./publication.js";
import { Publisher } from "./publisher.js";
import { Roster } from "./roster.js";
import { StatusStore } from "./status.js";
import { Subscriptions } from "./subscriptions.js";
import { Tokens } from "./tokens.js";
/** Binds `createClient` to a contract; what a generated package calls. */
export function clientFactory(contract, extras = {}) {
    return (options) => makeClient(contract, options, {}, extras);
}
/** Makes a client, with other insides where a test asks for them. */
export function makeClient(contract, options, internals = {}, extras = {}) {
    // The one step from data to types: what the implementation does by name, the interface says by contract.
    return new ClientImplementation(contract, options, internals, extras);
}
/** How long changes of the set of channels are collected, in milliseconds: a page mounts many components at once. */
const COLLECT = 5;
class ClientImplementation {
    status;
    addresses;
    intake;
    subscriptions;
    connection;
    publisher;
    requests;
    extensions;
    endings;
    /** How many ask for a connection without a channel. */
    keepers = 0;
    /** Until when every right is gone, where the server said it. */
    until = {};
    /** The channel whose revocation was told, and whose refusal follows. */
    told;
    http;
    clock;
    contract;
    onSkew;
    report;
    cancelSync;
    knownServer;
    user;
    constructor(contract, options, internals, { extensions = [], openingOf }) {
        const { clock = systemClock, signals = browserSignals, report = reportUncaught, warn: warning = warn } = internals;
        const { url, fetch, headers, credentials, token, onInvalid = "drop", onSkew = skewWarning(warning), onPublishDropped = dropWarning(warning) } = options;
        this.contract = contract;
        this.clock = clock;
        this.report = report;
        this.knownServer = contract.hash;
        this.onSkew = onSkew;
        const tokens = token && new Tokens(token, clock);
        const opening = openingOf?.(contract, options.opening);
        this.http = { url, contract: contract.hash, ...(fetch && { fetch }), ...(headers && { headers }), ...(credentials && { credentials }), ...(tokens && { tokens }), ...(opening && { opening }) };
        this.addresses = new Addresses(contract);
        this.requests = new ApplicationRequests(() => this.connectionId);
        this.intake = new Intake({ contract, onInvalid, warn: warning, self: () => this.connection.id });
        this.status = new StatusStore(report);
        this.publisher = new Publisher({ clock, onNeed: () => this.connection.sync(), onDropped: (dropped) => guarded(onPublishDropped, dropped, report) });
        this.subscriptions = new Subscriptions({
            intake: this.intake,
            clock,
            report,
            onChange: () => this.syncSoon(),
            page: (channel, query) => fetchPage(this.http, channel, query, clock),
        });
        this.endings = new News(report);
        const onNeed = () => this.connection.sync();
        const { intake, subscriptions } = this;
        const ours = { contract, clock, intake, subscriptions, report, onNeed, self: () => this.user ?? this.connection.shared };
        this.extensions = [...(tokens ? [tokens] : []), ...extensions.map((extend) => extend(ours, this))];
        const roster = new Roster({
            clock,
            onFilter: (name, events) => this.subscriptions.filtered(name, events),
            onDenied: (name, error) => this.deny(name, error),
            onReady: () => this.connection.sync(),
        });
        const plain = internals.transport?.(this.http, clock) ?? transportOf(options.transport, this.http, clock);
        const transport = tokens?.over(plain) ?? plain;
        this.connection = new Connection({
            transport: options.tabs?.(transport, { http: this.http, clock }) ?? transport,
            isRenewed: token !== undefined || headers !== undefined,
            opening,
            clock,
            signals,
            roster,
            status: this.status,
            wanted: () => this.subscriptions.wanted(),
            isNeeded: () => this.publisher.isActive || this.keepers > 0 || this.extensions.some(({ isActive }) => isActive),
            onUp: (uplink) => {
                this.publisher.up(uplink);
                for (const extension of this.extensions)
                    extension.up(uplink);
            },
            onDown: (final) => this.down(final),
            onFrame: (frame) => {
                this.subscriptions.accept(frame);
                if (frame.type === "unsubscribed")
                    this.left(frame.channel, undefined);
            },
            onWelcome: (frame) => this.greet(frame),
            onRevoked: (frame) => this.revoke(frame),
            onOther: (frame) => this.accept(frame),
            onUnreadable: (kind) => {
                this.intake.counters[kind] += 1;
            },
        });
    }
    get connectionId() {
        // A tab that shares its connection has an empty name: the connection's stands for all of them.
        return this.connection.id || undefined;
    }
    get counters() {
        return { ...this.intake.counters };
    }
    get channels() {
        return this.subscriptions.channels;
    }
    get fetch() {
        return this.requests.fetch;
    }
    channel(pattern, params) {
        const { subscriptions, publisher, intake, http, clock, contract } = this;
        const name = this.addresses.name(pattern, params);
        const channel = new BoundChannel({ pattern, params, name, subscriptions, publisher, intake, http, clock, contract });
        return Object.assign(channel, ...this.extensions.map((extension) => extension.channel(pattern, name)));
    }
    on(event, handler, options) {
        return this.channel("default").on(event, handler, options);
    }
    onAny(handler, options) {
        return this.channel("default").onAny(handler, options);
    }
    onGap(handler) {
        return this.subscriptions.gaps.on(undefined, handler);
    }
    onDenied(handler) {
        return this.subscriptions.denials.on(undefined, handler);
    }
    onRevoked(handler) {
        return this.subscriptions.revocations.on(undefined, handler);
    }
    onAllRevoked(handler) {
        return this.endings.on(undefined, handler);
    }
    connect() {
        let isHeld = true;
        this.keepers += 1;
        this.syncSoon();
        return () => {
            if (isHeld)
                this.keepers -= 1;
            isHeld = false;
            this.syncSoon();
        };
    }
    close() {
        this.cancelSync?.();
        this.connection.close();
    }
    syncSoon() {
        if (this.cancelSync !== undefined)
            return;
        this.cancelSync = this.clock.after(COLLECT, () => {
            this.cancelSync = undefined;
            this.connection.sync();
        });
    }
    greet(frame) {
        const { contract, user = null } = frame;
        // What waits was said by somebody else.
        if (this.user !== undefined && this.user !== user) {
            const changed = givenUp("user_changed", "another user is signed in by now", "never");
            this.publisher.discard(undefined, changed);
            for (const extension of this.extensions)
                extension.down(changed);
        }
        this.user = user;
        for (const extension of this.extensions)
            extension.begin(frame);
        this.compare(contract);
    }
    accept(frame) {
        const { type, user } = frame;
        const isGrant = type === "grant";
        if (isGrant && typeof user === "string")
            this.user = user;
        return this.extensions.some((extension) => extension.accept(frame)) || isGrant;
    }
    deny(name, error) {
        const isTold = this.told === name;
        this.told = undefined;
        // First of all, so that nothing that follows asks for the channel again.
        this.subscriptions.deny(name, error);
        if (error.code === REVOKED.code && !isTold)
            this.subscriptions.revocations.tell(name, { channel: name });
        this.left(name, error);
    }
    revoke({ channel, until }) {
        const when = until === undefined ? {} : { until };
        // The end of the connection follows, and tells of it.
        if (channel === null) {
            this.until = when;
            return;
        }
        this.told = channel;
        this.subscriptions.revocations.tell(channel, { channel, ...when });
        this.left(channel, refusal(REVOKED));
    }
    left(name, error) {
        if (error !== undefined)
            this.publisher.discard(name, error);
        for (const extension of this.extensions)
            extension.left(name, error);
    }
    down(final) {
        const { code } = final ?? {};
        const error = final && (code === undefined ? new RefusedError(final, "never") : refusal({ ...final, code }));
        this.subscriptions.down();
        this.publisher.down(error);
        for (const extension of this.extensions)
            extension.down(error);
        if (code === REVOKED.code)
            this.endings.tell("", this.until);
    }
    /** Tells once about each server contract that differs. */
    compare(server) {
        if (server === this.knownServer)
            return;
        this.knownServer = server;
        if (server === this.contract.hash)
            return;
        guarded(this.onSkew, { client: this.contract.hash, server }, this.report);
    }
}
function skewWarning(warning) {
    return ({ client, server }) => warning(`this client was generated from another contract than the server's (${client}, ${server}): generate it again`);
}
function dropWarning(warning) {
    return ({ channel, event, error }) => warning(`\`${event}\` on \`${channel}\` was not published: ${error.message}`);
}
