//! Tests that need several rooms of the house. `tests/run` runs all of them, and everything else.

/// The snippets of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
