/** Who is on the channels of the test's server. */
import type { Clock } from "../platform.js";
import type { AnyMember } from "../presence/members.js";
/** What is told of a channel's members. */
export type TellRoster = (channel: string, frame: object) => void;
/** The rosters of all channels. */
export declare class Rosters {
    private readonly clock;
    private readonly tell;
    private readonly all;
    constructor(clock: Clock, tell: TellRoster);
    members(channel: string): readonly AnyMember[];
    /** The frame that holds the whole roster. */
    whole(channel: string): object;
    /** Somebody appears, or shows another state. */
    show(channel: string, source: string, id: string, user: string | null, state: unknown): void;
    /** One connection shows nothing any more. */
    hide(channel: string, source: string): void;
    /** A member goes, whatever shows it. */
    remove(channel: string, id: string): void;
    /** A connection was cut: it may come back. `isBack` tells whether it did. */
    cut(source: string, isBack: () => boolean): void;
    private change;
    private of;
}
