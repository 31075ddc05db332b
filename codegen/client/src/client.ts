/** The client: one connection, one registry, and the typed surface over both. */

import { Addresses } from "./address.js";
import type { Channel, HistoryPage, NamedChannel, SubscribeOptions } from "./channel.js";
import { Connection } from "./connection.js";
import type { ChannelMap, Contract, ContractData, Handler, ParamsArgument, Pattern } from "./contract.js";
import { fetchPage, type HistoryQuery } from "./history.js";
import type { HttpOptions } from "./http.js";
import { type AnyEvent, type Counters, Intake } from "./intake.js";
import type { ClientOptions, Skew } from "./options.js";
import { browserSignals, type Clock, reportUncaught, type Signals, systemClock, warn } from "./platform.js";
import { sseTransport } from "./sse-transport.js";
import { type StatusSource, StatusStore } from "./status.js";
import { type Gap, Subscriptions } from "./subscriptions.js";
import type { Transport } from "./transport.js";

/** A client of one contract. */
export interface ClientCore<C extends ChannelMap<C>> {
  /**
   * A channel of the contract. Making one costs nothing: only a subscription connects.
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
  /** The public name of the current connection, for logs and server-side options; `undefined` while there is none. It grants nothing. */
  readonly connectionId: string | undefined;
  /** What came and was not handed on, since the client was made. */
  readonly counters: Counters;
  /** Calls back when events of any channel may be missing. Does not subscribe. The answer stops it. */
  onGap(handler: (gap: Gap) => void): () => void;
  /** Ends the connection for good. Subscriptions stay registered and receive nothing. */
  close(): void;
}

/** A client. Where the contract has a `default` channel, `on` and `onAny` subscribe to it directly. */
export type Client<C extends ChannelMap<C>> = ClientCore<C> & ("default" extends Pattern<C> ? Pick<NamedChannel<C, "default">, "on" | "onAny"> : unknown);

/**
 * Makes a client of the contract. It connects with the first subscription.
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
  readonly transport: (http: HttpOptions) => Transport;
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

/** Changes in quick succession open a new link at most this often, in milliseconds. */
const REOPEN_INTERVAL = 250;

/** How many stored events one request fetches for a listener that catches up. */
const PAGE = 500;

class ClientImplementation {
  readonly status: StatusStore;
  private readonly addresses: Addresses;
  private readonly intake: Intake;
  private readonly subscriptions: Subscriptions;
  private readonly connection: Connection;
  private readonly http: HttpOptions;
  private readonly clock: Clock;
  private readonly contract: ContractData;
  private readonly onSkew: (skew: Skew) => void;
  private readonly report: (error: unknown) => void;
  private cancelSync: (() => void) | undefined;
  private knownServer: string;

  constructor(contract: ContractData, options: ClientOptions, internals: Partial<Internals>) {
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

  get connectionId(): string | undefined {
    return this.connection.id;
  }

  get counters(): Counters {
    return { ...this.intake.counters };
  }

  channel(pattern: string, params?: object): ChannelImplementation {
    const { subscriptions, intake, http, clock } = this;
    return new ChannelImplementation({ pattern, params, name: this.addresses.name(pattern, params), subscriptions, intake, http, clock });
  }

  on(event: string, handler: Handler<unknown>, options?: SubscribeOptions): () => void {
    return this.channel("default").on(event, handler, options);
  }

  onAny(handler: (event: AnyEvent) => void, options?: SubscribeOptions): () => void {
    return this.channel("default").onAny(handler, options);
  }

  onGap(handler: (gap: Gap) => void): () => void {
    return this.subscriptions.onGap(undefined, handler);
  }

  close(): void {
    this.cancelSync?.();
    this.connection.close();
  }

  private syncSoon(): void {
    if (this.cancelSync !== undefined) return;
    const next = this.connection.opened + REOPEN_INTERVAL - this.clock.now();
    this.cancelSync = this.clock.after(Math.min(REOPEN_INTERVAL, Math.max(COLLECT, next)), () => {
      this.cancelSync = undefined;
      this.connection.sync();
    });
  }

  /** Tells once about each server contract that differs. */
  private compare(server: string): void {
    if (server === this.knownServer) return;
    this.knownServer = server;
    if (server === this.contract.hash) return;
    try {
      this.onSkew({ client: this.contract.hash, server });
    } catch (error) {
      this.report(error);
    }
  }
}

interface ChannelParts {
  readonly pattern: string;
  readonly params: object | undefined;
  readonly name: string;
  readonly subscriptions: Subscriptions;
  readonly intake: Intake;
  readonly http: HttpOptions;
  readonly clock: Clock;
}

class ChannelImplementation {
  readonly name: string;
  readonly pattern: string;
  readonly params: object | undefined;
  private readonly parts: ChannelParts;

  constructor(parts: ChannelParts) {
    this.name = parts.name;
    this.pattern = parts.pattern;
    this.params = parts.params;
    this.parts = parts;
  }

  on(first: string | Handler<unknown>, second?: Handler<unknown> | SubscribeOptions, third?: SubscribeOptions): () => void {
    if (typeof first === "function") return this.listen("message", first, second as SubscribeOptions | undefined);
    return this.listen(first, second as Handler<unknown>, third);
  }

  onAny(handler: (event: AnyEvent) => void, options?: SubscribeOptions): () => void {
    return this.parts.subscriptions.listen(this.pattern, this.name, { event: undefined, call: handler }, options?.after);
  }

  onGap(handler: (gap: Gap) => void): () => void {
    return this.parts.subscriptions.onGap(this.name, handler);
  }

  onSubscribed(handler: Parameters<Subscriptions["onSubscribed"]>[1]): () => void {
    return this.parts.subscriptions.onSubscribed(this.name, handler);
  }

  // An arrow function, because bindings hand it out by itself.
  readonly history = async (query: HistoryQuery = {}): Promise<HistoryPage<AnyEvent>> => {
    const { http, clock, intake } = this.parts;
    const { events: frames, cursor, gap } = await fetchPage(http, this.name, query, clock);
    const events = frames.flatMap((frame) => intake.read(this.pattern, frame) ?? []);
    return gap === undefined ? { events, cursor } : { events, cursor, gap };
  };

  private listen(event: string, handler: Handler<unknown>, options: SubscribeOptions | undefined): () => void {
    const call = ({ data, meta }: AnyEvent): void => handler(data, meta);
    return this.parts.subscriptions.listen(this.pattern, this.name, { event, call }, options?.after);
  }
}
