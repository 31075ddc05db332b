/** Who is on a channel, as the numbered frames of the server say it. */

import type { Fields } from "../frames.js";
import { isObject } from "../values.js";

/** A member without the type of its state. */
export interface AnyMember {
  readonly id: string;
  readonly user: string | null;
  readonly connections: number;
  readonly since: number;
  readonly state: unknown;
}

/** What a frame changed: the ids of those members, or that the whole roster is needed. */
export type Outcome = ReadonlySet<string> | "refresh";

/** The state that a member shows, checked. `undefined` if it is not to be handed on. */
export type ReadState = (state: unknown) => { readonly state: unknown } | undefined;

/** The members of one channel. */
export class Members {
  /** In the order in which they came. The same list as long as nobody changes. */
  list: readonly AnyMember[] = [];
  /** The same list as long as nobody comes or goes. */
  ids: readonly string[] = [];
  private readonly read: ReadState;
  private readonly byId = new Map<string, AnyMember>();
  /** The number of the last frame; `undefined` while the next one must be the whole roster. */
  private number: number | undefined;

  constructor(read: ReadState) {
    this.read = read;
  }

  /** Whether the roster is known. */
  get isKnown(): boolean {
    return this.number !== undefined;
  }

  get(id: string): AnyMember | undefined {
    return this.byId.get(id);
  }

  /** Takes a frame. */
  take({ number, members, joined, changed, left }: Fields): Outcome {
    const touched = new Set<string>();
    if (typeof number !== "number") return touched;
    if (Array.isArray(members)) {
      this.replace(members, touched);
    } else {
      // A roster is on its way, or brought this change already.
      if (this.number === undefined || number <= this.number) return touched;
      if (number !== this.number + 1) return "refresh";
      for (const member of [...listOf(joined), ...listOf(changed)]) this.put(member, touched);
      for (const id of listOf(left)) if (this.byId.delete(String(id))) touched.add(String(id));
    }
    this.number = number;
    this.arrange(touched);
    return touched;
  }

  /** Numbers may go on elsewhere: the next frame must be the whole roster. What is known stays until then. */
  forget(): void {
    this.number = undefined;
  }

  /** Nobody is known any more. */
  clear(): ReadonlySet<string> {
    const touched = new Set(this.byId.keys());
    this.byId.clear();
    this.forget();
    this.arrange(touched);
    return touched;
  }

  private replace(members: readonly unknown[], touched: Set<string>): void {
    const before = new Set(this.byId.keys());
    for (const member of members) before.delete(this.put(member, touched) ?? "");
    for (const id of before) {
      this.byId.delete(id);
      touched.add(id);
    }
  }

  private put(value: unknown, touched: Set<string>): string | undefined {
    const member = this.memberOf(value);
    if (member === undefined) return undefined;
    const before = this.byId.get(member.id);
    // A member that is as it was stays the same object, so that whoever shows it has nothing to do.
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(member)) return member.id;
    this.byId.set(member.id, member);
    touched.add(member.id);
    return member.id;
  }

  private memberOf(value: unknown): AnyMember | undefined {
    if (!isObject(value)) return undefined;
    const { id, user = null, connections, since, state } = value;
    const read = this.read(state);
    if (typeof id !== "string" || read === undefined) return undefined;
    return { id, user: typeof user === "string" ? user : null, connections: typeof connections === "number" ? connections : 1, since: typeof since === "number" ? since : 0, state: read.state };
  }

  private arrange(touched: ReadonlySet<string>): void {
    if (touched.size === 0) return;
    this.list = [...this.byId.values()].sort((one, other) => one.since - other.since || (one.id < other.id ? -1 : 1));
    const ids = this.list.map(({ id }) => id);
    if (ids.length !== this.ids.length || ids.some((id, at) => id !== this.ids[at])) this.ids = ids;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
