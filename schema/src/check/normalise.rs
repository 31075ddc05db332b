//! The one form of a value that has passed: integers without a fraction, no field that nobody listed, defaults in place.

use serde_json::{Map, Value};

use super::Checker;
use super::number::integral;
use crate::{Object, Type};

impl Checker {
    pub(super) fn normalise(&self, ty: &Type, value: &mut Value) {
        match (ty, value) {
            (Type::Ref { .. }, value) => {
                if let Some(named) = self.contract().resolve(ty) {
                    self.normalise(named, value);
                }
            }
            (Type::Nullable { of }, value) if !value.is_null() => self.normalise(of, value),
            (Type::Choice { of }, value) => {
                if let Some(ty) = of.iter().find(|ty| self.takes(ty, value)) {
                    self.normalise(ty, value);
                }
            }
            (Type::Integer { .. }, value) => {
                if let Value::Number(number) = value
                    && let Some(integer) = integral(number)
                {
                    *value = Value::from(integer);
                }
            }
            (Type::List { items, .. }, Value::Array(list)) => list.iter_mut().for_each(|item| self.normalise(items, item)),
            (Type::Tuple { items }, Value::Array(list)) => items.iter().zip(list).for_each(|(ty, item)| self.normalise(ty, item)),
            (Type::Map { values, .. }, Value::Object(map)) => map.values_mut().for_each(|entry| self.normalise(values, entry)),
            (Type::Object(object), Value::Object(map)) => self.normalise_object(object, None, map),
            (Type::Union { tag, variants, .. }, Value::Object(map)) => {
                let found = map.get(tag).and_then(Value::as_str);
                // The unknown arm of an open union keeps everything.
                if let Some(variant) = found.and_then(|value| variants.iter().find(|variant| variant.value == value)) {
                    self.normalise_object(&variant.object, Some(tag), map);
                }
            }
            _ => {}
        }
    }

    fn normalise_object(&self, object: &Object, tag: Option<&str>, map: &mut Map<String, Value>) {
        map.retain(|key, _| tag == Some(key) || object.has(key));
        for field in &object.fields {
            if let Some(value) = map.get_mut(&field.name) {
                self.normalise(&field.ty, value);
            } else if let Some(default) = &field.default {
                map.insert(field.name.clone(), default.clone());
            }
        }
    }
}
