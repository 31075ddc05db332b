//! The validator: one table, compiled from the contract, walked the same way here and in the TypeScript client.
//!
//! A check validates a JSON value and normalises it: `1.0` becomes `1` where an integer is due, and fields that an open object does not list
//! are dropped, and defaults stand where their fields are absent. What passes is what is stored and delivered, never the raw input. JSON that a
//! schema describes instead of a type is checked and stays as it is.

mod equality;
mod format;
mod issue;
mod json;
mod normalise;
mod number;
mod walk;

use std::collections::HashMap;

use regex::Regex;
use serde_json::Value;

pub use format::{is_date, is_date_time, is_of as is_of_format, is_uuid};
pub use issue::{Issue, IssueCode, PathPart};

use crate::{Contract, Event, JsonSchema, JsonType, Type, regexp};
use walk::Walk;

/// Values nest at most this deep, so that no input can exhaust the stack.
pub const MAX_DEPTH: usize = 32;

/// Checks values against the types of one contract.
#[derive(Debug)]
pub struct Checker {
    contract: Contract,
    patterns: HashMap<String, Regex>,
}

impl Checker {
    /// Compiles the patterns of a contract.
    ///
    /// A pattern that does not compile refuses every text: no front end lets such a pattern through, so this only meets contracts made by hand.
    pub fn new(contract: &Contract) -> Self {
        let mut patterns = HashMap::new();
        contract.roots().for_each(|ty| each_pattern(ty, &mut |pattern| compile(pattern, &mut patterns)));
        Self { contract: contract.clone(), patterns }
    }

    /// The contract whose types this checks.
    pub const fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Checks what an event carries: nothing for a signal, a value of its type otherwise. Returns the normalised value.
    ///
    /// # Errors
    ///
    /// Every [`Issue`] found. The value is wrong; repeating does not help.
    pub fn payload(&self, event: &Event, data: Option<Value>) -> Result<Option<Value>, Vec<Issue>> {
        match (&event.payload, data) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(vec![Issue::at_root(IssueCode::Payload, format!("`{}` is a signal: it carries no data", event.name))]),
            (Some(ty), None) => {
                Err(vec![Issue::at_root(IssueCode::Payload, format!("`{}` carries {}, and there is no data", event.name, ty.noun()))])
            }
            (Some(ty), Some(value)) => self.value(ty, value).map(Some),
        }
    }

    /// Checks a value against a type. Returns the normalised value.
    ///
    /// # Errors
    ///
    /// Every [`Issue`] found. The value is wrong; repeating does not help.
    pub fn value(&self, ty: &Type, mut value: Value) -> Result<Value, Vec<Issue>> {
        let mut walk = Walk::new(self);
        walk.value(ty, &value, 0);
        let issues = walk.into_issues();
        if !issues.is_empty() {
            return Err(issues);
        }
        self.normalise(ty, &mut value);
        Ok(value)
    }

    /// Checks the text of a channel parameter, as it stands in a channel name after decoding.
    ///
    /// # Errors
    ///
    /// The first [`Issue`] found. The channel name is wrong; repeating does not help.
    pub fn param(&self, ty: &Type, text: &str) -> Result<(), Issue> {
        let canonical = |number: i64| number.to_string() == text;
        let value = match self.contract.resolve(ty) {
            Some(Type::Integer { .. }) => text.parse().ok().filter(|number| canonical(*number)).map(Value::from),
            Some(Type::Boolean) => text.parse().ok().map(Value::Bool),
            Some(Type::Uuid) if text.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                return Err(Issue::at_root(IssueCode::Format, "a UUID in a channel name is written in lower case"));
            }
            _ => Some(Value::from(text)),
        };
        let value =
            value.ok_or_else(|| Issue::at_root(IssueCode::Type, format!("expected {}, got {}", ty.noun(), issue::excerpt(text))))?;
        self.value(ty, value).map(drop).map_err(|mut issues| issues.swap_remove(0))
    }

    fn pattern(&self, source: &str) -> Option<&Regex> {
        self.patterns.get(source)
    }

    /// Whether `value` is of a JSON type that `ty` has; what tells the alternatives of a choice apart.
    fn takes(&self, ty: &Type, value: &Value) -> bool {
        match ty {
            Type::String { .. } | Type::DateTime | Type::Uuid | Type::Int64 { .. } | Type::Enum { .. } => value.is_string(),
            Type::Integer { .. } | Type::Number { .. } => value.is_number(),
            Type::Boolean => value.is_boolean(),
            Type::Object(_) | Type::Union { .. } | Type::Map { .. } => value.is_object(),
            Type::List { .. } | Type::Tuple { .. } => value.is_array(),
            Type::Nullable { of } => value.is_null() || self.takes(of, value),
            Type::Choice { of } => of.iter().any(|ty| self.takes(ty, value)),
            Type::Ref { .. } => self.contract.resolve(ty).is_some_and(|named| self.takes(named, value)),
            Type::Json { schema: JsonSchema::Rules(rules) } => rules.types.as_ref().is_none_or(|types| {
                types.iter().any(|ty| match ty {
                    JsonType::Null => value.is_null(),
                    JsonType::Boolean => value.is_boolean(),
                    JsonType::Integer | JsonType::Number => value.is_number(),
                    JsonType::String => value.is_string(),
                    JsonType::Array => value.is_array(),
                    JsonType::Object => value.is_object(),
                })
            }),
            Type::Any | Type::Json { .. } => true,
        }
    }
}

fn compile(pattern: &str, patterns: &mut HashMap<String, Regex>) {
    if !patterns.contains_key(pattern)
        && let Some(regex) = regexp::translate(pattern).ok().and_then(|translated| Regex::new(&translated).ok())
    {
        patterns.insert(pattern.to_owned(), regex);
    }
}

/// Calls `found` with every pattern that `ty` spells out: of texts, of keys, and inside of schemas.
fn each_pattern<'a>(ty: &'a Type, found: &mut impl FnMut(&'a str)) {
    match ty {
        Type::String { pattern, .. } => pattern.iter().for_each(|pattern| found(pattern)),
        Type::Map { keys, .. } => keys.iter().for_each(|pattern| found(pattern)),
        Type::Json { schema } => schema.each(&mut |schema| {
            if let Some(rules) = schema.rules() {
                rules.pattern.iter().chain(rules.pattern_properties.keys()).for_each(|pattern| found(pattern));
            }
        }),
        _ => {}
    }
    ty.parts().into_iter().for_each(|part| each_pattern(part, found));
}
