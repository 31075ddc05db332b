//! JSON Schema that has no typed shape is checked as it is written, and it is said why and what would give it a type.
#![cfg(feature = "parse-file")]

mod file_support;

use file_support::{around, contract, found, help, named, shape};
use serde_json::{Value, json};

/// What is checked, as JSON Schema. The warning stands at the schema.
fn checked(schema: &str) -> Value {
    assert_eq!(found(schema), [format!("warning TW0412 {schema}")]);
    let shape = shape(schema);
    assert_eq!(shape["kind"], "json", "{schema}");
    shape["schema"].clone()
}

#[test]
fn every_keyword_keeps_its_meaning() {
    for (schema, expected) in [
        ("false", json!(false)),
        ("{ type: 'null' }", json!({ "type": ["null"] })),
        (
            "{ minLength: 2.0, maxLength: 5, pattern: a, format: email }",
            json!({ "minLength": 2, "maxLength": 5, "pattern": "a", "format": "email" }),
        ),
        ("{ minimum: 1, maximum: 1e300, exclusiveMinimum: 0.5 }", json!({ "minimum": 1.0, "maximum": 1e300, "exclusiveMinimum": 0.5 })),
        (
            "{ exclusiveMaximum: 18446744073709551616, multipleOf: 0.01 }",
            json!({ "exclusiveMaximum": 18_446_744_073_709_551_616.0, "multipleOf": 0.01 }),
        ),
        (
            "{ type: array, prefixItems: [{ type: string }], items: { type: integer } }",
            json!({ "type": ["array"], "prefixItems": [{ "type": ["string"] }], "items": { "type": ["integer"] } }),
        ),
        (
            "{ items: true, minItems: 1, maxItems: 2, uniqueItems: true }",
            json!({ "items": true, "minItems": 1, "maxItems": 2, "uniqueItems": true }),
        ),
        ("{ properties: { __proto__: {} }, required: [b, a, b] }", json!({ "properties": { "__proto__": true }, "required": ["a", "b"] })),
        (
            "{ type: object, patternProperties: { a: true, b: {} }, minProperties: 1 }",
            json!({ "type": ["object"], "patternProperties": { "a": true, "b": true }, "minProperties": 1 }),
        ),
        (
            "{ additionalProperties: { type: integer, format: int32, minimum: 0 }, maxProperties: 4 }",
            json!({ "additionalProperties": { "type": ["integer"], "minimum": 0.0, "maximum": 2_147_483_647.0 }, "maxProperties": 4 }),
        ),
        ("{ enum: [1, 1.5, a, null, { a: [1.0] }] }", json!({ "enum": [1, 1.5, "a", null, { "a": [1] }] })),
        ("{ const: 9007199254740993 }", json!({ "enum": [9_007_199_254_740_992.0] })),
        (
            "{ anyOf: [{ type: string }, { type: string, maxLength: 2 }] }",
            json!({ "anyOf": [{ "type": ["string"] }, { "type": ["string"], "maxLength": 2 }] }),
        ),
        ("{ oneOf: [{ minimum: 2 }, { type: integer }] }", json!({ "oneOf": [{ "minimum": 2.0 }, { "type": ["integer"] }] })),
        ("{ allOf: [{ minLength: 2 }, { maxLength: 3 }] }", json!({ "allOf": [{ "minLength": 2 }, { "maxLength": 3 }] })),
        (
            "{ type: object, properties: { a: {} }, additionalProperties: { type: string } }",
            json!({ "type": ["object"], "properties": { "a": true }, "additionalProperties": { "type": ["string"] } }),
        ),
    ] {
        assert_eq!(checked(schema), expected, "{schema}");
    }
}

#[test]
fn references_inside_lead_to_named_types() {
    let contract = contract(&around(
        "U: { type: object, properties: { a: {} } }, T: { $defs: { d: { type: string } },
            properties: { a: { $ref: '#/types/U' }, b: { $ref: '#/$defs/d' }, c: { $ref: '#' }, d: { type: string, format: int64 } } }",
    ));
    let properties = &named(&contract, "T")["schema"]["properties"];
    for (field, name) in [("a", "U"), ("b", "TD"), ("c", "T"), ("d", "TD2")] {
        assert_eq!(properties[field], json!({ "$ref": format!("#/types/{name}") }), "{field}");
    }
    assert_eq!(named(&contract, "TD"), json!({ "kind": "string" }));
    assert_eq!(named(&contract, "TD2"), json!({ "kind": "int64", "signed": true }));
}

#[test]
fn only_the_part_without_a_shape_is_untyped() {
    let schema = "{ type: object, properties: { a: { type: string }, b: { minLength: 3 } } }";
    assert_eq!(found(schema), ["warning TW0412 { minLength: 3 }"]);
    let fields = &shape(schema)["fields"];
    assert_eq!((&fields[0]["type"]["kind"], &fields[1]["type"]["kind"]), (&json!("string"), &json!("json")));
}

#[test]
fn the_way_to_a_type_is_said() {
    for (schema, way) in [
        ("{ properties: { a: {} } }", "add `type: object`"),
        ("{ minItems: 1 }", "add `type: array`"),
        ("{ maxLength: 1 }", "add `type: string`"),
        ("{ minimum: 1 }", "add `type: integer`"),
        ("{ enum: [1, 2] }", "write the values in quotes, or give a `type` and bounds"),
        (
            "{ type: object, properties: { a: {} }, minProperties: 1 }",
            "put the arbitrary keys into a field of their own, or list all `properties`",
        ),
        ("{ type: object, required: [size], properties: { title: {} } }", "describe it under `properties`: `size: {}` is any JSON"),
    ] {
        assert_eq!(help(schema), [way], "{schema}");
    }
}

#[test]
fn what_cannot_be_checked_in_both_languages_is_refused() {
    for keyword in [
        "not",
        "if",
        "then",
        "else",
        "contains",
        "minContains",
        "maxContains",
        "propertyNames",
        "dependentRequired",
        "dependentSchemas",
        "dependencies",
        "unevaluatedItems",
        "unevaluatedProperties",
        "$id",
        "$anchor",
        "$dynamicRef",
        "$dynamicAnchor",
        "$vocabulary",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "nullable",
    ] {
        assert_eq!(found(&format!("{{ type: string, {keyword}: x }}")), [format!("TW0401 {keyword}")]);
        assert_ne!(help(&format!("{{ type: string, {keyword}: x }}")), [""]);
    }
    // Also where nothing has a type.
    assert_eq!(found("{ properties: { a: { not: {} } } }"), ["TW0401 not"]);
    assert_eq!(found("{ type: string, format: hostname }"), ["TW0403 hostname"]);
    assert_eq!(found("{ type: number, format: double }"), ["TW0403 double"]);
    assert_eq!(found("{ type: integer, format: int64 }"), ["TW0403 int64"]);
    assert_eq!(found("{ format: int32, type: string }"), ["TW0403 int32"]);
    assert_eq!(found("{ type: string, format: int64, maxLength: 3 }"), ["TW0302 maxLength"]);
    assert_eq!(found("{ type: string, maxlength: 3 }"), ["TW0001 maxlength"]);
    assert_eq!(help("{ type: string, maxlength: 3 }"), ["did you mean `maxLength`?"]);
    assert_eq!(found("{ type: string, pattern: '(?=a)' }"), ["TW0304 (?="]);
    assert_eq!(found("{ type: object, patternProperties: { '[': {} }, additionalProperties: false }"), ["TW0304 ["]);
    assert_eq!(found("{ properties: { a: { enum: [a], x-open: true } } }")[1], "TW0302 x-open");
}

#[test]
fn values_of_keywords_are_looked_at() {
    for (schema, expected) in [
        ("{ type: strnig }", "TW0004 strnig"),
        ("{ type: [] }", "TW0004 []"),
        ("{ type: [string, string] }", "TW0115 string"),
        ("{ type: string, minLength: -1 }", "TW0004 -1"),
        ("{ type: string, minLength: 1.5 }", "TW0004 1.5"),
        ("{ type: string, minLength: '1' }", "TW0004 1"),
        ("{ type: string, minLength: 2, maxLength: 1 }", "TW0303 type"),
        ("{ type: array, uniqueItems: yes }", "TW0004 yes"),
        ("{ type: object, properties: { a: 1 } }", "TW0004 1"),
        ("{ type: object, properties: [a] }", "TW0004 [a]"),
        ("{ type: object, properties: { a: {} }, required: a }", "TW0004 a"),
        ("{ type: string, enum: a }", "TW0004 a"),
        ("{ enum: [1e999, a] }", "TW0004 1e999"),
    ] {
        let errors: Vec<String> = found(schema).into_iter().filter(|found| !found.starts_with("warning")).collect();
        assert_eq!(errors, [expected], "{schema}");
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        assert!(found(&format!("{{ {keyword}: [] }}")).contains(&"TW0004 []".to_owned()));
        assert!(found(&format!("{{ {keyword}: {{}} }}")).contains(&"TW0004 {}".to_owned()));
    }
}

#[test]
fn a_tagged_object_beside_something_else_is_no_broken_union() {
    let tagged = "{ type: object, required: [op], properties: { op: { const: add } } }";
    for (branches, kind) in [
        (format!("[{tagged}, {{ type: 'null' }}]"), "nullable"),
        (format!("[{tagged}, {{ type: string }}]"), "choice"),
        (format!("[{tagged}, {}, {{ type: 'null' }}]", tagged.replace("add", "cut")), "json"),
    ] {
        let source = format!("realtime: 1\nname: demo\ntypes: {{ T: {{ oneOf: {branches} }} }}\n");
        let (contract, diagnostics) = tidewire_schema::file::parse(&source);
        assert!(!diagnostics.has_errors(), "{source}: {diagnostics:?}");
        assert_eq!(serde_json::to_value(&contract.type_named("T").unwrap().ty).unwrap()["kind"], kind, "{source}");
    }
}
