/** The query that opens a link: the same for both transports. */
import { queryValue } from "./http.js";
/** Servers, and proxies on the way to them, refuse a longer query. */
export const MAX_QUERY = 8000;
/** Room for what is in the query besides channels, their cursors and their filter. */
const RESERVE = 200;
/**
 * Those of the channels that one query can open; the others follow as frames. A query has one filter and one `last` for all: channels that want some
 * of their events share it, because the names of one say nothing in another, and those that want all of them need a query without.
 */
export function carried(channels, opening = "") {
    const filtered = channels.filter(({ events }) => events !== undefined);
    const together = filtered.length * 2 > channels.length ? filtered : channels.filter(({ events }) => events === undefined);
    const last = together.find(({ cursor }) => cursor === undefined)?.last;
    let room = MAX_QUERY - RESERVE - filterOf(together).length - queryValue(opening).length;
    return together.filter((channel) => {
        // The service restores what it subscribed to by itself; a frame says where to go on.
        if (channel.isByServer === true)
            return false;
        if (channel.cursor === undefined && channel.last !== last)
            return false;
        room -= nameOf(channel).length + queryValue(`${cursorOf(channel)},`).length;
        return room >= 0;
    });
}
/** The query for a link on these channels, of which either all or none want some of their events alone. */
export function openingQuery({ contract, opening }, channels) {
    const cursors = channels.map(cursorOf).filter((pair) => pair !== "").join(",");
    const last = channels.find(({ cursor }) => cursor === undefined)?.last;
    const names = channels.map(nameOf).join("");
    const rest = `${filterOf(channels)}${last === undefined ? "" : `&last=${last}`}${cursors === "" ? "" : `&lastEventId=${queryValue(cursors)}`}`;
    return `${names}ids=0&contract=${queryValue(contract)}${rest}${opening === undefined ? "" : `&opening=${queryValue(opening)}`}`;
}
function nameOf({ name }) {
    return `channel=${queryValue(name)}&`;
}
function cursorOf({ name, cursor }) {
    return cursor === undefined ? "" : `${name}=${cursor}`;
}
function filterOf(channels) {
    const names = new Set(channels.flatMap(({ events = [] }) => events));
    return [...names].map((event) => `&event=${queryValue(event)}`).join("");
}
