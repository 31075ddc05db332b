/** The live queries of the tabs that share a connection: the server knows each once, and for as long as any tab uses it. */

import type { Fields } from "../frames.js";
import type { Reply } from "./hub.js";

/** What the live queries of tabs work with, and whom they tell. */
export interface LiveKeysOptions {
  readonly request: (frame: Fields, onReply: (reply: Reply) => void) => void;
  /** Hands what became of a frame to the tab that sent it. */
  readonly answer: (tab: string, ref: number, reply: Reply) => void;
}

/** A query, as the tabs ask for it. */
interface Shared {
  /** What the server calls it, once it said so. */
  key: string | undefined;
  readonly tabs: Set<string>;
}

/** Who uses which live query. */
export class LiveKeys {
  private readonly options: LiveKeysOptions;
  private readonly all = new Map<string, Shared>();

  constructor(options: LiveKeysOptions) {
    this.options = options;
  }

  /** Takes what a tab sends. Whether it was for here. */
  pass(tab: string, ref: number, frame: Fields): boolean {
    const { type, key, end, query, channel, params } = frame;
    if (type !== "live") return false;
    if (key === undefined) this.begin(tab, ref, frame, JSON.stringify([query, channel, params]));
    else if (end !== true) this.options.request(frame, (reply) => this.options.answer(tab, ref, reply));
    else {
      this.quit(tab, (shared) => shared.key === key);
      // However many use it still, for this tab it is over.
      this.options.answer(tab, ref, { frame: { type: "ack" } });
    }
    return true;
  }

  /** Takes what the server says. */
  hear({ type, key, ended }: Fields): void {
    if (type === "live" && ended !== undefined) for (const [id, shared] of this.all) if (shared.key === key) this.all.delete(id);
  }

  /** A tab is gone. */
  leave(tab: string): void {
    this.quit(tab, () => true);
  }

  private begin(tab: string, ref: number, frame: Fields, id: string): void {
    const shared = this.all.get(id) ?? { key: undefined, tabs: new Set() };
    this.all.set(id, shared);
    // From here on, so that nobody ends it while the answer is on its way.
    shared.tabs.add(tab);
    this.options.request(frame, (reply) => {
      const key = "frame" in reply && reply.frame["type"] === "ack" ? reply.frame["key"] : undefined;
      if (typeof key === "string") shared.key = key;
      else shared.tabs.delete(tab);
      this.options.answer(tab, ref, reply);
      this.tidy(id, shared);
    });
  }

  private quit(tab: string, which: (shared: Shared) => boolean): void {
    for (const [id, shared] of [...this.all]) if (which(shared) && shared.tabs.delete(tab)) this.tidy(id, shared);
  }

  /** Leaves what nobody uses. One that has no key yet is left when it has one. */
  private tidy(id: string, shared: Shared): void {
    const { key, tabs } = shared;
    if (tabs.size > 0 || this.all.get(id) !== shared) return;
    this.all.delete(id);
    // The same with its parameters in another order has the same key.
    const isUsed = [...this.all.values()].some((other) => other.key === key);
    if (key !== undefined && !isUsed) this.options.request({ type: "live", key, end: true }, () => undefined);
  }
}
