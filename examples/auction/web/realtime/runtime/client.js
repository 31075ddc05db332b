/** The client: one connection, one registry, and the typed surface over both. */
import { Addresses } from "./address.js";
import { ApplicationRequests } from "./application-requests.js";
import { BoundChannel } from "./bound-channel.js";
import { transportOf } from "./choice.js";
import { Connection } from "./connection.js";
import { fetchPage } from "./history.js";
import { Intake } from "./intake.js";
import { guarded } from "./news.js";
import { browserSignals, reportUncaught, systemClock, warn } from "./platform.js";
import { Publisher } from "./publisher.js";
import { Roster } from "./roster.js";
import { StatusStore } from "./status.js";
import { Subscriptions } from "./subscriptions.js";
/** Binds `createClient` to a contract; what a generated package calls. */
export function clientFactory(contract) {
    return (options) => makeClient(contract, options);
}
/** Makes a client, with other insides where a test asks for them. */
export function makeClient(contract, options, internals = {}) {
    // The one step from data to types: what the implementation does by name, the interface says by contract.
    return new ClientImplementation(contract, options, internals);
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
    http;
    clock;
    contract;
    onSkew;
    report;
    cancelSync;
    knownServer;
    constructor(contract, options, internals) {
        const { clock = systemClock, signals = browserSignals, report = reportUncaught, warn: warning = warn } = internals;
        const { url, fetch, headers, credentials, onInvalid = "drop", onSkew = skewWarning(warning), onPublishDropped = dropWarning(warning) } = options;
        this.contract = contract;
        this.clock = clock;
        this.report = report;
        this.knownServer = contract.hash;
        this.onSkew = onSkew;
        this.http = { url, contract: contract.hash, ...(fetch && { fetch }), ...(headers && { headers }), ...(credentials && { credentials }) };
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
        const roster = new Roster({
            clock,
            onFilter: (name, events) => this.subscriptions.filtered(name, events),
            onDenied: (name, error) => this.subscriptions.deny(name, error),
            onReady: () => this.connection.sync(),
        });
        const transport = internals.transport?.(this.http, clock) ?? transportOf(options.transport, this.http, clock);
        this.connection = new Connection({
            transport: options.tabs?.(transport, { http: this.http, clock }) ?? transport,
            clock,
            signals,
            roster,
            status: this.status,
            wanted: () => this.subscriptions.wanted(),
            isNeeded: () => this.publisher.isActive,
            onUp: (uplink) => this.publisher.up(uplink),
            onDown: (final) => {
                this.subscriptions.down();
                this.publisher.down(final);
            },
            onFrame: (frame) => this.subscriptions.accept(frame),
            onWelcome: (frame) => this.compare(frame.contract),
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
    get fetch() {
        return this.requests.fetch;
    }
    channel(pattern, params) {
        const { subscriptions, publisher, intake, http, clock, contract } = this;
        return new BoundChannel({ pattern, params, name: this.addresses.name(pattern, params), subscriptions, publisher, intake, http, clock, contract });
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
