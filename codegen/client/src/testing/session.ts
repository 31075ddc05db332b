/** One connection to the test's server: what it is subscribed to, and what it is sent. */

import { codes } from "../codes.js";
import { type Fields, parseObject } from "../frames.js";
import type { Clock } from "../platform.js";
import type { ChannelRequest, Link, LinkEnd, LinkHandlers, OpenRequest, OutgoingFrame } from "../transport.js";
import type { Beginning, Stored } from "./log.js";

/** How often a connection hears from the server, in milliseconds. */
const HEARTBEAT = 15_000;

/** The name of an error of the wire. */
export type ErrorName = keyof typeof codes;

/** A refusal as it travels. */
export interface WireRefusal {
  readonly code: number;
  readonly name: ErrorName;
  readonly message: string;
}

/** Where a subscription begins, or why it does not. */
export type Position = Pick<ChannelRequest, "cursor" | "last">;

/** What a connection needs of its server. */
export interface Home {
  readonly clock: Clock;
  readonly contract: string;
  /** Why nobody may connect, if nobody may; `lost` while the server cannot be reached. */
  readonly closed: WireRefusal | "lost" | undefined;
  /** The public name of the session with this key, which is new where there is none. */
  session(key: string | undefined): { readonly key: string; readonly id: string };
  begin(channel: string, position: Position): Beginning | WireRefusal;
  publish(session: Session, frame: Fields): object | WireRefusal;
  /** A connection is there, or gone. */
  joined(session: Session): void;
  left(session: Session): void;
  /** Calls back soon, or when time is put forward. */
  soon(task: () => void): void;
}

/** One connection, from the server's side. */
export class Session implements Link {
  readonly user: string | null;
  id = "";
  private readonly home: Home;
  private readonly handlers: LinkHandlers;
  /** The filter of each channel that is subscribed to. */
  private readonly filters = new Map<string, readonly string[] | undefined>();
  private isOver = false;
  private cancelHeartbeat: () => void = nothing;

  constructor(home: Home, user: string | null, request: OpenRequest, handlers: LinkHandlers) {
    this.home = home;
    this.user = user;
    this.handlers = handlers;
    home.soon(() => this.open(request));
  }

  /** The channels that it is subscribed to. */
  get channels(): readonly string[] {
    return [...this.filters.keys()];
  }

  close(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.cancelHeartbeat();
    this.home.left(this);
  }

  /** Ends it from the server's side, or from in between. */
  end(end: LinkEnd): void {
    if (this.isOver) return;
    this.close();
    this.handlers.onEnd(end);
  }

  /** Ends it with an error of the wire. */
  fail(error: WireRefusal): void {
    this.emit({ type: "error", error });
    // The client takes the frame for the end; whatever it does about it, this link is over.
    this.close();
  }

  send(frames: readonly OutgoingFrame[]): void {
    this.home.soon(() => {
      for (const { ref, text } of frames) if (!this.isOver) this.take(ref, parseObject(text) ?? {});
    });
  }

  /** Hands an event on, if it is for this connection. */
  deliver({ entry, excluded }: Stored): void {
    if (excluded === this.id || !this.filters.has(entry.channel)) return;
    const filter = this.filters.get(entry.channel);
    if (filter === undefined || filter.includes(entry.event)) this.emit({ type: "event", ...entry });
  }

  /** Sends a frame about a channel to those who are subscribed to it. */
  tell(channel: string, frame: object): void {
    if (this.filters.has(channel)) this.emit({ channel, ...frame });
  }

  /** Does not go on with a channel. */
  deny(channel: string, error: WireRefusal): void {
    if (this.filters.delete(channel)) this.emit({ type: "denied", channel, error });
  }

  private open({ channels, session }: OpenRequest): void {
    if (this.isOver) return;
    const { closed, clock, contract } = this.home;
    if (closed === "lost") return this.end(LOST);
    const { key, id } = this.home.session(session);
    this.id = id;
    if (closed !== undefined) return this.fail(closed);
    const beginnings = channels.map((channel) => this.home.begin(channel.name, channel));
    const malformed = beginnings.find((beginning) => "code" in beginning && beginning.name === "malformed_cursor");
    if (malformed !== undefined && "code" in malformed) return this.fail(malformed);
    this.home.joined(this);
    this.emit({ type: "welcome", protocol: 1, connection: id, session: key, contract, heartbeat: HEARTBEAT });
    const beat = (): void => {
      this.cancelHeartbeat = clock.after(HEARTBEAT, beat);
      this.handlers.onAlive();
    };
    if (!this.isOver) this.cancelHeartbeat = clock.after(HEARTBEAT, beat);
    channels.forEach((channel, at) => this.start(channel.name, channel.events, channel.cursor, beginnings[at]));
  }

  private start(channel: string, filter: readonly string[] | undefined, from: string | undefined, beginning: Beginning | WireRefusal | undefined, ref?: number): void {
    if (beginning === undefined || this.isOver) return;
    const answer = ref === undefined ? {} : { ref };
    if ("code" in beginning) return this.emit({ type: "denied", channel, error: beginning, ...answer });
    const { gap, cursor, events } = beginning;
    this.filters.set(channel, filter);
    if (gap !== undefined) this.emit({ type: "gap", channel, ...gap, from: from ?? null, cursor, ...answer });
    else this.emit({ type: "subscribed", channel, outcome: from === undefined ? "fresh" : "resumed", cursor, ...answer });
    for (const stored of events) this.deliver(stored);
  }

  private take(ref: number, frame: Fields): void {
    const { type, channel } = frame;
    const name = String(channel);
    if (type === "publish") {
      const outcome = this.home.publish(this, frame);
      return this.emit("code" in outcome ? { type: "error", ref, error: outcome } : { type: "ack", ref, ...outcome });
    }
    if (type === "subscribe") return this.subscribe(ref, name, frame);
    if (type === "unsubscribe") {
      const wasThere = this.filters.delete(name);
      this.emit({ type: "ack", ref });
      if (wasThere) this.emit({ type: "unsubscribed", channel });
      return;
    }
    this.emit(type === "pong" ? { type: "ack", ref } : { type: "error", ref, error: { code: codes.bad_request, name: "bad_request", message: `there is no frame \`${String(type)}\`` } });
  }

  private subscribe(ref: number, channel: string, { after, last, events }: Fields): void {
    const filter = Array.isArray(events) ? events.map(String) : undefined;
    if (this.filters.has(channel)) {
      this.filters.set(channel, filter);
      return this.emit({ type: "ack", ref });
    }
    const cursor = typeof after === "string" ? after : undefined;
    const beginning = this.home.begin(channel, { cursor, last: typeof last === "number" ? last : undefined });
    if (!("code" in beginning)) this.emit({ type: "ack", ref });
    this.start(channel, filter, cursor, beginning, ref);
  }

  private emit(frame: object): void {
    if (!this.isOver) this.handlers.onFrame(JSON.stringify(frame));
  }
}

/** What a client sees of a network that fails. */
export const LOST: LinkEnd = { retry: "back_off", reason: { name: "network", message: "the connection was cut by the test" } };

function nothing(): void {
  // There is no heartbeat before the greeting.
}
