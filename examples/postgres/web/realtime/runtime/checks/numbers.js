/** Numbers on the wire. */
import { fail, within } from "./check.js";
import { isMultiple } from "./decimal.js";
/** A number without a fraction, between two bounds that it may reach. */
/* @__NO_SIDE_EFFECTS__ */
export function integer(min, max) {
    return (value) => (Number.isInteger(value) ? within(value, min, max, "too_small", "too_big") : fail("type", value, "an integer"));
}
/** Any number, perhaps between two bounds that it may reach. */
/* @__NO_SIDE_EFFECTS__ */
export function number(min = -Infinity, max = Infinity) {
    return (value) => (Number.isFinite(value) ? within(value, min, max, "too_small", "too_big") : fail("type", value, "a number"));
}
/** Of numbers, those above a bound. */
/* @__NO_SIDE_EFFECTS__ */
export function above(bound) {
    return (value) => !Number.isFinite(value) || value > bound || fail("too_small", value, `${bound} (exclusive)`);
}
/** Of numbers, those below a bound. */
/* @__NO_SIDE_EFFECTS__ */
export function below(bound) {
    return (value) => !Number.isFinite(value) || value < bound || fail("too_big", value, `${bound} (exclusive)`);
}
/** Of numbers, the multiples of another. */
/* @__NO_SIDE_EFFECTS__ */
export function multipleOf(divisor) {
    return (value) => !Number.isFinite(value) || isMultiple(value, divisor) || fail("not_multiple", value, divisor);
}
/** Of integers, the multiples of another number. */
/* @__NO_SIDE_EFFECTS__ */
export function integerMultipleOf(divisor) {
    const multiple = multipleOf(divisor);
    // A number with a fraction has been refused as such, and is not wrong twice.
    return (value, depth) => !Number.isInteger(value) || multiple(value, depth);
}
