//! The embedded broker: everything in the memory of this process.

mod keys;
mod rosters;
mod shard;

use std::{
    collections::hash_map::RandomState,
    fmt,
    hash::BuildHasher,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tidewire_schema::History;

use self::{
    rosters::Leases,
    shard::{Shard, Standing},
};
use super::{
    Appearance, Appeared, Attendee, BoxFuture, Broker, Delivery, Draft, Entry, Lease, Page, ReadRequest, Receipt, Recipient, Sink,
    StoredRoster,
};
use crate::{clock::unix_milliseconds, cursor::Cursor, error::BrokerError, hub::Wakeup, identity::NodeId};

const SHARDS: usize = 16;

/// How many channels one publish looks at when the bounds are exceeded. One is enough as long as there is something to forget.
const SHRINK_STEPS: usize = 64;

/// How much a [`MemoryBroker`] keeps at most, whatever the contract promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBounds {
    /// Bytes of stored events and of rosters, their bookkeeping included. 256 MiB unless set. Rosters may take half of it; then nobody further may appear (`roster_full`).
    pub bytes: usize,
    /// Channels with a history or a position. 100 000 unless set. Those that somebody listens to count, but stay.
    pub channels: usize,
}

impl Default for MemoryBounds {
    fn default() -> Self {
        Self { bytes: 256 * 1024 * 1024, channels: 100_000 }
    }
}

#[doc = include_str!("../../docs/memory_broker.md")]
#[derive(Clone)]
pub struct MemoryBroker {
    shared: Arc<Shared>,
}

struct Shared {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    sinks: RwLock<Vec<(NodeId, Weak<dyn Sink>)>>,
    bounds: MemoryBounds,
    bytes: AtomicUsize,
    // Those of the bytes that rosters take.
    rosters: AtomicUsize,
    channels: AtomicUsize,
    // Counts uses, so that channels of different shards can be compared by how recently they were used.
    uses: AtomicU64,
    leases: Leases,
    clock: fn() -> u64,
}

impl MemoryBroker {
    /// An empty broker with the default bounds.
    pub fn new() -> Self {
        Self::with_bounds(MemoryBounds::default())
    }

    /// An empty broker that keeps at most so much.
    pub fn with_bounds(bounds: MemoryBounds) -> Self {
        Self::with_clock(bounds, unix_milliseconds)
    }

    pub(crate) fn with_clock(bounds: MemoryBounds, clock: fn() -> u64) -> Self {
        Self {
            shared: Arc::new(Shared {
                shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
                hasher: RandomState::new(),
                sinks: RwLock::default(),
                bounds,
                bytes: AtomicUsize::new(0),
                rosters: AtomicUsize::new(0),
                channels: AtomicUsize::new(0),
                uses: AtomicU64::new(0),
                leases: Leases::default(),
                clock,
            }),
        }
    }
}

impl Default for MemoryBroker {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBroker")
            .field("channels", &self.shared.channels.load(Ordering::Relaxed))
            .field("bytes", &self.shared.bytes.load(Ordering::Relaxed))
            .field("bounds", &self.shared.bounds)
            .finish_non_exhaustive()
    }
}

impl Broker for MemoryBroker {
    fn attach(&self, node: NodeId, sink: Weak<dyn Sink>) {
        let mut sinks = self.shared.sinks.write().unwrap_or_else(PoisonError::into_inner);
        sinks.retain(|(_, sink)| sink.strong_count() > 0);
        sinks.push((node, sink));
    }

    fn publish<'a>(&'a self, channel: &'a str, draft: Draft) -> BoxFuture<'a, Result<Receipt, BrokerError>> {
        Box::pin(async move { self.shared.publish(channel, &draft) })
    }

    fn publish_batch(&self, batch: Vec<(Arc<str>, Draft)>) -> BoxFuture<'_, Vec<Result<Receipt, BrokerError>>> {
        Box::pin(async move { batch.iter().map(|(channel, draft)| self.shared.publish(channel, draft)).collect() })
    }

    fn read<'a>(&'a self, channel: &'a str, request: ReadRequest) -> BoxFuture<'a, Result<Page, BrokerError>> {
        Box::pin(async move { Ok(self.shared.with_history(channel, |history| history.read(request))) })
    }

    fn positions<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Cursor>, BrokerError>> {
        Box::pin(async move { Ok(channels.iter().map(|channel| self.shared.with_history(channel, |history| history.head())).collect()) })
    }

    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Cursor, BrokerError>> {
        Box::pin(async move {
            Ok(self.shared.with_history(channel, |history| {
                history.subscribers += 1;
                history.head()
            }))
        })
    }

    fn unsubscribe(&self, channel: &str) {
        let mut shard = self.shared.shard(channel);
        let Some(history) = shard.existing(channel) else { return };
        history.subscribers = history.subscribers.saturating_sub(1);
        shard.used(channel, self.shared.next_use());
    }

    fn tell(&self, to: Recipient, message: Bytes) -> BoxFuture<'_, Result<(), BrokerError>> {
        Box::pin(async move {
            let sinks: Vec<_> = self.shared.sinks.read().unwrap_or_else(PoisonError::into_inner).clone();
            for (node, sink) in sinks {
                if let (true, Some(sink)) = (to == Recipient::Everybody || to == Recipient::Node(node), sink.upgrade()) {
                    sink.told(message.clone());
                }
            }
            Ok(())
        })
    }

    fn appear<'a>(&'a self, channel: &'a str, appearance: Appearance) -> BoxFuture<'a, Result<Appeared, BrokerError>> {
        Box::pin(async move { Ok(self.shared.appear(channel, &appearance)) })
    }

    fn depart<'a>(&'a self, channel: &'a str, attendee: Attendee, lease: Lease) -> BoxFuture<'a, Result<(), BrokerError>> {
        Box::pin(async move {
            self.shared.depart(channel, &attendee, lease);
            Ok(())
        })
    }

    fn roster<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<StoredRoster, BrokerError>> {
        Box::pin(async move { Ok(self.shared.roster(channel)) })
    }

    fn renew<'a>(&'a self, lease: Lease, lasts: Duration, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Arc<str>>, BrokerError>> {
        Box::pin(async move { Ok(self.shared.renew(lease, lasts, channels)) })
    }

    fn sweep<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<(), BrokerError>> {
        Box::pin(async move {
            for channel in channels {
                self.shared.sweep(channel);
            }
            Ok(())
        })
    }
}

impl Shared {
    fn publish(&self, channel: &str, draft: &Draft) -> Result<Receipt, BrokerError> {
        let time = (self.clock)();
        let mut shard = self.shard(channel);
        let (delivery, receipt) = if draft.key.is_none() && matches!(draft.retention, History::Off) {
            (Delivery::Transient(draft.frame(channel, None, time), draft.routing()), Receipt { cursor: None, time, duplicate: false })
        } else {
            let history = shard.history(channel, &self.channels);
            let before = history.bytes();
            let known = draft.key.as_ref().and_then(|key| history.keys.find(key, draft));
            let stored = known.map_or_else(|| Ok(history.store(channel, draft, time)), Err);
            let after = history.bytes();
            self.account(before, after);
            shard.used(channel, self.next_use());
            match stored {
                Ok(stored) => stored,
                Err(known) => return known,
            }
        };
        let wakeups = self.deliver(channel, &delivery);
        // The order is made; waking the subscribers must not hold up the next publisher.
        drop(shard);
        drop(wakeups);
        self.shrink();
        Ok(receipt)
    }

    fn append(&self, shard: &mut Shard, channel: &str, draft: &Draft, (max, ttl): (u32, u64), time: u64) -> Entry {
        let history = shard.history(channel, &self.channels);
        let before = history.bytes();
        let entry = history.append(max, ttl, time, draft.routing(), |cursor| draft.frame(channel, Some(cursor), time));
        let after = history.bytes();
        self.account(before, after);
        shard.used(channel, self.next_use());
        entry
    }

    fn with_history<T>(&self, channel: &str, work: impl FnOnce(&mut shard::ChannelHistory) -> T) -> T {
        let mut shard = self.shard(channel);
        let history = shard.history(channel, &self.channels);
        let before = history.bytes();
        history.expire();
        let answer = work(history);
        let after = history.bytes();
        self.account(before, after);
        shard.used(channel, self.next_use());
        drop(shard);
        self.shrink();
        answer
    }

    fn deliver(&self, channel: &str, delivery: &Delivery) -> Vec<Wakeup> {
        let sinks = self.sinks.read().unwrap_or_else(PoisonError::into_inner);
        sinks.iter().filter_map(|(_, sink)| sink.upgrade()).filter_map(|sink| sink.deliver(channel, delivery.clone())).collect()
    }

    /// Forgets until the bounds hold again: first whole channels that nobody listens to, the least recently used first; then the older half of the
    /// others. A position that was never followed by an event takes no bytes, so these go only when there are too many channels.
    fn shrink(&self) {
        // Bounded, because the newest event of each channel that is listened to stays: there may be nothing left to forget.
        for _ in 0..SHRINK_STEPS {
            let too_many = self.channels.load(Ordering::Relaxed) > self.bounds.channels;
            let too_large = self.bytes.load(Ordering::Relaxed) > self.bounds.bytes;
            let least = if too_many { Standing::Unused } else { Standing::Idle };
            if !too_many && !too_large {
                return;
            }
            let oldest = self.shards.iter().enumerate().filter_map(|(at, shard)| Some((lock(shard).oldest(least)?, at))).min();
            let Some((_, at)) = oldest else { return };
            let mut shard = lock(&self.shards[at]);
            // Looked up again: the lock was free in between.
            let Some(((standing, _), channel)) = shard.oldest_named(least) else { continue };
            let Some(history) = shard.existing(&channel) else { return };
            let before = history.bytes();
            if standing < Standing::Followed && (too_many || self.spared(before)) {
                tracing::debug!(events = history.len(), "evicting a channel to stay within the bounds of the memory broker");
                shard.remove(&channel);
                self.channels.fetch_sub(1, Ordering::Relaxed);
                self.account(before, 0);
            } else if too_large {
                history.halve();
                let after = history.bytes();
                self.account(before, after);
                shard.used(&channel, self.next_use());
            } else {
                return;
            }
        }
    }

    /// Whether the bounds can be met without this channel's newest events; a single channel that exceeds them alone is shortened, not removed.
    fn spared(&self, channel: usize) -> bool {
        self.bytes.load(Ordering::Relaxed) > channel
    }

    fn account(&self, before: usize, after: usize) {
        count(&self.bytes, before, after);
    }

    fn next_use(&self) -> u64 {
        self.uses.fetch_add(1, Ordering::Relaxed)
    }

    fn shard(&self, channel: &str) -> MutexGuard<'_, Shard> {
        // The remainder is below the number of shards, so the cast loses nothing.
        #[expect(clippy::cast_possible_truncation, reason = "below 16")]
        lock(&self.shards[(self.hasher.hash_one(channel) % SHARDS as u64) as usize])
    }
}

fn count(bytes: &AtomicUsize, before: usize, after: usize) {
    if after >= before {
        bytes.fetch_add(after - before, Ordering::Relaxed);
    } else {
        bytes.fetch_sub(before - after, Ordering::Relaxed);
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // A panic in here would have come before anything was changed halfway, so the state behind a poisoned lock is sound.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
