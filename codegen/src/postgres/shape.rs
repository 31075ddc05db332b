//! What a type of the database becomes as JSON, which is what `to_json` makes of it and the plugin passes on.

use std::collections::BTreeMap;

use super::{Catalog, Column, Kind};

/// Types nest at most this deep in a definition.
const DEPTH: usize = 12;

/// What a value is on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A type of the schema file, as the keywords that say so.
    Plain(String),
    /// Any JSON.
    Any,
    /// A list, of any of whose items nobody knows whether it is null.
    List(Box<Self>),
    /// One of the types that are named below.
    Named(u32),
}

/// The types that have a name of their own, as far as columns use them.
pub(super) type Named = BTreeMap<u32, Kind>;

/// What a column becomes. Types with a name are added to `named`. Whether it may be null is said, too: a domain can forbid it.
pub(super) fn of(catalog: &Catalog, column: &Column, named: &mut Named) -> (Shape, bool) {
    let mut nullable = !column.required;
    let (mut ty, mut modifier, mut dimensions) = (column.ty, column.modifier, column.dimensions);
    while let Some(Kind::Domain { of, modifier: inner, dimensions: deep, required }) = catalog.types.get(&ty) {
        (ty, modifier, dimensions) = (*of, *inner, *deep);
        nullable &= !required;
    }
    (shape(catalog, ty, modifier, dimensions, named, 0), nullable)
}

fn shape(catalog: &Catalog, ty: u32, modifier: i32, dimensions: u16, named: &mut Named, depth: usize) -> Shape {
    let Some(kind) = catalog.types.get(&ty).filter(|_| depth < DEPTH) else { return Shape::Any };
    match kind {
        Kind::Base(name) => base(name, modifier),
        Kind::Json => Shape::Any,
        Kind::Domain { of, modifier, dimensions, .. } => shape(catalog, *of, *modifier, *dimensions, named, depth + 1),
        Kind::Array(item) => {
            let inner = shape(catalog, *item, modifier, 0, named, depth + 1);
            (0..dimensions.max(1)).fold(inner, |items, _| Shape::List(Box::new(items)))
        }
        Kind::Enum { .. } => {
            named.insert(ty, kind.clone());
            Shape::Named(ty)
        }
        Kind::Composite { attributes, .. } => {
            // Before its attributes, which may lead back to it.
            if named.insert(ty, kind.clone()).is_none() {
                for attribute in attributes {
                    shape(catalog, attribute.ty, attribute.modifier, attribute.dimensions, named, depth + 1);
                }
            }
            Shape::Named(ty)
        }
    }
}

fn base(name: &str, modifier: i32) -> Shape {
    let plain = |text: &str| Shape::Plain(text.to_owned());
    match name {
        "bool" => plain("boolean"),
        "int2" => plain("integer, minimum: -32768, maximum: 32767"),
        "int4" => plain("integer, format: int32"),
        "int8" => plain("string, format: int64"),
        "float4" | "float8" => plain("number"),
        "json" | "jsonb" => Shape::Any,
        "uuid" => plain("string, format: uuid"),
        "date" => plain("string, format: date"),
        "timestamp" | "timestamptz" => plain("string, format: date-time"),
        // The modifier counts its own four bytes, too.
        "varchar" | "bpchar" if modifier > 4 => Shape::Plain(format!("string, maxLength: {}", modifier - 4)),
        // Among them `numeric`, whose digits a JavaScript number would not hold.
        _ => plain("string"),
    }
}
