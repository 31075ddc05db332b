//! For build scripts: the Rust module of a schema file, made anew whenever the file changes.
//!
//! ```no_run
//! // build.rs
//! fn main() -> std::process::ExitCode {
//!     tidewire_codegen::build::module("events.yaml")
//! }
//! ```
//!
//! ```ignore
//! // src/main.rs, for a contract called `acme-live`
//! tidewire::include_events!("acme_live");
//! ```
//!
//! In `Cargo.toml` the generator stands under `[build-dependencies]`, with the feature `build`. Who would rather see the module in the repository generates it
//! from the command line: `gen --schema events.yaml --rust-out src/events.rs`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a build script speaks to cargo, and to whoever reads its errors")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fmt, io};

use tidewire_schema::diagnostic::Severity;

use crate::{cli, rust, source};

/// Writes the module of a schema file into `OUT_DIR`, for `tidewire::include_events!`, and tells cargo when to run the script again.
///
/// `schema` is relative to the package. The file is called like the contract, with `_` for `-`, and is only touched when its text changes. Warnings come out as cargo's.
/// Errors are printed in full, with the lines they speak of; then the exit code ends the build.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     tidewire_codegen::build::module("events.yaml")
/// }
/// ```
#[must_use = "the exit code tells cargo whether the build goes on"]
pub fn module(schema: impl AsRef<Path>) -> ExitCode {
    let schema = schema.as_ref();
    // A file that does not exist would make cargo run the script every time, but then there is nothing to build either.
    println!("cargo::rerun-if-changed={}", schema.display());
    let Some(out_dir) = std::env::var_os("OUT_DIR") else {
        eprintln!("there is no `OUT_DIR`: `tidewire_codegen::build` is for build scripts, which cargo runs");
        return ExitCode::FAILURE;
    };
    match write(schema, Path::new(&out_dir)) {
        Ok(Written { warnings, .. }) => {
            for warning in warnings {
                println!("cargo::warning={warning}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What [`write`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file with the module.
    pub path: PathBuf,
    /// Whether its text is another one than before.
    pub changed: bool,
    /// What the schema file does not quite say, one line each.
    pub warnings: Vec<String>,
}

/// Why there is no module.
#[derive(Debug)]
pub enum Error {
    /// A file could not be read or written: which one, and why.
    File(PathBuf, io::Error),
    /// The schema file has errors; the text shows all of them.
    Definitions(String),
    /// The contract has no form in Rust.
    Module(rust::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Definitions(text) => f.write_str(text),
            Self::Module(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

/// Writes the module of a schema file into a folder, and touches nothing if it is there already.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("tidewire-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let schema = folder.join("events.yaml");
/// std::fs::write(&schema, "realtime: 1\nname: acme-live\nevents: { ping: {} }\n")?;
/// let written = tidewire_codegen::build::write(&schema, &folder)?;
/// assert!(written.changed && written.path.ends_with("acme_live.rs"));
/// assert!(!tidewire_codegen::build::write(&schema, &folder)?.changed);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error`]: the schema file cannot be read or has errors, the contract has no Rust form, or the folder cannot be written. Nothing was written.
pub fn write(schema: &Path, folder: &Path) -> Result<Written, Error> {
    let text = std::fs::read_to_string(schema).map_err(|error| Error::File(schema.to_owned(), error))?;
    let (contract, diagnostics) = source::schema(&text);
    let shown = schema.display().to_string();
    if diagnostics.has_errors() {
        return Err(Error::Definitions(cli::render(&shown, &text, &diagnostics)));
    }
    let warnings = diagnostics.iter().filter(|found| found.severity == Severity::Warning);
    let warnings = warnings.map(|found| {
        let line = found.labels.first().map_or(1, |label| text[..label.place.start].matches('\n').count() + 1);
        format!("{shown}:{line}: [{}] {}", found.code, found.message)
    });
    let name = rust::module_name(&contract);
    let module = rust::module(&contract, &name).map_err(Error::Module)?;
    let path = folder.join(format!("{name}.rs"));
    // Editors watch this file: writing the same text again would make them start anew.
    let changed = std::fs::read_to_string(&path).ok().as_ref() != Some(&module);
    if changed {
        cli::write_file(&path, &module).map_err(|error| Error::File(path.clone(), error))?;
    }
    Ok(Written { path, changed, warnings: warnings.collect() })
}
