/** What carries frames: the seam between the connection, which knows the promises, and the ways to keep them. */
import type { RefusedError, Retry } from "./errors.js";
import type { StatusReason } from "./status.js";
/** A channel that a connection is to carry. */
export interface ChannelRequest {
    /** The name of the channel. */
    readonly name: string;
    /** Where to continue; `undefined` to begin with what comes next. */
    readonly cursor: string | undefined;
    /** Whether the cursor is the application's, and no server has accepted it yet. */
    readonly isGiven?: boolean;
    /** Without a cursor: begin with this many stored events. */
    readonly last?: number | undefined;
    /** Only these events, in alphabetical order; `undefined` for all. */
    readonly events?: readonly string[] | undefined;
    /** Whether its members are wanted, too. */
    readonly presence?: boolean;
    /** Whether the service subscribed to it, and the client only keeps its place. */
    readonly isByServer?: boolean;
    /** Tells a subscription from an earlier one of the same name. */
    readonly token?: object | undefined;
}
/** What a link is opened for. */
export interface OpenRequest {
    /** The channels that it carries from the start; there may be none. */
    readonly channels: readonly ChannelRequest[];
    /** The names of the others that are wanted: frames ask for them once it carries any. */
    readonly later?: readonly string[];
    /** The key of the session that continues; `undefined` for a new one. A secret: never in a URL. */
    readonly session: string | undefined;
    /** What `token` of the client's options gave for this attempt. A secret: never in a URL. */
    readonly token?: string | undefined;
}
/** A frame on its way to the server. */
export interface OutgoingFrame {
    /** Its number, which its reply repeats. */
    readonly ref: number;
    /** All of it, as JSON. */
    readonly text: string;
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
    /** The reply to a frame that came by another way than the link, and so says nothing about the link. */
    onReply(reply: unknown): void;
    /** These frames get no other reply. Whether the server did what they ask for is as `error` says. */
    onFailed(refs: readonly number[], error: RefusedError): void;
    /** Something arrived, be it a heartbeat or a piece of a frame. */
    onAlive(): void;
    /** The delay that the server would like before a reconnect, in milliseconds. */
    onRetry(milliseconds: number): void;
    /** The link is over; nothing else follows, and frames without a reply get none. Not called after {@link Link.close}. */
    onEnd(end: LinkEnd): void;
}
/** One connection attempt, and the connection it becomes. The client has one at a time. */
export interface Link {
    /** Ends it. */
    close(): void;
    /**
     * Sends frames in this order, after those of earlier calls. Each gets a reply, or is named to `onFailed`, or the link ends. Only for a link
     * whose `welcome` came; `session` is the key from there.
     */
    send(frames: readonly OutgoingFrame[], session: string | undefined): void;
}
/**
 * Opens a link: one way to carry frames. Never throws: what goes wrong is told to `onEnd`. The frames are those of PROTOCOL.md, and whoever takes part in
 * it can stand at the other end; the client keeps its promises over any of them. `createClient({ url, transport })` takes one, and pages of history
 * still come from `url`.
 *
 * @example
 * ```ts
 * const overPort = (port: MessagePort): Transport => (request, handlers) => {
 *   port.onmessage = ({ data }) => handlers.onFrame(data);
 *   port.postMessage(JSON.stringify(request));
 *   return { close: () => port.close(), send: (frames) => frames.forEach(({ text }) => port.postMessage(text)) };
 * };
 * ```
 */
export type Transport = (request: OpenRequest, handlers: LinkHandlers) => Link;
