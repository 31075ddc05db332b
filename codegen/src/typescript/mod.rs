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

/// The language of a package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Emit {
    /// ES modules with declarations: ready to import, no build step.
    #[default]
    JavaScript,
    /// TypeScript sources, the runtime's among them, for a project that compiles them with its own.
    TypeScript,
}

impl Emit {
    /// What the name of a file with types ends with.
    const fn declarations(self) -> &'static str {
        match self {
            Self::JavaScript => "d.ts",
            Self::TypeScript => "ts",
        }
    }

    /// What the name of a file with code ends with.
    const fn code(self) -> &'static str {
        match self {
            Self::JavaScript => "js",
            Self::TypeScript => "ts",
        }
    }
}

/// What a package is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The language.
    pub emit: Emit,
    /// Whether it holds the types of the contract and nothing else: no client, no checks, no runtime.
    pub types_only: bool,
}

/// The declarations of `unknown`, in a package of types; as they stand in the runtime's `contract.ts`.
const UNKNOWN: &str = r#"/** Exists for the compiler alone: no member of an enumeration equals a text that somebody writes, which is what lets a `switch` tell them apart. */
declare enum Tag {
  Unknown = "any other text",
}

/**
 * The tag of a variant that this version of the contract does not know: a text, and none of the known ones. A `switch` over the tag narrows to the
 * known variants as if this were not there, and its `default` sees what is left.
 */
export type Unknown = Tag.Unknown;
"#;

/// Generates the TypeScript client package of a contract: ES modules with declarations, ready to import, no build step and no dependency.
///
/// The same definitions give the same bytes, wherever and from whichever front end they were read.
pub fn client_package(contract: &Contract) -> Package {
    client_package_as(contract, Form::default())
}

/// Generates the client package of a contract in a certain form.
///
/// ```
/// use tidewire_codegen::{Emit, Form, client_package_as, source};
///
/// let (contract, _) = source::schema("realtime: 1\nname: demo\nevents: { said: { payload: { type: string } } }\n");
/// let sources = client_package_as(&contract, Form { emit: Emit::TypeScript, types_only: false });
/// assert!(sources.file("index.ts").is_some() && sources.file("runtime/client.ts").is_some());
///
/// let types = client_package_as(&contract, Form { types_only: true, ..Form::default() });
/// assert_eq!(types.files().map(|(path, _)| path).collect::<Vec<_>>(), ["index.d.ts", "package.json"]);
/// ```
pub fn client_package_as(contract: &Contract, form: Form) -> Package {
    let Form { emit, types_only } = form;
    let mut package = Package::default();
    package.add("package.json", entries::package_json(contract, form));
    if types_only {
        package.add(format!("index.{}", emit.declarations()), types(&entries::types(contract), emit));
        if contract::is_open(contract) {
            package.add(format!("unknown.{}", emit.declarations()), format!("{}\n{UNKNOWN}", declaration::HEADER));
        }
        return package;
    }
    let modules = [
        ("contract", contract::module(contract)),
        ("index", entries::index(contract)),
        ("server", entries::server()),
        ("testing", entries::testing(contract)),
        ("validators", entries::validators()),
    ];
    for (name, module) in
        modules.into_iter().chain(entries::frameworks(contract)).chain(contract::enums(contract).map(|module| ("enums", module)))
    {
        package.add(format!("{name}.{}", emit.declarations()), types(&module, emit));
        if emit == Emit::JavaScript {
            package.add(format!("{name}.js"), module.javascript());
        }
    }
    package.add("contract.json", entries::contract_json(contract));
    for (name, text) in runtime(emit) {
        package.add(format!("runtime/{name}"), *text);
    }
    package
}

/// The files of the runtime, in a language. What names a package that may not be there comes as a module with declarations in both.
fn runtime(emit: Emit) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let files = match emit {
        Emit::JavaScript => runtime::FILES,
        Emit::TypeScript => runtime::SOURCES,
    };
    let is_foreign = |name: &str| entries::FOREIGN.iter().any(|module| name.strip_prefix(module).is_some_and(|rest| rest.starts_with('.')));
    let foreign = runtime::FILES.iter().filter(move |(name, _)| emit == Emit::TypeScript && is_foreign(name));
    files.iter().filter(move |(name, _)| emit == Emit::JavaScript || !is_foreign(name)).chain(foreign)
}

/// A module with its types.
fn types(module: &declaration::Module, emit: Emit) -> String {
    match emit {
        Emit::JavaScript => module.declarations(),
        Emit::TypeScript => module.typescript(),
    }
}
