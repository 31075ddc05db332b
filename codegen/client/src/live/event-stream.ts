/** The events of a channel as the values of a live query: no loader runs for them. */

import { RefusedError } from "../errors.js";
import type { AnyEvent } from "../intake.js";
import type { Status, StatusReason, StatusSource } from "../status.js";
import type { Subscriptions } from "../subscriptions.js";
import type { Arrival, LiveError, LiveStatus, Source } from "./source.js";

/** What a stream of events works with. */
export interface EventStreamOptions {
  readonly pattern: string;
  readonly name: string;
  readonly subscriptions: Subscriptions;
  readonly connection: StatusSource;
  /** The number of the next value. */
  readonly next: () => number;
}

const STATUSES: { readonly [S in Status]: LiveStatus } = {
  ...{ connecting: "connecting", connected: "open", degraded: "reconnecting", reconnecting: "reconnecting", offline: "reconnecting", closed: "closed" },
};

/** The events of one channel. */
export class EventStream implements Source {
  latest: Arrival | undefined;
  private readonly options: EventStreamOptions;
  private reason: StatusReason | undefined;
  private closed: LiveError | undefined;

  constructor(options: EventStreamOptions) {
    this.options = options;
  }

  get status(): LiveStatus {
    return this.denied === undefined ? STATUSES[this.options.connection.get().status] : "closed";
  }

  get error(): LiveError | undefined {
    const { status, reason } = this.options.connection.get();
    if (this.denied !== undefined || status !== "closed" || reason === undefined) return this.denied;
    if (reason !== this.reason) this.closed = new RefusedError(reason, "never");
    this.reason = reason;
    return this.closed;
  }

  listen(changed: () => void): () => void {
    const { pattern, name, subscriptions, connection, next } = this.options;
    const call = (event: AnyEvent): void => {
      this.latest = { number: next(), data: event.data, event: [event] };
      changed();
    };
    const offs = [
      subscriptions.listen(pattern, name, { event: undefined, call }, {}),
      connection.subscribe(changed),
      subscriptions.denials.on(name, changed),
      subscriptions.beginnings.on(name, changed),
      subscriptions.gaps.on(name, changed),
    ];
    return () => offs.forEach((off) => off());
  }

  reload(): Promise<void> {
    const { subscriptions, name } = this.options;
    subscriptions.retry(name);
    return Promise.resolve();
  }

  private get denied(): RefusedError | undefined {
    return this.options.subscriptions.denied(this.options.name);
  }
}
