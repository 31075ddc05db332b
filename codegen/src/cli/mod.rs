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

use crate::{Package, client_package, rust, source};
use config::Input;
#[cfg(feature = "build")]
pub(crate) use output::write as write_file;
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
    /// Writes client packages and Rust modules; all targets of `tidewire.toml`, or the one that is named.
    Gen {
        #[command(flatten)]
        target: TargetArguments,
        /// Overwrites files that were edited by hand, or that something else wrote.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        format: FormatArgument,
    },
    /// Compares what was generated with the definitions and writes nothing. Exits with 3 if they differ.
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
    #[arg(long, value_name = "FILE", group = "input", requires = "output")]
    schema: Option<PathBuf>,
    /// A Rust file with a `#[realtime_events]` module, or the files of items that `contract!` joins.
    #[arg(long, value_name = "FILE", num_args = 1.., group = "input", requires = "out")]
    rust: Vec<PathBuf>,
    /// The folder of the client package.
    #[arg(long, value_name = "DIR", requires = "input", group = "output")]
    out: Option<PathBuf>,
    /// The Rust module of a schema file.
    #[arg(long, value_name = "FILE", requires = "schema", conflicts_with = "rust", group = "output")]
    rust_out: Option<PathBuf>,
}

/// What is made of one definition.
struct Target {
    input: Input,
    outputs: Vec<Output>,
    /// The command that makes it, for messages.
    command: String,
}

/// One thing to be made, and where.
enum Output {
    /// A client package, in a folder.
    Package(PathBuf),
    /// The Rust module of a schema file.
    Module(PathBuf),
}

impl Output {
    fn path(&self) -> &Path {
        match self {
            Self::Package(path) | Self::Module(path) => path,
        }
    }
}

/// One thing that was made.
enum Made {
    Package(PathBuf, Package),
    Module(PathBuf, String),
}

impl Made {
    fn path(&self) -> &Path {
        match self {
            Self::Package(path, _) | Self::Module(path, _) => path,
        }
    }

    fn plan(&self) -> std::io::Result<output::Plan<'_>> {
        match self {
            Self::Package(out, package) => output::plan(out, package),
            Self::Module(path, text) => output::plan_file(path, text),
        }
    }
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
        let made: Vec<Option<Vec<Made>>> = targets.iter().map(|target| self.generate(target)).collect();
        let made: Vec<Vec<Made>> = made.into_iter().collect::<Option<_>>().ok_or(Failed(INPUT_ERRORS))?;
        let pairs = targets.iter().zip(&made).flat_map(|(target, made)| made.iter().map(move |made| (target, made)));
        if check { self.compare(pairs) } else { self.write(pairs, force) }
    }

    fn fail(&self, found: &Finding) -> Failed {
        self.reporter.report(found);
        Failed(INPUT_ERRORS)
    }

    fn generate(&self, target: &Target) -> Option<Vec<Made>> {
        let paths = target.input.paths();
        let texts: Option<Vec<String>> = paths.iter().map(|path| read(path).map_err(|found| self.fail(&found)).ok()).collect();
        let texts = texts?;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (contract, diagnostics) = match (&target.input, texts.as_slice()) {
            (Input::Schema(_), [text, ..]) => {
                let (contract, diagnostics) = source::schema(text);
                (contract, diagnostics.map(|range| (0, range)))
            }
            (_, texts) => source::rust_files(texts),
        };
        let failed = diagnostics.has_errors();
        self.reporter.diagnostics(paths, &texts, diagnostics);
        if failed {
            return None;
        }
        let make = |output: &Output| match output {
            Output::Package(out) => Some(Made::Package(out.clone(), client_package(&contract))),
            Output::Module(out) => match rust::module(&contract, &rust::module_name(&contract)) {
                Ok(text) => Some(Made::Module(out.clone(), output::sealed(&text))),
                Err(error) => {
                    self.fail(&no_module(&paths[0], &error));
                    None
                }
            },
        };
        target.outputs.iter().map(make).collect()
    }

    fn write<'a>(&self, pairs: impl Iterator<Item = (&'a Target, &'a Made)>, force: bool) -> Result<(), Failed> {
        let mut refused = false;
        let mut plans = Vec::new();
        for (_, made) in pairs {
            match made.plan() {
                Ok(plan) => {
                    refused |= !force && self.reporter.foreign(&plan);
                    plans.push(plan);
                }
                Err(error) => {
                    self.fail(&cannot("read", made.path(), &error));
                    refused = true;
                }
            }
        }
        if refused {
            return Err(Failed(INPUT_ERRORS));
        }
        for plan in plans {
            output::apply(&plan).map_err(|error| self.fail(&cannot("write", &plan.label, &error)))?;
            self.reporter.written(&plan);
        }
        Ok(())
    }

    fn compare<'a>(&self, pairs: impl Iterator<Item = (&'a Target, &'a Made)>) -> Result<(), Failed> {
        let mut stale = false;
        for (target, made) in pairs {
            let plan = made.plan().map_err(|error| self.fail(&cannot("read", made.path(), &error)))?;
            stale |= self.reporter.stale(&plan, &target.command);
        }
        if stale { Err(Failed(STALE)) } else { Ok(()) }
    }
}

/// A contract that Rust has no words for.
fn no_module(path: &Path, error: &rust::Error) -> Finding {
    Finding::error(Code::NoWireForm, Place::file(path), error.to_string())
        .help("the client package can be generated all the same: leave the Rust module out")
}

fn targets(arguments: TargetArguments) -> Result<Vec<Target>, Finding> {
    let TargetArguments { schema, rust, out, rust_out } = arguments;
    let input = match schema {
        Some(path) => Input::Schema(path),
        None if rust.is_empty() => return config::load(),
        None => Input::Rust(rust),
    };
    let flags = [("--out", &out), ("--rust-out", &rust_out)];
    let flags = flags.into_iter().filter_map(|(flag, path)| Some(format!(" {flag} {}", shown(path.as_ref()?)))).collect::<String>();
    let command = format!("{PROGRAM} gen {}{flags}", input.flag());
    let outputs = out.map(Output::Package).into_iter().chain(rust_out.map(Output::Module)).collect();
    Ok(vec![Target { input, outputs, command }])
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
