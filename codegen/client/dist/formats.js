/** The formats of text, each with the verdict of the server's validator. */
/** Counts Unicode code points without allocating; half of a surrogate pair counts as one. */
export function countCharacters(text) {
    let count = text.length;
    for (let at = 1; at < text.length; at += 1) {
        if (isLowSurrogate(text.charCodeAt(at)) && isHighSurrogate(text.charCodeAt(at - 1)))
            count -= 1;
    }
    return count;
}
function isHighSurrogate(unit) {
    return unit >= 0xd800 && unit <= 0xdbff;
}
function isLowSurrogate(unit) {
    return unit >= 0xdc00 && unit <= 0xdfff;
}
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Whether `text` is a UUID: 8-4-4-4-12 hexadecimal digits of any case. */
export function isUuid(text) {
    return uuid.test(text);
}
const date = /^\d{4}-\d\d-\d\d$/;
/** Whether `text` is an RFC 3339 full-date: a day that exists. */
export function isDate(text) {
    return date.test(text) && isDay(text);
}
const dateTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
const MINUTES_A_DAY = 24 * 60;
/** Whether `text` is an RFC 3339 date-time: a day that exists, an offset, and second 60 only where a leap second can be (23:59:60 UTC). */
export function isDateTime(text) {
    if (!dateTime.test(text))
        return false;
    const hour = digits(text, 11);
    const minute = digits(text, 14);
    const second = digits(text, 17);
    if (!isDay(text) || hour > 23 || minute > 59 || second > 60)
        return false;
    let offset = 0;
    if (text.at(-3) === ":") {
        const hours = digits(text, text.length - 5);
        const minutes = digits(text, text.length - 2);
        if (hours > 23 || minutes > 59)
            return false;
        offset = (text.at(-6) === "-" ? -1 : 1) * (hours * 60 + minutes);
    }
    return second < 60 || (hour * 60 + minute - offset + MINUTES_A_DAY) % MINUTES_A_DAY === MINUTES_A_DAY - 1;
}
function digits(text, at) {
    return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}
/** Whether the first ten characters of `text`, which are digits and hyphens, are a day that exists. */
function isDay(text) {
    const year = digits(text, 0) * 100 + digits(text, 2);
    const month = digits(text, 5);
    const day = digits(text, 8);
    if (day < 1 || month < 1 || month > 12)
        return false;
    if (month === 2)
        return day <= (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28);
    return day <= (month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31);
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
/** Whether `text` is an IPv6 address as in RFC 4291, without a zone; the last four bytes may be written as an IPv4 address. */
export function isIpv6(text) {
    // Longer than any address, so that no long text is taken apart.
    if (text.length > 45)
        return false;
    const halves = text.split("::");
    let groups = 0;
    for (const [at, half] of halves.entries()) {
        const parts = half === "" ? [] : half.split(":");
        const last = parts.length - 1;
        const embedded = at === halves.length - 1 && isIpv4(parts[last] ?? "");
        if (!parts.every((part, index) => /^[0-9a-f]{1,4}$/i.test(part) || (embedded && index === last)))
            return false;
        groups += parts.length + (embedded ? 1 : 0);
    }
    return halves.length === 1 ? groups === 8 : halves.length === 2 && groups < 8;
}
const email = /^(?:[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*|"(?:[ !#-[\]-~]|\\[ -~])*")@(?:(?:[A-Za-z\d]+(?:-+[A-Za-z\d]+)*(?:\.(?!$)|$))+|\[(?:IPv6:)?([^[\]]+)\])$/;
/** Whether `text` is an address of RFC 5321: a dotted or quoted local part, and a domain or an address in brackets. ASCII alone. */
export function isEmail(text) {
    const found = email.exec(text);
    const literal = found?.[1];
    return found !== null && (literal === undefined || (text.endsWith(`[${literal}]`) ? isIpv4(literal) : isIpv6(literal)));
}
const uri = /^[A-Za-z][A-Za-z\d+.-]*:(?:\/\/(?:(?:[\w.~!$&'()*+,;=:-]|%[\dA-Fa-f]{2})*@)?(?:(?:[\w.~!$&'()*+,;=-]|%[\dA-Fa-f]{2})*|\[(?:[vV][\dA-Fa-f]+\.[\w.~!$&'()*+,;=:-]+|([^\]]*))\])(?::\d*)?(?=[/?#]|$)|(?!\/\/))(?:[\w.~!$&'()*+,;=:@/-]|%[\dA-Fa-f]{2})*(?:\?(?:[\w.~!$&'()*+,;=:@/?-]|%[\dA-Fa-f]{2})*)?(?:#(?:[\w.~!$&'()*+,;=:@/?-]|%[\dA-Fa-f]{2})*)?$/;
/** Whether `text` is a URI of RFC 3986: it begins with a scheme, is ASCII alone, and leaves no percent sign without its two digits. */
export function isUri(text) {
    const found = uri.exec(text);
    return found !== null && (found[1] === undefined || isIpv6(found[1]));
}
