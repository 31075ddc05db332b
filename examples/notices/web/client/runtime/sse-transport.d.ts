/** Carries frames over Server-Sent Events, read with `fetch`: unlike `EventSource` that survives an error answer and can send headers. */
import { type HeaderMap, type HttpOptions } from "./http.js";
import type { ChannelRequest, Transport } from "./transport.js";
/** A transport over `GET /events`. Another set of channels takes another link: a stream cannot be asked for more while it runs. */
export declare function sseTransport(options: HttpOptions, now: () => number): Transport;
/** The request for a stream on these channels, with their cursors. */
export declare function openRequest(contract: string, channels: readonly ChannelRequest[]): {
    readonly path: string;
    readonly headers: HeaderMap;
};
