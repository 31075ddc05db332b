//! A value as JSON text, in one of the many ways to write it.

use std::fmt::Write as _;

use serde_json::{Number, Value};

use super::random::Random;

pub(crate) fn write(random: &mut Random, value: &Value) -> String {
    let mut out = String::new();
    // Most payloads are written by a serialiser.
    if random.once_in(2) {
        return value.to_string();
    }
    any(random, value, &mut out);
    out
}

fn any(random: &mut Random, value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => out.push_str(&spelled(random, number)),
        Value::String(text) => quoted(random, text, out),
        Value::Array(list) => {
            out.push('[');
            for (at, item) in list.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                any(random, item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (at, (key, entry)) in map.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                if random.once_in(40) {
                    // Of two entries with one name the later one counts, for every reader alike.
                    quoted(random, key, out);
                    out.push_str(": null, ");
                }
                quoted(random, key, out);
                out.push_str(" :\n");
                any(random, entry, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// A number with a needless fraction or exponent, or with more digits than a double holds.
fn spelled(random: &mut Random, number: &Number) -> String {
    let text = number.to_string();
    let plain = !text.contains(['.', 'e', 'E']);
    match random.below(7) {
        0 if plain => format!("{text}.0"),
        1 if plain => format!("{text}e0"),
        2 if plain => format!("{text}.000E+00"),
        3 if plain && text.len() < 18 => format!("{text}0e-1"),
        4 if plain && text == "0" => "-0".to_owned(),
        5 if plain => format!("{text}.00000000000000000000000000000000000001"),
        6 if !plain => number.as_f64().map_or(text, |float| format!("{float:.25e}")),
        _ => text,
    }
}

fn quoted(random: &mut Random, text: &str, out: &mut String) {
    if random.once_in(2) {
        out.push_str(&Value::from(text).to_string());
        return;
    }
    out.push('"');
    for unit in text.encode_utf16() {
        let _ = write!(out, "\\u{unit:04X}");
    }
    out.push('"');
}
