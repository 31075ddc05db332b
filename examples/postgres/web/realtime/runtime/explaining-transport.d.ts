/** Asks another way why a handshake was refused, where the platform does not say it: a WebSocket that a server refuses looks like a network that fails. */
import type { Clock } from "./platform.js";
import type { Transport } from "./transport.js";
/** Carries frames over the first way alone. An attempt that fails before anything came is repeated once over the second, for the refusal that it may get there. */
export declare function explainingTransport(first: Transport, second: Transport, clock: Clock): Transport;
