/** Who the client is to the server: the application's tokens, asked for when one is needed and before one ends. */

import { backoff } from "./backoff.js";
import { RefusedError } from "./errors.js";
import { linkEnd } from "./link-end.js";
import type { Extension } from "./extension.js";
import type { Fields, WelcomeFrame } from "./frames.js";
import type { Clock } from "./platform.js";
import type { Link, Transport } from "./transport.js";
import type { Uplink } from "./uplink.js";

/** Gives a token; `undefined` where nobody is signed in. */
export type TokenSource = () => string | undefined | PromiseLike<string | undefined>;

/** A token is replaced after this part of its life. */
const PART = 0.8;

/** No token is replaced sooner than this, in milliseconds. */
const LEAST = 1000;

/** Platforms cannot wait for longer than this, in milliseconds. */
const MOST = 0x7fff_ffff;

/** The tokens of one client. */
export class Tokens implements Extension {
  readonly isActive = false;
  private readonly source: TokenSource;
  private readonly clock: Clock;
  private asked: Promise<string | undefined> | undefined;
  private uplink: Uplink | undefined;
  /** What the connection was opened, or renewed, with. */
  private used: string | undefined;
  private failures = 0;
  private cancel: () => void = nothing;

  constructor(source: TokenSource, clock: Clock) {
    this.source = source;
    this.clock = clock;
  }

  /** The token of the moment. Rejects as the application's function does. */
  current(): Promise<string | undefined> {
    return this.asked ?? this.fresh();
  }

  /** A new one, from the application. */
  fresh(): Promise<string | undefined> {
    const asked = Promise.resolve().then(this.source);
    this.asked = asked;
    asked.catch(() => this.forget(asked));
    return asked;
  }

  /** The server does not take it any more: the next request asks for another one. */
  forget(asked: Promise<string | undefined> | undefined = this.asked): void {
    if (this.asked === asked) this.asked = undefined;
  }

  /** A transport that asks for a token before each attempt. */
  over(transport: Transport): Transport {
    return (request, handlers): Link => {
      let link: Link | undefined;
      let isOpen = true;
      this.fresh().then(
        (token) => {
          if (!isOpen) return;
          this.used = token;
          link = transport({ ...request, token }, handlers);
        },
        (error: unknown) => {
          if (isOpen) handlers.onEnd(linkEnd(error, "token"));
        },
      );
      return {
        close() {
          isOpen = false;
          link?.close();
        },
        send: (frames, session) => link?.send(frames, session),
      };
    };
  }

  begin({ expires, time }: Partial<WelcomeFrame>): void {
    this.cancel();
    this.failures = 0;
    if (expires !== undefined && time !== undefined) this.later((expires - time) * PART);
  }

  accept(frame: Fields): boolean {
    const { type, expiring } = frame;
    if (type !== "grant") return false;
    this.begin(frame as Partial<WelcomeFrame>);
    if (expiring === true) {
      this.cancel();
      void this.renew();
    }
    return true;
  }

  up(uplink: Uplink): void {
    this.uplink = uplink;
  }

  down(): void {
    this.uplink = undefined;
    this.failures = 0;
    this.cancel();
  }

  left(): void {
    // Rights to channels are in the token.
  }

  channel(): undefined {
    return undefined;
  }

  private later(delay: number): void {
    this.cancel = this.clock.after(Math.min(MOST, Math.max(LEAST, delay)), () => void this.renew());
  }

  private async renew(): Promise<void> {
    const { uplink } = this;
    // Requests go on with the token of the connection until the server has taken this one: it may be somebody else's.
    const token = await Promise.resolve().then(this.source).catch(() => undefined);
    if (uplink === undefined || uplink !== this.uplink) return;
    if (token === undefined || token === this.used) return this.again();
    const onReply = (reply: unknown): void => {
      if (uplink !== this.uplink) return;
      if (!(reply instanceof RefusedError)) {
        this.used = token;
        this.asked = Promise.resolve(token);
      }
      // A token that is refused for good ends nothing: the connection lasts as long as the grant before it.
      else if (reply.retry !== "never") this.again();
    };
    uplink.send([{ members: JSON.stringify({ type: "auth", token }).slice(1, -1), onReply }]);
  }

  /** There is no other token yet. */
  private again(): void {
    this.cancel();
    this.later(backoff(this.failures, this.clock.random()));
    this.failures += 1;
  }
}

function nothing(): void {
  // Nothing is due.
}
