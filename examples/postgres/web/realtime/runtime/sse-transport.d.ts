/** Carries frames over Server-Sent Events, read with `fetch`: unlike `EventSource` that survives an error answer and can send headers. */
import { type HttpOptions } from "./http.js";
import { type Clock } from "./platform.js";
import type { Transport } from "./transport.js";
/** A transport over `GET /events`, and `POST /send` for the way up. */
export declare function sseTransport(options: HttpOptions, clock: Clock): Transport;
