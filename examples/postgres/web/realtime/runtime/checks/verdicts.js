/**
 * Verdicts that are asked for again and again: branches of a schema that look at the same part double the work at each level of a type that leads back
 * to itself. What a schema asks of a list or an object by the name of a type is remembered while one value is looked at.
 */
import { cuts, ref } from "./alternatives.js";
import { noted } from "./check.js";
/** By value, then by type. It is made by the first name inside of another: most values have none. */
let verdicts;
/** How many names are being followed. */
let followed = 0;
/** Ends what is known: the value that comes next may be the same object with something else in it. */
export function forgetVerdicts() {
    verdicts = undefined;
}
/** A type that a schema names. */
/* @__NO_SIDE_EFFECTS__ */
export function named(type) {
    const once = ref(type);
    const follow = (value, depth) => {
        followed += 1;
        try {
            return once(value, depth);
        }
        finally {
            followed -= 1;
        }
    };
    return (value, depth) => {
        if (followed === 0 || typeof value !== "object" || value === null)
            return follow(value, depth);
        return noted(follow, () => remembered(type(), follow, value, depth), value, depth);
    };
}
function remembered(type, follow, value, depth) {
    verdicts ??= new Map();
    const known = verdicts.get(value) ?? new Map();
    verdicts.set(value, known);
    const before = known.get(type);
    if (before !== undefined)
        return before;
    const cutsBefore = cuts;
    const verdict = follow(value, depth);
    // What was cut short has no verdict of its own.
    if (cuts === cutsBefore)
        known.set(type, verdict);
    return verdict;
}
