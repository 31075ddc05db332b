/** Reads stored events of one channel. */

import { RefusedError } from "./errors.js";
import { type EventFrame, parseObject, readEvent } from "./frames.js";
import { type HttpOptions, queryValue, readRefusal, request, WRONG_PLACE } from "./http.js";
import { type Clock, platform, type Signal } from "./platform.js";

/** An answer that takes longer than this, in milliseconds, is not awaited: the same patience as with a silent stream. */
const PATIENCE = 40_000;

/** Which stored events to read. `after` and `before` exclude each other; without either, the newest. */
export type HistoryQuery =
  | { readonly limit?: number | undefined; readonly after?: string | undefined; readonly before?: undefined }
  | { readonly limit?: number | undefined; readonly before?: string | undefined; readonly after?: undefined };

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
export async function fetchPage(http: HttpOptions, channel: string, query: HistoryQuery, clock: Clock): Promise<Page> {
  const controller = new platform.AbortController();
  const cancel = clock.after(PATIENCE, () => controller.abort());
  try {
    return await requestPage(http, channel, query, controller.signal, clock.now());
  } finally {
    cancel();
  }
}

async function requestPage(http: HttpOptions, channel: string, query: HistoryQuery, signal: Signal, now: number): Promise<Page> {
  const values: readonly (readonly [string, string | number | undefined])[] = [["limit", query.limit], ["after", query.after], ["before", query.before]];
  const tail = values.map(([name, value]) => (value === undefined ? "" : `&${name}=${queryValue(String(value))}`)).join("");
  const path = `/history?channel=${queryValue(channel)}${tail}`;
  const response = await request(http, path, { method: "GET", headers: { accept: "application/json" }, signal });
  if (response.status !== 200) throw await readRefusal(response, now);
  const page = readPage(await response.text());
  if (page !== undefined) return page;
  throw new RefusedError({ name: "not_tidewire", message: "the answer is not a page of history", hint: WRONG_PLACE }, "back_off");
}

function readPage(text: string): Page | undefined {
  const { events, cursor, number, gap } = parseObject(text) ?? {};
  if (!Array.isArray(events) || typeof cursor !== "string") return undefined;
  const frames = events.flatMap((event: unknown) => readEvent(Object(event)) ?? []);
  const page: Page = typeof number === "number" ? { events: frames, cursor, number } : { events: frames, cursor };
  if (typeof gap !== "object" || gap === null) return page;
  const { reason, missed } = gap as { readonly [name: string]: unknown };
  const hole = { reason: typeof reason === "string" ? reason : "no_state" };
  return { ...page, gap: typeof missed === "number" ? { ...hole, missed } : hole };
}
