//! Numbers: which are whole, and which are multiples of others.

use serde_json::Number;

/// The doubles from here on do not tell neighbouring integers apart: 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The integer that a JSON number is, also when it is written `1.0` or `1e3`.
///
/// A number beyond 2^53 no longer says which integer it was, but every such number lies beyond every bound of a contract, and on which side is still known.
pub(super) fn integral(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and what saturates is out of bounds")]
        (float.fract() == 0.0).then_some(float as i64)
    })
}

/// Whether `value` divided by `divisor` is a whole number, both taken for the shortest decimal that stands for them: `0.0075` is a multiple of
/// `0.0001`, although the doubles behind these spellings are none.
pub(super) fn is_multiple(value: f64, divisor: f64) -> bool {
    if value.fract() == 0.0 && divisor.fract() == 0.0 && value.abs() <= EXACT && divisor.abs() <= EXACT {
        return value % divisor == 0.0;
    }
    let (Some(value), Some(divisor)) = (Decimal::of(value), Decimal::of(divisor)) else { return false };
    if divisor.digits == 0 {
        return false;
    }
    if let Ok(shift) = u32::try_from(value.exponent - divisor.exponent) {
        return mul_mod(value.digits % divisor.digits, power_of_ten_mod(shift, divisor.digits), divisor.digits) == 0;
    }
    // A divisor that outgrows this type is greater than any value with seventeen digits.
    let shift = u32::try_from(divisor.exponent - value.exponent).unwrap_or(u32::MAX);
    let divisor = 10_u128.checked_pow(shift).and_then(|power| divisor.digits.checked_mul(power));
    divisor.map_or(value.digits == 0, |divisor| value.digits % divisor == 0)
}

/// `digits` × 10^`exponent`.
struct Decimal {
    digits: u128,
    exponent: i32,
}

impl Decimal {
    /// The shortest decimal that gives this double; at most seventeen digits.
    fn of(number: f64) -> Option<Self> {
        let text = format!("{:e}", number.abs());
        let (mantissa, exponent) = text.split_once('e')?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}").parse().ok()?;
        let exponent = exponent.parse::<i32>().ok()? - i32::try_from(fraction.len()).ok()?;
        Some(Self { digits, exponent })
    }
}

fn power_of_ten_mod(mut exponent: u32, modulus: u128) -> u128 {
    let (mut power, mut base) = (1 % modulus, 10 % modulus);
    while exponent > 0 {
        if exponent % 2 == 1 {
            power = mul_mod(power, base, modulus);
        }
        base = mul_mod(base, base, modulus);
        exponent /= 2;
    }
    power
}

/// Both factors are below a modulus of at most seventeen digits, so their product fits.
const fn mul_mod(a: u128, b: u128, modulus: u128) -> u128 {
    a * b % modulus
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiples_are_decided_on_decimals() {
        for (value, divisor) in [
            (0.0075, 0.0001),
            (4.5, 1.5),
            (12_391_239_123.0, 1e-8),
            (1e308, 0.5),
            (1e308, 1e-300),
            (0.0, 0.3),
            (-0.3, 0.1),
            (1e308, 1e308),
            (1e22, 1e21),
            (35.0, 1.5 * 2.0 / 3.0),
            (9_007_199_254_740_993.0, 2.0),
        ] {
            assert!(is_multiple(value, divisor), "{value} of {divisor}");
        }
        for (value, divisor) in
            [(0.00751, 0.0001), (35.0, 1.5), (1e308, 0.123_456_789), (1.0, 1e300), (1e-300, 1e300), (5e-324, 1.0), (1.0, 0.0), (7.0, 2.0)]
        {
            assert!(!is_multiple(value, divisor), "{value} of {divisor}");
        }
    }

    #[test]
    fn small_decimals_agree_with_whole_numbers() {
        for value in 0..400_u32 {
            for divisor in 1..60_u32 {
                let expected = value % divisor == 0;
                assert_eq!(is_multiple(f64::from(value) / 100.0, f64::from(divisor) / 100.0), expected, "{value} of {divisor} hundredths");
                assert_eq!(is_multiple(f64::from(value) * 1e20, f64::from(divisor) * 1e20), expected, "{value} of {divisor}, times 1e20");
            }
        }
    }
}
