/** Kinds that are numbers on the wire. */
import { fail, within } from "./check.js";
/** A contract that asks for multiples says who divides. */
function compileNumber({ min = -Infinity, max = Infinity, exclusiveMin = -Infinity, exclusiveMax = Infinity, multipleOf }, { contract: { checks } }, whole) {
    return (value, _depth, report) => {
        if (!(whole ? Number.isInteger(value) : Number.isFinite(value)))
            return fail(report, "type", value, whole ? "an integer" : "a number");
        const number = value;
        let valid = within(number, min, max, report, "too_small", "too_big");
        if (number <= exclusiveMin)
            valid = fail(report, "too_small", number, `${exclusiveMin} (exclusive)`);
        if (number >= exclusiveMax)
            valid = fail(report, "too_big", number, `${exclusiveMax} (exclusive)`);
        if (multipleOf !== undefined && checks.multipleOf?.(number, multipleOf) !== true)
            valid = fail(report, "not_multiple", number, multipleOf);
        return valid;
    };
}
/** A number without a fraction between two bounds. */
export const checkInteger = (type, scope) => compileNumber(type, scope, true);
/** Any number, perhaps between bounds. */
export const checkNumber = (type, scope) => compileNumber(type, scope, false);
