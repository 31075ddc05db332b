//! typify in its cage: what it makes of the types of a contract, as syntax.
//!
//! It is good at what is easy to get wrong by hand: which items there are, what their fields look like in Rust, and where a type that contains
//! itself needs a box. Everything else it would lose or refuse stays in the contract and is put back later: it never sees a name, a constraint,
//! a default, or whether something may be absent or null.

use std::collections::HashMap;
use std::panic::catch_unwind;

use proc_macro2::TokenStream;
use schemars::schema::Schema;
use serde_json::{Map, Value, json};
use syn::{Fields, Item};
use tidewire_schema::{Field, NamedType, Object, Type, Variant};

use super::anonymous::Held;
use super::{Error, integers};

/// The fields of one struct, or of one variant, in the contract's order.
pub(super) type Shape = Vec<syn::Type>;

/// What typify made of one named type.
#[derive(Debug)]
pub(super) enum Shaped {
    /// A struct with named fields.
    Struct(Shape),
    /// A struct around one value.
    Newtype(Box<syn::Type>),
    /// The variants of an enum, in the contract's order; of a choice each has one field.
    Enum(Vec<Shape>),
}

/// A variant that no contract has. Without it a single alternative would not become an enum.
const SPARE: &str = "Spare";

/// What typify made of a contract's types.
#[derive(Debug)]
pub(super) struct Shapes {
    /// Each named type, in the contract's order.
    pub(super) named: Vec<Shaped>,
    /// Each type that stands alone, by the key it was given.
    pub(super) alone: HashMap<String, syn::Type>,
}

/// Shapes the named types of a contract, and types that stand alone. No type holds an anonymous object, enum, union or choice.
pub(super) fn shape(types: &[NamedType], held: &Held, alone: &[(String, &Type)]) -> Result<Shapes, Error> {
    let names: HashMap<&str, String> = types.iter().enumerate().map(|(at, named)| (named.name.as_str(), type_name(at))).collect();
    let all = || types.iter().map(|named| (named.name.as_str(), &named.ty)).chain(alone.iter().map(|(key, ty)| (key.as_str(), *ty)));
    let lowered = |name: &str, ty: &Type| match ty {
        Type::Union { variants, .. } => union(variants, |value| held.get(&(name.to_owned(), value.to_owned())), &names),
        _ => lowered(ty, &names),
    };
    let mut items = generate(all().enumerate().map(|(at, (name, ty))| (type_name(at), lowered(name, ty))).collect())?;
    let shaped = all().enumerate().map(|(at, (name, ty))| {
        let item = items.remove(&type_name(at)).ok_or_else(|| Error::shape(name))?;
        read(ty, item).ok_or_else(|| Error::shape(name))
    });
    let mut shaped: Vec<Shaped> = shaped.collect::<Result<_, _>>()?;
    let rest = shaped.split_off(types.len());
    let alone = alone.iter().zip(rest).map(|((key, _), shaped)| match shaped {
        Shaped::Newtype(ty) => Ok((key.clone(), *ty)),
        Shaped::Struct(_) | Shaped::Enum(_) => Err(Error::shape(key)),
    });
    Ok(Shapes { named: shaped, alone: alone.collect::<Result<_, _>>()? })
}

// Names that typify and Rust spell alike, so that nothing has to be guessed back.

fn type_name(at: usize) -> String {
    format!("T{at}")
}

fn field_name(at: usize) -> String {
    format!("f{at}")
}

fn variant_name(at: usize) -> String {
    format!("V{at}")
}

/// Runs typify on these definitions. Its panics end here.
fn generate(definitions: Vec<(String, Value)>) -> Result<HashMap<String, Item>, Error> {
    let generated = catch_unwind(|| -> Result<TokenStream, String> {
        let mut space = typify::TypeSpace::default();
        let schemas = definitions.into_iter().map(|(name, schema)| Ok((name, serde_json::from_value::<Schema>(schema)?)));
        let schemas: Vec<(String, Schema)> = schemas.collect::<serde_json::Result<_>>().map_err(|error| error.to_string())?;
        space.add_ref_types(schemas).map_err(|error| error.to_string())?;
        Ok(space.to_stream())
    });
    let tokens = generated.map_err(|_| Error("typify gave up".to_owned()))?.map_err(|error| Error(format!("typify: {error}")))?;
    let file: syn::File = syn::parse2(tokens).map_err(|error| Error(format!("typify wrote what is no Rust: {error}")))?;
    let items = file.items.into_iter().filter_map(|item| match &item {
        Item::Struct(found) => Some((found.ident.to_string(), item)),
        Item::Enum(found) => Some((found.ident.to_string(), item)),
        _ => None,
    });
    Ok(items.collect())
}

/// A type as a flat schema of draft 7.
fn lowered(ty: &Type, names: &HashMap<&str, String>) -> Value {
    let lower = |ty: &Type| lowered(ty, names);
    match ty {
        Type::String { .. } => json!({ "type": "string" }),
        Type::Enum { values, .. } => {
            json!({ "type": "string", "enum": (0..values.len()).map(variant_name).chain([SPARE.to_owned()]).collect::<Vec<_>>() })
        }
        Type::DateTime => json!({ "type": "string", "format": "date-time" }),
        Type::Uuid => json!({ "type": "string", "format": "uuid" }),
        Type::Int64 { signed } => json!({ "type": "integer", "format": if *signed { "int64" } else { "uint64" } }),
        Type::Integer { min, max, .. } => json!({ "type": "integer", "format": integers::fitting(*min, *max).format }),
        Type::Number { .. } => json!({ "type": "number", "format": "double" }),
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Object(object) => fields(object, names),
        Type::Choice { of } => one_of(of.iter().map(|ty| Some(lower(ty)))),
        Type::List { items, .. } => json!({ "type": "array", "items": lower(items) }),
        Type::Tuple { items } => {
            let count = items.len();
            json!({ "type": "array", "items": items.iter().map(lower).collect::<Vec<_>>(), "minItems": count, "maxItems": count })
        }
        Type::Map { values, .. } => json!({ "type": "object", "additionalProperties": lower(values) }),
        Type::Ref { name } => reference(name, names),
        Type::Nullable { of } => lower(of),
        // JSON of unknown shape.
        _ => Value::Bool(true),
    }
}

fn reference(name: &str, names: &HashMap<&str, String>) -> Value {
    json!({ "$ref": format!("#/definitions/{}", names.get(name).map_or("", String::as_str)) })
}

/// An enum whose variants hold their fields, or the struct that `held` says.
fn union<'a>(variants: &[Variant], held: impl Fn(&str) -> Option<&'a String>, names: &HashMap<&str, String>) -> Value {
    one_of(variants.iter().map(|Variant { value, object, .. }| match held(value) {
        Some(name) => Some(reference(name, names)),
        None if object.fields.is_empty() => None,
        None => Some(fields(object, names)),
    }))
}

/// An object whose fields are all there: whether they may be absent is no question of shape.
fn fields(object: &Object, names: &HashMap<&str, String>) -> Value {
    let list = || object.fields.iter().enumerate();
    let properties: Map<String, Value> = list().map(|(at, Field { ty, .. })| (field_name(at), lowered(ty, names))).collect();
    let required: Vec<String> = list().map(|(at, _)| field_name(at)).collect();
    // An object without properties that may hold others would be a map.
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// An enum whose variants hold these values, or nothing.
fn one_of(variants: impl Iterator<Item = Option<Value>>) -> Value {
    let mut branches = vec![json!({ "type": "string", "enum": [SPARE] })];
    branches.extend(variants.enumerate().map(|(at, content)| {
        let name = variant_name(at);
        match content {
            None => json!({ "type": "string", "enum": [name] }),
            Some(content) => {
                json!({ "type": "object", "properties": { name.as_str(): content }, "required": [name], "additionalProperties": false })
            }
        }
    }));
    json!({ "oneOf": branches })
}

/// Takes the types of fields out of an item. `None` if it has another form than the contract's type asks for.
fn read(ty: &Type, item: Item) -> Option<Shaped> {
    match (ty, item) {
        (Type::Object(object), Item::Struct(item)) => Some(Shaped::Struct(named(&item.fields, object.fields.len())?)),
        (Type::Enum { values, .. }, Item::Enum(_)) => Some(Shaped::Enum(values.iter().map(|_| Shape::new()).collect())),
        (Type::Union { variants, .. }, Item::Enum(item)) => {
            let shapes = variants.iter().enumerate().map(|(at, variant)| match fields_of(&item, at)? {
                fields @ Fields::Unnamed(_) => Some(vec![unnamed(fields, ty)?]),
                fields => named(&fields, variant.object.fields.len()),
            });
            Some(Shaped::Enum(shapes.collect::<Option<_>>()?))
        }
        (Type::Choice { of }, Item::Enum(item)) => {
            let shapes = of.iter().enumerate().map(|(at, ty)| Some(vec![unnamed(fields_of(&item, at)?, ty)?]));
            Some(Shaped::Enum(shapes.collect::<Option<_>>()?))
        }
        (_, Item::Struct(item)) => Some(Shaped::Newtype(Box::new(unnamed(item.fields, ty)?))),
        _ => None,
    }
}

fn fields_of(item: &syn::ItemEnum, at: usize) -> Option<Fields> {
    let name = variant_name(at);
    item.variants.iter().find(|variant| variant.ident == name).map(|variant| variant.fields.clone())
}

fn named(fields: &Fields, count: usize) -> Option<Shape> {
    let found = |at: usize| fields.iter().find(|field| field.ident.as_ref().is_some_and(|ident| *ident == field_name(at)));
    (0..count).map(|at| found(at).map(|field| field.ty.clone())).collect()
}

/// The one value; a tuple may have been spread over the item.
fn unnamed(fields: Fields, ty: &Type) -> Option<syn::Type> {
    let Fields::Unnamed(fields) = fields else { return None };
    let mut types: Vec<syn::Type> = fields.unnamed.into_iter().map(|field| field.ty).collect();
    match (types.len(), ty) {
        (1, _) => types.pop(),
        (_, Type::Tuple { .. }) => Some(syn::parse_quote!((#(#types,)*))),
        _ => None,
    }
}
