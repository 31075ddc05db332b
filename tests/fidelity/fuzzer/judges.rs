//! Everybody who has an opinion about payloads: the Rust validator, the generated TypeScript, and the Rust types.

use serde_json::Value;
use tidewire_schema::check::{Checker, MAX_DEPTH};
use tidewire_schema::{Contract, Event, MAX_SAFE, Type};

use super::model;
use super::subject::{Subject, Verdict};
use crate::common::types::{Crate, Job as TypesJob};
use crate::common::typescript::{Job, Packages};

/// All judges of a run, set up once.
pub(crate) struct Judges {
    contracts: Vec<Contract>,
    checkers: Vec<Checker>,
    /// What was meant, and checkers of that in other words.
    models: Vec<(Contract, Checker)>,
    packages: Packages,
    types: Crate,
}

/// A payload for an event of one of the contracts.
#[derive(Clone)]
pub(crate) struct Payload {
    pub(crate) contract: usize,
    pub(crate) event: String,
    pub(crate) text: String,
}

/// What came of a payload.
#[derive(Clone)]
pub(crate) struct Judgement {
    pub(crate) valid: bool,
    /// Whether the contract in other words was asked, too.
    pub(crate) modelled: bool,
    /// How the judges disagree.
    pub(crate) problems: Vec<String>,
}

impl Judges {
    /// Compiles what there is to compile.
    pub(crate) fn new(subjects: &[Subject]) -> Self {
        let mut packages = Packages::new();
        let mut types = Crate::new("fuzz");
        for subject in subjects {
            packages.add(&subject.contract);
            types.add(&subject.module, subject.contract.hash());
        }
        let contracts: Vec<Contract> = subjects.iter().map(|subject| subject.contract.clone()).collect();
        let checkers = contracts.iter().map(Checker::new).collect();
        let models = subjects.iter().map(|subject| (subject.meant.clone(), Checker::new(&model::of(&subject.meant)))).collect();
        Self { contracts, checkers, models, packages, types }
    }

    /// Compiles the types; the error is what the compiler said.
    pub(crate) fn compile(&self) -> Result<(), String> {
        self.types.build()
    }

    /// The judgements, payload by payload. A text that Rust cannot read as JSON is no payload, and has none.
    pub(crate) fn ask(&self, payloads: &[Payload]) -> Vec<Judgement> {
        let verdicts: Vec<_> = payloads.iter().map(|payload| self.in_rust(payload)).collect();
        let jobs =
            payloads.iter().zip(&verdicts).map(|(payload, verdict)| Job::new(payload.contract, &payload.event, &payload.text, verdict));
        let typescript = self.packages.ask(&jobs.collect::<Vec<_>>());
        let jobs = payloads.iter().map(|Payload { contract, event, text }| TypesJob { module: *contract, event, payload: text });
        let types = self.types.ask(&jobs.collect::<Vec<_>>());
        let judged = verdicts.iter().zip(typescript).zip(types);
        let judged = judged.zip(payloads).map(|(((verdict, typescript), types), payload)| {
            let valid = verdict.is_ok();
            let model = self.in_other_words(payload);
            let mut problems: Vec<String> = self.twice(payload, verdict).into_iter().collect();
            if let Some(model) = model.as_ref().filter(|model| model.is_ok() != valid) {
                problems.push(format!("the types say {verdict:?}, the same as JSON Schema {model:?}"));
            }
            if typescript.valid != valid {
                problems.push(format!("the Rust validator says {verdict:?}, the TypeScript one that it is {}", word(typescript.valid)));
            }
            if types.valid != valid {
                problems.push(format!("the contract says {}, the contract that the macro wrote {}", word(valid), word(types.valid)));
            }
            problems.extend(typescript.fault.map(|fault| format!("TypeScript: {fault}")));
            problems.extend(typescript.differing.map(|text| format!("the issues in TypeScript are {text}")));
            problems.extend(types.fault.map(|fault| format!("Rust types: {fault}")));
            Judgement { valid, modelled: model.is_some(), problems }
        });
        judged.collect()
    }

    fn in_rust(&self, payload: &Payload) -> Verdict {
        let data: Value = serde_json::from_str(&payload.text).expect("a payload is JSON");
        self.checkers[payload.contract].payload(self.event(payload), Some(data)).map(Option::unwrap_or_default)
    }

    fn event(&self, payload: &Payload) -> &Event {
        self.contracts[payload.contract].event_named(&payload.event).expect("an event of the contract")
    }

    /// What the contract says in other words; nothing where these are missing.
    fn in_other_words(&self, payload: &Payload) -> Option<Verdict> {
        let ((meant, model), event) = (&self.models[payload.contract], self.event(payload));
        let ty = event.payload.as_ref().unwrap_or(&Type::Any);
        let data: Value = serde_json::from_str(&payload.text).expect("a payload is JSON");
        // What nests too deep in a field that is dropped is nobody's concern; without types nothing is dropped. And an integer of JSON Schema may be
        // any double, where a typed one is a number that names one integer alone.
        let alike = depth(&data) <= MAX_DEPTH && !has_unsafe_integer(&data) && model::can_say(ty, meant, &mut Vec::new());
        alike.then(|| model.payload(event, Some(data)).map(Option::unwrap_or_default))
    }

    /// What a second check makes of a value that has passed one: it should be the same.
    fn twice(&self, payload: &Payload, verdict: &Verdict) -> Option<String> {
        let value = verdict.as_ref().ok()?;
        let again = self.checkers[payload.contract].payload(self.event(payload), Some(value.clone()));
        let same = again.as_ref().is_ok_and(|again| again.as_ref() == Some(value));
        (!same).then(|| format!("{value} has passed, and a second check says {again:?}"))
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => list.iter().map(|item| depth(item) + 1).max().unwrap_or(0),
        Value::Object(map) => map.values().map(|entry| depth(entry) + 1).max().unwrap_or(0),
        _ => 0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "the bound is exact as a double")]
fn has_unsafe_integer(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(has_unsafe_integer),
        Value::Object(map) => map.values().any(has_unsafe_integer),
        Value::Number(number) => number.as_f64().is_some_and(|float| float.abs() > MAX_SAFE as f64),
        _ => false,
    }
}

const fn word(valid: bool) -> &'static str {
    if valid { "valid" } else { "invalid" }
}
