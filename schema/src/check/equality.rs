//! Equality of JSON values: fields in any order, numbers as doubles.

use std::collections::HashSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::MAX_DEPTH;

pub(super) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => a == b,
    }
}

/// Whether no two items are equal. A set of texts, because comparing each with each would let a long list take quadratic time.
pub(super) fn all_different(list: &[Value]) -> bool {
    let mut seen = HashSet::with_capacity(list.len());
    list.iter().all(|item| {
        let mut text = String::new();
        write(item, &mut text, 0);
        seen.insert(text)
    })
}

/// A text that two values share exactly if they are equal.
fn write(value: &Value, out: &mut String, depth: usize) {
    // What nests deeper is refused in any case.
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Number(number) => {
            // Adding zero turns -0 into 0.
            let _ = write!(out, "{:?}", number.as_f64().unwrap_or(f64::NAN) + 0.0);
        }
        Value::Array(list) => {
            out.push('[');
            for item in list {
                write(item, out, depth + 1);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (key, value) in entries {
                let _ = write!(out, "{key:?}:");
                write(value, out, depth + 1);
                out.push(',');
            }
            out.push('}');
        }
        Value::String(text) => {
            let _ = write!(out, "{text:?}");
        }
        Value::Bool(_) | Value::Null => {
            let _ = write!(out, "{value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_ways_to_compare_agree() {
        let values = json!([0, -0.0, 1, 1.0, "1", true, null, "", [], {}, [1], [1.0], [[1]], {"a": 1}, {"a": 1.0, "b": null}, {"b": null, "a": 1},
            ["a,", "b"], ["a", ",b"], "é", "\u{0}", 9_007_199_254_740_992_u64, 9_007_199_254_740_993_u64, 1e300]);
        let values = values.as_array().unwrap();
        for a in values {
            for b in values {
                assert_eq!(all_different(&[a.clone(), b.clone()]), !equal(a, b), "{a} and {b}");
            }
        }
        assert!(equal(&json!({"a": 1, "b": [1]}), &json!({"b": [1.0], "a": 1})));
        assert!(equal(&json!(0), &json!(-0.0)));
    }
}
