/** Division of numbers as people write them: 0.3 is a multiple of 0.1, although no double is exactly either. */
/** Whether `value / divisor` is an integer, where both are the shortest decimals that give the doubles. */
export function isMultiple(value, divisor) {
    // Below 2^53 an integer is the decimal it is written as, and the remainder of two is exact.
    if (isExact(value) && isExact(divisor))
        return value % divisor === 0;
    const [dividend, exponent] = decimal(value);
    const [unit, scale] = decimal(divisor);
    const shift = 10n ** BigInt(Math.abs(exponent - scale));
    return unit !== 0n && (exponent > scale ? (dividend * shift) % unit : dividend % (unit * shift)) === 0n;
}
function isExact(value) {
    return Number.isInteger(value) && Math.abs(value) <= 2 ** 53;
}
/** The digits and the power of ten that make a finite double. */
function decimal(value) {
    const [mantissa = "", power = "0"] = String(value).split("e");
    const [whole = "", fraction = ""] = mantissa.split(".");
    return [BigInt(whole + fraction), Number(power) - fraction.length];
}
