//! 64-bit integers as decimal text.

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::serde::int64;

macro_rules! decimal {
    ($(#[$documentation:meta])* $name:ident($inner:ty)) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl $name {
            /// The least value.
            pub const MIN: Self = Self(<$inner>::MIN);
            /// The greatest value.
            pub const MAX: Self = Self(<$inner>::MAX);

            /// The integer.
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl From<$inner> for $name {
            fn from(value: $inner) -> Self {
                Self(value)
            }
        }

        impl From<$name> for $inner {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl PartialEq<$inner> for $name {
            fn eq(&self, other: &$inner) -> bool {
                self.0 == *other
            }
        }

        impl PartialOrd<$inner> for $name {
            fn partial_cmp(&self, other: &$inner) -> Option<std::cmp::Ordering> {
                self.0.partial_cmp(other)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                int64::serialize(&self.0, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                int64::deserialize(deserializer).map(Self)
            }
        }
    };
}

decimal! {
    /// An `i64` that travels as decimal text, because a JavaScript number would round it.
    ///
    /// It may stand wherever a type may: in a list, in a map, in a tuple.
    ///
    /// ```
    /// use tidewire::Int64;
    ///
    /// let amount = Int64::from(9_007_199_254_740_993);
    /// assert_eq!(serde_json::to_string(&amount)?, "\"9007199254740993\"");
    /// assert_eq!(serde_json::from_str::<Int64>("\"-1\"")?, -1);
    /// assert!(amount > 0 && amount.get() - 1 == 9_007_199_254_740_992);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    Int64(i64)
}

decimal! {
    /// A `u64` that travels as decimal text, because a JavaScript number would round it.
    ///
    /// ```
    /// use tidewire::Uint64;
    ///
    /// assert_eq!(Uint64::MAX.to_string(), "18446744073709551615");
    /// assert_eq!("7".parse::<Uint64>()?, Uint64(7));
    /// # Ok::<(), std::num::ParseIntError>(())
    /// ```
    Uint64(u64)
}
