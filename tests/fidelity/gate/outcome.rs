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
use super::suite::{Group, Instance};
use crate::common::typescript::{Answer, Job, Packages};

/// The one event of each contract.
pub(crate) const EVENT: &str = "subject";

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
    let mut asked: Vec<(usize, &Instance, String, Verdict)> = Vec::new();
    let mut numbers: Vec<Option<usize>> = Vec::new();
    let mut panics = Vec::new();
    for (at, outcome) in outcomes.iter().enumerate() {
        let Reading::Accepted { contract, .. } = &outcome.reading else {
            numbers.push(None);
            continue;
        };
        numbers.push(Some(packages.add(contract)));
        match catch_unwind(AssertUnwindSafe(|| group_verdicts(contract, &outcome.group))) {
            Ok(found) => asked.extend(
                outcome.group.tests.iter().zip(found).map(|(instance, verdict)| (at, instance, instance.data.to_string(), verdict)),
            ),
            Err(_) => panics.push(at),
        }
    }
    let jobs = asked.iter().map(|(at, _, payload, verdict)| Job::new(numbers[*at].unwrap_or_default(), EVENT, payload, verdict));
    let answers = packages.ask(&jobs.collect::<Vec<_>>());
    let mut faults: Vec<(usize, String)> = panics.into_iter().map(|at| (at, "the validator panicked".to_owned())).collect();
    for ((at, instance, _, verdict), answer) in asked.iter().zip(&answers) {
        faults.extend(compare(&outcomes[*at].group, instance, verdict, answer).into_iter().map(|fault| (*at, fault)));
    }
    for (at, fault) in faults {
        outcomes[at].faults.push(fault);
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

fn group_verdicts(contract: &Contract, group: &Group) -> Vec<Verdict> {
    group.tests.iter().map(|instance| check(contract, &instance.data)).collect()
}

fn check(contract: &Contract, data: &Value) -> Verdict {
    let event = contract.event_named(EVENT).expect("the event of the schema file");
    Checker::new(contract).payload(event, Some(data.clone())).map(|value| value.expect("a payload gives a payload"))
}

/// What is wrong with the verdicts on one instance.
fn compare(group: &Group, instance: &Instance, rust: &Verdict, typescript: &Answer) -> Vec<String> {
    let expected = if excepted(group, instance) { rust.is_ok() } else { instance.valid };
    let mut faults = Vec::new();
    if rust.is_ok() != expected {
        let why = rust.as_ref().err().into_iter().flatten().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        faults.push(format!("{} in Rust, {} in the suite. {why}", word(rust.is_ok()), word(expected)));
    }
    if typescript.valid != expected {
        faults.push(format!("{} in TypeScript, {} in the suite", word(typescript.valid), word(expected)));
    }
    faults.extend(typescript.fault.as_ref().map(|text| format!("in TypeScript {text}")));
    faults.extend(typescript.differing.as_ref().map(|text| format!("the issues in TypeScript are {text}")));
    faults.into_iter().map(|fault| format!("{} ({}): {fault}", instance.description, instance.data)).collect()
}

impl Outcome {
    /// The verdict that an instance of an accepted group should get.
    pub(crate) fn verdict(&self, instance: &Instance) -> bool {
        match &self.reading {
            Reading::Accepted { contract, .. } if excepted(&self.group, instance) => check(contract, &instance.data).is_ok(),
            _ => instance.valid,
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
