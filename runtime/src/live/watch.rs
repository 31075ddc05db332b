//! One connection that looks at a feed.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
};

use super::feed::{Feed, current};
use crate::{hub::Outlet, observe, transport::Frame};

/// That a connection looks at a key; dropping it ends that. A position, so that a connection that takes nothing holds nothing back and skips to the newest value.
pub(crate) struct Watch {
    feed: Arc<Feed>,
    id: u64,
    // The number of what was handed out last.
    seen: u64,
    // The version that the client had when it began; looked at once.
    has: Option<String>,
    bound: Option<Arc<str>>,
    // Nothing is handed out before the end of this run: what there is may be older than what the client knows.
    after: u64,
    // At the end of this run the value is handed out, whether or not it is new.
    again: Option<u64>,
}

/// What is known of a client that begins to look: the version of the value that it has, and what it may do, where the query goes by that.
pub(crate) type Client = (Option<String>, Option<Arc<str>>);

impl Watch {
    pub(super) fn new(feed: Arc<Feed>, outlet: Arc<dyn Outlet>, (has, bound): Client) -> Self {
        let id = feed.add(outlet);
        let mut state = feed.state();
        let running = state.begun > feed.done.load(Ordering::Acquire) && state.value.is_some();
        let after = if running { state.begun } else { 0 };
        state.awaited |= running;
        drop(state);
        observe::live_watched(feed.loaded().name, 1.0);
        Self { feed, id, seen: 0, has, bound, after, again: None }
    }

    pub(crate) fn feed(&self) -> &Arc<Feed> {
        &self.feed
    }

    /// What the client may do, as it was when it began; nothing where the query does not go by that.
    pub(crate) fn bound(&self) -> Option<&Arc<str>> {
        self.bound.as_ref()
    }

    /// Hands the value out again at the end of this run.
    pub(crate) fn repeat(&mut self, run: u64) {
        self.again = Some(run);
        self.has = None;
    }

    /// Whether there is something to hand out.
    pub(crate) fn is_due(&self) -> bool {
        let done = self.feed.done.load(Ordering::Acquire);
        done >= self.after && (self.feed.number.load(Ordering::Acquire) > self.seen || self.again.is_some_and(|run| done >= run))
    }

    /// The next frame: the newest value, then that the last run failed. Never one that something newer has replaced.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        if !self.is_due() {
            return None;
        }
        let state = self.feed.state();
        let name = self.feed.loaded().name;
        if self.again.is_some_and(|run| self.feed.done.load(Ordering::Acquire) >= run) {
            self.again = None;
            // Who asks for a run that fails hears of the failure; the value it has.
            self.seen = state.failure.as_ref().map_or(0, |failure| self.seen.min(failure.number - 1));
        }
        if let Some(told) = state.value.as_ref().filter(|told| told.number > self.seen) {
            self.seen = told.number;
            if self.has.take().is_some_and(|has| *has == *told.version) {
                observe::live_pushed(name, "current");
                return Some(current(self.feed.key(), &told.version));
            }
            observe::live_pushed(name, "value");
            return Some(told.frame.clone());
        }
        let failure = state.failure.as_ref().filter(|failure| failure.number > self.seen)?;
        self.seen = failure.number;
        observe::live_pushed(name, "error");
        Some(failure.frame.clone())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.feed.remove(self.id);
        observe::live_watched(self.feed.loaded().name, -1.0);
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("feed", &self.feed).field("seen", &self.seen).finish_non_exhaustive()
    }
}
