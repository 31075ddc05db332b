/** Which channels one link carries, and how that is brought in line with the channels that are wanted. */
import { RefusedError } from "./errors.js";
import type { ChannelFrame } from "./frames.js";
import type { Clock } from "./platform.js";
import type { ChannelRequest } from "./transport.js";
import type { Uplink } from "./uplink.js";
/** What a roster works with, and whom it tells. */
export interface RosterOptions {
    readonly clock: Clock;
    /** From here on the server sends these events of the channel; `undefined` for all. */
    readonly onFilter: (name: string, events: readonly string[] | undefined) => void;
    /** The server refuses the channel for good. */
    readonly onDenied: (name: string, error: RefusedError) => void;
    /** What is wanted can be asked for again. */
    readonly onReady: () => void;
}
/** The channels of one link after the other. */
export declare class Roster {
    private readonly options;
    private uplink;
    /** What was asked for on this link, each as it was asked for last. */
    private readonly asked;
    /** What is wanted and has no outcome yet. */
    private readonly open;
    private openSince;
    /**
     * What was left and may still have frames on their way: a new subscription of the same name waits, so that it gets none of them. The function
     * cancels another try where the server could not do it.
     */
    private readonly leaving;
    /** What the server could not begin just now, with the function that cancels another try. */
    private readonly resting;
    private failures;
    constructor(options: RosterOptions);
    /** When the oldest outcome that is missing began to be missing; `undefined` if none is. */
    get pendingSince(): number | undefined;
    /** A link is opened that carries some of the channels from the start. */
    begin(carried: readonly ChannelRequest[], wanted: readonly ChannelRequest[]): void;
    /** The link takes frames from now on. */
    up(uplink: Uplink): void;
    /** The link is gone. */
    drop(): void;
    /** Asks the server for the difference between what it was asked for and what is wanted now. */
    sync(wanted: readonly ChannelRequest[]): void;
    /** Leaves what is not wanted any more. What the service subscribed to is wanted from then on. */
    private keep;
    /** Takes a frame that speaks of one channel. Whether it is for the subscription that there is now. What it makes possible, the next `sync` does. */
    accept(frame: ChannelFrame): boolean;
    private enter;
    private expect;
    /** Where the channel is subscribed to already, this replaces its filter alone, so there is no position to give. */
    private subscribe;
    private leave;
    /** The server has nothing more of the channel: it confirms that, or never began. Whether it had been asked to end it. */
    private left;
    private denied;
    private later;
}
/** Whether the filter `one` lets through whatever `other` does. `undefined` lets through everything. */
export declare function covers(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean;
