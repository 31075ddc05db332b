//! Which keywords a schema uses, and whether Tidewire promises to understand all of them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::suite::{Draft, Group};

/// Every keyword that is promised (`A14` in the list of features), with the annotations that mean nothing for a verdict.
const PROMISED: [&str; 34] = [
    "$comment",
    "$defs",
    "$ref",
    "$schema",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "definitions",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "required",
    "title",
    "type",
    "uniqueItems",
    // What `prefixItems` beside `items` says is spelled with this one in draft 7.
    "additionalItems",
];

const FORMATS: [&str; 7] = ["date-time", "date", "uuid", "email", "uri", "ipv4", "ipv6"];

/// Keywords whose value is a schema, a list of schemas, or either.
const APPLICATORS: [&str; 15] = [
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords whose value is an object of schemas.
const MAPS: [&str; 6] = ["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"];

/// What a schema uses, at any depth.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    pub(crate) keywords: BTreeSet<String>,
    /// Whether something in it is not promised, whatever the keywords are.
    beyond: bool,
}

impl Usage {
    pub(crate) fn of(group: &Group) -> Self {
        let mut usage = Self::default();
        usage.schema(&group.schema, group.draft);
        usage
    }

    /// Whether everything in it is promised, so that a refusal would be a broken promise.
    pub(crate) fn promised(&self) -> bool {
        !self.beyond && self.keywords.iter().all(|keyword| PROMISED.contains(&keyword.as_str()))
    }

    fn schema(&mut self, schema: &Value, draft: Draft) {
        let Value::Object(map) = schema else { return };
        for (keyword, value) in map {
            self.keywords.insert(keyword.clone());
            self.beyond |= match keyword.as_str() {
                "$ref" => !value.as_str().is_some_and(|target| target.starts_with('#')),
                "$schema" => value.as_str().is_some_and(|uri| uri.starts_with("http://localhost")),
                "format" => !value.as_str().is_some_and(|format| FORMATS.contains(&format)),
                "patternProperties" => value.as_object().is_some_and(|patterns| patterns.len() > 1),
                "prefixItems" | "$defs" => draft == Draft::Seven,
                "additionalItems" | "definitions" => draft == Draft::Latest,
                _ => false,
            };
            if APPLICATORS.contains(&keyword.as_str()) {
                match value {
                    Value::Array(list) => list.iter().for_each(|inner| self.schema(inner, draft)),
                    inner => self.schema(inner, draft),
                }
            } else if MAPS.contains(&keyword.as_str())
                && let Value::Object(inner) = value
            {
                inner.values().for_each(|inner| self.schema(inner, draft));
            }
        }
    }
}
