/** What tabs tell each other. One of them leads: it has the connection, and the others reach the server through it. */
import type { Retry, WireError } from "../errors.js";
import type { ChannelRequest, LinkEnd, OutgoingFrame } from "../transport.js";
/** A channel that a tab wants to be subscribed to, without what cannot be sent to another tab. */
export type Wanted = Omit<ChannelRequest, "token">;
/** What a tab says to whoever leads. */
export type Upward = {
    readonly type: "open";
    readonly from: string;
    readonly channels: readonly Wanted[];
    readonly later: readonly string[];
    readonly session: string | undefined;
} | {
    readonly type: "send";
    readonly from: string;
    readonly frames: readonly OutgoingFrame[];
} | {
    readonly type: "close";
    readonly from: string;
}
/** Whether the leader is awake. */
 | {
    readonly type: "ask";
    readonly from: string;
};
/** What the leader says, to one tab or to all. */
export type Downward = 
/** From here on this tab leads. */
{
    readonly type: "leading";
    readonly leader: string;
}
/** This tab's request is known. */
 | {
    readonly type: "opened";
    readonly leader: string;
    readonly to: string;
}
/** A frame of the server's, or one that stands for it. With a channel it is for those who are subscribed to that. */
 | {
    readonly type: "frame";
    readonly leader: string;
    readonly to?: string;
    readonly text: string;
    readonly channel?: string;
    /** The type of a frame with a channel. */
    readonly kind?: string;
    /** Whether a tab of this browser published the event. */
    readonly isOurs?: boolean;
    /** Whether this begins a subscription, and the server itself brings what follows the tab's own position. */
    readonly isBeginning?: boolean;
}
/** From here on the tab gets a channel that others have already; `position` is where those are. */
 | {
    readonly type: "join";
    readonly leader: string;
    readonly to: string;
    readonly wanted: Wanted;
    readonly position: string;
}
/** A frame of the tab's gets no other reply. */
 | {
    readonly type: "failed";
    readonly leader: string;
    readonly to: string;
    readonly ref: number;
    readonly error: PlainRefusal;
} | {
    readonly type: "alive";
    readonly leader: string;
} | {
    readonly type: "retry";
    readonly leader: string;
    readonly milliseconds: number;
} | {
    readonly type: "end";
    readonly leader: string;
    readonly end: LinkEnd;
};
/** A refusal as it is sent to another tab. */
export interface PlainRefusal {
    readonly error: Omit<WireError, "code"> & {
        readonly code?: number;
    };
    readonly retry: Retry;
}
