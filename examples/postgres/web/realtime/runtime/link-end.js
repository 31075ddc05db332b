/** What follows from an error that ended a link. */
import { RefusedError } from "./errors.js";
/** The end of a link that `error` caused. What is not a refusal may pass; `name` says what it is. */
export function linkEnd(error, name = "network") {
    if (error instanceof RefusedError) {
        const { code, reason, hint, message, retry, retryAfter } = error;
        const why = { name: reason, message, ...(code === undefined ? {} : { code }), ...(hint === undefined ? {} : { hint }) };
        return retryAfter === undefined ? { retry, reason: why } : { retry, reason: why, after: retryAfter };
    }
    return { retry: "back_off", reason: { name, message: error instanceof Error ? error.message : "the request failed" } };
}
