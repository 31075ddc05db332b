/** What the application subscribes to: channels with their listeners and cursors. Knows nothing of connections. */

import { CatchUp } from "./catch-up.js";
import { ChannelLimitError } from "./errors.js";
import type { ChannelFrame, EventFrame, GapFrame, SubscribedFrame } from "./frames.js";
import type { Page } from "./history.js";
import type { AnyEvent, Intake } from "./intake.js";
import type { Clock } from "./platform.js";
import type { ChannelRequest } from "./transport.js";

/** More channels than this do not fit in one request. */
export const MAX_CHANNELS = 32;

/** How long a channel without listeners is kept, in milliseconds, so that a double mount or a hot reload costs nothing. */
export const GRACE = 100;

/** Why events may be missing. */
export interface Gap {
  /** The name of the channel. */
  readonly channel: string;
  /** What happened: one of `gapReasons`, or a reason of a later version. */
  readonly reason: string;
  /** The last good cursor; `null` where none was understood. */
  readonly from: string | null;
  /** Where delivery continues. */
  readonly cursor: string;
  /** How many events are lost; absent where nobody can know. */
  readonly missed?: number;
}

/** How a subscription began. */
export interface Subscribed {
  /** The name of the channel. */
  readonly channel: string;
  /** `fresh`: delivery starts now. `resumed`: everything since the last cursor follows, and nothing is missing. */
  readonly outcome: "fresh" | "resumed";
  /** Where delivery starts. */
  readonly cursor: string;
}

/** Somebody who wants the events of one channel; all of them, or those of one name. */
export interface Listener {
  readonly event: string | undefined;
  readonly call: (event: AnyEvent) => void;
}

/** What the registry works with, and whom it tells. */
export interface SubscriptionsOptions {
  readonly intake: Intake;
  readonly clock: Clock;
  /** The set of channels may have changed. */
  readonly onChange: () => void;
  /** The page of a channel's stored events after a cursor. */
  readonly page: (channel: string, after: string) => Promise<Page>;
  /** An error of the application's own code. */
  readonly report: (error: unknown) => void;
}

/** One channel that is, or was just now, subscribed. */
interface Entry {
  readonly name: string;
  readonly pattern: string;
  readonly listeners: Set<Listener>;
  /** Those of them that are on their way from a cursor of their own. */
  readonly catchUps: Map<Listener, CatchUp>;
  /** Whether delivery has begun: from then on nothing stored is missed without a gap. */
  live: boolean;
  /** Where to continue. */
  cursor: string | undefined;
  /** The number of the last event handed out, for telling repeated ones. A cursor is opaque, so it cannot serve. */
  lastNumber: number | undefined;
  /** Cancels the removal of an entry that lost its last listener. */
  cancelRemoval: () => void;
}

/** The registry of subscriptions, one entry per channel name however many listeners there are. */
export class Subscriptions {
  private readonly options: SubscriptionsOptions;
  private readonly entries = new Map<string, Entry>();
  private readonly gapHandlers = new Map<string | undefined, Set<(gap: Gap) => void>>();
  private readonly subscribedHandlers = new Map<string | undefined, Set<(subscribed: Subscribed) => void>>();

  constructor(options: SubscriptionsOptions) {
    this.options = options;
  }

  /** The channels to be connected to, with their cursors. */
  wanted(): readonly ChannelRequest[] {
    const all = [...this.entries.values()];
    // Channels in their grace give way when there are too many.
    const kept = all.length > MAX_CHANNELS ? all.filter(({ listeners }) => listeners.size > 0) : all;
    return kept.map(({ name, cursor }) => ({ name, cursor }));
  }

  /**
   * Adds a listener to a channel; the answer removes it.
   *
   * @throws {@link ChannelLimitError} if this would be one channel more than a connection carries.
   */
  listen(pattern: string, name: string, listener: Listener, after: string | undefined): () => void {
    const entry = this.entries.get(name) ?? this.enter(pattern, name, after);
    entry.cancelRemoval();
    entry.listeners.add(listener);
    if (after !== undefined && after !== entry.cursor) this.catchUp(entry, listener, after);
    return () => this.leave(entry, listener);
  }

  /** Calls `handler` for each gap of one channel, or of any where `name` is `undefined`. The answer stops that. */
  onGap(name: string | undefined, handler: (gap: Gap) => void): () => void {
    return register(this.gapHandlers, name, handler);
  }

  /** Calls `handler` each time that a subscription begins without a hole. The answer stops that. */
  onSubscribed(name: string | undefined, handler: (subscribed: Subscribed) => void): () => void {
    return register(this.subscribedHandlers, name, handler);
  }

  /** Takes one frame from the connection. */
  accept(frame: ChannelFrame): void {
    const entry = this.entries.get(frame.channel);
    if (entry === undefined) return;
    if (frame.type === "event") this.event(entry, frame);
    else if (frame.type === "gap") this.gap(entry, frame);
    else this.subscribed(entry, frame);
  }

  private enter(pattern: string, name: string, after: string | undefined): Entry {
    if (this.used() >= MAX_CHANNELS) throw new ChannelLimitError(MAX_CHANNELS);
    const entry: Entry = { name, pattern, listeners: new Set(), catchUps: new Map(), live: false, cursor: after, lastNumber: undefined, cancelRemoval: nothing };
    this.entries.set(name, entry);
    this.options.onChange();
    return entry;
  }

  private used(): number {
    let count = 0;
    for (const { listeners } of this.entries.values()) if (listeners.size > 0) count += 1;
    return count;
  }

  private catchUp(entry: Entry, listener: Listener, after: string): void {
    const { clock, page } = this.options;
    const { name: channel } = entry;
    const catchUp = new CatchUp(after, {
      clock,
      page: (cursor) => page(channel, cursor),
      read: (frame) => this.read(entry, frame),
      deliver: (event) => this.deliver(entry, listener, event),
      onGap: (gap, from, cursor) => this.tell(this.gapHandlers, channel, { channel, ...gap, from, cursor }),
      onDone: () => entry.catchUps.delete(listener),
    });
    entry.catchUps.set(listener, catchUp);
    if (entry.live) catchUp.start();
  }

  private leave(entry: Entry, listener: Listener): void {
    entry.catchUps.get(listener)?.stop();
    entry.catchUps.delete(listener);
    if (!entry.listeners.delete(listener) || entry.listeners.size > 0) return;
    entry.cancelRemoval();
    entry.cancelRemoval = this.options.clock.after(GRACE, () => {
      // The cursor goes with the entry: who comes back later begins afresh, as the documentation says.
      this.entries.delete(entry.name);
      this.options.onChange();
    });
  }

  private event(entry: Entry, frame: EventFrame): void {
    const { intake } = this.options;
    if (frame.number !== null) {
      if (entry.lastNumber !== undefined && frame.number <= entry.lastNumber) {
        intake.counters.duplicate += 1;
        return;
      }
      entry.lastNumber = frame.number;
    }
    // Before any handler runs: whatever happens in one, the event has been handed out.
    if (frame.id !== null) entry.cursor = frame.id;
    const event = this.read(entry, frame);
    if (event === undefined) return;
    for (const listener of [...entry.listeners]) {
      const catchUp = entry.catchUps.get(listener);
      if (catchUp === undefined) this.deliver(entry, listener, event);
      else catchUp.take(event);
    }
  }

  private read(entry: Entry, frame: EventFrame): AnyEvent | undefined {
    try {
      return this.options.intake.read(entry.pattern, frame);
    } catch (error) {
      this.options.report(error);
      return undefined;
    }
  }

  private deliver(entry: Entry, listener: Listener, event: AnyEvent): void {
    // An earlier listener may have removed this one.
    if ((listener.event === undefined || listener.event === event.event) && entry.listeners.has(listener)) this.call(listener.call, event);
  }

  private gap(entry: Entry, { channel, reason, from, cursor, missed }: GapFrame): void {
    entry.cursor = cursor;
    // After a gap numbers may begin anew, so nothing tells a repeated event; the server starts after the hole.
    entry.lastNumber = undefined;
    begin(entry, true);
    const gap: Gap = missed === undefined ? { channel, reason, from, cursor } : { channel, reason, from, cursor, missed };
    this.tell(this.gapHandlers, channel, gap);
  }

  private subscribed(entry: Entry, { channel, outcome, cursor }: SubscribedFrame): void {
    entry.cursor = cursor;
    if (outcome === "fresh") entry.lastNumber = undefined;
    begin(entry, outcome === "fresh");
    this.tell(this.subscribedHandlers, channel, { channel, outcome, cursor });
  }

  private tell<News>(handlers: ReadonlyMap<string | undefined, ReadonlySet<(news: News) => void>>, name: string, news: News): void {
    for (const handler of [...(handlers.get(name) ?? []), ...(handlers.get(undefined) ?? [])]) this.call(handler, news);
  }

  /** Runs a handler of the application. What it throws is reported and starves nobody. */
  private call<News>(handler: (news: News) => void, news: News): void {
    try {
      handler(news);
    } catch (error) {
      this.options.report(error);
    }
  }
}

/** Delivery begins, or begins anew, for those who are catching up. */
function begin(entry: Entry, anew: boolean): void {
  entry.live = true;
  for (const catchUp of entry.catchUps.values()) {
    if (anew) catchUp.restart();
    catchUp.start();
  }
}

function register<Fn extends (news: never) => void>(all: Map<string | undefined, Set<Fn>>, name: string | undefined, handler: Fn): () => void {
  const handlers = all.get(name) ?? new Set();
  all.set(name, handlers);
  // A wrapper of its own for each call, so that one function registered twice is called twice and leaves once.
  const entry = ((news: never) => handler(news)) as Fn;
  handlers.add(entry);
  return () => {
    handlers.delete(entry);
    if (handlers.size === 0 && all.get(name) === handlers) all.delete(name);
  };
}

function nothing(): void {
  // An entry with listeners is not being removed.
}
