//! Channels that share a lock, and the history of one channel.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tidewire_schema::History;
use tokio::time::Instant;

use super::{Delivery, Draft, Entry, Page, ReadRequest, Receipt, keys::Keys, rosters::Roster};
use crate::{
    broker::{Range, Routing},
    cursor::{Cursor, Epoch, EventId},
    transport::Frame,
};

/// What an entry costs beside its frame: the entry itself, its place in the queue, the frame's allocation.
const ENTRY_OVERHEAD: usize = 160;

/// How much would be lost with a channel; whoever would lose less is forgotten first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It never had an event and nobody listens.
    Unused,
    /// Nobody listens.
    Idle,
    /// Somebody listens.
    Followed,
}

#[derive(Default)]
pub(super) struct Shard {
    channels: HashMap<Arc<str>, ChannelHistory>,
    // Ordered by what is to be forgotten first.
    order: BTreeMap<(Standing, u64), Arc<str>>,
    // By the channels of their changes. None is empty.
    pub(super) rosters: HashMap<Arc<str>, Roster>,
}

impl Shard {
    pub(super) fn existing(&mut self, channel: &str) -> Option<&mut ChannelHistory> {
        self.channels.get_mut(channel)
    }

    /// The history of `channel`, begun now if there is none. The caller says [`used`](Self::used) afterwards.
    pub(super) fn history(&mut self, channel: &str, count: &AtomicUsize) -> &mut ChannelHistory {
        if !self.channels.contains_key(channel) {
            count.fetch_add(1, Ordering::Relaxed);
            let name: Arc<str> = Arc::from(channel);
            self.channels.insert(name.clone(), ChannelHistory::begin(name));
        }
        self.channels.get_mut(channel).expect("it was there or has just been inserted")
    }

    /// Moves `channel` to its place in the order of forgetting.
    pub(super) fn used(&mut self, channel: &str, tick: u64) {
        let Some(history) = self.channels.get_mut(channel) else { return };
        let place = (history.standing(), tick);
        let name = history.place.replace(place).and_then(|old| self.order.remove(&old));
        self.order.insert(place, name.unwrap_or_else(|| history.name.clone()));
    }

    /// The place of the channel to forget first, among those of at least this standing.
    pub(super) fn oldest(&self, least: Standing) -> Option<(Standing, u64)> {
        self.order.range((least, 0)..).next().map(|(&place, _)| place)
    }

    /// The same, with the channel's name.
    pub(super) fn oldest_named(&self, least: Standing) -> Option<((Standing, u64), Arc<str>)> {
        self.order.range((least, 0)..).next().map(|(&place, name)| (place, name.clone()))
    }

    pub(super) fn remove(&mut self, channel: &str) {
        if let Some(place) = self.channels.remove(channel).and_then(|history| history.place) {
            self.order.remove(&place);
        }
    }
}

/// The stored events of one channel, in one epoch.
pub(super) struct ChannelHistory {
    name: Arc<str>,
    head: Cursor,
    kept: VecDeque<Kept>,
    frame_bytes: usize,
    max: usize,
    ttl: Duration,
    pub(super) subscribers: usize,
    pub(super) keys: Keys,
    place: Option<(Standing, u64)>,
}

struct Kept {
    entry: Entry,
    // Ages are told by a clock that cannot be set, unlike the time that subscribers are shown.
    since: Instant,
}

impl ChannelHistory {
    fn begin(name: Arc<str>) -> Self {
        Self {
            name,
            head: Cursor::start(Epoch::random()),
            kept: VecDeque::new(),
            frame_bytes: 0,
            max: 0,
            ttl: Duration::ZERO,
            subscribers: 0,
            keys: Keys::default(),
            place: None,
        }
    }

    pub(super) fn head(&self) -> Cursor {
        self.head
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.frame_bytes + self.kept.len() * ENTRY_OVERHEAD + self.keys.bytes()
    }

    fn standing(&self) -> Standing {
        if self.subscribers > 0 {
            Standing::Followed
        } else if self.head.number() == 0 {
            Standing::Unused
        } else {
            Standing::Idle
        }
    }

    /// Stores an event as its retention says, and remembers its key.
    pub(super) fn store(&mut self, channel: &str, draft: &Draft, time: u64) -> (Delivery, Receipt) {
        let (delivery, cursor) = match draft.retention {
            History::Off => (Delivery::Transient(draft.frame(channel, None, time), draft.routing()), None),
            History::Keep { max, ttl } => {
                let entry = self.append(max, ttl, time, draft.routing(), |cursor| draft.frame(channel, Some(cursor), time));
                let cursor = entry.cursor;
                (Delivery::Stored(entry), Some(cursor))
            }
        };
        let receipt = Receipt { cursor, time, duplicate: false };
        if let Some(key) = &draft.key {
            self.keys.remember(key.clone(), draft, receipt);
        }
        (delivery, receipt)
    }

    pub(super) fn append(&mut self, max: u32, ttl: u64, time: u64, routing: Routing, frame: impl FnOnce(Cursor) -> Frame) -> Entry {
        // The newest event is always kept: the link of the next one needs it to prove itself to a reader.
        self.max = (max as usize).max(1);
        self.ttl = Duration::from_secs(ttl);
        let previous = self.head.id();
        self.head = Cursor::new(self.head.epoch(), self.head.number() + 1, previous.next(time.max(1)));
        let entry = Entry { cursor: self.head, previous, frame: frame(self.head), routing };
        self.frame_bytes += entry.frame.size();
        self.kept.push_back(Kept { entry: entry.clone(), since: Instant::now() });
        while self.kept.len() > self.max {
            self.forget_oldest();
        }
        self.expire();
        entry
    }

    /// Forgets what is older than the channel's time to live.
    pub(super) fn expire(&mut self) {
        let now = Instant::now();
        while self.kept.front().is_some_and(|oldest| now.duration_since(oldest.since) >= self.ttl) {
            self.forget_oldest();
        }
    }

    /// Forgets the older half, but never the newest event.
    pub(super) fn halve(&mut self) {
        for _ in 0..self.kept.len() / 2 {
            self.forget_oldest();
        }
        self.kept.shrink_to_fit();
        self.keys.halve();
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.kept.pop_front() {
            self.frame_bytes -= oldest.entry.frame.size();
        }
    }

    pub(super) fn read(&self, request: ReadRequest) -> Page {
        let ReadRequest { range, limit, bytes } = request;
        let end = self.kept.len();
        let (entries, more) = match range {
            Range::After(cursor) if cursor.epoch() != self.head.epoch() => self.forwards(0, limit, bytes),
            Range::After(cursor) => self.forwards(self.first_above(cursor.id()), limit, bytes),
            Range::Newest(count) => self.forwards(end.saturating_sub(count), limit, bytes),
            Range::Before(None) => self.backwards(end, limit, bytes),
            Range::Before(Some(cursor)) if cursor.epoch() != self.head.epoch() => (Vec::new(), false),
            Range::Before(Some(cursor)) => {
                self.backwards(self.kept.partition_point(|kept| kept.entry.cursor.id() < cursor.id()), limit, bytes)
            }
        };
        Page { head: self.head, entries, more }
    }

    fn first_above(&self, id: EventId) -> usize {
        self.kept.partition_point(|kept| kept.entry.cursor.id() <= id)
    }

    fn forwards(&self, from: usize, limit: usize, bytes: usize) -> (Vec<Entry>, bool) {
        let fitting = count_fitting(self.kept.range(from..), limit, bytes);
        let entries = self.kept.range(from..from + fitting).map(|kept| kept.entry.clone()).collect();
        (entries, from + fitting < self.kept.len())
    }

    fn backwards(&self, end: usize, limit: usize, bytes: usize) -> (Vec<Entry>, bool) {
        let fitting = count_fitting(self.kept.range(..end).rev(), limit, bytes);
        let entries = self.kept.range(end - fitting..end).map(|kept| kept.entry.clone()).collect();
        (entries, fitting < end)
    }
}

fn count_fitting<'a>(kept: impl Iterator<Item = &'a Kept>, limit: usize, bytes: usize) -> usize {
    let mut total = 0;
    kept.take(limit)
        .take_while(|kept| {
            let first = total == 0;
            total += kept.entry.frame.size();
            first || total <= bytes
        })
        .count()
}
