//! What a ring holds: the chain of recent events, and what waits behind a break in it.

use std::collections::{HashMap, VecDeque};

use tokio::time::Instant;

use super::ring::RingBounds;
use crate::{
    broker::{Delivery, Entry, Routing},
    cursor::Cursor,
    transport::Frame,
};

/// The recent events of a channel, oldest first.
#[derive(Default)]
pub(super) struct Chain {
    // The newest stored event known, `None` until the broker told the position or an event came.
    pub(super) head: Option<Cursor>,
    pub(super) slots: VecDeque<Slot>,
    // The local number of the first slot.
    pub(super) first: u64,
    pub(super) bytes: usize,
    // The newest slot of each mark, by its local number.
    marked: HashMap<u64, u64>,
    // What came behind a break in the chain; `None` while the chain is whole.
    pub(super) held: Option<Held>,
    // Counts breaks that could not be closed, so that who looked before one knows that it came.
    pub(super) restarts: u64,
}

/// What waits for a break to be closed.
#[derive(Default)]
pub(super) struct Held {
    pub(super) deliveries: Vec<Delivery>,
    pub(super) bytes: usize,
    // More came than is kept, so the store has to be read once more.
    pub(super) incomplete: bool,
}

/// One event in a ring.
pub(crate) struct Slot {
    pub(crate) frame: Frame,
    /// Who is due it.
    pub(crate) routing: Routing,
    /// The entry's position and link; `None` for a transient event.
    pub(crate) stored: Option<Link>,
    /// Whether a newer event with the same mark is in the ring.
    pub(crate) superseded: bool,
    // The number of the last stored event up to here, so that transient events have a place in a search by number.
    pub(super) upto: u64,
    pub(super) since: Instant,
}

#[derive(Clone, Copy)]
pub(crate) struct Link {
    pub(crate) cursor: Cursor,
    pub(crate) follows: Cursor,
}

/// What [`Ring::append`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Appended {
    /// There is something to wake the subscribers for.
    New,
    /// The event was known, or waits.
    Nothing,
    /// The chain is broken: [`Ring::mend`] it.
    Broken,
}

impl Chain {
    pub(super) fn end(&self) -> u64 {
        self.first + self.slots.len() as u64
    }

    /// Takes the position that the broker answered when the channel was subscribed to.
    pub(super) fn anchor(&mut self, head: Cursor) {
        match self.head {
            // Deliveries that overtook the answer already go beyond it.
            Some(known) if known.epoch() == head.epoch() && known.number() >= head.number() => {}
            Some(_) => self.restart(head),
            None => self.head = Some(head),
        }
    }

    pub(super) fn take(&mut self, delivery: Delivery, bounds: RingBounds) -> Appended {
        if let Some(held) = &mut self.held {
            held.take(delivery, bounds);
            return Appended::Nothing;
        }
        match delivery {
            Delivery::Stored(entry) => match self.head {
                Some(head) if head.epoch() == entry.cursor.epoch() && entry.cursor.id() <= head.id() => {
                    // Ids rise within an epoch, so this one was here before.
                    Appended::Nothing
                }
                Some(head) if !entry.follows(&head) => {
                    self.held.insert(Held::default()).take(Delivery::Stored(entry), bounds);
                    Appended::Broken
                }
                _ => {
                    self.append(entry);
                    Appended::New
                }
            },
            Delivery::Transient(frame, routing) => {
                let upto = self.head.map_or(0, |head| head.number());
                self.push(Slot { frame, routing, stored: None, superseded: false, upto, since: Instant::now() });
                Appended::New
            }
        }
    }

    /// Adds an event that follows what is there, or begins.
    pub(super) fn append(&mut self, entry: Entry) {
        let link = Link { cursor: entry.cursor, follows: entry.position_before() };
        let Entry { cursor, frame, routing, .. } = entry;
        self.head = Some(cursor);
        self.push(Slot { frame, routing, stored: Some(link), superseded: false, upto: cursor.number(), since: Instant::now() });
    }

    /// The chain is broken: forgets everything, and skips a local number so that everybody notices.
    pub(super) fn restart(&mut self, head: Cursor) {
        self.first = self.end() + 1;
        self.slots.clear();
        self.marked.clear();
        self.bytes = 0;
        self.restarts += 1;
        self.head = Some(head);
    }

    pub(super) fn push(&mut self, slot: Slot) {
        self.bytes += slot.frame.size();
        if let Some(mark) = slot.routing.latest
            && let Some(before) = self.marked.insert(mark, self.end())
            && let Some(before) = before.checked_sub(self.first).and_then(|at| self.slots.get_mut(usize::try_from(at).ok()?))
        {
            before.superseded = true;
        }
        self.slots.push_back(slot);
    }

    /// Lets the oldest go until the rest fits; how many went.
    pub(super) fn trim(&mut self, bounds: RingBounds) -> u64 {
        let first = self.first;
        while self.slots.len() > 1 && (self.slots.len() > bounds.events || self.bytes > bounds.bytes) {
            if let Some(slot) = self.slots.pop_front() {
                self.bytes -= slot.frame.size();
                if let Some(mark) = slot.routing.latest
                    && self.marked.get(&mark) == Some(&self.first)
                {
                    self.marked.remove(&mark);
                }
                self.first += 1;
            }
        }
        self.first - first
    }

    /// The local number of what follows `cursor`, transient events included, and the next stored event. `None` when the ring cannot prove
    /// that nothing is missing.
    pub(super) fn meet(&self, cursor: &Cursor) -> Option<(u64, Option<&Slot>)> {
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

impl Held {
    pub(super) fn take(&mut self, delivery: Delivery, bounds: RingBounds) {
        let size = match &delivery {
            Delivery::Stored(entry) => entry.frame.size(),
            Delivery::Transient(frame, _) => frame.size(),
        };
        self.bytes += size;
        self.deliveries.push(delivery);
        if self.deliveries.len() > bounds.events || self.bytes > bounds.bytes.max(size) {
            // The store has them; transient ones were for those who keep up.
            *self = Self { incomplete: true, ..Self::default() };
        }
    }
}
