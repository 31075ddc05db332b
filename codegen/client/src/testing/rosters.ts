/** Who is on the channels of the test's server. */

import type { Clock } from "../platform.js";
import type { AnyMember } from "../presence/members.js";

/** A member stays this long after its last connection went, in milliseconds. */
const GRACE = 10_000;

/** What is told of a channel's members. */
export type TellRoster = (channel: string, frame: object) => void;

interface Present {
  readonly id: string;
  readonly user: string | null;
  readonly since: number;
  state: unknown;
  /** The connections that show it; a member that the test put there has one of its own. */
  readonly sources: Set<string>;
}

interface Roster {
  number: number;
  readonly members: Map<string, Present>;
}

/** The rosters of all channels. */
export class Rosters {
  private readonly clock: Clock;
  private readonly tell: TellRoster;
  private readonly all = new Map<string, Roster>();

  constructor(clock: Clock, tell: TellRoster) {
    this.clock = clock;
    this.tell = tell;
  }

  members(channel: string): readonly AnyMember[] {
    return [...this.of(channel).members.values()].map(memberOf);
  }

  /** The frame that holds the whole roster. */
  whole(channel: string): object {
    return { type: "presence", channel, number: this.of(channel).number, members: this.members(channel) };
  }

  /** Somebody appears, or shows another state. */
  show(channel: string, source: string, id: string, user: string | null, state: unknown): void {
    const roster = this.of(channel);
    const known = roster.members.get(id);
    const member = known ?? { id, user, since: this.clock.now(), state, sources: new Set() };
    member.state = state;
    member.sources.add(source);
    roster.members.set(id, member);
    this.change(channel, roster, { [known === undefined ? "joined" : "changed"]: [memberOf(member)] });
  }

  /** One connection shows nothing any more. */
  hide(channel: string, source: string): void {
    const roster = this.of(channel);
    for (const member of [...roster.members.values()]) {
      if (!member.sources.delete(source)) continue;
      if (member.sources.size > 0) this.change(channel, roster, { changed: [memberOf(member)] });
      else this.remove(channel, member.id);
    }
  }

  /** A member goes, whatever shows it. */
  remove(channel: string, id: string): void {
    const roster = this.of(channel);
    if (roster.members.delete(id)) this.change(channel, roster, { left: [id] });
  }

  /** A connection was cut: it may come back. `isBack` tells whether it did. */
  cut(source: string, isBack: () => boolean): void {
    const channels = [...this.all].filter(([, { members }]) => [...members.values()].some(({ sources }) => sources.has(source)));
    if (channels.length === 0) return;
    this.clock.after(GRACE, () => {
      if (!isBack()) for (const [channel] of channels) this.hide(channel, source);
    });
  }

  private change(channel: string, roster: Roster, what: object): void {
    roster.number += 1;
    this.tell(channel, { type: "presence", number: roster.number, ...what });
  }

  private of(channel: string): Roster {
    const known = this.all.get(channel) ?? { number: 0, members: new Map<string, Present>() };
    this.all.set(channel, known);
    return known;
  }
}

function memberOf({ id, user, since, state, sources }: Present): AnyMember {
  return { id, user, connections: sources.size, since, state };
}
