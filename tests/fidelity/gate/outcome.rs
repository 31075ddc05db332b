//! What became of each group: refused with codes, or judged instance by instance in both languages.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;
use tidewire_codegen::source;
use tidewire_schema::check::{Checker, Issue};
use tidewire_schema::diagnostic::Severity;
use tidewire_schema::{Contract, Type};

use super::exceptions::excepted;
use super::keywords::Usage;
use super::suite::Group;
use crate::common::typescript::{Answer, Case, Packages};

/// The address of the one event of each contract.
const EVENT: (&str, &str) = ("default", "subject");

/// A group and what became of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) group: Group,
    pub(crate) usage: Usage,
    pub(crate) reading: Reading,
    /// What is wrong with it, a line each.
    pub(crate) faults: Vec<String>,
}

/// What the front end made of a group's schema.
#[derive(Debug)]
pub(crate) enum Reading {
    /// The codes of its errors, and the keywords that they point at.
    Refused {
        codes: BTreeSet<String>,
        keywords: BTreeSet<String>,
    },
    Accepted {
        contract: Box<Contract>,
        typed: bool,
    },
    Panicked,
}

/// The verdict of the Rust validator.
type Verdict = Result<Value, Vec<Issue>>;

/// Reads every group and judges every instance of those that are accepted.
pub(crate) fn judge(groups: Vec<Group>) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = groups.into_iter().map(read).collect();
    let mut packages = Packages::new();
    let mut verdicts = Vec::new();
    for outcome in &mut outcomes {
        if let Reading::Accepted { contract, .. } = &outcome.reading {
            match catch_unwind(AssertUnwindSafe(|| in_rust(contract, &outcome.group))) {
                Ok(found) => {
                    let cases =
                        outcome.group.tests.iter().zip(&found).map(|(instance, verdict)| Case::new(instance.data.to_string(), verdict));
                    packages.add(contract, EVENT.0, EVENT.1, cases.collect());
                    verdicts.push(found);
                }
                Err(_) => outcome.faults.push("the validator panicked".to_owned()),
            }
        }
    }
    let mut judged = verdicts.iter().zip(packages.ask());
    for outcome in &mut outcomes {
        if matches!(outcome.reading, Reading::Accepted { .. }) && outcome.faults.is_empty() {
            let (rust, typescript) = judged.next().expect("an answer for each package");
            outcome.compare(rust, &typescript);
        }
    }
    outcomes
}

fn read(group: Group) -> Outcome {
    let usage = Usage::of(&group);
    let text = group.schema_file();
    let mut faults = Vec::new();
    let reading = catch_unwind(|| parse(&text)).unwrap_or(Reading::Panicked);
    match &reading {
        Reading::Panicked => faults.push("the front end panicked".to_owned()),
        Reading::Refused { codes, .. } if usage.promised() => faults.push(format!("refused ({codes:?}), yet all of it is promised")),
        _ => {}
    }
    Outcome { group, usage, reading, faults }
}

fn parse(text: &str) -> Reading {
    let (contract, diagnostics) = source::schema(text);
    if !diagnostics.has_errors() {
        let typed = !contract.types.iter().any(|named| has_checked_json(&named.ty));
        return Reading::Accepted { contract: Box::new(contract), typed };
    }
    let (mut codes, mut keywords) = (BTreeSet::new(), BTreeSet::new());
    for error in diagnostics.iter().filter(|found| found.severity == Severity::Error) {
        codes.insert(error.code.to_string());
        let place = error.labels.first().and_then(|label| text.get(label.place.clone()));
        keywords.extend(place.map(|place| place.trim_matches('"').to_owned()));
    }
    Reading::Refused { codes, keywords }
}

fn has_checked_json(ty: &Type) -> bool {
    matches!(ty, Type::Json { .. }) || ty.parts().into_iter().any(has_checked_json)
}

fn in_rust(contract: &Contract, group: &Group) -> Vec<Verdict> {
    let checker = Checker::new(contract);
    let event = contract.event_named(EVENT.1).expect("the event of the schema file");
    let check = |data: &Value| checker.payload(event, Some(data.clone())).map(|value| value.expect("a payload gives a payload"));
    group.tests.iter().map(|instance| check(&instance.data)).collect()
}

impl Outcome {
    fn compare(&mut self, rust: &[Verdict], typescript: &[Answer]) {
        for ((instance, rust), typescript) in self.group.tests.iter().zip(rust).zip(typescript) {
            let expected = if excepted(&self.group, instance) { rust.is_ok() } else { instance.valid };
            let mut fault = |text: String| {
                self.faults.push(format!("{} ({}): {text}", instance.description, instance.data));
            };
            if rust.is_ok() != expected {
                let why = rust.as_ref().err().into_iter().flatten().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                fault(format!("{} in Rust, {} in the suite. {why}", word(rust.is_ok()), word(expected)));
            }
            if typescript.valid != expected {
                fault(format!("{} in TypeScript, {} in the suite", word(typescript.valid), word(expected)));
            }
            if let Some(text) = &typescript.fault {
                fault(format!("in TypeScript {text}"));
            }
            if let Some(text) = &typescript.differing {
                fault(format!("the issues in TypeScript are {text}"));
            }
        }
    }

    /// Accepted, and right on every instance in both languages.
    pub(crate) fn exact(&self) -> bool {
        matches!(self.reading, Reading::Accepted { .. }) && self.faults.is_empty()
    }
}

const fn word(valid: bool) -> &'static str {
    if valid { "valid" } else { "invalid" }
}
