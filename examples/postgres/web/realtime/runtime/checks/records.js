/** Objects on the wire. */
import { isObject } from "../values.js";
import { fail, into, within } from "./check.js";
/** Fields by name. A field that may be absent says so itself. */
/* @__NO_SIDE_EFFECTS__ */
export function object(fields) {
    const names = Object.keys(fields);
    const checks = Object.values(fields);
    // Every object has these, so that only a copy without them tells whether they are its own.
    const inherited = names.some((name) => name in Object.prototype);
    return (value, depth) => {
        if (!isObject(value))
            return fail("type", value, "an object");
        const own = inherited ? { __proto__: null, ...value } : value;
        let at = 0;
        // Most values have their fields in the order of the type, and an engine reads fields faster as it enumerates them than by name.
        for (const key in own) {
            if (key !== names[at])
                continue;
            if (!into(checks[at], own[key], depth, key))
                return false;
            at += 1;
        }
        for (; at < names.length; at += 1) {
            const name = names[at];
            if (!into(checks[at], own[name], depth, name))
                return false;
        }
        return true;
    };
}
/** Of objects, those that have no other fields. */
/* @__NO_SIDE_EFFECTS__ */
export function only(...names) {
    const known = new Set(names);
    return (value) => !isObject(value) || Object.keys(value).every((key) => known.has(key) || value[key] === undefined || fail("unknown_field", value[key], key, key));
}
/** Several shapes, told apart by the text in one field; `other` is what a text stands for that none of them has. */
/* @__NO_SIDE_EFFECTS__ */
export function union(tag, variants, other) {
    const known = new Map(Object.entries(variants));
    return (value, depth) => {
        if (!isObject(value))
            return fail("type", value, "an object");
        // What every object inherits is no text, so a tag that is not its own is none of the known ones.
        const found = value[tag];
        const variant = known.get(found) ?? (typeof found === "string" ? other : undefined);
        return variant === undefined ? fail("tag", found, [...known.keys()], tag) : variant(value, depth);
    };
}
/** As many entries as `min` and `max` say, all of one type, under any names. */
/* @__NO_SIDE_EFFECTS__ */
export function map(entry, min = 0, max = Infinity) {
    return (value, depth) => {
        if (!isObject(value))
            return fail("type", value, "an object");
        const keys = Object.keys(value).filter((key) => value[key] !== undefined);
        return within(keys.length, min, max, "too_few", "too_many") && keys.every((key) => into(entry, value[key], depth, key));
    };
}
/** Of objects, those whose names all match a pattern. */
/* @__NO_SIDE_EFFECTS__ */
export function keys(source) {
    const regexp = new RegExp(source, "u");
    return (value) => !isObject(value) || Object.keys(value).every((key) => value[key] === undefined || regexp.test(key) || fail("key", key, source, key));
}
