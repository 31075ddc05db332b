//! The way between these values and serde's.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Number, Spelled, Value};

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(flag) => Self::Bool(flag),
            serde_json::Value::Number(number) => Self::Number(Number(match (number.as_u64(), number.as_i64()) {
                (Some(natural), _) => Spelled::Natural(natural),
                (None, Some(negative)) => Spelled::Negative(negative),
                (None, None) => Spelled::Float(number.as_f64().unwrap_or_default()),
            })),
            serde_json::Value::String(text) => Self::String(text),
            serde_json::Value::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            serde_json::Value::Object(entries) => Self::Object(entries.into_iter().map(|(key, value)| (key, value.into())).collect()),
        }
    }
}

impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(Number(Spelled::Natural(number))) => Self::from(*number),
            Value::Number(Number(Spelled::Negative(number))) => Self::from(*number),
            Value::Number(Number(Spelled::Float(number))) => Self::from(*number),
            Value::String(text) => Self::String(text.clone()),
            Value::Array(items) => items.iter().map(Self::from).collect(),
            Value::Object(entries) => entries.iter().map(|(key, value)| (key.clone(), Self::from(value))).collect(),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::Value::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_json::Value::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use crate::json;

    #[rustfmt::skip]
    const TEXTS: &[&str] = &[
        "", " ", "null", "nul", "nulll", "true", "tru ", "false", "0", "-0", "-0.0", "00", "01", "-", "-a", "1.", "1.5", ".5", "1e5",
        "1E-7", "1e+2", "1e", "1e400", "-1e400", "1e-400", "18446744073709551615", "18446744073709551616", "-9223372036854775808",
        "-9223372036854775809", "0.1", "1e21", "123456789012345680.0", "1e16", "1e15", "0.00001", "0.0001", "5e-324",
        "1.7976931348623157e308", "\"\"", "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
        "\"\\u00e4\\n\\/\\b\\f\\r\\t\\\\\\\"\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"\\ud83dx\"", "\"\\ud83d\\u0041\"", "\"\\ude00\"",
        "\"\u{1}\"", "\"\\u0001\\u001f\u{7f}\u{2028}\"", "\"ä😀\"", "[]", "[", "]", "[1", "[1,", "[1,]", "[,]", "[1 2]", "[1,2]",
        "[[],{}]", "{}", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{\"a\" 1}",
        "{\"b\":1,\"a\":{\"c\":[null]}}", "{\"a\":1,\"a\":2}", "1 2", "[1]x", "\u{feff}1", "[\n 1,\n  x]", "+1", "NaN", "Infinity", "'a'",
        "// a\n1",
    ];

    #[test]
    fn what_is_no_json_is_none_for_either_and_what_is_means_the_same() {
        let mut texts: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).collect();
        for depth in [126, 127, 128, 129, 100_000] {
            texts.push("[".repeat(depth) + &"]".repeat(depth));
            texts.push("{\"a\":".repeat(depth) + "1" + &"}".repeat(depth));
        }
        for text in texts {
            let shown: String = text.chars().take(40).collect();
            match (json::parse(&text), serde_json::from_str::<serde_json::Value>(&text)) {
                (Ok(own), Ok(other)) => {
                    assert_eq!(own.to_string(), other.to_string(), "{shown}");
                    assert_eq!(format!("{own:?}"), format!("{other:?}"), "{shown}");
                    assert_eq!(serde_json::Value::from(&own), other, "{shown}");
                    assert_eq!(json::Value::from(other), own, "{shown}");
                    assert_eq!(json::parse(&own.to_string()), Ok(own), "{shown}");
                }
                (Err(_), Err(_)) => {}
                (own, other) => panic!("{shown}: {own:?} is not {other:?}"),
            }
        }
    }

    #[test]
    fn doubles_are_spelled_as_serde_spells_them() {
        for exponent in -320..=307 {
            for digits in ["1", "-1.5", "9.999999999999999", "1.2345678901234567"] {
                let number: f64 = format!("{digits}e{exponent}").parse().unwrap();
                assert_eq!(json::double(number), serde_json::Value::from(number).to_string());
            }
        }
    }

    #[test]
    fn an_error_says_where() {
        let problem = |text: &str| json::parse(text).unwrap_err();
        assert_eq!(problem("{"), "EOF while parsing an object at line 1 column 1");
        assert_eq!(problem("nul"), "EOF while parsing a value at line 1 column 3");
        assert_eq!(problem("[1,\n 2 3]"), "expected `,` or `]` at line 2 column 4");
        assert_eq!(problem("{\"a\": 1,}"), "trailing comma at line 1 column 9");
        assert_eq!(problem("1 x"), "trailing characters at line 1 column 3");
    }
}
