//! The live queries of a session.

use std::sync::Arc;

use super::{Control, ErrorBody, FrameSink, Session};
use crate::live::{Watch, ended};

impl Session {
    /// Whether any live query is looked at.
    pub(crate) fn has_lives(&self) -> bool {
        !self.lives.is_empty()
    }

    /// Begins to look at a live query.
    pub(crate) fn look(&mut self, watch: Watch) {
        self.lives.retain(|held| held.feed().key() != watch.feed().key());
        self.lives.reserve_exact(1);
        self.lives.push(watch);
    }

    /// Hands the value of a key out again at the end of a run.
    pub(crate) fn look_again(&mut self, key: &str, run: u64) {
        if let Some(watch) = self.lives.iter_mut().find(|watch| **watch.feed().key() == *key) {
            watch.repeat(run);
        }
    }

    /// Looks at a key no more.
    pub(crate) fn look_away(&mut self, key: &str) {
        self.lives.retain(|watch| **watch.feed().key() != *key);
    }

    /// Ends the live queries that `judge` has something against, and tells the client; their keys.
    pub(crate) fn end_lives(&mut self, judge: impl Fn(&Watch) -> Option<ErrorBody>) -> Vec<Arc<str>> {
        let mut over = Vec::new();
        self.lives.retain(|watch| match judge(watch) {
            None => true,
            Some(error) => {
                over.push((watch.feed().key().clone(), error));
                false
            }
        });
        let ends = over.into_iter().map(|(key, error)| {
            self.say(Control::Message(ended(&key, &error)));
            key
        });
        ends.collect()
    }

    /// Hands out what there is about live queries, beside the budget of the channels: neither can hold up the other. Whether that is all.
    pub(super) fn pull_lives(&mut self, sink: &mut impl FrameSink, budget: usize) -> bool {
        let mut left = budget;
        for watch in &mut self.lives {
            while left > 0
                && let Some(frame) = watch.next()
            {
                left = left.saturating_sub(frame.size());
                sink.shared(&frame);
            }
        }
        left > 0
    }
}
