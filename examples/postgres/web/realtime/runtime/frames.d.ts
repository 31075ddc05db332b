/** The frames of the wire: the one place where text from the server becomes typed values. */
import type { WireError } from "./errors.js";
/** The first frame of every connection. */
export interface WelcomeFrame {
    readonly type: "welcome";
    /** Names this connection in logs and options; it grants nothing. */
    readonly connection: string;
    /** The hash of the server's contract. */
    readonly contract: string;
    /** How often the server sends something, in milliseconds. */
    readonly heartbeat: number;
    /** Proves who comes back; a secret. Absent where the server knows no sessions. */
    readonly session?: string;
    /** Whose connection it is; absent for nobody's. */
    readonly user?: string;
    /** Until when the grant holds, by the server's clock; absent where it has no end. */
    readonly expires?: number;
    /** What the server's clock says. */
    readonly time?: number;
    /** What the service says to begin with. */
    readonly greeting?: unknown;
    /** The name of the connection that tabs share. */
    readonly shared?: string;
}
/** Says that a right was taken away: to one channel, or with `null` to everything. */
export interface RevokedFrame {
    readonly type: "revoked";
    readonly channel: string | null;
    /** Until when, by the server's clock. */
    readonly until?: number;
}
/** Says that a subscription begins without a hole. */
export interface SubscribedFrame {
    readonly type: "subscribed";
    readonly channel: string;
    /** `fresh`: delivery starts now. `resumed`: everything after the given cursor follows. */
    readonly outcome: "fresh" | "resumed";
    /** Where delivery starts. */
    readonly cursor: string;
    /** Whether the service did it, without having been asked. */
    readonly isByServer?: boolean;
}
/** An event. */
export interface EventFrame {
    readonly type: "event";
    readonly channel: string;
    readonly event: string;
    readonly id: string | null;
    readonly number: number | null;
    readonly time: number;
    readonly sender: string | null;
    /** The connection that published it; absent where the server did. */
    readonly origin?: string;
    /** Absent for a signal. */
    readonly data?: unknown;
}
/** Says that events may be missing between two cursors. */
export interface GapFrame {
    readonly type: "gap";
    readonly channel: string;
    readonly reason: string;
    readonly from: string | null;
    readonly cursor: string;
    readonly missed?: number;
    /** Whether the service subscribed to the channel, without having been asked. */
    readonly isByServer?: boolean;
}
/** Says where a subscription stands after events that were not for this client. */
export interface PositionFrame {
    readonly type: "position";
    readonly channel: string;
    readonly cursor: string;
}
/** Says that the server is about to end the connection on purpose. */
export interface ReconnectFrame {
    readonly type: "reconnect";
    /** How long to wait, in milliseconds. */
    readonly after: number;
}
/** Says why the connection ends; or, where it has a `ref`, why what that frame asked for was not done. */
export interface ErrorFrame {
    readonly type: "error";
    readonly error: WireError;
    /** The number of the frame; `null` for one that had none. */
    readonly ref?: number | null;
}
/** Says that what a frame asked for was done. */
export interface AckFrame {
    readonly type: "ack";
    readonly ref: number;
    /** What the server says besides: where an event is stored. */
    readonly members: Fields;
}
/** Says that a channel is not to be had. */
export interface DeniedFrame {
    readonly type: "denied";
    readonly channel: string;
    readonly error: WireError;
    readonly ref?: number;
}
/** Says that nothing of a channel follows. */
export interface UnsubscribedFrame {
    readonly type: "unsubscribed";
    readonly channel: string;
    /** Whether the service did it, without having been asked. */
    readonly isByServer?: boolean;
}
/** Says whether the server reaches what is behind it. */
export interface StatusFrame {
    readonly type: "status";
    readonly status: "degraded" | "connected";
}
/** Says that the server is there. */
export interface PingFrame {
    readonly type: "ping";
}
/** The frames that speak of one channel. */
export type ChannelFrame = SubscribedFrame | EventFrame | GapFrame | PositionFrame | DeniedFrame | UnsubscribedFrame;
/** Every frame that this version acts upon. */
export type Frame = WelcomeFrame | RevokedFrame | ReconnectFrame | ErrorFrame | AckFrame | StatusFrame | PingFrame | ChannelFrame;
/** A frame of a type, or a shape, that this version does not know: ignored, as the protocol asks. */
export type Unreadable = "unknown" | "malformed";
/** The members of a JSON object. */
export type Fields = {
    readonly [name: string]: unknown;
};
/** Reads one frame. A type that is not known is `unknown`; what is no frame, or lacks a member, is `malformed`. */
export declare function readReply(fields: unknown): Frame | Unreadable;
/** Reads the object of an `event` frame. `undefined` if it lacks a member. */
export declare function readEvent(fields: Fields): EventFrame | undefined;
/** Reads the object of an error, in a frame or in an answer. `undefined` if it is not one. */
export declare function readError(value: unknown): WireError | undefined;
/** Parses text that holds a JSON object. `undefined` for anything else. */
export declare function parseObject(text: string): Fields | undefined;
