/** The client: one connection, one registry, and the typed surface over both. */

import { Addresses } from "./address.js";
import { ApplicationRequests } from "./application-requests.js";
import { BoundChannel } from "./bound-channel.js";
import type { SubscribeOptions } from "./channel.js";
import { transportOf } from "./choice.js";
import { Connection } from "./connection.js";
import type { ChannelMap, ConnectionShape, Contract, ContractData, Handler, PlainConnection } from "./contract.js";
import { RefusedError, refusal, REVOKED } from "./errors.js";
import type { Extend, Extension } from "./extension.js";
import type { Fields, RevokedFrame, WelcomeFrame } from "./frames.js";
import { fetchPage } from "./history.js";
import type { HttpOptions } from "./http.js";
import { type AnyEvent, type Counters, Intake } from "./intake.js";
import { guarded, News } from "./news.js";
import type { ClientOptions, Skew } from "./options.js";
import { browserSignals, type Clock, reportUncaught, type Signals, systemClock, warn } from "./platform.js";
import { type Dropped, givenUp } from "./publication.js";
import { Publisher } from "./publisher.js";
import { Roster } from "./roster.js";
import { type StatusReason, StatusStore } from "./status.js";
import { type Denied, type Gap, type Revoked, type SubscribedChannel, Subscriptions } from "./subscriptions.js";
import type { Client, CreateClient } from "./surface.js";
import { Tokens } from "./tokens.js";
import type { Transport } from "./transport.js";

export type { Client, ClientCore, CreateClient } from "./surface.js";

/** What a package hands to its clients besides the contract. */
export interface Extras {
  readonly extensions?: readonly Extend[];
  /** What a client says of itself, as JSON. */
  readonly openingOf?: (contract: ContractData, opening: unknown) => string | undefined;
}

/** What tests replace. */
export interface Internals {
  readonly clock: Clock;
  readonly signals: Signals;
  readonly transport: (http: HttpOptions, clock: Clock) => Transport;
  readonly report: (error: unknown) => void;
  readonly warn: (text: string) => void;
}

/** Binds `createClient` to a contract; what a generated package calls. */
export function clientFactory<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>(contract: Contract<C, K>, extras: Extras = {}): CreateClient<C, K> {
  return (options) => makeClient(contract, options, {}, extras);
}

/** Makes a client, with other insides where a test asks for them. */
export function makeClient<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>(
  contract: Contract<C, K>,
  options: ClientOptions & { readonly opening?: unknown },
  internals: Partial<Internals> = {},
  extras: Extras = {},
): Client<C, K> {
  // The one step from data to types: what the implementation does by name, the interface says by contract.
  return new ClientImplementation(contract, options, internals, extras) as unknown as Client<C, K>;
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
  private readonly extensions: readonly Extension[];
  private readonly endings: News<Pick<Revoked, "until">>;
  /** How many ask for a connection without a channel. */
  private keepers = 0;
  /** Until when every right is gone, where the server said it. */
  private until: Pick<Revoked, "until"> = {};
  /** The channel whose revocation was told, and whose refusal follows. */
  private told: string | undefined;
  private readonly http: HttpOptions;
  private readonly clock: Clock;
  private readonly contract: ContractData;
  private readonly onSkew: (skew: Skew) => void;
  private readonly report: (error: unknown) => void;
  private cancelSync: (() => void) | undefined;
  private knownServer: string;
  user: string | null | undefined;

  constructor(contract: ContractData, options: ClientOptions & { readonly opening?: unknown }, internals: Partial<Internals>, { extensions = [], openingOf }: Extras) {
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
    const onNeed = (): void => this.connection.sync();
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
        for (const extension of this.extensions) extension.up(uplink);
      },
      onDown: (final) => this.down(final),
      onFrame: (frame) => {
        this.subscriptions.accept(frame);
        if (frame.type === "unsubscribed") this.left(frame.channel, undefined);
      },
      onWelcome: (frame) => this.greet(frame),
      onRevoked: (frame) => this.revoke(frame),
      onOther: (frame) => this.accept(frame),
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

  get channels(): readonly SubscribedChannel[] {
    return this.subscriptions.channels;
  }

  get fetch(): unknown {
    return this.requests.fetch;
  }

  channel(pattern: string, params?: object): BoundChannel {
    const { subscriptions, publisher, intake, http, clock, contract } = this;
    const name = this.addresses.name(pattern, params);
    const channel = new BoundChannel({ pattern, params, name, subscriptions, publisher, intake, http, clock, contract });
    return Object.assign(channel, ...this.extensions.map((extension) => extension.channel(pattern, name)));
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

  onRevoked(handler: (revoked: Revoked) => void): () => void {
    return this.subscriptions.revocations.on(undefined, handler);
  }

  onAllRevoked(handler: (revoked: Pick<Revoked, "until">) => void): () => void {
    return this.endings.on(undefined, handler);
  }

  connect(): () => void {
    let isHeld = true;
    this.keepers += 1;
    this.syncSoon();
    return () => {
      if (isHeld) this.keepers -= 1;
      isHeld = false;
      this.syncSoon();
    };
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

  private greet(frame: WelcomeFrame): void {
    const { contract, user = null } = frame;
    // What waits was said by somebody else.
    if (this.user !== undefined && this.user !== user) {
      const changed = givenUp("user_changed", "another user is signed in by now", "never");
      this.publisher.discard(undefined, changed);
      for (const extension of this.extensions) extension.down(changed);
    }
    this.user = user;
    for (const extension of this.extensions) extension.begin(frame);
    this.compare(contract);
  }

  private accept(frame: Fields): boolean {
    const { type, user } = frame;
    const isGrant = type === "grant";
    if (isGrant && typeof user === "string") this.user = user;
    return this.extensions.some((extension) => extension.accept(frame)) || isGrant;
  }

  private deny(name: string, error: RefusedError): void {
    const isTold = this.told === name;
    this.told = undefined;
    // First of all, so that nothing that follows asks for the channel again.
    this.subscriptions.deny(name, error);
    if (error.code === REVOKED.code && !isTold) this.subscriptions.revocations.tell(name, { channel: name });
    this.left(name, error);
  }

  private revoke({ channel, until }: RevokedFrame): void {
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

  private left(name: string, error: RefusedError | undefined): void {
    if (error !== undefined) this.publisher.discard(name, error);
    for (const extension of this.extensions) extension.left(name, error);
  }

  private down(final: StatusReason | undefined): void {
    const { code } = final ?? {};
    const error = final && (code === undefined ? new RefusedError(final, "never") : refusal({ ...final, code }));
    this.subscriptions.down();
    this.publisher.down(error);
    for (const extension of this.extensions) extension.down(error);
    if (code === REVOKED.code) this.endings.tell("", this.until);
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
