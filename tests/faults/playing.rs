//! Plays the scenarios, several at a time, and sums up.

use std::{
    fs,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::{sync::Semaphore, task::JoinSet, time::timeout};

use crate::{
    client::Style,
    oracle::Counts,
    scenarios::{self, Scenario, Tier},
    stage::{Stage, Verdict},
};

/// How long one run may take.
const PATIENCE: Duration = Duration::from_secs(150);

const HELP: &str = "usage: faults [--slow] [--runs N] [--seed N] [--jobs N] [--list] [PART OF A NAME…]";

/// What to play.
pub(crate) struct Options {
    slow: bool,
    runs: u64,
    seed: u64,
    jobs: usize,
    list: bool,
    names: Vec<String>,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { slow: false, runs: 1, seed: rand::random_range(0..1_000_000), jobs: 8, list: false, names: Vec::new() };
        while let Some(argument) = arguments.next() {
            let mut number = || arguments.next().and_then(|value| value.parse::<u64>().ok()).ok_or(HELP);
            match argument.as_str() {
                "--slow" => options.slow = true,
                "--list" => options.list = true,
                "--runs" => options.runs = number()?,
                "--seed" => options.seed = number()?,
                "--jobs" => options.jobs = usize::try_from(number()?).unwrap_or(1).max(1),
                name if !name.starts_with('-') => options.names.push(name.to_owned()),
                _ => return Err(HELP.to_owned()),
            }
        }
        Ok(options)
    }

    fn wants(&self, scenario: &Scenario) -> bool {
        let named = self.names.iter().any(|name| scenario.name.contains(name.as_str()));
        if self.names.is_empty() { self.slow || scenario.tier == Tier::Fast } else { named }
    }
}

/// What a run came to, good or bad.
struct Report {
    title: String,
    took: Duration,
    counts: Counts,
    latency: Option<Duration>,
    complaints: Vec<String>,
}

pub(crate) async fn main(options: Options) -> ExitCode {
    let chosen: Vec<_> = scenarios::ALL.iter().filter(|scenario| options.wants(scenario)).collect();
    if options.list {
        for scenario in chosen {
            println!("{}", scenario.name);
        }
        return ExitCode::SUCCESS;
    }
    let began = Instant::now();
    println!("\nrunning {} tests (seed {})", chosen.len() as u64 * options.runs, options.seed);
    let (room, mut playing) = (Arc::new(Semaphore::new(options.jobs)), JoinSet::new());
    for run in 0..options.runs {
        for scenario in &chosen {
            let (room, scenario, seed) = (room.clone(), **scenario, options.seed + run);
            playing.spawn(async move {
                let _place = room.acquire_owned().await;
                play(scenario, seed).await
            });
        }
    }
    let (mut good, mut bad, mut total, mut slowest) = (0, 0, Counts::default(), Duration::ZERO);
    while let Some(report) = playing.join_next().await {
        let Ok(report) = report else {
            println!("test … FAILED: it panicked");
            bad += 1;
            continue;
        };
        let Report { title, took, counts, latency, complaints } = report;
        let latency = latency.unwrap_or_default();
        println!("test {title} ... {} ({:.1} s)", if complaints.is_empty() { "ok" } else { "FAILED" }, took.as_secs_f64());
        println!("    {counts}; {} ms from answer to arrival (p99)", latency.as_millis());
        for complaint in &complaints {
            println!("    {complaint}");
        }
        if complaints.is_empty() {
            good += 1;
        } else {
            bad += 1;
        }
        total.add(&counts);
        slowest = slowest.max(latency);
    }
    let filtered = scenarios::ALL.len() - chosen.len();
    println!(
        "test result: {}. {good} passed; {bad} failed; 0 ignored; 0 measured; {filtered} filtered out; finished in {:.2}s; {total}; p99 at most {} ms",
        if bad == 0 { "ok" } else { "FAILED" },
        began.elapsed().as_secs_f64(),
        slowest.as_millis()
    );
    if bad == 0 && good > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn play(scenario: Scenario, seed: u64) -> Report {
    let began = Instant::now();
    let mut report = Report {
        title: format!("{} (seed {seed})", scenario.name),
        took: Duration::ZERO,
        counts: Counts::default(),
        latency: None,
        complaints: Vec::new(),
    };
    match TempDir::with_prefix("tidewire-faults-") {
        Ok(directory) => {
            let mut journals = String::new();
            match perform(scenario, seed, &directory, &mut journals).await {
                Ok(verdict) => {
                    let violations = &verdict.judgement.violations;
                    report.complaints.extend(violations.iter().take(10).map(ToString::to_string));
                    if violations.len() > 10 {
                        report.complaints.push(format!("… and {} more", violations.len() - 10));
                    }
                    report.counts = verdict.judgement.counts;
                    // A transport that carried nothing was not put to the test.
                    let unused = Style::ALL.iter().filter(|style| !report.counts.delivered.contains_key(style.name()));
                    report.complaints.extend(unused.map(|style| format!("nothing came to a client of the kind {}", style.name())));
                    report.latency = verdict.latency;
                }
                Err(complaint) => report.complaints.push(complaint),
            }
            if !report.complaints.is_empty() {
                let written = fs::write(directory.path().join("journals"), journals);
                report.complaints.push(format!("journals and logs are kept in {} ({written:?})", directory.keep().display()));
            }
        }
        Err(error) => report.complaints.push(error.to_string()),
    }
    report.took = began.elapsed();
    report
}

async fn perform(scenario: Scenario, seed: u64, directory: &TempDir, journals: &mut String) -> Result<Verdict, String> {
    let mut stage = Stage::build(directory.path(), scenario.broker, scenario.nodes, seed).await?;
    stage.allowance = scenario.allowance;
    let played = timeout(PATIENCE, (scenario.play)(&mut stage)).await.unwrap_or_else(|_| Err("it takes too long".to_owned()));
    *journals = stage.journals();
    let verdict = stage.judge().await;
    if let Ok(verdict) = &verdict
        && !verdict.journals.is_empty()
    {
        journals.clone_from(&verdict.journals);
    }
    // What the judge has to say of a run that broke off is often why.
    match (played, verdict) {
        (Ok(()), verdict) => verdict,
        (Err(error), Ok(verdict)) => {
            let found: Vec<_> = verdict.judgement.violations.iter().take(5).map(ToString::to_string).collect();
            Err(format!("{error}\n    {}", found.join("\n    ")))
        }
        (Err(error), Err(_)) => Err(error),
    }
}
