/** The test's server: channels in memory, and the connections to them. Knows no types of the contract; those are in `testing`. */

import { Addresses } from "../address.js";
import { issuesOf } from "../checks/check.js";
import { codes } from "../codes.js";
import type { ContractData, EventSpec, ValueSpec } from "../contract.js";
import { AddressError, PayloadError } from "../errors.js";
import type { Fields } from "../frames.js";
import type { Fetch } from "../platform.js";
import type { Published } from "../publication.js";
import type { Transport } from "../transport.js";
import { filled, payloadIssues } from "../validate.js";
import { TestClock } from "./clock.js";
import { type Beginning, Log, type LogEntry, numberOf, type Stored } from "./log.js";
import { invalidParams, LiveValues, UNKNOWN_LIVE } from "./live.js";
import { REVOKED, Rights, type Scope } from "./rights.js";
import { Rosters } from "./rosters.js";
import { type ErrorName, type Home, LOST, type Position, Session, type WireRefusal } from "./session.js";

/** An event on its way into a channel. */
export interface Draft {
  readonly pattern: string;
  readonly channel: string;
  readonly event: string;
  readonly data: unknown;
  readonly sender: string | null;
  readonly origin?: string;
  readonly excluded?: string | undefined;
}

/** The server without types. */
export class ServerImplementation implements Home {
  readonly clock: TestClock = new TestClock();
  /** What clients published, in this order. */
  readonly published: LogEntry[] = [];
  closed: WireRefusal | "lost" | undefined;
  greeting: unknown;
  readonly rosters: Rosters = new Rosters(this.clock, (channel, frame) => {
    for (const session of this.sessions) session.tellRoster(channel, frame);
  });
  readonly rights: Rights = new Rights(this.clock);
  readonly live: LiveValues;
  /** Who answers calls. */
  readonly handlers: Map<string, (data: unknown, connection: Session) => unknown> = new Map();
  private readonly data: ContractData;
  private readonly addresses: Addresses;
  private readonly logs = new Map<string, Log>();
  private readonly denials = new Map<string, WireRefusal>();
  private readonly sessions = new Set<Session>();
  private readonly keys = new Map<string, string>();
  /** What was stored under each key that a client gave. */
  private readonly stored = new Map<string, Published>();
  private readonly tasks: (() => void)[] = [];

  constructor(contract: ContractData) {
    this.data = contract;
    this.addresses = new Addresses(contract);
    this.live = new LiveValues(contract, (key, frame) => {
      for (const session of this.sessions) session.tellLive(key, frame);
    });
  }

  get contract(): string {
    return this.data.hash;
  }

  get connections(): readonly Session[] {
    return [...this.sessions];
  }

  name(pattern: string, params: object | undefined): string {
    return this.addresses.name(pattern, params);
  }

  transport(user: string | null): Transport {
    return (request, handlers) => new Session(this, user, request, handlers);
  }

  advance(milliseconds: number): void {
    this.clock.advance(milliseconds, () => this.settle());
  }

  /**
   * Takes an event into its channel.
   *
   * @throws {@link PayloadError} if the data violates the contract.
   * @throws RangeError if the channel has no such event.
   */
  store({ pattern, channel, event, data, sender, origin, excluded }: Draft): Published {
    const spec = this.specOf(pattern, event);
    if (spec === undefined) throw new RangeError(`channel \`${channel}\` does not carry event \`${event}\``);
    // As text it would come without what JSON leaves out, and what happens to it afterwards would not matter.
    const value: unknown = data === undefined ? undefined : JSON.parse(JSON.stringify(data));
    const issues = payloadIssues(spec, value);
    if (issues.length > 0) throw new PayloadError(channel, event, issues);
    const place = spec.transient === true ? { id: null, number: null } : this.log(channel).next();
    const carried = value === undefined ? {} : { data: filled(spec, value) };
    const entry: LogEntry = { channel, event, ...place, time: this.clock.now(), sender, ...(origin === undefined ? {} : { origin }), ...carried };
    const stored: Stored = { entry, excluded };
    if (place.id !== null) this.log(channel).store(stored);
    for (const session of this.sessions) session.deliver(stored);
    return { ...place, time: entry.time, stored: place.id !== null, duplicate: false };
  }

  deny(channel: string, name: ErrorName): void {
    const error = { code: codes[name], name, message: `the test denies \`${channel}\`` };
    this.denials.set(channel, error);
    for (const session of this.sessions) session.deny(channel, error);
  }

  /** Takes rights away, and tells those who have them. */
  revoke(scope: Scope, seconds: number): void {
    const until = this.rights.revoke(scope, seconds);
    for (const session of this.connections) if (scope.user === undefined || scope.user === session.user) session.revoke(scope.channel, until, REVOKED);
  }

  claims(token: string): ReturnType<Rights["claims"]> {
    return this.rights.claims(token);
  }

  refusalFor(user: string | null, channel: string | undefined): WireRefusal | undefined {
    return this.rights.isRevoked(user, channel) ? REVOKED : undefined;
  }

  specOfPresence(pattern: string): ValueSpec | undefined {
    return this.data.channels[pattern]?.presence;
  }

  refusalOfState(channel: string, state: unknown): WireRefusal | undefined {
    const refused = this.refusalOf(channel);
    if (refused !== undefined) return refused;
    const spec = this.data.channels[this.patternOf(channel) ?? ""]?.presence;
    if (spec === undefined) return { code: codes.denied, name: "denied", message: `channel \`${channel}\` has no members` };
    return payloadIssues(spec, state).length === 0 ? undefined : { code: codes.invalid_payload, name: "invalid_payload", message: "the state violates the contract" };
  }

  beginLive(session: Session, { query, channel, params }: Fields): { readonly key: string } | { readonly error: object } {
    const [name, on] = [String(query), String(channel)];
    const spec = this.live.specOf(name);
    if (spec === undefined) return { error: UNKNOWN_LIVE };
    if (this.patternOf(on) !== spec.channel) return { error: { code: codes.invalid_channel, name: "invalid_channel", message: `\`${name}\` is not on \`${on}\`` } };
    const error = this.refusalOf(on) ?? this.refusalFor(session.user, on);
    if (error !== undefined) return { error };
    try {
      return { key: this.live.key(name, on, params) };
    } catch (failure) {
      if (failure instanceof PayloadError) return { error: invalidParams(failure.message) };
      throw failure;
    }
  }

  async answer(session: Session, name: string, data: unknown): Promise<object> {
    const { calls = {} } = this.data;
    const spec = Object.hasOwn(calls, name) ? calls[name] : undefined;
    const handler = this.handlers.get(name);
    const error = (reason: "unknown_call" | "invalid_payload" | "call_failed", message: string): object => ({ error: { code: codes[reason], name: reason, message } });
    if (spec === undefined || handler === undefined) return error("unknown_call", `the test answers no call \`${name}\``);
    if (payloadIssues(spec.request, data).length > 0) return error("invalid_payload", "the request violates the contract");
    try {
      return { data: await handler(filled(spec.request, data), session) };
    } catch (failure) {
      return error("call_failed", failure instanceof Error ? failure.message : "the handler failed");
    }
  }

  allow(channel: string): void {
    this.denials.delete(channel);
  }

  /** Tells those who are subscribed that events are missing. */
  gap(channel: string, reason: string, change: (log: Log) => number | undefined): void {
    const log = this.log(channel);
    const from = log.cursor;
    const missed = change(log);
    for (const session of this.sessions) session.tell(channel, { type: "gap", reason, from, cursor: log.cursor, ...(missed === undefined ? {} : { missed }) });
  }

  trim(channel: string, kept: number): void {
    this.log(channel).trim(kept);
  }

  /** Cuts every connection. */
  disconnect(): void {
    for (const session of this.connections) session.end(LOST);
  }

  refuse(name: ErrorName): void {
    this.closed = { code: codes[name], name, message: "the test refuses connections" };
    for (const session of this.connections) session.fail(this.closed);
  }

  session(known: string | undefined): { readonly key: string; readonly id: string } {
    const key = known !== undefined && this.keys.has(known) ? known : `test.${this.keys.size + 1}`;
    const id = this.keys.get(key) ?? `c-${String(this.keys.size + 1).padStart(16, "0")}`;
    this.keys.set(key, id);
    for (const session of this.connections) if (session.id === id) session.fail({ code: codes.replaced, name: "replaced", message: "the session is connected again" });
    return { key, id };
  }

  begin(channel: string, { cursor, last = 0 }: Position): Beginning | WireRefusal {
    const refused = this.refusalOf(channel);
    if (refused !== undefined) return refused;
    const log = this.log(channel);
    const beginning = cursor === undefined ? log.newest(last) : log.after(cursor);
    return beginning ?? { code: codes.malformed_cursor, name: "malformed_cursor", message: "the cursor is not one of this server's" };
  }

  publish(session: Session, frame: Fields): object | WireRefusal {
    const { data, key, excludeSelf } = frame;
    const [channel, event] = [String(frame["channel"]), String(frame["event"])];
    const refused = this.refusalOf(channel) ?? this.refusalFor(session.user, channel);
    if (refused !== undefined) return refused;
    const pattern = this.patternOf(channel) ?? "";
    const spec = this.specOf(pattern, event);
    if (spec === undefined) return { code: codes.unknown_event, name: "unknown_event", message: `channel \`${channel}\` does not carry event \`${event}\`` };
    if (!spec.publish.includes("client")) return { code: codes.denied, name: "denied", message: `clients may not publish event \`${event}\` on channel \`${channel}\`` };
    const once = `${session.id} ${channel} ${String(key)}`;
    const before = this.stored.get(once);
    if (before !== undefined) return { ...before, duplicate: true };
    try {
      const excluded = excludeSelf === true ? session.id : undefined;
      const outcome = this.store({ pattern, channel, event, data, sender: session.user, origin: session.id, excluded });
      const { id, number, time } = outcome;
      this.published.push({ channel, event, id, number, time, sender: session.user, origin: session.id, ...(data === undefined ? {} : { data }) });
      if (typeof key === "string") this.stored.set(once, outcome);
      return outcome;
    } catch (error) {
      if (error instanceof PayloadError) return { code: codes.invalid_payload, name: "invalid_payload", message: error.message };
      throw error;
    }
  }

  joined(session: Session): void {
    this.sessions.add(session);
  }

  left(session: Session): void {
    if (!this.sessions.delete(session)) return;
    this.rosters.cut(session.id, () => this.connections.some(({ id }) => id === session.id));
  }

  soon(task: () => void): void {
    if (this.tasks.push(task) === 1) this.clock.after(0, () => this.settle());
  }

  /** Answers requests for pages of history. */
  readonly fetch: Fetch = async (url) => {
    if (this.closed === "lost") throw new TypeError("the connection was cut by the test");
    const query = new Map((url.split("?")[1] ?? "").split("&").map((pair) => pair.split("=").map(decodeURIComponent) as [string, string]));
    const [channel, after, before] = [query.get("channel") ?? "", query.get("after"), query.get("before")];
    const refused = this.closed ?? this.refusalOf(channel);
    if (refused !== undefined) return answer(403, { error: refused });
    const log = this.log(channel);
    const limit = Number(query.get("limit") ?? 50);
    const page: Beginning | undefined = after !== undefined ? log.after(after) : before !== undefined ? log.before(before, limit) : log.newest(limit);
    if (page === undefined) return answer(400, { error: { code: codes.malformed_cursor, name: "malformed_cursor", message: "the cursor is not one of this server's" } });
    const events = page.events.slice(0, limit).map(({ entry }) => ({ type: "event", ...entry }));
    const newest = page.events.slice(0, limit).at(-1)?.entry;
    const cursor = newest?.id ?? page.cursor;
    return answer(200, { events, cursor, number: numberOf(cursor), ...(page.gap && { gap: page.gap }) });
  };

  private settle(): void {
    for (;;) {
      const task = this.tasks.shift();
      if (task === undefined) return;
      task();
    }
  }

  private log(channel: string): Log {
    const known = this.logs.get(channel) ?? new Log();
    this.logs.set(channel, known);
    return known;
  }

  private refusalOf(channel: string): WireRefusal | undefined {
    if (this.patternOf(channel) === undefined) return { code: codes.unknown_channel, name: "unknown_channel", message: `there is no channel \`${channel}\`` };
    return this.denials.get(channel);
  }

  private specOf(pattern: string, event: string): EventSpec | undefined {
    const events = this.data.channels[pattern]?.events;
    return events !== undefined && Object.hasOwn(events, event) ? events[event] : undefined;
  }

  /** The pattern that a name is made of: that which makes the same name of the values in it. */
  private patternOf(name: string): string | undefined {
    return Object.keys(this.data.channels).find((pattern) => this.makes(pattern, name));
  }

  private makes(pattern: string, name: string): boolean {
    const parameters = this.data.channels[pattern]?.params ?? [];
    const shape = pattern.replace(/[.*+^$()|[\]\\]/g, "\\$&").replace(/\/?\{([^?}]*)(\??)\}/g, (segment, _, optional: string) => {
      const value = `${segment.startsWith("/") ? "/" : ""}([^/]+)`;
      return optional === "" ? value : `(?:${value})?`;
    });
    const texts = new RegExp(`^${shape}$`).exec(name)?.slice(1);
    if (texts === undefined) return false;
    const values = parameters.map(({ name: parameter, check }, at) => {
      const text = texts[at] === undefined ? undefined : decodeURIComponent(texts[at]);
      const candidates = text === undefined ? [] : [text, Number(text), text === "true"];
      return [parameter, candidates.find((value) => issuesOf(check, value).length === 0)] as const;
    });
    try {
      return this.addresses.name(pattern, Object.fromEntries(values)) === name;
    } catch (error) {
      if (error instanceof AddressError) return false;
      throw error;
    }
  }
}

function answer(status: number, body: object): Awaited<ReturnType<Fetch>> {
  return { status, headers: { get: () => "application/json" }, body: null, text: () => Promise.resolve(JSON.stringify(body)) };
}
