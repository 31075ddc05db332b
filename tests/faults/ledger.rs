//! Where publishers write what they did, while it happens.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::journal::{Answer, Attempt, Intent};

/// All publishes of a run.
#[derive(Default)]
pub(crate) struct Ledger {
    intents: Mutex<Vec<Intent>>,
}

/// A publish in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Entry(usize);

impl Ledger {
    /// Takes note of a publish before its first attempt.
    pub(crate) fn intend(&self, intent: Intent) -> Entry {
        let mut intents = self.intents();
        intents.push(intent);
        Entry(intents.len() - 1)
    }

    /// Takes note of what an attempt came to.
    pub(crate) fn attempted(&self, entry: Entry, began: Instant, answer: Answer) {
        self.intents()[entry.0].attempts.push(Attempt { began, ended: Instant::now(), answer });
    }

    pub(crate) fn all(&self) -> Vec<Intent> {
        self.intents().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.intents().len()
    }

    fn intents(&self) -> MutexGuard<'_, Vec<Intent>> {
        self.intents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
