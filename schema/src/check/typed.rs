//! The verdict on typed shapes.

use std::collections::HashSet;

use serde_json::{Map, Number, Value};

use super::equality::all_differ;
use super::issue::{describe, excerpt, listed};
use super::number::{double, integral, is_multiple};
use super::walk::{Step, Walk};
use super::{IssueCode, format, is_date_time, is_uuid};
use crate::{Contract, Field, Object, Type, Variant};

impl<'a> Walk<'a> {
    /// Notes everything that keeps `value` from being of type `ty`.
    pub(super) fn typed(&mut self, ty: &'a Type, value: &'a Value) {
        if self.is_done() {
            return;
        }
        match (ty, value) {
            (Type::Ref { .. }, _) => match self.checker.contract.resolve(ty) {
                Some(named) => self.follow(|walk| walk.typed(named, value)),
                None => self.expected(IssueCode::Type, ty.noun(), value),
            },
            (Type::Nullable { .. }, Value::Null) | (Type::Boolean, Value::Bool(_)) => {}
            (Type::Nullable { of }, _) => self.typed(of, value),
            (Type::Any, _) => self.any(value),
            (Type::Json { schema }, _) => self.json(schema, value),
            (Type::String { .. }, Value::String(text)) => self.text(ty, text, value),
            (Type::DateTime, Value::String(text)) => self.format(is_date_time(text), "an RFC 3339 date-time with an offset", value),
            (Type::Uuid, Value::String(text)) => self.format(is_uuid(text), "a UUID", value),
            (Type::Int64 { signed }, Value::String(text)) => {
                self.format(is_int64(text, *signed), "a 64-bit integer as decimal text", value);
            }
            (Type::Enum { values, open }, Value::String(text)) => {
                if !open && !values.iter().any(|known| known.value == *text) {
                    let known = values.iter().map(|known| known.value.as_str());
                    self.report(IssueCode::Enum, || format!("expected {}, got {}", listed(known), excerpt(text)));
                }
            }
            (Type::Integer { min, max, multiple_of }, Value::Number(number)) => self.integer(*min, *max, *multiple_of, number),
            (Type::Number { min, max, exclusive_min, exclusive_max, multiple_of }, Value::Number(number)) => {
                self.number(double(number), [*min, *max, *exclusive_min, *exclusive_max], *multiple_of);
            }
            (Type::Object(object), Value::Object(map)) => self.object(object, None, map),
            (Type::Union { tag, variants, open }, Value::Object(map)) => self.union(tag, variants, *open, map, value),
            (Type::Choice { of }, _) => match alternative(&self.checker.contract, of, value) {
                Some(ty) => self.typed(ty, value),
                None => self.expected(IssueCode::Choice, &nouns(of), value),
            },
            (Type::List { items, min_items, max_items, unique }, Value::Array(list)) => {
                self.items_count(list, *min_items, *max_items);
                self.items(list, |_| Some(items));
                if *unique && !self.is_done() && !all_differ(list) {
                    self.report(IssueCode::NotUnique, || "expected items that differ, and two are equal".to_owned());
                }
            }
            (Type::Tuple { items }, Value::Array(list)) => {
                let length = u32::try_from(items.len()).ok();
                self.items_count(list, length, length);
                self.items(list, |at| items.get(at));
            }
            (Type::Map { values, keys, min_entries, max_entries }, Value::Object(map)) => {
                self.entries_count(map, *min_entries, *max_entries);
                for (key, entry) in map {
                    if let Some(pattern) = keys.as_ref().filter(|pattern| !self.checker.matches(pattern, key)) {
                        let message = || format!("expected a name that matches `{pattern}`, got {}", excerpt(key));
                        self.report_inside(Step::Field(key), IssueCode::Key, message);
                    }
                    self.inside(Step::Field(key), |walk| walk.typed(values, entry));
                }
            }
            _ => self.expected(IssueCode::Type, ty.noun(), value),
        }
    }

    /// Notes what nests too deep. Everything else is JSON already.
    pub(super) fn any(&mut self, value: &'a Value) {
        match value {
            Value::Array(list) => {
                for (at, item) in list.iter().enumerate() {
                    self.inside(Step::Item(at), |walk| walk.any(item));
                }
            }
            Value::Object(map) => {
                for (key, entry) in map {
                    self.inside(Step::Field(key), |walk| walk.any(entry));
                }
            }
            _ => {}
        }
    }

    pub(super) fn length(&mut self, text: &str, min: Option<u32>, max: Option<u32>) {
        // A character takes one to four bytes, so that most texts need no count.
        let bytes = text.len();
        let surely = min.is_none_or(|min| bytes / 4 >= min as usize) && max.is_none_or(|max| bytes <= max as usize);
        if !surely {
            self.count(text.chars().count(), (min, max), "character", (IssueCode::TooShort, IssueCode::TooLong));
        }
    }

    pub(super) fn pattern(&mut self, text: &str, pattern: &str) {
        if !self.checker.matches(pattern, text) {
            self.report(IssueCode::Pattern, || format!("expected text that matches `{pattern}`, got {}", excerpt(text)));
        }
    }

    pub(super) fn format(&mut self, valid: bool, expected: &str, value: &Value) {
        if !valid {
            self.expected(IssueCode::Format, expected, value);
        }
    }

    pub(super) fn items_count(&mut self, list: &[Value], min: Option<u32>, max: Option<u32>) {
        self.count(list.len(), (min, max), "item", (IssueCode::TooFew, IssueCode::TooMany));
    }

    pub(super) fn entries_count(&mut self, map: &Map<String, Value>, min: Option<u32>, max: Option<u32>) {
        self.count(map.len(), (min, max), "entry", (IssueCode::TooFew, IssueCode::TooMany));
    }

    /// Bounds in the order least, greatest, greater than, less than.
    pub(super) fn number(&mut self, number: f64, [min, max, above, below]: [Option<f64>; 4], multiple_of: Option<f64>) {
        let sides = [
            (min.filter(|min| number < *min), IssueCode::TooSmall, "at least"),
            (max.filter(|max| number > *max), IssueCode::TooBig, "at most"),
            (above.filter(|above| number <= *above), IssueCode::TooSmall, "more than"),
            (below.filter(|below| number >= *below), IssueCode::TooBig, "less than"),
        ];
        for (bound, code, side) in sides {
            if let Some(bound) = bound {
                self.report(code, || format!("expected {side} {bound}, got {number}"));
            }
        }
        self.multiple(number, multiple_of);
    }

    fn multiple(&mut self, number: f64, divisor: Option<f64>) {
        if let Some(divisor) = divisor.filter(|divisor| !is_multiple(number, *divisor)) {
            self.report(IssueCode::NotMultiple, || format!("expected a multiple of {divisor}, got {number}"));
        }
    }

    fn integer(&mut self, min: i64, max: i64, multiple_of: Option<f64>, number: &Number) {
        let Some(integer) = integral(number) else {
            self.report(IssueCode::Type, || format!("expected an integer, got {number}"));
            return;
        };
        if integer < min {
            self.report(IssueCode::TooSmall, || format!("expected at least {min}, got {number}"));
        }
        if integer > max {
            self.report(IssueCode::TooBig, || format!("expected at most {max}, got {number}"));
        }
        self.normal &= number.is_i64();
        self.multiple(double(number), multiple_of);
    }

    fn text(&mut self, ty: &'a Type, text: &str, value: &Value) {
        let Type::String { min_length, max_length, pattern, format } = ty else { return };
        self.length(text, *min_length, *max_length);
        if let Some(pattern) = pattern {
            self.pattern(text, pattern);
        }
        if let Some(format) = format {
            self.format(format::has_format(text, *format), format::noun(*format), value);
        }
    }

    fn items(&mut self, list: &'a [Value], type_at: impl Fn(usize) -> Option<&'a Type>) {
        for (at, item) in list.iter().enumerate() {
            if self.is_done() {
                return;
            }
            if let Some(ty) = type_at(at) {
                self.inside(Step::Item(at), |walk| walk.typed(ty, item));
            }
        }
    }

    fn union(&mut self, tag: &'a str, variants: &'a [Variant], open: bool, map: &'a Map<String, Value>, value: &'a Value) {
        let found = map.get(tag);
        let name = found.and_then(Value::as_str);
        match name.and_then(|name| variant_named(variants, name)) {
            Some(variant) => self.object(&variant.object, Some(tag), map),
            None if open && name.is_some() => self.any(value),
            None => self.report_inside(Step::Field(tag), IssueCode::Tag, || {
                let got = found.map_or_else(|| "nothing".to_owned(), describe);
                format!("expected {}, got {got}", listed(variants.iter().map(|variant| variant.value.as_str())))
            }),
        }
    }

    fn object(&mut self, object: &'a Object, tag: Option<&str>, map: &'a Map<String, Value>) {
        let mut present = usize::from(tag.is_some());
        for Field { name, optional, default, ty, .. } in &object.fields {
            match map.get(name) {
                Some(value) => {
                    present += 1;
                    self.inside(Step::Field(name), |walk| walk.typed(ty, value));
                }
                None if default.is_some() => self.normal = false,
                None if *optional => {}
                None => self
                    .report_inside(Step::Field(name), IssueCode::Required, || format!("expected {}, and the field is missing", ty.noun())),
            }
        }
        if present == map.len() {
            return;
        }
        if !object.closed {
            self.normal = false;
            return;
        }
        let is_listed = lists(object, tag);
        for key in map.keys().filter(|key| !is_listed(key)) {
            if self.is_done() {
                return;
            }
            self.report_inside(Step::Field(key), IssueCode::UnknownField, || "this field is not part of the type".to_owned());
        }
    }
}

/// Tells which names are of fields of an object, or of the tag of the union it is a variant of.
pub(super) fn lists<'a>(object: &'a Object, tag: Option<&'a str>) -> impl Fn(&str) -> bool + 'a {
    // A set pays where there are many names; the usual handful is compared faster than hashed.
    let names: Option<HashSet<&str>> = (object.fields.len() > 16).then(|| object.fields.iter().map(|field| field.name.as_str()).collect());
    move |key| {
        tag == Some(key) || names.as_ref().map_or_else(|| object.fields.iter().any(|field| field.name == key), |names| names.contains(key))
    }
}

/// The variant whose tag is `name`.
pub(super) fn variant_named<'a>(variants: &'a [Variant], name: &str) -> Option<&'a Variant> {
    variants.iter().find(|variant| variant.value == name)
}

/// The one of several types that has the JSON type of `value`.
pub(super) fn alternative<'a>(contract: &'a Contract, of: &'a [Type], value: &Value) -> Option<&'a Type> {
    of.iter().find(|ty| takes(contract, ty, value, 0))
}

/// Whether values of `ty` have the JSON type of `value`.
fn takes(contract: &Contract, ty: &Type, value: &Value, steps: usize) -> bool {
    match ty {
        // Only names that lead back to themselves come here so often.
        _ if steps > super::MAX_DEPTH => false,
        Type::Ref { .. } => contract.resolve(ty).is_some_and(|named| takes(contract, named, value, steps + 1)),
        Type::Nullable { of } => value.is_null() || takes(contract, of, value, steps + 1),
        Type::Choice { of } => of.iter().any(|ty| takes(contract, ty, value, steps + 1)),
        Type::Boolean => value.is_boolean(),
        Type::Integer { .. } | Type::Number { .. } => value.is_number(),
        Type::String { .. } | Type::DateTime | Type::Uuid | Type::Int64 { .. } | Type::Enum { .. } => value.is_string(),
        Type::List { .. } | Type::Tuple { .. } => value.is_array(),
        Type::Object(_) | Type::Union { .. } | Type::Map { .. } => value.is_object(),
        // No front end puts them into a choice: they are of every JSON type at once.
        Type::Any | Type::Json { .. } => false,
    }
}

fn nouns(of: &[Type]) -> String {
    of.iter().map(Type::noun).collect::<Vec<_>>().join(" or ")
}

fn is_int64(text: &str, signed: bool) -> bool {
    // Only the one spelling that a number has: no `+`, no zero in front, no `-0`.
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = text == "0" || digits.bytes().next().is_some_and(|first| (b'1'..=b'9').contains(&first));
    canonical && if signed { text.parse::<i64>().is_ok() } else { text.parse::<u64>().is_ok() }
}
