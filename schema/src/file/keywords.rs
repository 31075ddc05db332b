//! The keywords of JSON Schema: which are read, and what to write instead of those that are not.

/// Every keyword that is read, by the type it belongs to.
pub(super) const ANNOTATIONS: [&str; 2] = ["type", "description"];
pub(super) const OF_STRING: [&str; 4] = ["minLength", "maxLength", "pattern", "format"];
pub(super) const OF_INTEGER: [&str; 3] = ["minimum", "maximum", "format"];
pub(super) const OF_NUMBER: [&str; 2] = ["minimum", "maximum"];
pub(super) const OF_ARRAY: [&str; 3] = ["items", "minItems", "maxItems"];
pub(super) const OF_OBJECT: [&str; 3] = ["properties", "required", "additionalProperties"];
pub(super) const SHAPES: [&str; 4] = ["type", "$ref", "enum", "oneOf"];
pub(super) const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];
pub(super) const FORMATS: [&str; 4] = ["date-time", "uuid", "int64", "uint64"];

/// Keywords of JSON Schema that are known and refused, so that nobody takes the refusal for a typing error.
pub(super) const REFUSED: [&str; 38] = [
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicRef",
    "$id",
    "$schema",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "default",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "else",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "if",
    "maxProperties",
    "minProperties",
    "multipleOf",
    "not",
    "nullable",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "readOnly",
    "then",
    "title",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "x-open",
];

/// The nearest supported form of a keyword that is refused.
pub(super) fn instead(keyword: &str) -> &'static str {
    match keyword {
        "const" => "an `enum` with one value says the same; as a tag it stands in the branches of `oneOf`",
        "anyOf" | "not" | "if" | "then" | "else" => "use `oneOf` with a tag",
        "allOf" => "write the fields in one object",
        "nullable" => "write `type: [string, \"null\"]`",
        "title" | "$comment" | "examples" => "use `description`",
        "exclusiveMinimum" => "use `minimum`",
        "exclusiveMaximum" => "use `maximum`",
        "$defs" | "definitions" => "define it under `types` and refer to it: `$ref: \"#/types/Name\"`",
        "prefixItems" => "use an object with named fields",
        "patternProperties" | "propertyNames" => "use `additionalProperties` with a schema, for arbitrary keys",
        "default" => "let the field be absent",
        _ => "leave it out: what cannot be enforced in both languages is refused, never ignored",
    }
}
