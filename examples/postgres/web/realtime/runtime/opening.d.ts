/** The query that opens a link: the same for both transports. */
import { type HttpOptions } from "./http.js";
import type { ChannelRequest } from "./transport.js";
/** Servers, and proxies on the way to them, refuse a longer query. */
export declare const MAX_QUERY = 8000;
/**
 * Those of the channels that one query can open; the others follow as frames. A query has one filter and one `last` for all: channels that want some
 * of their events share it, because the names of one say nothing in another, and those that want all of them need a query without.
 */
export declare function carried(channels: readonly ChannelRequest[], opening?: string): readonly ChannelRequest[];
/** The query for a link on these channels, of which either all or none want some of their events alone. */
export declare function openingQuery({ contract, opening }: Pick<HttpOptions, "contract" | "opening">, channels: readonly ChannelRequest[]): string;
