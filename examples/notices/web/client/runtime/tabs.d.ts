/** One connection for the tabs of a browser. */
import { type HttpOptions } from "./http.js";
import { type Clock } from "./platform.js";
import { type Surroundings } from "./tabs/tab-link.js";
import type { Transport } from "./transport.js";
/** How several tabs share a connection; what `sharedTabs` makes. */
export type TabSharing = (own: Transport, parts: {
    readonly http: HttpOptions;
    readonly clock: Clock;
}) => Transport;
/** Which tabs share. */
export interface SharedTabsOptions {
    /**
     * Tabs share a connection if they name the same group; the empty one by default. Name the user here where one browser can have two at once: whoever
     * leads connects for all. Required with `token` or `headers`, which may be another user's in another tab: without it such a client keeps a connection of its own.
     */
    readonly group?: string;
}
/**
 * Lets the tabs of a browser share one connection: one of them holds it, and when it goes the next one continues where it was, without loss. Tabs share
 * that are of the same origin, with the same `url`, contract and group. Where the browser has no Web Locks or no BroadcastChannel, which is also where
 * the page is not secure, each tab keeps a connection of its own, as without this.
 *
 * To the server the tabs are one connection: its limits hold for all of them together, and `connectionId` is `undefined`, because what the service left out for
 * one of them it would leave out for all. `excludeSelf` and `meta.self` speak of this tab alone, as ever. Of what the tabs show of themselves on a channel the newest
 * counts; a call of the service's is answered by one tab that can. Channels that the service subscribes to are every tab's. A tab that was behind the one that leads when the
 * connection was lost fetches what it missed of them, as of any channel, from the history, and for that needs the right to them by itself: without it the channel is denied to this tab.
 *
 * @example
 * ```ts
 * const client = createClient({ url: "/realtime", tabs: sharedTabs() });
 * ```
 */
export declare function sharedTabs({ group }?: SharedTabsOptions): TabSharing;
/** The same, with surroundings of a test's. */
export declare function sharing(parts: {
    readonly own: Transport;
    readonly http: HttpOptions;
    readonly clock: Clock;
    readonly group: string;
    readonly surroundings: Surroundings;
}): Transport;
