/** What a check is, and how checks say what they found. */
import { issue, MAX_ISSUES } from "../issues.js";
import { MAX_DEPTH } from "../values.js";
// What is being found, and where: a state of this module, because a check never waits and so two never run at once. Handed through every call it
// would cost each check time and bytes.
let report;
let path = [];
/** One list for all valid values: the answer for a valid one allocates nothing. */
const NONE = [];
function reporting(to, check, value, depth) {
    const before = report;
    report = to;
    try {
        return check(value, depth);
    }
    finally {
        report = before;
    }
}
/** What is wrong with a value; an empty list for a valid one. It is looked at again, with a report, only if it has been refused. */
export function issuesOf(check, value) {
    if (check(value, 0))
        return NONE;
    const found = [];
    path = [];
    reporting(found, check, value, 0);
    // A check made by hand may refuse without a word; what it refused must not look valid.
    return found.length > 0 ? found : [issue([], "type", value, "a valid value")];
}
/** The verdict on a value, with nothing noted even where others are noted. */
export function holds(check, value, depth) {
    return report === undefined ? check(value, depth) : reporting(undefined, check, value, depth);
}
/** The verdict on a value, or what is wrong with it where somebody asks for that. `verdict` is quicker than the check where the answer is known. */
export function noted(check, verdict, value, depth) {
    if (report === undefined)
        return verdict();
    // What is valid has nothing to say, and need not be looked at again.
    return reporting(undefined, verdict, value, depth) || check(value, depth);
}
/** Notes a problem at the current place, or one step further in, and what was expected. Gives what the check gives: whether to go on. */
export function fail(code, value, limit, part) {
    if (report === undefined)
        return false;
    // The one thing that is not there at all is a field: whatever refuses it, it is missing.
    const missing = value === undefined && part === undefined && typeof path.at(-1) === "string";
    report.push(issue(part === undefined ? [...path] : [...path, part], missing ? "required" : code, value, limit));
    return report.length < MAX_ISSUES;
}
/** Looks at what lies one step further into a value, which may be too deep; what is absent lies nowhere. */
export function into(check, value, depth, part) {
    if (report === undefined)
        return (depth < MAX_DEPTH || value === undefined) && check(value, depth + 1);
    path.push(part);
    const going = depth < MAX_DEPTH || value === undefined ? check(value, depth + 1) : fail("too_deep", value, MAX_DEPTH);
    path.pop();
    return going;
}
/** Compares a number or a count with two bounds, which it may reach. */
export function within(is, min, max, low, high) {
    return is < min ? fail(low, is, min) : is <= max || fail(high, is, max);
}
