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
const dateTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
const MINUTES_A_DAY = 24 * 60;
/** Whether `text` is an RFC 3339 date-time: a day that exists, an offset, and second 60 only where a leap second can be (23:59:60 UTC). */
export function isDateTime(text) {
    if (!dateTime.test(text))
        return false;
    const month = digits(text, 5);
    const day = digits(text, 8);
    const hour = digits(text, 11);
    const minute = digits(text, 14);
    const second = digits(text, 17);
    if (month < 1 || month > 12 || day < 1 || day > daysIn(digits(text, 0) * 100 + digits(text, 2), month))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
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
function daysIn(year, month) {
    if (month === 2)
        return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
    return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
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
