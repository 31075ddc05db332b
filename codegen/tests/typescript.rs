//! What the generated TypeScript package looks like, from both front ends.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::path::Path;

use tidewire_codegen::{Emit, Form, Package, client_package, client_package_as, source};
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
    let entries = |folder: &str, known: &str| -> String {
        let mut names = Vec::new();
        files_below(&root.join("client").join(folder), "", &mut names);
        names.sort_unstable();
        assert!(names.iter().any(|name| name == known), "codegen/client/{folder} was not built");
        names.iter().map(|name| format!("    (\"{name}\", include_str!(\"../../client/{folder}/{name}\")),\n")).collect()
    };
    let (files, sources) = (entries("dist", "index.js"), entries("src", "index.ts"));
    let expected = format!(
        "//! The client runtime, embedded. Printed by `UPDATE=1 cargo test -p tidewire-codegen`; do not edit.\n\n\
         /// Each file of `codegen/client/dist`, by its name in the folder `runtime` of a package.\npub(super) const FILES: &[(&str, &str)] = &[\n{files}];\n\n\
         /// Each file of `codegen/client/src`, by its name in the folder `runtime` of a package of sources.\npub(super) const SOURCES: &[(&str, &str)] = &[\n{sources}];\n"
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

const OPEN: &str = include_str!("../../tests/package/open.yaml");

fn names(package: &Package) -> Vec<&str> {
    package.files().map(|(path, _)| path).collect()
}

#[test]
fn sources_are_the_same_modules_in_another_language() {
    let (contract, _) = source::schema(SCHEMA);
    let sources = client_package_as(&contract, Form { emit: Emit::TypeScript, types_only: false });
    let modules = client_package(&contract);
    let stems = |package: &Package, ending: &str| -> Vec<String> {
        names(package).into_iter().filter_map(|name| name.strip_suffix(ending)).map(str::to_owned).collect()
    };
    // What names a framework that may not be there comes as a module with declarations, which name none.
    let foreign = ["runtime/live/solid", "runtime/live/svelte", "runtime/live/vue", "runtime/solid", "runtime/svelte", "runtime/vue"]
        .map(str::to_owned);
    let mut written = stems(&sources, ".ts");
    written.retain(|name| name.strip_suffix(".d").is_none());
    written.extend(stems(&sources, ".js"));
    written.sort_unstable();
    let mut expected = stems(&modules, ".js");
    expected.sort_unstable();
    assert_eq!(written, expected);
    assert_eq!(stems(&sources, ".js"), foreign);
    assert_eq!(stems(&sources, ".d.ts"), foreign);
    assert_eq!(stems(&sources, ".json"), stems(&modules, ".json"));
    insta::assert_snapshot!(
        "sources",
        ["contract.ts", "enums.ts", "react.ts"].map(|path| section((path, sources.file(path).unwrap()))).concat()
    );
}

#[test]
fn types_alone_are_one_file_and_what_is_unknown() {
    let package = |schema: &str, emit| client_package_as(&source::schema(schema).0, Form { emit, types_only: true });
    assert_eq!(names(&package(SCHEMA, Emit::JavaScript)), ["index.d.ts", "package.json"]);
    assert_eq!(names(&package(SCHEMA, Emit::TypeScript)), ["index.ts", "package.json"]);
    let open = package(OPEN, Emit::JavaScript);
    assert_eq!(names(&open), ["index.d.ts", "package.json", "unknown.d.ts"]);
    insta::assert_snapshot!("types", open.files().map(section).collect::<String>());

    let (_, declared) = open.file("unknown.d.ts").unwrap().split_once("\n\n").unwrap();
    assert!(include_str!("../client/src/contract.ts").ends_with(declared), "the runtime declares `Unknown` in other words");
}
