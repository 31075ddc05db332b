//! The normal form of what has passed: the value that is stored and delivered.

use serde_json::{Map, Value};

use super::equality::all_differ;
use super::number::integral;
use super::typed::{alternative, lists, variant_named};
use super::{Checker, MAX_DEPTH};
use crate::{Object, Type};

impl Checker {
    /// Brings a value that is of type `ty` into its normal form.
    pub(super) fn normalise(&self, ty: &Type, value: &mut Value, depth: usize) {
        // A value that has passed ends before; only a default that holds itself does not, and no front end lets it through.
        if depth > MAX_DEPTH {
            return;
        }
        match (ty, &mut *value) {
            (Type::Ref { .. }, _) => {
                if let Some(named) = self.contract.resolve(ty) {
                    self.normalise(named, value, depth);
                }
            }
            (Type::Nullable { of }, other) if !other.is_null() => self.normalise(of, value, depth),
            (Type::Choice { of }, _) => {
                if let Some(ty) = alternative(&self.contract, of, value) {
                    self.normalise(ty, value, depth);
                }
            }
            (Type::Integer { .. }, Value::Number(number)) => {
                if let Some(integer) = integral(number) {
                    *value = Value::from(integer);
                }
            }
            (Type::Object(object), Value::Object(map)) => self.normalise_fields(object, None, map, depth),
            (Type::Union { tag, variants, .. }, Value::Object(map)) => {
                if let Some(variant) = map.get(tag).and_then(Value::as_str).and_then(|name| variant_named(variants, name)) {
                    self.normalise_fields(&variant.object, Some(tag), map, depth);
                }
            }
            (Type::List { items, unique: true, .. }, Value::Array(list)) => {
                let mut normal = list.clone();
                for item in &mut normal {
                    self.normalise(items, item, depth + 1);
                }
                // Items that differ only in what nobody listed stay as they came: what passed here has to pass wherever it is checked again.
                if all_differ(&normal) {
                    *list = normal;
                }
            }
            (Type::List { items, .. }, Value::Array(list)) => list.iter_mut().for_each(|item| self.normalise(items, item, depth + 1)),
            (Type::Tuple { items }, Value::Array(list)) => {
                items.iter().zip(list).for_each(|(ty, item)| self.normalise(ty, item, depth + 1));
            }
            (Type::Map { values, .. }, Value::Object(map)) => map.values_mut().for_each(|entry| self.normalise(values, entry, depth + 1)),
            _ => {}
        }
    }

    fn normalise_fields(&self, object: &Object, tag: Option<&str>, map: &mut Map<String, Value>, depth: usize) {
        let mut present = usize::from(tag.is_some());
        for field in &object.fields {
            if let Some(default) = field.default.as_ref().filter(|_| !map.contains_key(&field.name)) {
                map.insert(field.name.clone(), default.into());
            }
            if let Some(value) = map.get_mut(&field.name) {
                present += 1;
                self.normalise(&field.ty, value, depth + 1);
            }
        }
        if present < map.len() {
            let is_listed = lists(object, tag);
            map.retain(|key, _| is_listed(key));
        }
    }
}
