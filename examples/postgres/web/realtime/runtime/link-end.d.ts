/** What follows from an error that ended a link. */
import type { LinkEnd } from "./transport.js";
/** The end of a link that `error` caused. What is not a refusal may pass; `name` says what it is. */
export declare function linkEnd(error: unknown, name?: string): LinkEnd;
