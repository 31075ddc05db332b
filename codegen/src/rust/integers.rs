//! Which Rust integer holds a range.

use tidewire_schema::MAX_SAFE;

/// A Rust integer and the range that a field of it has without further words.
pub(super) struct Integer {
    /// Its name as a format of JSON Schema.
    pub(super) format: &'static str,
    pub(super) min: i64,
    pub(super) max: i64,
    /// Whether a bound has to be written even where nothing is narrowed: these bits are more than JavaScript's numbers hold.
    pub(super) wide: bool,
}

const fn integer(format: &'static str, min: i64, max: i64) -> Integer {
    Integer { format, min, max, wide: false }
}

const NARROW: [Integer; 6] = [
    integer("int8", i8::MIN as i64, i8::MAX as i64),
    integer("uint8", 0, u8::MAX as i64),
    integer("int16", i16::MIN as i64, i16::MAX as i64),
    integer("uint16", 0, u16::MAX as i64),
    integer("uint32", 0, u32::MAX as i64),
    integer("int32", i32::MIN as i64, i32::MAX as i64),
];

/// The integer for a range: the one with exactly this range, or else one of 32 or 64 bits.
pub(super) fn fitting(min: i64, max: i64) -> Integer {
    let [.., unsigned, signed] = NARROW;
    let exact = NARROW.into_iter().find(|known| (known.min, known.max) == (min, max));
    let holding = [unsigned, signed].into_iter().find(|known| known.min <= min && max <= known.max);
    let wide = if min >= 0 {
        Integer { format: "uint64", min: 0, max: MAX_SAFE, wide: true }
    } else {
        Integer { format: "int64", min: -MAX_SAFE, max: MAX_SAFE, wide: true }
    };
    exact.or(holding).unwrap_or(wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_the_integer_that_a_person_would_take() {
        for (min, max, expected) in [
            (-128, 127, "int8"),
            (0, 65535, "uint16"),
            (0, 100, "uint32"),
            (-1, 1, "int32"),
            (0, 1 << 40, "uint64"),
            (-MAX_SAFE, MAX_SAFE, "int64"),
        ] {
            assert_eq!(fitting(min, max).format, expected, "{min} to {max}");
        }
    }
}
