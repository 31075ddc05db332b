/** The client: one connection, one registry, and the typed surface over both. */
import { Addresses } from "./address.js";
import { Connection } from "./connection.js";
import { fetchPage } from "./history.js";
import { Intake } from "./intake.js";
import { browserSignals, reportUncaught, systemClock, warn } from "./platform.js";
import { sseTransport } from "./sse-transport.js";
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
/** Changes in quick succession open a new link at most this often, in milliseconds. */
const REOPEN_INTERVAL = 250;
/** How many stored events one request fetches for a listener that catches up. */
const PAGE = 500;
class ClientImplementation {
    status;
    addresses;
    intake;
    subscriptions;
    connection;
    http;
    clock;
    contract;
    onSkew;
    report;
    cancelSync;
    knownServer;
    constructor(contract, options, internals) {
        const { clock = systemClock, signals = browserSignals, report = reportUncaught, warn: warning = warn } = internals;
        const { url, fetch, headers, credentials, onInvalid = "drop", onSkew } = options;
        this.contract = contract;
        this.clock = clock;
        this.report = report;
        this.knownServer = contract.hash;
        this.onSkew =
            onSkew ?? (({ client, server }) => warning(`this client was generated from another contract than the server's (${client}, ${server}): generate it again`));
        this.http = { url, contract: contract.hash, ...(fetch && { fetch }), ...(headers && { headers }), ...(credentials && { credentials }) };
        this.addresses = new Addresses(contract);
        this.intake = new Intake({ contract, onInvalid, warn: warning });
        this.status = new StatusStore(report);
        this.subscriptions = new Subscriptions({
            intake: this.intake,
            clock,
            report,
            onChange: () => this.syncSoon(),
            page: (channel, after) => fetchPage(this.http, channel, { after, limit: PAGE }, clock),
        });
        this.connection = new Connection({
            transport: internals.transport?.(this.http) ?? sseTransport(this.http, () => clock.now()),
            clock,
            signals,
            status: this.status,
            wanted: () => this.subscriptions.wanted(),
            onFrame: (frame) => this.subscriptions.accept(frame),
            onWelcome: (frame) => this.compare(frame.contract),
            onUnreadable: (kind) => {
                this.intake.counters[kind] += 1;
            },
        });
    }
    get connectionId() {
        return this.connection.id;
    }
    get counters() {
        return { ...this.intake.counters };
    }
    channel(pattern, params) {
        const { subscriptions, intake, http, clock } = this;
        return new ChannelImplementation({ pattern, params, name: this.addresses.name(pattern, params), subscriptions, intake, http, clock });
    }
    on(event, handler, options) {
        return this.channel("default").on(event, handler, options);
    }
    onAny(handler, options) {
        return this.channel("default").onAny(handler, options);
    }
    onGap(handler) {
        return this.subscriptions.onGap(undefined, handler);
    }
    close() {
        this.cancelSync?.();
        this.connection.close();
    }
    syncSoon() {
        if (this.cancelSync !== undefined)
            return;
        const next = this.connection.opened + REOPEN_INTERVAL - this.clock.now();
        this.cancelSync = this.clock.after(Math.min(REOPEN_INTERVAL, Math.max(COLLECT, next)), () => {
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
        try {
            this.onSkew({ client: this.contract.hash, server });
        }
        catch (error) {
            this.report(error);
        }
    }
}
class ChannelImplementation {
    name;
    pattern;
    params;
    parts;
    constructor(parts) {
        this.name = parts.name;
        this.pattern = parts.pattern;
        this.params = parts.params;
        this.parts = parts;
    }
    on(first, second, third) {
        if (typeof first === "function")
            return this.listen("message", first, second);
        return this.listen(first, second, third);
    }
    onAny(handler, options) {
        return this.parts.subscriptions.listen(this.pattern, this.name, { event: undefined, call: handler }, options?.after);
    }
    onGap(handler) {
        return this.parts.subscriptions.onGap(this.name, handler);
    }
    onSubscribed(handler) {
        return this.parts.subscriptions.onSubscribed(this.name, handler);
    }
    // An arrow function, because bindings hand it out by itself.
    history = async (query = {}) => {
        const { http, clock, intake } = this.parts;
        const { events: frames, cursor, gap } = await fetchPage(http, this.name, query, clock);
        const events = frames.flatMap((frame) => intake.read(this.pattern, frame) ?? []);
        return gap === undefined ? { events, cursor } : { events, cursor, gap };
    };
    listen(event, handler, options) {
        const call = ({ data, meta }) => handler(data, meta);
        return this.parts.subscriptions.listen(this.pattern, this.name, { event, call }, options?.after);
    }
}
