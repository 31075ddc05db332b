/** What a channel of the test's server stores, and what a position in it means. */

/** How many events a channel keeps, as a real one does unless its contract says otherwise. */
const KEPT = 1000;

/** An event as it is stored and delivered. */
export interface LogEntry {
  readonly channel: string;
  readonly event: string;
  readonly id: string | null;
  readonly number: number | null;
  readonly time: number;
  readonly sender: string | null;
  readonly origin?: string;
  readonly data?: unknown;
}

/** An event, and the connection that does not get it. */
export interface Stored {
  readonly entry: LogEntry;
  readonly excluded: string | undefined;
}

/** Where a subscription begins. */
export interface Beginning {
  /** Why events after the given cursor may be missing, if they may. */
  readonly gap?: { readonly reason: string; readonly missed?: number };
  /** The position before the first event of `events`. */
  readonly cursor: string;
  /** What follows that position. */
  readonly events: readonly Stored[];
}

/** The stored events of one channel. */
export class Log {
  private readonly events: Stored[] = [];
  private epoch = 1;
  private last = 0;

  /** The position after the newest event. */
  get cursor(): string {
    return this.cursorOf(this.last);
  }

  /** The number of the newest event. */
  get number(): number {
    return this.last;
  }

  /** The place of the next event. */
  next(): { readonly id: string; readonly number: number } {
    this.last += 1;
    return { id: this.cursor, number: this.last };
  }

  store(stored: Stored): void {
    this.events.push(stored);
    if (this.events.length > KEPT) this.events.shift();
  }

  /** Forgets all but the newest events. */
  trim(kept: number): void {
    this.events.splice(0, Math.max(0, this.events.length - kept));
  }

  /** Counts events that nobody can have. */
  lose(count: number): void {
    this.last += count;
    this.trim(0);
  }

  /** Begins anew. */
  restart(): void {
    this.epoch += 1;
    this.last = 0;
    this.trim(0);
  }

  /** What follows a cursor. `undefined` if it is not one. */
  after(cursor: string): Beginning | undefined {
    const [, epoch, number] = /^test(\d+)\.(\d+)$/.exec(cursor) ?? [];
    if (epoch === undefined || number === undefined) return undefined;
    const from = Number(number);
    const first = this.last - this.events.length;
    if (Number(epoch) !== this.epoch) return { gap: { reason: "epoch" }, cursor: this.cursorOf(first), events: this.events };
    if (from > this.last) return { gap: { reason: "rollback" }, cursor: this.cursorOf(first), events: this.events };
    if (from < first) return { gap: { reason: "trimmed", missed: first - from }, cursor: this.cursorOf(first), events: this.events };
    return { cursor, events: this.events.slice(from - first) };
  }

  /** The newest events. */
  newest(count: number): Beginning {
    const events = count === 0 ? [] : this.events.slice(-count);
    return { cursor: this.cursorOf(this.last - events.length), events };
  }

  /** The last events before a cursor. `undefined` if it is not one. */
  before(cursor: string, limit: number): Beginning | undefined {
    const [, epoch, number] = /^test(\d+)\.(\d+)$/.exec(cursor) ?? [];
    if (epoch === undefined || number === undefined) return undefined;
    const [from, newest] = [Number(number), this.cursorOf(this.last)];
    if (Number(epoch) !== this.epoch) return { gap: { reason: "epoch" }, cursor: newest, events: [] };
    const events = this.events.filter(({ entry }) => (entry.number ?? 0) < from).slice(-limit);
    if (from > this.last) return { gap: { reason: "rollback" }, cursor: newest, events };
    const missed = from - 1 - (events.at(-1)?.entry.number ?? 0);
    return { ...(missed > 0 && { gap: { reason: "trimmed", missed } }), cursor: newest, events };
  }

  private cursorOf(number: number): string {
    return `test${this.epoch}.${number}`;
  }
}

/** The number of the last event that a cursor covers. `undefined` if it is not a cursor. */
export function numberOf(cursor: string): number | undefined {
  const [, number] = /^test\d+\.(\d+)$/.exec(cursor) ?? [];
  return number === undefined ? undefined : Number(number);
}
