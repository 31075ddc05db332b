/** Reads stored events of one channel. */
import { RefusedError } from "./errors.js";
import { parseObject, readEvent } from "./frames.js";
import { queryValue, readRefusal, request, WRONG_PLACE } from "./http.js";
import { platform } from "./platform.js";
/** An answer that takes longer than this, in milliseconds, is not awaited: the same patience as with a silent stream. */
const PATIENCE = 40_000;
/**
 * Fetches one page.
 *
 * @throws {@link RefusedError} if the answer is not a page; its `retry` says whether repeating can help. Network failures, and 40 s without
 * an answer, reject as `fetch` does.
 */
export async function fetchPage(http, channel, query, clock) {
    const controller = new platform.AbortController();
    const cancel = clock.after(PATIENCE, () => controller.abort());
    try {
        return await requestPage(http, channel, query, controller.signal, clock.now());
    }
    finally {
        cancel();
    }
}
async function requestPage(http, channel, query, signal, now) {
    const values = [["limit", query.limit], ["after", query.after], ["before", query.before]];
    const tail = values.map(([name, value]) => (value === undefined ? "" : `&${name}=${queryValue(String(value))}`)).join("");
    const path = `/history?channel=${queryValue(channel)}${tail}`;
    const response = await request(http, path, { method: "GET", headers: { accept: "application/json" }, signal });
    if (response.status !== 200)
        throw await readRefusal(response, now);
    const page = readPage(await response.text());
    if (page !== undefined)
        return page;
    throw new RefusedError({ name: "not_tidewire", message: "the answer is not a page of history", hint: WRONG_PLACE }, "back_off");
}
function readPage(text) {
    const { events, cursor, number, gap } = parseObject(text) ?? {};
    if (!Array.isArray(events) || typeof cursor !== "string")
        return undefined;
    const frames = events.flatMap((event) => readEvent(Object(event)) ?? []);
    const page = typeof number === "number" ? { events: frames, cursor, number } : { events: frames, cursor };
    if (typeof gap !== "object" || gap === null)
        return page;
    const { reason, missed } = gap;
    const hole = { reason: typeof reason === "string" ? reason : "no_state" };
    return { ...page, gap: typeof missed === "number" ? { ...hole, missed } : hole };
}
