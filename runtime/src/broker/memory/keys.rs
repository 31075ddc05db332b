//! Which keys a channel's events were stored under.

use std::{
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    broker::{Draft, IdempotencyKey, Receipt},
    error::BrokerError,
};

/// How long a key is remembered.
const KEPT: Duration = Duration::from_secs(5 * 60);

/// How many keys a channel remembers at most. What a client may publish in five minutes is less.
const MOST: usize = 100_000;

/// What a key costs: the key itself twice, its places in map and queue.
const OVERHEAD: usize = 320;

#[derive(Default)]
pub(super) struct Keys {
    known: HashMap<IdempotencyKey, Known>,
    // Oldest first.
    order: VecDeque<(Instant, IdempotencyKey)>,
}

struct Known {
    content: u64,
    receipt: Receipt,
}

impl Keys {
    /// The answer to a repeated publish; `None` for a new one.
    pub(super) fn find(&mut self, key: &IdempotencyKey, draft: &Draft) -> Option<Result<Receipt, BrokerError>> {
        self.expire();
        let known = self.known.get(key)?;
        Some(if known.content == content(draft) { Ok(Receipt { duplicate: true, ..known.receipt }) } else { Err(BrokerError::Conflict) })
    }

    pub(super) fn remember(&mut self, key: IdempotencyKey, draft: &Draft, receipt: Receipt) {
        self.order.push_back((Instant::now(), key.clone()));
        self.known.insert(key, Known { content: content(draft), receipt });
        if self.order.len() > MOST {
            self.forget_oldest();
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.order.len() * OVERHEAD
    }

    /// Forgets the older half.
    pub(super) fn halve(&mut self) {
        for _ in 0..self.order.len() / 2 {
            self.forget_oldest();
        }
        self.order.shrink_to_fit();
    }

    fn expire(&mut self) {
        let now = Instant::now();
        while self.order.front().is_some_and(|(since, _)| now.duration_since(*since) >= KEPT) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, key)) = self.order.pop_front() {
            self.known.remove(&key);
        }
    }
}

fn content(draft: &Draft) -> u64 {
    let mut hasher = DefaultHasher::new();
    (draft.event, &draft.sender, &draft.data).hash(&mut hasher);
    hasher.finish()
}
