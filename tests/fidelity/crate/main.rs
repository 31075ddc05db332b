//! Payloads through the types of events modules: into the type, and out of it again. Jobs come in on standard input, answers go out.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidewire::{Contract, DateTime, Event, Uuid};
use tidewire_schema::check::{Checker, Issue, IssueCode};

// MODULES

#[derive(Deserialize)]
struct Job {
    module: usize,
    event: String,
    payload: String,
}

#[derive(Serialize)]
struct Answer {
    valid: bool,
    fault: Option<String>,
}

type Round = fn(&Value) -> Result<Value, String>;

fn subject(module: usize, event: &str) -> (&'static Contract, Round) {
    match (module, event) {
        // EVENTS
        _ => panic!("there is no event {event} in module {module}"),
    }
}

/// The way of a stored event into a handler, and of the same event on to the next reader.
fn round<E: Event>(value: &Value) -> Result<Value, String> {
    let typed: E = serde_json::from_value(value.clone()).map_err(|error| format!("it does not become the type: {error}"))?;
    serde_json::to_value(&typed).map_err(|error| format!("the type does not become JSON again: {error}"))
}

/// Equal for every reader: numbers as doubles, an instant in any offset, a UUID in any case.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right)),
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len() && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::String(left), Value::String(right)) => {
            let instant = |text: &str| DateTime::parse_from_rfc3339(text).ok();
            let uuid = |text: &str| Uuid::try_parse(text).ok();
            left == right
                || instant(left).is_some_and(|left| instant(right) == Some(left))
                || uuid(left).is_some_and(|left| uuid(right) == Some(left))
        }
        _ => left == right,
    }
}

/// Whether all that is wrong is that items of a list are equal.
fn only_twins(verdict: &Result<Option<Value>, Vec<Issue>>) -> bool {
    verdict.as_ref().is_err_and(|issues| issues.iter().all(|issue| issue.code == IssueCode::NotUnique))
}

fn main() {
    let jobs: Vec<Job> = serde_json::from_reader(std::io::stdin()).expect("jobs");
    let mut checkers: HashMap<usize, Checker> = HashMap::new();
    let answers = jobs.into_iter().map(|job| {
        let (contract, round) = subject(job.module, &job.event);
        let checker = checkers.entry(job.module).or_insert_with(|| Checker::new(contract));
        let event = contract.event_named(&job.event).expect("an event of the contract");
        let data: Value = serde_json::from_str(&job.payload).expect("JSON");
        match checker.payload(event, Some(data)) {
            Err(_) => Answer { valid: false, fault: None },
            Ok(value) => {
                let value = value.expect("a payload");
                let fault = match round(&value) {
                    Ok(again) if same(&again, &value) => None,
                    // Items of a list that differ only in what nobody listed stay apart in JSON. Types see no difference.
                    Ok(again) if only_twins(&checker.payload(event, Some(again.clone()))) => None,
                    Ok(again) => Some(format!("{value} comes out as {again}")),
                    Err(fault) => Some(format!("{value}: {fault}")),
                };
                Answer { valid: true, fault }
            }
        }
    });
    let answers: Vec<Answer> = answers.collect();
    serde_json::to_writer(std::io::stdout(), &answers).expect("answers");
}
