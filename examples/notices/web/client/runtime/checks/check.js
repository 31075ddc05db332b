/** What a check is, and what all of them share. */
import { MAX_DEPTH } from "../values.js";
/** Notes a problem where there is a report to note it in. The verdict is `false` either way. */
export function fail(report, code, value, limit, part) {
    return report !== undefined && report.add(code, value, limit, part);
}
/** The verdict on what lies one step further into a value, which may be too deep. */
export function into(check, value, depth, report, part) {
    return report === undefined ? depth < MAX_DEPTH && check(value, depth + 1) : report.inside(part, check, value, depth + 1);
}
/** The verdict on a number or a count between two bounds, which it may reach. */
export function within(is, min, max, report, low, high) {
    return is < min ? fail(report, low, is, min) : is <= max || fail(report, high, is, max);
}
