//! A column's value as PostgreSQL writes it, as the JSON that `row_to_json` makes of it.

use std::fmt::Write as _;

/// What the text of a type means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Number,
    Json,
    Timestamp,
    /// In UTC, which is what the reader's session is set to.
    TimestampTz,
    Text,
    /// An array, its elements' kind, and what stands between them.
    Array(Box<Self>, char),
    /// Only the server knows; the type as SQL writes it.
    Server(String),
}

/// The JSON of a value. Nothing for what only the server can turn into JSON, and for what is no value of the kind.
pub(super) fn json(kind: &Kind, text: &str) -> Option<String> {
    Some(match kind {
        Kind::Bool => if text == "t" { "true" } else { "false" }.to_owned(),
        Kind::Number if text.trim_start_matches('-').starts_with(|first: char| first.is_ascii_digit()) => text.to_owned(),
        Kind::Json => text.to_owned(),
        // `NaN` and the infinities are texts.
        Kind::Text | Kind::Number => quoted(text),
        Kind::Timestamp => quoted(&text.replacen(' ', "T", 1)),
        Kind::TimestampTz => quoted(&text.replacen(' ', "T", 1).replacen("+00", "+00:00", 1)),
        Kind::Array(element, delimiter) => array(element, *delimiter, text)?,
        Kind::Server(_) => return None,
    })
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An array as PostgreSQL writes it: `{1,NULL,"a b"}`, nested for more dimensions, with bounds before it where they are not the usual ones.
fn array(element: &Kind, delimiter: char, text: &str) -> Option<String> {
    let text = if text.starts_with('[') { text.split_once('=')?.1 } else { text };
    let mut json = String::with_capacity(text.len() + 2);
    let mut rest = text;
    let mut depth = 0_usize;
    while let Some(next) = rest.chars().next() {
        match next {
            '{' => {
                depth += 1;
                json.push('[');
                rest = &rest[1..];
            }
            '}' => {
                depth = depth.checked_sub(1)?;
                json.push(']');
                rest = &rest[1..];
            }
            next if next == delimiter => {
                json.push(',');
                rest = &rest[next.len_utf8()..];
            }
            '"' => {
                let (value, after) = unquoted(&rest[1..])?;
                json.push_str(&self::json(element, &value)?);
                rest = after;
            }
            _ => {
                let end = rest.find([delimiter, '}'])?;
                match &rest[..end] {
                    "NULL" => json.push_str("null"),
                    value => json.write_str(&self::json(element, value)?).ok()?,
                }
                rest = &rest[end..];
            }
        }
    }
    (depth == 0 && !json.is_empty()).then_some(json)
}

/// What stands between quotes, and what comes after them.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, next)) = chars.next() {
        match next {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            next => value.push(next),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(element: Kind) -> Kind {
        Kind::Array(Box::new(element), ',')
    }

    #[test]
    fn values_become_what_row_to_json_makes_of_them() {
        for (kind, text, expected) in [
            (Kind::Bool, "t", "true"),
            (Kind::Bool, "f", "false"),
            (Kind::Number, "-9223372036854775808", "-9223372036854775808"),
            (Kind::Number, "1.10", "1.10"),
            (Kind::Number, "NaN", r#""NaN""#),
            (Kind::Number, "-Infinity", r#""-Infinity""#),
            (Kind::Json, r#"{"a": [1, 2]}"#, r#"{"a": [1, 2]}"#),
            (Kind::Text, "a\"b\\\n\u{1}☃", r#""a\"b\\\n\u0001☃""#),
            (Kind::Timestamp, "2026-01-02 03:04:05.678", r#""2026-01-02T03:04:05.678""#),
            (Kind::Timestamp, "0044-03-15 00:00:00 BC", r#""0044-03-15T00:00:00 BC""#),
            (Kind::Timestamp, "infinity", r#""infinity""#),
            (Kind::TimestampTz, "2026-01-02 03:04:05+00", r#""2026-01-02T03:04:05+00:00""#),
            (list(Kind::Number), "{}", "[]"),
            (list(Kind::Number), "{1,NULL,3}", "[1,null,3]"),
            (list(Kind::Number), "[0:1]={1,2}", "[1,2]"),
            (list(Kind::Bool), "{{t,f},{f,NULL}}", "[[true,false],[false,null]]"),
            (list(Kind::Text), r#"{a,"NULL","a,b}","q\"\\",""}"#, r#"["a","NULL","a,b}","q\"\\",""]"#),
            (list(Kind::Json), r#"{"{\"a\": 1}",null,1}"#, r#"[{"a": 1},null,1]"#),
            (list(Kind::Timestamp), r#"{"2026-01-02 03:04:05"}"#, r#"["2026-01-02T03:04:05"]"#),
            (Kind::Array(Box::new(Kind::Text), ';'), "{(1,1),(0,0);(2,2),(1,1)}", r#"["(1,1),(0,0)","(2,2),(1,1)"]"#),
        ] {
            assert_eq!(json(&kind, text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_array_is_refused() {
        for text in ["", "1", "{1", "{1}}", "}", r#"{"a"#, r#"{"a\"#, "[0:1]{1}", "{1,"] {
            assert_eq!(json(&list(Kind::Number), text), None, "{text}");
        }
        assert_eq!(json(&Kind::Server("pair".to_owned()), "(1,x)"), None);
    }
}
