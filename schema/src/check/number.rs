//! Numbers as both languages see them: IEEE doubles, and the decimals that people write for them.

use std::io::Write as _;

use serde_json::Number;

/// Up to here every integer is a double, and the remainder of two is exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The integer that a JSON number is, also when it is written `1.0` or `1e3`.
///
/// A number beyond 2^53 no longer says which integer it was, but every such number lies beyond every bound of a contract, and on which side is still known.
pub(super) fn integral(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and what saturates is out of bounds")]
        is_whole(float).then_some(float as i64)
    })
}

/// The double that a JSON number stands for, whatever it is written like.
pub(super) fn double(number: &Number) -> f64 {
    // Without arbitrary precision every number of `serde_json` has one.
    number.as_f64().unwrap_or(f64::NAN)
}

/// Whether a double is an integer.
pub(super) fn is_whole(number: f64) -> bool {
    number.is_finite() && number.fract() == 0.0
}

/// Whether `value / divisor` is an integer, where both are the shortest decimals that give the doubles.
pub(super) fn is_multiple(value: f64, divisor: f64) -> bool {
    let exact = |number: f64| is_whole(number) && number.abs() <= EXACT;
    if exact(value) && exact(divisor) {
        return value % divisor == 0.0;
    }
    let (Some(value), Some(divisor)) = (Decimal::of(value), Decimal::of(divisor)) else { return false };
    value.is_multiple_of(&divisor)
}

/// `digits × 10^exponent`, without the sign. At most 17 digits, as many as a double needs.
struct Decimal {
    digits: u64,
    exponent: i32,
}

impl Decimal {
    fn of(number: f64) -> Option<Self> {
        // `{:e}` would not do: of two shortest decimals that are equally near, it takes the greater one, and JavaScript and `serde_json` the even one.
        let number = Number::from_f64(number.abs())?;
        // 17 digits with five zeroes and a point before them, or a point within and an exponent of five characters after them.
        let mut buffer = [0; 32];
        let mut rest = &mut buffer[..];
        write!(rest, "{number}").ok()?;
        let length = 32 - rest.len();
        let text = std::str::from_utf8(&buffer[..length]).ok()?;
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let fraction = fraction.trim_end_matches('0');
        let digits = whole.bytes().chain(fraction.bytes()).fold(0, |digits, byte| digits * 10 + u64::from(byte - b'0'));
        Some(Self { digits, exponent: exponent.parse::<i32>().ok()? - i32::try_from(fraction.len()).ok()? })
    }

    fn is_multiple_of(&self, divisor: &Self) -> bool {
        let (digits, modulus) = (u128::from(self.digits), u128::from(divisor.digits));
        if modulus == 0 {
            return false;
        }
        let shift = self.exponent.abs_diff(divisor.exponent);
        if self.exponent >= divisor.exponent {
            return (digits % modulus * power_of_ten(shift, modulus)).is_multiple_of(modulus);
        }
        // A power of ten beyond the digits of a number divides zero alone.
        digits == 0 || 10_u128.checked_pow(shift).is_some_and(|scale| scale <= digits && digits.is_multiple_of(modulus * scale))
    }
}

/// `10^exponent mod modulus`, for a modulus of at most 17 digits: the product of two remainders has at most 34, which is less than 2^128.
fn power_of_ten(mut exponent: u32, modulus: u128) -> u128 {
    let (mut power, mut square) = (1 % modulus, 10 % modulus);
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = power * square % modulus;
        }
        square = square * square % modulus;
        exponent >>= 1;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiples_are_decided_on_decimals() {
        for (value, divisor) in [
            (0.0075, 0.0001),
            (12_391_239_123.0, 1e-8),
            (0.3, 0.1),
            (4.5, 1.5),
            (-4.5, 1.5),
            (0.0, 0.3),
            (-0.0, 7.0),
            (1e308, 1e-300),
            (1e308, 2.0),
            (5e-324, 5e-324),
            (1e22, 1e21),
            // The double is as far from …92.3 as from …92.2.
            (886_738_087_102_492.2, 6_425_638_312_336.9),
            (9_007_199_254_740_992.0, 2.0),
        ] {
            assert!(is_multiple(value, divisor), "{value} of {divisor}");
        }
        for (value, divisor) in [
            (0.00751, 0.0001),
            (1e308, 0.123_456_789),
            (35.0, 1.5),
            (5e-324, 1e-323),
            (1e-300, 1e300),
            (1.0, 0.0),
            (1.5, 0.0),
            (f64::INFINITY, 1.5),
            (1.0, f64::NAN),
        ] {
            assert!(!is_multiple(value, divisor), "{value} of {divisor}");
        }
    }

    /// Both numbers in units of 10^-6, where division is division of integers.
    #[test]
    fn multiples_agree_with_division_of_integers() {
        let parse = |units: u32| format!("{}.{:06}", units / 1_000_000, units % 1_000_000).parse::<f64>().unwrap();
        let mut state = 7u32;
        let mut next = |bound: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % bound
        };
        let mut multiples = 0;
        for _ in 0..20_000 {
            let divisor = 1 + next(3000);
            let value = if next(2) == 0 { divisor * next(1000) } else { next(3_000_000) };
            let expected = value % divisor == 0;
            multiples += u32::from(expected);
            assert_eq!(is_multiple(parse(value), parse(divisor)), expected, "{value} of {divisor}, in millionths");
        }
        assert!((5000..15_000).contains(&multiples));
    }

    #[test]
    fn powers_of_ten_agree_with_repeated_multiplication() {
        for modulus in [1, 2, 3, 7, 10, 97, 1_000, 99_999_999_999_999_999] {
            let mut power = 1 % modulus;
            for exponent in 0..700 {
                assert_eq!(power_of_ten(exponent, modulus), power, "10^{exponent} mod {modulus}");
                power = power * 10 % modulus;
            }
        }
    }
}
