//! Types of the contract as TypeScript types and as data for the client's validator.

use tidewire_schema::{Field, Object, Type, Variant};

use super::documentation::{comment, paragraphs};
use super::literal::{Literal, WIDTH, property, quoted};

/// A type where it is used.
pub(super) fn expression(ty: &Type) -> String {
    match ty {
        Type::String { .. } | Type::DateTime | Type::Uuid => "string".to_owned(),
        Type::Int64 { .. } => "`${bigint}`".to_owned(),
        Type::Integer { .. } | Type::Number { .. } => "number".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Enum { values, .. } => values.iter().map(|value| quoted(&value.value)).collect::<Vec<_>>().join(" | "),
        Type::List { items, .. } => format!("readonly {}[]", in_parentheses(items)),
        Type::Map { values, .. } => format!("{{ readonly [key: string]: {} }}", expression(values)),
        Type::Ref { name } => name.clone(),
        Type::Nullable { of } => format!("{} | null", expression(of)),
        Type::Object(object) => on_one_line(&object.fields, None),
        Type::Union { tag, variants, .. } => {
            variants.iter().map(|variant| on_one_line(&variant.object.fields, Some((tag, &variant.value)))).collect::<Vec<_>>().join(" | ")
        }
        // JSON of unknown shape, and whatever a later contract may bring.
        _ => "unknown".to_owned(),
    }
}

/// An item type: `readonly` and `|` bind weaker than `[]`.
fn in_parentheses(ty: &Type) -> String {
    let text = expression(ty);
    if matches!(ty, Type::Nullable { .. } | Type::Enum { .. } | Type::List { .. } | Type::Union { .. }) {
        format!("({text})")
    } else {
        text
    }
}

fn member(field: &Field) -> String {
    format!("readonly {}{}: {}", property(&field.name), if field.optional { "?" } else { "" }, expression(&field.ty))
}

fn on_one_line(fields: &[Field], tag: Option<(&str, &str)>) -> String {
    let tag = tag.map(|(name, value)| format!("readonly {}: {}", property(name), quoted(value)));
    let members: Vec<String> = tag.into_iter().chain(fields.iter().map(member)).collect();
    if members.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", members.join("; ")) }
}

/// The members of an object on lines of their own, documented.
pub(super) fn members(fields: &[Field], indent: usize) -> String {
    let pad = " ".repeat(indent);
    fields
        .iter()
        .map(|field| {
            format!("{}{pad}{};\n", comment(&paragraphs(field.description.as_deref(), constraints(&field.ty)), indent), member(field))
        })
        .collect()
}

/// The alternatives of a union, one below the other.
pub(super) fn alternatives(tag: &str, variants: &[Variant]) -> String {
    variants
        .iter()
        .map(|variant| {
            let description = variant.description.as_deref().map(|text| comment(text, 2)).unwrap_or_default();
            let documented = variant.object.fields.iter().any(|field| field.description.is_some() || constraints(&field.ty).is_some());
            let line = on_one_line(&variant.object.fields, Some((tag, &variant.value)));
            let body = if documented || line.len() + 4 > WIDTH {
                format!("{{\n      readonly {}: {};\n{}    }}", property(tag), quoted(&variant.value), members(&variant.object.fields, 6))
            } else {
                line
            };
            format!("\n{description}  | {body}")
        })
        .collect()
}

/// What a type asks for beyond what TypeScript can say, as a sentence.
pub(super) fn constraints(ty: &Type) -> Option<String> {
    match ty {
        Type::String { min_length, max_length, pattern, .. } => {
            let length = range(min_length.map(i64::from), max_length.map(i64::from), "character");
            let pattern = pattern.as_ref().map(|pattern| format!("Matches `{pattern}`."));
            match (length, pattern) {
                (Some(length), Some(pattern)) => Some(format!("{length} {pattern}")),
                (length, pattern) => length.or(pattern),
            }
        }
        Type::DateTime => Some("A date and time as in RFC 3339, such as `2026-01-31T12:00:00Z`.".to_owned()),
        Type::Uuid => Some("A UUID.".to_owned()),
        Type::Int64 { signed } => Some(format!("{} 64-bit integer as decimal text.", if *signed { "A" } else { "An unsigned" })),
        Type::Integer { min, max, .. } if (*min, *max) == (i32::MIN.into(), i32::MAX.into()) => Some("A 32-bit integer.".to_owned()),
        Type::Integer { min, max, .. } if (*min, *max) == (0, u32::MAX.into()) => Some("An unsigned 32-bit integer.".to_owned()),
        Type::Integer { min, max, .. } => Some(format!("An integer from {min} to {max}.")),
        Type::Number { min: Some(min), max: Some(max), .. } => Some(format!("From {min} to {max}.")),
        Type::Number { min: Some(min), .. } => Some(format!("At least {min}.")),
        Type::Number { max: Some(max), .. } => Some(format!("At most {max}.")),
        Type::List { min_items, max_items, .. } => range(min_items.map(i64::from), max_items.map(i64::from), "item"),
        Type::Nullable { of } => constraints(of),
        _ => None,
    }
}

fn range(min: Option<i64>, max: Option<i64>, unit: &str) -> Option<String> {
    let plural = |count: i64| if count == 1 { unit.to_owned() } else { format!("{unit}s") };
    match (min, max) {
        (Some(min), Some(max)) if min == max => Some(format!("Exactly {min} {}.", plural(min))),
        (Some(min), Some(max)) => Some(format!("{min} to {max} {}.", plural(max))),
        (Some(min), None) => Some(format!("At least {min} {}.", plural(min))),
        (None, Some(max)) => Some(format!("At most {max} {}.", plural(max))),
        (None, None) => None,
    }
}

/// A type as data for the client's validator; the form of `TypeSpec` in `codegen/client`.
pub(super) fn specification(ty: &Type) -> Literal {
    let number = |value: &dyn ToString| Literal::Number(value.to_string());
    let count = |key: &'static str, value: &Option<u32>| value.as_ref().map(|value| (key, number(value)));
    let kind = |name: &str| Some(("kind", Literal::Text(name.to_owned())));
    match ty {
        Type::String { min_length, max_length, pattern, .. } => Literal::object([
            kind("string"),
            count("minLength", min_length),
            count("maxLength", max_length),
            pattern.as_ref().map(|pattern| ("pattern", Literal::Text(pattern.clone()))),
        ]),
        Type::DateTime => Literal::object([kind("dateTime")]),
        Type::Uuid => Literal::object([kind("uuid")]),
        Type::Int64 { signed } => Literal::object([kind("int64"), Some(("signed", Literal::Boolean(*signed)))]),
        Type::Integer { min, max, .. } => Literal::object([kind("integer"), Some(("min", number(min))), Some(("max", number(max)))]),
        Type::Number { min, max, .. } => {
            let bound = |key: &'static str, value: &Option<f64>| value.as_ref().map(|value| (key, number(value)));
            Literal::object([kind("number"), bound("min", min), bound("max", max)])
        }
        Type::Boolean => Literal::object([kind("boolean")]),
        Type::Enum { values, .. } => {
            let values = values.iter().map(|value| Literal::object([Some(("value", Literal::Text(value.value.clone())))])).collect();
            Literal::object([kind("enum"), Some(("values", Literal::List(values)))])
        }
        Type::Object(object) => Literal::object([kind("object"), Some(("fields", fields(&object.fields))), closed(object)]),
        Type::Union { tag, variants, .. } => {
            let variants = variants
                .iter()
                .map(|variant| {
                    Literal::object([
                        Some(("value", Literal::Text(variant.value.clone()))),
                        Some(("fields", fields(&variant.object.fields))),
                        closed(&variant.object),
                    ])
                })
                .collect();
            Literal::object([kind("union"), Some(("tag", Literal::Text(tag.clone()))), Some(("variants", Literal::List(variants)))])
        }
        Type::List { items, min_items, max_items, .. } => Literal::object([
            kind("list"),
            Some(("items", specification(items))),
            count("minItems", min_items),
            count("maxItems", max_items),
        ]),
        Type::Map { values, .. } => Literal::object([kind("map"), Some(("values", specification(values)))]),
        Type::Ref { name } => Literal::object([kind("ref"), Some(("name", Literal::Text(name.clone())))]),
        Type::Nullable { of } => Literal::object([kind("nullable"), Some(("of", specification(of)))]),
        _ => Literal::object([kind("any")]),
    }
}

fn closed(object: &Object) -> Option<(&'static str, Literal)> {
    object.closed.then_some(("closed", Literal::Boolean(true)))
}

/// Fields as data.
pub(super) fn fields(fields: &[Field]) -> Literal {
    let field = |field: &Field| {
        let optional = field.optional.then_some(("optional", Literal::Boolean(true)));
        Literal::object([Some(("name", Literal::Text(field.name.clone()))), optional, Some(("type", specification(&field.ty)))])
    };
    Literal::List(fields.iter().map(field).collect())
}
