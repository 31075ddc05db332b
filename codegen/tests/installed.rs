//! The installed binary does what `cargo run -p codegen` does, under its own name.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use tidewire_codegen::{MANIFEST, client_package, source};

const EVENTS: &str = "realtime: 1\nname: demo\nevents: { said: { payload: { type: string } } }\n";

fn tidewire(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_tidewire")).current_dir(folder).args(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
}

#[test]
fn it_writes_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("events.yaml"), EVENTS).unwrap();
    let (code, said) = tidewire(folder.path(), &["gen", "--schema", "events.yaml", "--out", "client"]);
    assert_eq!(code, Some(0), "{said}");
    let package = client_package(&source::schema(EVENTS).0);
    for (path, text) in package.files() {
        assert_eq!(std::fs::read_to_string(folder.path().join("client").join(path)).unwrap(), text, "{path}");
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("client").join(MANIFEST)).unwrap(), package.manifest());
}

#[test]
fn commands_in_messages_are_its_own() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("events.yaml"), EVENTS).unwrap();
    let (code, said) = tidewire(folder.path(), &["check", "--schema", "events.yaml", "--out", "client"]);
    assert_eq!(code, Some(3));
    assert!(said.contains("run `tidewire gen --schema events.yaml --out client`"), "{said}");

    std::fs::write(folder.path().join("tidewire.toml"), "[[target]]\nschema = \"events.yaml\"\nout = \"client\"\n").unwrap();
    let (_, said) = tidewire(folder.path(), &["check"]);
    assert!(said.contains("run `tidewire`"), "{said}");

    std::fs::write(folder.path().join("events.yaml"), EVENTS.replace("events:", "event:")).unwrap();
    let (code, said) = tidewire(folder.path(), &[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("`tidewire explain TW0001` says more"), "{said}");
    assert!(tidewire(folder.path(), &["--help"]).1.contains("Usage: tidewire [OPTIONS]"));
}
