//! `tidewire.toml`: the targets that a bare command generates.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use tidewire_schema::diagnostic::Code;

use super::arguments::{Language, Program};
use super::{Finding, Output, Place, Source, Target, cannot, read, shown};

/// The name of the file.
const NAME: &str = "tidewire.toml";

/// Where definitions stand.
pub(super) enum Input {
    /// A schema file.
    Schema(PathBuf),
    /// A Rust file, or several whose items `contract!` joins.
    Rust(Vec<PathBuf>),
    /// In the program itself.
    Compiled,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    target: Vec<ConfigTarget>,
}

/// One `[[target]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigTarget {
    schema: Option<PathBuf>,
    rust: Option<Paths>,
    out: Option<PathBuf>,
    #[serde(rename = "rust-out")]
    rust_out: Option<PathBuf>,
    emit: Option<Language>,
    #[serde(rename = "types-only")]
    types_only: Option<bool>,
}

/// One path, or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Paths {
    One(PathBuf),
    Several(Vec<PathBuf>),
}

impl Paths {
    fn into_list(self, base: &Path) -> Vec<PathBuf> {
        match self {
            Self::One(path) => vec![base.join(path)],
            Self::Several(paths) => paths.into_iter().map(|path| base.join(path)).collect(),
        }
    }
}

impl Input {
    pub(super) fn paths(&self) -> &[PathBuf] {
        match self {
            Self::Schema(path) => std::slice::from_ref(path),
            Self::Rust(paths) => paths,
            Self::Compiled => &[],
        }
    }

    /// What messages call the whole.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Compiled => "the compiled contract".to_owned(),
            files => files.paths().iter().map(|path| shown(path)).collect::<Vec<_>>().join(" "),
        }
    }

    /// The option that names it on the command line.
    pub(super) fn flag(&self) -> Option<String> {
        match self {
            Self::Schema(path) => Some(format!("--schema {}", shown(path))),
            Self::Rust(_) => Some(format!("--rust {}", self.shown())),
            Self::Compiled => None,
        }
    }
}

/// The targets of the nearest `tidewire.toml`, in this folder or above it. What names no definition is made of the compiled contract, where there is one.
pub(super) fn load(program: Program, compiled: bool) -> Result<Vec<Target>, Finding> {
    let here = std::env::current_dir().map_err(|error| cannot("read", Path::new("."), &error))?;
    let Some(path) = here.ancestors().map(|folder| folder.join(NAME)).find(|path| path.is_file()) else {
        let help = "write one with `[[target]]`, `rust = \"src/events.rs\"` and `out = \"web/realtime\"`, or name a target: `gen --rust FILE --out DIR`";
        return Err(Finding::without_place(Code::NoTarget, format!("there is no `{NAME}` in this folder or above it")).help(help));
    };
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    // Messages are shorter, and the same on every machine, when the file lies right here.
    let base = if folder == here { PathBuf::new() } else { folder };
    let path = base.join(NAME);
    let text = read(&path)?;
    let config: Config = toml::from_str(&text).map_err(|error| {
        let place = Place { file: shown(&path), part: Some((Source::new(text.as_str()), error.span().unwrap_or_default())) };
        Finding::error(Code::Config, place, error.message()).help("a target has `rust` or `schema`, and `out` or `rust-out`")
    })?;
    if config.target.is_empty() {
        let found = Finding::error(Code::NoTarget, Place::file(&path), format!("`{NAME}` names no target"));
        return Err(found.help("add `[[target]]` with `rust` or `schema`, and `out`"));
    }
    config.target.into_iter().map(|target| to_target(&base, target, program, compiled)).collect()
}

fn to_target(base: &Path, target: ConfigTarget, program: Program, compiled: bool) -> Result<Target, Finding> {
    let wrong = |message: String, help: &str| Finding::error(Code::Config, Place::file(&base.join(NAME)), message).help(help);
    let form = target.emit.unwrap_or_default().form(target.types_only.unwrap_or_default());
    let says_form = target.emit.is_some() || target.types_only.is_some();
    let outputs: Vec<Output> = target
        .out
        .map(|path| Output::Package(base.join(path), form))
        .into_iter()
        .chain(target.rust_out.map(|path| Output::Module(base.join(path))))
        .collect();
    let first = outputs.first().map(|output| shown(output.path())).unwrap_or_default();
    let input = match (target.schema, target.rust) {
        (Some(path), None) => Input::Schema(base.join(path)),
        (None, Some(paths)) => Input::Rust(paths.into_list(base)),
        (None, None) if compiled => Input::Compiled,
        (both, _) => {
            let names = if both.is_some() { "both `rust` and `schema`" } else { "neither `rust` nor `schema`" };
            return Err(wrong(format!("the target `{first}` names {names}"), "a contract has one definition: keep one of them"));
        }
    };
    if outputs.is_empty() {
        let message = format!("the target of `{}` has no output", input.shown());
        return Err(wrong(message, "add `out` for a client package, or `rust-out` for the Rust module of a schema file"));
    }
    if says_form && !outputs.iter().any(|output| matches!(output, Output::Package(..))) {
        let message = format!("the target of `{}` says what its client package is made of, and has none", input.shown());
        return Err(wrong(message, "`emit` and `types-only` go with `out`"));
    }
    if !matches!(input, Input::Schema(_)) && outputs.iter().any(|output| matches!(output, Output::Module(_))) {
        let message = format!("the target of `{}` makes a Rust module of a Rust module", input.shown());
        return Err(wrong(message, "`rust-out` goes with `schema`; leave it out"));
    }
    Ok(Target { input, outputs, command: program.bare().to_owned() })
}
