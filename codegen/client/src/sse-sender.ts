/** The way up beside a stream that only comes down: `POST /send`. */

import { RefusedError } from "./errors.js";
import { parseObject } from "./frames.js";
import { type HttpOptions, readRefusal, request } from "./http.js";
import { type Clock, platform } from "./platform.js";
import { byteLength, MAX_BODY } from "./size.js";
import type { OutgoingFrame } from "./transport.js";

/** An answer that takes longer than this, in milliseconds, is not awaited; the server's own limit is far below. */
const PATIENCE = 10_000;

/** Who is told what became of the frames. */
export interface SenderHandlers {
  onReply(reply: unknown): void;
  onFailed(refs: readonly number[], error: RefusedError): void;
  /** The server does not know the session, so nothing of the request was done. */
  onUnknownSession(error: RefusedError): void;
}

/** Sends the frames of one link: those of one moment in one request, and one request at a time, which keeps their order. */
export class SseSender {
  private readonly http: HttpOptions;
  private readonly clock: Clock;
  private readonly handlers: SenderHandlers;
  private queue: OutgoingFrame[] = [];
  private session = "";
  private running = false;
  private closed = false;
  private controller = new platform.AbortController();

  constructor(http: HttpOptions, clock: Clock, handlers: SenderHandlers) {
    this.http = http;
    this.clock = clock;
    this.handlers = handlers;
  }

  send(frames: readonly OutgoingFrame[], session: string): void {
    this.session = session;
    this.queue.push(...frames);
    if (this.running) return;
    this.running = true;
    platform.queueMicrotask(() => void this.run());
  }

  close(): void {
    this.closed = true;
    this.controller.abort();
  }

  private async run(): Promise<void> {
    while (this.queue.length > 0 && !this.closed) {
      const batch = this.take();
      const outcome = await this.post(batch);
      if (this.closed) return;
      if (!(outcome instanceof RefusedError)) this.settle(batch, outcome);
      else if (outcome.reason === "unknown_session") return this.handlers.onUnknownSession(outcome);
      else this.handlers.onFailed(refsOf(batch), outcome);
    }
    this.running = false;
  }

  /** As many frames as one body holds, and at least one: a frame that is too long by itself is the server's to refuse. */
  private take(): readonly OutgoingFrame[] {
    let bytes = 200;
    const full = this.queue.findIndex(({ text }) => (bytes += byteLength(text) + 1) > MAX_BODY);
    return this.queue.splice(0, full === -1 ? this.queue.length : Math.max(1, full));
  }

  private settle(batch: readonly OutgoingFrame[], replies: readonly unknown[]): void {
    for (const reply of replies.slice(0, batch.length)) if (!this.closed) this.handlers.onReply(reply);
    const rest = refsOf(batch.slice(replies.length));
    if (rest.length > 0 && !this.closed) this.handlers.onFailed(rest, UNANSWERED);
  }

  private async post(batch: readonly OutgoingFrame[]): Promise<readonly unknown[] | RefusedError> {
    const body = `{"session":${JSON.stringify(this.session)},"frames":[${batch.map(({ text }) => text).join(",")}]}`;
    const controller = new platform.AbortController();
    this.controller = controller;
    const cancel = this.clock.after(PATIENCE, () => controller.abort());
    try {
      const response = await request(this.http, "/send", { method: "POST", body, headers: { accept: "application/json" }, signal: controller.signal });
      if (response.status !== 200) return await readRefusal(response, this.clock.now());
      const replies = parseObject(await response.text())?.["replies"];
      return Array.isArray(replies) ? replies : UNANSWERED;
    } catch (error) {
      if (error instanceof RefusedError) return error;
      return new RefusedError({ name: "network", message: error instanceof Error ? error.message : "the request failed" }, "back_off");
    } finally {
      cancel();
    }
  }
}

function refsOf(frames: readonly OutgoingFrame[]): readonly number[] {
  return frames.map(({ ref }) => ref);
}

const UNANSWERED = new RefusedError({ name: "no_reply", message: "the answer holds no reply to the frame" }, "back_off");
