//! `tidewire.toml`: the targets that a bare command generates.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use tidewire_schema::diagnostic::Code;

use super::{Finding, Place, Source, Target, cannot, read, shown};

/// The name of the file.
const NAME: &str = "tidewire.toml";

/// Where definitions stand.
pub(super) enum Input {
    /// A schema file.
    Schema(PathBuf),
    /// A Rust file.
    Rust(PathBuf),
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
    rust: Option<PathBuf>,
    out: PathBuf,
}

impl Input {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Schema(path) | Self::Rust(path) => path,
        }
    }

    /// The option that names it on the command line.
    pub(super) fn flag(&self) -> String {
        match self {
            Self::Schema(path) => format!("--schema {}", shown(path)),
            Self::Rust(path) => format!("--rust {}", shown(path)),
        }
    }
}

/// The targets of the nearest `tidewire.toml`, in this folder or above it.
pub(super) fn load() -> Result<Vec<Target>, Finding> {
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
        Finding::error(Code::Config, place, error.message()).help("a target has `out`, and `rust` or `schema`")
    })?;
    if config.target.is_empty() {
        let found = Finding::error(Code::NoTarget, Place::file(&path), format!("`{NAME}` names no target"));
        return Err(found.help("add `[[target]]` with `rust` or `schema`, and `out`"));
    }
    config.target.into_iter().map(|target| to_target(&base, target)).collect()
}

fn to_target(base: &Path, target: ConfigTarget) -> Result<Target, Finding> {
    let input = match (target.schema, target.rust) {
        (Some(path), None) => Input::Schema(base.join(path)),
        (None, Some(path)) => Input::Rust(base.join(path)),
        (both, _) => {
            let names = if both.is_some() { "both `rust` and `schema`" } else { "neither `rust` nor `schema`" };
            let message = format!("the target `{}` names {names}", shown(&target.out));
            return Err(
                Finding::error(Code::Config, Place::file(&base.join(NAME)), message).help("a package has one definition: keep one of them")
            );
        }
    };
    Ok(Target { input, out: base.join(target.out), command: "cargo run -p codegen".to_owned() })
}
