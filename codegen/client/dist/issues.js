/** What is wrong with a value, and where: noted by the checks themselves, on a second run with a report. */
import { MAX_DEPTH } from "./values.js";
/** More issues than this help nobody, and a long list of bad items must not cost more than it is worth. */
const MAX_ISSUES = 50;
const MAX_EXCERPT = 80;
/** Names a value without repeating more than 80 characters of it. */
function describe(value) {
    if (typeof value === "string") {
        return JSON.stringify(value.length > MAX_EXCERPT ? `${value.slice(0, MAX_EXCERPT - 1)}…` : value);
    }
    if (Array.isArray(value))
        return "a list";
    if (value === undefined)
        return "nothing";
    return typeof value === "object" && value !== null ? "an object" : String(value).slice(0, MAX_EXCERPT);
}
/** Collects what is wrong with one value. */
export class Collector {
    /** What was found, at most 50 issues. */
    issues = [];
    path = [];
    add(code, expected, value, ...part) {
        if (this.issues.length < MAX_ISSUES) {
            const received = describe(value);
            this.issues.push({ path: [...this.path, ...part], code, message: `expected ${expected}, got ${received}`, expected, received });
        }
        return false;
    }
    inside(part, check, value, depth) {
        if (this.issues.length >= MAX_ISSUES)
            return false;
        this.path.push(part);
        const valid = depth > MAX_DEPTH ? this.add("too_deep", `values that nest at most ${MAX_DEPTH} deep`, value) : check(value, depth, this);
        this.path.pop();
        return valid;
    }
}
