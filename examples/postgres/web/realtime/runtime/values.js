/** What every check knows about values: the limit of depth, and what JSON calls them. */
/** Values nest at most this deep, so that no input can exhaust the stack. The payload itself is at depth 0. */
export const MAX_DEPTH = 32;
/** Whether `value` is an object and neither a list nor `null`. */
export function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
/** The JSON type of a value: `null`, `array`, or what `typeof` says. */
export function jsonType(value) {
    return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}
