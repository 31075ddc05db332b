/** One event's validator, also in the form that other libraries accept: Standard Schema, version 1. */
import { filled, payloadIssues } from "./validate.js";
/**
 * The validator of one event's payload.
 *
 * @example
 * ```ts
 * const message = validator(contract, "chat/{roomId}", "message.sent");
 * message.issues({ author: "ann" }); // one issue: /text is missing
 * ```
 *
 * @throws RangeError if the contract has no such event, which the types already rule out.
 */
export function validator(contract, pattern, event) {
    const spec = contract.channels[pattern]?.events[event];
    if (spec === undefined)
        throw new RangeError(`the contract has no event \`${event}\` on \`${pattern}\``);
    const issues = (data) => payloadIssues(spec, data);
    return {
        issues,
        "~standard": {
            version: 1,
            vendor: "tidewire",
            validate(value) {
                const found = issues(value);
                return found.length > 0 ? { issues: found } : { value: filled(spec, value) };
            },
        },
    };
}
