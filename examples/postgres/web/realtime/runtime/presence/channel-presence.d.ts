/** The members of one channel, as an application sees them; its types are those of `presence`. */
import type { ValueSpec } from "../contract.js";
import { type RefusedError } from "../errors.js";
import type { Fields } from "../frames.js";
import type { Clock } from "../platform.js";
import type { Uplink } from "../uplink.js";
import { type AnyMember, type ReadState } from "./members.js";
/** What the presence of a channel works with, and whom it tells. */
export interface ChannelPresenceOptions {
    readonly name: string;
    readonly spec: ValueSpec;
    readonly clock: Clock;
    readonly read: ReadState;
    /** The id of this client among the members; `undefined` before the first connection. */
    readonly self: () => string | undefined;
    /** Subscribes to the channel and its members. */
    readonly watch: () => () => void;
    /** Whether anybody subscribes to the channel, for whatever reason. */
    readonly isSubscribed: () => boolean;
    /** Whether the connection is needed may have changed. */
    readonly onNeed: () => void;
    readonly report: (error: unknown) => void;
}
/** Who is on one channel. */
export declare class ChannelPresence {
    private readonly options;
    private readonly roster;
    private readonly own;
    private uplink;
    private isRefreshing;
    private readonly listeners;
    private readonly byMember;
    private watchers;
    private holders;
    private unwatch;
    constructor(options: ChannelPresenceOptions);
    get isKnown(): boolean;
    get members(): readonly AnyMember[];
    get memberIds(): readonly string[];
    get self(): AnyMember | undefined;
    /** Whether the connection is needed for it. */
    get isActive(): boolean;
    readonly member: (id: string) => AnyMember | undefined;
    readonly set: (state: unknown) => Promise<void>;
    readonly leave: () => void;
    readonly subscribe: (listener: () => void) => (() => void);
    readonly subscribeMember: (id: string, listener: () => void) => (() => void);
    /** What is shown from here on is shown for somebody: when the last one lets go, this client leaves, unless somebody comes at once. */
    readonly hold: () => (() => void);
    /** Takes a frame of the server's. */
    accept(fields: Fields): void;
    up(uplink: Uplink): void;
    /** The connection is gone. `final`: for good, or it is another user's from now on. */
    down(final: RefusedError | undefined): void;
    /** The channel was left. `error`: because the server refuses it. */
    left(error: RefusedError | undefined): void;
    private refresh;
    private listen;
    private tell;
    private call;
}
