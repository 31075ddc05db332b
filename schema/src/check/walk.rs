//! One walk through one value: what is wrong with it, and where. Nothing is allocated while nothing is wrong, except for the way in.

use serde_json::{Map, Value};

use super::format::{is_date_time, is_of, is_uuid};
use super::issue::{Issue, IssueCode, PathPart, describe, excerpt};
use super::number::integral;
use super::{Checker, MAX_DEPTH};
use crate::{Field, Format, Object, Type, Variant};

/// More issues than this help nobody, and a long list of bad items must not cost more than it is worth.
const MAX_ISSUES: usize = 50;

/// One step into a value.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    Field(&'a str),
    Item(usize),
}

pub(super) struct Walk<'a> {
    pub(super) checker: &'a Checker,
    path: Vec<Step<'a>>,
    issues: Vec<Issue>,
    /// How often something was wrong, the issues that found no place included.
    failures: usize,
    /// Whether the verdict alone is wanted.
    silent: bool,
    /// The named types that are being checked at this very value, by way of references between schemas.
    pub(super) entered: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    pub(super) const fn new(checker: &'a Checker) -> Self {
        Self { checker, path: Vec::new(), issues: Vec::new(), failures: 0, silent: false, entered: Vec::new() }
    }

    pub(super) fn into_issues(self) -> Vec<Issue> {
        self.issues
    }

    pub(super) fn report(&mut self, code: IssueCode, message: impl FnOnce() -> String) {
        self.failures += 1;
        if self.silent || self.issues.len() == MAX_ISSUES {
            return;
        }
        let path = self.path.iter().map(|step| match *step {
            Step::Field(name) => PathPart::Field(name.to_owned()),
            Step::Item(at) => PathPart::Item(at),
        });
        self.issues.push(Issue { path: path.collect(), code, message: message() });
    }

    /// Whether a check finds nothing wrong; what it finds is forgotten.
    pub(super) fn silently(&mut self, check: impl FnOnce(&mut Self)) -> bool {
        let (failures, silent) = (self.failures, std::mem::replace(&mut self.silent, true));
        check(self);
        self.silent = silent;
        let fits = self.failures == failures;
        self.failures = failures;
        fits
    }

    pub(super) fn inside(&mut self, step: Step<'a>, check: impl FnOnce(&mut Self)) {
        let entered = std::mem::take(&mut self.entered);
        self.path.push(step);
        check(self);
        self.path.pop();
        self.entered = entered;
    }

    fn mismatch(&mut self, ty: &Type, value: &Value) {
        self.report(IssueCode::Type, || format!("expected {}, got {}", ty.noun(), describe(value)));
    }

    fn too_deep(&mut self) {
        self.report(IssueCode::TooDeep, || format!("values nest at most {MAX_DEPTH} deep"));
    }

    pub(super) fn value(&mut self, ty: &'a Type, value: &'a Value, depth: usize) {
        if depth > MAX_DEPTH {
            return self.too_deep();
        }
        match (ty, value) {
            (Type::Ref { .. }, _) => match self.checker.contract().resolve(ty) {
                Some(named) => self.value(named, value, depth),
                None => self.mismatch(ty, value),
            },
            (Type::Nullable { .. }, Value::Null) | (Type::Boolean, Value::Bool(_)) => {}
            (Type::Nullable { of }, _) => self.value(of, value, depth),
            (Type::Any, _) => self.any(value, depth),
            (Type::Json { schema }, _) => {
                let failures = self.failures;
                self.any(value, depth);
                if self.failures == failures {
                    self.schema(schema, value, depth);
                }
            }
            (Type::Choice { of }, _) => match of.iter().find(|ty| self.checker.takes(ty, value)) {
                Some(ty) => self.value(ty, value, depth),
                None => self.report(IssueCode::Choice, || {
                    let expected: Vec<_> = of.iter().map(Type::noun).collect();
                    format!("expected {}, got {}", expected.join(" or "), describe(value))
                }),
            },
            (Type::String { .. } | Type::DateTime | Type::Uuid | Type::Int64 { .. } | Type::Enum { .. }, Value::String(text)) => {
                self.text_of(ty, text);
            }
            (Type::Integer { min, max, multiple_of }, Value::Number(number)) => match integral(number) {
                Some(integer) => {
                    self.bounds(integer < *min, integer > *max, min, max, &integer);
                    self.multiple(*multiple_of, number.as_f64().unwrap_or(f64::NAN));
                }
                None => self.report(IssueCode::Type, || format!("expected an integer, got {number}")),
            },
            (Type::Number { min, max, exclusive_min, exclusive_max, multiple_of }, Value::Number(number)) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                let (low, high) = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
                self.bounds(number < low, number > high, low, high, number);
                self.exclusive(*exclusive_min, *exclusive_max, number);
                self.multiple(*multiple_of, number);
            }
            (Type::Object(object), Value::Object(map)) => self.object(object, None, map, depth),
            (Type::Union { tag, variants, open }, Value::Object(map)) => self.union(tag, variants, *open, map, depth),
            (Type::List { items, min_items, max_items, unique }, Value::Array(list)) => {
                self.count(*min_items, *max_items, "item", list.len());
                self.unique(*unique, list);
                for (at, item) in list.iter().enumerate() {
                    self.inside(Step::Item(at), |walk| walk.value(items, item, depth + 1));
                }
            }
            (Type::Tuple { items }, Value::Array(list)) => {
                let length = u32::try_from(items.len()).ok();
                self.count(length, length, "item", list.len());
                for (at, (ty, item)) in items.iter().zip(list).enumerate() {
                    self.inside(Step::Item(at), |walk| walk.value(ty, item, depth + 1));
                }
            }
            (Type::Map { values, keys, min_entries, max_entries }, Value::Object(map)) => {
                self.count(*min_entries, *max_entries, "entry", map.len());
                for (key, entry) in map {
                    self.inside(Step::Field(key), |walk| {
                        if let Some(pattern) = keys {
                            walk.key(pattern, key);
                        }
                        walk.value(values, entry, depth + 1);
                    });
                }
            }
            _ => self.mismatch(ty, value),
        }
    }

    /// Any JSON, as long as it does not nest too deep.
    fn any(&mut self, value: &Value, depth: usize) {
        if depth > MAX_DEPTH {
            return self.too_deep();
        }
        match value {
            Value::Array(list) => list.iter().for_each(|item| self.any(item, depth + 1)),
            Value::Object(map) => map.values().for_each(|entry| self.any(entry, depth + 1)),
            _ => {}
        }
    }

    fn text_of(&mut self, ty: &Type, text: &str) {
        let holds = match ty {
            Type::String { min_length, max_length, pattern, format } => {
                return self.text(text, *min_length, *max_length, pattern.as_deref(), *format);
            }
            Type::Enum { values, open } => {
                if !open && !values.iter().any(|known| known.value == text) {
                    self.report(IssueCode::Enum, || {
                        let known: Vec<_> = values.iter().map(|known| format!("`{}`", known.value)).collect();
                        format!("expected one of {}, got {}", known.join(", "), excerpt(text))
                    });
                }
                return;
            }
            Type::DateTime => is_date_time(text),
            Type::Uuid => is_uuid(text),
            Type::Int64 { signed } => is_int64(text, *signed),
            _ => true,
        };
        if !holds {
            self.report(IssueCode::Format, || format!("expected {}, got {}", ty.noun(), excerpt(text)));
        }
    }

    pub(super) fn text(&mut self, text: &str, min: Option<u32>, max: Option<u32>, pattern: Option<&str>, format: Option<Format>) {
        if min.is_some() || max.is_some() {
            let length = text.chars().count();
            if let Some(min) = min.filter(|min| length < *min as usize) {
                self.report(IssueCode::TooShort, || format!("expected at least {}, got {length}", counted(min, "character")));
            }
            if let Some(max) = max.filter(|max| length > *max as usize) {
                self.report(IssueCode::TooLong, || format!("expected at most {}, got {length}", counted(max, "character")));
            }
        }
        if let Some(pattern) = pattern
            && !self.matches(pattern, text)
        {
            self.report(IssueCode::Pattern, || format!("expected text that matches `{pattern}`, got {}", excerpt(text)));
        }
        if let Some(format) = format.filter(|format| !is_of(*format, text)) {
            self.report(IssueCode::Format, || format!("expected text of the format `{}`, got {}", format.name(), excerpt(text)));
        }
    }

    pub(super) fn matches(&self, pattern: &str, text: &str) -> bool {
        self.checker.pattern(pattern).is_some_and(|regex| regex.is_match(text))
    }

    fn bounds<N: std::fmt::Display>(&mut self, below: bool, above: bool, min: N, max: N, got: N) {
        if below {
            self.report(IssueCode::TooSmall, || format!("expected at least {min}, got {got}"));
        }
        if above {
            self.report(IssueCode::TooBig, || format!("expected at most {max}, got {got}"));
        }
    }

    fn union(&mut self, tag: &'a str, variants: &'a [Variant], open: bool, map: &'a Map<String, Value>, depth: usize) {
        let found = map.get(tag).and_then(Value::as_str);
        if let Some(variant) = found.and_then(|value| variants.iter().find(|variant| variant.value == value)) {
            return self.object(&variant.object, Some(tag), map, depth);
        }
        if open && found.is_some() {
            return map.values().for_each(|entry| self.any(entry, depth + 1));
        }
        self.inside(Step::Field(tag), |walk| {
            walk.report(IssueCode::Tag, || {
                let known: Vec<_> = variants.iter().map(|variant| format!("`{}`", variant.value)).collect();
                format!("expected one of {}", known.join(", "))
            });
        });
    }

    fn object(&mut self, object: &'a Object, tag: Option<&str>, map: &'a Map<String, Value>, depth: usize) {
        for Field { name, optional, default, ty, .. } in &object.fields {
            match map.get(name) {
                Some(value) => self.inside(Step::Field(name), |walk| walk.value(ty, value, depth + 1)),
                None if *optional || default.is_some() => {}
                None => self.inside(Step::Field(name), |walk| {
                    walk.report(IssueCode::Required, || format!("expected {}, and the field is missing", ty.noun()));
                }),
            }
        }
        if object.closed {
            for key in map.keys().filter(|key| tag != Some(key) && !object.has(key)) {
                self.inside(Step::Field(key), Walk::unlisted);
            }
        }
    }
}

pub(super) fn counted(count: u32, unit: &str) -> String {
    match (count, unit) {
        (1, _) => format!("1 {unit}"),
        (_, "entry") => format!("{count} entries"),
        _ => format!("{count} {unit}s"),
    }
}

fn is_int64(text: &str, signed: bool) -> bool {
    if signed {
        text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
    } else {
        text.parse::<u64>().is_ok_and(|number| number.to_string() == text)
    }
}
