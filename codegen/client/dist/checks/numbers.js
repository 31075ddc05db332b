/** Kinds that are numbers on the wire. */
import { isMultiple } from "./decimal.js";
/** A number without a fraction between two bounds. */
export const checkInteger = ({ min, max, multipleOf = 1 }) => {
    return (value, _depth, report) => {
        if (!Number.isInteger(value))
            return report !== undefined && report.add("type", "an integer", value);
        const number = value;
        let valid = true;
        if (number < min)
            valid = report !== undefined && report.add("too_small", `at least ${min}`, value);
        if (number > max)
            valid = report !== undefined && report.add("too_big", `at most ${max}`, value);
        if (multipleOf !== 1 && number % multipleOf !== 0)
            valid = report !== undefined && report.add("not_multiple", `a multiple of ${multipleOf}`, value);
        return valid;
    };
};
/** Any number, perhaps between bounds. */
export const checkNumber = ({ min = -Infinity, max = Infinity, exclusiveMin = -Infinity, exclusiveMax = Infinity, multipleOf }) => {
    return (value, _depth, report) => {
        if (!Number.isFinite(value))
            return report !== undefined && report.add("type", "a number", value);
        const number = value;
        let valid = true;
        if (number < min)
            valid = report !== undefined && report.add("too_small", `at least ${min}`, value);
        if (number <= exclusiveMin)
            valid = report !== undefined && report.add("too_small", `more than ${exclusiveMin}`, value);
        if (number > max)
            valid = report !== undefined && report.add("too_big", `at most ${max}`, value);
        if (number >= exclusiveMax)
            valid = report !== undefined && report.add("too_big", `less than ${exclusiveMax}`, value);
        if (multipleOf !== undefined && !isMultiple(number, multipleOf)) {
            valid = report !== undefined && report.add("not_multiple", `a multiple of ${multipleOf}`, value);
        }
        return valid;
    };
};
