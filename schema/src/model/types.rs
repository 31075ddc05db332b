//! What a value looks like on the wire.

#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize};

use crate::json::Value;

#[cfg(feature = "serde")]
use super::is_false;
use super::{Format, JsonSchema};

/// The greatest integer that a JavaScript number holds exactly: 2^53 − 1.
pub const MAX_SAFE: i64 = 9_007_199_254_740_991;

/// What a value looks like on the wire.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(Serialize, Deserialize),
    serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")
)]
#[non_exhaustive]
pub enum Type {
    /// Text; lengths count Unicode code points.
    String {
        /// At least this many code points.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        min_length: Option<u32>,
        /// At most this many code points.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        max_length: Option<u32>,
        /// A regular expression of the subset in [`crate::regexp`], searched for anywhere in the text.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        pattern: Option<String>,
        /// A form that the text has.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        format: Option<Format>,
    },
    /// Text that is an RFC 3339 date and time with an offset.
    DateTime,
    /// Text that is a UUID, hyphenated.
    Uuid,
    /// A 64-bit integer as decimal text, because a JavaScript number would round it.
    Int64 {
        /// Whether negative values are in.
        signed: bool,
    },
    /// An integer within ±(2^53 − 1), as a JSON number that JavaScript does not round.
    Integer {
        /// The least value.
        min: i64,
        /// The greatest value.
        max: i64,
        /// A number that divides the value without a remainder.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        multiple_of: Option<f64>,
    },
    /// A finite number.
    Number {
        /// The least value.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        min: Option<f64>,
        /// The greatest value.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        max: Option<f64>,
        /// A number that the value is greater than.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        exclusive_min: Option<f64>,
        /// A number that the value is less than.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        exclusive_max: Option<f64>,
        /// A number that divides the value without a remainder.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        multiple_of: Option<f64>,
    },
    /// `true` or `false`.
    Boolean,
    /// JSON of unknown shape, unchecked.
    Any,
    /// JSON of unknown shape that obeys a schema.
    Json {
        /// What it obeys.
        schema: JsonSchema,
    },
    /// One of a list of strings.
    Enum {
        /// The values, in the order of the definition.
        values: Vec<EnumValue>,
        /// Whether another string may come, from a later contract.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
        open: bool,
    },
    /// An object with known fields.
    Object(Object),
    /// One of several objects, told apart by the text in one field.
    Union {
        /// The name of that field.
        tag: String,
        /// The alternatives, in the order of the definition.
        variants: Vec<Variant>,
        /// Whether an object with another tag may come, from a later contract.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
        open: bool,
    },
    /// A value of one of several types that differ in their JSON type, which is what tells them apart.
    Choice {
        /// The alternatives, in the order of the definition.
        of: Vec<Self>,
    },
    /// A list of values of one type.
    List {
        /// The type of each item.
        items: Box<Self>,
        /// At least this many items.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        min_items: Option<u32>,
        /// At most this many items.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        max_items: Option<u32>,
        /// Whether no two items are equal.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
        unique: bool,
    },
    /// A list of fixed length, each position with a type of its own.
    Tuple {
        /// The types, position by position.
        items: Vec<Self>,
    },
    /// An object with arbitrary keys and values of one type.
    Map {
        /// The type of each value.
        values: Box<Self>,
        /// A pattern that every key matches.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        keys: Option<String>,
        /// At least this many entries.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        min_entries: Option<u32>,
        /// At most this many entries.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        max_entries: Option<u32>,
    },
    /// A named type of this contract.
    Ref {
        /// Its name.
        name: String,
    },
    /// The inner type, or `null`.
    Nullable {
        /// The type when it is not `null`.
        of: Box<Self>,
    },
}

/// One value of an enumeration.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub struct EnumValue {
    /// The text on the wire.
    pub value: String,
    /// The documentation.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
}

/// The fields of an object.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub struct Object {
    /// The fields, in the order of the definition.
    pub fields: Vec<Field>,
    /// Whether a field that is not listed is an error; otherwise it is dropped.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
    pub closed: bool,
}

/// One alternative of a union.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub struct Variant {
    /// The text in the tag field.
    pub value: String,
    /// The documentation.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
    /// Why it should not be used any more; empty where no reason is given.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub deprecated: Option<String>,
    /// The other fields.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub object: Object,
}

/// A field of an object, or a parameter of a channel.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub struct Field {
    /// The name on the wire.
    pub name: String,
    /// The documentation.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
    /// Why it should not be used any more; empty where no reason is given.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub deprecated: Option<String>,
    /// Whether the field may be absent.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
    pub optional: bool,
    /// What stands in for the field where it is absent; it then counts as there.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present"))]
    pub default: Option<Value>,
    /// What it looks like on the wire when it is there.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub ty: Type,
}

impl Type {
    /// Text without constraints.
    pub const TEXT: Self = Self::String { min_length: None, max_length: None, pattern: None, format: None };

    /// A number without bounds.
    pub const NUMBER: Self = Self::Number { min: None, max: None, exclusive_min: None, exclusive_max: None, multiple_of: None };

    /// The whole numbers that a JavaScript number holds exactly.
    pub const INTEGER: Self = Self::Integer { min: -MAX_SAFE, max: MAX_SAFE, multiple_of: None };

    /// A list of values of one type, without bounds.
    pub fn list_of(items: Self) -> Self {
        Self::List { items: Box::new(items), min_items: None, max_items: None, unique: false }
    }

    /// A map to values of one type, without bounds.
    pub fn map_of(values: Self) -> Self {
        Self::Map { values: Box::new(values), keys: None, min_entries: None, max_entries: None }
    }

    /// The types directly inside this one: of fields, items, entries and alternatives.
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Object(object) => object.fields.iter().map(|field| &field.ty).collect(),
            Self::Union { variants, .. } => variants.iter().flat_map(|variant| &variant.object.fields).map(|field| &field.ty).collect(),
            Self::List { items: inner, .. } | Self::Map { values: inner, .. } | Self::Nullable { of: inner } => vec![inner],
            Self::Tuple { items: inner } | Self::Choice { of: inner } => inner.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// What people call this kind of value in an error message.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::String { .. } => "a string",
            Self::DateTime => "a date-time",
            Self::Uuid => "a UUID",
            Self::Int64 { .. } => "a 64-bit integer as text",
            Self::Integer { .. } => "an integer",
            Self::Number { .. } => "a number",
            Self::Boolean => "a boolean",
            Self::Any | Self::Json { .. } => "JSON",
            Self::Choice { .. } => "a value of one of several types",
            Self::Tuple { .. } => "a list of fixed length",
            Self::Enum { .. } => "one of a list of strings",
            Self::Object(_) | Self::Map { .. } | Self::Union { .. } => "an object",
            Self::List { .. } => "a list",
            Self::Ref { .. } => "a named type",
            Self::Nullable { .. } => "a value or null",
        }
    }
}

/// A default that is `null` is still a default, where serde would take it for none.
#[cfg(feature = "serde")]
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
