/** What a check is, and what all of them share. */
import { MAX_DEPTH } from "../values.js";
/** The verdict on what lies one step further into a value, which may be too deep. */
export function into(check, value, depth, report, part) {
    return report === undefined ? depth < MAX_DEPTH && check(value, depth + 1) : report.inside(part, check, value, depth + 1);
}
