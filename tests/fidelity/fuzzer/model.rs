//! A contract in other words: every typed shape as the JSON Schema that it stands for. The suite has proved what that means.

use serde_json::Value;
use tidewire_schema::{Contract, Format, JsonSchema, JsonType, Object, Rules, Type, Variant};

/// The contract with checked JSON for each of its types.
pub(crate) fn of(contract: &Contract) -> Contract {
    let mut model = contract.clone();
    for named in &mut model.types {
        named.ty = Type::Json { schema: schema(&named.ty) };
    }
    model
}

/// Whether JSON Schema can say what a type says, looking through references: it knows neither 64-bit integers as text, nor tags that are not listed.
pub(crate) fn can_say<'a>(ty: &'a Type, contract: &'a Contract, seen: &mut Vec<&'a str>) -> bool {
    match ty {
        Type::Int64 { .. } | Type::Union { open: true, .. } => false,
        Type::Ref { name } => known(name, contract, seen),
        Type::Json { schema } => schema.references().into_iter().all(|name| known(name, contract, seen)),
        ty => ty.parts().into_iter().all(|part| can_say(part, contract, seen)),
    }
}

fn known<'a>(name: &'a str, contract: &'a Contract, seen: &mut Vec<&'a str>) -> bool {
    if seen.contains(&name) {
        return true;
    }
    seen.push(name);
    contract.type_named(name).is_some_and(|named| can_say(&named.ty, contract, seen))
}

fn schema(ty: &Type) -> JsonSchema {
    let of_type = |ty: JsonType| Rules { types: Some(vec![ty]), ..Rules::default() };
    let rules = match ty {
        Type::Json { schema } => return schema.clone(),
        Type::String { min_length, max_length, pattern, format } => {
            let (min_length, max_length, pattern, format) = (*min_length, *max_length, pattern.clone(), *format);
            Rules { min_length, max_length, pattern, format, ..of_type(JsonType::String) }
        }
        Type::DateTime => Rules { format: Some(Format::DateTime), ..of_type(JsonType::String) },
        Type::Uuid => Rules { format: Some(Format::Uuid), ..of_type(JsonType::String) },
        #[expect(clippy::cast_precision_loss, reason = "the bounds of integers are within 2^53")]
        Type::Integer { min, max, multiple_of } => {
            let (minimum, maximum) = (Some(*min as f64), Some(*max as f64));
            Rules { minimum, maximum, multiple_of: *multiple_of, ..of_type(JsonType::Integer) }
        }
        Type::Number { min, max, exclusive_min, exclusive_max, multiple_of } => Rules {
            minimum: *min,
            maximum: *max,
            exclusive_minimum: *exclusive_min,
            exclusive_maximum: *exclusive_max,
            multiple_of: *multiple_of,
            ..of_type(JsonType::Number)
        },
        Type::Boolean => of_type(JsonType::Boolean),
        Type::Enum { open: true, .. } => of_type(JsonType::String),
        Type::Enum { values, .. } => {
            Rules { values: Some(values.iter().map(|known| Value::from(known.value.as_str()).into()).collect()), ..Rules::default() }
        }
        Type::Object(fields) => object(fields),
        Type::Union { tag, variants, .. } => {
            Rules { one_of: variants.iter().map(|known| variant(tag, known).into()).collect(), ..Rules::default() }
        }
        Type::Choice { of } => Rules { any_of: of.iter().map(schema).collect(), ..Rules::default() },
        Type::List { items, min_items, max_items, unique } => Rules {
            items: Some(schema(items)),
            min_items: *min_items,
            max_items: *max_items,
            unique_items: *unique,
            ..of_type(JsonType::Array)
        },
        Type::Tuple { items } => Rules {
            prefix_items: items.iter().map(schema).collect(),
            items: Some(JsonSchema::Always(false)),
            min_items: u32::try_from(items.len()).ok(),
            ..of_type(JsonType::Array)
        },
        Type::Map { values, keys, min_entries, max_entries } => {
            let (min_properties, max_properties) = (*min_entries, *max_entries);
            let bounds = Rules { min_properties, max_properties, ..of_type(JsonType::Object) };
            match keys {
                None => Rules { additional_properties: Some(schema(values)), ..bounds },
                Some(keys) => Rules {
                    pattern_properties: [(keys.clone(), schema(values))].into_iter().collect(),
                    additional_properties: Some(JsonSchema::Always(false)),
                    ..bounds
                },
            }
        }
        Type::Ref { name } => Rules { reference: Some(name.clone()), ..Rules::default() },
        Type::Nullable { of } => Rules { any_of: vec![of_type(JsonType::Null).into(), schema(of)], ..Rules::default() },
        // Any JSON; and what JSON Schema cannot say is not asked about.
        _ => return JsonSchema::Always(true),
    };
    rules.into()
}

fn object(object: &Object) -> Rules {
    let required = object.fields.iter().filter(|field| !field.optional && field.default.is_none());
    Rules {
        types: Some(vec![JsonType::Object]),
        properties: object.fields.iter().map(|field| (field.name.clone(), schema(&field.ty))).collect(),
        required: required.map(|field| field.name.clone()).collect(),
        additional_properties: object.closed.then_some(JsonSchema::Always(false)),
        ..Rules::default()
    }
}

fn variant(tag: &str, variant: &Variant) -> Rules {
    let mut rules = object(&variant.object);
    let value = Rules { values: Some(vec![Value::from(variant.value.as_str()).into()]), ..Rules::default() };
    rules.properties.insert(tag.to_owned(), value.into());
    rules.required.push(tag.to_owned());
    rules
}
