/** One channel of one tab: what the leader hands round, from this tab's own position on. */

import { backoff } from "../backoff.js";
import { RefusedError } from "../errors.js";
import { type Fields, parseObject } from "../frames.js";
import type { HistoryQuery, Page } from "../history.js";
import type { Clock } from "../platform.js";
import type { Wanted } from "./messages.js";
import { MEMORY, type OwnEvents } from "./own-events.js";

/** More frames than this are not held while a tab catches up: the pages bring their events again. */
const MAX_HELD = 1000;

/** How many stored events one request fetches. */
const PAGE = 500;

/** A frame of a channel. */
export interface Item {
  readonly kind: string;
  readonly text: string;
  /** Whether a tab of this browser published the event. */
  readonly isOurs: boolean;
}

/** What a pipe works with, and whom it tells. */
export interface PipeOptions {
  readonly clock: Clock;
  readonly own: OwnEvents;
  readonly page: (query: HistoryQuery) => Promise<Page>;
  /** The session that all tabs share; its name is the origin of what they publish. */
  readonly origin: string;
  /** One frame for this tab. */
  readonly emit: (frame: object | string) => void;
  /** The channel is not to be had after all. */
  readonly onRefused: (error: RefusedError) => void;
}

/** The frames of a channel on their way to this tab. */
export class Pipe {
  private readonly options: PipeOptions;
  private queue: Item[] = [];
  private isJoining = false;
  /** Frames were given up while pages came, so the pages must reach further. */
  private again = false;
  /** Stored events up to this number came with a page already. */
  private floor: number | undefined;
  private isClosed = false;
  private failures = 0;
  private cancelTimer: () => void = nothing;

  constructor(options: PipeOptions) {
    this.options = options;
  }

  /** The others are at `position`. Brings this tab from its own one to where they are. */
  join({ name, cursor, last }: Wanted, position: string): void {
    const subscribed = (at: string): void => this.options.emit({ type: "subscribed", channel: name, outcome: cursor === undefined ? "fresh" : "resumed", cursor: at });
    if (cursor === position) return subscribed(position);
    this.isJoining = true;
    void this.catchUp(name, cursor, last, subscribed);
  }

  take(item: Item): void {
    // A position of the others may lie before what the pages brought.
    if (item.kind === "position" && (this.isJoining || this.floor !== undefined)) return;
    if (this.isJoining && (this.queue.length >= MAX_HELD || item.kind === "gap")) {
      // What is held proves nothing any more; a page says what is missing behind this tab's own position.
      this.queue = [];
      this.again = true;
      if (item.kind === "gap") return;
    }
    this.queue.push(item);
    this.pump();
  }

  /** Hands on what can be handed on; told when an acknowledgement came that may decide whose an event is. */
  pump(): void {
    while (!this.isJoining && !this.isClosed) {
      const item = this.queue[0];
      if (item === undefined || !this.pass(item)) return;
      this.queue.shift();
    }
  }

  close(): void {
    this.isClosed = true;
    this.cancelTimer();
  }

  /** Hands one frame on, or not at all. `false` while it is not known whether this tab wants it. */
  private pass({ kind, text, isOurs }: Item): boolean {
    if (this.floor === undefined && !isOurs) {
      this.options.emit(text);
      return true;
    }
    const frame = parseObject(text) ?? {};
    // After a gap numbers may begin anew.
    if (kind === "gap") this.floor = undefined;
    if (typeof frame["number"] === "number" && this.floor !== undefined) {
      if (frame["number"] <= this.floor) return true;
      this.floor = undefined;
    }
    return this.hand(frame, isOurs);
  }

  private hand(frame: Fields, isOurs: boolean): boolean {
    if (!isOurs) return this.give(frame);
    const verdict = this.options.own.judge(frame);
    // What is left out moves this tab's position all the same.
    if (verdict === "excluded") return typeof frame["id"] !== "string" || this.give({ type: "position", channel: frame["channel"], cursor: frame["id"] });
    if (verdict === "unknown") {
      this.cancelTimer();
      this.cancelTimer = this.options.clock.after(MEMORY, () => this.pump());
      return false;
    }
    const { origin, ...rest } = frame;
    // Without a name of its own on the wire, this tab is the empty one.
    return this.give(verdict === "own" ? { ...rest, origin: "" } : rest);
  }

  private give(frame: Fields): true {
    this.options.emit(frame);
    return true;
  }

  private async catchUp(channel: string, from: string | undefined, last: number | undefined, subscribed: (at: string) => void): Promise<void> {
    const begins = from === undefined;
    let cursor = from;
    let isFirst = true;
    while (!this.isClosed) {
      this.again = false;
      let page: Page;
      try {
        page = await this.options.page(cursor === undefined ? { limit: last ?? 1 } : { limit: PAGE, after: cursor });
      } catch (error) {
        if (this.isClosed) return;
        if (error instanceof RefusedError && error.retry === "never") return this.options.onRefused(error);
        await this.pause();
        continue;
      }
      if (this.isClosed) return;
      this.failures = 0;
      const { gap, number } = page;
      if (gap !== undefined) this.options.emit({ type: "gap", channel, reason: gap.reason, from: cursor ?? null, cursor: page.cursor, ...(gap.missed === undefined ? {} : { missed: gap.missed }) });
      else if (isFirst) subscribed(cursor ?? page.cursor);
      // Who begins with what comes next needs the page for its position alone.
      if (!begins || last !== undefined || !isFirst) for (const event of page.events) this.replay(event, this.options.origin);
      isFirst = false;
      cursor = page.cursor;
      const newest = number ?? page.events.at(-1)?.number ?? undefined;
      if (newest !== undefined) this.floor = newest;
      if (!this.again && (page.events.length === 0 || begins || this.meets())) break;
    }
    this.isJoining = false;
    this.pump();
  }

  private replay(event: Page["events"][number], origin: string): void {
    // A page that meets an event which is still under way: what nobody knows yet is taken for another's.
    if (!this.hand({ ...event }, event.origin === origin)) this.give({ ...event, origin: undefined });
  }

  private meets(): boolean {
    const first = this.queue.map(({ text }) => parseObject(text)?.["number"]).find((number) => typeof number === "number");
    return first !== undefined && this.floor !== undefined && first <= this.floor + 1;
  }

  private pause(): Promise<void> {
    const { clock } = this.options;
    const delay = backoff(this.failures, clock.random());
    this.failures += 1;
    return new Promise((resolve) => {
      this.cancelTimer = clock.after(delay, resolve);
    });
  }
}

function nothing(): void {
  // No timer is armed.
}
