//! The plugin against a real PostgreSQL: what is written to tables is compared with what the broker stored.
#![expect(clippy::unwrap_used, reason = "tests outside of `#[test]` functions, too")]

mod configuration;
mod faults;
mod lifecycle;
mod logical;
mod order;
mod payloads;
mod recorder;
mod support;
