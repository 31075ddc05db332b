//! Where the inputs begin: everything in the repository that is of the kind.

use std::path::{Path, PathBuf};

use tidewire_schema::diagnostic::{Code, FrontEnd};

use super::targets::Target;

/// The inputs of a target, in an order that no file system decides.
pub(crate) fn of(target: Target) -> Vec<Vec<u8>> {
    match target {
        Target::Parser => [
            files("schema/tests/fixtures", &["yaml", "yml", "json"]),
            files("tests/package", &["yaml"]),
            examples(FrontEnd::File),
            snippets("yaml"),
        ]
        .concat(),
        Target::Module => [
            files("schema/tests/fixtures", &["rs"]),
            files("tests/compiler/ui", &["rs"]),
            files("examples/chat/src", &["rs"]),
            examples(FrontEnd::Module),
            snippets("rust"),
        ]
        .concat(),
        Target::Cursor => [
            "00c0ffee00c0ffee.12.1732153200000-0",
            "ffffffffffffffff.0.0-0",
            "0000000000000abc.18446744073709551614.18446744073709551614-18446744073709551614",
        ]
        .map(|text| text.as_bytes().to_vec())
        .to_vec(),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(folder: &str, extensions: &[&str]) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root().join(folder))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extensions.iter().any(|known| extension == *known)))
        .collect();
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read(path).ok()).filter(|bytes| bytes.len() < 20_000).collect()
}

fn examples(front_end: FrontEnd) -> Vec<Vec<u8>> {
    let of = |code: &Code| {
        code.examples().into_iter().filter(|example| example.front_end == front_end).map(|example| example.source.into_bytes())
    };
    Code::ALL.iter().flat_map(of).collect()
}

fn snippets(language: &str) -> Vec<Vec<u8>> {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap_or_default();
    let opening = format!("```{language}\n");
    readme.split(opening.as_str()).skip(1).filter_map(|behind| behind.split("\n```").next()).map(|text| text.as_bytes().to_vec()).collect()
}
