//! A `codegen` package that was handed the compiled contract gives what the definitions give, and needs no name of a file.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use tidewire_codegen::{MANIFEST, Package, client_package, source};

fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_own-codegen")).current_dir(folder).args(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
}

/// What the same module gives as a file.
fn expected() -> Package {
    let (contract, diagnostics) = source::rust(include_str!("../src/lib.rs"));
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    client_package(&contract)
}

#[track_caller]
fn assert_holds(folder: &Path, package: &Package) {
    for (path, text) in package.files() {
        assert_eq!(std::fs::read_to_string(folder.join(path)).unwrap(), text, "{path}");
    }
    assert_eq!(std::fs::read_to_string(folder.join(MANIFEST)).unwrap(), package.manifest());
}

#[test]
fn an_output_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["--out", "bare"][..], &["gen", "--out", "named"]] {
        let (code, said) = run(folder.path(), arguments);
        assert_eq!(code, Some(0), "{said}");
        assert_holds(&folder.path().join(arguments.last().unwrap()), &expected());
    }
    assert_eq!(run(folder.path(), &["check", "--out", "bare"]).0, Some(0));

    let (code, said) = run(folder.path(), &["check", "--out", "bare", "--types-only"]);
    assert_eq!(code, Some(3));
    assert!(said.contains("run `cargo run -p codegen -- gen --out bare --types-only`"), "{said}");
}

#[test]
fn a_target_without_a_definition_is_made_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("events.yaml", "realtime: 1\nname: other\nevents: { heard: {} }\n");
    write("tidewire.toml", "[[target]]\nout = \"own\"\n\n[[target]]\nschema = \"events.yaml\"\nout = \"other\"\n");
    let (code, said) = run(folder.path(), &[]);
    assert_eq!(code, Some(0), "{said}");
    assert_holds(&folder.path().join("own"), &expected());
    assert_holds(&folder.path().join("other"), &client_package(&source::schema("realtime: 1\nname: other\nevents: { heard: {} }\n").0));

    write("tidewire.toml", "[[target]]\nrust-out = \"own.rs\"\n");
    let (code, said) = run(folder.path(), &[]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("TW0605") && said.contains("the target of `the compiled contract` makes a Rust module of a Rust module"),
        "{said}"
    );
}

#[test]
fn files_can_be_named_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("events.rs"), include_str!("../src/lib.rs").replace("\"own\"", "\"other\"")).unwrap();
    assert_eq!(run(folder.path(), &["--rust", "events.rs", "--out", "client"]).0, Some(0));
    assert!(std::fs::read_to_string(folder.path().join("client/package.json")).unwrap().contains("\"other\""));
    assert_eq!(run(folder.path(), &["--rust-out", "own.rs"]).0, Some(2));
}
