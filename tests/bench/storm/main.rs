//! Slow readers, shutdown, storms and hostile input: what a server promises under them, measured from outside and held to.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a person, which ends when its own tools fail"
)]

mod arrivals;
mod client;
mod drain;
mod hostile;
mod pace;
mod report;
mod server;
mod slow;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use self::report::Report;

const HELP: &str = "\
Slow readers, shutdown, storms and hostile input against a real server; each line is a promise, what was measured, and the bound.

  tests/bench/storm/run [--server PATH] [--seconds 60] [NAME…]

  --server    a bench server that was built elsewhere
  --seconds   how long the long ones take; less than 50 says nothing of readers that are let go after 20 s
  --cores     the core of the server and that of everything else; 0,1 unless set

Names: slow, drain, arrivals, reconnects, churn, heads, bodies, windows, streams, resets, descriptors. Without a name all are played.
The server's own variables are passed on: SERVE=body for the ordinary response body, WORKERS=2 for two threads.
It needs redis-server for drain, ss for slow, taskset. Descriptors: half of 20 000 is enough, for each of the two processes.
The exit code is 1 if a promise is broken.
";

const NAMES: [&str; 11] =
    ["slow", "drain", "arrivals", "reconnects", "churn", "heads", "bodies", "windows", "streams", "resets", "descriptors"];

/// What all scenarios are told.
#[derive(Clone, Debug)]
pub struct Options {
    pub server: PathBuf,
    pub length: Duration,
    pub cores: (u32, u32),
}

fn main() -> ExitCode {
    let (options, names) = match parse(std::env::args().skip(1)) {
        Ok(Some(parsed)) => parsed,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("storm: {problem}; see --help");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut report = Report::default();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        for name in names {
            println!("\n{name}");
            let played = tokio::time::timeout(options.length * 4 + Duration::from_mins(4), play(&name, &options, &mut report)).await;
            if played.is_err() {
                report.hold("ends in time", false, "it did not");
            }
        }
    });
    println!("\n{report}");
    if report.broken() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn play(name: &str, options: &Options, report: &mut Report) {
    match name {
        "slow" => slow::play(options, report).await,
        "drain" => drain::play(options, report).await,
        "arrivals" => arrivals::arrivals(options, report).await,
        "reconnects" => arrivals::reconnects(options, report).await,
        "churn" => arrivals::churn(options, report).await,
        "heads" => hostile::heads(options, report).await,
        "bodies" => hostile::bodies(options, report).await,
        "windows" => hostile::windows(options, report).await,
        "streams" => hostile::streams(options, report).await,
        "resets" => hostile::resets(options, report).await,
        _ => hostile::descriptors(options, report).await,
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<(Options, Vec<String>)>, String> {
    let (mut server, mut seconds, mut cores, mut names) = (None, 60, (0, 1), Vec::new());
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--help" => return Ok(None),
            "--server" => server = Some(PathBuf::from(value()?)),
            "--seconds" => seconds = value()?.parse().map_err(|_| "--seconds is a number")?,
            "--cores" => {
                let text = value()?;
                let (first, second) = text.split_once(',').ok_or("--cores is as 0,1")?;
                cores = (first.parse().map_err(|_| "--cores is as 0,1")?, second.parse().map_err(|_| "--cores is as 0,1")?);
            }
            name if NAMES.contains(&name) => names.push(name.to_owned()),
            other => return Err(format!("what is {other}?")),
        }
    }
    if names.is_empty() {
        names = NAMES.map(str::to_owned).to_vec();
    }
    let server = server.ok_or("--server is missing")?;
    Ok(Some((Options { server, length: Duration::from_secs(seconds), cores }, names)))
}
