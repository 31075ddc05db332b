//! The differential fuzzer: random contracts, random payloads, and everybody who has an opinion about them.
//!
//! `FUZZ_SEED`, `FUZZ_PAYLOADS` and `FUZZ_CONTRACTS` set the size of a run; `tests/fidelity/fuzz.sh` is the way to say so on a command line.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on says so by panicking, and its output is the report"
)]

#[path = "../common/mod.rs"]
mod common;
mod compare;
mod definitions;
mod file;
mod modules;
mod mutations;
mod payloads;
mod random;
mod schemas;
mod subject;
mod text;
mod values;

use std::collections::BTreeMap;

use common::typescript::{Case, Packages};
use random::Random;
use subject::{Made, Subject};

/// How many findings are worth reading.
const SHOWN: usize = 20;

#[test]
fn everybody_agrees_on_every_payload() {
    let setting = |name: &str, otherwise: u64| std::env::var(name).map_or(otherwise, |text| text.parse().unwrap());
    let (seed, wanted, contracts) = (setting("FUZZ_SEED", 1), setting("FUZZ_PAYLOADS", 10_000), setting("FUZZ_CONTRACTS", 20));
    println!("\nseed {seed}, {contracts} contracts, at least {wanted} payloads");

    let mut subjects = Vec::new();
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let mut number = 0;
    while (subjects.len() as u64) < contracts && number < contracts * 4 {
        let made = if number % 2 == 0 { Subject::from_file(seed, number) } else { Subject::from_module(seed, number) };
        match made {
            Made::Subject(subject) => subjects.push(*subject),
            Made::Refused { source, errors } => {
                if std::env::var_os("FUZZ_REFUSALS").is_some() {
                    println!("contract {number} is refused\n{source}");
                }
                for (code, text) in errors {
                    println!("contract {number}: {code} {text}");
                    *refused.entry(code).or_default() += 1;
                }
            }
            Made::Panicked { source } => panic!("the front end panicked on\n{source}"),
        }
        number += 1;
    }
    println!("{number} definitions, {} accepted; refusals: {refused:?}", subjects.len());
    let events: usize = subjects.iter().map(|subject| subject.events.len()).sum();
    let each = usize::try_from(wanted).unwrap().div_ceil(events.max(1));
    for (at, subject) in subjects.iter_mut().enumerate() {
        subject.add_payloads(&mut Random::part(seed, 1_000_000 + at as u64), each);
    }

    let mut packages = Packages::new();
    for subject in &subjects {
        for tried in &subject.events {
            let cases = tried.payloads.iter().map(|(text, verdict)| Case::new(text, verdict)).collect();
            packages.add(&subject.contract, "default", &tried.name, cases);
        }
    }
    let mut answers = packages.ask().into_iter();
    let (mut payloads, mut valid, mut findings) = (0, 0, 0);
    for subject in &subjects {
        for tried in &subject.events {
            for ((text, verdict), answer) in tried.payloads.iter().zip(answers.next().unwrap()) {
                payloads += 1;
                valid += usize::from(verdict.is_ok());
                let mut problems: Vec<String> = answer.fault.into_iter().collect();
                if answer.valid != verdict.is_ok() {
                    problems
                        .push(format!("Rust says {verdict:?}, TypeScript that it is {}", if answer.valid { "valid" } else { "invalid" }));
                }
                problems.extend(answer.differing);
                if !problems.is_empty() {
                    findings += 1;
                    if findings <= SHOWN {
                        let name = format!("{}", tried.name);
                        println!(
                            "\n{name}: {:?}\n  {text}\n  {}",
                            subject.contract.event_named(&name).unwrap().payload,
                            problems.join("\n  ")
                        );
                        println!("  {}", subject.source.len());
                    }
                }
            }
        }
    }
    println!("{payloads} payloads, {valid} of them valid; {findings} findings");
    assert!(findings == 0);
}
