/** One live query of one client, for everybody on the page who asks for the same. Knows what was told and what follows, and no frames on their way. */

import { backoff, obeyed } from "../backoff.js";
import { type RefusedError, refusal } from "../errors.js";
import { type Fields, readError } from "../frames.js";
import { guarded } from "../news.js";
import { ObservedPromise } from "../observed-promise.js";
import type { Clock } from "../platform.js";
import type { Arrival, LiveError, LiveStatus, Source } from "./source.js";

/** How long a query without users is kept, in milliseconds, so that a page which takes the place of another finds it as it was. */
export const GRACE = 5000;

/** What a shared query works with, and whom it tells. */
export interface SharedQueryOptions {
  /** What is asked for, as JSON without the braces. */
  readonly members: string;
  readonly clock: Clock;
  /** Checks a value, and fills in its defaults; the answer is what is wrong with it, if something is. */
  readonly read: (data: unknown) => { readonly data: unknown } | LiveError;
  /** The number of the next value. */
  readonly next: () => number;
  /** Something is to be sent, or nothing any more. */
  readonly onNeed: () => void;
  /** Sends on a key, if there is a connection. */
  readonly send: (key: string, command: "reload" | "end", onReply: (error: RefusedError | undefined) => void) => void;
  /** Why nothing is ever answered again, if the client was closed. */
  readonly over: () => RefusedError | undefined;
  /** Nobody came back to it. */
  readonly onIdle: () => void;
  readonly report: (error: unknown) => void;
}

/** Somebody who waits for a value that is newer than the question. */
interface Reload {
  readonly promise: ObservedPromise<void>;
  isSent: boolean;
}

/** One query, however many use it. */
export class SharedQuery implements Source {
  status: LiveStatus = "connecting";
  error: LiveError | undefined;
  latest: Arrival | undefined;
  /** What the server calls it on this connection. */
  key: string | undefined;
  /** Whether the server was asked on this connection, and did not answer yet. */
  isAsked = false;
  /** Whether it was closed with the connection, and may go on with the next. */
  isCutOff = false;
  private readonly options: SharedQueryOptions;
  private readonly listeners = new Set<() => void>();
  private reloads: readonly Reload[] = [];
  /** Names the value that is held; `undefined` where none is, or what came last was no value. */
  private version: string | undefined;
  private failures = 0;
  private cancelRetry: (() => void) | undefined;
  private cancelRemoval: (() => void) | undefined;

  constructor(options: SharedQueryOptions) {
    this.options = options;
  }

  /** Whether somebody uses it. */
  get isUsed(): boolean {
    return this.listeners.size > 0;
  }

  /** Whether the connection is needed for it. */
  get isActive(): boolean {
    return this.status !== "closed" && (this.isUsed || this.isAsked || this.key !== undefined);
  }

  /** Whether the server should be asked now. */
  get isDue(): boolean {
    return this.isUsed && this.status !== "closed" && !this.isAsked && this.key === undefined && this.cancelRetry === undefined;
  }

  /** What to ask with. */
  get beginning(): string {
    return this.version === undefined ? this.options.members : `${this.options.members},"version":${JSON.stringify(this.version)}`;
  }

  listen(changed: () => void): () => void {
    // A wrapper of its own for each call, so that one function given twice is called twice and leaves once.
    const entry = (): void => changed();
    this.cancelRemoval?.();
    this.cancelRemoval = undefined;
    this.listeners.add(entry);
    const over = this.options.over();
    if (over !== undefined) this.turn("closed", over);
    // Somebody new may be allowed what others were not, and asks again.
    else if (this.status === "closed") this.again();
    this.options.onNeed();
    return () => {
      if (!this.listeners.delete(entry) || this.isUsed) return;
      this.cancelRemoval = this.options.clock.after(GRACE, () => {
        this.cancelRemoval = undefined;
        this.remove();
      });
    };
  }

  reload(): Promise<void> {
    if (!this.isUsed) return Promise.resolve();
    const promise = ObservedPromise.make<void>();
    this.reloads = [...this.reloads, { promise, isSent: false }];
    if (this.status === "closed") this.again();
    else if (this.key !== undefined) this.sendReloads(this.key);
    if (this.options.over() !== undefined) this.settle(this.error, true);
    this.retryNow();
    this.options.onNeed();
    return promise;
  }

  /** The server took it. */
  begun(key: string): void {
    this.isAsked = false;
    this.key = key;
    this.failures = 0;
    if (!this.removeAbandoned() && this.reloads.length > 0) this.sendReloads(key);
  }

  /** The server did not take it. */
  refused(error: RefusedError): void {
    const { clock, onNeed } = this.options;
    this.isAsked = false;
    if (error.retry === "never") return this.close(error);
    const delay = error.retryAfter === undefined ? backoff(this.failures, clock.random()) : obeyed(error.retryAfter);
    this.failures += 1;
    this.cancelRetry = clock.after(delay, () => {
      this.cancelRetry = undefined;
      onNeed();
    });
    this.turn("error", error);
    this.removeAbandoned();
  }

  /** Takes a frame of the server's. Whether it was one. */
  take(fields: Fields): boolean {
    const { version, data } = fields;
    if (Object.hasOwn(fields, "ended") || Object.hasOwn(fields, "error")) {
      const wire = readError(fields["ended"] ?? fields["error"]);
      if (wire === undefined) return false;
      const error = refusal(wire);
      if (!Object.hasOwn(fields, "ended")) this.fail(error);
      else {
        // Who asks from here on has no right to what was shown.
        this.forget();
        this.close(error);
      }
      return true;
    }
    if (typeof version !== "string") return false;
    if (Object.hasOwn(fields, "data")) this.value(version, data);
    else if (version === this.version) this.good();
    return true;
  }

  /** The connection is gone. */
  down(): void {
    this.key = undefined;
    this.isAsked = false;
    this.reloads = this.reloads.map(({ promise }) => ({ promise, isSent: false }));
    this.cancelRetry?.();
    this.cancelRetry = undefined;
    if (this.status === "open" || this.status === "error") this.turn("reconnecting", undefined);
    this.removeAbandoned();
  }

  /** Nothing follows by itself. `isCutOff`: it is the connection that ended for good, and with another one this can go on. */
  close(error: RefusedError, isCutOff = false): void {
    this.key = undefined;
    this.isAsked = false;
    this.isCutOff = isCutOff;
    this.turn("closed", error);
    this.settle(error, true);
    if (!this.removeAbandoned()) this.options.onNeed();
  }

  /** What is known is not this user's. */
  reset(): void {
    this.forget();
    this.again();
  }

  /** Leaves before its time is over. */
  giveWay(): void {
    this.cancelRemoval?.();
    this.cancelRemoval = undefined;
    this.remove();
  }

  /** Asks once more for what was closed. */
  again(): void {
    if (this.options.over() !== undefined) return;
    this.isCutOff = false;
    this.turn(this.latest === undefined ? "connecting" : "reconnecting", undefined);
  }

  private forget(): void {
    this.latest = undefined;
    this.version = undefined;
  }

  private retryNow(): void {
    this.cancelRetry?.();
    this.cancelRetry = undefined;
  }

  private sendReloads(key: string): void {
    const sent = this.reloads.filter(({ isSent }) => !isSent);
    for (const reload of sent) reload.isSent = true;
    this.options.send(key, "reload", (error) => {
      if (error === undefined) return;
      this.reloads = this.reloads.filter((reload) => !sent.includes(reload));
      for (const { promise } of sent) promise.reject(error);
    });
  }

  private value(version: string, data: unknown): void {
    // The same value again says that a run succeeded. It stays the same object, and is not accumulated twice.
    if (version === this.version) return this.good();
    const read = this.options.read(data);
    if (read instanceof Error) {
      this.version = undefined;
      return this.fail(read);
    }
    this.version = version;
    this.latest = { number: this.options.next(), data: read.data };
    this.good();
  }

  private good(): void {
    this.turn("open", undefined);
    this.settle(undefined);
  }

  private fail(error: LiveError): void {
    this.turn("error", error);
    this.settle(error);
  }

  private settle(error: LiveError | undefined, isOver = false): void {
    const settled = this.reloads.filter(({ isSent }) => isOver || isSent);
    this.reloads = this.reloads.filter((reload) => !settled.includes(reload));
    for (const { promise } of settled) {
      if (error === undefined) promise.resolve();
      else promise.reject(error);
    }
  }

  /** Leaves what nobody came back to while the server was asked. Whether that was so. */
  private removeAbandoned(): boolean {
    const isAbandoned = !this.isUsed && this.cancelRemoval === undefined;
    if (isAbandoned) this.remove();
    return isAbandoned;
  }

  /** Nobody came back in time. One that the server was asked for is left when there is an answer. */
  private remove(): void {
    if (this.isAsked) return;
    this.retryNow();
    if (this.key !== undefined) this.options.send(this.key, "end", nothing);
    this.key = undefined;
    this.options.onIdle();
    this.options.onNeed();
  }

  private turn(status: LiveStatus, error: LiveError | undefined): void {
    this.status = status;
    this.error = error;
    for (const listener of [...this.listeners]) guarded(listener, undefined, this.options.report);
  }
}

function nothing(): void {
  // What was left needs no answer.
}
