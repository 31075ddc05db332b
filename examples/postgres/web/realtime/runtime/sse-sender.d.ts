/** The way up beside a stream that only comes down: `POST /send`. */
import { RefusedError } from "./errors.js";
import { type HttpOptions } from "./http.js";
import { type Clock } from "./platform.js";
import type { OutgoingFrame } from "./transport.js";
/** Who is told what became of the frames. */
export interface SenderHandlers {
    onReply(reply: unknown): void;
    onFailed(refs: readonly number[], error: RefusedError): void;
    /** The server does not know the session, so nothing of the request was done. */
    onUnknownSession(error: RefusedError): void;
}
/** Sends the frames of one link: those of one moment in one request, and one request at a time, which keeps their order. */
export declare class SseSender {
    private readonly http;
    private readonly clock;
    private readonly handlers;
    private queue;
    private session;
    private running;
    private closed;
    private controller;
    constructor(http: HttpOptions, clock: Clock, handlers: SenderHandlers);
    send(frames: readonly OutgoingFrame[], session: string): void;
    close(): void;
    private run;
    /** As many frames as one body holds, and at least one: a frame that is too long by itself is the server's to refuse. */
    private take;
    private settle;
    private post;
}
