//! The nodes that are attached to a broker, and what they have been told about its links.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;

use crate::{
    broker::{Delivery, Link, Sink},
    hub::Wakeup,
    identity::NodeId,
};

/// Who hears what comes over the links.
#[derive(Default)]
pub(super) struct Attached {
    sinks: RwLock<Vec<Seat>>,
    // The links there are, and whether each is proven; a node is connected when all are.
    links: Mutex<HashMap<u64, bool>>,
}

struct Seat {
    node: NodeId,
    sink: Weak<dyn Sink>,
    // Whether a link listens for messages to it. Before that, no link is proven as far as it is concerned.
    reachable: AtomicBool,
}

/// How many subscriptions each channel has that were not taken back.
#[derive(Default)]
pub(super) struct Wanted {
    counts: Mutex<HashMap<Arc<str>, usize>>,
}

impl Attached {
    pub(super) fn add(&self, node: NodeId, sink: Weak<dyn Sink>) {
        let mut sinks = self.sinks.write().unwrap_or_else(PoisonError::into_inner);
        sinks.retain(|seat| seat.sink.strong_count() > 0);
        sinks.push(Seat { node, sink, reachable: AtomicBool::new(false) });
    }

    /// A link listens for messages to this node.
    pub(super) fn reach(&self, node: NodeId) {
        let sinks = self.sinks.read().unwrap_or_else(PoisonError::into_inner);
        sinks.iter().filter(|seat| seat.node == node).for_each(|seat| seat.reachable.store(true, Ordering::Release));
    }

    pub(super) fn nodes(&self) -> Vec<NodeId> {
        self.each(|_| true).into_iter().map(|(node, _)| node).collect()
    }

    /// Hands an event to all nodes. The answers wake subscribers when they are dropped.
    pub(super) fn deliver(&self, channel: &str, delivery: &Delivery) -> Vec<Wakeup> {
        self.each(|_| true).into_iter().filter_map(|(_, sink)| sink.deliver(channel, delivery.clone())).collect()
    }

    pub(super) fn tell(&self, to: Option<NodeId>, message: &Bytes) {
        for (node, sink) in self.each(|_| true) {
            if to.is_none_or(|to| to == node) {
                sink.told(message.clone());
            }
        }
    }

    /// There is a new link. It is not proven yet.
    pub(super) fn begin(&self, link: u64) {
        let mut links = self.links();
        let first = links.values().all(|proven| *proven);
        links.insert(link, false);
        // Under the lock, here and below, so that nodes hear changes in their order.
        if first {
            self.announce(Link::Unproven);
        }
    }

    /// A link is not to be trusted any more. Says so when it is the first.
    pub(super) fn doubt(&self, link: u64) {
        let mut links = self.links();
        let first = links.values().all(|proven| *proven);
        // One that was ended is nobody's concern: its task may outlive it by a moment.
        if let Some(proven) = links.get_mut(&link) {
            *proven = false;
            if first {
                self.announce(Link::Unproven);
            }
        }
    }

    /// A link works. Says so when all do, also when they did before: deliveries may have been lost meanwhile.
    pub(super) fn prove(&self, link: u64) {
        let mut links = self.links();
        if let Some(proven) = links.get_mut(&link) {
            *proven = true;
            if links.values().all(|proven| *proven) {
                self.announce(Link::Proven);
            }
        }
    }

    /// A link is no longer needed.
    pub(super) fn end(&self, link: u64) {
        let mut links = self.links();
        if links.remove(&link) == Some(false) && links.values().all(|proven| *proven) {
            self.announce(Link::Proven);
        }
    }

    fn announce(&self, link: Link) {
        for (_, sink) in self.each(|seat| link == Link::Unproven || seat.reachable.load(Ordering::Acquire)) {
            sink.link(link);
        }
    }

    fn links(&self) -> MutexGuard<'_, HashMap<u64, bool>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // A copy, because a sink may do anything, and dropping the last reference to one does.
    fn each(&self, which: impl Fn(&Seat) -> bool) -> Vec<(NodeId, Arc<dyn Sink>)> {
        let sinks = self.sinks.read().unwrap_or_else(PoisonError::into_inner);
        sinks.iter().filter(|seat| which(seat)).filter_map(|seat| Some((seat.node, seat.sink.upgrade()?))).collect()
    }
}

impl Wanted {
    pub(super) fn add(&self, channel: &Arc<str>) {
        *self.counts().entry(channel.clone()).or_default() += 1;
    }

    /// Whether that was the last.
    pub(super) fn remove(&self, channel: &str) -> bool {
        let mut counts = self.counts();
        let Some(count) = counts.get_mut(channel) else { return false };
        *count -= 1;
        let last = *count == 0;
        if last {
            counts.remove(channel);
        }
        last
    }

    pub(super) fn contains(&self, channel: &str) -> bool {
        self.counts().contains_key(channel)
    }

    pub(super) fn channels(&self, mut which: impl FnMut(&str) -> bool) -> Vec<Arc<str>> {
        self.counts().keys().filter(|channel| which(channel)).cloned().collect()
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Arc<str>, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
