//! What serde has no words for: the instructions that the expansion of `#[realtime_events]` gives it.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error},
};
use serde_json::Value;

/// Deserialises a field that is there. serde's own `Option` takes null for absent; this keeps the two apart.
///
/// # Errors
///
/// Whatever `T` refuses, null included unless `T` takes it.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// What stands in for an absent field.
///
/// # Panics
///
/// When the text is no value of the type, which the macro rules out.
pub fn default<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).expect("the macro compared the default with its type")
}

/// Deserialises a value of an enum without a tag. `read` tells the variant by the value's JSON type.
///
/// # Errors
///
/// If no variant has this JSON type, or the variant refuses the value.
pub fn choice<'de, T, D: Deserializer<'de>>(deserializer: D, read: fn(Value) -> Option<serde_json::Result<T>>) -> Result<T, D::Error> {
    match read(Value::deserialize(deserializer)?) {
        Some(value) => value.map_err(D::Error::custom),
        None => Err(D::Error::custom("no variant has this JSON type")),
    }
}

/// Deserialises an object whose tag an open enum does not know.
///
/// # Errors
///
/// If it is not an object with a tag, or the tag is known: then what stands beside it is wrong.
pub fn unknown<'de, D: Deserializer<'de>>(deserializer: D, tag: &str, known: &[&str]) -> Result<Value, D::Error> {
    let value = Value::deserialize(deserializer)?;
    match value.get(tag) {
        Some(Value::String(found)) if !known.contains(&found.as_str()) => Ok(value),
        Some(Value::String(found)) => Err(D::Error::custom(format!("the fields beside `{tag}`: `{found}` are not those of the contract"))),
        _ => Err(D::Error::custom(format!("the tag `{tag}` is missing"))),
    }
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

    /// Reads the decimal text, in the one form that is written: no sign but a minus, no leading zeroes.
    ///
    /// # Errors
    ///
    /// If the text is not an integer of this type.
    pub fn deserialize<'de, T: FromStr + Display, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text.parse().ok().filter(|number: &T| number.to_string() == text);
        number.ok_or_else(|| D::Error::custom("expected a 64-bit integer as decimal text"))
    }

    /// The integer that stands in for an absent field.
    ///
    /// # Panics
    ///
    /// When the text is no such integer, which the macro rules out.
    pub fn default<T: FromStr>(json: &str) -> T {
        json.trim_matches('"').parse().ok().expect("the macro compared the default with its type")
    }
}
