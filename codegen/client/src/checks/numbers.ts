/** Numbers on the wire. */

import { type Check, fail, within } from "./check.js";
import { isMultiple } from "./decimal.js";

/** A number without a fraction, between two bounds that it may reach. */
/* @__NO_SIDE_EFFECTS__ */
export function integer(min: number, max: number): Check {
  return (value) => (Number.isInteger(value) ? within(value as number, min, max, "too_small", "too_big") : fail("type", value, "an integer"));
}

/** Any number, perhaps between two bounds that it may reach. */
/* @__NO_SIDE_EFFECTS__ */
export function number(min: number = -Infinity, max: number = Infinity): Check {
  return (value) => (Number.isFinite(value) ? within(value as number, min, max, "too_small", "too_big") : fail("type", value, "a number"));
}

/** Of numbers, those above a bound. */
/* @__NO_SIDE_EFFECTS__ */
export function above(bound: number): Check {
  return (value) => !Number.isFinite(value) || (value as number) > bound || fail("too_small", value, `${bound} (exclusive)`);
}

/** Of numbers, those below a bound. */
/* @__NO_SIDE_EFFECTS__ */
export function below(bound: number): Check {
  return (value) => !Number.isFinite(value) || (value as number) < bound || fail("too_big", value, `${bound} (exclusive)`);
}

/** Of numbers, the multiples of another. */
/* @__NO_SIDE_EFFECTS__ */
export function multipleOf(divisor: number): Check {
  return (value) => !Number.isFinite(value) || isMultiple(value as number, divisor) || fail("not_multiple", value, divisor);
}

/** Of integers, the multiples of another number. */
/* @__NO_SIDE_EFFECTS__ */
export function integerMultipleOf(divisor: number): Check {
  const multiple = multipleOf(divisor);
  // A number with a fraction has been refused as such, and is not wrong twice.
  return (value, depth) => !Number.isInteger(value) || multiple(value, depth);
}
