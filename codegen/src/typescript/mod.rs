//! The TypeScript client package. The contract's modules are printed from one list of declarations; logic is in `codegen/client`, copied as it is.

mod checks;
mod constraints;
mod contract;
mod declaration;
mod documentation;
mod entries;
mod json;
mod literal;
mod runtime;
mod types;

use tidewire_schema::Contract;

use crate::Package;

/// Generates the TypeScript client package of a contract: ES modules with declarations, ready to import, no build step and no dependency.
///
/// The same definitions give the same bytes, wherever and from whichever front end they were read.
pub fn client_package(contract: &Contract) -> Package {
    let mut package = Package::default();
    let modules = [("contract", contract::module(contract)), ("index", entries::index(contract)), ("react", entries::react())];
    for (name, module) in modules.into_iter().chain(contract::enums(contract).map(|module| ("enums", module))) {
        package.add(format!("{name}.js"), module.javascript());
        package.add(format!("{name}.d.ts"), module.declarations());
    }
    package.add("contract.json", entries::contract_json(contract));
    package.add("package.json", entries::package_json(contract));
    for (name, text) in runtime::FILES {
        package.add(format!("runtime/{name}"), *text);
    }
    package
}
