//! The README's definitions: the module and the schema file are the same contract, as it says.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

/// The first block of the README in this language.
fn block(language: &str) -> String {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn both_ways_to_say_what_happens_are_one_contract() {
    let (module, module_diagnostics) = tidewire_codegen::source::rust(&block("rust"));
    let (file, file_diagnostics) = tidewire_codegen::source::schema(&block("yaml"));
    assert!(module_diagnostics.is_empty() && file_diagnostics.is_empty(), "{module_diagnostics:?} {file_diagnostics:?}");
    assert_eq!(module.hash(), file.hash());
    assert!(tidewire_codegen::client_package(&module) == tidewire_codegen::client_package(&file), "byte for byte");
}
