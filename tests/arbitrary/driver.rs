//! The loop: change, try, keep what is new, make findings small.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::corpus;
use super::mutation::mutated;
use super::random::Random;
use super::targets::Target;

/// Longer than this is a finding: definitions are read while somebody waits.
const SLOW: Duration = Duration::from_secs(1);
/// Longer than this is an endless loop.
const ENDLESS: u64 = 20;
/// How many findings a run collects before it ends.
const ENOUGH: usize = 5;

/// When a run ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    Time(Duration),
    Inputs(u64),
}

/// What a run found.
pub(crate) struct Report {
    target: Target,
    seed: u64,
    inputs: u64,
    took: Duration,
    kinds: usize,
    slowest: Duration,
    pub(crate) findings: Vec<Finding>,
}

/// An input that it should not have been possible to write.
pub(crate) struct Finding {
    what: String,
    input: Vec<u8>,
}

/// Runs one target. `current` is the file that holds the input being tried.
///
/// # Errors
///
/// When that file cannot be written.
pub(crate) fn run(target: Target, seed: u64, limit: Limit, current: Option<&Path>) -> io::Result<Report> {
    let mut current = current.map(File::create).transpose()?;
    let panics = Panics::caught();
    let mut corpus = corpus::of(target);
    let seeds = corpus.clone();
    let mut random = Random::new(seed);
    let mut known: HashSet<u64> = HashSet::new();
    let mut places: HashSet<String> = HashSet::new();
    let mut report = Report { target, seed, inputs: 0, took: Duration::ZERO, kinds: 0, slowest: Duration::ZERO, findings: Vec::new() };
    let began = Instant::now();
    let tried = watchdog();
    while report.findings.len() < ENOUGH && goes_on(limit, began, report.inputs) {
        let at = usize::try_from(report.inputs).unwrap_or(usize::MAX);
        let input = seeds.get(at).cloned().unwrap_or_else(|| mutated(&corpus, target, &mut random));
        if let Some(file) = &mut current {
            file.rewind()?;
            file.write_all(&input)?;
            file.set_len(input.len() as u64)?;
        }
        let start = Instant::now();
        let answer = panics.during(|| target.answer(&input));
        let took = start.elapsed();
        report.inputs += 1;
        report.slowest = report.slowest.max(took);
        tried.store(report.inputs, Ordering::Relaxed);
        match answer {
            Ok(_) if took > SLOW => report.findings.push(Finding { what: format!("it takes {took:?}"), input }),
            Ok(kinds) => {
                let before = known.len();
                known.extend(kinds);
                if known.len() > before && at >= seeds.len() {
                    corpus.push(input);
                }
            }
            Err(panic) => {
                if places.insert(panic.place.clone()) {
                    let input =
                        smallest(input, |input| panics.during(|| target.answer(input)).is_err_and(|other| other.place == panic.place));
                    report.findings.push(Finding { what: format!("{}: {}", panic.place, panic.message), input });
                }
            }
        }
    }
    report.took = began.elapsed();
    report.kinds = known.len();
    Ok(report)
}

fn goes_on(limit: Limit, began: Instant, inputs: u64) -> bool {
    match limit {
        Limit::Time(time) => began.elapsed() < time,
        Limit::Inputs(most) => inputs < most,
    }
}

/// Ends the process when nothing moves any more. The counter is what has to move.
fn watchdog() -> Arc<AtomicU64> {
    let tried = Arc::new(AtomicU64::new(0));
    let counter = Arc::downgrade(&tried);
    std::thread::spawn(move || {
        let (mut last, mut still) = (0, 0);
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let Some(counter) = counter.upgrade() else { return };
            let now = counter.load(Ordering::Relaxed);
            still = if now == last { still + 1 } else { 0 };
            last = now;
            if still > ENDLESS {
                std::process::abort();
            }
        }
    });
    tried
}

/// Takes away whatever the finding does not need: halves, then ever smaller pieces, then single characters.
fn smallest(mut input: Vec<u8>, still_fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut size = input.len() / 2;
    let deadline = Instant::now() + Duration::from_secs(15);
    while size > 0 && Instant::now() < deadline {
        let mut at = 0;
        let mut shrank = false;
        while at < input.len() && Instant::now() < deadline {
            let mut without = input.clone();
            without.drain(at..(at + size).min(input.len()));
            if still_fails(&without) {
                input = without;
                shrank = true;
            } else {
                at += size;
            }
        }
        if !shrank || size > 1 {
            size /= 2;
        }
    }
    input
}

#[derive(Clone, Default)]
struct Panic {
    place: String,
    message: String,
}

/// Panics, caught without a word on standard error.
struct Panics(Arc<Mutex<Panic>>);

impl Panics {
    fn caught() -> Self {
        let last: Arc<Mutex<Panic>> = Arc::default();
        let slot = Arc::clone(&last);
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            let message = said(info.payload());
            if let Ok(mut slot) = slot.lock() {
                *slot = Panic { place, message };
            }
        }));
        Self(last)
    }

    fn during<T>(&self, work: impl FnOnce() -> T) -> Result<T, Panic> {
        catch_unwind(AssertUnwindSafe(work)).map_err(|_| self.0.lock().map(|last| last.clone()).unwrap_or_default())
    }
}

/// The words of a panic, which are of one of two types.
fn said(payload: &dyn std::any::Any) -> String {
    let literal = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    literal.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}

impl Drop for Panics {
    fn drop(&mut self) {
        // A hook cannot be taken while this thread unwinds.
        if !std::thread::panicking() {
            drop(std::panic::take_hook());
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a speed is not exact")]
        let speed = self.inputs as f64 / seconds.max(1e-9);
        write!(
            f,
            "{}: {} inputs in {seconds:.1} s, {speed:.0} a second; {} kinds of messages and types; the slowest took {:?}; seed {}; {} findings",
            self.target.name(),
            self.inputs,
            self.kinds,
            self.slowest,
            self.seed,
            self.findings.len()
        )?;
        for Finding { what, input } in &self.findings {
            write!(f, "\n\n{what}\n----- {} bytes\n{}\n-----", input.len(), String::from_utf8_lossy(input).escape_debug())?;
        }
        Ok(())
    }
}
