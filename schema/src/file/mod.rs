//! A schema file, YAML or JSON, becomes a contract.

mod channels;
mod envelope;
mod json;
mod schema;
mod services;
mod value;
mod yaml;

pub use yaml::MAX_BYTES;

use crate::Contract;
use crate::assemble::assemble;
use crate::diagnostic::{Diagnostics, Place};

/// A place in a schema file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// Whether the text stands here exactly as it was read, so that a part of it can be pointed at.
    pub verbatim: bool,
}

impl Place for Span {
    fn part(&self, range: &std::ops::Range<usize>) -> Self {
        if self.verbatim { Self { start: self.start + range.start, end: self.start + range.end, verbatim: true } } else { *self }
    }
}

/// Parses a schema file.
///
/// The contract is only whole when the diagnostics hold no error. All errors of the file are found in one run, sorted by place.
pub fn parse(source: &str) -> (Contract, Diagnostics<Span>) {
    let mut diagnostics = Diagnostics::default();
    let contract = yaml::parse(source, &mut diagnostics).map(|root| {
        let draft = envelope::read(&root, &mut diagnostics);
        assemble(draft, &mut diagnostics)
    });
    diagnostics.sort_by_place(|span| (span.start, span.end));
    (contract.unwrap_or_default(), diagnostics)
}
