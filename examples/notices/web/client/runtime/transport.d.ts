/** What carries frames: the seam between the connection, which knows the promises, and the ways to keep them. */
import type { Retry } from "./errors.js";
import type { StatusReason } from "./status.js";
/** A channel that a connection is opened for. */
export interface ChannelRequest {
    /** The name of the channel. */
    readonly name: string;
    /** Where to continue; `undefined` to begin with what comes next. */
    readonly cursor: string | undefined;
}
/** Why a link ended, and what follows from it. */
export interface LinkEnd {
    /** What to do next. */
    readonly retry: Retry;
    /** What happened. */
    readonly reason: StatusReason;
    /** The delay that the server asks for, in milliseconds. */
    readonly after?: number;
}
/** Who is told about what happens on a link. */
export interface LinkHandlers {
    /** One frame, as text. */
    onFrame(text: string): void;
    /** Something arrived, be it a heartbeat or a piece of a frame. */
    onAlive(): void;
    /** The delay that the server would like before a reconnect, in milliseconds. */
    onRetry(milliseconds: number): void;
    /** The link is over; nothing else follows. Not called after {@link Link.close}. */
    onEnd(end: LinkEnd): void;
}
/** One connection attempt, and the connection it becomes. */
export interface Link {
    /** Ends it. */
    close(): void;
    /** Asks for another set of channels on the same link. `false` where that takes a new link, which is what the caller then opens. */
    change(channels: readonly ChannelRequest[]): boolean;
}
/** Opens a link. Never throws: what goes wrong is told to `onEnd`. */
export type Transport = (channels: readonly ChannelRequest[], handlers: LinkHandlers) => Link;
