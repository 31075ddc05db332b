/** What the application subscribes to: channels with their listeners and cursors. Knows nothing of connections. */

import { CatchUp } from "./catch-up.js";
import { ChannelLimitError, type RefusedError } from "./errors.js";
import type { ChannelFrame, EventFrame, GapFrame, SubscribedFrame } from "./frames.js";
import type { HistoryQuery, Page } from "./history.js";
import type { AnyEvent, Intake } from "./intake.js";
import { guarded, News } from "./news.js";
import type { Clock } from "./platform.js";
import { covers } from "./roster.js";
import type { ChannelRequest } from "./transport.js";

/** A connection carries no more channels than this. */
export const MAX_CHANNELS = 100;

/** How long a channel without listeners is kept, in milliseconds, so that a double mount or a hot reload costs nothing. */
export const GRACE = 100;

/** The most stored events that a beginning can ask for. */
const MAX_LAST = 1000;

/** How many stored events one request fetches for a listener that catches up. */
const PAGE = 500;

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

/** A channel that the server refuses. */
export interface Denied {
  /** The name of the channel. */
  readonly channel: string;
  /** Why. */
  readonly error: RefusedError;
}

/** Where a listener begins, other than with what comes next. */
export interface Start {
  /** After this cursor. */
  readonly after?: string | undefined;
  /** With this many stored events. */
  readonly last?: number | undefined;
}

/** A channel that this client gets events of. */
export interface SubscribedChannel {
  /** The name of the channel. */
  readonly name: string;
  /** Who subscribed to it: this client, or the service for it. */
  readonly by: "client" | "server";
}

/** A right that the service took away. */
export interface Revoked {
  /** The name of the channel. */
  readonly channel: string;
  /** Until when, by the server's clock, in milliseconds since 1970; absent where it was not said. */
  readonly until?: number;
}

/** Somebody who wants the events of one channel; all of them, or those of one name. */
export interface Listener {
  readonly event: string | undefined;
  readonly call: (event: AnyEvent) => void;
  /** Whether the members are wanted, too. */
  readonly presence?: boolean;
}

/** The event of who wants none: a filter names at least one, and nothing else is called so. */
export const NO_EVENT = "no.event";

/** What the registry works with, and whom it tells. */
export interface SubscriptionsOptions {
  readonly intake: Intake;
  readonly clock: Clock;
  /** The set of channels may have changed. */
  readonly onChange: () => void;
  /** A page of a channel's stored events. */
  readonly page: (channel: string, query: HistoryQuery) => Promise<Page>;
  /** An error of the application's own code. */
  readonly report: (error: unknown) => void;
}

/** One channel that is, or was just now, subscribed. */
interface Entry {
  readonly name: string;
  /** Empty while nobody listens. */
  pattern: string;
  /** Whether the service subscribed to it. */
  isByServer: boolean;
  readonly listeners: Set<Listener>;
  /** Those of them that are on their way from a cursor of their own. */
  readonly catchUps: Map<Listener, CatchUp>;
  /** Whether delivery has begun: from then on nothing stored is missed without a gap. */
  live: boolean;
  /** Where to continue. */
  cursor: string | undefined;
  /** Whether that is what the application said, and no server has accepted it yet. */
  isGiven: boolean;
  /** How many stored events a beginning without a cursor asks for. */
  readonly last: number | undefined;
  /** The events that the server is known to send; `undefined` for all, `false` while nothing is known. */
  sent: readonly string[] | undefined | false;
  /** Why the server refuses the channel, if it does. Then it is not asked for again before somebody new listens. */
  denied: RefusedError | undefined;
  /** The number of the last event handed out, for telling repeated ones. A cursor is opaque, so it cannot serve. */
  lastNumber: number | undefined;
  /** Cancels the removal of an entry that lost its last listener. */
  cancelRemoval: () => void;
}

/** The registry of subscriptions, one entry per channel name however many listeners there are. */
export class Subscriptions {
  private readonly options: SubscriptionsOptions;
  private readonly entries = new Map<string, Entry>();
  /** Events of a channel may be missing. */
  readonly gaps: News<Gap>;
  /** A subscription begins without a hole. */
  readonly beginnings: News<Subscribed>;
  /** A channel is refused for good. */
  readonly denials: News<Denied>;
  /** A right was taken away. */
  readonly revocations: News<Revoked>;

  constructor(options: SubscriptionsOptions) {
    this.options = options;
    this.gaps = new News(options.report);
    this.beginnings = new News(options.report);
    this.denials = new News(options.report);
    this.revocations = new News(options.report);
  }

  /** The channels to be connected to, with their cursors. */
  wanted(): readonly ChannelRequest[] {
    const all = [...this.entries.values()].filter(({ denied }) => denied === undefined);
    // Channels in their grace give way when there are too many.
    const kept = all.length > MAX_CHANNELS ? all.filter(isUsed) : all;
    return kept.map((entry) => {
      const { name, cursor, isGiven, last, isByServer } = entry;
      return { name, cursor, isGiven, last, isByServer, events: eventsOf(entry), presence: [...entry.listeners].some(({ presence }) => presence), token: entry };
    });
  }

  /** The channels that this client gets events of. */
  get channels(): readonly SubscribedChannel[] {
    const all = [...this.entries.values()].filter((entry) => isUsed(entry) && entry.denied === undefined);
    return all.map(({ name, listeners }) => ({ name, by: listeners.size > 0 ? "client" : "server" }));
  }

  /** Whether anybody listens to a channel, or did just now. */
  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** Asks again for a channel that was refused. */
  retry(name: string): void {
    const entry = this.entries.get(name);
    if (entry?.denied === undefined) return;
    entry.denied = undefined;
    this.options.onChange();
  }

  /** Why the server refuses a channel that somebody listens to. */
  denied(name: string): RefusedError | undefined {
    return this.entries.get(name)?.denied;
  }

  /**
   * Adds a listener to a channel; the answer removes it.
   *
   * @throws {@link ChannelLimitError} if this would be one channel more than a connection carries.
   * @throws RangeError if `last` is not a whole number from 1 to 1000.
   */
  listen(pattern: string, name: string, listener: Listener, { after, last }: Start): () => void {
    if (last !== undefined && !(Number.isInteger(last) && last >= 1 && last <= MAX_LAST)) throw new RangeError(`\`last\` is ${last}; it is a whole number from 1 to ${MAX_LAST}`);
    const known = this.entries.get(name);
    if (known === undefined && this.used() >= MAX_CHANNELS) throw new ChannelLimitError(MAX_CHANNELS);
    const entry = known ?? this.enter(pattern, name, after, after === undefined ? last : undefined);
    entry.cancelRemoval();
    entry.pattern = pattern;
    entry.listeners.add(listener);
    // Somebody new may be allowed what others were not, and asks again.
    entry.denied = undefined;
    // Before the change is acted upon: where nobody else listens, or the server sends these events already, the subscription itself begins there.
    const isServed = known === undefined || (entry.live && isSent(entry, listener));
    this.options.onChange();
    if (after !== undefined ? after !== entry.cursor || !isServed : last !== undefined && !isBeginning(entry, last)) this.catchUp(entry, listener, after, last);
    return () => this.leave(entry, listener);
  }

  /** Takes one frame from the connection. */
  accept(frame: ChannelFrame): void {
    const entry = this.entries.get(frame.channel) ?? this.given(frame);
    if (entry === undefined) return;
    if (frame.type !== "unsubscribed" && "isByServer" in frame) Object.assign(entry, { isByServer: true, sent: undefined });
    if (frame.type === "event") this.event(entry, frame);
    else if (frame.type === "position") entry.cursor = frame.cursor;
    else if (frame.type === "gap") this.gap(entry, frame);
    else if (frame.type === "subscribed") this.subscribed(entry, frame);
    else if (frame.type === "unsubscribed") this.take(entry);
  }

  /** The service subscribed to a channel that nobody here knows. */
  private given(frame: ChannelFrame): Entry | undefined {
    return (frame.type === "subscribed" || frame.type === "gap") && frame.isByServer === true ? this.enter("", frame.channel, undefined, undefined) : undefined;
  }

  /** The service subscribed to it, and does not any more. */
  private take(entry: Entry): void {
    entry.isByServer = false;
    if (entry.listeners.size === 0) this.entries.delete(entry.name);
  }

  /** The connection is gone, and with it what the server is known to send. */
  down(): void {
    for (const entry of this.entries.values()) entry.sent = false;
  }

  /** From here on the server sends these events of a channel. */
  filtered(name: string, events: readonly string[] | undefined): void {
    const entry = this.entries.get(name);
    if (entry === undefined) return;
    entry.sent = events;
    if (entry.live) this.startCatchUps(entry);
  }

  /** The server refuses a channel for good. */
  deny(name: string, error: RefusedError): void {
    const entry = this.entries.get(name);
    if (entry === undefined) return;
    // What the service gave for a time was its own to take back.
    if (entry.isByServer) this.take(entry);
    if (!this.entries.has(name)) return;
    entry.denied = error;
    entry.live = false;
    this.denials.tell(name, { channel: name, error });
  }

  private enter(pattern: string, name: string, after: string | undefined, last: number | undefined): Entry {
    const entry: Entry = {
      ...{ name, pattern, isByServer: false, last, listeners: new Set<Listener>(), catchUps: new Map<Listener, CatchUp>(), cursor: after },
      ...{ isGiven: after !== undefined, live: false, sent: false as const, denied: undefined, lastNumber: undefined, cancelRemoval: nothing },
    };
    this.entries.set(name, entry);
    return entry;
  }

  private used(): number {
    let count = 0;
    for (const entry of this.entries.values()) if (isUsed(entry)) count += 1;
    return count;
  }

  private catchUp(entry: Entry, listener: Listener, after: string | undefined, last: number | undefined): void {
    const { clock, page } = this.options;
    const { name: channel } = entry;
    const catchUp = new CatchUp(after, {
      clock,
      page: (cursor) => page(channel, cursor === undefined ? { limit: last } : { limit: PAGE, after: cursor }),
      read: (frame) => this.read(entry, frame),
      deliver: (event) => this.deliver(entry, listener, event),
      onGap: (gap, from, cursor) => this.gaps.tell(channel, { channel, ...gap, from, cursor }),
      onDone: () => entry.catchUps.delete(listener),
    });
    entry.catchUps.set(listener, catchUp);
    if (entry.live) this.startCatchUps(entry);
  }

  /** Begins with those for whom the server sends what happens meanwhile: what they do not hold must still be in the pages. */
  private startCatchUps(entry: Entry): void {
    for (const [listener, catchUp] of entry.catchUps) if (isSent(entry, listener)) catchUp.start();
  }

  /** The subscription has an outcome: whoever wanted to begin where it was asked to gets everything from it, if the server sends its events. */
  private spareCatchUps(entry: Entry): void {
    for (const [listener, catchUp] of entry.catchUps) if (catchUp.waitsAt(entry.cursor) && isSent(entry, listener)) entry.catchUps.delete(listener);
  }

  private leave(entry: Entry, listener: Listener): void {
    entry.catchUps.get(listener)?.stop();
    entry.catchUps.delete(listener);
    if (!entry.listeners.delete(listener) || entry.listeners.size > 0) return;
    entry.cancelRemoval();
    entry.cancelRemoval = this.options.clock.after(GRACE, () => {
      if (entry.isByServer) return;
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
    const event = entry.listeners.size === 0 ? undefined : this.read(entry, frame);
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
    if ((listener.event === undefined || listener.event === event.event) && entry.listeners.has(listener)) guarded(listener.call, event, this.options.report);
  }

  private gap(entry: Entry, { channel, reason, from, cursor, missed }: GapFrame): void {
    this.spareCatchUps(entry);
    entry.cursor = cursor;
    // After a gap numbers may begin anew, so nothing tells a repeated event; the server starts after the hole.
    entry.lastNumber = undefined;
    this.begin(entry, true);
    const gap: Gap = missed === undefined ? { channel, reason, from, cursor } : { channel, reason, from, cursor, missed };
    this.gaps.tell(channel, gap);
  }

  private subscribed(entry: Entry, { channel, outcome, cursor }: SubscribedFrame): void {
    if (outcome === "resumed") this.spareCatchUps(entry);
    entry.cursor = cursor;
    if (outcome === "fresh") entry.lastNumber = undefined;
    this.begin(entry, outcome === "fresh");
    this.beginnings.tell(channel, { channel, outcome, cursor });
  }

  /** Delivery begins, or begins anew, for those who are catching up. */
  private begin(entry: Entry, anew: boolean): void {
    entry.live = true;
    entry.isGiven = false;
    if (anew) for (const catchUp of entry.catchUps.values()) catchUp.restart();
    this.startCatchUps(entry);
  }
}

/** What the listeners want together. Nothing is known of a channel that lost its last one, and it goes soon. */
function eventsOf({ listeners }: Entry): readonly string[] | undefined {
  const names = new Set<string>();
  for (const { event } of listeners) {
    if (event === undefined) return undefined;
    names.add(event);
  }
  if (names.size > 1) names.delete(NO_EVENT);
  return [...names].sort();
}

/** Whether somebody listens, or the service wants it. */
function isUsed({ listeners, isByServer }: Entry): boolean {
  return listeners.size > 0 || isByServer;
}

/** Whether the server is known to send what a listener wants. */
function isSent({ sent }: Entry, { event }: Listener): boolean {
  return sent !== false && covers(sent, event === undefined ? undefined : [event]);
}

/** Whether a subscription that has not begun yet brings this many stored events by itself. */
function isBeginning({ live, cursor, last }: Entry, wanted: number): boolean {
  return !live && cursor === undefined && last !== undefined && last >= wanted;
}

function nothing(): void {
  // An entry with listeners is not being removed.
}
