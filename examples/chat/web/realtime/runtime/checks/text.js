/** Kinds that are text on the wire. */
import { countCharacters, isDateTime, isInt64, isUuid } from "../formats.js";
import { fail, within } from "./check.js";
/** A text, bounded in length, matching a pattern, of a format. */
export const checkString = ({ minLength = 0, maxLength = Infinity, pattern, format }, { contract: { formats } }) => {
    const regexp = pattern === undefined ? undefined : new RegExp(pattern, "u");
    const isOf = format === undefined ? undefined : (formats?.[format] ?? (() => false));
    return (value, _depth, report) => {
        if (typeof value !== "string")
            return fail(report, "type", value, "a string");
        // UTF-16 has at least as many units as code points, and at most twice as many: most texts need no count.
        let valid = (value.length >= minLength * 2 && value.length <= maxLength) || within(countCharacters(value), minLength, maxLength, report, "too_short", "too_long");
        if (regexp !== undefined && !regexp.test(value))
            valid = fail(report, "pattern", value, pattern);
        if (isOf !== undefined && !isOf(value))
            valid = fail(report, "format", value, format);
        return valid;
    };
};
const text = (test, format) => (value, _depth, report) => typeof value === "string" ? test(value) || fail(report, "format", value, format) : fail(report, "type", value, "a string");
/** A date and time. */
export const checkDateTime = () => text(isDateTime, "date-time");
/** A UUID. */
export const checkUuid = () => text(isUuid, "uuid");
/** A 64-bit integer as decimal text. */
export const checkInt64 = ({ signed }) => text((value) => isInt64(value, signed), "int64");
/** One of several texts; any text for an open one. */
export const checkEnum = ({ values, open }) => {
    const known = new Set(values.map(({ value }) => value));
    return (value, _depth, report) => known.has(value) || (typeof value === "string" ? open === true || fail(report, "enum", value, [...known]) : fail(report, "type", value, "a string"));
};
