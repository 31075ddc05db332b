//! The fidelity gate: the JSON-Schema-Test-Suite through both validators.
//!
//! Each group of the suite becomes a schema file. It is refused with a code, or every instance gets the suite's verdict, in Rust and in the
//! generated TypeScript. What Tidewire promises to understand must not be refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod exceptions;
mod keywords;
mod outcome;
mod report;
mod suite;
mod types;

use outcome::Reading;

/// Fewer groups than these would mean that the suite, or a reader, has fallen silent: seen, accepted.
const FLOOR: (usize, usize) = (635, 330);

#[test]
fn every_group_is_exact_in_both_languages_or_refused() {
    let outcomes = outcome::judge(suite::load());
    let table = report::table(&outcomes);
    println!("\n{}\n{table}", report::summary(&outcomes));

    let mut faults = 0;
    for outcome in outcomes.iter().filter(|outcome| !outcome.faults.is_empty()) {
        println!("{}\n    {}", outcome.group, outcome.group.schema);
        for fault in &outcome.faults {
            println!("    {fault}");
        }
        faults += 1;
    }
    let accepted = outcomes.iter().filter(|outcome| matches!(outcome.reading, Reading::Accepted { .. })).count();
    assert!(faults == 0, "{faults} groups are wrong");
    assert!(outcomes.len() >= FLOOR.0 && accepted >= FLOOR.1, "{} groups, {accepted} accepted", outcomes.len());
    report::compare_table(&table).unwrap();
}

#[test]
fn every_accepted_group_is_a_rust_module() {
    let faults = types::faults(&outcome::judge(suite::load()));
    for fault in &faults {
        println!("{fault}");
    }
    assert!(faults.is_empty(), "{} things are wrong with the types of accepted groups", faults.len());
}
