//! Live queries: values that are always the stored ones.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

#[path = "../support/mod.rs"]
mod support;

mod bounds;
mod counted;
mod failures;
mod forged;
mod nodes;
mod raw;
mod rights;
mod told;
mod values;
