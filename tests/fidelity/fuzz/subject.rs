//! One contract under test: its definition as text, what the front end made of it, and its payloads.

use std::panic::catch_unwind;

use serde_json::Value;
use tidewire_codegen::source;
use tidewire_schema::check::{Checker, Issue};
use tidewire_schema::diagnostic::Severity;
use tidewire_schema::{Contract, Type};

use super::definitions::Definitions;
use super::file;
use super::modules;
use super::payloads::Payloads;
use super::random::Random;

/// A contract and the payloads for each of its events.
pub(crate) struct Subject {
    pub(crate) source: String,
    pub(crate) contract: Contract,
    pub(crate) events: Vec<Tried>,
}

/// An event and its payloads.
pub(crate) struct Tried {
    pub(crate) name: String,
    pub(crate) payloads: Vec<(String, Verdict)>,
}

/// The verdict of the Rust validator, or that it panicked.
pub(crate) type Verdict = Result<Value, Vec<Issue>>;

/// What the front end made of a random definition.
pub(crate) enum Made {
    Subject(Box<Subject>),
    /// The errors, a line each, with the codes.
    Refused {
        source: String,
        errors: Vec<(String, String)>,
    },
    Panicked {
        source: String,
    },
}

impl Subject {
    /// Makes contract `number` of the run with `seed`, from a schema file.
    pub(crate) fn from_file(seed: u64, number: u64) -> Made {
        let mut random = Random::part(seed, number);
        let count = 4 + random.below(4);
        let definitions = Definitions::random(&mut random, count);
        let source = file::print(&definitions, &mut random);
        Self::parse(source, source::schema)
    }

    /// Makes contract `number` of the run with `seed`, from an events module.
    pub(crate) fn from_module(seed: u64, number: u64) -> Made {
        Self::parse(modules::print(&mut Random::part(seed, number)), source::rust)
    }

    fn parse(source: String, front_end: fn(&str) -> source::Parsed) -> Made {
        let Ok((contract, diagnostics)) = catch_unwind(|| front_end(&source)) else { return Made::Panicked { source } };
        let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error);
        let place = |range: std::ops::Range<usize>| source.get(range).unwrap_or_default().chars().take(200).collect::<String>();
        let errors: Vec<(String, String)> = errors
            .map(|error| {
                let at = error.labels.first().map(|label| place(label.place.clone())).unwrap_or_default();
                (error.code.to_string(), format!("{} ({}) at {at}", error.message, error.help.as_deref().unwrap_or_default()))
            })
            .collect();
        if !errors.is_empty() {
            return Made::Refused { source, errors };
        }
        let events = contract.events.iter().map(|event| Tried { name: event.name.clone(), payloads: Vec::new() }).collect();
        Made::Subject(Box::new(Self { source, contract, events }))
    }

    /// Makes up to `count` payloads for each event and asks the Rust validator. A payload that Rust cannot read as JSON is left out.
    pub(crate) fn add_payloads(&mut self, random: &mut Random, count: usize) {
        let checker = Checker::new(&self.contract);
        for tried in &mut self.events {
            let event = self.contract.event_named(&tried.name).expect("an event of the contract");
            let ty = event.payload.as_ref().unwrap_or(&Type::Any);
            for _ in 0..count {
                let text = Payloads::new(&self.contract, random).payload(ty);
                if let Ok(data) = serde_json::from_str::<Value>(&text) {
                    let verdict = checker.payload(event, Some(data)).map(Option::unwrap_or_default);
                    tried.payloads.push((text, verdict));
                }
            }
        }
    }
}
