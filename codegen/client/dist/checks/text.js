/** Kinds that are text on the wire. */
import { countCharacters, isDateTime, isInt64, isUuid } from "../formats.js";
/** A text, bounded in length, matching a pattern, of a format. */
export const checkString = ({ minLength = 0, maxLength = Infinity, pattern, format }, { contract }) => {
    const regexp = pattern === undefined ? undefined : new RegExp(pattern, "u");
    const formatted = format === undefined ? undefined : contract.formats?.[format] ?? (() => false);
    return (value, _depth, report) => {
        if (typeof value !== "string")
            return report !== undefined && report.add("type", "a string", value);
        let valid = true;
        let { length } = value;
        // UTF-16 has at least as many units as code points, and at most twice as many: most texts need no count.
        if (length < minLength * 2 || length > maxLength) {
            length = countCharacters(value);
            if (length < minLength)
                valid = report !== undefined && report.add("too_short", `at least ${minLength} characters`, length);
            if (length > maxLength)
                valid = report !== undefined && report.add("too_long", `at most ${maxLength} characters`, length);
        }
        if (regexp !== undefined && !regexp.test(value))
            valid = report !== undefined && report.add("pattern", `text that matches ${pattern}`, value);
        if (formatted !== undefined && !formatted(value))
            valid = report !== undefined && report.add("format", `text of the format ${format}`, value);
        return valid;
    };
};
const text = (test, expected) => (value, _depth, report) => (typeof value === "string" && test(value)) || (report !== undefined && report.add(typeof value === "string" ? "format" : "type", expected, value));
/** A date and time. */
export const checkDateTime = () => text(isDateTime, "an RFC 3339 date-time with an offset");
/** A UUID. */
export const checkUuid = () => text(isUuid, "a UUID");
/** A 64-bit integer as decimal text. */
export const checkInt64 = ({ signed }) => text((value) => isInt64(value, signed), "a 64-bit integer as decimal text");
/** One of several texts; any text for an open one. */
export const checkEnum = ({ values, open }) => {
    const known = new Set(values.map((each) => each.value));
    return (value, _depth, report) => known.has(value) ||
        (open === true && typeof value === "string") ||
        (report !== undefined &&
            (typeof value === "string"
                ? report.add("enum", `one of ${values.map((each) => JSON.stringify(each.value)).join(", ")}`, value)
                : report.add("type", "a string", value)));
};
