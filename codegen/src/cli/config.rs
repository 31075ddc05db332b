//! `tidewire.toml`: the targets that a bare command generates.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Target, report, shown};

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

/// The targets of the nearest `tidewire.toml`, in this folder or above it. `Err` after a report.
pub(super) fn load() -> Result<Vec<Target>, ()> {
    let here = std::env::current_dir().map_err(|error| report::error(&format!("cannot tell the current folder: {error}"), None))?;
    let Some(path) = here.ancestors().map(|folder| folder.join(NAME)).find(|path| path.is_file()) else {
        let help = "write one with `[[target]]`, `rust = \"src/events.rs\"` and `out = \"web/realtime\"`, or name a target: `gen --rust FILE --out DIR`";
        report::error(&format!("there is no `{NAME}` in this folder or above it"), Some(help));
        return Err(());
    };
    let text = std::fs::read_to_string(&path).map_err(|error| report::error(&format!("cannot read {}: {error}", path.display()), None))?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    // Messages are shorter, and the same on every machine, when the file lies right here.
    let base = if folder == here { PathBuf::new() } else { folder };
    let config: Config = toml::from_str(&text).map_err(|error| report::toml(&base.join(NAME), &text, &error))?;
    if config.target.is_empty() {
        report::error(&format!("{NAME} names no target"), Some("add `[[target]]` with `rust` or `schema`, and `out`"));
        return Err(());
    }
    config.target.into_iter().map(|target| to_target(&base, target)).collect()
}

fn to_target(base: &Path, target: ConfigTarget) -> Result<Target, ()> {
    let input = match (target.schema, target.rust) {
        (Some(path), None) => Input::Schema(base.join(path)),
        (None, Some(path)) => Input::Rust(base.join(path)),
        _ => {
            report::error(&format!("{NAME}: the target `{}` needs exactly one of `rust` and `schema`", shown(&target.out)), None);
            return Err(());
        }
    };
    Ok(Target { input, out: base.join(target.out), command: "cargo run -p codegen".to_owned() })
}
