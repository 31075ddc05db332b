//! What `$ref` may point at, what the target is called, and what happens to references that lead nowhere or back.
#![cfg(feature = "parse-file")]

mod file_support;

use file_support::{around, contract, found, found_in, help, named};
use serde_json::json;

fn names(source: &str) -> Vec<String> {
    contract(source).types.iter().map(|named| named.name.clone()).collect()
}

#[test]
fn parts_of_a_schema_become_types_with_its_name_before_theirs() {
    let source = around(
        "T: { $defs: { foo_bar: { type: string, minLength: 1 }, unused: { type: string } }, type: object, properties: {
            a: { $ref: '#/$defs/foo_bar' }, b: { $ref: '#/properties/c/items' }, c: { type: array, items: { type: object, properties: { d: {} } } },
            e: { $ref: '#' } } }",
    );
    let contract = contract(&source);
    assert_eq!(names(&source), ["T", "TCItem", "TFooBar"]);
    let fields = &named(&contract, "T")["fields"];
    for (at, name) in ["TFooBar", "TCItem", "", "T"].into_iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        assert_eq!(fields[at]["type"], json!({ "kind": "ref", "name": name }));
    }
    assert_eq!(fields[2]["type"]["items"], json!({ "kind": "ref", "name": "TCItem" }));
    assert_eq!(named(&contract, "TFooBar"), json!({ "kind": "string", "minLength": 1 }));
}

#[test]
fn pointers_are_decoded_and_go_through_every_keyword() {
    let schema = "{ $defs: { 'a/b~c%d\"e': { type: boolean } }, type: array, prefixItems: [{ type: string }, { $ref: '#/prefixItems/0' },
        { $ref: '#/$defs/a~1b~0c%25d%22e' }], items: false, minItems: 3 }";
    let contract = contract(&around(&format!("T: {schema}")));
    let items = json!([{ "kind": "ref", "name": "TItem1" }, { "kind": "ref", "name": "TItem1" }, { "kind": "ref", "name": "TABCDE" }]);
    assert_eq!(named(&contract, "T")["items"], items);
    assert_eq!(named(&contract, "TABCDE"), json!({ "kind": "boolean" }));
}

#[test]
fn names_are_unique_and_can_be_written_in_both_languages() {
    let source = around(
        "TCard: { type: string }, T: { $defs: { card: { type: boolean }, Card: { type: string }, '🎉': { type: string } }, type: object, properties: {
            a: { $ref: '#/$defs/card' }, b: { $ref: '#/$defs/Card' }, c: { $ref: '#/$defs/%F0%9F%8E%89' }, field: { type: object, properties: { x: {} } } } }",
    );
    assert_eq!(names(&source), ["T", "TCard", "TCard2", "TCard3", "TField", "TField2"]);
}

#[test]
fn payloads_and_results_are_resources_of_their_own() {
    let contract = contract(
        "realtime: 1\nname: n\nevents:\n  tree.grew:\n    payload: { type: object, properties: { children: { type: array, items: { $ref: '#' } } } }\n\
         live:\n  tree: { channel: default, result: { type: object, properties: { next: { $ref: '#' }, leaf: { $ref: '#/$defs/leaf' } }, $defs: { leaf: { type: string } } } }\n\
         channels:\n  'c/{id}': { params: { id: { $ref: '#/$defs/id', $defs: { id: { type: string, maxLength: 5 } } } } }\n",
    );
    let items = &named(&contract, "TreeGrew")["fields"][0]["type"]["items"];
    assert_eq!(*items, json!({ "kind": "ref", "name": "TreeGrew" }));
    assert_eq!(named(&contract, "TreeResult")["fields"][0]["type"], json!({ "kind": "ref", "name": "TreeResult" }));
    assert_eq!(named(&contract, "TreeResultLeaf"), json!({ "kind": "string" }));
    assert_eq!(named(&contract, "IdId"), json!({ "kind": "string", "maxLength": 5 }));
}

#[test]
fn draft_7_ignores_what_stands_beside_a_reference() {
    let source = around(
        "T: { $schema: 'http://json-schema.org/draft-07/schema', definitions: { d: { type: string } }, type: object,
            properties: { a: { $ref: '#/definitions/d', minLength: 3, default: x, description: kept } } }",
    );
    assert_eq!(found_in(&source), ["warning TW0413 minLength", "warning TW0413 default"]);
    let contract = contract(&source);
    assert_eq!(named(&contract, "T")["fields"][0]["type"], json!({ "kind": "ref", "name": "TD" }));
    let tidewire_schema::Type::Object(object) = &contract.types[0].ty else { panic!("{contract:?}") };
    assert_eq!(object.fields[0].description.as_deref(), Some("kept"));
}

#[test]
fn drafts_have_their_keywords_and_others_are_refused() {
    let seven = "$schema: 'http://json-schema.org/draft-07/schema#'";
    for (schema, expected) in [
        ("{ $schema: 'https://json-schema.org/draft/2020-12/schema', type: string }".to_owned(), vec![]),
        (format!("{{ {seven}, type: string }}"), vec![]),
        (
            "{ $schema: 'https://json-schema.org/draft/2019-09/schema', type: string }".to_owned(),
            vec!["TW0404 https://json-schema.org/draft/2019-09/schema"],
        ),
        ("{ $schema: 7, type: string }".to_owned(), vec!["TW0404 7"]),
        ("{ type: array, items: { $schema: 'https://json-schema.org/draft/2020-12/schema' } }".to_owned(), vec!["TW0401 $schema"]),
        (format!("{{ {seven}, type: array, prefixItems: [{{}}] }}"), vec!["TW0401 prefixItems"]),
        ("{ type: array, items: {}, additionalItems: {} }".to_owned(), vec!["TW0401 additionalItems"]),
        ("{ type: array, items: [{}] }".to_owned(), vec!["TW0004 [{}]"]),
        (format!("{{ {seven}, type: array, items: {{}}, additionalItems: false }}"), vec!["warning TW0413 additionalItems"]),
        (format!("{{ {seven}, type: array, additionalItems: false, items: {{}} }}"), vec!["warning TW0413 additionalItems"]),
    ] {
        assert_eq!(found(&schema), expected, "{schema}");
    }
}

#[test]
fn references_to_nowhere_are_errors_with_the_nearest_name() {
    let with = |reference: &str| {
        format!("{{ $defs: {{ card: {{}}, 'a~b': {{}} }}, type: object, properties: {{ a: {{ $ref: '{reference}' }} }} }}")
    };
    for (reference, code) in [
        ("#/types/U", "TW0201"),
        ("#/$defs/crad", "TW0201"),
        ("#/$defs", "TW0201"),
        ("#/properties/b", "TW0204"),
        ("#/items/0", "TW0204"),
        ("#/$defs/a~b", "TW0204"),
        ("#/$defs/a%7", "TW0204"),
        ("#anchor", "TW0204"),
        ("#/types/T/properties/a", "TW0204"),
        ("other.json", "TW0204"),
        ("other.json#/$defs/card", "TW0204"),
        ("https://example.com/schema", "TW0204"),
        ("Card", "TW0204"),
    ] {
        assert_eq!(found(&with(reference)), [format!("{code} {reference}")], "{reference}");
    }
    assert_eq!(help(&with("#/$defs/crad")), ["did you mean `…/$defs/card`?"]);
    assert_eq!(help(&with("#/types/t")), ["did you mean `#/types/T`?"]);
    assert_eq!(found("{ $ref: [] }"), ["TW0004 []"]);
}

#[test]
fn what_leads_to_itself_at_the_same_value_has_no_value() {
    for (types, expected) in [
        ("T: { $ref: '#/types/T' }", "TW0203 T"),
        ("T: { $ref: '#' }", "TW0203 T"),
        ("T: { $ref: '#/types/U' }, U: { $ref: '#/types/T' }", "TW0203 T"),
        ("T: { allOf: [{ $ref: '#' }, { minLength: 1 }] }", "TW0203 T"),
        ("T: { anyOf: [{ $ref: '#' }, { type: string }] }", "TW0203 T"),
        ("T: { type: object, required: [a], properties: { a: { $ref: '#' } } }", "TW0203 T"),
    ] {
        let errors: Vec<String> = found_in(&around(types)).into_iter().filter(|found| !found.starts_with("warning")).collect();
        assert_eq!(errors, [expected], "{types}");
    }
    for types in [
        "T: { type: array, items: { $ref: '#' } }",
        "T: { type: object, additionalProperties: { $ref: '#' } }",
        "T: { type: object, properties: { a: { $ref: '#' } } }",
        "T: { type: object, properties: { a: { anyOf: [{ $ref: '#' }, { type: 'null' }] } } }",
        "T: { properties: { a: { $ref: '#' } }, additionalProperties: false }",
        "T: { anyOf: [{ type: array, items: { $ref: '#' } }, { type: string }] }",
    ] {
        contract(&around(types));
    }
}
