//! JSON from outside, read strictly: no deeper than it has to be, and no name twice.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How deep lists and objects may be nested.
const DEPTH: usize = 32;

/// What is wrong with a text, in words for its author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads one JSON value. The text is as large as its limit allows by now; nothing else about it is known.
pub(crate) fn parse(text: &str) -> Result<Value, Malformed> {
    if is_too_deep(text) {
        return Err(Malformed(format!("the JSON is nested deeper than {DEPTH} levels")));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let malformed = |error: serde_json::Error| Malformed(format!("not the JSON that is expected: {error}"));
    let value = Strict.deserialize(&mut deserializer).map_err(malformed)?;
    deserializer.end().map_err(malformed)?;
    Ok(value)
}

/// Looks at the brackets alone, before anything is built.
fn is_too_deep(text: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > DEPTH {
                    return true;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Self)? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            // Readers that take the first and readers that take the last would see different things.
            if object.contains_key(&name) {
                return Err(A::Error::custom("a name is given twice in one object"));
            }
            let value = members.next_value_seed(Self)?;
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_json_is_read() {
        let text = r#" {"a":[1,-2,0.5,1e3,"x\"]\\",true,null],"b":{"a":{}}} "#;
        assert_eq!(parse(text).unwrap(), json!({ "a": [1, -2, 0.5, 1e3, "x\"]\\", true, null], "b": { "a": {} } }));
        let deepest = format!("{}1{}", "[".repeat(32), "]".repeat(32));
        assert!(parse(&deepest).is_ok());
        let many = format!("[{}]", ["[]"; 100].join(","));
        assert!(parse(&many).is_ok(), "many are not deep");
        assert!(parse(r#""[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[""#).is_ok(), "brackets in a text are text");
    }

    #[test]
    fn what_is_odd_is_refused() {
        let bad =
            ["", "{", "{} {}", "nul", r#"{"a":1,"a":1}"#, r#"{"b":{"a":1,"\u0061":2}}"#, "1e999", "-1e999", "NaN", "'a'", "{a:1}", "[1,]"];
        for text in bad.map(str::to_owned).into_iter().chain(["[".repeat(33), "[".repeat(10_000), "{\"a\":".repeat(10_000)]) {
            assert!(parse(&text).is_err(), "{text:.60}");
        }
    }
}
