/** Checks what events carry. What decides comes with the contract, so this module knows no kind of type. */
import { fail, issuesOf } from "./checks/check.js";
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
