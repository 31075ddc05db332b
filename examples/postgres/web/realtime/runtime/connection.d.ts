/** The connection as a state machine. It knows the promises and the clock, and nothing of how frames travel. */
import { type ChannelFrame, type Fields, type RevokedFrame, type Unreadable, type WelcomeFrame } from "./frames.js";
import type { Clock, Signals } from "./platform.js";
import type { Roster } from "./roster.js";
import type { StatusReason, StatusStore } from "./status.js";
import type { ChannelRequest, Transport } from "./transport.js";
import { Uplink } from "./uplink.js";
/** Silence for this long means a dead connection, in milliseconds. Longer only for a server with a slower heartbeat. */
export declare const DEAD_AFTER = 40000;
/** A heartbeat is late after this much more than its interval, in milliseconds. */
export declare const LATE_AFTER = 5000;
/** What a connection works with, and whom it tells. */
export interface ConnectionOptions {
    readonly transport: Transport;
    readonly clock: Clock;
    readonly signals: Signals;
    readonly status: StatusStore;
    readonly roster: Roster;
    /** The channels that are wanted now, each with the cursor it continues from. */
    readonly wanted: () => readonly ChannelRequest[];
    /** Whether the connection is needed although no channel is wanted. */
    readonly isNeeded: () => boolean;
    /** The connection takes frames from now on. */
    readonly onUp: (uplink: Uplink) => void;
    /** The connection is gone; what was sent and has no reply gets none. `final`: the server refuses for good, or the application closed it. */
    readonly onDown: (final: StatusReason | undefined) => void;
    /** A frame that speaks of one channel. */
    readonly onFrame: (frame: ChannelFrame) => void;
    /** The first frame of a connection. */
    readonly onWelcome: (frame: WelcomeFrame) => void;
    /** A right was taken away. */
    readonly onRevoked: (frame: RevokedFrame) => void;
    /** A frame of a type that is not known here. Whether somebody else knows it. */
    readonly onOther: (frame: Fields) => boolean;
    /** Whether another attempt comes with another token. */
    readonly isRenewed: boolean;
    /** What the client says of itself in each query, as JSON. */
    readonly opening: string | undefined;
    /** Text that is no frame, or a frame of a type that this version does not know. */
    readonly onUnreadable: (kind: Unreadable) => void;
}
/** Keeps one link open for as long as a channel is wanted. */
export declare class Connection {
    private readonly options;
    private phase;
    /** Counts attempts. What an earlier attempt still says is dropped by comparing it, so there are never two live links. */
    private generation;
    private link;
    private welcome;
    private openedAt;
    private lastAlive;
    private uplink;
    /** Proves to the server who comes back. Kept in memory alone, for as long as the client lives. */
    private session;
    private identity;
    /** The channels that the server gave a final answer to. */
    private refused;
    /** The server does not reach what is behind it. */
    private isCutOff;
    /** A position from the application may be why the server refused: then each goes in a frame of its own, and its channel is refused alone. */
    private isWary;
    /** Whether there was a connection since the first subscription: later attempts are reconnects. */
    private wasLive;
    /** Attempts in a row that never became live. A server that greets and then fails must not be asked in a loop. */
    private failures;
    /** The server asked not to be bothered before this moment. */
    private notBefore;
    private cancelTimer;
    private unwatch;
    constructor(options: ConnectionOptions);
    /** The public name of the session; `undefined` before the first connection. */
    get id(): string | undefined;
    /** The name of the connection, also where tabs share it. */
    get shared(): string | undefined;
    /** Brings the connection in line with the channels that are wanted now. */
    sync(): void;
    /** Ends the connection for good. */
    close(): void;
    /** The first channel is wanted. A server that asked for patience before the last one left still gets it. */
    private begin;
    /** Nothing is wanted: back to the state before the first subscription. */
    private rest;
    private drop;
    private open;
    private handlers;
    private alive;
    private take;
    private greet;
    /** The server greeted, and the link takes frames: a transport may greet before it returns. */
    private up;
    private pass;
    private revoke;
    private end;
    private refuse;
    /**
     * Derives the status from what is known. While an attempt is under way the status before it stays. Listeners may close the client, so this
     * comes last wherever it can, and does nothing for a link that is over.
     */
    private settle;
    /** What went wrong last stays visible until the next attempt succeeds. */
    private reasonSoFar;
    private lateAfter;
    private deadAfter;
    /** Looks at the silence. */
    private inspect;
    /** One timer, armed for the next moment at which something can have changed: not re-armed with each frame, of which there are many. */
    private inspectLater;
    private schedule;
    private readonly onOffline;
    /** The network is back, or somebody looks at the page again: timers may have slept, so look now. */
    private readonly onWake;
    private setStatus;
}
