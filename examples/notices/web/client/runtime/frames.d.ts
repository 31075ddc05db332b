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
}
/** Says that a subscription begins without a hole. */
export interface SubscribedFrame {
    readonly type: "subscribed";
    readonly channel: string;
    /** `fresh`: delivery starts now. `resumed`: everything after the given cursor follows. */
    readonly outcome: "fresh" | "resumed";
    /** Where delivery starts. */
    readonly cursor: string;
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
}
/** Says that the server is about to end the connection on purpose. */
export interface ReconnectFrame {
    readonly type: "reconnect";
    /** How long to wait, in milliseconds. */
    readonly after: number;
}
/** Says why the connection ends. */
export interface ErrorFrame {
    readonly type: "error";
    readonly error: WireError;
}
/** The frames that speak of one channel. */
export type ChannelFrame = SubscribedFrame | EventFrame | GapFrame;
/** Every frame that this version acts upon. */
export type Frame = WelcomeFrame | ReconnectFrame | ErrorFrame | ChannelFrame;
/** A frame of a type, or a shape, that this version does not know: ignored, as the protocol asks. */
export type Unreadable = "unknown" | "malformed";
type Fields = {
    readonly [name: string]: unknown;
};
/** Reads one frame. A type that is not known is `unknown`; text that is no frame, or lacks a member, is `malformed`. */
export declare function readFrame(text: string): Frame | Unreadable;
/** Reads the object of an `event` frame. `undefined` if it lacks a member. */
export declare function readEvent(fields: Fields): EventFrame | undefined;
/** Reads the object of an error, in a frame or in an answer. `undefined` if it is not one. */
export declare function readError(value: unknown): WireError | undefined;
/** Parses text that holds a JSON object. `undefined` for anything else. */
export declare function parseObject(text: string): Fields | undefined;
export {};
