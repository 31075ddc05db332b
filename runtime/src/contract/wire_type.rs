//! What a Rust type looks like on the wire, so that the compiler can prove what `#[realtime_events]` concluded from a type's name.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeZone};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use uuid::Uuid;

use super::Nullable;

/// The form of a type on the wire, as far as the expansion of `#[realtime_events]` relies on it.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text without further form.
    Text,
    /// `true` or `false`.
    Boolean,
    /// An integer of at most 32 bits.
    Integer,
    /// An integer of 64 bits.
    Wide,
    /// A floating-point number.
    Number,
    /// A UUID.
    Uuid,
    /// A date and time.
    DateTime,
    /// Any JSON.
    Json,
    /// A field that may be absent.
    Optional(&'static Self),
    /// A value that may be null.
    Nullable(&'static Self),
    /// A list.
    List(&'static Self),
    /// A map with text keys.
    Map(&'static Self),
    /// A type of an events module, by its path.
    Named(&'static str),
}

impl Kind {
    /// Whether two kinds are the same; usable where the compiler evaluates constants.
    pub const fn same(a: &Self, b: &Self) -> bool {
        match (a, b) {
            (Self::Text, Self::Text)
            | (Self::Boolean, Self::Boolean)
            | (Self::Integer, Self::Integer)
            | (Self::Wide, Self::Wide)
            | (Self::Number, Self::Number)
            | (Self::Uuid, Self::Uuid)
            | (Self::DateTime, Self::DateTime)
            | (Self::Json, Self::Json) => true,
            (Self::Optional(a), Self::Optional(b))
            | (Self::Nullable(a), Self::Nullable(b))
            | (Self::List(a), Self::List(b))
            | (Self::Map(a), Self::Map(b)) => Self::same(a, b),
            (Self::Named(a), Self::Named(b)) => same_text(a.as_bytes(), b.as_bytes()),
            _ => false,
        }
    }
}

const fn same_text(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// A type with a form on the wire.
#[diagnostic::on_unimplemented(
    message = "[TW0301] `{Self}` has no form in JSON here",
    label = "this type cannot travel in an event",
    note = "is the name shadowed, or imported from elsewhere? use a type of the events module, or one of the documented list"
)]
pub trait WireType {
    /// Its form.
    const KIND: Kind;
}

macro_rules! kinds {
    ($($type:ty => $kind:ident),* $(,)?) => {
        $(impl WireType for $type { const KIND: Kind = Kind::$kind; })*
    };
}

kinds! {
    String => Text, bool => Boolean, i8 => Integer, i16 => Integer, i32 => Integer, u8 => Integer, u16 => Integer, u32 => Integer,
    i64 => Wide, u64 => Wide, f32 => Number, f64 => Number, Uuid => Uuid, Value => Json,
}

impl<Tz: TimeZone> WireType for DateTime<Tz> {
    const KIND: Kind = Kind::DateTime;
}

impl<T: WireType> WireType for Option<T> {
    const KIND: Kind = Kind::Optional(&T::KIND);
}

impl<T: WireType> WireType for Nullable<T> {
    const KIND: Kind = Kind::Nullable(&T::KIND);
}

impl<T: WireType> WireType for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);
}

impl<T: WireType> WireType for BTreeMap<String, T> {
    const KIND: Kind = Kind::Map(&T::KIND);
}

impl<T: WireType, S> WireType for HashMap<String, T, S> {
    const KIND: Kind = Kind::Map(&T::KIND);
}

impl<T: WireType + ?Sized> WireType for Box<T> {
    const KIND: Kind = T::KIND;
}

/// Deserialises a field that is there. serde's own `Option` takes null for absent; this keeps the two apart.
///
/// # Errors
///
/// Whatever `T` refuses, null included unless `T` takes it.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// 64-bit integers as decimal text, for `#[serde(with = …)]`.
pub mod int64 {
    use std::{fmt::Display, str::FromStr};

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the decimal text.
    ///
    /// # Errors
    ///
    /// Whatever the serializer refuses.
    pub fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    /// Reads the decimal text.
    ///
    /// # Errors
    ///
    /// If the text is not an integer of this type.
    pub fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
