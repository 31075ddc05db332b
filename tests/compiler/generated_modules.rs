//! Modules that are generated from schema files, as rustc sees them: they compile, without a warning, whatever the names are.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use tidewire_codegen::{rust, source};
use tidewire_schema::Contract;

fn contract_of((contract, diagnostics): source::Parsed) -> Contract {
    assert!(!diagnostics.has_errors(), "{diagnostics:#?}");
    contract
}

/// A program around the module, in a file.
fn program(contract: &Contract, folder: &Path) -> PathBuf {
    let name = rust::module_name(contract);
    let module = rust::module(contract, &name).unwrap();
    let path = folder.join(format!("{name}.rs"));
    fs::write(&path, format!("#![deny(warnings)]\n{module}\nfn main() {{\n    assert!(!{name}::CONTRACT.is_empty());\n}}\n")).unwrap();
    path
}

#[test]
fn they_compile_without_a_warning() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated_modules");
    fs::create_dir_all(&folder).unwrap();
    let cases = trybuild::TestCases::new();
    for contract in [
        contract_of(source::schema(include_str!("../../schema/tests/fixtures/acme-live.yaml"))),
        contract_of(source::schema(include_str!("../package/awkward.yaml"))),
        serde_json::from_str(include_str!("../../codegen/tests/fixtures/everything.json")).unwrap(),
    ] {
        cases.pass(program(&contract, &folder));
    }
}
