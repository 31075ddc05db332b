/** Kinds that are numbers on the wire. */

import type { TypeSpec } from "../contract.js";
import { type Check, type CheckOf, fail, type Scope, within } from "./check.js";

type Bounds = Omit<Extract<TypeSpec, { readonly kind: "number" }>, "kind">;

/** A contract that asks for multiples says who divides. */
function compileNumber(
  { min = -Infinity, max = Infinity, exclusiveMin = -Infinity, exclusiveMax = Infinity, multipleOf }: Bounds,
  { contract: { checks } }: Scope,
  whole: boolean,
): Check {
  return (value, _depth, report) => {
    if (!(whole ? Number.isInteger(value) : Number.isFinite(value))) return fail(report, "type", value, whole ? "an integer" : "a number");
    const number = value as number;
    let valid = within(number, min, max, report, "too_small", "too_big");
    if (number <= exclusiveMin) valid = fail(report, "too_small", number, `${exclusiveMin} (exclusive)`);
    if (number >= exclusiveMax) valid = fail(report, "too_big", number, `${exclusiveMax} (exclusive)`);
    if (multipleOf !== undefined && checks.multipleOf?.(number, multipleOf) !== true) valid = fail(report, "not_multiple", number, multipleOf);
    return valid;
  };
}

/** A number without a fraction between two bounds. */
export const checkInteger: CheckOf<"integer"> = (type, scope) => compileNumber(type, scope, true);

/** Any number, perhaps between bounds. */
export const checkNumber: CheckOf<"number"> = (type, scope) => compileNumber(type, scope, false);
