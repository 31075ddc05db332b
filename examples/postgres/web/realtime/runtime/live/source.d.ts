/** Where the values of a live query come from. */
import type { PayloadError, RefusedError } from "../errors.js";
/**
 * The state of a live query.
 *
 * - `connecting`: nothing is known yet, or it is not subscribed.
 * - `open`: what is shown is current.
 * - `reconnecting`: the connection was lost, or is slow to come back; what is shown may be old.
 * - `error`: the newest run failed, or its value violates the contract; what is shown is the last good value, and the next run may succeed.
 * - `closed`: nothing follows by itself: the right is gone, the server refuses for good, the client was closed, or it is not enabled.
 */
export type LiveStatus = "connecting" | "open" | "reconnecting" | "error" | "closed";
/** Why a live query is not open: the server's refusal, or what is wrong with its value. */
export type LiveError = RefusedError | PayloadError;
/** A value as it came. */
export interface Arrival {
    /** Larger than that of every earlier one of this client, and the same as long as the value is. */
    readonly number: number;
    readonly data: unknown;
    /** The event that brought it, if one did. */
    readonly event?: readonly [unknown];
}
/** What a view reads. */
export interface Source {
    readonly status: LiveStatus;
    readonly error: LiveError | undefined;
    /** The newest value. */
    readonly latest: Arrival | undefined;
    /** Calls back after each change, until the answer is called. */
    listen(changed: () => void): () => void;
    /** Makes it anew. */
    reload(): Promise<void>;
}
