//! A default stands in for an absent field, so it is a value of the field's type, and it stands nowhere else.
#![cfg(feature = "parse-file")]

mod file_support;

use file_support::{around, contract, found, found_in, named};
use serde_json::json;

#[test]
fn fields_of_these_types_have_defaults() {
    for (schema, value) in [
        ("{ type: string, default: '' }", json!("")),
        ("{ type: string, maxLength: 3, default: aäb }", json!("aäb")),
        ("{ type: integer, default: 0 }", json!(0)),
        ("{ type: integer, minimum: 4, multipleOf: 5, default: 10.0 }", json!(10)),
        ("{ type: number, default: 0.5 }", json!(0.5)),
        ("{ type: boolean, default: false }", json!(false)),
        ("{ enum: [a, b], default: b }", json!("b")),
        ("{ enum: [a, b], x-open: true, default: c }", json!("c")),
        ("{ type: [string, 'null'], default: a }", json!("a")),
        ("{ type: array, items: { type: string }, default: [] }", json!([])),
        ("{ type: object, additionalProperties: {}, default: {} }", json!({})),
        ("{ type: string, format: int64, default: '-7' }", json!("-7")),
        ("{ type: [string, integer, 'null'], default: null }", json!(null)),
        ("{ default: { any: [1, x] } }", json!({ "any": [1, "x"] })),
        ("{ $ref: '#/types/U', default: 3 }", json!(3)),
    ] {
        let source = around(&format!("U: {{ type: integer, maximum: 3 }}, T: {{ type: object, properties: {{ a: {schema} }} }}"));
        assert_eq!(found_in(&source), Vec::<String>::new(), "{schema}");
        let field = &named(&contract(&source), "T")["fields"][0];
        assert_eq!((&field["default"], &field["optional"]), (&value, &json!(null)), "{schema}");
    }
    let nullable = contract(&around("T: { type: object, properties: { a: { type: [string, 'null'], default: null } } }"));
    let tidewire_schema::Type::Object(object) = &nullable.types[0].ty else { panic!("{nullable:?}") };
    assert_eq!((object.fields[0].optional, &object.fields[0].default), (false, &Some(tidewire_schema::json::Value::Null)));
}

#[test]
fn other_values_and_other_types_do_not_fit() {
    for (schema, value) in [
        ("type: string", "1"),
        ("type: string, maxLength: 2", "abc"),
        ("type: string, pattern: a", "a"),
        ("type: string, format: email", "a@b.c"),
        ("type: string, format: date-time", "now"),
        ("type: string, format: int64", "'01'"),
        ("type: string, format: uint64", "'-1'"),
        ("type: integer", "1.5"),
        ("type: integer", "9007199254740993"),
        ("type: integer, minimum: 1", "0"),
        ("type: integer, multipleOf: 5", "7"),
        ("type: number, exclusiveMinimum: 0", "0"),
        ("type: number, multipleOf: 0.1", "0.5"),
        ("type: boolean", "'true'"),
        ("type: boolean", "null"),
        ("enum: [a]", "b"),
        ("type: array", "[1]"),
        ("type: array, minItems: 1", "[]"),
        ("type: object, properties: { x: {} }", "{}"),
        ("type: object, additionalProperties: {}", "{ x: 1 }"),
        ("type: [string, integer]", "7"),
        ("$ref: '#/types/U'", "4"),
    ] {
        let source = around(&format!(
            "U: {{ type: integer, maximum: 3 }}, T: {{ type: object, properties: {{ a: {{ {schema}, default: {value} }} }} }}"
        ));
        assert_eq!(found_in(&source), [format!("TW0314 {}", value.trim_matches('\''))], "{schema}");
    }
}

#[test]
fn defaults_stand_on_fields_alone() {
    assert_eq!(found("{ type: string, default: a }"), ["TW0314 a"]);
    assert_eq!(found("{ type: array, items: { type: string, default: a } }"), ["TW0314 a"]);
    assert_eq!(found("{ properties: { a: { type: string, default: a } } }")[1], "TW0314 a");
    let required = "{ type: object, required: [a], properties: { a: { type: string, default: x } } }";
    assert_eq!(found(required), ["warning TW0413 x"]);
    let inherited = "T: { type: object, allOf: [{ $ref: '#/types/B' }] , properties: { b: {} } }, B: { type: object, properties: { a: { type: integer, default: 1 } } }";
    assert_eq!(found_in(&around(inherited)), Vec::<String>::new());
    assert_eq!(named(&contract(&around(inherited)), "T")["fields"][1]["default"], 1);
}
