/** What an application can know about its connection. */
/**
 * The state of the connection.
 *
 * - `connecting`: not connected yet; also before the first subscription, which is what opens the connection.
 * - `connected`: every subscribed channel is live.
 * - `degraded`: connected, but the server is late with its heartbeat or with a channel.
 * - `reconnecting`: the connection was lost; another attempt is under way or due.
 * - `offline`: the platform says that there is no network.
 * - `closed`: nothing follows by itself: the server refused for good, or the application closed the client.
 */
export type Status = "connecting" | "connected" | "degraded" | "reconnecting" | "offline" | "closed";
/** Why the status is what it is. */
export interface StatusReason {
    /** A stable name in `snake_case`: one of the wire, such as `denied`, or one of the client, such as `silent` or `network`. */
    readonly name: string;
    /** What happened, for people. The text may change. */
    readonly message: string;
    /** The number of the error on the wire, where the server gave one. */
    readonly code?: number;
    /** What to do about it, where that is known. */
    readonly hint?: string;
}
/** The state of the connection at one moment. The same object as long as nothing changes. */
export interface StatusSnapshot {
    /** The state. */
    readonly status: Status;
    /** Why, where there is more to say than the state itself. */
    readonly reason?: StatusReason;
    /** When the state began, in milliseconds since 1970. `0` before anything happened. */
    readonly since: number;
}
/** The status of a client, readable at any time and observable without a framework. */
export interface StatusSource {
    /** The state at this moment. */
    get(): StatusSnapshot;
    /** Calls back after each change; the answer stops that. */
    subscribe(listener: () => void): () => void;
}
/** The status before the first subscription, and on a server that only renders. */
export declare const initialStatus: StatusSnapshot;
/** Holds the status and tells listeners about changes. */
export declare class StatusStore implements StatusSource {
    private current;
    private readonly listeners;
    private readonly report;
    constructor(report: (error: unknown) => void);
    readonly get: () => StatusSnapshot;
    readonly subscribe: (listener: () => void) => (() => void);
    /** Enters a state. Does nothing if it is the current one for the same reason. */
    set(status: Status, reason: StatusReason | undefined, now: number): void;
}
