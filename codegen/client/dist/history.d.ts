/** Reads stored events of one channel. */
import { type EventFrame } from "./frames.js";
import { type HttpOptions } from "./http.js";
import { type Clock } from "./platform.js";
/** Which stored events to read. `after` and `before` exclude each other; without either, the newest. */
export type HistoryQuery = {
    readonly limit?: number | undefined;
    readonly after?: string | undefined;
    readonly before?: undefined;
} | {
    readonly limit?: number | undefined;
    readonly before?: string | undefined;
    readonly after?: undefined;
};
/** A hole between the given cursor and a page: events that lay right after it, or right before it, are no longer there. */
export interface PageGap {
    /** What happened: one of `gapReasons`, or a reason of a later version. */
    readonly reason: string;
    /** How many events are lost; absent where nobody can know. */
    readonly missed?: number;
}
/** A page as it came. */
export interface Page {
    readonly events: readonly EventFrame[];
    readonly cursor: string;
    /** The number of the last event that the cursor covers; absent if the server does not say. */
    readonly number?: number;
    readonly gap?: PageGap;
}
/**
 * Fetches one page.
 *
 * @throws {@link RefusedError} if the answer is not a page; its `retry` says whether repeating can help. Network failures, and 40 s without
 * an answer, reject as `fetch` does.
 */
export declare function fetchPage(http: HttpOptions, channel: string, query: HistoryQuery, clock: Clock): Promise<Page>;
