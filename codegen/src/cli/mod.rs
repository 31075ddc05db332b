//! The command line: `gen` writes packages, `check` compares them with the definitions, `explain` says what a code means.
//!
//! Exit codes: 0 fine, 1 the input has errors (nothing was written), 2 wrong command line, 3 `check` found output that is not what the definitions give,
//! 70 a bug in the generator.

mod config;
mod explain;
mod output;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tidewire_schema::diagnostic::Code;

use crate::{Package, client_package, source};
use config::Input;
pub use report::render;
use report::{Finding, Format, Place, Reporter, Source};

/// The input has errors.
const INPUT_ERRORS: u8 = 1;
/// `check` found differences.
const STALE: u8 = 3;
/// The generator failed in a way that is its own fault.
const BUG: u8 = 70;

/// How the program is called, in every message that names a command.
const PROGRAM: &str = "cargo run -p codegen --";

const EXIT_CODES: &str = "\
Exit codes:
  0   fine
  1   the input has errors; all of them were reported, and nothing was written
  2   wrong command line
  3   `check` found output that is not what the definitions give
  70  a bug in the generator";

const FORMATS: &str = "\
How problems are printed.

text: to standard error, with the lines they speak of.

json: one object a line, to standard output, and nothing else there:
  {\"code\":\"TW0201\",\"severity\":\"error\",\"message\":\"…\",\"help\":\"…\",\"labels\":[{\"file\":\"events.yaml\",
  \"bytes\":[95,107],\"line\":6,\"column\":26,\"endLine\":6,\"endColumn\":38,\"text\":\"…\"}],\"explain\":\"…\"}
`severity` is `error` or `warning`. The first label is the place that the message speaks of; what concerns no file has no labels, and what concerns a whole
file has neither `bytes` nor lines. Lines and columns begin at 1, columns count characters, the end is behind the last one. `help` may be absent.
`explain` is the command that says more. Keys may be added; nothing else changes.

github: annotations of a pull request, to standard output.";

/// Generates typed clients from event definitions.
///
/// Without a command it generates every target of the nearest `tidewire.toml`.
#[derive(Parser)]
#[command(name = "codegen", bin_name = PROGRAM, version, args_conflicts_with_subcommands = true, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    format: FormatArgument,
}

#[derive(Args)]
struct FormatArgument {
    /// How problems are printed: text, json or github.
    #[arg(long, value_name = "FORMAT", default_value = "text", long_help = FORMATS, hide_possible_values = true)]
    format: Format,
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
        #[command(flatten)]
        format: FormatArgument,
    },
    /// Compares client packages with the definitions and writes nothing. Exits with 3 if they differ.
    Check {
        #[command(flatten)]
        target: TargetArguments,
        #[command(flatten)]
        format: FormatArgument,
    },
    /// Says what the code of a message means, with an example and the reason; without a code it lists all of them.
    Explain {
        /// A code, such as TW0201.
        code: Option<Code>,
    },
}

#[derive(Args, Default)]
#[group(skip)]
struct TargetArguments {
    /// A schema file (YAML or JSON).
    #[arg(long, value_name = "FILE", group = "input", requires = "out")]
    schema: Option<PathBuf>,
    /// A Rust file with a `#[realtime_events]` module.
    #[arg(long, value_name = "FILE", group = "input", requires = "out")]
    rust: Option<PathBuf>,
    /// The folder of the client package.
    #[arg(long, value_name = "DIR", requires = "input")]
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

/// The whole program: reads the command line, runs it, and gives the exit code.
pub fn main() -> ExitCode {
    let Arguments { command, format } = Arguments::parse();
    let (target, check, force, format) = match command {
        None => (TargetArguments::default(), false, false, format),
        Some(Command::Gen { target, force, format }) => (target, false, force, format),
        Some(Command::Check { target, format }) => (target, true, false, format),
        Some(Command::Explain { code }) => {
            explain::run(code);
            return ExitCode::SUCCESS;
        }
    };
    let reporter = Reporter(format.format);
    match std::panic::catch_unwind(|| Run { reporter }.run(target, check, force)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(Failed(code))) => ExitCode::from(code),
        Err(_) => {
            let found = Finding::without_place(Code::Bug, "this is a bug in the generator, not in your definitions");
            reporter.report(&found.help("please report it with the message above and the input"));
            ExitCode::from(BUG)
        }
    }
}

/// One run of `gen` or `check`.
struct Run {
    reporter: Reporter,
}

impl Run {
    fn run(&self, target: TargetArguments, check: bool, force: bool) -> Result<(), Failed> {
        let targets = targets(target).map_err(|found| self.fail(&found))?;
        // Everything is generated before anything is written: an error in one input leaves all output as it was.
        let packages: Vec<Option<Package>> = targets.iter().map(|target| self.generate(&target.input)).collect();
        let packages: Vec<Package> = packages.into_iter().collect::<Option<_>>().ok_or(Failed(INPUT_ERRORS))?;
        let pairs = targets.iter().zip(&packages);
        if check { self.compare(pairs) } else { self.write(pairs, force) }
    }

    fn fail(&self, found: &Finding) -> Failed {
        self.reporter.report(found);
        Failed(INPUT_ERRORS)
    }

    fn generate(&self, input: &Input) -> Option<Package> {
        let path = input.path();
        let text = read(path).map_err(|found| self.fail(&found)).ok()?;
        let (contract, diagnostics) = match input {
            Input::Schema(_) => source::schema(&text),
            Input::Rust(_) => source::rust(&text),
        };
        let failed = diagnostics.has_errors();
        self.reporter.diagnostics(path, &text, diagnostics);
        (!failed).then(|| client_package(&contract))
    }

    fn write<'a>(&self, pairs: impl Iterator<Item = (&'a Target, &'a Package)>, force: bool) -> Result<(), Failed> {
        let mut refused = false;
        let mut plans = Vec::new();
        for (target, package) in pairs {
            match output::plan(&target.out, package) {
                Ok(plan) => {
                    refused |= !force && self.reporter.foreign(&target.out, &plan);
                    plans.push((target, plan));
                }
                Err(error) => {
                    self.fail(&cannot("read", &target.out, &error));
                    refused = true;
                }
            }
        }
        if refused {
            return Err(Failed(INPUT_ERRORS));
        }
        for (target, plan) in plans {
            output::apply(&target.out, &plan).map_err(|error| self.fail(&cannot("write", &target.out, &error)))?;
            self.reporter.written(&target.out, &plan);
        }
        Ok(())
    }

    fn compare<'a>(&self, pairs: impl Iterator<Item = (&'a Target, &'a Package)>) -> Result<(), Failed> {
        let mut stale = false;
        for (target, package) in pairs {
            let plan = output::plan(&target.out, package).map_err(|error| self.fail(&cannot("read", &target.out, &error)))?;
            stale |= self.reporter.stale(&target.out, &plan, &target.command);
        }
        if stale { Err(Failed(STALE)) } else { Ok(()) }
    }
}

fn targets(arguments: TargetArguments) -> Result<Vec<Target>, Finding> {
    let TargetArguments { schema, rust, out } = arguments;
    let input = match (schema, rust) {
        (Some(path), _) => Input::Schema(path),
        (None, Some(path)) => Input::Rust(path),
        (None, None) => return config::load(),
    };
    let out = out.unwrap_or_default();
    let command = format!("{PROGRAM} gen {} --out {}", input.flag(), shown(&out));
    Ok(vec![Target { input, out, command }])
}

/// Reads a text.
fn read(path: &Path) -> Result<String, Finding> {
    let bytes = std::fs::read(path).map_err(|error| cannot("read", path, &error))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        // What comes before the byte shows the line; what comes behind it is of no use.
        let before = String::from_utf8_lossy(&error.as_bytes()[..at]).into_owned() + "\u{fffd}";
        let place = Place { file: shown(path), part: Some((Source::new(before), at..at + 1)) };
        Finding::error(Code::Syntax, place, format!("this is not a text file: byte {at} is not UTF-8"))
            .help("save it as UTF-8; definitions are text")
    })
}

/// Something that the system refused.
fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Finding {
    let help = match (what, error.kind()) {
        (_, std::io::ErrorKind::NotFound) => "is the path right, seen from the folder in which the command runs?",
        ("read", _) => "it has to be a file that you may read",
        _ => "it has to be a folder that you may write into",
    };
    Finding::without_place(Code::Files, format!("cannot {what} {}: {error}", shown(path))).help(help)
}

/// A path as messages show it: with `/` on every system.
fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}
