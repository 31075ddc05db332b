//! A short run of each fuzz target; the long one is `cargo run --release -p tests --example arbitrary -- --seconds 600 --seed 7 parser`.
#![allow(dead_code, reason = "the program uses more of it")]

#[path = "../arbitrary/corpus.rs"]
mod corpus;
#[path = "../arbitrary/driver.rs"]
mod driver;
#[path = "../arbitrary/mutation.rs"]
mod mutation;
#[path = "../arbitrary/random.rs"]
mod random;
#[path = "../arbitrary/targets.rs"]
mod targets;

use driver::Limit;
use targets::Target;

/// One after the other: they share the hook that catches panics.
#[test]
fn nothing_that_is_written_makes_a_parser_panic_or_take_long() {
    for (target, inputs) in [(Target::Parser, 1500), (Target::Module, 1500), (Target::Cursor, 20_000)] {
        // A test has a small stack; the compiler and the command line have what a program has.
        let run = move || driver::run(target, 0x7465_7374, Limit::Inputs(inputs), None).unwrap();
        let report = std::thread::Builder::new().stack_size(8 << 20).spawn(run).unwrap().join().unwrap();
        assert!(report.findings.is_empty(), "{report}");
    }
}
