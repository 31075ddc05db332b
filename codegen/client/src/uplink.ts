/** The way up over one link: numbers the frames, and hands each reply to whoever asked. */

import { type RefusedError, refusal } from "./errors.js";
import type { AckFrame, DeniedFrame, ErrorFrame } from "./frames.js";
import type { Link } from "./transport.js";

/** A frame without its number, and who wants to know what became of it. */
export interface Outgoing {
  /** Its members, as JSON without the braces. */
  readonly members: string;
  /** Called at most once: not at all where the link ends first, which is told to everybody in another way. */
  readonly onReply: (reply: AckFrame | RefusedError) => void;
}

/** Frames and their replies over one link. */
export class Uplink {
  private readonly link: Link;
  private readonly session: string | undefined;
  private readonly waiting = new Map<number, Outgoing["onReply"]>();
  private last = 0;

  constructor(link: Link, session: string | undefined) {
    this.link = link;
    this.session = session;
  }

  /** Sends frames in this order, after those of earlier calls. The number of the last one. */
  send(frames: readonly Outgoing[]): number {
    const numbered = frames.map(({ members, onReply }) => {
      this.last += 1;
      this.waiting.set(this.last, onReply);
      return { ref: this.last, text: `{"ref":${this.last},${members}}` };
    });
    const { last } = this;
    this.link.send(numbered, this.session);
    return last;
  }

  /** Takes a reply. One that nobody waits for is left out. */
  accept(frame: AckFrame | ErrorFrame | DeniedFrame): void {
    if (typeof frame.ref === "number") this.settle(frame.ref, frame.type === "ack" ? frame : refusal(frame.error));
  }

  /** Takes what is known of frames that get no reply. */
  fail(refs: readonly number[], error: RefusedError): void {
    for (const ref of refs) this.settle(ref, error);
  }

  private settle(ref: number, reply: AckFrame | RefusedError): void {
    const onReply = this.waiting.get(ref);
    this.waiting.delete(ref);
    onReply?.(reply);
  }
}
