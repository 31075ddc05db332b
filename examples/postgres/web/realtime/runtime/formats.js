/** The formats of text, each with the verdict of the server's validator. */
const pairs = /[\ud800-\udbff][\udc00-\udfff]/g;
/** Counts Unicode code points; half of a surrogate pair counts as one. */
export function countCharacters(text) {
    return text.replace(pairs, "_").length;
}
// Each digit by itself, because engines take several times as long to count repetitions as to go straight on.
const uuid = /* @__PURE__ */ new RegExp(/* @__PURE__ */ "^xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx$".replaceAll("x", "[\\da-fA-F]"));
/** Whether `text` is a UUID: 8-4-4-4-12 hexadecimal digits of any case. */
export function isUuid(text) {
    return uuid.test(text);
}
function digits(text, at) {
    return text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;
}
/** Whether the first ten characters of `text`, which are a date but for the length of its month, are a day that exists. */
function isDay(text) {
    const day = digits(text, 8);
    if (day < 29)
        return true;
    const month = digits(text, 5);
    // From August on the longer months are the even ones; a leap year is one of four, and one of four centuries.
    if (month !== 2)
        return day < 31 + ((month + (month >> 3)) & 1);
    const year = Number(text.slice(0, 4));
    return day < 30 && year % (year % 100 === 0 ? 400 : 4) === 0;
}
const date = /^\d\d\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
/** Whether `text` is an RFC 3339 full-date: a day that exists. */
export function isDate(text) {
    return date.test(text) && isDay(text);
}
const dateTime = /^\d\d\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])t(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;
const MINUTES_A_DAY = 24 * 60;
/** Whether `text` is an RFC 3339 date-time: a day that exists, an offset, and second 60 only where a leap second can be (23:59:60 UTC). */
export function isDateTime(text) {
    if (!dateTime.test(text) || !isDay(text))
        return false;
    if (text.charAt(17) !== "6")
        return true;
    const minutes = (at) => digits(text, at) * 60 + digits(text, at + 3);
    const offset = text.at(-3) === ":" ? minutes(text.length - 5) * (text.at(-6) === "-" ? -1 : 1) : 0;
    return (minutes(11) - offset + MINUTES_A_DAY) % MINUTES_A_DAY === MINUTES_A_DAY - 1;
}
const decimal = /^(?:0|-?[1-9][0-9]{0,19})$/;
/** Whether `text` is a 64-bit integer in its one decimal spelling: no sign but a minus, no leading zero, in range. */
export function isInt64(text, signed) {
    if (!decimal.test(text))
        return false;
    const negative = text.startsWith("-");
    if (negative && !signed)
        return false;
    const limit = negative ? "9223372036854775808" : signed ? "9223372036854775807" : "18446744073709551615";
    const magnitude = negative ? text.slice(1) : text;
    // Digits of equal length compare as text, so that no BigInt is made for each value.
    return magnitude.length < limit.length || (magnitude.length === limit.length && magnitude <= limit);
}
// The expressions below know at each character how to go on, so that no text makes them go back and forth; only what stands before the host of a
// URI is read twice, to see whether it is one.
const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
/** Whether `text` is an IPv4 address: four decimal numbers up to 255 without leading zeroes. */
export function isIpv4(text) {
    return ipv4.test(text);
}
const ipv6 = /^(?:(?:[\da-f]{1,4}:){7}[\da-f]{1,4}|(?!:*(?:\w+:+){7}\w)(?:[\da-f]{1,4}(?::[\da-f]{1,4})*)?::(?:[\da-f]{1,4}(?::[\da-f]{1,4})*)?)$/i;
/** Whether `text` is an IPv6 address as in RFC 4291, without a zone; the last four bytes may be written as an IPv4 address. */
export function isIpv6(text) {
    const last = text.lastIndexOf(":") + 1;
    return ipv6.test(isIpv4(text.slice(last)) ? `${text.slice(0, last)}0:0` : text);
}
const email = /^(?:[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*|"(?:[ !#-[\]-~]|\\[ -~])*")@(?:(?:[A-Za-z\d]+(?:-+[A-Za-z\d]+)*(?:\.(?!$)|$))+|\[[^[\]]+\])$/;
/** Whether `text` is an address of RFC 5321: a dotted or quoted local part, and a domain or an address in brackets. ASCII alone. */
export function isEmail(text) {
    if (!email.test(text))
        return false;
    if (!text.endsWith("]"))
        return true;
    const literal = text.slice(text.lastIndexOf("[") + 1, -1);
    return literal.startsWith("IPv6:") ? isIpv6(literal.slice(5)) : isIpv4(literal);
}
const uri = /^[A-Za-z][A-Za-z\d+.-]*:(?:\/\/(?:(?:[\w.~!$&'()*+,;=:-]|%[\dA-Fa-f]{2})*@)?(?:(?:[\w.~!$&'()*+,;=-]|%[\dA-Fa-f]{2})*|\[(?:[vV][\dA-Fa-f]+\.[\w.~!$&'()*+,;=:-]+|([^\]]*))\])(?::\d*)?(?=[/?#]|$)|(?!\/\/))(?:[\w.~!$&'()*+,;=:@/-]|%[\dA-Fa-f]{2})*(?:\?(?:[\w.~!$&'()*+,;=:@/?-]|%[\dA-Fa-f]{2})*)?(?:#(?:[\w.~!$&'()*+,;=:@/?-]|%[\dA-Fa-f]{2})*)?$/;
/** Whether `text` is a URI of RFC 3986: it begins with a scheme, is ASCII alone, and leaves no percent sign without its two digits. */
export function isUri(text) {
    const found = uri.exec(text);
    return found !== null && (found[1] === undefined || isIpv6(found[1]));
}
