//! The arrows of ARCHITECTURE.md, held against `cargo metadata`: who may depend on whom.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// For each package of the workspace what it may depend on inside the workspace. Only an example, and nobody else, is not named here.
const ALLOWED: [(&str, &[&str]); 11] = [
    ("tidewire-schema", &[]),
    ("tidewire-macros", &["tidewire-schema"]),
    ("tidewire-codegen", &["tidewire-schema"]),
    ("codegen", &["tidewire-codegen"]),
    ("tidewire", &["tidewire-macros", "tidewire-schema"]),
    ("tidewire-metrics", &["tidewire"]),
    ("tidewire-webhook", &["tidewire"]),
    ("compiler-tests", &["tidewire"]),
    ("own-codegen", &["tidewire", "tidewire-codegen"]),
    ("tidewire-postgres", &["tidewire", "tidewire-schema"]),
    ("tests", &["chat", "codegen", "tidewire", "tidewire-codegen", "tidewire-macros", "tidewire-metrics", "tidewire-schema"]),
];

#[test]
fn nobody_depends_on_a_room_above() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let members: BTreeSet<String> = metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    let mut seen = 0;
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let in_examples = package.manifest_path.as_str().contains("/examples/");
        let allowed = if in_examples {
            &["reception", "tidewire", "tidewire-postgres"][..]
        } else {
            allowed.get(name).copied().unwrap_or_else(|| panic!("{name} has no arrows: add it here and to ARCHITECTURE.md"))
        };
        for dependency in package.dependencies.iter().filter(|dependency| members.contains(&dependency.name)) {
            // A `build.rs` runs the generator; what it builds does not contain it.
            let builds = in_examples && dependency.kind == DependencyKind::Build && dependency.name == "tidewire-codegen";
            // Its tests hold what `import postgres` writes to what the plugin takes.
            let tests =
                name == "tidewire-postgres" && dependency.kind == DependencyKind::Development && dependency.name == "tidewire-codegen";
            assert!(
                builds || tests || allowed.contains(&dependency.name.as_str()),
                "{name} depends on {}, and no arrow says so",
                dependency.name
            );
            seen += 1;
        }
    }
    assert!(seen >= 5, "the workspace was not read");
}

#[test]
fn the_runtime_and_the_macros_take_what_they_need_of_the_schema_and_no_more() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let features = |package: &str| -> Vec<String> {
        let package = metadata.packages.iter().find(|found| found.name.as_str() == package).unwrap();
        let dependency =
            package.dependencies.iter().find(|found| found.name == "tidewire-schema" && found.kind == DependencyKind::Normal).unwrap();
        assert!(!dependency.uses_default_features);
        dependency.features.clone()
    };
    assert_eq!(features("tidewire"), ["check"]);
    assert_eq!(features("tidewire-macros"), ["parse-rust"]);
}

/// What shapes types from schemas costs more to build than the rest of the generator: a service that writes its events in Rust never pays for it.
#[test]
fn only_the_generator_knows_typify() {
    let metadata = MetadataCommand::new().exec().unwrap();
    let resolve = metadata.resolve.as_ref().unwrap();
    let name_of = |id: &cargo_metadata::PackageId| metadata[id].name.to_string();
    for root in ["tidewire", "tidewire-macros"] {
        let mut open: Vec<_> =
            metadata.packages.iter().filter(|package| package.name.as_str() == root).map(|package| &package.id).collect();
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let node = resolve.nodes.iter().find(|node| node.id == *id).unwrap();
            let needed = node.deps.iter().filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development));
            open.extend(needed.map(|dep| &dep.pkg));
        }
        let names: BTreeSet<String> = seen.into_iter().map(name_of).collect();
        assert!(names.contains("tidewire-schema"), "the graph was not read");
        for heavy in ["typify", "typify-impl", "schemars", "prettyplease", "tidewire-codegen"] {
            assert!(!names.contains(heavy), "{root} pulls {heavy}");
        }
    }
}
