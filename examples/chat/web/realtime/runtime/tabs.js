/** One connection for the tabs of a browser. */
import { fetchPage } from "./history.js";
import { absoluteUrl } from "./http.js";
import { platform } from "./platform.js";
import { OwnEvents } from "./tabs/own-events.js";
import { TabLink } from "./tabs/tab-link.js";
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
export function sharedTabs({ group } = {}) {
    return (own, { http, clock }) => {
        const surroundings = platformTabs();
        if (surroundings === undefined || ((http.headers !== undefined || http.tokens !== undefined) && group === undefined))
            return own;
        return sharing({ own, http, clock, group: group ?? "", surroundings });
    };
}
/** The same, with surroundings of a test's. */
export function sharing(parts) {
    const { own: transport, http, clock, group, surroundings } = parts;
    const own = new OwnEvents(clock);
    return (request, handlers) => {
        // Tabs that were loaded before an update of the page speak as they did then: the number changes with the messages.
        const name = `tidewire tabs 2 ${absoluteUrl(http.url)} ${http.contract} ${http.credentials ?? ""} ${group}`;
        return new TabLink({ clock, surroundings, group: name, own, transport, page: (channel, query) => fetchPage(http, channel, query, clock) }, request, handlers);
    };
}
function platformTabs() {
    const { navigator, BroadcastChannel: Wire, AbortController: Controller } = platform;
    const locks = navigator?.locks;
    if (locks === undefined || Wire === undefined)
        return undefined;
    return { locks, wire: (name) => new Wire(name), controller: () => new Controller() };
}
