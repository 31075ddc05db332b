//! The differential fuzzer: random contracts, random payloads, and everybody who has an opinion about them.
//!
//! `FUZZ_SEED`, `FUZZ_PAYLOADS` and `FUZZ_CONTRACTS` set the size of a run; `tests/fidelity/fuzz` is the way to say so on a command line.
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
mod judges;
mod model;
mod modules;
mod mutations;
mod payloads;
mod random;
mod schemas;
mod shrink;
mod spelling;
mod subject;
mod text;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use judges::{Judgement, Judges, Payload};
use random::Random;
use subject::{Made, Subject};
use tidewire_schema::{Contract, Type};

/// How many findings are worth reading.
const SHOWN: usize = 25;

/// Of this many definitions at most one may be refused: they are meant to be right.
const REFUSED: usize = 20;

#[test]
fn everybody_agrees_on_every_payload() {
    let setting = |name: &str, otherwise: usize| std::env::var(name).map_or(otherwise, |text| text.parse().unwrap());
    let (seed, wanted, contracts) = (setting("FUZZ_SEED", 1) as u64, setting("FUZZ_PAYLOADS", 10_000), setting("FUZZ_CONTRACTS", 20));
    println!("\nseed {seed}, {contracts} contracts, at least {wanted} payloads");
    let began = Instant::now();
    let (subjects, refused) = subjects(seed, contracts);
    let judges = Judges::new(&subjects);
    if let Err(message) = judges.compile() {
        panic!("the types do not compile\n{}", message.chars().take(8000).collect::<String>());
    }
    println!("compiled after {:.1?}", began.elapsed());

    let payloads = payloads(&subjects, seed, wanted);
    let judgements = judges.ask(&payloads);
    let count = |wanted: fn(&Judgement) -> bool| judgements.iter().filter(|judgement| wanted(judgement)).count();
    let (valid, modelled) = (count(|judgement| judgement.valid), count(|judgement| judgement.modelled));
    let (all, after) = (payloads.len(), began.elapsed());
    println!("{all} payloads, {valid} of them valid, {modelled} with the contract in other words; judged after {after:.1?}");

    let findings = payloads.into_iter().zip(judgements).filter(|(_, judgement)| !judgement.problems.is_empty());
    let findings: Vec<(Payload, Judgement)> = findings.collect();
    report(&judges, &subjects, &findings);
    assert!(findings.is_empty(), "{} payloads on which the judges disagree", findings.len());
    assert!(subjects.len() == contracts && refused <= contracts.div_ceil(REFUSED), "{refused} definitions are refused");
    assert!(valid * 5 > all && valid * 5 < all * 4 && modelled * 3 > all, "a run of such payloads tests little");
}

/// As many contracts as asked for, half of them from a schema file, half from an events module; and how many definitions were refused.
fn subjects(seed: u64, wanted: usize) -> (Vec<Subject>, usize) {
    let mut subjects = Vec::new();
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    let mut made = 0;
    while subjects.len() < wanted && made < wanted * 2 {
        let number = made as u64;
        match if number.is_multiple_of(2) { Subject::from_file(seed, number) } else { Subject::from_module(seed, number) } {
            Made::Subject(subject) => subjects.push(*subject),
            Made::Refused { source, errors } => {
                println!("definition {number} of seed {seed} is refused");
                for (code, text) in errors {
                    println!("    {code} {text}");
                    *codes.entry(code).or_default() += 1;
                }
                if std::env::var_os("FUZZ_SOURCES").is_some() {
                    println!("{source}");
                }
            }
            Made::Panicked { source } => panic!("definition {number} of seed {seed} makes the front end panic\n{source}"),
        }
        made += 1;
    }
    println!("{made} definitions, {} accepted; refusals: {codes:?}", subjects.len());
    let refused = made - subjects.len();
    (subjects, refused)
}

fn payloads(subjects: &[Subject], seed: u64, wanted: usize) -> Vec<Payload> {
    let events: usize = subjects.iter().map(|subject| subject.contract.events.len()).sum();
    let each = wanted.div_ceil(events.max(1));
    let mut payloads = Vec::new();
    for (contract, subject) in subjects.iter().enumerate() {
        let mut random = Random::part(seed, u64::MAX - contract as u64);
        for event in &subject.contract.events {
            let texts = (0..each).map(|_| subject.payload(event, &mut random));
            payloads.extend(texts.map(|text| Payload { contract, event: event.name.clone(), text }));
        }
    }
    payloads
}

/// Shows the smallest form of the first finding of each event.
fn report(judges: &Judges, subjects: &[Subject], findings: &[(Payload, Judgement)]) {
    let mut seen = BTreeSet::new();
    let first = findings.iter().filter(|(payload, _)| seen.insert((payload.contract, payload.event.clone())));
    let mut shown: Vec<(Payload, Judgement)> = first.take(SHOWN).map(|(payload, judgement)| (payload.clone(), judgement.clone())).collect();
    shrink::shrink(judges, &mut shown);
    for (payload, judgement) in &shown {
        let subject = &subjects[payload.contract];
        println!("\n{} `{}`:", subject.title, payload.event);
        let event = subject.contract.event_named(&payload.event).unwrap();
        for (name, ty) in reachable(&subject.contract, event.payload.as_ref().unwrap()) {
            println!("    {name}: {}", excerpt(&serde_json::to_string(ty).unwrap()));
        }
        println!("    payload {}", excerpt(&payload.text));
        judgement.problems.iter().for_each(|problem| println!("    {}", excerpt(problem)));
    }
}

/// As much of a text as somebody reads.
fn excerpt(text: &str) -> String {
    let mut start: String = text.chars().take(600).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}

/// The named types behind a type, itself first.
fn reachable<'a>(contract: &'a Contract, ty: &'a Type) -> Vec<(&'a str, &'a Type)> {
    let (mut found, mut next) = (vec![("payload", ty)], 0);
    while let Some((_, ty)) = found.get(next).copied() {
        next += 1;
        let mut names = Vec::new();
        named(ty, &mut names);
        for known in names.into_iter().filter_map(|name| contract.type_named(name)) {
            if !found.iter().any(|(name, _)| *name == known.name) {
                found.push((&known.name, &known.ty));
            }
        }
    }
    found
}

fn named<'a>(ty: &'a Type, names: &mut Vec<&'a str>) {
    match ty {
        Type::Ref { name } => names.push(name),
        Type::Json { schema } => names.extend(schema.references()),
        _ => ty.parts().into_iter().for_each(|part| named(part, names)),
    }
}
