//! Live queries: values that are always the stored ones.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

#[path = "../support/mod.rs"]
mod support;

mod bounds;
mod counted;
mod failures;
mod forged;
mod nodes;
mod rights;
mod values;
