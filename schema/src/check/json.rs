//! Checked JSON: the assertions of JSON Schema 2020-12, on values that nothing normalises.

use serde_json::{Map, Value};

use super::equality::{all_different, equal};
use super::issue::{IssueCode, excerpt};
use super::number::is_multiple;
use super::walk::{Step, Walk, counted};
use crate::{JsonSchema, JsonType, Rules, Type};

impl<'a> Walk<'a> {
    /// A value against a schema. What nests too deep has been refused before.
    pub(super) fn schema(&mut self, schema: &'a JsonSchema, value: &'a Value, depth: usize) {
        match schema {
            JsonSchema::Always(true) => {}
            JsonSchema::Always(false) => self.report(IssueCode::Never, || "no value is allowed here".to_owned()),
            JsonSchema::Rules(rules) => {
                self.any_type(rules, value);
                match value {
                    Value::String(text) => self.text_rules(rules, text),
                    Value::Number(number) => self.number_rules(rules, number.as_f64().unwrap_or(f64::NAN)),
                    Value::Array(list) => self.list_rules(rules, list, depth),
                    Value::Object(map) => self.object_rules(rules, map, depth),
                    Value::Null | Value::Bool(_) => {}
                }
                self.combinations(rules, value, depth);
            }
        }
    }

    /// What a schema says about values of every type.
    fn any_type(&mut self, rules: &Rules, value: &Value) {
        if let Some(types) = &rules.types
            && !types.iter().any(|ty| is_of(*ty, value))
        {
            let expected: Vec<_> = types.iter().map(|ty| ty.name()).collect();
            self.report(IssueCode::Type, || format!("expected {}, got {}", expected.join(" or "), super::issue::describe(value)));
        }
        if let Some(values) = &rules.values
            && !values.iter().any(|known| equal(known, value))
        {
            self.report(IssueCode::Enum, || format!("expected one of the listed values, got {}", super::issue::describe(value)));
        }
    }

    fn text_rules(&mut self, rules: &Rules, text: &str) {
        self.text(text, rules.min_length, rules.max_length, rules.pattern.as_deref(), rules.format);
    }

    fn number_rules(&mut self, rules: &Rules, number: f64) {
        if let Some(min) = rules.minimum.filter(|min| number < *min) {
            self.report(IssueCode::TooSmall, || format!("expected at least {min}, got {number}"));
        }
        if let Some(max) = rules.maximum.filter(|max| number > *max) {
            self.report(IssueCode::TooBig, || format!("expected at most {max}, got {number}"));
        }
        self.exclusive(rules.exclusive_minimum, rules.exclusive_maximum, number);
        self.multiple(rules.multiple_of, number);
    }

    pub(super) fn exclusive(&mut self, min: Option<f64>, max: Option<f64>, number: f64) {
        if let Some(min) = min.filter(|min| number <= *min) {
            self.report(IssueCode::TooSmall, || format!("expected more than {min}, got {number}"));
        }
        if let Some(max) = max.filter(|max| number >= *max) {
            self.report(IssueCode::TooBig, || format!("expected less than {max}, got {number}"));
        }
    }

    pub(super) fn multiple(&mut self, divisor: Option<f64>, number: f64) {
        if let Some(divisor) = divisor.filter(|divisor| !is_multiple(number, *divisor)) {
            self.report(IssueCode::NotMultiple, || format!("expected a multiple of {divisor}, got {number}"));
        }
    }

    /// How many items or entries there are.
    pub(super) fn count(&mut self, min: Option<u32>, max: Option<u32>, unit: &str, count: usize) {
        if let Some(min) = min.filter(|min| count < *min as usize) {
            self.report(IssueCode::TooFew, || format!("expected at least {}, got {count}", counted(min, unit)));
        }
        if let Some(max) = max.filter(|max| count > *max as usize) {
            self.report(IssueCode::TooMany, || format!("expected at most {}, got {count}", counted(max, unit)));
        }
    }

    pub(super) fn unique(&mut self, unique: bool, list: &[Value]) {
        if unique && !all_different(list) {
            self.report(IssueCode::NotUnique, || "expected items that all differ, and two are equal".to_owned());
        }
    }

    fn list_rules(&mut self, rules: &'a Rules, list: &'a [Value], depth: usize) {
        self.count(rules.min_items, rules.max_items, "item", list.len());
        self.unique(rules.unique_items, list);
        for (at, item) in list.iter().enumerate() {
            if let Some(schema) = rules.prefix_items.get(at).or(rules.items.as_ref()) {
                self.inside(Step::Item(at), |walk| walk.schema(schema, item, depth + 1));
            }
        }
    }

    fn object_rules(&mut self, rules: &'a Rules, map: &'a Map<String, Value>, depth: usize) {
        self.count(rules.min_properties, rules.max_properties, "entry", map.len());
        for name in rules.required.iter().filter(|name| !map.contains_key(*name)) {
            self.inside(Step::Field(name), Walk::missing);
        }
        for (key, value) in map {
            let property = rules.properties.get(key);
            let matching: Vec<_> =
                rules.pattern_properties.iter().filter(|(pattern, _)| self.matches(pattern, key)).map(|(_, schema)| schema).collect();
            let additional = (property.is_none() && matching.is_empty()).then_some(rules.additional_properties.as_ref()).flatten();
            if additional == Some(&JsonSchema::Always(false)) {
                self.inside(Step::Field(key), Walk::unlisted);
                continue;
            }
            for schema in property.into_iter().chain(matching).chain(additional) {
                self.inside(Step::Field(key), |walk| walk.schema(schema, value, depth + 1));
            }
        }
    }

    fn combinations(&mut self, rules: &'a Rules, value: &'a Value, depth: usize) {
        for schema in &rules.all_of {
            self.schema(schema, value, depth);
        }
        if !rules.any_of.is_empty() && !rules.any_of.iter().any(|schema| self.fits(schema, value, depth)) {
            self.report(IssueCode::Choice, || "expected a value that fits one of several schemas".to_owned());
        }
        if !rules.one_of.is_empty() {
            let fitting = rules.one_of.iter().filter(|schema| self.fits(schema, value, depth)).take(2).count();
            if fitting != 1 {
                let found = if fitting == 0 { "none" } else { "more than one" };
                self.report(IssueCode::Choice, || format!("expected a value that fits exactly one of several schemas, and {found} does"));
            }
        }
        if let Some(name) = &rules.reference {
            self.reference(name, value, depth);
        }
    }

    fn fits(&mut self, schema: &'a JsonSchema, value: &'a Value, depth: usize) -> bool {
        self.silently(|walk| walk.schema(schema, value, depth))
    }

    /// The verdict of a named type. A way that comes back to the same type at the same value would never end, and no value satisfies it.
    fn reference(&mut self, name: &'a str, value: &'a Value, depth: usize) {
        let Some(named) = self.checker.contract().type_named(name) else {
            return self.report(IssueCode::Never, || format!("there is no type `{name}`"));
        };
        if self.entered.contains(&name) {
            return self.report(IssueCode::TooDeep, || format!("`{name}` refers to itself without end"));
        }
        self.entered.push(name);
        match &named.ty {
            // How deep the value nests has been seen to.
            Type::Json { schema } => self.schema(schema, value, depth),
            ty => self.value(ty, value, depth),
        }
        self.entered.pop();
    }
}

/// Whether a value is of a type of JSON Schema.
fn is_of(ty: JsonType, value: &Value) -> bool {
    match ty {
        JsonType::Null => value.is_null(),
        JsonType::Boolean => value.is_boolean(),
        JsonType::Integer => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        JsonType::Number => value.is_number(),
        JsonType::String => value.is_string(),
        JsonType::Array => value.is_array(),
        JsonType::Object => value.is_object(),
    }
}

impl Walk<'_> {
    pub(super) fn missing(&mut self) {
        self.report(IssueCode::Required, || "the field is missing".to_owned());
    }

    pub(super) fn unlisted(&mut self) {
        self.report(IssueCode::UnknownField, || "this field is not part of the type".to_owned());
    }

    pub(super) fn key(&mut self, pattern: &str, key: &str) {
        if !self.matches(pattern, key) {
            self.report(IssueCode::Key, || format!("expected a key that matches `{pattern}`, got {}", excerpt(key)));
        }
    }
}
