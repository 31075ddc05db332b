//! What the generated TypeScript package looks like, from both front ends.

use std::collections::BTreeSet;

use tidewire_codegen::{Package, client_package, source};

const SCHEMA: &str = include_str!("../../schema/tests/fixtures/acme-live.yaml");
const RUST: &str = include_str!("../../schema/tests/fixtures/acme_live.rs");

fn package(parsed: source::Parsed) -> Package {
    let (contract, diagnostics) = parsed;
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    client_package(&contract)
}

/// Everything that is printed from the contract; the runtime is a copy.
fn printed(package: &Package) -> String {
    let own = package.files().filter(|(path, _)| !path.starts_with("runtime/"));
    own.map(|(path, text)| format!("===== {path}\n{text}")).collect()
}

#[test]
fn a_schema_file_becomes_this_package() {
    insta::assert_snapshot!("acme-live", printed(&package(source::schema(SCHEMA))));
}

#[test]
fn the_same_module_becomes_the_same_package() {
    let module = package(source::rust(RUST));
    insta::assert_snapshot!("acme-live", printed(&module));
    assert!(module == package(source::schema(SCHEMA)), "both front ends give the same bytes");
}

#[test]
fn json_is_read_like_yaml() {
    let json = r##"{ "realtime": 1, "name": "n", "types": { "T": { "type": "string", "minLength": 1 } }, "channels": { "c": { "payload": { "$ref": "#/types/T" } } } }"##;
    let yaml = "realtime: 1\nname: n\ntypes:\n  T: { type: string, minLength: 1 }\nchannels:\n  c: { payload: { $ref: '#/types/T' } }\n";
    assert!(package(source::schema(json)) == package(source::schema(yaml)));
}

#[test]
fn the_order_of_definitions_changes_nothing() {
    let one = "realtime: 1\nname: n\ntypes: { A: { type: string }, B: { type: boolean } }\nchannels: { a: { events: { x: {}, y: {} } }, b: {} }\n";
    let other = "name: n\nchannels: { b: {}, a: { events: { y: {}, x: {} } } }\ntypes: { B: { type: boolean }, A: { type: string } }\nrealtime: 1\n";
    assert!(package(source::schema(one)) == package(source::schema(other)));
}

#[test]
fn hostile_texts_stay_text() {
    let yaml = r##"
realtime: 1
name: n
types:
  T:
    type: object
    description: "*/ alert(1) /* @internal {@link x}\n@deprecated"
    properties:
      __proto__: { type: string }
      "a\"b\\": { type: string, description: "`${x}` */" }
      constructor: { enum: ["__proto__", "'", "\u2028"] }
channels: { c: { payload: { $ref: "#/types/T" } } }
"##;
    insta::assert_snapshot!("hostile", printed(&package(source::schema(yaml))));
}

#[test]
fn the_whole_runtime_is_in_the_package() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/client/dist");
    let built: BTreeSet<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| format!("runtime/{}", entry.unwrap().file_name().to_string_lossy())).collect();
    let package = package(source::schema(SCHEMA));
    let copied: BTreeSet<String> = package.files().map(|(path, _)| path.to_owned()).filter(|path| path.starts_with("runtime/")).collect();
    assert_eq!(copied, built, "codegen/src/typescript/runtime.rs lists what `npm run build` made: run `codegen/client/scripts/embed`");
}
