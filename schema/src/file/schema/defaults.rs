//! Defaults: only fields of objects have them, and each is a value of its field's type.

use std::collections::{HashMap, HashSet};

use super::{Id, Schemas};
use crate::diagnostic::{Code, Diagnostic};
use crate::file::Span;
use crate::json::Value;
use crate::{JsonType, Type};

/// Names that stand for names are followed this far.
const MAX_CHAIN: usize = 64;

/// What is still to be looked at when all types are known.
#[derive(Default)]
pub(super) struct Defaults {
    seen: HashSet<Id>,
    pending: Vec<(Type, Value, Span)>,
}

impl Schemas<'_, '_> {
    /// The default of a field. A required field is always there, so its default says nothing.
    pub(super) fn default_of(&mut self, id: Id, ty: &Type, required: bool) -> Option<Value> {
        let (value, place) = self.schema(id).default.clone()?;
        let first = self.defaults.seen.insert(id);
        if required {
            if first {
                let warning = Diagnostic::error(Code::Ignored, place, "this field is required, so its default never stands in for it");
                self.report(warning.warning().help("remove the default, or take the field out of `required`"));
            }
            return None;
        }
        if first {
            self.defaults.pending.push((ty.clone(), value.clone(), place));
        }
        Some(value)
    }

    pub(super) fn check_defaults(&mut self) {
        let stray: Vec<Span> = self
            .arena
            .iter()
            .enumerate()
            .filter(|(id, _)| !self.defaults.seen.contains(id))
            .filter_map(|(_, schema)| schema.default.as_ref().map(|(_, place)| *place))
            .collect();
        for place in stray {
            let error = Diagnostic::error(
                Code::BadDefault,
                place,
                "a default stands in for an absent field, and this is no field of an object with a type",
            );
            self.report(error.help("write it in the schema of the field, in an object with `type: object`; elsewhere leave it out"));
        }
        let pending = std::mem::take(&mut self.defaults.pending);
        let types: HashMap<&str, &Type> = self.types.iter().map(|draft| (draft.named.name.as_str(), &draft.named.ty)).collect();
        let mut errors = Vec::new();
        for (ty, value, place) in &pending {
            if let Err(because) = fits(ty, value, &types, MAX_CHAIN) {
                let error =
                    Diagnostic::error(Code::BadDefault, *place, format!("this default cannot stand in for {}: {because}", ty.noun()));
                errors.push(error.help("correct it, or let the field be absent"));
            }
        }
        for error in errors {
            self.report(error);
        }
    }
}

/// Whether a value is one of a type's, for the types that can have a default.
fn fits(ty: &Type, value: &Value, types: &HashMap<&str, &Type>, chain: usize) -> Result<(), String> {
    let check = |good: bool, because: &str| if good { Ok(()) } else { Err(because.to_owned()) };
    match (ty, value) {
        (Type::Ref { name }, _) => match types.get(name.as_str()) {
            Some(ty) if chain > 0 => fits(ty, value, types, chain - 1),
            // A name that stands for nothing is reported where it stands.
            _ => Ok(()),
        },
        (Type::Nullable { .. }, Value::Null) | (Type::Any, _) | (Type::Boolean, Value::Bool(_)) => Ok(()),
        (Type::Nullable { of }, _) => fits(of, value, types, chain),
        (Type::String { min_length, max_length, pattern: None, format: None }, Value::String(text)) => {
            let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
            check(min_length.is_none_or(|min| min <= length) && max_length.is_none_or(|max| length <= max), "its length is out of bounds")
        }
        (Type::Int64 { signed }, Value::String(text)) => {
            let digits = if *signed {
                text.parse::<i64>().map(|number| number.to_string())
            } else {
                text.parse::<u64>().map(|number| number.to_string())
            };
            check(digits.is_ok_and(|digits| digits == *text), "it is no such integer in decimal digits")
        }
        (Type::String { .. } | Type::DateTime | Type::Uuid, Value::String(_)) => {
            Err("texts with a pattern or a format have none".to_owned())
        }
        (Type::Enum { values, open }, Value::String(text)) => {
            check(*open || values.iter().any(|known| known.value == *text), "it is none of the values")
        }
        (Type::Integer { min, max, multiple_of }, Value::Number(_)) => {
            let Some(number) = value.as_i64() else { return Err("it is not a whole number within 2^53".to_owned()) };
            check((*min..=*max).contains(&number), "it is out of bounds")?;
            is_multiple(value, *multiple_of)
        }
        (Type::Number { min, max, exclusive_min, exclusive_max, multiple_of }, Value::Number(number)) => {
            let number = number.as_f64();
            let low = min.is_none_or(|min| min <= number) && exclusive_min.is_none_or(|min| min < number);
            let high = max.is_none_or(|max| number <= max) && exclusive_max.is_none_or(|max| number < max);
            check(low && high, "it is out of bounds")?;
            is_multiple(value, *multiple_of)
        }
        (Type::List { min_items, .. }, Value::Array(items)) => {
            check(items.is_empty(), "a list has only `[]`")?;
            check(min_items.is_none_or(|min| min == 0), "it has too few items")
        }
        (Type::Map { min_entries, .. }, Value::Object(entries)) => {
            check(entries.is_empty(), "an object with arbitrary keys has only `{}`")?;
            check(min_entries.is_none_or(|min| min == 0), "it has too few entries")
        }
        (Type::Object(_) | Type::Union { .. } | Type::Choice { .. } | Type::Tuple { .. } | Type::Json { .. }, _) => {
            Err("it can have none".to_owned())
        }
        _ => Err(format!("it is {}", noun(value))),
    }
}

/// Whether a number is a multiple, as far as whole numbers tell.
fn is_multiple(value: &Value, of: Option<f64>) -> Result<(), String> {
    let Some(of) = of else { return Ok(()) };
    let whole = |number: f64| super::super::value::of_number(number).as_i64();
    match (value.as_i64(), whole(of)) {
        (Some(0), _) => Ok(()),
        (Some(value), Some(of)) if of != 0 && value % of == 0 => Ok(()),
        (Some(_), Some(_)) => Err(format!("it is not a multiple of {of}")),
        _ => Err("beside `multipleOf` a default is a whole number, and so is the divisor".to_owned()),
    }
}

fn noun(value: &Value) -> &'static str {
    match super::texts::types_of(value) {
        [JsonType::Null] => "null",
        [JsonType::Boolean] => "a boolean",
        [JsonType::String] => "a text",
        [JsonType::Array] => "a list",
        [JsonType::Object] => "an object",
        _ => "a number",
    }
}
