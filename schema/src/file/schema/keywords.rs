//! The keywords of JSON Schema: which are read, what they speak of, and what to write instead of those that are not.

use crate::JsonType;
use crate::suggest;

/// Keywords that say nothing about values, and are read or skipped without a word.
pub(super) const ANNOTATIONS: [&str; 12] = [
    "$comment",
    "$defs",
    "$schema",
    "default",
    "definitions",
    "deprecated",
    "description",
    "examples",
    "readOnly",
    "title",
    "writeOnly",
    "x-open",
];

pub(super) const OF_TEXT: [&str; 4] = ["minLength", "maxLength", "pattern", "format"];
pub(super) const OF_NUMBER: [&str; 5] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
pub(super) const OF_LIST: [&str; 6] = ["items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems"];
pub(super) const OF_OBJECT: [&str; 6] =
    ["properties", "required", "patternProperties", "additionalProperties", "minProperties", "maxProperties"];
pub(super) const OF_ALL: [&str; 7] = ["type", "enum", "const", "$ref", "allOf", "anyOf", "oneOf"];

/// The formats of texts that both languages decide, and those of integers.
pub(super) const FORMATS: [&str; 11] = ["date-time", "date", "uuid", "email", "uri", "ipv4", "ipv6", "int64", "uint64", "int32", "uint32"];

/// What a keyword speaks of; it says nothing about values of other types.
pub(super) fn speaks_of(keyword: &str) -> Option<(&'static str, &'static [JsonType])> {
    let groups: [(&'static [&'static str], &'static [JsonType]); 5] = [
        (&OF_TEXT, &[JsonType::String]),
        (&OF_NUMBER, &[JsonType::Integer, JsonType::Number]),
        (&OF_LIST, &[JsonType::Array]),
        (&OF_OBJECT, &[JsonType::Object]),
        (&OF_ALL, &[]),
    ];
    groups.into_iter().find_map(|(words, types)| words.iter().find(|word| **word == keyword).map(|word| (*word, types)))
}

/// The type that a keyword needs beside it to mean something to a type of a language.
pub(super) fn meant_type(keyword: &str) -> Option<&'static str> {
    let (word, types) = speaks_of(keyword)?;
    // Most texts and bounds are of one kind; a format alone may stand for several.
    types.first().filter(|_| word != "format").map(|ty| ty.name())
}

/// Keywords of JSON Schema that are known and refused, so that nobody takes the refusal for a typing error.
const REFUSED: [&str; 23] = [
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$recursiveAnchor",
    "$recursiveRef",
    "$vocabulary",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "minContains",
    "not",
    "nullable",
    "propertyNames",
    "then",
    "unevaluatedItems",
];

/// Whether a keyword is one of JSON Schema that is refused.
pub(super) fn is_refused(keyword: &str) -> bool {
    REFUSED.contains(&keyword) || matches!(keyword, "unevaluatedProperties" | "id" | "discriminator")
}

/// The nearest supported form of a keyword that is refused.
pub(super) fn instead(keyword: &str) -> &'static str {
    match keyword {
        "not" | "if" | "then" | "else" | "dependentSchemas" | "dependencies" | "dependentRequired" => {
            "use `oneOf` with a tag: each alternative says which fields it has"
        }
        "nullable" => "write `type: [string, \"null\"]`, or `anyOf` with `{ type: \"null\" }`",
        "$id" | "id" | "$anchor" | "$dynamicAnchor" | "$recursiveAnchor" => {
            "leave it out: references are pointers, `#/types/Name` or `#/$defs/name`"
        }
        "$dynamicRef" | "$recursiveRef" => "use `$ref`: it may lead back to the schema that it stands in",
        "propertyNames" => "use one `patternProperties` with `additionalProperties: false`: its pattern is what every key matches",
        "contains" | "minContains" | "maxContains" => "use `items`, which speaks of every item",
        "unevaluatedProperties" => "use `additionalProperties`, in a schema that lists all its properties",
        "unevaluatedItems" => "use `items`",
        "contentEncoding" | "contentMediaType" | "contentSchema" => "say it in the `description`: what is inside a text is not checked",
        "discriminator" => "leave it out: the tag is found by its `const` in each branch",
        _ => "leave it out: what cannot be enforced in both languages is refused, never ignored",
    }
}

/// The keyword that was probably meant.
pub(super) fn nearest(keyword: &str) -> Option<&'static str> {
    let words = [&ANNOTATIONS[..], &OF_TEXT, &OF_NUMBER, &OF_LIST, &OF_OBJECT, &OF_ALL].concat();
    suggest::nearest(keyword, words)
}
