//! The JSON Schema behind `#[rt(json = "…")]`.

use proc_macro2::Span;
use serde_json::{Map, Value};
use syn::LitStr;

use super::Spot;
use super::constraints::pattern_problem;
use super::types::Known;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean, did_you_mean_or_known};
use crate::{JsonSchema, Rules};

const KEYWORDS: [&str; 27] = [
    "$ref",
    "type",
    "enum",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "prefixItems",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "properties",
    "required",
    "patternProperties",
    "additionalProperties",
    "minProperties",
    "maxProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "const",
];

/// Reads a schema in the form in which contracts hold it; reports everything that keeps it from being one.
pub(super) fn read(text: &LitStr, known: &Known, diagnostics: &mut Diagnostics<Spot>) -> Option<JsonSchema> {
    let mut reader = Reader { span: text.span(), known, path: String::new(), fine: true, diagnostics };
    let mut value: Value = match serde_json::from_str(&text.value()) {
        Ok(value) => value,
        Err(error) => {
            reader.problem(Code::Syntax, format!("this is not JSON: {error}"), "write a JSON Schema: `r#\"{ \"type\": [\"string\"] }\"#`");
            return None;
        }
    };
    reader.schema(&mut value);
    if !reader.fine {
        return None;
    }
    // Each keyword has been read by itself; only what they say together is left.
    serde_json::from_value(value)
        .map_err(|error| reader.problem(Code::WrongValue, error.to_string(), "see the table of keywords in the documentation"))
        .ok()
}

struct Reader<'a> {
    span: Span,
    known: &'a Known,
    /// Where in the schema, as a JSON pointer.
    path: String,
    fine: bool,
    diagnostics: &'a mut Diagnostics<Spot>,
}

impl Reader<'_> {
    fn problem(&mut self, code: Code, message: impl Into<String>, help: impl Into<String>) {
        self.fine = false;
        let place = if self.path.is_empty() { String::new() } else { format!("at `{}`: ", self.path) };
        self.diagnostics.push(Diagnostic::error(code, self.span, format!("{place}{}", message.into())).help(help));
    }

    fn inside<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push('/');
        self.path.push_str(key);
        let result = read(self);
        self.path.truncate(length);
        result
    }

    fn schema(&mut self, value: &mut Value) {
        match value {
            Value::Bool(_) => {}
            Value::Object(rules) => {
                // One value is a list of one.
                if let Some(only) = rules.remove("const") {
                    let both = rules.insert("enum".to_owned(), Value::Array(vec![only])).is_some();
                    if both {
                        self.problem(Code::WrongValue, "`const` and `enum` say the same thing twice", "keep one of them");
                    }
                }
                if let Some(name @ Value::String(_)) = rules.get_mut("type") {
                    *name = Value::Array(vec![name.take()]);
                }
                for (key, value) in rules {
                    self.inside(&key.clone(), |reader| reader.keyword(key, value));
                }
            }
            _ => self.problem(Code::WrongValue, "a schema is an object, `true` or `false`", "write `{ \"type\": [\"string\"] }`"),
        }
    }

    fn keyword(&mut self, key: &str, value: &mut Value) {
        match (key, value) {
            ("items" | "additionalProperties", value) => self.schema(value),
            ("prefixItems" | "allOf" | "anyOf" | "oneOf", Value::Array(list)) => {
                for (at, schema) in list.iter_mut().enumerate() {
                    self.inside(&at.to_string(), |reader| reader.schema(schema));
                }
            }
            ("properties" | "patternProperties", Value::Object(entries)) => {
                for (name, schema) in entries {
                    if key == "patternProperties" {
                        self.fine &= pattern_problem(name, self.span, self.diagnostics);
                    }
                    self.inside(&name.clone(), |reader| reader.schema(schema));
                }
            }
            ("prefixItems" | "allOf" | "anyOf" | "oneOf", _) => {
                self.problem(Code::WrongValue, format!("`{key}` takes a list of schemas"), format!("write `\"{key}\": [{{ … }}]`"));
            }
            ("properties" | "patternProperties", _) => {
                self.problem(Code::WrongValue, format!("`{key}` takes an object of schemas"), format!("write `\"{key}\": {{ … }}`"));
            }
            ("pattern", Value::String(pattern)) => self.fine &= pattern_problem(pattern, self.span, self.diagnostics),
            ("multipleOf", Value::Number(number)) if number.as_f64().is_none_or(|number| number <= 0.0) => {
                self.problem(Code::WrongValue, "a divisor is greater than 0", "write `\"multipleOf\": 5`");
            }
            ("$ref", Value::String(reference)) => self.reference(&reference.clone()),
            (key, value) if KEYWORDS.contains(&key) => self.plain(key, value),
            (key, _) => {
                let help = did_you_mean_or_known(key, &KEYWORDS);
                self.problem(Code::UnsupportedKeyword, format!("the keyword `{key}` is not supported"), help);
            }
        }
    }

    /// A keyword without schemas inside: the model knows what it takes.
    fn plain(&mut self, key: &str, value: &Value) {
        let alone = Map::from_iter([(key.to_owned(), value.clone())]);
        if let Err(error) = serde_json::from_value::<Rules>(Value::Object(alone)) {
            self.problem(Code::WrongValue, error.to_string(), "keywords mean what JSON Schema 2020-12 says");
        }
    }

    fn reference(&mut self, reference: &str) {
        let Some(name) = reference.strip_prefix("#/types/") else {
            let help = "write `#/types/Name` with the name of a type of this module";
            self.problem(Code::BadReference, format!("`{reference}` is not of the form `#/types/Name`"), help);
            return;
        };
        match self.known.types.get(name) {
            Some(None) => {}
            Some(Some(target)) => {
                let help = format!("refer to what it wraps: `#/types/{target}`");
                self.problem(Code::UnknownType, format!("`{name}` is an event, not a type"), help);
            }
            None => {
                let nearest = did_you_mean(name, self.known.types.keys().map(String::as_str));
                let help = nearest.unwrap_or_else(|| "define it in this module".to_owned());
                self.problem(Code::UnknownType, format!("`{name}` is not a type of this module"), help);
            }
        }
    }
}
