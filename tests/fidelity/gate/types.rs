//! Accepted groups as generated Rust, all in one crate.

use std::collections::HashMap;

use super::outcome::{EVENT, Outcome, Reading};
use crate::common::types::{Crate, Job};

/// Writes every accepted group as a module, compiles all of them, and takes every instance through the types. What is wrong, a line each.
pub(crate) fn faults(outcomes: &[Outcome]) -> Vec<String> {
    let mut types = Crate::new("suite");
    let mut faults = Vec::new();
    let mut cases = Vec::new();
    // Both drafts have most groups: a module that is there already need not be compiled again.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for outcome in outcomes {
        let Reading::Accepted { contract, .. } = &outcome.reading else { continue };
        match tidewire_codegen::rust::module(contract, "suite") {
            Ok(module) => {
                let next = numbers.len();
                let number = *numbers.entry(module).or_insert_with_key(|module| {
                    types.add(module, contract.hash());
                    next
                });
                cases.extend(outcome.group.tests.iter().map(|instance| (number, outcome, instance, instance.data.to_string())));
            }
            Err(error) => faults.push(format!("{}: {error}", outcome.group)),
        }
    }
    if let Err(message) = types.build() {
        faults.push(message.chars().take(8000).collect());
        return faults;
    }
    let jobs = cases.iter().map(|(module, .., payload)| Job { module: *module, event: EVENT, payload });
    for ((_, outcome, instance, _), answer) in cases.iter().zip(types.ask(&jobs.collect::<Vec<_>>())) {
        let place = format!("{}: {} ({})", outcome.group, instance.description, instance.data);
        if answer.valid != outcome.verdict(instance) {
            faults.push(format!("{place}: the contract that the macro wrote says {}", answer.valid));
        }
        faults.extend(answer.fault.map(|fault| format!("{place}: {fault}")));
    }
    faults
}
