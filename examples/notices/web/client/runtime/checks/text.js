/** Kinds that are text on the wire. */
import { countCharacters, isDateTime, isInt64, isUuid } from "../formats.js";
import { fail, within } from "./check.js";
/** A text, bounded in length, matching a pattern, of a format. */
export const checkString = ({ minLength = 0, maxLength = Infinity, pattern, format }, { contract: { formats } }) => {
    const enough = minLength * 2;
    const plain = pattern === undefined && format === undefined;
    const regexp = pattern === undefined ? undefined : new RegExp(pattern, "u");
    const isOf = format === undefined ? undefined : (formats?.[format] ?? (() => false));
    return (value, _depth, report) => {
        if (typeof value !== "string")
            return fail(report, "type", value, "a string");
        // UTF-16 has at least as many units as code points, and at most twice as many: most texts need no count.
        let valid = (value.length >= enough && value.length <= maxLength) || within(countCharacters(value), minLength, maxLength, report, "too_short", "too_long");
        if (plain)
            return valid;
        if (regexp !== undefined && !regexp.test(value))
            valid = fail(report, "pattern", value, pattern);
        if (isOf !== undefined && !isOf(value))
            valid = fail(report, "format", value, format);
        return valid;
    };
};
/** Says why a value is no text of a format. */
function unformatted(value, format, report) {
    return typeof value === "string" ? fail(report, "format", value, format) : fail(report, "type", value, "a string");
}
/** A date and time. */
export const checkDateTime = () => (value, _depth, report) => (typeof value === "string" && isDateTime(value)) || unformatted(value, "date-time", report);
/** A UUID. */
export const checkUuid = () => (value, _depth, report) => (typeof value === "string" && isUuid(value)) || unformatted(value, "uuid", report);
/** A 64-bit integer as decimal text. */
export const checkInt64 = ({ signed }) => (value, _depth, report) => (typeof value === "string" && isInt64(value, signed)) || unformatted(value, "int64", report);
/** One of several texts; any text for an open one. */
export const checkEnum = ({ values, open }) => {
    const known = new Set(values.map(({ value }) => value));
    return (value, _depth, report) => known.has(value) || (typeof value === "string" ? open === true || fail(report, "enum", value, [...known]) : fail(report, "type", value, "a string"));
};
