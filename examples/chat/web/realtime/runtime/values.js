/** What both passes over a value share: the limit of depth, what an object is, and compiled patterns. */
/** Values nest at most this deep, so that no input can exhaust the stack. The payload itself is at depth 0. */
export const MAX_DEPTH = 32;
/** Whether `value` is an object and neither a list nor `null`. */
export function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
const patterns = new Map();
/** The compiled form of a pattern of the contract. Patterns are searched for, not anchored; there are as many as contracts declare. */
export function patternOf(source) {
    let pattern = patterns.get(source);
    if (pattern === undefined) {
        pattern = new RegExp(source, "u");
        patterns.set(source, pattern);
    }
    return pattern;
}
