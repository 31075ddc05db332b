/** Who is on a channel, as the numbered frames of the server say it. */
import type { Fields } from "../frames.js";
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
export type ReadState = (state: unknown) => {
    readonly state: unknown;
} | undefined;
/** The members of one channel. */
export declare class Members {
    /** In the order in which they came. The same list as long as nobody changes. */
    list: readonly AnyMember[];
    /** The same list as long as nobody comes or goes. */
    ids: readonly string[];
    private readonly read;
    private readonly byId;
    /** The number of the last frame; `undefined` while the next one must be the whole roster. */
    private number;
    constructor(read: ReadState);
    /** Whether the roster is known. */
    get isKnown(): boolean;
    get(id: string): AnyMember | undefined;
    /** Takes a frame. */
    take({ number, members, joined, changed, left }: Fields): Outcome;
    /** Numbers may go on elsewhere: the next frame must be the whole roster. What is known stays until then. */
    forget(): void;
    /** Nobody is known any more. */
    clear(): ReadonlySet<string>;
    private replace;
    private put;
    private memberOf;
    private arrange;
}
