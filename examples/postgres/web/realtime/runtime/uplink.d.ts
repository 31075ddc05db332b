/** The way up over one link: numbers the frames, and hands each reply to whoever asked. */
import { type RefusedError } from "./errors.js";
import type { AckFrame, DeniedFrame, ErrorFrame } from "./frames.js";
import type { Link } from "./transport.js";
/** A frame without its number, and who wants to know what became of it. */
export interface Outgoing {
    /** Its members, as JSON without the braces. */
    readonly members: string;
    /** Called at most once: not at all where the link ends first, which is told to everybody in another way. */
    readonly onReply: (reply: AckFrame | RefusedError) => void;
}
/** Frames and their replies over one link. */
export declare class Uplink {
    private readonly link;
    private readonly session;
    private readonly waiting;
    private last;
    constructor(link: Link, session: string | undefined);
    /** Sends frames in this order, after those of earlier calls. The number of the last one. */
    send(frames: readonly Outgoing[]): number;
    /** Takes a reply. One that nobody waits for is left out. */
    accept(frame: AckFrame | ErrorFrame | DeniedFrame): void;
    /** Takes what is known of frames that get no reply. */
    fail(refs: readonly number[], error: RefusedError): void;
    private settle;
}
