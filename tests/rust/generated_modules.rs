//! Modules that are generated from schema files, as rustc sees them: they compile, without a warning, whatever the names are.
//!
//! `tidewire-codegen` proves that the generator still writes them so. Here they are compiled with everything else: a project of their own would
//! build all that they depend on once more.
#![deny(warnings)]
#![expect(clippy::use_self, reason = "a lint of this workspace, and of few others")]

use tidewire_codegen::source;
use tidewire_schema::Contract;

include!("../../codegen/tests/modules/acme_live.rs");
include!("../../codegen/tests/modules/awkward.rs");
include!("../../codegen/tests/modules/everything.rs");

fn contract_of((contract, diagnostics): source::Parsed) -> Contract {
    assert!(!diagnostics.has_errors(), "{diagnostics:#?}");
    contract
}

#[test]
fn they_compile_without_a_warning_and_say_what_they_are_made_from() {
    for (module, contract) in [
        (acme_live::CONTRACT, contract_of(source::schema(include_str!("../../schema/tests/fixtures/acme-live.yaml")))),
        (awkward::CONTRACT, contract_of(source::schema(include_str!("../package/awkward.yaml")))),
        (everything::CONTRACT, serde_json::from_str(include_str!("../../codegen/tests/fixtures/everything.json")).unwrap()),
    ] {
        let compiled: Contract = serde_json::from_str(module).unwrap();
        assert_eq!(compiled.hash(), contract.hash());
    }
}
