//! A column as JSON of the kind that the contract asks for. Numbers stay text until it is known what they shall be, so none is rounded on its way.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};
use tidewire_schema::{Contract, MAX_SAFE, Object, Type};

/// Values nest at most this deep; what does not is refused by the check of the payload anyway, and must not exhaust the stack before.
const DEPTH: usize = 40;

/// The columns of a row, each still as the text of its JSON. There are few, so looking through all of them is quicker than any order.
#[derive(Debug, Default)]
pub(crate) struct Columns<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Columns<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.iter().find(|(known, _)| *known == name).map(|(_, raw)| raw)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, raw)| (&**name, *raw))
    }
}

impl<'de> Deserialize<'de> for Columns<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Columns<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Columns<'de>, A::Error> {
        let mut columns = Vec::with_capacity(8);
        while let Some((Name(name), raw)) = map.next_entry()? {
            columns.push((name, raw));
        }
        Ok(Columns(columns))
    }
}

/// Borrowed where it needs no unescaping, which `Cow` alone never is.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(text.to_owned())))
    }
}

/// Why a row cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(pub(crate) &'static str);

/// Reads a row as PostgreSQL wrote it.
pub(crate) fn columns(row: &str) -> Result<Columns<'_>, Unreadable> {
    serde_json::from_str(row).map_err(|_| Unreadable("it is not a JSON object"))
}

/// A column's value, as `ty` asks for it where the contract says what it is.
pub(crate) fn value(contract: &Contract, ty: Option<&Type>, raw: &RawValue) -> Result<Value, Unreadable> {
    typed(contract, ty, raw, 0)
}

fn typed(contract: &Contract, ty: Option<&Type>, raw: &RawValue, depth: usize) -> Result<Value, Unreadable> {
    if depth > DEPTH {
        return Err(Unreadable("it nests too deep"));
    }
    let mut ty = ty.and_then(|ty| contract.resolve(ty));
    while let Some(Type::Nullable { of }) = ty {
        ty = contract.resolve(of);
    }
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'{') => {
            let fields: Columns<'_> = parsed(text)?;
            let inner = |name: &str| match ty {
                Some(Type::Object(Object { fields, .. })) => fields.iter().find(|field| field.name == name).map(|field| &field.ty),
                Some(Type::Map { values, .. }) => Some(&**values),
                _ => None,
            };
            let fields = fields.iter().map(|(name, raw)| Ok((name.to_owned(), typed(contract, inner(name), raw, depth + 1)?)));
            fields.collect::<Result<Map<_, _>, _>>().map(Value::Object)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = parsed(text)?;
            let inner = |at: usize| match ty {
                Some(Type::List { items, .. }) => Some(&**items),
                Some(Type::Tuple { items }) => items.get(at),
                _ => None,
            };
            let items = items.into_iter().enumerate().map(|(at, raw)| typed(contract, inner(at), raw, depth + 1));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        Some(b'"') => {
            let text: String = parsed(text)?;
            Ok(Value::String(if matches!(ty, Some(Type::DateTime)) { with_offset(text) } else { text }))
        }
        Some(b'-' | b'0'..=b'9') => Ok(number(ty, text)),
        _ => parsed(text),
    }
}

fn parsed<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T, Unreadable> {
    serde_json::from_str(text).map_err(|_| Unreadable("it is not JSON"))
}

/// A number as the contract wants it; where that is silent, as a number if a double is exactly this number, and as text otherwise.
fn number(ty: Option<&Type>, text: &str) -> Value {
    match ty {
        Some(Type::Int64 { .. } | Type::String { .. } | Type::Enum { .. }) => Value::String(text.to_owned()),
        Some(Type::Integer { .. } | Type::Number { .. }) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
        _ => exactly(text).unwrap_or_else(|| Value::String(text.to_owned())),
    }
}

fn exactly(text: &str) -> Option<Value> {
    if let Ok(integer) = text.parse::<i64>() {
        return (-MAX_SAFE..=MAX_SAFE).contains(&integer).then(|| Value::from(integer));
    }
    let double: f64 = text.parse().ok().filter(|double: &f64| double.is_finite())?;
    (decimal(text) == decimal(&format!("{double:e}"))).then(|| Value::from(double))
}

/// The sign, the digits without zeros around them, and the exponent of the last digit.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let mut exponent: i64 = exponent.parse().ok()?;
    let (negative, mantissa) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let digits = format!("{whole}{fraction}");
    let kept = digits.trim_end_matches('0');
    if kept.is_empty() {
        return Some((false, String::new(), 0));
    }
    exponent = exponent.checked_add(i64::try_from(digits.len() - kept.len()).ok()?)?;
    Some((negative, kept.trim_start_matches('0').to_owned(), exponent))
}

/// A `timestamp` has no offset, and is taken for UTC: a contract's date and time always has one.
fn with_offset(text: String) -> String {
    let bare = text.len() >= 19 && text.as_bytes()[10] == b'T' && !text[19..].contains(['+', '-', 'Z']);
    if bare { text + "Z" } else { text }
}

/// The text of a column that fills a parameter of a channel; nothing for `NULL`.
pub(crate) fn param(raw: &RawValue) -> Option<String> {
    match raw.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw.get()).ok(),
        Some(b'n') => None,
        _ => Some(raw.get().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(ty: Option<&Type>, text: &str) -> Value {
        let raw: &RawValue = serde_json::from_str(text).unwrap();
        value(&Contract::default(), ty, raw).unwrap()
    }

    #[test]
    fn a_number_is_one_only_if_a_double_is_exactly_it() {
        for (text, expected) in [
            ("9007199254740991", json!(9_007_199_254_740_991_i64)),
            ("9007199254740992", json!("9007199254740992")),
            ("-9223372036854775808", json!("-9223372036854775808")),
            ("123456789012345678901234567890", json!("123456789012345678901234567890")),
            ("1.10", json!(1.1)),
            ("-0.50", json!(-0.5)),
            ("1e+20", json!(1e20)),
            ("0.1234567890123456789", json!("0.1234567890123456789")),
            ("1e999", json!("1e999")),
            ("0.00", json!(0.0)),
        ] {
            assert_eq!(read(None, text), expected, "{text}");
        }
    }

    #[test]
    fn the_contract_decides_where_it_speaks() {
        let int64 = Type::Int64 { signed: true };
        assert_eq!(read(Some(&int64), "5"), json!("5"));
        assert_eq!(read(Some(&Type::list_of(int64)), "[1, 9223372036854775807]"), json!(["1", "9223372036854775807"]));
        assert_eq!(read(Some(&Type::TEXT), "1.10"), json!("1.10"));
        assert_eq!(read(Some(&Type::NUMBER), "1.10"), json!(1.1));
        let nullable = Type::Nullable { of: Box::new(Type::DateTime) };
        assert_eq!(read(Some(&nullable), "null"), json!(null));
        assert_eq!(read(Some(&nullable), "\"2026-01-02T03:04:05.5\""), json!("2026-01-02T03:04:05.5Z"));
        assert_eq!(read(Some(&nullable), "\"2026-01-02T03:04:05-05:00\""), json!("2026-01-02T03:04:05-05:00"));
        assert_eq!(read(Some(&nullable), "\"infinity\""), json!("infinity"));
    }

    #[test]
    fn what_nests_without_end_is_refused_without_ending_anything() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let raw = RawValue::from_string(deep);
        // Whether the JSON parser or this module refuses it does not matter.
        if let Ok(raw) = raw {
            assert!(value(&Contract::default(), None, &raw).is_err());
        }
    }
}
