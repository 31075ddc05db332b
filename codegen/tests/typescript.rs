//! What the generated TypeScript package looks like, from both front ends.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::path::Path;

use tidewire_codegen::{Package, client_package, source};
use tidewire_schema::Contract;

const SCHEMA: &str = include_str!("../../schema/tests/fixtures/acme-live.yaml");
const RUST: &str = include_str!("../../schema/tests/fixtures/acme_live.rs");

fn package(parsed: source::Parsed) -> Package {
    let (contract, diagnostics) = parsed;
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    client_package(&contract)
}

/// Everything that is printed from the contract; the runtime is a copy.
fn printed(package: &Package) -> String {
    package.files().filter(|(path, _)| !path.starts_with("runtime/")).map(section).collect()
}

fn section((path, text): (&str, &str)) -> String {
    format!("===== {path}\n{text}")
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

/// One of everything that a contract can say, written down as the contract itself: front ends come and go.
fn everything() -> Contract {
    serde_json::from_str(include_str!("fixtures/everything.json")).unwrap()
}

#[test]
fn everything_a_contract_can_say_becomes_this_package() {
    let printed: String = client_package(&everything())
        .files()
        .filter(|(path, _)| path.starts_with("contract.") && *path != "contract.json")
        .map(section)
        .collect();
    insta::assert_snapshot!("everything", printed);
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

/// `UPDATE=1 cargo test -p tidewire-codegen` writes the list anew.
#[test]
fn the_whole_runtime_is_embedded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dist = root.join("client/dist");
    let mut names = Vec::new();
    files_below(&dist, "", &mut names);
    names.sort_unstable();
    assert!(names.iter().any(|name| name == "index.js"), "codegen/client/dist was not built");
    let entries: String = names.iter().map(|name| format!("    (\"{name}\", include_str!(\"../../client/dist/{name}\")),\n")).collect();
    let expected = format!(
        "//! The files of `codegen/client/dist`, embedded. Printed by `UPDATE=1 cargo test -p tidewire-codegen`; do not edit.\n\n\
         /// Each file of the client runtime, by its name in the folder `runtime` of a package.\npub(super) const FILES: &[(&str, &str)] = &[\n{entries}];\n"
    );
    let path = root.join("src/typescript/runtime.rs");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap() == expected,
        "the list of embedded files is stale: run `UPDATE=1 cargo test -p tidewire-codegen`"
    );
}

fn files_below(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files_below(&entry.path(), &format!("{name}/"), names);
        } else {
            names.push(name);
        }
    }
}
