//! What a node does about deliveries that got lost: it closes broken chains, and compares its positions with the store's.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep, sleep_until},
};

use super::{
    Hub,
    ring::{Audit, Mended, Ring, Standing},
};
use crate::{
    broker::{Range, ReadRequest},
    cursor::Cursor,
    error::BrokerError,
    observe,
};

/// How many positions are asked for at once.
const BATCH: usize = 500;

/// How long what the store has may be on its way here before it counts as lost.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// How long to wait when the store does not answer.
const PAUSE: Duration = Duration::from_millis(500);

/// How many channels of a batch to ask for one by one where something among them is corrupt: two calls of the largest size.
const ASKED_ALONE: usize = 128;

/// How often a chain is read on before the subscribers are left to find their own way.
const TRIES: usize = 4;

/// What there is to do.
#[derive(Default)]
pub(super) struct Care {
    broken: Mutex<VecDeque<Arc<Ring>>>,
    breakage: Notify,
    relinked: Notify,
}

impl Care {
    pub(super) fn mend(&self, ring: Arc<Ring>) {
        self.broken().push_back(ring);
        self.breakage.notify_one();
    }

    pub(super) fn relinked(&self) {
        self.relinked.notify_one();
    }

    /// There is no hub any more: the tasks look once more, and end.
    pub(super) fn end(&self) {
        self.breakage.notify_one();
        self.relinked.notify_one();
    }

    fn broken(&self) -> MutexGuard<'_, VecDeque<Arc<Ring>>> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// Starts to take care, until the hub is gone.
    pub(crate) fn look_after(self: &Arc<Self>) {
        let hub = Arc::downgrade(self);
        let care = self.care.clone();
        tokio::spawn(async move {
            loop {
                care.breakage.notified().await;
                loop {
                    let Some(hub) = hub.upgrade() else { return };
                    if hub.mend_next().await {
                        break;
                    }
                    // The hub may go while the store is away.
                    drop(hub);
                    sleep(PAUSE).await;
                }
            }
        });
        let Some(interval) = self.broker.audit_interval() else { return };
        let hub = Arc::downgrade(self);
        let care = self.care.clone();
        tokio::spawn(async move {
            loop {
                // Nodes that started together need not ask together.
                let next = Instant::now() + interval.mul_f64(rand::random_range(0.75..1.25));
                tokio::select! {
                    () = sleep_until(next) => {}
                    () = care.relinked.notified() => {}
                }
                let Some(hub) = hub.upgrade() else { return };
                let behind = hub.audit().await;
                if !behind.is_empty() {
                    sleep(ON_ITS_WAY).await;
                    hub.fetch_what_did_not_come(behind);
                }
            }
        });
    }

    /// Closes the broken chains one after the other; whether none is left. When not, the store did not answer.
    pub(crate) async fn mend_next(&self) -> bool {
        loop {
            let Some(ring) = self.care.broken().pop_front() else { return true };
            if ring.is_deserted() {
                continue;
            }
            if !self.mend(&ring).await {
                // Behind the others: what one of them lacks may be elsewhere, and readable.
                self.care.broken().push_back(ring);
                return false;
            }
            ring.wake();
        }
    }

    async fn mend(&self, ring: &Ring) -> bool {
        for tries in 1.. {
            let Some(after) = ring.broken_after() else { return true };
            let request = ReadRequest { range: Range::After(after), limit: self.bounds.events.max(1), bytes: self.bounds.bytes };
            let page = match self.read(ring.channel(), request).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::debug!(cause = error.source_text(), "a broken chain cannot be closed yet");
                    return matches!(error, BrokerError::Corrupt(_)) && self.give_up(ring).await;
                }
            };
            let position = page.head;
            let mended = ring.mend(&after, &page);
            observe::mended(mended.name());
            tracing::debug!(outcome = mended.name(), "deliveries were missing");
            if mended != Mended::Again {
                break;
            }
            // The next read may fail.
            ring.wake();
            if tries >= TRIES {
                observe::mended("given_up");
                ring.give_up(position);
                break;
            }
        }
        true
    }

    /// Goes on where the store is with a channel whose history nobody can read: each subscriber finds that out, and is told. Whether the store said where that is.
    async fn give_up(&self, ring: &Ring) -> bool {
        let channels = [ring.channel().clone()];
        let positions = self.broker.positions(&channels).await;
        let Some(position) = positions.ok().and_then(|positions| positions.first().copied()) else { return false };
        observe::mended("given_up");
        ring.give_up(position);
        true
    }

    /// Compares the positions of all channels with the store's. Answers the channels whose events may still be on their way.
    pub(crate) async fn audit(&self) -> Vec<(Arc<Ring>, Standing)> {
        let rings: Vec<Arc<Ring>> = self.shards.iter().flat_map(|shard| lock(shard).values().cloned().collect::<Vec<_>>()).collect();
        let mut behind = Vec::new();
        for batch in rings.chunks(BATCH) {
            // Taken before the store is asked: it cannot be behind this unless it lost something.
            let standing: Vec<(&Arc<Ring>, Standing)> = batch.iter().filter_map(|ring| Some((ring, ring.standing()?))).collect();
            let channels: Vec<Arc<str>> = standing.iter().map(|(ring, _)| ring.channel().clone()).collect();
            let positions = self.where_it_is(&channels).await;
            for ((ring, before), position) in standing.into_iter().zip(positions) {
                let Some(position) = position else {
                    observe::audited("failed", 1);
                    continue;
                };
                let found = ring.audit(before, position);
                observe::audited(found.name(), 1);
                match found {
                    Audit::Sound => {}
                    Audit::Behind => behind.push((ring.clone(), Standing::at(position, before))),
                    Audit::Restarted => {
                        tracing::info!("the store came back with another state of a channel");
                        ring.wake();
                    }
                }
            }
        }
        behind
    }

    /// The store's position of each channel that it can say.
    async fn where_it_is(&self, channels: &[Arc<str>]) -> Vec<Option<Cursor>> {
        let (mut positions, mut alone) = (Vec::with_capacity(channels.len()), ASKED_ALONE);
        for (at, position) in self.broker.each_position(channels).await.into_iter().enumerate() {
            let position = match position {
                // One that is corrupt may have been asked for together with others that are not.
                Err(BrokerError::Corrupt(_)) if alone > 0 && channels.len() > 1 => {
                    alone -= 1;
                    self.broker
                        .positions(&channels[at..=at])
                        .await
                        .and_then(|found| found.first().copied().ok_or(BrokerError::corrupt("no position")))
                }
                position => position,
            };
            if let Err(error) = &position {
                tracing::debug!(cause = error.source_text(), "the position of a channel cannot be compared now");
            }
            positions.push(position.ok());
        }
        positions
    }

    /// Reads what an audit found and no delivery brought since.
    pub(crate) fn fetch_what_did_not_come(&self, behind: Vec<(Arc<Ring>, Standing)>) {
        for (ring, expected) in behind {
            if ring.suspect(expected) {
                self.care.mend(ring);
            }
        }
    }
}

fn lock<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "care_tests.rs"]
mod tests;
