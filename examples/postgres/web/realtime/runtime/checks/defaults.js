/**
 * Fills in the fields that are absent and have a default, in values that passed their check. Where nothing is missing it gives the value itself,
 * otherwise a copy of the objects on the way to what is missing. What is not of a type's JSON type is left alone.
 */
import { isObject } from "../values.js";
/** A default in place of what is absent; the default may itself lack something. */
/* @__NO_SIDE_EFFECTS__ */
export function absent(json, fill) {
    // A text makes each default anew: who changes an event must not change the next one.
    const text = JSON.stringify(json);
    return (value) => {
        const present = value === undefined ? JSON.parse(text) : value;
        return fill === undefined ? present : fill(present);
    };
}
/** The fields of an object that may lack something. */
/* @__NO_SIDE_EFFECTS__ */
export function fields(fills) {
    const all = Object.entries(fills);
    return (value) => (isObject(value) ? all.reduce((result, [name, fill]) => replaced(result, name, fill), value) : value);
}
/** The variants of a union that may lack something. */
/* @__NO_SIDE_EFFECTS__ */
export function tagged(tag, fills) {
    const known = new Map(Object.entries(fills));
    return (value) => {
        const fill = isObject(value) ? known.get(value[tag]) : undefined;
        return fill === undefined ? value : fill(value);
    };
}
/** The entries of a map. */
/* @__NO_SIDE_EFFECTS__ */
export function entries(fill) {
    return (value) => (isObject(value) ? Object.keys(value).reduce((result, key) => replaced(result, key, fill), value) : value);
}
/** The items of a list. */
/* @__NO_SIDE_EFFECTS__ */
export function items(fill) {
    return (value) => changed(value, () => fill);
}
/** Those items of a tuple that may lack something, by position. */
/* @__NO_SIDE_EFFECTS__ */
export function positions(fills) {
    return (value) => changed(value, (at) => fills[at]);
}
/** The alternatives of a choice: no two are of one JSON type, so that each leaves alone what is not its own. */
/* @__NO_SIDE_EFFECTS__ */
export function several(...fills) {
    return (value) => fills.reduce((result, fill) => fill(result), value);
}
/** The object with another value under one name; the same object if the value is the same. A computed name makes a field even of `__proto__`. */
function replaced(object, name, fill) {
    const before = Object.hasOwn(object, name) ? object[name] : undefined;
    const after = fill(before);
    return after === before ? object : { ...object, [name]: after };
}
const keep = (value) => value;
function changed(value, fill) {
    if (!Array.isArray(value))
        return value;
    const filled = value.map((item, at) => (fill(at) ?? keep)(item));
    return filled.some((item, at) => item !== value[at]) ? filled : value;
}
