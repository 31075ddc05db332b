/** Text on the wire. */
import { countCharacters, isDate, isDateTime, isEmail, isInt64, isIpv4, isIpv6, isUri, isUuid } from "../formats.js";
import { fail, within } from "./check.js";
/** A text with as many code points as `min` and `max` say. */
/* @__NO_SIDE_EFFECTS__ */
export function string(min = 0, max = Infinity) {
    return (value) => typeof value !== "string"
        ? fail("type", value, "a string")
        : // UTF-16 has at least as many units as code points, and at most twice as many: most texts need no count.
            (value.length >= min * 2 && value.length <= max) || within(countCharacters(value), min, max, "too_short", "too_long");
}
/** One of several texts. */
/* @__NO_SIDE_EFFECTS__ */
export function oneOf(...values) {
    const known = new Set(values);
    return (value) => known.has(value) || (typeof value === "string" ? fail("enum", value, values) : fail("type", value, "a string"));
}
/** Of texts, those that match a pattern somewhere. */
/* @__NO_SIDE_EFFECTS__ */
export function pattern(source) {
    const regexp = new RegExp(source, "u");
    return (value) => typeof value !== "string" || regexp.test(value) || fail("pattern", value, source);
}
/* @__NO_SIDE_EFFECTS__ */
function text(format, test) {
    return (value) => (typeof value !== "string" ? fail("type", value, "a string") : test(value) || fail("format", value, format));
}
/** A date and time. */
export const dateTime = /* @__PURE__ */ text("date-time", isDateTime);
/** A UUID. */
export const uuid = /* @__PURE__ */ text("uuid", isUuid);
/** A 64-bit integer as decimal text. */
export const int64 = /* @__PURE__ */ text("int64", (value) => isInt64(value, true));
/** The same without a sign. */
export const uint64 = /* @__PURE__ */ text("int64", (value) => isInt64(value, false));
/* @__NO_SIDE_EFFECTS__ */
function format(name, test) {
    return (value) => typeof value !== "string" || test(value) || fail("format", value, name);
}
/** Of texts, the date-times. */
export const asDateTime = /* @__PURE__ */ format("date-time", isDateTime);
/** Of texts, the dates. */
export const asDate = /* @__PURE__ */ format("date", isDate);
/** Of texts, the UUIDs. */
export const asUuid = /* @__PURE__ */ format("uuid", isUuid);
/** Of texts, the email addresses. */
export const asEmail = /* @__PURE__ */ format("email", isEmail);
/** Of texts, the URIs. */
export const asUri = /* @__PURE__ */ format("uri", isUri);
/** Of texts, the IPv4 addresses. */
export const asIpv4 = /* @__PURE__ */ format("ipv4", isIpv4);
/** Of texts, the IPv6 addresses. */
export const asIpv6 = /* @__PURE__ */ format("ipv6", isIpv6);
