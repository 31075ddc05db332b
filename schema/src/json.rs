//! JSON values, read and written without serde.
//!
//! Everybody who uses the macro builds the contract's model for the compiler's own machine, beside the service: serde and `serde_json` would be built a
//! second time for a handful of defaults and schemas. They are here behind the feature `serde`, for those who have them anyway.

mod parse;
#[cfg(feature = "serde")]
mod serde;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

pub use parse::parse;

/// An object in JSON, by its keys.
pub type Map = BTreeMap<String, Value>;

/// A value in JSON.
///
/// ```
/// use tidewire_schema::json::{self, Value};
///
/// let value = json::parse(r#"{ "b": [1, 1.0, null], "a": "\u00e4" }"#).unwrap();
/// assert_eq!(value.to_string(), r#"{"a":"ä","b":[1,1.0,null]}"#);
/// ```
#[derive(Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are JSON's")]
pub enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Self>),
    Object(Map),
}

/// A number in JSON: a whole one as it was written, as far as it fits, any other as the double nearest to it.
#[derive(Clone, Copy, PartialEq)]
pub struct Number(Spelled);

#[derive(Clone, Copy, PartialEq)]
enum Spelled {
    Natural(u64),
    /// Less than zero.
    Negative(i64),
    /// Finite.
    Float(f64),
}

impl Value {
    /// The number, if this is one that was written as a whole one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }
}

impl Number {
    /// A double, unless JSON has no word for it.
    pub fn from_f64(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self(Spelled::Float(number)))
    }

    /// The number, if it was written as a whole one and fits.
    pub fn as_i64(self) -> Option<i64> {
        match self.0 {
            Spelled::Natural(number) => i64::try_from(number).ok(),
            Spelled::Negative(number) => Some(number),
            Spelled::Float(_) => None,
        }
    }

    /// Whether it was written with a fraction or an exponent, or is a whole one that does not fit.
    pub const fn is_float(self) -> bool {
        matches!(self.0, Spelled::Float(_))
    }

    /// The number as JavaScript reads it.
    #[expect(clippy::cast_precision_loss, reason = "that is what JavaScript does")]
    pub fn as_f64(self) -> f64 {
        match self.0 {
            Spelled::Natural(number) => number as f64,
            Spelled::Negative(number) => number as f64,
            Spelled::Float(number) => number,
        }
    }

    /// Reads `-? digits (. digits)? (e ±? digits)?`.
    fn spelled(text: &str) -> Option<Self> {
        let whole = text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
        let spelled = match text.strip_prefix('-') {
            Some(digits) if whole && digits.bytes().any(|digit| digit != b'0') => text.parse().ok().map(Spelled::Negative),
            None if whole => text.parse().ok().map(Spelled::Natural),
            _ => None,
        };
        spelled.map(Self).or_else(|| text.parse().ok().and_then(Self::from_f64))
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(u64::try_from(number).map_or(Spelled::Negative(number), Spelled::Natural))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Spelled::Natural(number) => write!(f, "{number}"),
            Spelled::Negative(number) => write!(f, "{number}"),
            Spelled::Float(number) => f.write_str(&double(number)),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self})")
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::String(text) => f.write_str(&quoted(text)),
            Self::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at == 0 { '[' } else { ',' })?;
                }
                f.write_str(if items.is_empty() { "[]" } else { "]" })
            }
            Self::Object(entries) => {
                for (at, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{}:{value}", if at == 0 { '{' } else { ',' }, quoted(key))?;
                }
                f.write_str(if entries.is_empty() { "{}" } else { "}" })
            }
        }
    }
}

/// The hash of a contract reads schemas in this form: it does not change.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Bool(flag) => write!(f, "Bool({flag})"),
            Self::Number(number) => write!(f, "{number:?}"),
            Self::String(text) => write!(f, "String({text:?})"),
            Self::Array(items) => write!(f, "Array {items:?}"),
            Self::Object(entries) => write!(f, "Object {entries:?}"),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

/// A double as JSON writes it: the shortest text that is this double, with a point or an exponent.
pub(crate) fn double(number: f64) -> String {
    // Where an exponent begins, below, is the one thing in which Rust and `serde_json` differ, and both have to write the same contract.
    let text = if (1e-5..1e-4).contains(&number.abs()) { number.to_string() } else { format!("{number:?}") };
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    }
}

/// A text as JSON writes it.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' => {
                // A text takes everything.
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}
