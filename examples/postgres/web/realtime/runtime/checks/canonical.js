/** Equality of JSON values, decided on a text that is the same for equal values. */
import { isObject, MAX_DEPTH } from "../values.js";
/** A text that two JSON values share exactly if they are equal: fields in any order, numbers as doubles, `0` and `-0` the same. */
export function canonical(value, depth = 0) {
    // What nests deeper is refused anyway, and must not exhaust the stack before.
    if (depth > MAX_DEPTH)
        return "";
    if (Array.isArray(value))
        return `[${value.map((item) => canonical(item, depth + 1)).join()}]`;
    if (!isObject(value))
        return typeof value === "string" ? JSON.stringify(value) : String(value);
    const entries = Object.keys(value).filter((key) => value[key] !== undefined);
    return `{${entries.sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key], depth + 1)}`).join()}}`;
}
/** Whether no two items of a list are equal. */
export function areUnique(list) {
    return new Set(list.map((item) => canonical(item))).size === list.length;
}
