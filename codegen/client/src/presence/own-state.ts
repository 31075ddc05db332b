/** What this client shows of itself on one channel: the newest value, sent as often as is allowed, and again after a reconnect. */

import { backoff, obeyed } from "../backoff.js";
import { RefusedError } from "../errors.js";
import { ObservedPromise } from "../observed-promise.js";
import { Pace } from "../pace.js";
import type { Clock } from "../platform.js";
import { givenUp } from "../publication.js";
import { byteLength } from "../size.js";
import type { Uplink } from "../uplink.js";

/** What a member shows is at most this long as JSON, in bytes. */
const MAX_STATE = 1024;

/** How often a state is sent. */
const PER_SECOND = 10;
const BURST = 5;

/** What an own state works with, and whom it tells. */
export interface OwnStateOptions {
  readonly channel: string;
  readonly clock: Clock;
  /** Whether the connection is needed may have changed. */
  readonly onNeed: () => void;
}

/** The presence of this client on one channel. */
export class OwnState {
  private readonly options: OwnStateOptions;
  private readonly pace = new Pace(PER_SECOND, BURST);
  private uplink: Uplink | undefined;
  /** As JSON; `null` where the client is not there. */
  private text: string | null = null;
  /** Whether the server does not know that yet. */
  private isDirty = false;
  /** Who waits for the frame that is under way, and for the next one. */
  private under: ObservedPromise<void>[] | undefined;
  private waiting: ObservedPromise<void>[] = [];
  private holdUntil = 0;
  private failures = 0;
  private cancel: () => void = nothing;

  constructor(options: OwnStateOptions) {
    this.options = options;
  }

  /** Whether there is something to show, or to take back. */
  get isActive(): boolean {
    return this.text !== null || this.isDirty || this.under !== undefined;
  }

  set(state: unknown): Promise<void> {
    const text = JSON.stringify(state);
    const promise = ObservedPromise.make<void>();
    if (byteLength(text) > MAX_STATE) promise.reject(givenUp("too_large", "what a member shows is at most 1 KiB as JSON", "never"));
    else this.want(text, promise);
    return promise;
  }

  leave(): void {
    if (this.text === null) return;
    // Without a connection the server notices by itself, and nobody asks for one to say goodbye.
    if (this.uplink === undefined) this.end(undefined);
    else this.want(null);
    this.options.onNeed();
  }

  up(uplink: Uplink): void {
    this.uplink = uplink;
    this.holdUntil = 0;
    this.again();
  }

  /** The server ended it without having been asked to. */
  again(): void {
    if (this.text !== null) this.isDirty = true;
    this.pump();
  }

  down(): void {
    this.uplink = undefined;
    this.waiting = [...(this.under ?? []), ...this.waiting];
    this.under = undefined;
    this.cancel();
    if (this.text === null) this.end(undefined);
  }

  /** There is nothing to show any more: `error` says why, unless it was meant. */
  end(error: RefusedError | undefined): void {
    this.text = null;
    this.isDirty = false;
    this.cancel();
    const promises = [...(this.under ?? []), ...this.waiting.splice(0)];
    this.under = undefined;
    for (const promise of promises) {
      if (error === undefined) promise.resolve(undefined);
      else promise.reject(error);
    }
  }

  private want(text: string | null, promise?: ObservedPromise<void>): void {
    this.text = text;
    this.isDirty = true;
    if (promise !== undefined) this.waiting.push(promise);
    this.pump();
    this.options.onNeed();
  }

  private pump(): void {
    const { uplink } = this;
    const { clock, channel } = this.options;
    if (uplink === undefined || !this.isDirty || this.under !== undefined) return;
    const now = clock.now();
    const rest = Math.max(this.holdUntil - now, this.pace.wait(now));
    this.cancel();
    if (rest > 0) {
      this.cancel = clock.after(rest, () => this.pump());
      return;
    }
    this.pace.take(now);
    this.isDirty = false;
    this.under = this.waiting.splice(0);
    const members = `"type":"presence","channel":${JSON.stringify(channel)},"state":${String(this.text)}`;
    uplink.send([{ members, onReply: (reply) => uplink === this.uplink && this.settle(reply) }]);
  }

  private settle(reply: unknown): void {
    const { clock, onNeed } = this.options;
    const under = this.under ?? [];
    this.under = undefined;
    if (!(reply instanceof RefusedError)) {
      this.failures = 0;
      for (const promise of under) promise.resolve(undefined);
    } else if (reply.retry !== "never") {
      this.waiting.unshift(...under);
      this.isDirty = true;
      this.holdUntil = clock.now() + (reply.retryAfter === undefined ? backoff(this.failures, clock.random()) : obeyed(reply.retryAfter));
      this.failures += 1;
    } else if (this.isDirty) {
      // A newer value waits, which may be better.
      for (const promise of under) promise.reject(reply);
    } else {
      this.under = under;
      this.end(reply);
    }
    this.pump();
    onNeed();
  }
}

function nothing(): void {
  // Nothing is due.
}
