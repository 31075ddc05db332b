/** Chooses between two ways to carry frames: whichever works. */
import type { Clock } from "./platform.js";
import type { Transport } from "./transport.js";
/** An attempt that has not greeted after this long, in milliseconds, is left for the other way. Some proxies let a handshake hang for minutes. */
export declare const PATIENCE = 5000;
/**
 * Begins with the first way. An attempt on which the server does not say anything makes the other way the next one; a way on which it did stays.
 * Nothing is lost in between: both ways have the same abilities, and every attempt brings the same cursors and the same session.
 */
export declare function autoTransport(first: Transport, second: Transport, clock: Clock): Transport;
