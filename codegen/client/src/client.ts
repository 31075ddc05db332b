/** The client: one connection, one registry, and the typed surface over both. */

import { Addresses } from "./address.js";
import { ApplicationRequests } from "./application-requests.js";
import { BoundChannel } from "./bound-channel.js";
import type { Channel, NamedChannel, SubscribeOptions } from "./channel.js";
import { transportOf } from "./choice.js";
import { Connection } from "./connection.js";
import type { ChannelMap, Contract, ContractData, Handler, ParamsArgument, Pattern } from "./contract.js";
import { fetchPage } from "./history.js";
import type { HttpOptions } from "./http.js";
import { type AnyEvent, type Counters, Intake } from "./intake.js";
import { guarded } from "./news.js";
import type { ClientOptions, Skew } from "./options.js";
import { browserSignals, type Clock, type PlatformFetch, reportUncaught, type Signals, systemClock, warn } from "./platform.js";
import type { Dropped } from "./publication.js";
import { Publisher } from "./publisher.js";
import { Roster } from "./roster.js";
import { type StatusSource, StatusStore } from "./status.js";
import { type Denied, type Gap, Subscriptions } from "./subscriptions.js";
import type { Transport } from "./transport.js";

/** A client of one contract. */
export interface ClientCore<C extends ChannelMap<C>> {
  /**
   * A channel of the contract. Making one costs nothing: only a subscription, or something to publish, connects.
   *
   * @example
   * ```ts
   * const room = client.channel("chat/{roomId}", { roomId: "42" });
   * ```
   *
   * @throws {@link AddressError} if a parameter violates the contract, or the name would be longer than 200 bytes.
   */
  channel<P extends Pattern<C>>(pattern: P, ...params: ParamsArgument<C, P>): Channel<C, P>;
  /** The state of the connection: `get()` and `subscribe(listener)`. */
  readonly status: StatusSource;
  /**
   * The public name of this client at the server, for logs and to leave it out of an event; the same over reconnects. `undefined` before the
   * first connection, and where tabs share one. It grants nothing.
   */
  readonly connectionId: string | undefined;
  /** What came and was not handed on, since the client was made. */
  readonly counters: Counters;
  /** Calls back when events of any channel may be missing. Does not subscribe. The answer stops it. */
  onGap(handler: (gap: Gap) => void): () => void;
  /** Calls back when the server refuses a channel for good, whichever it is. The answer stops it. */
  onDenied(handler: (denied: Denied) => void): () => void;
  /**
   * The platform's `fetch` for requests to your own service, which tells it who asks: a handler can leave this client out of what it publishes.
   *
   * @example
   * ```ts
   * await client.fetch("/api/rooms/42/messages", { method: "POST", body: text }); // with the header `tidewire-connection: c-…`
   * ```
   */
  readonly fetch: PlatformFetch;
  /** Ends the connection for good. Subscriptions stay registered and receive nothing; what waits to be published is rejected. */
  close(): void;
}

/** A client. Where the contract has a `default` channel, `on` and `onAny` subscribe to it directly. */
export type Client<C extends ChannelMap<C>> = ClientCore<C> & ("default" extends Pattern<C> ? Pick<NamedChannel<C, "default">, "on" | "onAny"> : unknown);

/**
 * Makes a client of the contract. It connects with the first subscription, or with the first event to publish.
 *
 * @example
 * ```ts
 * const client = createClient({ url: "/realtime" });
 * const off = client.channel("chat/{roomId}", { roomId: "42" }).on("message.sent", (data) => show(data.text));
 * ```
 */
export type CreateClient<C extends ChannelMap<C>> = (options: ClientOptions) => Client<C>;

/** What tests replace. */
export interface Internals {
  readonly clock: Clock;
  readonly signals: Signals;
  readonly transport: (http: HttpOptions, clock: Clock) => Transport;
  readonly report: (error: unknown) => void;
  readonly warn: (text: string) => void;
}

/** Binds `createClient` to a contract; what a generated package calls. */
export function clientFactory<C extends ChannelMap<C>>(contract: Contract<C>): CreateClient<C> {
  return (options) => makeClient(contract, options);
}

/** Makes a client, with other insides where a test asks for them. */
export function makeClient<C extends ChannelMap<C>>(contract: Contract<C>, options: ClientOptions, internals: Partial<Internals> = {}): Client<C> {
  // The one step from data to types: what the implementation does by name, the interface says by contract.
  return new ClientImplementation(contract, options, internals) as unknown as Client<C>;
}

/** How long changes of the set of channels are collected, in milliseconds: a page mounts many components at once. */
const COLLECT = 5;

class ClientImplementation {
  readonly status: StatusStore;
  private readonly addresses: Addresses;
  private readonly intake: Intake;
  private readonly subscriptions: Subscriptions;
  private readonly connection: Connection;
  private readonly publisher: Publisher;
  private readonly requests: ApplicationRequests;
  private readonly http: HttpOptions;
  private readonly clock: Clock;
  private readonly contract: ContractData;
  private readonly onSkew: (skew: Skew) => void;
  private readonly report: (error: unknown) => void;
  private cancelSync: (() => void) | undefined;
  private knownServer: string;

  constructor(contract: ContractData, options: ClientOptions, internals: Partial<Internals>) {
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

  get connectionId(): string | undefined {
    // A tab that shares its connection has an empty name: the connection's stands for all of them.
    return this.connection.id || undefined;
  }

  get counters(): Counters {
    return { ...this.intake.counters };
  }

  get fetch(): unknown {
    return this.requests.fetch;
  }

  channel(pattern: string, params?: object): BoundChannel {
    const { subscriptions, publisher, intake, http, clock, contract } = this;
    return new BoundChannel({ pattern, params, name: this.addresses.name(pattern, params), subscriptions, publisher, intake, http, clock, contract });
  }

  on(event: string, handler: Handler<unknown>, options?: SubscribeOptions): () => void {
    return this.channel("default").on(event, handler, options);
  }

  onAny(handler: (event: AnyEvent) => void, options?: SubscribeOptions): () => void {
    return this.channel("default").onAny(handler, options);
  }

  onGap(handler: (gap: Gap) => void): () => void {
    return this.subscriptions.gaps.on(undefined, handler);
  }

  onDenied(handler: (denied: Denied) => void): () => void {
    return this.subscriptions.denials.on(undefined, handler);
  }

  close(): void {
    this.cancelSync?.();
    this.connection.close();
  }

  private syncSoon(): void {
    if (this.cancelSync !== undefined) return;
    this.cancelSync = this.clock.after(COLLECT, () => {
      this.cancelSync = undefined;
      this.connection.sync();
    });
  }

  /** Tells once about each server contract that differs. */
  private compare(server: string): void {
    if (server === this.knownServer) return;
    this.knownServer = server;
    if (server === this.contract.hash) return;
    guarded(this.onSkew, { client: this.contract.hash, server }, this.report);
  }
}

function skewWarning(warning: (text: string) => void): (skew: Skew) => void {
  return ({ client, server }) => warning(`this client was generated from another contract than the server's (${client}, ${server}): generate it again`);
}

function dropWarning(warning: (text: string) => void): (dropped: Dropped) => void {
  return ({ channel, event, error }) => warning(`\`${event}\` on \`${channel}\` was not published: ${error.message}`);
}
