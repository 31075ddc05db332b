/** Which channels one link carries, and how that is brought in line with the channels that are wanted. */

import { backoff, obeyed } from "./backoff.js";
import { RefusedError, refusal } from "./errors.js";
import type { AckFrame, ChannelFrame } from "./frames.js";
import type { Clock } from "./platform.js";
import type { ChannelRequest } from "./transport.js";
import type { Uplink } from "./uplink.js";

/** What a roster works with, and whom it tells. */
export interface RosterOptions {
  readonly clock: Clock;
  /** From here on the server sends these events of the channel; `undefined` for all. */
  readonly onFilter: (name: string, events: readonly string[] | undefined) => void;
  /** The server refuses the channel for good. */
  readonly onDenied: (name: string, error: RefusedError) => void;
  /** What is wanted can be asked for again. */
  readonly onReady: () => void;
}

/** The channels of one link after the other. */
export class Roster {
  private readonly options: RosterOptions;
  private uplink: Uplink | undefined;
  /** What was asked for on this link, each as it was asked for last. */
  private readonly asked = new Map<string, ChannelRequest>();
  /** What is wanted and has no outcome yet. */
  private readonly open = new Set<string>();
  private openSince = 0;
  /**
   * What was left and may still have frames on their way: a new subscription of the same name waits, so that it gets none of them. The function
   * cancels another try where the server could not do it.
   */
  private readonly leaving = new Map<string, () => void>();
  /** What the server could not begin just now, with the function that cancels another try. */
  private readonly resting = new Map<string, () => void>();
  private failures = 0;

  constructor(options: RosterOptions) {
    this.options = options;
  }

  /** When the oldest outcome that is missing began to be missing; `undefined` if none is. */
  get pendingSince(): number | undefined {
    return this.open.size === 0 ? undefined : this.openSince;
  }

  /** A link is opened that carries some of the channels from the start. */
  begin(carried: readonly ChannelRequest[], wanted: readonly ChannelRequest[]): void {
    this.drop();
    // A query asks for events alone: a frame asks for members besides.
    for (const request of carried) this.asked.set(request.name, { ...request, presence: false });
    for (const { name } of wanted) this.expect(name);
  }

  /** The link takes frames from now on. */
  up(uplink: Uplink): void {
    this.uplink = uplink;
  }

  /** The link is gone. */
  drop(): void {
    this.uplink = undefined;
    this.asked.clear();
    this.open.clear();
    for (const cancel of [...this.leaving.values(), ...this.resting.values()]) cancel();
    this.leaving.clear();
    this.resting.clear();
  }

  /** Asks the server for the difference between what it was asked for and what is wanted now. */
  sync(wanted: readonly ChannelRequest[]): void {
    const requests = new Map(wanted.map((request) => [request.name, request]));
    for (const name of this.open) if (!requests.has(name)) this.open.delete(name);
    for (const [name, cancel] of this.resting) {
      if (requests.has(name)) continue;
      cancel();
      this.resting.delete(name);
    }
    if (this.uplink !== undefined) for (const asked of this.asked.values()) this.keep(asked, requests.get(asked.name));
    for (const request of requests.values()) {
      const before = this.asked.get(request.name);
      if (before === undefined) this.enter(request);
      // Not before the outcome of the first filter, so that it is clear from when on each of them holds.
      else if (this.uplink !== undefined && !isPart(request, before) && !this.open.has(request.name)) this.subscribe(request, {});
    }
  }

  /** Leaves what is not wanted any more. What the service subscribed to is wanted from then on. */
  private keep(asked: ChannelRequest, request: ChannelRequest | undefined): void {
    const { name, token } = asked;
    if (request === undefined || (token !== undefined && request.token !== token)) this.leave(name);
    else if (token === undefined) this.asked.set(name, { ...asked, token: request.token });
  }

  /** Takes a frame that speaks of one channel. Whether it is for the subscription that there is now. What it makes possible, the next `sync` does. */
  accept(frame: ChannelFrame): boolean {
    const { channel: name } = frame;
    if (frame.type === "unsubscribed") {
      // Without having been asked to leave the server has its reasons, and tells them when the channel is asked for again.
      if (!this.left(name)) this.asked.delete(name);
      return false;
    }
    if (this.leaving.has(name)) {
      if (frame.type === "denied") this.left(name);
      return false;
    }
    if (frame.type === "event" || frame.type === "position") return true;
    if ((frame.type === "subscribed" || frame.type === "gap") && frame.isByServer === true && !this.asked.has(name)) this.asked.set(name, { name, cursor: undefined });
    const request = this.asked.get(name);
    if (frame.type === "denied") {
      if (request !== undefined) this.denied(request, refusal(frame.error));
      return false;
    }
    this.failures = 0;
    if (request !== undefined && this.open.delete(name)) this.options.onFilter(name, request.events);
    return true;
  }

  private enter(request: ChannelRequest): void {
    const { name } = request;
    this.expect(name);
    if (this.uplink !== undefined && !this.leaving.has(name) && !this.resting.has(name)) this.subscribe(request, request);
  }

  private expect(name: string): void {
    if (this.open.size === 0) this.openSince = this.options.clock.now();
    this.open.add(name);
  }

  /** Where the channel is subscribed to already, this replaces its filter alone, so there is no position to give. */
  private subscribe(request: ChannelRequest, { cursor: after, last }: Partial<ChannelRequest>): void {
    const { name: channel, events, presence } = request;
    this.asked.set(channel, request);
    const position = after === undefined ? { last } : { after };
    const onReply = (reply: AckFrame | RefusedError): void => {
      if (this.asked.get(channel) !== request) {
        if (reply instanceof RefusedError && this.left(channel)) this.options.onReady();
        return;
      }
      if (reply instanceof RefusedError) this.denied(request, reply);
      else this.options.onFilter(channel, events);
    };
    const filter = events?.length === 0 ? {} : { events };
    this.uplink?.send([{ members: membersOf({ type: "subscribe", channel, ...position, ...filter, ...(presence === true ? { presence } : {}) }), onReply }]);
  }

  private leave(name: string): void {
    this.asked.delete(name);
    this.leaving.set(name, nothing);
    const onReply = (reply: AckFrame | RefusedError): void => {
      if (!(reply instanceof RefusedError) || !this.leaving.has(name)) return;
      if (reply.retry !== "never") {
        this.leaving.set(name, this.later(reply, () => this.leave(name)));
        return;
      }
      this.left(name);
      this.options.onReady();
    };
    this.uplink?.send([{ members: membersOf({ type: "unsubscribe", channel: name }), onReply }]);
  }

  /** The server has nothing more of the channel: it confirms that, or never began. Whether it had been asked to end it. */
  private left(name: string): boolean {
    this.leaving.get(name)?.();
    return this.leaving.delete(name);
  }

  private denied({ name }: ChannelRequest, error: RefusedError): void {
    this.asked.delete(name);
    if (error.retry === "never") {
      this.open.delete(name);
      return this.options.onDenied(name, error);
    }
    this.expect(name);
    const again = (): void => {
      this.resting.delete(name);
      this.options.onReady();
    };
    this.resting.set(name, this.later(error, again));
  }

  private later({ retryAfter }: RefusedError, task: () => void): () => void {
    const { clock } = this.options;
    const delay = obeyed(retryAfter ?? 0) + backoff(this.failures, clock.random());
    this.failures += 1;
    return clock.after(delay, task);
  }
}

/** Whether the filter `one` lets through whatever `other` does. `undefined` lets through everything. */
export function covers(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  return one === undefined || (other !== undefined && other.every((event) => one.includes(event)));
}

/** Whether who asked for `whole` has what `part` asks for. */
function isPart(part: ChannelRequest, whole: ChannelRequest): boolean {
  return covers(whole.events, part.events) && (part.presence !== true || whole.presence === true);
}

function membersOf(frame: object): string {
  return JSON.stringify(frame).slice(1, -1);
}

function nothing(): void {
  // There is no other try to cancel.
}
