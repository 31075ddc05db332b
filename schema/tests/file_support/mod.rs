//! What the tests of the schema file share: a type in, its JSON out; and what is said about it, with the text that it is said of.
#![allow(dead_code, reason = "each test uses a part of it")]

use serde_json::Value;
use tidewire_schema::diagnostic::{Diagnostic, Severity};
use tidewire_schema::{Contract, file};

/// A schema file around these entries of `types`.
pub(crate) fn around(types: &str) -> String {
    format!("realtime: 1\nname: n\ntypes: {{ {types} }}\n")
}

/// The contract of a file without errors.
pub(crate) fn contract(source: &str) -> Contract {
    let (contract, diagnostics) = file::parse(source);
    let messages: Vec<String> = diagnostics.iter().map(|found| format!("{} {}", found.code, found.message)).collect();
    assert!(!diagnostics.has_errors(), "{messages:#?}\n{source}");
    contract
}

/// A named type of a contract, as JSON.
pub(crate) fn named(contract: &Contract, name: &str) -> Value {
    let names: Vec<&str> = contract.types.iter().map(|named| named.name.as_str()).collect();
    let found = contract.type_named(name).unwrap_or_else(|| panic!("no {name} among {names:?}"));
    serde_json::to_value(&found.ty).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The type of a schema, as JSON.
pub(crate) fn shape(schema: &str) -> Value {
    named(&contract(&around(&format!("T: {schema}"))), "T")
}

/// The type of a schema that nothing is said about, as JSON.
pub(crate) fn quiet_shape(schema: &str) -> Value {
    assert_eq!(found_in(&around(&format!("T: {schema}"))), Vec::<String>::new(), "{schema}");
    shape(schema)
}

fn spelled(source: &str, found: &Diagnostic<file::Span>) -> String {
    let place = found.labels[0].place;
    let warning = if found.severity == Severity::Warning { "warning " } else { "" };
    format!("{warning}{} {}", found.code, &source[place.start..place.end])
}

/// The code of each thing that is said of a file, and the text that it is said of.
pub(crate) fn found_in(source: &str) -> Vec<String> {
    file::parse(source).1.iter().map(|found| spelled(source, found)).collect()
}

/// The same for a schema.
pub(crate) fn found(schema: &str) -> Vec<String> {
    found_in(&around(&format!("T: {schema}")))
}

/// What is advised, in the order of what is said.
pub(crate) fn help(schema: &str) -> Vec<String> {
    let source = around(&format!("T: {schema}"));
    file::parse(&source).1.iter().map(|found| found.help.clone().unwrap_or_default()).collect()
}
