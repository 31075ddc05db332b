//! One contract under test: its definition as text, what the front end made of it, and its types in Rust.

use std::ops::Range;
use std::panic::catch_unwind;

use serde_json::Value;
use tidewire_codegen::source;
use tidewire_schema::check::Issue;
use tidewire_schema::diagnostic::Severity;
use tidewire_schema::{Contract, Event, Type};

use super::definitions::Definitions;
use super::payloads::Payloads;
use super::random::Random;
use super::{file, modules};

/// A contract, and the events module that has its types.
pub(crate) struct Subject {
    pub(crate) title: String,
    pub(crate) contract: Contract,
    /// The contract that was meant, where that is known: what was read has to say the same.
    pub(crate) meant: Contract,
    pub(crate) module: String,
}

/// The verdict of the Rust validator.
pub(crate) type Verdict = Result<Value, Vec<Issue>>;

/// What the front end made of a random definition.
pub(crate) enum Made {
    Subject(Box<Subject>),
    /// The codes of the errors, and what else there is to say.
    Refused {
        source: String,
        errors: Vec<(String, String)>,
    },
    Panicked {
        source: String,
    },
}

impl Subject {
    /// Makes contract `number` of the run with `seed`, from a schema file. Its module is the generator's.
    pub(crate) fn from_file(seed: u64, number: u64) -> Made {
        let mut random = Random::part(seed, number);
        let count = 4 + random.below(4);
        let definitions = Definitions::random(&mut random, count);
        let source = file::print(&definitions, &mut random);
        let made = Self::parse(format!("schema file {number} of seed {seed}"), source, source::schema, |contract, _| generated(contract));
        if let Made::Subject(mut subject) = made {
            subject.meant.types = definitions.named();
            return Made::Subject(subject);
        }
        made
    }

    /// Makes contract `number` of the run with `seed`, from an events module. The generator has to be able to write another one like it.
    pub(crate) fn from_module(seed: u64, number: u64) -> Made {
        let source = modules::print(&mut Random::part(seed, number));
        Self::parse(format!("module {number} of seed {seed}"), source, source::rust, |contract, source| {
            generated(contract).map(|_| source.to_owned())
        })
    }

    fn parse(
        title: String,
        source: String,
        front_end: fn(&str) -> source::Parsed,
        module: fn(&Contract, &str) -> Result<String, String>,
    ) -> Made {
        let Ok((contract, diagnostics)) = catch_unwind(|| front_end(&source)) else { return Made::Panicked { source } };
        let place = |range: Range<usize>| source.get(range).unwrap_or_default().chars().take(200).collect::<String>();
        let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error).map(|error| {
            let at = error.labels.first().map(|label| place(label.place.clone())).unwrap_or_default();
            (error.code.to_string(), format!("{} at `{at}`", error.message))
        });
        let errors: Vec<(String, String)> = errors.collect();
        if !errors.is_empty() {
            return Made::Refused { source, errors };
        }
        match module(&contract, &source) {
            Ok(module) => Made::Subject(Box::new(Self { title, meant: contract.clone(), contract, module })),
            Err(error) => Made::Refused { source, errors: vec![("generator".to_owned(), error)] },
        }
    }

    /// The text of a random payload of an event.
    pub(crate) fn payload(&self, event: &Event, random: &mut Random) -> String {
        let ty = event.payload.as_ref().unwrap_or(&Type::Any);
        loop {
            let text = Payloads::new(&self.contract, random).payload(ty);
            // Deeper than the parser goes, or a number beyond every double: no validator gets to see it.
            if serde_json::from_str::<Value>(&text).is_ok() {
                return text;
            }
        }
    }
}

/// The module that the generator writes for a contract.
fn generated(contract: &Contract) -> Result<String, String> {
    tidewire_codegen::rust::module(contract, "fuzz").map_err(|error| error.to_string())
}
