//! What stands in one line: values, formats, patterns, bounds.

use std::collections::{HashMap, HashSet};

use super::keywords::FORMATS;
use super::{Schema, Schemas, WideFormat};
use crate::diagnostic::{Code, Diagnostic, Place as _, did_you_mean_or_known};
use crate::file::Span;
use crate::file::value;
use crate::file::yaml::{Key, Kind, Node};
use crate::json::Value;
use crate::{Format, JsonType, MAX_SAFE, regexp};

impl Schemas<'_, '_> {
    /// The values of `enum` or `const`. Both together leave what both allow.
    pub(super) fn read_values(&mut self, word: &str, node: &Node, schema: &mut Schema<'_>) {
        let single = std::slice::from_ref(node);
        let items = match (&node.kind, word) {
            (Kind::List(items), "enum") => items.as_slice(),
            (_, "const") => single,
            _ => {
                schema.keywords.pop();
                self.report(
                    Diagnostic::error(Code::WrongValue, node.span, format!("`enum` is a list of values, not {}", node.noun()))
                        .help("write `enum: [open, done]`"),
                );
                return;
            }
        };
        if items.is_empty() {
            // Without it the schema says nothing more that would have to be reported.
            schema.keywords.pop();
            let error = Diagnostic::error(Code::EmptyRange, node.span, "an enum without values has no value");
            self.report(error.help("list at least one string"));
            return;
        }
        let mut seen: HashMap<String, Span> = HashMap::new();
        let mut values = Vec::new();
        for item in items {
            let value = value::json(item, &mut |error| self.report(error));
            if let Some(first) = seen.insert(value::canonical(&value), item.span) {
                let error = Diagnostic::error(Code::DuplicateName, item.span, format!("{} stands twice", item.noun()));
                self.report(error.label("again here").also(first, "first here").help("remove one"));
            } else {
                values.push((value, item.span));
            }
        }
        if let Some(others) = &mut schema.values {
            others.retain(|(value, _)| seen.contains_key(&value::canonical(value)));
        } else {
            schema.values = Some(values);
        }
    }

    /// Leaves out the values that `type` excludes.
    pub(super) fn settle_values(&mut self, schema: &mut Schema<'_>) {
        let Some(values) = schema.values.as_mut().filter(|_| !schema.types.is_empty()) else { return };
        let types: HashSet<JsonType> = schema.types.iter().copied().collect();
        let mut excluded = Vec::new();
        values.retain(|(value, span)| {
            let fits = types_of(value).iter().any(|ty| types.contains(ty));
            if !fits {
                excluded.push((value.clone(), *span));
            }
            fits
        });
        for (value, span) in excluded {
            let warning = Diagnostic::error(Code::Ignored, span, format!("`{value}` is not of the `type`, so no value is ever this one"));
            let quoted = types.contains(&JsonType::String) && !matches!(value, Value::Array(_) | Value::Object(_));
            let help = if quoted {
                format!("write it in quotes if a text is meant: `\"{}\"`", value.to_string().trim_matches('"'))
            } else {
                "remove it, or change the `type`".to_owned()
            };
            self.report(warning.warning().help(help));
        }
    }

    pub(super) fn read_format(&mut self, key: &Key, node: &Node, schema: &mut Schema<'_>) {
        let Some(text) = self.text(node).map(str::to_owned) else { return };
        let only =
            |ty: JsonType| schema.types.contains(&ty) && schema.types.iter().all(|other| matches!(other, JsonType::Null) || *other == ty);
        let range = match text.as_str() {
            "int64" | "uint64" if only(JsonType::String) => {
                schema.wide = Some(if text == "int64" { WideFormat::Int64 } else { WideFormat::Uint64 });
                return;
            }
            "int32" => Some((f64::from(i32::MIN), f64::from(i32::MAX))),
            "uint32" => Some((0.0, f64::from(u32::MAX))),
            _ => None,
        };
        if let Some((low, high)) = range.filter(|_| only(JsonType::Integer)) {
            // The format is its bounds.
            schema.keywords.pop();
            schema.rules.minimum = Some(schema.rules.minimum.map_or(low, |min| min.max(low)));
            schema.rules.maximum = Some(schema.rules.maximum.map_or(high, |max| max.min(high)));
            return;
        }
        if let Some(format) = Format::named(&text) {
            if schema.types.is_empty() || schema.types.contains(&JsonType::String) {
                schema.rules.format = Some(format);
                return;
            }
            schema.keywords.pop();
            let warning = Diagnostic::error(Code::Ignored, key.span, format!("the format `{text}` speaks of strings alone"));
            self.report(warning.warning().help("remove it, or change the `type`"));
            return;
        }
        let (message, help) = match text.as_str() {
            "int64" | "uint64" if schema.types.contains(&JsonType::Integer) => {
                (format!("an integer has no format `{text}`"), format!("64 bits travel as text: `type: string, format: {text}`"))
            }
            "int64" | "uint64" => (format!("`{text}` is a format of texts alone"), format!("write `type: string, format: {text}`")),
            "int32" | "uint32" => (format!("`{text}` is a format of integers alone"), format!("write `type: integer, format: {text}`")),
            _ => (format!("the format `{text}` is not enforced in both languages"), did_you_mean_or_known(&text, &FORMATS)),
        };
        self.report(Diagnostic::error(Code::UnknownFormat, node.span, message).help(help));
    }

    pub(super) fn text_of_pattern(&mut self, node: &Node) -> Option<String> {
        let text = match &node.kind {
            Kind::Scalar { text, .. } => text.as_str(),
            _ => self.text(node)?,
        };
        self.check_pattern(text, node.span).then(|| text.to_owned())
    }

    /// The keys of `patternProperties`.
    pub(super) fn check_patterns(&mut self, node: &Node) {
        if let Kind::Mapping(entries) = &node.kind {
            for (key, _) in entries {
                self.check_pattern(&key.text, key.span);
            }
        }
    }

    fn check_pattern(&mut self, text: &str, place: Span) -> bool {
        let translated = regexp::translate(text);
        if let Err(error) = &translated {
            let diagnostic = Diagnostic::error(Code::BadRegexp, place.part(&error.at), error.message.clone());
            self.report(diagnostic.help("patterns are ECMAScript's, without look-around and back-references"));
        }
        translated.is_ok()
    }

    fn number(&mut self, node: &Node) -> Option<f64> {
        let number = match &node.kind {
            Kind::Scalar { text, plain: true } => value::number(text),
            _ => None,
        };
        if number.is_none() {
            self.report(
                Diagnostic::error(Code::WrongValue, node.span, format!("expected a number, found {}", node.noun()))
                    .help("write it as in JSON: `0.5`"),
            );
        }
        number
    }

    /// A bound. Those of integers are numbers that JavaScript holds.
    pub(super) fn bound(&mut self, node: &Node, schema: &Schema<'_>) -> Option<f64> {
        let number = self.number(node)?;
        let integers = schema.types.contains(&JsonType::Integer) && !schema.types.contains(&JsonType::Number);
        #[expect(clippy::cast_precision_loss, reason = "2^53 - 1 is a double")]
        if integers && number.abs() > MAX_SAFE as f64 {
            let error = Diagnostic::error(Code::Wide, node.span, format!("{} does not fit a JavaScript number", node.noun()));
            self.report(
                error
                    .label("values beyond 9007199254740991 would be rounded")
                    .help("64 bits travel as text: `type: string, format: int64`"),
            );
            return None;
        }
        Some(number)
    }

    pub(super) fn divisor(&mut self, node: &Node) -> Option<f64> {
        let number = self.number(node)?;
        if number <= 0.0 {
            let error = Diagnostic::error(Code::WrongValue, node.span, format!("`multipleOf` is greater than 0, not {}", node.noun()));
            self.report(error.help("write `multipleOf: 0.01` for amounts with two places"));
            return None;
        }
        Some(number)
    }
}

/// The types that a value is of.
pub(super) fn types_of(value: &Value) -> &'static [JsonType] {
    match value {
        Value::Null => &[JsonType::Null],
        Value::Bool(_) => &[JsonType::Boolean],
        Value::Number(number) if number.as_f64().fract() == 0.0 => &[JsonType::Integer, JsonType::Number],
        Value::Number(_) => &[JsonType::Number],
        Value::String(_) => &[JsonType::String],
        Value::Array(_) => &[JsonType::Array],
        Value::Object(_) => &[JsonType::Object],
    }
}
