//! The recent events of one channel, shared by all its subscribers on this node.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};

use tidewire_schema::History;
use tokio::{sync::OnceCell, time::Instant};

use super::Subscriber;
use crate::{
    broker::{Broker, Delivery, Entry, Routing},
    cursor::Cursor,
    error::BrokerError,
    transport::Frame,
};

/// How much a ring holds. The newest event is always in it, however large.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RingBounds {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

/// The ring of one channel.
///
/// Its events have local numbers that rise by one, transient events included, so that a subscriber's position is one integer. A break in the
/// chain of stored events skips a local number: everybody who had not read up to the break finds out that they fell off, and goes the way of
/// those who are behind, which proves continuity or tells a gap. There is no second way for anything unusual.
pub(crate) struct Ring {
    channel: Arc<str>,
    retention: History,
    bounds: RingBounds,
    opened: OnceCell<()>,
    state: Mutex<State>,
    // Apart from the state: waking thousands must not keep those who were woken from reading.
    subscribers: Mutex<Vec<Arc<Subscriber>>>,
}

struct State {
    // The newest stored event known, `None` until the broker told the position or an event came.
    head: Option<Cursor>,
    slots: VecDeque<Slot>,
    // The local number of the first slot.
    first: u64,
    bytes: usize,
}

/// One event in a ring.
pub(crate) struct Slot {
    pub(crate) frame: Frame,
    /// Who is due it.
    pub(crate) routing: Routing,
    /// The entry's position and link; `None` for a transient event.
    pub(crate) stored: Option<Link>,
    // The number of the last stored event up to here, so that transient events have a place in a search by number.
    upto: u64,
    since: Instant,
}

#[derive(Clone, Copy)]
pub(crate) struct Link {
    pub(crate) cursor: Cursor,
    follows: Cursor,
}

/// Where delivery from a ring begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Joint {
    /// The local number of the next event.
    pub(crate) next: u64,
    /// The local number after the newest event: older transient events were for others.
    pub(crate) end: u64,
}

/// What [`Ring::copy`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Copied {
    /// There is nothing newer.
    All,
    /// The quota is used up.
    Some,
    /// The next event is no longer in the ring.
    FellOff,
}

impl Ring {
    pub(super) fn new(channel: Arc<str>, retention: History, bounds: RingBounds) -> Self {
        Self {
            channel,
            retention,
            bounds,
            opened: OnceCell::new(),
            state: Mutex::new(State { head: None, slots: VecDeque::new(), first: 0, bytes: 0 }),
            subscribers: Mutex::default(),
        }
    }

    pub(crate) fn channel(&self) -> &Arc<str> {
        &self.channel
    }

    pub(super) async fn open(&self, broker: &dyn Broker) -> Result<(), BrokerError> {
        let subscribe = || async {
            let head = broker.subscribe(&self.channel).await?;
            self.state().anchor(head);
            Ok(())
        };
        self.opened.get_or_try_init(subscribe).await.copied()
    }

    pub(super) fn is_open(&self) -> bool {
        self.opened.initialized()
    }

    /// Adds an event; whether there is anything new to wake somebody for.
    pub(super) fn append(&self, delivery: Delivery) -> bool {
        let mut state = self.state();
        let appended = match delivery {
            Delivery::Stored(entry) => state.append(entry),
            Delivery::Transient(frame, routing) => {
                let upto = state.head.map_or(0, |head| head.number());
                state.push(Slot { frame, routing, stored: None, upto, since: Instant::now() });
                true
            }
        };
        state.trim(self.bounds);
        appended
    }

    /// Begins at this moment: the position to announce, and where delivery starts.
    pub(crate) fn join_now(&self) -> Option<(Cursor, Joint)> {
        let state = self.state();
        let end = state.end();
        state.head.map(|head| (head, Joint { next: end, end }))
    }

    /// Resumes after `cursor`, if the ring proves that nothing is missing and the history would still hold what follows.
    ///
    /// The latter makes the outcome independent of whether somebody else happens to listen.
    pub(crate) fn join_after(&self, cursor: &Cursor) -> Option<Joint> {
        let state = self.state();
        let (next, first) = state.meet(cursor)?;
        let History::Keep { max, ttl } = self.retention else { return Some(Joint { next, end: state.end() }) };
        let missed = state.head.map_or(0, |head| head.number() - cursor.number());
        let young = first.is_none_or(|slot| slot.since.elapsed() < Duration::from_secs(ttl));
        (missed <= u64::from(max.max(1)) && young).then(|| Joint { next, end: state.end() })
    }

    /// Goes on after `cursor` for somebody who was connected all the time; losing transient events on the way is no loss of a promise.
    pub(crate) fn rejoin(&self, cursor: &Cursor) -> Option<u64> {
        self.state().meet(cursor).map(|(next, _)| next)
    }

    /// Hands out events from local number `next` on, at most `quota` bytes but at least one event. Leaves `next` at what follows.
    pub(crate) fn copy(&self, next: &mut u64, quota: usize, mut take: impl FnMut(u64, &Slot) -> usize) -> Copied {
        let state = self.state();
        let Some(skip) = next.checked_sub(state.first) else { return Copied::FellOff };
        let mut taken = 0;
        for slot in state.slots.range(usize::try_from(skip).unwrap_or(usize::MAX).min(state.slots.len())..) {
            if taken > 0 && taken + slot.frame.size() > quota {
                return Copied::Some;
            }
            taken += take(*next, slot);
            *next += 1;
        }
        Copied::All
    }

    pub(super) fn add(&self, subscriber: Arc<Subscriber>) {
        let mut list = self.subscribers();
        subscriber.slot.store(list.len(), Ordering::Relaxed);
        list.push(subscriber);
    }

    /// Takes a subscriber off the list; whether it was the last.
    pub(super) fn remove(&self, subscriber: &Subscriber) -> bool {
        let mut list = self.subscribers();
        let slot = subscriber.slot.load(Ordering::Relaxed);
        list.swap_remove(slot);
        if let Some(moved) = list.get(slot) {
            moved.slot.store(slot, Ordering::Relaxed);
        }
        list.is_empty()
    }

    pub(super) fn wake(&self) {
        for subscriber in self.subscribers().iter() {
            subscriber.mark();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subscribers(&self) -> MutexGuard<'_, Vec<Arc<Subscriber>>> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn end(&self) -> u64 {
        self.first + self.slots.len() as u64
    }

    /// Takes the position that the broker answered when the channel was subscribed to.
    fn anchor(&mut self, head: Cursor) {
        match self.head {
            // Deliveries that overtook the answer already go beyond it.
            Some(known) if known.epoch() == head.epoch() && known.number() >= head.number() => {}
            Some(_) => self.restart(head),
            None => self.head = Some(head),
        }
    }

    fn append(&mut self, entry: Entry) -> bool {
        let follows = entry.position_before();
        match self.head {
            Some(head) if head == follows => {}
            // Ids rise within an epoch, so this one was here before.
            Some(head) if head.epoch() == entry.cursor.epoch() && entry.cursor.id() <= head.id() => return false,
            Some(_) => self.restart(follows),
            None => {}
        }
        self.head = Some(entry.cursor);
        let link = Link { cursor: entry.cursor, follows };
        self.push(Slot {
            frame: entry.frame,
            routing: entry.routing,
            stored: Some(link),
            upto: entry.cursor.number(),
            since: Instant::now(),
        });
        true
    }

    /// The chain is broken: forgets everything, and skips a local number so that everybody notices.
    fn restart(&mut self, head: Cursor) {
        self.first = self.end() + 1;
        self.slots.clear();
        self.bytes = 0;
        self.head = Some(head);
    }

    fn push(&mut self, slot: Slot) {
        self.bytes += slot.frame.size();
        self.slots.push_back(slot);
    }

    fn trim(&mut self, bounds: RingBounds) {
        while self.slots.len() > 1 && (self.slots.len() > bounds.events || self.bytes > bounds.bytes) {
            if let Some(slot) = self.slots.pop_front() {
                self.bytes -= slot.frame.size();
                self.first += 1;
            }
        }
    }

    /// The local number of what follows `cursor`, transient events included, and the next stored event. `None` when the ring cannot prove
    /// that nothing is missing.
    fn meet(&self, cursor: &Cursor) -> Option<(u64, Option<&Slot>)> {
        let head = self.head?;
        let start =
            self.slots.partition_point(|slot| slot.upto < cursor.number() || (slot.upto == cursor.number() && slot.stored.is_some()));
        let next = self.first + start as u64;
        if head == *cursor {
            return Some((next, None));
        }
        let stored = self.slots.range(start..).find_map(|slot| slot.stored.as_ref().map(|link| (slot, link)));
        stored.filter(|(_, link)| link.follows == *cursor).map(|(slot, _)| (next, Some(slot)))
    }
}

#[cfg(test)]
#[path = "ring_tests.rs"]
mod tests;
