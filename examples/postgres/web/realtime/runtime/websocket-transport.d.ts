/** Carries frames over a WebSocket: each text message is one frame, in either direction. */
import { type HttpOptions } from "./http.js";
import type { Transport } from "./transport.js";
/** A transport over `GET /socket`. The session's key and the token travel as further sub-protocols: a browser's WebSocket sends no headers, and URLs end up in logs. */
export declare function webSocketTransport(options: HttpOptions): Transport;
