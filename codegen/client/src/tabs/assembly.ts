/** What the tabs are to the server together, besides their channels: one member, one that asks, one that is asked. */

import type { Fields } from "../frames.js";
import type { Reply } from "./hub.js";

/** What an assembly works with, and whom it tells. */
export interface AssemblyOptions {
  /** Asks the server; the answer is the number of the frame. */
  readonly request: (frame: Fields, onReply: (reply: Reply) => void) => number;
  readonly say: (tab: string, frame: object) => void;
  readonly tabs: () => readonly string[];
}

/** The tabs of one connection. */
export class Assembly {
  private readonly options: AssemblyOptions;
  /** What each tab shows of itself on a channel, the newest last. */
  private readonly shown = new Map<string, Map<string, unknown>>();
  /** Who asked the server what. */
  private readonly asking = new Map<number, { readonly tab: string; readonly ref: number }>();
  /** Which tabs have not said yet that they cannot answer. */
  private readonly asked = new Map<string, Set<string>>();

  constructor(options: AssemblyOptions) {
    this.options = options;
  }

  /** Takes what a tab sends. Whether it was for here. */
  pass(tab: string, ref: number, frame: Fields): boolean {
    const { type, channel, state, id, error } = frame;
    const { request, say } = this.options;
    const answer = (reply: Reply): void => say(tab, "frame" in reply ? { ...reply.frame, ref } : { type: "error", ref, error: { code: 4100, ...reply.refusal.error } });
    if (type === "presence" && frame["refresh"] !== true) {
      request({ ...frame, state: this.show(tab, String(channel), state) }, answer);
      return true;
    }
    if (type === "call") {
      const number = request(frame, (reply) => {
        answer(reply);
        if (!("frame" in reply) || reply.frame["type"] !== "ack") this.asking.delete(number);
      });
      this.asking.set(number, { tab, ref });
      return true;
    }
    if (type !== "reply") return false;
    say(tab, { type: "ack", ref });
    const open = this.asked.get(String(id));
    if (open === undefined) return true;
    open.delete(tab);
    const cannot = (Object(error) as { readonly name?: unknown }).name === "unknown_call";
    // Another tab may know what this one does not.
    if (cannot && this.options.tabs().some((other) => open.has(other))) return true;
    this.asked.delete(String(id));
    request(frame, () => undefined);
    return true;
  }

  /** Takes what the server says. Whether it was for here. */
  hear(frame: Fields): boolean {
    const { type, ref, id } = frame;
    if (type === "call") this.asked.set(String(id), new Set(this.options.tabs()));
    const asker = type === "reply" && typeof ref === "number" ? this.asking.get(ref) : undefined;
    if (asker === undefined) return type === "reply";
    this.asking.delete(ref as number);
    this.options.say(asker.tab, { ...frame, ref: asker.ref });
    return true;
  }

  /** A tab is gone. */
  leave(tab: string): void {
    for (const [channel, states] of this.shown) {
      if (states.has(tab)) this.options.request({ type: "presence", channel, state: this.show(tab, channel, null) }, () => undefined);
    }
  }

  /** What the tabs show together once one of them shows this; `null` if nothing. */
  private show(tab: string, channel: string, state: unknown): unknown {
    const states = this.shown.get(channel) ?? new Map<string, unknown>();
    this.shown.set(channel, states);
    states.delete(tab);
    if (state !== null) states.set(tab, state);
    if (states.size === 0) this.shown.delete(channel);
    return [...states.values()].at(-1) ?? null;
  }
}
