//! What a node means as JSON. Numbers are read from their text, so that none is rounded on the way.

use super::Span;
use super::yaml::{Kind, Node};
use crate::MAX_SAFE;
use crate::diagnostic::{Code, Diagnostic};
use crate::json::{Map, Number, Value};

/// A number in JSON's spelling, or with a `+`, or without a zero before the point.
pub(super) fn number(text: &str) -> Option<f64> {
    // Rust also reads `inf` and `nan`, which are no numbers of JSON.
    let spelled = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    spelled.then(|| text.parse::<f64>().ok()).flatten().filter(|number| number.is_finite())
}

/// A double as JSON: without a fraction as an integer, so that `1.0` is `1`.
pub(super) fn of_number(number: f64) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "2^53 - 1 is a double")]
    let safe = number.fract() == 0.0 && number.abs() <= MAX_SAFE as f64;
    if safe {
        #[expect(clippy::cast_possible_truncation, reason = "an integer of at most 53 bits")]
        return Value::from(number as i64);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// The JSON that a node spells. Texts with the spelling of a JSON number are numbers; `on`, `no` and `0x10` are texts.
pub(super) fn json(node: &Node, report: &mut impl FnMut(Diagnostic<Span>)) -> Value {
    match &node.kind {
        Kind::Scalar { text, plain: false } => Value::String(text.clone()),
        Kind::Scalar { text, .. } => match text.as_str() {
            "" | "~" | "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            text if is_json_number(text) => number(text).map_or_else(
                || {
                    let error =
                        Diagnostic::error(Code::WrongValue, node.span, format!("{} is larger than any number of JavaScript", node.noun()));
                    report(error.help("write it in quotes: it travels as text"));
                    Value::Null
                },
                of_number,
            ),
            text => Value::String(text.to_owned()),
        },
        Kind::List(items) => Value::Array(items.iter().map(|item| json(item, report)).collect()),
        Kind::Mapping(entries) => {
            Value::Object(entries.iter().map(|(key, value)| (key.text.clone(), json(value, report))).collect::<Map>())
        }
    }
}

/// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
fn is_json_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(whole, fraction)| (whole, Some(fraction)));
    digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// Texts that are equal exactly when the values are equal as JSON: keys in one order, numbers as they are compared.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(entries) => {
            let mut entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key:?}:{}", canonical(value))).collect();
            entries.sort_unstable();
            format!("{{{}}}", entries.join(","))
        }
        // What is an integer was made one when it was read.
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::file::yaml::parse;

    #[test]
    fn plain_texts_are_json_only_where_json_spells_them_so() {
        let mut diagnostics = Diagnostics::default();
        let source = "[on, no, '1', 1, 1.0, -0, 1e2, 01, 0x10, 1_0, .5, ~, null, true, 0.1, 9007199254740993]";
        let root = parse(source, &mut diagnostics).unwrap();
        let found = json(&root, &mut |found| panic!("{found:?}"));
        let expected =
            serde_json::json!(["on", "no", "1", 1, 1, 0, 100, "01", "0x10", "1_0", ".5", null, null, true, 0.1, 9_007_199_254_740_992.0]);
        assert_eq!(found, expected.into());
        let large = parse("1e400", &mut diagnostics).unwrap();
        let mut codes = Vec::new();
        json(&large, &mut |found| codes.push(found.code));
        assert_eq!(codes, [Code::WrongValue]);
    }
}
