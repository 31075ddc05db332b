//! The verdict on checked JSON: the assertions of JSON Schema 2020-12.

use serde_json::{Map, Value};

use super::IssueCode;
use super::equality::{all_differ, is};
use super::format;
use super::issue::describe;
use super::number::{double, is_whole};
use super::walk::{Step, Walk};
use crate::{JsonSchema, JsonType, Rules, Type};

impl<'a> Walk<'a> {
    /// Notes everything that keeps `value` from obeying `schema`. It is looked at as JSON first: no rule looks at what nests too deep.
    pub(super) fn json(&mut self, schema: &'a JsonSchema, value: &'a Value) {
        if self.passes(|walk| walk.any(value)) {
            self.schema(schema, value);
        } else {
            self.any(value);
        }
    }

    fn schema(&mut self, schema: &'a JsonSchema, value: &'a Value) {
        if self.is_done() {
            return;
        }
        match schema {
            JsonSchema::Always(true) => {}
            JsonSchema::Always(false) => self.never(value),
            JsonSchema::Rules(rules) => self.rules(rules, value),
        }
    }

    fn never(&mut self, value: &Value) {
        self.expected(IssueCode::Never, "nothing", value);
    }

    fn rules(&mut self, rules: &'a Rules, value: &'a Value) {
        if let Some(types) = rules.types.as_ref().filter(|types| !types.iter().any(|ty| is_of(*ty, value))) {
            self.report(IssueCode::Type, || {
                let names: Vec<_> = types.iter().map(|ty| ty.name()).collect();
                format!("expected {}, got {}", names.join(" or "), describe(value))
            });
        }
        if let Some(values) = rules.values.as_ref().filter(|values| !values.iter().any(|known| is(known, value))) {
            self.report(IssueCode::Enum, || {
                let known: Vec<_> = values.iter().take(4).map(|known| describe(&known.into())).collect();
                let more = if values.len() > known.len() { " or others" } else { "" };
                format!("expected {}{more}, got {}", known.join(" or "), describe(value))
            });
        }
        if self.is_done() {
            return;
        }
        match value {
            Value::String(text) => self.text_rules(rules, text, value),
            Value::Number(number) => {
                let bounds = [rules.minimum, rules.maximum, rules.exclusive_minimum, rules.exclusive_maximum];
                self.number(double(number), bounds, rules.multiple_of);
            }
            Value::Array(list) => self.list_rules(rules, list),
            Value::Object(map) => self.object_rules(rules, map),
            Value::Null | Value::Bool(_) => {}
        }
        self.combinations(rules, value);
    }

    fn text_rules(&mut self, rules: &Rules, text: &str, value: &Value) {
        self.length(text, rules.min_length, rules.max_length);
        if let Some(pattern) = &rules.pattern {
            self.pattern(text, pattern);
        }
        if let Some(format) = rules.format {
            self.format(format::has_format(text, format), format::noun(format), value);
        }
    }

    fn list_rules(&mut self, rules: &'a Rules, list: &'a [Value]) {
        self.items_count(list, rules.min_items, rules.max_items);
        if rules.unique_items && !self.is_done() && !all_differ(list) {
            self.report(IssueCode::NotUnique, || "expected items that differ, and two are equal".to_owned());
        }
        for (at, item) in list.iter().enumerate() {
            let Some(schema) = rules.prefix_items.get(at).or(rules.items.as_ref()) else { return };
            self.inside(Step::Item(at), |walk| walk.schema(schema, item));
            if self.is_done() {
                return;
            }
        }
    }

    fn object_rules(&mut self, rules: &'a Rules, map: &'a Map<String, Value>) {
        self.entries_count(map, rules.min_properties, rules.max_properties);
        for name in rules.required.iter().filter(|name| !map.contains_key(*name)) {
            self.report_inside(Step::Field(name), IssueCode::Required, || "expected a value, and the field is missing".to_owned());
        }
        if rules.properties.is_empty() && rules.pattern_properties.is_empty() && rules.additional_properties.is_none() {
            return;
        }
        for (key, entry) in map {
            if self.is_done() {
                return;
            }
            self.entry(rules, key, entry);
        }
    }

    fn entry(&mut self, rules: &'a Rules, key: &'a str, entry: &'a Value) {
        let property = rules.properties.get(key);
        let checker = self.checker;
        let patterns = rules.pattern_properties.iter().filter(|(pattern, _)| checker.matches(pattern, key)).map(|(_, schema)| schema);
        let mut listed = false;
        for schema in property.into_iter().chain(patterns) {
            listed = true;
            self.inside(Step::Field(key), |walk| walk.schema(schema, entry));
        }
        match &rules.additional_properties {
            Some(JsonSchema::Always(false)) if !listed => {
                self.report_inside(Step::Field(key), IssueCode::UnknownField, || "this field is not part of the type".to_owned());
            }
            Some(schema) if !listed => self.inside(Step::Field(key), |walk| walk.schema(schema, entry)),
            _ => {}
        }
    }

    fn combinations(&mut self, rules: &'a Rules, value: &'a Value) {
        if let Some(name) = &rules.reference {
            self.reference(name, value);
        }
        for schema in &rules.all_of {
            self.schema(schema, value);
        }
        let any_of = &rules.any_of;
        if !any_of.is_empty() && !self.is_done() && !any_of.iter().any(|schema| self.passes(|walk| walk.schema(schema, value))) {
            self.expected(IssueCode::Choice, "JSON that fits at least one of several schemas", value);
        }
        if !rules.one_of.is_empty() && !self.is_done() {
            let fitting = rules.one_of.iter().filter(|schema| self.passes(|walk| walk.schema(schema, value))).take(2).count();
            if fitting != 1 {
                let which = if fitting == 0 { "none" } else { "several" };
                self.report(IssueCode::Choice, || {
                    format!("expected JSON that fits exactly one of several schemas, and {which} fit {}", describe(value))
                });
            }
        }
    }

    fn reference(&mut self, name: &str, value: &'a Value) {
        let Some(named) = self.checker.contract.type_named(name) else { return self.never(value) };
        let ty = &named.ty;
        self.named(ty, value, |walk| match ty {
            // What is JSON for one schema is JSON for another, and need not be walked again.
            Type::Json { schema } => walk.schema(schema, value),
            _ => walk.typed(ty, value),
        });
    }
}

fn is_of(ty: JsonType, value: &Value) -> bool {
    match (ty, value) {
        (JsonType::Null, Value::Null)
        | (JsonType::Boolean, Value::Bool(_))
        | (JsonType::Number, Value::Number(_))
        | (JsonType::String, Value::String(_))
        | (JsonType::Array, Value::Array(_))
        | (JsonType::Object, Value::Object(_)) => true,
        (JsonType::Integer, Value::Number(number)) => is_whole(double(number)),
        _ => false,
    }
}
