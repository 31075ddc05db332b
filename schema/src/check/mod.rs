//! The validator: one table, compiled from the contract, walked the same way here and in the TypeScript client.
//!
//! A check validates a JSON value and normalises it: `1.0` becomes `1` where an integer is due, and fields that an open object does not list
//! are dropped. What passes is what is stored and delivered, never the raw input.

mod format;
mod issue;

use std::collections::HashMap;

use regex::Regex;
use serde_json::{Map, Number, Value};

pub use format::{is_date_time, is_uuid};
pub use issue::{Issue, IssueCode, PathPart};

use crate::{Contract, Event, Field, Object, Type, Variant, regexp};

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
        let params = contract.channels.iter().flat_map(|channel| channel.params.iter().map(|param| &param.ty));
        let payloads = contract.channels.iter().flat_map(|channel| contract.events_of(channel)).filter_map(|event| event.payload.as_ref());
        for ty in contract.types.iter().map(|named| &named.ty).chain(params).chain(payloads) {
            collect_patterns(ty, &mut patterns);
        }
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
        let mut walk = Walk { checker: self, path: Vec::new(), issues: Vec::new() };
        walk.value(ty, &mut value, 0);
        if walk.issues.is_empty() { Ok(value) } else { Err(walk.issues) }
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
}

fn collect_patterns(ty: &Type, patterns: &mut HashMap<String, Regex>) {
    match ty {
        Type::String { pattern: Some(pattern), .. } => {
            if let Some(regex) = regexp::translate(pattern).ok().and_then(|translated| Regex::new(&translated).ok()) {
                patterns.insert(pattern.clone(), regex);
            }
        }
        Type::Object(object) => object.fields.iter().for_each(|field| collect_patterns(&field.ty, patterns)),
        Type::Union { variants, .. } => {
            let fields = variants.iter().flat_map(|variant| &variant.object.fields);
            fields.for_each(|field| collect_patterns(&field.ty, patterns));
        }
        Type::List { items: inner, .. } | Type::Map { values: inner, .. } | Type::Nullable { of: inner } => {
            collect_patterns(inner, patterns)
        }
        _ => {}
    }
}

/// One walk through one value.
struct Walk<'a> {
    checker: &'a Checker,
    path: Vec<PathPart>,
    issues: Vec<Issue>,
}

impl Walk<'_> {
    fn report(&mut self, code: IssueCode, message: impl Into<String>) {
        self.issues.push(Issue { path: self.path.clone(), code, message: message.into() });
    }

    fn mismatch(&mut self, ty: &Type, value: &Value) {
        self.report(IssueCode::Type, format!("expected {}, got {}", ty.noun(), issue::describe(value)));
    }

    fn value(&mut self, ty: &Type, value: &mut Value, depth: usize) {
        if depth > MAX_DEPTH {
            self.report(IssueCode::TooDeep, format!("values nest at most {MAX_DEPTH} deep"));
            return;
        }
        match (ty, &mut *value) {
            (Type::Ref { .. }, _) => match self.checker.contract.resolve(ty) {
                Some(named) => self.value(named, value, depth),
                None => self.mismatch(ty, value),
            },
            (Type::Nullable { .. }, Value::Null) | (Type::Boolean, Value::Bool(_)) => {}
            (Type::Nullable { of }, _) => self.value(of, value, depth),
            (Type::Any, _) => self.any(value, depth),
            (Type::String { min_length, max_length, pattern, .. }, Value::String(text)) => {
                self.text(text, *min_length, *max_length, pattern.as_deref());
            }
            (Type::DateTime, Value::String(text)) if !is_date_time(text) => {
                self.report(IssueCode::Format, format!("expected an RFC 3339 date-time with an offset, got {}", issue::excerpt(text)));
            }
            (Type::Uuid, Value::String(text)) if !is_uuid(text) => {
                self.report(IssueCode::Format, format!("expected a UUID, got {}", issue::excerpt(text)));
            }
            (Type::Int64 { signed }, Value::String(text)) if !is_int64(text, *signed) => {
                self.report(IssueCode::Format, format!("expected a 64-bit integer as decimal text, got {}", issue::excerpt(text)));
            }
            (Type::DateTime | Type::Uuid | Type::Int64 { .. }, Value::String(_)) => {}
            (Type::Enum { values, .. }, Value::String(text)) => {
                if !values.iter().any(|known| known.value == *text) {
                    let known: Vec<_> = values.iter().map(|known| format!("`{}`", known.value)).collect();
                    self.report(IssueCode::Enum, format!("expected one of {}, got {}", known.join(", "), issue::excerpt(text)));
                }
            }
            (Type::Integer { min, max, .. }, Value::Number(number)) => match integral(number) {
                Some(integer) => {
                    self.bounds(integer < *min, integer > *max, min, max, &integer);
                    *value = Value::from(integer);
                }
                None => self.report(IssueCode::Type, format!("expected an integer, got {number}")),
            },
            (Type::Number { min, max, .. }, Value::Number(number)) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                self.bounds(
                    min.is_some_and(|min| number < min),
                    max.is_some_and(|max| number > max),
                    min.unwrap_or_default(),
                    max.unwrap_or_default(),
                    number,
                );
            }
            (Type::Object(object), Value::Object(map)) => self.object(object, None, map, depth),
            (Type::Union { tag, variants, .. }, Value::Object(map)) => self.union(tag, variants, map, depth),
            (Type::List { items, min_items, max_items, .. }, Value::Array(list)) => {
                let length = list.len();
                if min_items.is_some_and(|min| length < min as usize) {
                    self.report(
                        IssueCode::TooFew,
                        format!("expected at least {}, got {length}", counted(min_items.unwrap_or_default(), "item")),
                    );
                }
                if max_items.is_some_and(|max| length > max as usize) {
                    self.report(
                        IssueCode::TooMany,
                        format!("expected at most {}, got {length}", counted(max_items.unwrap_or_default(), "item")),
                    );
                }
                for (at, item) in list.iter_mut().enumerate() {
                    self.inside(PathPart::Item(at), |walk| walk.value(items, item, depth + 1));
                }
            }
            (Type::Map { values, .. }, Value::Object(map)) => {
                for (key, entry) in map.iter_mut() {
                    self.inside(PathPart::Field(key.clone()), |walk| walk.value(values, entry, depth + 1));
                }
            }
            _ => self.mismatch(ty, value),
        }
    }

    fn inside(&mut self, part: PathPart, check: impl FnOnce(&mut Self)) {
        self.path.push(part);
        check(self);
        self.path.pop();
    }

    fn any(&mut self, value: &Value, depth: usize) {
        if depth > MAX_DEPTH {
            self.report(IssueCode::TooDeep, format!("values nest at most {MAX_DEPTH} deep"));
            return;
        }
        match value {
            Value::Array(list) => list.iter().for_each(|item| self.any(item, depth + 1)),
            Value::Object(map) => map.values().for_each(|entry| self.any(entry, depth + 1)),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, min: Option<u32>, max: Option<u32>, pattern: Option<&str>) {
        let length = text.chars().count();
        if let Some(min) = min.filter(|min| length < *min as usize) {
            self.report(IssueCode::TooShort, format!("expected at least {}, got {length}", counted(min, "character")));
        }
        if let Some(max) = max.filter(|max| length > *max as usize) {
            self.report(IssueCode::TooLong, format!("expected at most {}, got {length}", counted(max, "character")));
        }
        if let Some(pattern) = pattern
            && !self.checker.patterns.get(pattern).is_some_and(|regex| regex.is_match(text))
        {
            self.report(IssueCode::Pattern, format!("expected text that matches `{pattern}`, got {}", issue::excerpt(text)));
        }
    }

    fn bounds<N: std::fmt::Display>(&mut self, below: bool, above: bool, min: N, max: N, got: N) {
        if below {
            self.report(IssueCode::TooSmall, format!("expected at least {min}, got {got}"));
        }
        if above {
            self.report(IssueCode::TooBig, format!("expected at most {max}, got {got}"));
        }
    }

    fn union(&mut self, tag: &str, variants: &[Variant], map: &mut Map<String, Value>, depth: usize) {
        let found = map.get(tag).and_then(Value::as_str).and_then(|value| variants.iter().find(|variant| variant.value == value));
        if let Some(variant) = found {
            self.object(&variant.object, Some(tag), map, depth);
        } else {
            let known: Vec<_> = variants.iter().map(|variant| format!("`{}`", variant.value)).collect();
            self.inside(PathPart::Field(tag.to_owned()), |walk| {
                walk.report(IssueCode::Tag, format!("expected one of {}", known.join(", ")));
            });
        }
    }

    fn object(&mut self, object: &Object, tag: Option<&str>, map: &mut Map<String, Value>, depth: usize) {
        for Field { name, optional, ty, .. } in &object.fields {
            match map.get_mut(name) {
                Some(value) => self.inside(PathPart::Field(name.clone()), |walk| walk.value(ty, value, depth + 1)),
                None if *optional => {}
                None => self.inside(PathPart::Field(name.clone()), |walk| {
                    walk.report(IssueCode::Required, format!("expected {}, and the field is missing", ty.noun()));
                }),
            }
        }
        let known = |key: &str| tag == Some(key) || object.fields.iter().any(|field| field.name == key);
        if object.closed {
            let unknown: Vec<String> = map.keys().filter(|key| !known(key)).cloned().collect();
            for key in unknown {
                self.inside(PathPart::Field(key), |walk| walk.report(IssueCode::UnknownField, "this field is not part of the type"));
            }
        } else {
            map.retain(|key, _| known(key));
        }
    }
}

fn counted(count: u32, unit: &str) -> String {
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The integer that a JSON number is, also when it is written `1.0` or `1e3`.
///
/// A number beyond 2^53 no longer says which integer it was, but every such number lies beyond every bound of a contract, and on which side is still known.
fn integral(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and what saturates is out of bounds")]
        (float.fract() == 0.0).then_some(float as i64)
    })
}

fn is_int64(text: &str, signed: bool) -> bool {
    if signed {
        text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
    } else {
        text.parse::<u64>().is_ok_and(|number| number.to_string() == text)
    }
}
