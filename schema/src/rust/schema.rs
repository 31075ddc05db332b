//! The JSON Schema behind `#[rt(json = "…")]`.

use std::collections::BTreeMap;

use proc_macro2::Span;
use syn::LitStr;

use super::Spot;
use super::constraints::pattern_problem;
use super::types::Known;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean, did_you_mean_or_known};
use crate::json::{self, Value};
use crate::{Format, JsonSchema, JsonType, Rules};

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
    match json::parse(&text.value()) {
        Ok(value) => {
            let schema = reader.schema(value);
            reader.fine.then_some(schema)
        }
        Err(error) => {
            reader.problem(Code::Syntax, format!("this is not JSON: {error}"), "write a JSON Schema: `r#\"{ \"type\": [\"string\"] }\"#`");
            None
        }
    }
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

    /// Reads a schema that stands behind a key, or at a place in a list.
    fn inside(&mut self, key: &str, schema: Value) -> JsonSchema {
        let length = self.path.len();
        self.path.push('/');
        self.path.push_str(key);
        let schema = self.schema(schema);
        self.path.truncate(length);
        schema
    }

    fn schema(&mut self, value: Value) -> JsonSchema {
        match value {
            Value::Bool(always) => return JsonSchema::Always(always),
            Value::Object(entries) => {
                let mut rules = Rules::default();
                if entries.contains_key("const") && entries.contains_key("enum") {
                    self.problem(Code::WrongValue, "`const` and `enum` say the same thing twice", "keep one of them");
                }
                for (key, value) in entries {
                    let length = self.path.len();
                    self.path.push('/');
                    self.path.push_str(&key);
                    self.keyword(&mut rules, &key, value);
                    self.path.truncate(length);
                }
                return rules.into();
            }
            _ => self.problem(Code::WrongValue, "a schema is an object, `true` or `false`", "write `{ \"type\": [\"string\"] }`"),
        }
        JsonSchema::Always(true)
    }

    fn keyword(&mut self, rules: &mut Rules, key: &str, value: Value) {
        match key {
            "$ref" => rules.reference = self.text(key, value).and_then(|reference| self.reference(&reference)),
            "type" => rules.types = self.types(value),
            // One value is a list of one.
            "const" => rules.values = Some(vec![value]),
            "enum" => rules.values = self.list(key, value),
            "minLength" => rules.min_length = self.count(key, &value),
            "maxLength" => rules.max_length = self.count(key, &value),
            "pattern" => {
                rules.pattern = self.text(key, value);
                if let Some(pattern) = &rules.pattern {
                    self.fine &= pattern_problem(pattern, self.span, self.diagnostics);
                }
            }
            "format" => rules.format = self.text(key, value).and_then(|name| self.format(&name)),
            "minimum" => rules.minimum = self.number(key, &value),
            "maximum" => rules.maximum = self.number(key, &value),
            "exclusiveMinimum" => rules.exclusive_minimum = self.number(key, &value),
            "exclusiveMaximum" => rules.exclusive_maximum = self.number(key, &value),
            "multipleOf" => {
                rules.multiple_of = self.number(key, &value);
                if rules.multiple_of.is_some_and(|divisor| divisor <= 0.0) {
                    self.problem(Code::WrongValue, "a divisor is greater than 0", "write `\"multipleOf\": 5`");
                }
            }
            "prefixItems" => rules.prefix_items = self.schemas(key, value),
            "items" => rules.items = Some(self.schema(value)),
            "minItems" => rules.min_items = self.count(key, &value),
            "maxItems" => rules.max_items = self.count(key, &value),
            "uniqueItems" => match value {
                Value::Bool(unique) => rules.unique_items = unique,
                _ => self.wrong(key, "`true` or `false`"),
            },
            "properties" => rules.properties = self.schemas_by_name(key, value),
            "required" => {
                let names = self.list(key, value).unwrap_or_default();
                rules.required = names.into_iter().filter_map(|name| self.text(key, name)).collect();
            }
            "patternProperties" => {
                rules.pattern_properties = self.schemas_by_name(key, value);
                for pattern in rules.pattern_properties.keys() {
                    self.fine &= pattern_problem(pattern, self.span, self.diagnostics);
                }
            }
            "additionalProperties" => rules.additional_properties = Some(self.schema(value)),
            "minProperties" => rules.min_properties = self.count(key, &value),
            "maxProperties" => rules.max_properties = self.count(key, &value),
            "allOf" => rules.all_of = self.schemas(key, value),
            "anyOf" => rules.any_of = self.schemas(key, value),
            "oneOf" => rules.one_of = self.schemas(key, value),
            _ => {
                let help = did_you_mean_or_known(key, &KEYWORDS);
                self.problem(Code::UnsupportedKeyword, format!("the keyword `{key}` is not supported"), help);
            }
        }
    }

    fn wrong(&mut self, key: &str, taken: &str) {
        self.problem(Code::WrongValue, format!("`{key}` takes {taken}"), "keywords mean what JSON Schema 2020-12 says");
    }

    fn text(&mut self, key: &str, value: Value) -> Option<String> {
        if let Value::String(text) = value {
            return Some(text);
        }
        self.wrong(key, if key == "required" { "a list of texts" } else { "a text" });
        None
    }

    fn list(&mut self, key: &str, value: Value) -> Option<Vec<Value>> {
        if let Value::Array(list) = value {
            return Some(list);
        }
        self.wrong(key, "a list");
        None
    }

    fn count(&mut self, key: &str, value: &Value) -> Option<u32> {
        let count = match value {
            Value::Number(number) => number.as_i64().and_then(|number| u32::try_from(number).ok()),
            _ => None,
        };
        if count.is_none() {
            self.wrong(key, "a whole number from 0 to 4294967295");
        }
        count
    }

    fn number(&mut self, key: &str, value: &Value) -> Option<f64> {
        if let Value::Number(number) = value {
            return Some(number.as_f64());
        }
        self.wrong(key, &format!("a number, not {value}"));
        None
    }

    fn types(&mut self, value: Value) -> Option<Vec<JsonType>> {
        // One type is a list of one.
        let list = if matches!(value, Value::String(_)) { vec![value] } else { self.list("type", value)? };
        let known = JsonType::ALL.map(|(name, _)| name);
        let mut types = Vec::new();
        for name in list {
            let Some(name) = self.text("type", name) else { continue };
            match JsonType::named(&name) {
                Some(ty) => types.push(ty),
                None => self.problem(Code::WrongValue, format!("`{name}` is not a type of JSON"), did_you_mean_or_known(&name, &known)),
            }
        }
        Some(types)
    }

    fn format(&mut self, name: &str) -> Option<Format> {
        let format = Format::named(name);
        if format.is_none() {
            let known = Format::ALL.map(|(name, _)| name);
            self.problem(Code::WrongValue, format!("there is no format `{name}` here"), did_you_mean_or_known(name, &known));
        }
        format
    }

    fn schemas(&mut self, key: &str, value: Value) -> Vec<JsonSchema> {
        let Value::Array(list) = value else {
            self.problem(Code::WrongValue, format!("`{key}` takes a list of schemas"), format!("write `\"{key}\": [{{ … }}]`"));
            return Vec::new();
        };
        list.into_iter().enumerate().map(|(at, schema)| self.inside(&at.to_string(), schema)).collect()
    }

    fn schemas_by_name(&mut self, key: &str, value: Value) -> BTreeMap<String, JsonSchema> {
        let Value::Object(entries) = value else {
            self.problem(Code::WrongValue, format!("`{key}` takes an object of schemas"), format!("write `\"{key}\": {{ … }}`"));
            return BTreeMap::new();
        };
        entries.into_iter().map(|(name, schema)| (name.clone(), self.inside(&name, schema))).collect()
    }

    /// The name that a reference names.
    fn reference(&mut self, reference: &str) -> Option<String> {
        let Some(name) = reference.strip_prefix("#/types/") else {
            let help = "write `#/types/Name` with the name of a type of this module";
            self.problem(Code::BadReference, format!("`{reference}` is not of the form `#/types/Name`"), help);
            return None;
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
        Some(name.to_owned())
    }
}
