//! The command line: `gen` writes packages, `check` compares them with the definitions, `import` writes definitions to begin with, `explain` says what a code means.
//!
//! Exit codes: 0 fine, 1 the input has errors (nothing was written), 2 wrong command line, 3 `check` found output that is not what the definitions give,
//! 70 a bug in the generator.

mod arguments;
mod config;
mod explain;
mod import;
mod output;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tidewire_schema::Contract;
use tidewire_schema::diagnostic::Code;

use crate::{Emit, Form, Package, client_package_as, rust, source};
use arguments::{Arguments, CheckArguments, Command, GenArguments, ImportCommand, Program, TargetArguments};
use config::Input;
#[cfg(feature = "build")]
pub(crate) use output::write as write_file;
pub use report::render;
use report::{Finding, Place, Reporter, Source};

/// The input has errors.
const INPUT_ERRORS: u8 = 1;
/// `check` found differences.
const STALE: u8 = 3;
/// The generator failed in a way that is its own fault.
const BUG: u8 = 70;

/// What is made of one definition.
struct Target {
    input: Input,
    outputs: Vec<Output>,
    /// The command that makes it, for messages.
    command: String,
}

/// One thing to be made, and where.
enum Output {
    /// A client package of a certain form, in a folder.
    Package(PathBuf, Form),
    /// The Rust module of a schema file.
    Module(PathBuf),
}

impl Output {
    fn path(&self) -> &Path {
        match self {
            Self::Package(path, _) | Self::Module(path) => path,
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

/// The whole program: reads the command line, runs it, and gives the exit code. Definitions are read from files.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     tidewire_codegen::cli::main()
/// }
/// ```
pub fn main() -> ExitCode {
    run(Program::Codegen, None)
}

/// The same, for a contract that was compiled: the `CONTRACT` of an events module.
///
/// This is all of the package `codegen` in a workspace whose crate `my_events` holds the module; cargo compiles the definitions before it runs, so what is
/// generated is what the service publishes. `--out DIR` then needs no `--rust` and no `--schema`, and neither does a target of `tidewire.toml`; files can
/// be named all the same.
///
/// ```no_run
/// # mod my_events { pub mod live { pub const CONTRACT: &str = ""; } }
/// fn main() -> std::process::ExitCode {
///     tidewire_codegen::cli::with(my_events::live::CONTRACT)
/// }
/// ```
pub fn with(contract: &str) -> ExitCode {
    run(Program::Codegen, Some(contract))
}

/// The same as [`main`], for the installed binary `tidewire`: messages that name a command call it by that name.
pub fn tidewire() -> ExitCode {
    run(Program::Tidewire, None)
}

fn run(program: Program, compiled: Option<&str>) -> ExitCode {
    let Arguments { command, generate } = arguments::read(program, compiled.is_some());
    let (target, check, force, format) = match command.unwrap_or(Command::Gen(generate)) {
        Command::Gen(GenArguments { target, force, format }) => (target, false, force, format),
        Command::Check(CheckArguments { target, format }) => (target, true, false, format),
        Command::Import { from: ImportCommand::Postgres(arguments) } => {
            let reporter = Reporter { format: arguments.format.format, program };
            return match import::postgres(reporter, &arguments) {
                Ok(()) => ExitCode::SUCCESS,
                Err(Failed(code)) => ExitCode::from(code),
            };
        }
        Command::Explain { code } => {
            explain::run(code);
            return ExitCode::SUCCESS;
        }
    };
    let reporter = Reporter { format: format.format, program };
    match std::panic::catch_unwind(|| Run { reporter, compiled }.run(target, check, force)) {
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
struct Run<'a> {
    reporter: Reporter,
    /// The contract that the program was compiled with, as JSON.
    compiled: Option<&'a str>,
}

impl Run<'_> {
    fn run(&self, target: TargetArguments, check: bool, force: bool) -> Result<(), Failed> {
        let targets = targets(target, self.reporter.program, self.compiled.is_some()).map_err(|found| self.fail(&found))?;
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
        let contract = match &target.input {
            Input::Compiled => self.compiled()?,
            files => self.read(files)?,
        };
        let make = |output: &Output| match output {
            Output::Package(out, form) => Some(Made::Package(out.clone(), client_package_as(&contract, *form))),
            Output::Module(out) => match rust::module(&contract, &rust::module_name(&contract)) {
                Ok(text) => Some(Made::Module(out.clone(), output::sealed(&text))),
                Err(error) => {
                    self.fail(&no_module(target.input.paths().first(), &error));
                    None
                }
            },
        };
        target.outputs.iter().map(make).collect()
    }

    /// The contract that the program was compiled with.
    fn compiled(&self) -> Option<Contract> {
        let read = serde_json::from_str(self.compiled.unwrap_or_default()).map_err(|error| {
            let found = Finding::without_place(Code::Syntax, format!("the compiled contract cannot be read: {error}"));
            self.fail(&found.help("hand over the `CONTRACT` of an events module, and use one version of `tidewire` and `tidewire-codegen`"))
        });
        read.ok()
    }

    /// The contract that files define.
    fn read(&self, input: &Input) -> Option<Contract> {
        let paths = input.paths();
        let texts: Option<Vec<String>> = paths.iter().map(|path| read(path).map_err(|found| self.fail(&found)).ok()).collect();
        let texts = texts?;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (contract, diagnostics) = match (input, texts.as_slice()) {
            (Input::Schema(_), [text, ..]) => {
                let (contract, diagnostics) = source::schema(text);
                (contract, diagnostics.map(|range| (0, range)))
            }
            (_, texts) => source::rust_files(texts),
        };
        let failed = diagnostics.has_errors();
        self.reporter.diagnostics(paths, &texts, diagnostics);
        (!failed).then_some(contract)
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
fn no_module(path: Option<&PathBuf>, error: &rust::Error) -> Finding {
    let message = error.to_string();
    let found = match path {
        Some(path) => Finding::error(Code::NoWireForm, Place::file(path), message),
        None => Finding::without_place(Code::NoWireForm, message),
    };
    found.help("the client package can be generated all the same: leave the Rust module out")
}

fn targets(arguments: TargetArguments, program: Program, compiled: bool) -> Result<Vec<Target>, Finding> {
    let TargetArguments { schema, rust, out, rust_out, emit, types_only } = arguments;
    let input = match schema {
        Some(path) => Input::Schema(path),
        None if !rust.is_empty() => Input::Rust(rust),
        None if out.is_some() => Input::Compiled,
        None => return config::load(program, compiled),
    };
    let form = emit.form(types_only);
    let path = |flag: &str, path: &Option<PathBuf>| path.as_ref().map(|path| format!("{flag} {}", shown(path)));
    let flags = [
        input.flag(),
        path("--out", &out),
        path("--rust-out", &rust_out),
        (form.emit == Emit::TypeScript).then(|| "--emit ts".to_owned()),
        types_only.then(|| "--types-only".to_owned()),
    ];
    let flags: String = flags.into_iter().flatten().map(|flag| format!(" {flag}")).collect();
    let command = format!("{} gen{flags}", program.with_arguments());
    let outputs = out.map(|path| Output::Package(path, form)).into_iter().chain(rust_out.map(Output::Module)).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiled_contract_of_another_version_is_no_contract() {
        let reporter = Reporter { format: report::Format::Text, program: Program::Codegen };
        let read = |compiled| Run { reporter, compiled: Some(compiled) }.compiled();
        assert!(read("").is_none() && read("{ \"name\": \"n\" }").is_none());
        let contract = r#"{ "name": "n", "types": [], "events": [], "channels": [] }"#;
        assert_eq!(read(contract).map(|contract| contract.name).as_deref(), Some("n"));
    }
}
