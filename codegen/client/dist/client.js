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
export function clientFactory(contract, extensions = {}) {
    return (options) => makeClient(contract, options, {}, extensions);
}
/** Makes a client, with other insides where a test asks for them. */
export function makeClient(contract, options, internals = {}, extensions = {}) {
    // The one step from data to types: what the implementation does by name, the interface says by contract.
    return new ClientImplementation(contract, options, internals, extensions);
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
    presences;
    exchange;
    tokens;
    endings;
    /** How many ask for a connection without a channel. */
    keepers = 0;
    isRevoked = false;
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
    constructor(contract, options, internals, extensions) {
        const { clock = systemClock, signals = browserSignals, report = reportUncaught, warn: warning = warn } = internals;
        const { url, fetch, headers, credentials, token, onInvalid = "drop", onSkew = skewWarning(warning), onPublishDropped = dropWarning(warning) } = options;
        this.contract = contract;
        this.clock = clock;
        this.report = report;
        this.knownServer = contract.hash;
        this.onSkew = onSkew;
        const tokens = token && new Tokens(token, clock);
        const opening = extensions.openingOf?.(contract, options.opening);
        this.tokens = tokens;
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
        this.presences = extensions.presences?.({ contract, clock, intake, subscriptions, report, onNeed, self: () => this.user ?? this.connection.id });
        this.exchange = extensions.exchange?.({ contract, clock, report, onNeed });
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
            isNeeded: () => this.publisher.isActive || this.keepers > 0 || this.presences?.isActive === true || this.exchange?.isActive === true,
            onUp: (uplink) => {
                this.tokens?.up(uplink);
                this.publisher.up(uplink);
                this.presences?.up(uplink);
                this.exchange?.up(uplink);
            },
            onDown: (final) => this.down(final),
            onFrame: (frame) => {
                this.subscriptions.accept(frame);
                if (frame.type === "unsubscribed")
                    this.presences?.left(frame.channel, undefined);
            },
            onWelcome: (frame) => this.greet(frame),
            onGrant: (frame) => this.grant(frame),
            onRevoked: (frame) => this.revoke(frame),
            onOther: (fields) => this.accept(fields),
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
    get greeting() {
        return this.exchange?.greeting;
    }
    get fetch() {
        return this.requests.fetch;
    }
    channel(pattern, params) {
        const { subscriptions, publisher, intake, http, clock, contract, presences } = this;
        return new BoundChannel({ pattern, params, name: this.addresses.name(pattern, params), subscriptions, publisher, intake, http, clock, contract, presences });
    }
    call(name, data, options) {
        return this.exchange?.call(name, data, options);
    }
    onCall(name, handler) {
        return this.exchange?.onCall(name, handler);
    }
    onGreeting(handler) {
        return this.exchange?.onGreeting(handler);
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
        const { expires, time, greeting, contract, user = null } = frame;
        this.isRevoked = false;
        // What waits was said by somebody else.
        if (this.user !== undefined && this.user !== user) {
            const changed = givenUp("user_changed", "another user is signed in by now", "never");
            this.publisher.discard(undefined, changed);
            this.presences?.down(changed);
        }
        this.user = user;
        this.tokens?.hold({ ...(expires !== undefined && { expires }), ...(time !== undefined && { time }) });
        this.compare(contract);
        this.exchange?.begin(greeting);
    }
    grant(frame) {
        if (frame.user !== undefined)
            this.user = frame.user;
        this.tokens?.hold(frame);
    }
    deny(name, error) {
        const isTold = this.told === name;
        this.told = undefined;
        this.publisher.discard(name, error);
        this.presences?.left(name, error);
        if (error.code === REVOKED.code && !isTold)
            this.subscriptions.revocations.tell(name, { channel: name });
        this.subscriptions.deny(name, error);
    }
    revoke({ channel, until }) {
        const when = until === undefined ? {} : { until };
        const error = refusal(REVOKED);
        if (channel === null) {
            this.publisher.discard(undefined, error);
            this.isRevoked = true;
            return this.endings.tell("", when);
        }
        this.told = channel;
        this.publisher.discard(channel, error);
        this.presences?.left(channel, error);
        this.subscriptions.revocations.tell(channel, { channel, ...when });
    }
    down(final) {
        const { code } = final ?? {};
        const error = final && (code === undefined ? new RefusedError({ name: final.name, message: final.message }, "never") : refusal({ ...final, code }));
        this.tokens?.down();
        this.subscriptions.down();
        this.publisher.down(error);
        this.presences?.down(error);
        this.exchange?.down(error);
        // A client that was away learns of it when it comes back.
        if (code === REVOKED.code && !this.isRevoked) {
            this.isRevoked = true;
            this.endings.tell("", {});
        }
    }
    accept(fields) {
        return this.presences?.accept(fields) === true || this.exchange?.accept(fields) === true;
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
