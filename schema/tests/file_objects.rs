//! Objects that are put together from several schemas, and unions.
#![cfg(feature = "parse-file")]

mod file_support;

use file_support::{around, contract, found, found_in, named};
use serde_json::{Value, json};

fn fields(ty: &Value) -> Vec<(String, bool)> {
    let fields = ty["fields"].as_array().unwrap_or_else(|| panic!("no fields: {ty}"));
    fields.iter().map(|field| (field["name"].as_str().unwrap_or_default().to_owned(), field["optional"] != true)).collect()
}

fn expected(fields: &[(&str, bool)]) -> Vec<(String, bool)> {
    fields.iter().map(|(name, required)| ((*name).to_owned(), *required)).collect()
}

const BASE: &str =
    "Base: { type: object, required: [id], properties: { id: { type: string }, tag: { type: object, properties: { x: {} } } } }";

#[test]
fn open_objects_are_merged() {
    let source = around(&format!(
        "{BASE}, T: {{ type: object, properties: {{ own: {{ enum: [a] }} }}, required: [tag],
            allOf: [{{ $ref: '#/types/Base' }}, {{ properties: {{ more: {{ type: boolean }} }}, required: [more] }}] }}"
    ));
    assert_eq!(found_in(&source), Vec::<String>::new());
    let contract = contract(&source);
    assert_eq!(fields(&named(&contract, "T")), expected(&[("own", false), ("id", true), ("tag", true), ("more", true)]));
    // The types inside the base keep the names that they have there.
    assert_eq!(named(&contract, "T")["fields"][2]["type"], json!({ "kind": "ref", "name": "BaseTag" }));
    let names: Vec<&str> = contract.types.iter().map(|named| named.name.as_str()).collect();
    assert_eq!(names, ["Base", "BaseTag", "T", "TOwn"]);
}

#[test]
fn a_reference_with_siblings_is_merged_too() {
    let contract = contract(&around(&format!("{BASE}, T: {{ $ref: '#/types/Base', properties: {{ own: {{ type: string }} }} }}")));
    assert_eq!(fields(&named(&contract, "T")), expected(&[("own", false), ("id", true), ("tag", false)]));
}

#[test]
fn one_reference_alone_is_that_type() {
    for schema in [
        "{ allOf: [{ $ref: '#/types/Base' }] }",
        "{ type: object, allOf: [{ $ref: '#/types/Base' }], description: d }",
        "{ $ref: '#/types/Base', title: t }",
        "{ anyOf: [{ $ref: '#/types/Base' }] }",
    ] {
        let contract = contract(&around(&format!("{BASE}, T: {schema}")));
        assert_eq!(named(&contract, "T"), json!({ "kind": "ref", "name": "Base" }), "{schema}");
    }
}

#[test]
fn what_is_not_one_object_is_checked_as_it_is() {
    for other in [
        // Two schemas for one field.
        "{ $ref: '#/types/Base', properties: { id: { type: string, minLength: 3 } } }",
        // Nobody knows the fields of the other part.
        "{ allOf: [{ $ref: '#/types/Base' }, { type: object, properties: { a: {} }, additionalProperties: false }] }",
        "{ allOf: [{ $ref: '#/types/Base' }, { minProperties: 2 }] }",
        "{ allOf: [{ $ref: '#/types/Base' }, false] }",
        "{ $ref: '#/types/Base', type: [object, 'null'] }",
    ] {
        let source = around(&format!("{BASE}, T: {other}"));
        assert_eq!(found_in(&source), [format!("warning TW0412 {other}")]);
        assert_eq!(named(&contract(&source), "T")["kind"], "json", "{other}");
    }
}

#[test]
fn parts_may_be_closed_or_trivial_where_it_makes_no_difference() {
    let closed = "{ allOf: [{ type: object, properties: { a: {} }, additionalProperties: false }, { required: [a] }, true, {}] }";
    let contract = contract(&around(&format!("T: {closed}")));
    assert_eq!(fields(&named(&contract, "T")), expected(&[("a", true)]));
    assert_eq!(named(&contract, "T")["closed"], true);
}

#[test]
fn a_required_field_that_is_nearly_there_is_a_typing_error() {
    assert_eq!(found("{ type: object, required: [titel], properties: { title: {} } }"), ["TW0001 titel"]);
    // A name that is there under its own name is not the one that was meant, and short names are not alike.
    for other in
        ["{ type: object, required: [bar, baz], properties: { baz: {} } }", "{ type: object, required: [b], properties: { a: {} } }"]
    {
        assert_eq!(found(other), [format!("warning TW0412 {other}")]);
    }
    let other = "{ type: object, required: [size], properties: { title: {} } }";
    assert_eq!(found(other), [format!("warning TW0412 {other}")]);
}

const UNION: &str =
    "oneOf: [{ type: object, required: [op, n], properties: { op: { const: add }, n: { type: integer } } }, { $ref: '#/types/Clear' }]";
const CLEAR: &str = "Clear: { type: object, description: All., required: [op], properties: { op: { const: clear }, why: { type: object, properties: { x: {} } } } }";

#[test]
fn a_tag_makes_a_union_also_of_references() {
    let source = around(&format!("{CLEAR}, T: {{ {UNION}, x-open: true }}"));
    assert_eq!(found_in(&source), Vec::<String>::new());
    let contract = contract(&source);
    let union = named(&contract, "T");
    assert_eq!((&union["kind"], &union["tag"], &union["open"]), (&json!("union"), &json!("op"), &json!(true)));
    assert_eq!(union["variants"][0]["value"], "add");
    assert_eq!(fields(&union["variants"][0]), expected(&[("n", true)]));
    assert_eq!(union["variants"][1]["description"], "All.");
    assert_eq!(fields(&union["variants"][1]), expected(&[("why", false)]));
    assert_eq!(union["variants"][1]["fields"][0]["type"], json!({ "kind": "ref", "name": "ClearWhy" }));
    // The referred type is a type of its own as well, with its tag.
    assert_eq!(fields(&named(&contract, "Clear")), expected(&[("op", true), ("why", false)]));
}

#[test]
fn the_tag_is_the_field_that_every_branch_has() {
    let contract = contract(&around(
        "T: { anyOf: [{ type: object, required: [v, op], properties: { v: { const: one }, op: { const: a } } }, { type: object, required: [op], properties: { op: { enum: [b] } } }] }",
    ));
    assert_eq!(named(&contract, "T")["tag"], "op");
    assert_eq!(named(&contract, "T")["variants"][0]["fields"][0]["name"], "v");
}

#[test]
fn a_branch_that_breaks_the_tag_is_an_error_where_it_stands() {
    let first = "{ type: object, required: [op], properties: { op: { const: a } } }";
    for (branch, found_there) in [
        ("{ type: object, properties: { x: {} } }", "TW0306 { type: object, properties: { x: {} } }"),
        ("{ type: object, properties: { op: { const: b } } }", "TW0306 { const: b }"),
        ("{ type: object, required: [op], properties: { op: { const: b, minLength: 1 } } }", "TW0302 minLength"),
        ("{ type: object, required: [op], properties: { op: { const: b } }, minProperties: 1 }", "TW0306 minProperties"),
        (first, "TW0115 { type: object, required: [op], properties: { op: { const: a } } }"),
    ] {
        assert_eq!(found(&format!("{{ oneOf: [{first}, {branch}] }}")), [found_there], "{branch}");
    }
    // Whether `type: object` may be left out depends on the others: exactly one open branch lets everything else through.
    let open = "{ required: [op], properties: { op: { const: b } } }";
    assert_eq!(found(&format!("{{ oneOf: [{first}, {open}] }}")), [format!("TW0306 {open}")]);
    assert_eq!(found(&format!("{{ type: object, oneOf: [{first}, {open}] }}")), Vec::<String>::new());
    assert_eq!(
        found("{ oneOf: [{ required: [op], properties: { op: { const: b } } }, { required: [op], properties: { op: { const: c } } }] }"),
        Vec::<String>::new()
    );
    // With `anyOf` the tag may be a coincidence.
    let any = format!("{{ anyOf: [{first}, {open}] }}");
    assert_eq!(found(&any), [format!("warning TW0412 {any}")]);
}
