//! JSON Schema that has a typed shape becomes it, exactly.
#![cfg(feature = "parse-file")]

mod file_support;

use file_support::{around, contract, found, named, quiet_shape, shape};
use serde_json::json;
use tidewire_schema::MAX_SAFE;

#[test]
fn texts_have_lengths_patterns_and_formats() {
    for (schema, expected) in [
        ("{ type: string }", json!({ "kind": "string" })),
        ("{ type: string, minLength: 2.0, maxLength: 1e1 }", json!({ "kind": "string", "minLength": 2, "maxLength": 10 })),
        ("{ type: string, pattern: '^a' }", json!({ "kind": "string", "pattern": "^a" })),
        ("{ type: string, format: email, maxLength: 9 }", json!({ "kind": "string", "format": "email", "maxLength": 9 })),
        ("{ type: string, format: date-time }", json!({ "kind": "dateTime" })),
        ("{ type: string, format: date-time, maxLength: 20 }", json!({ "kind": "string", "format": "date-time", "maxLength": 20 })),
        ("{ type: string, format: uuid }", json!({ "kind": "uuid" })),
        ("{ type: string, format: uuid, pattern: '^a' }", json!({ "kind": "string", "format": "uuid", "pattern": "^a" })),
        ("{ type: string, format: int64 }", json!({ "kind": "int64", "signed": true })),
        ("{ type: string, format: uint64 }", json!({ "kind": "int64", "signed": false })),
    ] {
        assert_eq!(quiet_shape(schema), expected, "{schema}");
    }
    for format in ["date", "email", "uri", "ipv4", "ipv6"] {
        assert_eq!(quiet_shape(&format!("{{ type: string, format: {format} }}")), json!({ "kind": "string", "format": format }));
    }
}

#[test]
fn bounds_of_integers_become_whole_numbers() {
    for (schema, min, max) in [
        ("{ type: integer }", -MAX_SAFE, MAX_SAFE),
        ("{ type: integer, minimum: 0.5, maximum: 9.5 }", 1, 9),
        ("{ type: integer, minimum: -0.5, maximum: -0.5 }", 0, -1),
        ("{ type: integer, exclusiveMinimum: 0, exclusiveMaximum: 10 }", 1, 9),
        ("{ type: integer, exclusiveMinimum: 0.5, exclusiveMaximum: 9.5 }", 1, 9),
        ("{ type: integer, minimum: 3, exclusiveMinimum: 1, maximum: 5, exclusiveMaximum: 9 }", 3, 5),
        ("{ type: integer, minimum: 1e3, maximum: 2e3 }", 1000, 2000),
        ("{ type: integer, format: uint32, maximum: 255 }", 0, 255),
        ("{ type: integer, maximum: 99999999999, format: int32 }", i32::MIN.into(), i32::MAX.into()),
        ("{ type: integer, minimum: -9007199254740991, maximum: 9007199254740991 }", -MAX_SAFE, MAX_SAFE),
    ] {
        if min <= max {
            assert_eq!(quiet_shape(schema), json!({ "kind": "integer", "min": min, "max": max }), "{schema}");
        } else {
            assert_eq!(found(schema), ["TW0303 type"], "{schema}");
        }
    }
    assert_eq!(quiet_shape("{ type: integer, minimum: 0, maximum: 9, multipleOf: 3 }")["multipleOf"], json!(3.0));
    assert_eq!(found("{ type: integer, maximum: 9007199254740992 }"), ["TW0305 9007199254740992"]);
    assert_eq!(found("{ type: integer, exclusiveMinimum: -1e300 }"), ["TW0305 -1e300"]);
}

#[test]
fn numbers_keep_their_bounds() {
    assert_eq!(
        quiet_shape("{ type: number, minimum: 0, exclusiveMinimum: -1, maximum: 1e300, exclusiveMaximum: 1.5, multipleOf: 0.01 }"),
        json!({ "kind": "number", "min": 0.0, "exclusiveMin": -1.0, "max": 1e300, "exclusiveMax": 1.5, "multipleOf": 0.01 })
    );
    assert_eq!(quiet_shape("{ type: [integer, number] }"), json!({ "kind": "number" }));
    assert_eq!(found("{ type: number, multipleOf: 0 }"), ["TW0004 0"]);
    assert_eq!(found("{ type: number, minimum: '1' }"), ["TW0004 1"]);
    assert_eq!(found("{ type: number, maximum: .inf }"), ["TW0004 .inf"]);
    assert_eq!(found("{ type: number, maximum: 1, minimum: 2 }"), ["TW0303 type"]);
}

#[test]
fn lists_and_tuples() {
    let text = json!({ "kind": "string" });
    for (schema, expected) in [
        ("{ type: array }", json!({ "kind": "list", "items": { "kind": "any" } })),
        (
            "{ type: array, items: { type: string }, minItems: 1, maxItems: 3, uniqueItems: true }",
            json!({ "kind": "list", "items": text, "minItems": 1, "maxItems": 3, "unique": true }),
        ),
        (
            "{ type: array, prefixItems: [{ type: string }, { type: boolean }], items: false, minItems: 2 }",
            json!({ "kind": "tuple", "items": [text, { "kind": "boolean" }] }),
        ),
        ("{ type: array, prefixItems: [{ type: string }], minItems: 1, maxItems: 1 }", json!({ "kind": "tuple", "items": [text] })),
        (
            "{ $schema: 'http://json-schema.org/draft-07/schema#', type: array, items: [{ type: string }], additionalItems: false, minItems: 1 }",
            json!({ "kind": "tuple", "items": [text] }),
        ),
    ] {
        assert_eq!(quiet_shape(schema), expected, "{schema}");
    }
    let contract = contract(&around(
        "T: { type: array, prefixItems: [{ type: string }, { type: object, properties: { a: {} } }], items: false, minItems: 2 }",
    ));
    assert_eq!(named(&contract, "T")["items"][1], json!({ "kind": "ref", "name": "TItem2" }));
    assert_eq!(named(&contract, "TItem2")["kind"], "object");
}

#[test]
fn objects_and_maps() {
    let text = json!({ "kind": "string" });
    for (schema, expected) in [
        (
            "{ type: object, properties: { a: { type: string } }, additionalProperties: true }",
            json!({ "kind": "object", "fields": [{ "name": "a", "optional": true, "type": text }] }),
        ),
        (
            "{ type: object, required: [a], properties: { a: { type: string } }, additionalProperties: false }",
            json!({ "kind": "object", "fields": [{ "name": "a", "type": text }], "closed": true }),
        ),
        ("{ type: object, additionalProperties: false }", json!({ "kind": "object", "fields": [], "closed": true })),
        ("{ type: object, additionalProperties: { type: string } }", json!({ "kind": "map", "values": text })),
        ("{ type: object, additionalProperties: true }", json!({ "kind": "map", "values": { "kind": "any" } })),
        (
            "{ type: object, additionalProperties: { type: string }, minProperties: 1, maxProperties: 9 }",
            json!({ "kind": "map", "values": text, "minEntries": 1, "maxEntries": 9 }),
        ),
        ("{ type: object, minProperties: 1 }", json!({ "kind": "map", "values": { "kind": "any" }, "minEntries": 1 })),
        (
            "{ type: object, patternProperties: { '^x-': { type: string } }, additionalProperties: false }",
            json!({ "kind": "map", "values": text, "keys": "^x-" }),
        ),
    ] {
        assert_eq!(quiet_shape(schema), expected, "{schema}");
    }
    assert_eq!(found("{ type: object }"), ["warning TW0411 { type: object }"]);
}

#[test]
fn enums_of_strings_may_be_open_and_may_be_null() {
    let values = json!([{ "value": "a" }, { "value": "b" }]);
    assert_eq!(quiet_shape("{ enum: [a, b] }"), json!({ "kind": "enum", "values": values }));
    assert_eq!(quiet_shape("{ type: string, enum: [a, b], x-open: true }"), json!({ "kind": "enum", "values": values, "open": true }));
    assert_eq!(quiet_shape("{ const: a }"), json!({ "kind": "enum", "values": [{ "value": "a" }] }));
    assert_eq!(quiet_shape("{ enum: [a, b], const: b }"), json!({ "kind": "enum", "values": [{ "value": "b" }] }));
    assert_eq!(quiet_shape("{ enum: ['1', on, no, 'null'] }")["values"].as_array().unwrap().len(), 4);
    let contract = contract(&around("T: { type: object, properties: { a: { enum: [a, null, b], x-open: true } } }"));
    assert_eq!(named(&contract, "T")["fields"][0]["type"], json!({ "kind": "nullable", "of": { "kind": "ref", "name": "TAValue" } }));
    assert_eq!(named(&contract, "TAValue"), json!({ "kind": "enum", "values": values, "open": true }));

    assert_eq!(found("{ enum: [a, b, a] }"), ["TW0115 a"]);
    assert_eq!(found("{ enum: [] }"), ["TW0303 []"]);
    assert_eq!(found("{ type: integer, x-open: true }"), ["TW0302 x-open"]);
    // A number is never a string, so it is said that quotes are missing.
    assert_eq!(found("{ type: string, enum: [a, 1] }"), ["warning TW0413 1"]);
    assert_eq!(shape("{ type: string, enum: [a, 1] }"), json!({ "kind": "enum", "values": [{ "value": "a" }] }));
}

#[test]
fn alternatives_of_different_types_are_a_choice() {
    let text = json!({ "kind": "string" });
    let number = json!({ "kind": "number" });
    for (schema, expected) in [
        ("{ anyOf: [{ type: string }, { type: number }] }", json!({ "kind": "choice", "of": [text, number] })),
        ("{ oneOf: [{ type: string }, { type: number }] }", json!({ "kind": "choice", "of": [text, number] })),
        ("{ type: [string, number] }", json!({ "kind": "choice", "of": [text, number] })),
        (
            "{ type: [string, integer], minLength: 1, minimum: 0 }",
            json!({ "kind": "choice", "of": [{ "kind": "string", "minLength": 1 }, { "kind": "integer", "min": 0, "max": MAX_SAFE }] }),
        ),
        ("{ type: [string, 'null'] }", json!({ "kind": "nullable", "of": text })),
        ("{ anyOf: [{ type: string }, { type: 'null' }] }", json!({ "kind": "nullable", "of": text })),
        ("{ oneOf: [{ const: null }, { type: string }] }", json!({ "kind": "nullable", "of": text })),
        ("{ anyOf: [{ type: string }] }", text.clone()),
    ] {
        assert_eq!(quiet_shape(schema), expected, "{schema}");
    }
    let contract = contract(&around(
        "T: { type: object, properties: { a: { anyOf: [{ type: object, properties: { x: {} } }, { enum: [y] }, { type: array, items: { const: z } }, { type: 'null' }] } } }",
    ));
    assert_eq!(named(&contract, "T")["fields"][0]["type"], json!({ "kind": "nullable", "of": { "kind": "ref", "name": "TAValue" } }));
    let items = json!({ "kind": "list", "items": { "kind": "ref", "name": "TAValueItem" } });
    assert_eq!(
        named(&contract, "TAValue"),
        json!({ "kind": "choice", "of": [{ "kind": "ref", "name": "TAValueObject" }, { "kind": "ref", "name": "TAValueText" }, items] })
    );
}

#[test]
fn boolean_schemas_and_annotations_say_nothing() {
    assert_eq!(quiet_shape("true"), json!({ "kind": "any" }));
    assert_eq!(quiet_shape("{}"), json!({ "kind": "any" }));
    let said = "{ title: T, description: D, $comment: c, examples: [1, { a: b }], readOnly: true, writeOnly: false }";
    assert_eq!(quiet_shape(said), json!({ "kind": "any" }));
    let contract = contract(&around(
        "T: { type: object, description: D, deprecated: use U, properties: { a: { deprecated: true }, b: { deprecated: false } } }",
    ));
    let named = &contract.types[0];
    assert_eq!((named.description.as_deref(), named.deprecated.as_deref()), (Some("D"), Some("use U")));
    let tidewire_schema::Type::Object(object) = &named.ty else { panic!("{named:?}") };
    assert_eq!((object.fields[0].deprecated.as_deref(), object.fields[1].deprecated.as_deref()), (Some(""), None));
}

#[test]
fn keywords_of_other_types_are_ignored_aloud() {
    assert_eq!(found("{ type: integer, maxLength: 5 }"), ["warning TW0413 maxLength"]);
    assert_eq!(shape("{ type: integer, maxLength: 5, properties: { a: { type: string } } }")["kind"], "integer");
    assert_eq!(found("{ type: [string, 'null'], minimum: 5, format: email }"), ["warning TW0413 minimum"]);
    assert_eq!(found("{ type: integer, format: email }"), ["warning TW0413 format"]);
    // What is wrong with them is said all the same.
    assert_eq!(found("{ type: integer, maxLength: x }"), ["warning TW0413 maxLength", "TW0004 x"]);
}
