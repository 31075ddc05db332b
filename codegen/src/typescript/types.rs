//! Types of the contract as TypeScript types.

use std::fmt::Write as _;

use tidewire_schema::{EnumValue, Field, Type, Variant};

use super::constraints::constraints;
use super::documentation::Documentation;
use super::json;
use super::literal::{WIDTH, property, quoted};

/// The tag of a variant from a later contract.
const UNKNOWN: &str = "runtime.Unknown";

/// A type where it is used.
pub(super) fn expression(ty: &Type) -> String {
    match ty {
        Type::String { .. } | Type::DateTime | Type::Uuid => "string".to_owned(),
        Type::Int64 { .. } => "`${bigint}`".to_owned(),
        Type::Integer { .. } | Type::Number { .. } => "number".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::List { items, .. } => format!("readonly {}[]", in_parentheses(items)),
        Type::Tuple { items } => format!("readonly [{}]", items.iter().map(expression).collect::<Vec<_>>().join(", ")),
        Type::Map { values, .. } => format!("{{ readonly [key: string]: {} }}", expression(values)),
        Type::Ref { name } => name.clone(),
        Type::Object(object) => on_one_line(&object.fields, None),
        _ => match joined(ty) {
            Some(alternatives) => alternatives.join(" | "),
            // JSON of unknown shape, and whatever a later contract may bring.
            None => "unknown".to_owned(),
        },
    }
}

/// The alternatives of a type that has some, each once.
fn joined(ty: &Type) -> Option<Vec<String>> {
    let mut alternatives: Vec<String> = Vec::new();
    let mut add = |text: String| {
        if !alternatives.contains(&text) {
            alternatives.push(text);
        }
    };
    match ty {
        Type::Enum { values, open } => {
            for value in values {
                add(quoted(&value.value));
            }
            // Any other text, in a form that keeps the known ones in an editor's suggestions.
            if *open {
                add("(string & {})".to_owned());
            }
        }
        Type::Union { tag, variants, open } => {
            for variant in variants {
                add(on_one_line(&variant.object.fields, Some((tag, &quoted(&variant.value)))));
            }
            if *open {
                add(on_one_line(&[], Some((tag, UNKNOWN))));
            }
        }
        Type::Choice { of } => {
            for ty in of {
                joined(ty).unwrap_or_else(|| vec![expression(ty)]).into_iter().for_each(&mut add);
            }
        }
        Type::Nullable { of } => {
            joined(of).unwrap_or_else(|| vec![expression(of)]).into_iter().for_each(&mut add);
            add("null".to_owned());
        }
        Type::Json { schema } => json::alternatives(schema)?.into_iter().for_each(add),
        _ => return None,
    }
    // Whatever may be anything is not narrowed by what else it may be.
    if alternatives.iter().any(|text| text == "unknown") { None } else { Some(alternatives) }
}

/// An item type: `readonly` and `|` bind weaker than `[]`.
fn in_parentheses(ty: &Type) -> String {
    let text = expression(ty);
    let compound = text.starts_with("readonly ") || joined(ty).is_some_and(|alternatives| alternatives.len() > 1);
    if compound { format!("({text})") } else { text }
}

fn member(field: &Field) -> String {
    format!("readonly {}{}: {}", property(&field.name), if field.optional { "?" } else { "" }, expression(&field.ty))
}

/// `tag` is the name of the tag and its type.
fn on_one_line(fields: &[Field], tag: Option<(&str, &str)>) -> String {
    let tag = tag.map(|(name, ty)| format!("readonly {}: {ty}", property(name)));
    let members: Vec<String> = tag.into_iter().chain(fields.iter().map(member)).collect();
    if members.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", members.join("; ")) }
}

fn documentation(field: &Field) -> Documentation {
    Documentation::new(field.description.as_deref())
        .and(constraints(&field.ty))
        .default_value(field.default.as_ref())
        .deprecated(field.deprecated.as_deref())
}

/// The members of an object on lines of their own, documented.
pub(super) fn members(fields: &[Field], indent: usize) -> String {
    let pad = " ".repeat(indent);
    fields.iter().map(|field| format!("{}{pad}{};\n", documentation(field).comment(indent), member(field))).collect()
}

/// The alternatives of a union, one below the other.
pub(super) fn alternatives(tag: &str, variants: &[Variant], open: bool) -> String {
    let mut lines: String = variants.iter().map(|variant| alternative(tag, variant)).collect();
    if open {
        let documentation = Documentation::from("What a later version of the contract may bring.").comment(2);
        let _ = write!(lines, "\n{documentation}  | {}", on_one_line(&[], Some((tag, UNKNOWN))));
    }
    lines
}

fn alternative(tag: &str, variant: &Variant) -> String {
    let fields = &variant.object.fields;
    let value = quoted(&variant.value);
    let above = Documentation::new(variant.description.as_deref()).deprecated(variant.deprecated.as_deref()).comment(2);
    let line = on_one_line(fields, Some((tag, &value)));
    let body = if line.len() + 4 > WIDTH || fields.iter().any(|field| !documentation(field).is_empty()) {
        format!("{{\n      readonly {}: {value};\n{}    }}", property(tag), members(fields, 6))
    } else {
        line
    };
    format!("\n{above}  | {body}")
}

/// The type of the constant that lists the values of an enumeration.
pub(super) fn constant(values: &[EnumValue]) -> String {
    let member = |value: &EnumValue| format!("readonly {}: {}", property(&value.value), quoted(&value.value));
    if values.iter().all(|value| value.description.is_none()) {
        return format!("{{ {} }}", values.iter().map(member).collect::<Vec<_>>().join("; "));
    }
    let members: String = values
        .iter()
        .map(|value| format!("{}  {};\n", Documentation::new(value.description.as_deref()).comment(2), member(value)))
        .collect();
    format!("{{\n{members}}}")
}
