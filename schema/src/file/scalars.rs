//! Schemas of texts, numbers and enums.

use super::keywords::FORMATS;
use super::schema::Schemas;
use super::yaml::{Kind, Node};
use crate::diagnostic::{Code, Diagnostic, Place as _, did_you_mean_or_known};
use crate::{EnumValue, MAX_SAFE, Type, regexp};

impl Schemas<'_> {
    pub(super) fn enumeration(&mut self, node: &Node) -> Type {
        let Kind::List(items) = &node.kind else {
            self.report(
                Diagnostic::error(Code::WrongValue, node.span, format!("`enum` is a list of strings, not {}", node.noun()))
                    .help("write `enum: [open, done]`"),
            );
            return Type::Any;
        };
        let mut values: Vec<EnumValue> = Vec::new();
        for item in items {
            let Some(value) = self.text(item) else { continue };
            if values.iter().any(|known| known.value == value) {
                self.report(Diagnostic::error(Code::DuplicateName, item.span, format!("`{value}` stands twice")).help("remove one"));
            } else {
                values.push(EnumValue { value: value.to_owned(), description: None });
            }
        }
        if items.is_empty() {
            self.report(
                Diagnostic::error(Code::EmptyRange, node.span, "an enum without values has no value").help("list at least one string"),
            );
        }
        Type::Enum { values, open: false }
    }

    pub(super) fn string(&mut self, node: &Node) -> Type {
        let min_length = node.get("minLength").and_then(|(_, value)| self.whole(value));
        let max_length = node.get("maxLength").and_then(|(_, value)| self.whole(value));
        let pattern = node.get("pattern").and_then(|(_, value)| self.pattern(value));
        let Some((_, format)) = node.get("format") else { return Type::String { min_length, max_length, pattern, format: None } };
        let ty = match self.text(format) {
            Some("date-time") => Type::DateTime,
            Some("uuid") => Type::Uuid,
            Some("int64") => Type::Int64 { signed: true },
            Some("uint64") => Type::Int64 { signed: false },
            Some(other) => {
                let error =
                    Diagnostic::error(Code::UnknownFormat, format.span, format!("the format `{other}` is not enforced in both languages"));
                self.report(error.help(did_you_mean_or_known(other, &FORMATS)));
                Type::TEXT
            }
            None => Type::TEXT,
        };
        for key in ["minLength", "maxLength", "pattern"] {
            if let Some((key, _)) = node.get(key) {
                let error = Diagnostic::error(Code::Constraint, key.span, format!("`{}` does not go with a format", key.text));
                self.report(error.help("the format says it all; remove one of them"));
            }
        }
        ty
    }

    fn pattern(&mut self, node: &Node) -> Option<String> {
        let text = match &node.kind {
            Kind::Scalar { text, .. } => text.as_str(),
            _ => self.text(node)?,
        };
        match regexp::translate(text) {
            Ok(_) => Some(text.to_owned()),
            Err(error) => {
                let diagnostic = Diagnostic::error(Code::BadRegexp, node.span.part(&error.at), error.message);
                self.report(diagnostic.help("patterns are ECMAScript's, without look-around and back-references"));
                None
            }
        }
    }

    /// Without bounds an integer has 32 bits, as `i32`; with `minimum: 0` and no maximum it is a `u32`.
    pub(super) fn integer(&mut self, node: &Node) -> Type {
        let (low, high) = match node.get("format").and_then(|(_, format)| self.text(format).map(|text| (text.to_owned(), format.span))) {
            None => (None, None),
            Some((format, _)) if format == "int32" => (Some(i64::from(i32::MIN)), Some(i64::from(i32::MAX))),
            Some((format, _)) if format == "uint32" => (Some(0), Some(i64::from(u32::MAX))),
            Some((format, span)) => {
                let help = if matches!(format.as_str(), "int64" | "uint64") {
                    format!("64 bits travel as text: `type: string, format: {format}`")
                } else {
                    did_you_mean_or_known(&format, &["int32", "uint32"])
                };
                self.report(Diagnostic::error(Code::UnknownFormat, span, format!("an integer has no format `{format}`")).help(help));
                (None, None)
            }
        };
        let minimum = self.safe(node, "minimum");
        let maximum = self.safe(node, "maximum");
        let unsigned = low.or(minimum).is_some_and(|min| min >= 0);
        let min = minimum.or(low).unwrap_or_else(|| i64::from(i32::MIN).min(maximum.unwrap_or_default()));
        let max = maximum.or(high).unwrap_or(if unsigned { i64::from(u32::MAX) } else { i64::from(i32::MAX) });
        Type::Integer { min, max, multiple_of: None }
    }

    fn safe(&mut self, node: &Node, key: &str) -> Option<i64> {
        let (_, value) = node.get(key)?;
        // Wide enough to tell a number that is too large from a text that is none.
        let number = match &value.kind {
            Kind::Scalar { text, plain: true } => text.parse::<i128>().ok(),
            _ => None,
        };
        let Some(number) = number else {
            let error = Diagnostic::error(Code::WrongValue, value.span, format!("expected a whole number, found {}", value.noun()));
            self.report(error.help("the bounds of an integer are written without quotes and without a point"));
            return None;
        };
        let safe = i64::try_from(number).ok().filter(|number| number.abs() <= MAX_SAFE);
        if safe.is_none() {
            let error = Diagnostic::error(Code::Wide, value.span, format!("{number} does not fit a JavaScript number"));
            self.report(
                error
                    .label("values beyond 9007199254740991 would be rounded")
                    .help("64 bits travel as text: `type: string, format: int64`"),
            );
        }
        safe
    }

    pub(super) fn number_at(&mut self, node: &Node, key: &str) -> Option<f64> {
        let (_, value) = node.get(key)?;
        let number = match &value.kind {
            // Rust also reads `inf` and `nan`, which are no numbers of JSON.
            Kind::Scalar { text, plain: true }
                if text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) =>
            {
                text.parse::<f64>().ok().filter(|number| number.is_finite())
            }
            _ => None,
        };
        if number.is_none() {
            self.report(
                Diagnostic::error(Code::WrongValue, value.span, format!("expected a number, found {}", value.noun()))
                    .help("write it as in JSON: `0.5`"),
            );
        }
        number
    }
}
