//! Which events of a channel a client wants.

use std::sync::Arc;

use crate::transport::Frame;

/// Names of events; everything unless some are given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter(Option<Arc<[Box<str>]>>);

impl Filter {
    /// Lets only these events through.
    pub(crate) fn only<'a>(events: impl IntoIterator<Item = &'a str>) -> Self {
        Self(Some(events.into_iter().map(Box::from).collect()))
    }

    /// Whether it lets everything through.
    pub(crate) fn is_open(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn lets_through(&self, frame: &Frame) -> bool {
        // The list is short: looking through it costs less than hashing.
        self.0.as_ref().is_none_or(|events| events.iter().any(|wanted| **wanted == *frame.event()))
    }
}
