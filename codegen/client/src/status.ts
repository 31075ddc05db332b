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
export const initialStatus: StatusSnapshot = Object.freeze({
  status: "connecting",
  reason: { name: "idle", message: "the connection opens with the first subscription" },
  since: 0,
});

/** Holds the status and tells listeners about changes. */
export class StatusStore implements StatusSource {
  private current = initialStatus;
  private readonly listeners = new Set<() => void>();
  private readonly report: (error: unknown) => void;

  constructor(report: (error: unknown) => void) {
    this.report = report;
  }

  // Arrow functions, because bindings pass them on without their object.
  readonly get = (): StatusSnapshot => this.current;

  readonly subscribe = (listener: () => void): (() => void) => {
    // A wrapper of its own for each call, so that one function subscribed twice is called twice and leaves once.
    const entry = (): void => listener();
    this.listeners.add(entry);
    return () => {
      this.listeners.delete(entry);
    };
  };

  /** Enters a state. Does nothing if it is the current one for the same reason. */
  set(status: Status, reason: StatusReason | undefined, now: number): void {
    const { status: before, reason: why, since } = this.current;
    if (before === status && why?.name === reason?.name && why?.message === reason?.message) return;
    const at = before === status && since !== 0 ? since : now;
    this.current = Object.freeze(reason === undefined ? { status, since: at } : { status, reason, since: at });
    for (const listener of [...this.listeners]) {
      try {
        listener();
      } catch (error) {
        this.report(error);
      }
    }
  }
}
