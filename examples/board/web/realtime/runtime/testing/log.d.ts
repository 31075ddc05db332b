/** What a channel of the test's server stores, and what a position in it means. */
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
    readonly gap?: {
        readonly reason: string;
        readonly missed?: number;
    };
    /** The position before the first event of `events`. */
    readonly cursor: string;
    /** What follows that position. */
    readonly events: readonly Stored[];
}
/** The stored events of one channel. */
export declare class Log {
    private readonly events;
    private epoch;
    private last;
    /** The position after the newest event. */
    get cursor(): string;
    /** The number of the newest event. */
    get number(): number;
    /** The place of the next event. */
    next(): {
        readonly id: string;
        readonly number: number;
    };
    store(stored: Stored): void;
    /** Forgets all but the newest events. */
    trim(kept: number): void;
    /** Counts events that nobody can have. */
    lose(count: number): void;
    /** Begins anew. */
    restart(): void;
    /** What follows a cursor. `undefined` if it is not one. */
    after(cursor: string): Beginning | undefined;
    /** The newest events. */
    newest(count: number): Beginning;
    /** The last events before a cursor. `undefined` if it is not one. */
    before(cursor: string, limit: number): Beginning | undefined;
    private cursorOf;
}
/** The number of the last event that a cursor covers. `undefined` if it is not a cursor. */
export declare function numberOf(cursor: string): number | undefined;
