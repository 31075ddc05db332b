/** Checks what events carry. What decides comes with the contract, so this module knows no kind of type. */
import { fail, issuesOf } from "./checks/check.js";
import { PayloadError } from "./errors.js";
const signal = (value) => value === undefined || fail("payload", value, "no data: this event is a signal");
const missing = (value) => fail("payload", value, "data");
/** What is wrong with what an event carries; an empty list for valid data. `data` is `undefined` where the event came without any. */
export function payloadIssues({ payload }, data) {
    return issuesOf(payload === undefined ? signal : data === undefined ? missing : payload, data);
}
/** Valid data with its defaults filled in: the same data where nothing is missing. */
export function filled({ fill }, data) {
    return fill === undefined ? data : fill(data);
}
/**
 * The event that a client publishes, once its data is checked.
 *
 * @throws RangeError if the channel has no such event, or clients may not publish it, which the types already rule out.
 * @throws {@link PayloadError} if the data violates the contract.
 */
export function publishable(contract, pattern, channel, event, data) {
    const events = contract.channels[pattern]?.events ?? {};
    const spec = Object.hasOwn(events, event) ? events[event] : undefined;
    if (spec?.publish.includes("client") !== true)
        throw new RangeError(`clients publish no event \`${event}\` on \`${pattern}\``);
    const issues = payloadIssues(spec, data);
    if (issues.length > 0)
        throw new PayloadError(channel, event, issues);
    return spec;
}
