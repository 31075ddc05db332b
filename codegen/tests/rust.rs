//! The Rust module of a contract, and that it says what the contract says.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use tidewire_codegen::{client_package, rust, source};
use tidewire_schema::Contract;

fn contract_of((contract, diagnostics): source::Parsed) -> Contract {
    assert!(!diagnostics.has_errors(), "{diagnostics:#?}");
    contract
}

/// Prints a module and reads it back: the same contract, and the same bytes of TypeScript.
fn module_of(contract: &Contract) -> String {
    let module = rust::module(contract, &rust::module_name(contract)).unwrap();
    let read = contract_of(source::rust(&module));
    assert_eq!(read.hash(), contract.hash());
    let (one, other) = (client_package(contract), client_package(&read));
    for (path, text) in one.files() {
        assert_eq!(Some(text), other.file(path), "{path}\n{module}");
    }
    module
}

#[test]
fn a_schema_file_becomes_this_module() {
    let contract = contract_of(source::schema(include_str!("../../schema/tests/fixtures/acme-live.yaml")));
    insta::assert_snapshot!("acme-live", module_of(&contract));
}
