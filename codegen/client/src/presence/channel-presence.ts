/** The members of one channel, as an application sees them; its types are those of `presence`. */

import type { ValueSpec } from "../contract.js";
import { PayloadError, type RefusedError } from "../errors.js";
import type { Fields } from "../frames.js";
import { guarded } from "../news.js";
import type { Clock } from "../platform.js";
import { GRACE } from "../subscriptions.js";
import type { Uplink } from "../uplink.js";
import { payloadIssues } from "../validate.js";
import { type AnyMember, Members, type ReadState } from "./members.js";
import { OwnState } from "./own-state.js";

/** What the presence of a channel works with, and whom it tells. */
export interface ChannelPresenceOptions {
  readonly name: string;
  readonly spec: ValueSpec;
  readonly clock: Clock;
  readonly read: ReadState;
  /** The id of this client among the members; `undefined` before the first connection. */
  readonly self: () => string | undefined;
  /** Subscribes to the channel and its members. */
  readonly watch: () => () => void;
  /** Whether anybody subscribes to the channel, for whatever reason. */
  readonly isSubscribed: () => boolean;
  /** Whether the connection is needed may have changed. */
  readonly onNeed: () => void;
  readonly report: (error: unknown) => void;
}

/** Who is on one channel. */
export class ChannelPresence {
  private readonly options: ChannelPresenceOptions;
  private readonly roster: Members;
  private readonly own: OwnState;
  private uplink: Uplink | undefined;
  private isRefreshing = false;
  private readonly listeners = new Set<() => void>();
  private readonly byMember = new Map<string, Set<() => void>>();
  private watchers = 0;
  private holders = 0;
  private unwatch: () => void = nothing;

  constructor(options: ChannelPresenceOptions) {
    this.options = options;
    this.roster = new Members(options.read);
    this.own = new OwnState({ channel: options.name, clock: options.clock, onNeed: options.onNeed });
  }

  get isKnown(): boolean {
    return this.roster.isKnown;
  }

  get members(): readonly AnyMember[] {
    return this.roster.list;
  }

  get memberIds(): readonly string[] {
    return this.roster.ids;
  }

  get self(): AnyMember | undefined {
    const id = this.options.self();
    return id === undefined ? undefined : this.roster.get(id);
  }

  /** Whether the connection is needed for it. */
  get isActive(): boolean {
    return this.own.isActive;
  }

  // Arrow functions, because bindings hand them out by themselves.
  readonly member = (id: string): AnyMember | undefined => this.roster.get(id);

  readonly set = (state: unknown): Promise<void> => {
    const { name, spec } = this.options;
    const issues = payloadIssues(spec, state);
    if (issues.length > 0) throw new PayloadError(name, "presence", issues);
    return this.own.set(state);
  };

  readonly leave = (): void => this.own.leave();

  readonly subscribe = (listener: () => void): (() => void) => this.listen(this.listeners, listener);

  readonly subscribeMember = (id: string, listener: () => void): (() => void) => {
    const listeners = this.byMember.get(id) ?? new Set();
    this.byMember.set(id, listeners);
    const off = this.listen(listeners, listener);
    return () => {
      off();
      if (listeners.size === 0 && this.byMember.get(id) === listeners) this.byMember.delete(id);
    };
  };

  /** What is shown from here on is shown for somebody: when the last one lets go, this client leaves, unless somebody comes at once. */
  readonly hold = (): (() => void) => {
    this.holders += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.holders -= 1;
      this.options.clock.after(GRACE, () => this.holders === 0 && this.leave());
    };
  };

  /** Takes a frame of the server's. */
  accept(fields: Fields): void {
    const wasKnown = this.isKnown;
    const outcome = this.roster.take(fields);
    if (Array.isArray(fields["members"])) this.isRefreshing = false;
    if (outcome === "refresh") this.refresh();
    else this.tell(outcome, this.isKnown !== wasKnown);
  }

  up(uplink: Uplink): void {
    this.uplink = uplink;
    this.own.up(uplink);
  }

  /** The connection is gone. `final`: for good, or it is another user's from now on. */
  down(final: RefusedError | undefined): void {
    this.uplink = undefined;
    this.isRefreshing = false;
    this.roster.forget();
    this.own.down();
    if (final !== undefined) this.own.end(final);
  }

  /** The channel was left. `error`: because the server refuses it. */
  left(error: RefusedError | undefined): void {
    this.tell(this.roster.clear());
    if (error === undefined) this.own.again();
    else this.own.end(error);
  }

  private refresh(): void {
    if (this.isRefreshing || this.uplink === undefined) return;
    this.isRefreshing = true;
    const { uplink } = this;
    const members = JSON.stringify({ type: "presence", channel: this.options.name, refresh: true }).slice(1, -1);
    const onReply = (reply: unknown): void => {
      // The next change asks once more.
      if (reply instanceof Error && uplink === this.uplink) this.isRefreshing = false;
    };
    uplink.send([{ members, onReply }]);
  }

  private listen(listeners: Set<() => void>, listener: () => void): () => void {
    // A wrapper of its own for each call, so that one function subscribed twice is called twice and leaves once.
    const entry = (): void => listener();
    if (this.watchers === 0) this.unwatch = this.options.watch();
    this.watchers += 1;
    listeners.add(entry);
    return () => {
      if (!listeners.delete(entry)) return;
      this.watchers -= 1;
      if (this.watchers > 0) return;
      this.unwatch();
      // Who comes back later must not see who was there long ago; the channel is left by then, unless somebody else wants it.
      this.options.clock.after(2 * GRACE, () => this.watchers === 0 && !this.options.isSubscribed() && this.roster.clear());
    };
  }

  private tell(touched: ReadonlySet<string>, isNews = false): void {
    if (touched.size === 0 && !isNews) return;
    for (const id of touched) this.call(this.byMember.get(id));
    this.call(this.listeners);
  }

  private call(listeners: ReadonlySet<() => void> = new Set()): void {
    for (const listener of [...listeners]) guarded(listener, undefined, this.options.report);
  }
}

function nothing(): void {
  // Nobody watches yet.
}
