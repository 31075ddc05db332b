//! Equality of JSON: fields in any order, numbers as doubles, so that `1` equals `1.0` and `0` equals `-0`.

use std::collections::HashSet;

use serde_json::Value;

use super::MAX_DEPTH;
use super::number::double;
use crate::json;

/// Whether a value is, as JSON, one that stands in a contract.
#[expect(clippy::float_cmp, reason = "JSON's numbers are equal or not; nothing here is computed")]
pub(super) fn is(known: &json::Value, value: &Value) -> bool {
    match (known, value) {
        (json::Value::Null, Value::Null) => true,
        (json::Value::Bool(known), Value::Bool(flag)) => known == flag,
        (json::Value::Number(known), Value::Number(number)) => known.as_f64() == double(number),
        (json::Value::String(known), Value::String(text)) => known == text,
        (json::Value::Array(known), Value::Array(list)) => {
            known.len() == list.len() && known.iter().zip(list).all(|(known, item)| is(known, item))
        }
        (json::Value::Object(known), Value::Object(map)) => {
            known.len() == map.len() && known.iter().all(|(key, known)| map.get(key).is_some_and(|entry| is(known, entry)))
        }
        _ => false,
    }
}

/// Whether no two items of a list are equal as JSON. Takes time in proportion to the size of the list, sorting of keys aside.
pub(super) fn all_differ(list: &[Value]) -> bool {
    let mut seen: HashSet<Box<[u8]>> = HashSet::with_capacity(list.len());
    let mut buffer = Vec::new();
    list.iter().all(|item| {
        buffer.clear();
        write_canonical(item, 0, &mut buffer);
        seen.insert(buffer.as_slice().into())
    })
}

/// Bytes that two values share exactly if they are equal.
fn write_canonical(value: &Value, depth: usize, out: &mut Vec<u8>) {
    // What nests deeper is refused anyway, and must not exhaust the stack before.
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Null => out.push(b'z'),
        Value::Bool(flag) => out.push(if *flag { b't' } else { b'f' }),
        Value::Number(number) => {
            out.push(b'n');
            // Adding zero makes `0` of `-0`.
            out.extend_from_slice(&(double(number) + 0.0).to_bits().to_le_bytes());
        }
        Value::String(text) => write_text(text, out),
        Value::Array(list) => {
            out.push(b'[');
            for item in list {
                write_canonical(item, depth + 1, out);
            }
            out.push(b']');
        }
        Value::Object(map) => {
            // Another crate of the build may have asked `serde_json` to keep the order of keys.
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push(b'{');
            for (key, value) in entries {
                write_text(key, out);
                write_canonical(value, depth + 1, out);
            }
            out.push(b'}');
        }
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b's');
    out.extend_from_slice(&text.len().to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn uniqueness_agrees_with_pairwise_equality() {
        let items = [
            json!(null),
            json!(false),
            json!(0),
            json!(-0.0),
            json!(1),
            json!(1.0),
            json!(9_007_199_254_740_992_u64),
            json!(9_007_199_254_740_993_u64),
            json!(""),
            json!("0"),
            json!("s"),
            json!([]),
            json!([[]]),
            json!([0]),
            json!(["a", "b"]),
            json!(["ab"]),
            json!({}),
            json!({"a": 1, "b": [1.0]}),
            json!({"b": [1], "a": 1.0}),
            json!({"a": {"b": 1}}),
            json!({"__proto__": 1}),
        ];
        for left in &items {
            for right in &items {
                assert_eq!(all_differ(&[left.clone(), right.clone()]), !is(&left.clone().into(), right), "{left} and {right}");
                let nested = [json!({"x": [left]}), json!({"x": [right]})];
                assert_eq!(all_differ(&nested), !is(&nested[0].clone().into(), &nested[1]), "{left} and {right}, inside");
            }
        }
    }
}
