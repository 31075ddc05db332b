import type { Published } from "../src/publication.js";
import type { FakeLink, SentFrame } from "./fake-server.js";
import { type Harness, harness } from "./harness.js";

export const BAR = "chat/bar";
export const message = (text: string): { author: string; text: string } => ({ author: "ann", text });

/** A client that is connected without a channel, and its room. */
export function connected(): Harness & { say(text: string): Promise<Published>; readonly frames: readonly SentFrame[]; readonly texts: readonly string[] } {
  const parts = harness();
  const room = parts.client.channel("chat/{roomId}", { roomId: "bar" });
  parts.client.on("notification.alert", () => undefined);
  parts.settle();
  parts.server.link.accept();
  return {
    ...parts,
    say: (text) => room.publish("message.sent", message(text)),
    get frames() {
      return parts.server.link.frames("publish");
    },
    get texts() {
      return this.frames.map(textOf);
    },
  };
}

export function textOf(frame: SentFrame): string {
  return (frame["data"] as { readonly text: string }).text;
}

/** Stores what came, as a server does: once for each key. */
export function store(link: FakeLink, frames: readonly SentFrame[], log: string[] = []): string[] {
  for (const frame of frames) link.ack(frame, { id: `${BAR}@${log.push(textOf(frame))}`, number: log.length, time: 7, stored: true });
  return log;
}

/** Lets promises settle. */
export const settled = async (): Promise<void> => {
  for (let at = 0; at < 10; at += 1) await Promise.resolve();
};

export const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
