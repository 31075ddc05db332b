//! Types of the contract as data for the client's validator; the form of `TypeSpec` in `codegen/client`.

use tidewire_schema::{Field, Object, Type};

use super::literal::Literal;

/// An entry of an object literal that may be left out.
type Entry = Option<(&'static str, Literal)>;

/// A type as data.
pub(super) fn specification(ty: &Type) -> Literal {
    match ty {
        Type::String { min_length, max_length, pattern, format } => Literal::object([
            kind(ty),
            count("minLength", min_length.as_ref()),
            count("maxLength", max_length.as_ref()),
            text("pattern", pattern.as_deref()),
            text("format", format.map(tidewire_schema::Format::name)),
        ]),
        Type::Int64 { signed } => Literal::object([kind(ty), Some(("signed", Literal::Boolean(*signed)))]),
        Type::Integer { min, max, multiple_of } => Literal::object([
            kind(ty),
            Some(("min", Literal::Number(min.to_string()))),
            Some(("max", Literal::Number(max.to_string()))),
            number("multipleOf", *multiple_of),
        ]),
        Type::Number { min, max, exclusive_min, exclusive_max, multiple_of } => Literal::object([
            kind(ty),
            number("min", *min),
            number("max", *max),
            number("exclusiveMin", *exclusive_min),
            number("exclusiveMax", *exclusive_max),
            number("multipleOf", *multiple_of),
        ]),
        Type::Json { schema } => {
            // A schema is maps with text keys and finite numbers: nothing in it can fail to serialise.
            let schema = serde_json::to_value(schema).unwrap_or_default();
            Literal::object([kind(ty), Some(("schema", Literal::json(&schema)))])
        }
        Type::Enum { values, open } => {
            let values = values.iter().map(|value| Literal::object([text("value", Some(&value.value))])).collect();
            Literal::object([kind(ty), Some(("values", Literal::List(values))), flag("open", *open)])
        }
        Type::Object(object) => Literal::object([kind(ty), Some(("fields", fields(&object.fields))), closed(object)]),
        Type::Union { tag, variants, open } => {
            let variants = variants.iter().map(|variant| {
                let Object { fields: list, .. } = &variant.object;
                Literal::object([text("value", Some(&variant.value)), Some(("fields", fields(list))), closed(&variant.object)])
            });
            let variants = Some(("variants", Literal::List(variants.collect())));
            Literal::object([kind(ty), text("tag", Some(tag)), variants, flag("open", *open)])
        }
        Type::Choice { of } => Literal::object([kind(ty), Some(("of", several(of)))]),
        Type::List { items, min_items, max_items, unique } => Literal::object([
            kind(ty),
            Some(("items", specification(items))),
            count("minItems", min_items.as_ref()),
            count("maxItems", max_items.as_ref()),
            flag("unique", *unique),
        ]),
        Type::Tuple { items } => Literal::object([kind(ty), Some(("items", several(items)))]),
        Type::Map { values, keys, min_entries, max_entries } => Literal::object([
            kind(ty),
            Some(("values", specification(values))),
            text("keys", keys.as_deref()),
            count("minEntries", min_entries.as_ref()),
            count("maxEntries", max_entries.as_ref()),
        ]),
        Type::Ref { name } => Literal::object([kind(ty), text("name", Some(name))]),
        Type::Nullable { of } => Literal::object([kind(ty), Some(("of", specification(of)))]),
        _ => Literal::object([kind(ty)]),
    }
}

/// The name of the kind of a type, as in the serialised contract.
pub(super) const fn kind_of(ty: &Type) -> &'static str {
    match ty {
        Type::String { .. } => "string",
        Type::DateTime => "dateTime",
        Type::Uuid => "uuid",
        Type::Int64 { .. } => "int64",
        Type::Integer { .. } => "integer",
        Type::Number { .. } => "number",
        Type::Boolean => "boolean",
        Type::Json { .. } => "json",
        Type::Enum { .. } => "enum",
        Type::Object(_) => "object",
        Type::Union { .. } => "union",
        Type::Choice { .. } => "choice",
        Type::List { .. } => "list",
        Type::Tuple { .. } => "tuple",
        Type::Map { .. } => "map",
        Type::Ref { .. } => "ref",
        Type::Nullable { .. } => "nullable",
        _ => "any",
    }
}

fn kind(ty: &Type) -> Entry {
    text("kind", Some(kind_of(ty)))
}

fn text(key: &'static str, value: Option<&str>) -> Entry {
    value.map(|value| (key, Literal::Text(value.to_owned())))
}

fn count(key: &'static str, value: Option<&u32>) -> Entry {
    value.map(|value| (key, Literal::Number(value.to_string())))
}

fn number(key: &'static str, value: Option<f64>) -> Entry {
    value.map(|value| (key, Literal::number(value)))
}

fn flag(key: &'static str, value: bool) -> Entry {
    value.then_some((key, Literal::Boolean(true)))
}

fn several(types: &[Type]) -> Literal {
    Literal::List(types.iter().map(specification).collect())
}

fn closed(object: &Object) -> Entry {
    flag("closed", object.closed)
}

/// Fields as data.
pub(super) fn fields(fields: &[Field]) -> Literal {
    let field = |field: &Field| {
        Literal::object([
            text("name", Some(&field.name)),
            flag("optional", field.optional),
            field.default.as_ref().map(|value| ("default", Literal::json(value))),
            Some(("type", specification(&field.ty))),
        ])
    };
    Literal::List(fields.iter().map(field).collect())
}
