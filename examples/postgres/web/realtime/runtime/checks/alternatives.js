/** What stands for other types, and the one kind that has no content. */
import { jsonType } from "../values.js";
import { fail } from "./check.js";
/** `true` or `false`. */
export const boolean = (value) => typeof value === "boolean" || fail("type", value, "a boolean");
/** A type, or `null`. */
/* @__NO_SIDE_EFFECTS__ */
export function nullable(check) {
    return (value, depth) => value === null || check(value, depth);
}
/** A field that may be absent. */
/* @__NO_SIDE_EFFECTS__ */
export function optional(check) {
    return (value, depth) => value === undefined || check(value, depth);
}
/** A type that also passes other checks, which leave alone what is of another type. */
/* @__NO_SIDE_EFFECTS__ */
export function all(...checks) {
    return (value, depth) => checks.every((check) => check(value, depth));
}
/** One of several types, chosen by the JSON type of the value. */
/* @__NO_SIDE_EFFECTS__ */
export function choice(arms) {
    return (value, depth) => {
        const arm = arms[jsonType(value)];
        return arm === undefined ? fail("choice", value, Object.keys(arms)) : arm(value, depth);
    };
}
/** The longest way from type to type that stays at one value. */
const MAX_STEPS = 64;
/** How often a way was cut because it was too long; a verdict that came of it depends on where the way began. */
export let cuts = 0;
/** How many references are being followed at each depth. Whatever lies deeper lies inside, so one depth means one value. */
const steps = [];
/** A type that may lead back to itself, and so is not there yet. */
/* @__NO_SIDE_EFFECTS__ */
export function ref(type) {
    return (value, depth) => {
        const before = steps[depth] ?? 0;
        if (before >= MAX_STEPS) {
            cuts += 1;
            return fail("too_deep", value, `${MAX_STEPS} types that only name each other in`);
        }
        steps[depth] = before + 1;
        try {
            return type()(value, depth);
        }
        finally {
            steps[depth] = before;
        }
    };
}
