//! The command line: `gen` writes packages, `check` compares them with the definitions.
//!
//! Exit codes: 0 fine, 1 the input has errors (nothing was written), 2 wrong command line, 3 `check` found output that is not what the definitions give,
//! 70 a bug in the generator.

mod config;
mod output;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::{Package, client_package, source};
use config::Input;

/// The input has errors.
const INPUT_ERRORS: u8 = 1;
/// `check` found differences.
const STALE: u8 = 3;
/// The generator failed in a way that is its own fault.
const BUG: u8 = 70;

/// Generates typed clients from event definitions.
///
/// Without a command it generates every target of the nearest `tidewire.toml`.
#[derive(Parser)]
#[command(name = "codegen", bin_name = "cargo run -p codegen --", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Writes client packages; all targets of `tidewire.toml`, or the one that is named.
    Gen {
        #[command(flatten)]
        target: TargetArguments,
        /// Overwrites files that were edited by hand, or that something else wrote.
        #[arg(long)]
        force: bool,
    },
    /// Compares client packages with the definitions and writes nothing. Exits with 3 if they differ.
    Check {
        #[command(flatten)]
        target: TargetArguments,
    },
}

#[derive(Args, Default)]
struct TargetArguments {
    /// A schema file (YAML or JSON).
    #[arg(long, value_name = "FILE", requires = "out", conflicts_with = "rust")]
    schema: Option<PathBuf>,
    /// A Rust file with a `#[realtime_events]` module.
    #[arg(long, value_name = "FILE", requires = "out")]
    rust: Option<PathBuf>,
    /// The folder of the client package.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// One package to be made: from where, to where.
struct Target {
    input: Input,
    out: PathBuf,
    /// The command that makes it, for messages.
    command: String,
}

/// Why a run ends without success. What there is to say has been said.
struct Failed(u8);

/// Reads the command line of this process, does what it says, and returns the exit code. A panic becomes exit code 70 with a request to report it.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match std::panic::catch_unwind(|| run(arguments)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(Failed(code))) => ExitCode::from(code),
        Err(_) => {
            report::error(
                "this is a bug in the generator, not in your definitions",
                Some("please report it with the message above and the input"),
            );
            ExitCode::from(BUG)
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failed> {
    let (target, check, force) = match arguments.command {
        None => (TargetArguments::default(), false, false),
        Some(Command::Gen { target, force }) => (target, false, force),
        Some(Command::Check { target }) => (target, true, false),
    };
    let targets = targets(target)?;
    // Everything is generated before anything is written: an error in one input leaves all output as it was.
    let packages: Vec<Option<Package>> = targets.iter().map(|target| generate(&target.input)).collect();
    let packages: Vec<Package> = packages.into_iter().collect::<Option<_>>().ok_or(Failed(INPUT_ERRORS))?;
    let pairs = targets.iter().zip(&packages);
    if check { compare(pairs) } else { write(pairs, force) }
}

fn targets(arguments: TargetArguments) -> Result<Vec<Target>, Failed> {
    let TargetArguments { schema, rust, out } = arguments;
    let input = match (schema, rust) {
        (Some(path), _) => Input::Schema(path),
        (None, Some(path)) => Input::Rust(path),
        (None, None) if out.is_some() => {
            report::error("`--out` needs an input", Some("add `--schema FILE` or `--rust FILE`"));
            return Err(Failed(2));
        }
        (None, None) => return config::load().map_err(|()| Failed(INPUT_ERRORS)),
    };
    let out = out.unwrap_or_default();
    let command = format!("cargo run -p codegen -- gen {} --out {}", input.flag(), out.display());
    Ok(vec![Target { input, out, command }])
}

fn generate(input: &Input) -> Option<Package> {
    let path = input.path();
    let text = match std::fs::read(path).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => {
            report::error(
                &format!("{}: this is not a text file: byte {} is not UTF-8", path.display(), error.utf8_error().valid_up_to()),
                None,
            );
            return None;
        }
        Err(error) => {
            report::error(&format!("cannot read {}: {error}", path.display()), None);
            return None;
        }
    };
    let (contract, diagnostics) = match input {
        Input::Schema(_) => source::schema(&text),
        Input::Rust(_) => source::rust(&text),
    };
    report::diagnostics(path, &text, &diagnostics);
    (!diagnostics.has_errors()).then(|| client_package(&contract))
}

fn write<'a>(pairs: impl Iterator<Item = (&'a Target, &'a Package)> + Clone, force: bool) -> Result<(), Failed> {
    let plans: Vec<_> = pairs.map(|(target, package)| (target, output::plan(&target.out, package))).collect();
    let mut refused = false;
    for (target, plan) in &plans {
        match plan {
            Ok(plan) if !force => refused |= report::foreign(&target.out, plan),
            Ok(_) => {}
            Err(error) => {
                report::error(&format!("cannot read {}: {error}", target.out.display()), None);
                refused = true;
            }
        }
    }
    if refused {
        return Err(Failed(INPUT_ERRORS));
    }
    for (target, plan) in plans.iter().filter_map(|(target, plan)| plan.as_ref().ok().map(|plan| (target, plan))) {
        match output::apply(&target.out, plan) {
            Ok(()) => report::written(&target.out, plan),
            Err(error) => {
                report::error(&format!("cannot write {}: {error}", target.out.display()), None);
                return Err(Failed(INPUT_ERRORS));
            }
        }
    }
    Ok(())
}

fn compare<'a>(pairs: impl Iterator<Item = (&'a Target, &'a Package)>) -> Result<(), Failed> {
    let mut stale = false;
    for (target, package) in pairs {
        match output::plan(&target.out, package) {
            Ok(plan) => stale |= report::stale(&target.out, &plan, &target.command),
            Err(error) => {
                report::error(&format!("cannot read {}: {error}", target.out.display()), None);
                return Err(Failed(INPUT_ERRORS));
            }
        }
    }
    if stale { Err(Failed(STALE)) } else { Ok(()) }
}

/// A path as messages show it: with `/` on every system.
fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}
