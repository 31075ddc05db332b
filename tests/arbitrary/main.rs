//! Arbitrary input for everything that reads what strangers write: `parser` (schema files), `module` (Rust modules) and `cursor`.
//!
//! ```sh
//! cargo run --release -p tests --example arbitrary -- --seconds 600 --seed 7 parser
//! ```
//!
//! It needs no nightly compiler: inputs are mutations of a corpus (the fixtures, the README, and every example of every explanation), and those that
//! get an answer of a new kind join the corpus. The same seed and the same number of inputs give the same run. A panic is caught, made as small as
//! possible and printed; an input that takes longer than a second is a finding as well. The process works in a child, so that a stack overflow or an
//! endless loop is one too: the input at fault lies in the file that the last message names.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program")]

mod corpus;
mod driver;
mod mutation;
mod random;
mod targets;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use driver::Limit;
use targets::Target;

const USAGE: &str = "usage: arbitrary [--seconds N | --inputs N] [--seed N] [--replay FILE] parser|module|cursor";

struct Arguments {
    target: Target,
    seed: u64,
    limit: Limit,
    replay: Option<PathBuf>,
    /// The file in which a worker keeps the input that it is about to try.
    worker: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Some(arguments) = arguments() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match &arguments.worker {
        Some(current) => work(&arguments, current),
        None => supervise(&arguments),
    }
}

fn arguments() -> Option<Arguments> {
    let mut target = None;
    let (mut seed, mut limit, mut replay, mut worker) = (1, Limit::Time(Duration::from_secs(60)), None, None);
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--seconds" => limit = Limit::Time(Duration::from_secs(given.next()?.parse().ok()?)),
            "--inputs" => limit = Limit::Inputs(given.next()?.parse().ok()?),
            "--seed" => seed = given.next()?.parse().ok()?,
            "--replay" => replay = Some(given.next()?.into()),
            "--worker" => worker = Some(given.next()?.into()),
            name => target = Some(Target::named(name)?),
        }
    }
    Some(Arguments { target: target?, seed, limit, replay, worker })
}

/// Runs the worker, and says so where it died without a word.
fn supervise(arguments: &Arguments) -> ExitCode {
    let current = std::env::temp_dir().join(format!("tidewire-arbitrary-{}-{}", arguments.target.name(), std::process::id()));
    let Ok(program) = std::env::current_exe() else { return ExitCode::FAILURE };
    let status = Command::new(program).args(std::env::args_os().skip(1)).arg("--worker").arg(&current).status();
    match status.map(|status| status.code()) {
        Ok(Some(0)) => {
            // Left behind, it would be taken for a finding.
            let _ = std::fs::remove_file(&current);
            ExitCode::SUCCESS
        }
        Ok(Some(1)) => ExitCode::FAILURE,
        _ => {
            eprintln!("the process died; the input is in {}", current.display());
            ExitCode::FAILURE
        }
    }
}

fn work(arguments: &Arguments, current: &std::path::Path) -> ExitCode {
    let target = arguments.target;
    if let Some(file) = &arguments.replay {
        return match std::fs::read(file) {
            Ok(bytes) => {
                println!("{:?}", target.answer(&bytes));
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("cannot read {}: {error}", file.display());
                ExitCode::from(2)
            }
        };
    }
    match driver::run(target, arguments.seed, arguments.limit, Some(current)) {
        Ok(report) => {
            println!("{report}");
            if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("cannot write {}: {error}", current.display());
            ExitCode::from(2)
        }
    }
}
