/**
 * Tells the events of this tab from those of others that share its session.
 *
 * To the server they are one: it names the session as the origin of what any of them publishes, and would keep an event from all of them that one
 * does not want back. So the tabs never ask it to, and each leaves its own out by itself.
 */
import type { Fields } from "../frames.js";
import type { Clock } from "../platform.js";
/** An event without a position is known by what it says, for this long, in milliseconds; and one with a position waits so long for its acknowledgement. */
export declare const MEMORY = 5000;
/** `unknown`: an acknowledgement that is under way will say. */
export type Verdict = "own" | "excluded" | "other" | "unknown";
/** What this tab published. It outlives a connection: what was sent over one comes back over the next. */
export declare class OwnEvents {
    private readonly clock;
    /** What has no acknowledgement yet, by its key. */
    private readonly waiting;
    private readonly stored;
    /** What may come back without a position. */
    private unnumbered;
    constructor(clock: Clock);
    /** Takes note of a `publish` frame, and gives the one to send. */
    send(frame: Fields): Fields;
    /** Takes the reply to the frame with this key; `id` is the position of the event, if it got one. */
    settle(key: string, id: unknown): void;
    /** Whose an event is that some tab of this browser published. */
    judge({ channel, event, id, data }: Fields): Verdict;
}
