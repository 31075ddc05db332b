//! What can be written on the command line.

use std::path::PathBuf;

use clap::{Arg, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use serde::Deserialize;
use tidewire_schema::diagnostic::Code;

use super::report::Format;
use crate::{Emit, Form};

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

/// How the program is called, in every message that names a command.
#[derive(Clone, Copy)]
pub(super) enum Program {
    /// A package called `codegen`, of this workspace or of a user's.
    Codegen,
    /// The installed binary.
    Tidewire,
}

impl Program {
    const fn name(self) -> &'static str {
        match self {
            Self::Codegen => "codegen",
            Self::Tidewire => "tidewire",
        }
    }

    /// The command alone.
    pub(super) const fn bare(self) -> &'static str {
        match self {
            Self::Codegen => "cargo run -p codegen",
            Self::Tidewire => "tidewire",
        }
    }

    /// What stands before its arguments.
    pub(super) const fn with_arguments(self) -> &'static str {
        match self {
            Self::Codegen => "cargo run -p codegen --",
            Self::Tidewire => "tidewire",
        }
    }
}

/// Generates typed clients from event definitions.
///
/// Without a command it does what `gen` does: without options, that is every target of the nearest `tidewire.toml`.
#[derive(Parser)]
#[command(name = "codegen", version, args_conflicts_with_subcommands = true, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) generate: GenArguments,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Writes client packages and Rust modules; all targets of `tidewire.toml`, or the one that is named.
    Gen(GenArguments),
    /// Compares what was generated with the definitions and writes nothing. Exits with 3 if they differ.
    Check(CheckArguments),
    /// Writes definitions to begin with, from what is there already.
    Import {
        #[command(subcommand)]
        from: ImportCommand,
    },
    /// Says what the code of a message means, with an example and the reason; without a code it lists all of them.
    Explain {
        /// A code, such as TW0201.
        code: Option<Code>,
    },
}

#[derive(Args)]
#[group(skip)]
pub(super) struct GenArguments {
    #[command(flatten)]
    pub(super) target: TargetArguments,
    /// Overwrites files that were edited by hand, or that something else wrote.
    #[arg(long)]
    pub(super) force: bool,
    #[command(flatten)]
    pub(super) format: FormatArgument,
}

#[derive(Subcommand)]
pub(super) enum ImportCommand {
    /// From tables of a PostgreSQL database: a row type for each, and the events that the plugin `tidewire-postgres` makes of its changes.
    Postgres(PostgresArguments),
}

#[derive(Args)]
#[group(skip)]
pub(super) struct PostgresArguments {
    /// Where the database is: `postgres://user:password@host/database`. Unless given, what the environment variable `DATABASE_URL` says.
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,
    /// The schema that the tables are in.
    #[arg(long, value_name = "SCHEMA", default_value = "public")]
    pub(super) schema: String,
    /// A table, by its name as it is stored; of another schema as `schema.table`.
    #[arg(long = "table", value_name = "TABLE", num_args = 1.., required = true)]
    pub(super) tables: Vec<String>,
    /// What the contract is called.
    #[arg(long, value_name = "NAME", default_value = "records")]
    pub(super) name: String,
    /// What is written: rust is a module with `#[realtime_events]`, schema is a schema file.
    #[arg(long, value_name = "LANGUAGE", default_value = "rust", hide_possible_values = true)]
    pub(super) emit: Definitions,
    /// The file that is written; standard output unless given.
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Overwrites the file if it is there.
    #[arg(long, requires = "out")]
    pub(super) force: bool,
    #[command(flatten)]
    pub(super) format: FormatArgument,
}

/// The language of definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Definitions {
    Rust,
    Schema,
}

#[derive(Args)]
#[group(skip)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    pub(super) target: TargetArguments,
    #[command(flatten)]
    pub(super) format: FormatArgument,
}

#[derive(Args)]
#[group(skip)]
pub(super) struct FormatArgument {
    /// How problems are printed: text, json or github.
    #[arg(long, value_name = "FORMAT", default_value = "text", long_help = FORMATS, hide_possible_values = true)]
    pub(super) format: Format,
}

#[derive(Args)]
#[group(skip)]
pub(super) struct TargetArguments {
    /// A schema file (YAML or JSON).
    #[arg(long, value_name = "FILE", group = "input", requires = "output")]
    pub(super) schema: Option<PathBuf>,
    /// A Rust file with a `#[realtime_events]` module, or the files of items that `contract!` joins.
    #[arg(long, value_name = "FILE", num_args = 1.., group = "input", requires = "out")]
    pub(super) rust: Vec<PathBuf>,
    /// The folder of the client package.
    #[arg(long, value_name = "DIR", group = "output")]
    pub(super) out: Option<PathBuf>,
    /// The Rust module of a schema file.
    #[arg(long, value_name = "FILE", requires = "schema", conflicts_with = "rust", group = "output")]
    pub(super) rust_out: Option<PathBuf>,
    /// The language of the client package: js is JavaScript with declarations, ts is TypeScript sources.
    #[arg(long, value_name = "LANGUAGE", requires = "out", conflicts_with = "rust_out", default_value = "js", hide_possible_values = true)]
    pub(super) emit: Language,
    /// Makes a package of the contract's types, and of nothing else.
    #[arg(long, requires = "out", conflicts_with = "rust_out")]
    pub(super) types_only: bool,
}

/// The language of a package, as it is called on the command line and in `tidewire.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Language {
    #[default]
    Js,
    Ts,
}

impl Language {
    /// What a package is made of.
    pub(super) const fn form(self, types_only: bool) -> Form {
        let emit = match self {
            Self::Js => Emit::JavaScript,
            Self::Ts => Emit::TypeScript,
        };
        Form { emit, types_only }
    }
}

/// Reads the command line, or ends the program with what it should have been. With a compiled contract no file has to be named.
pub(super) fn read(program: Program, compiled: bool) -> Arguments {
    let needs_input = |out: Arg| if compiled { out } else { out.requires("input") };
    let mut command = Arguments::command().name(program.name()).bin_name(program.with_arguments()).mut_arg("out", needs_input);
    for name in ["gen", "check"] {
        command = command.mut_subcommand(name, |command| command.mut_arg("out", needs_input));
    }
    Arguments::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
}
