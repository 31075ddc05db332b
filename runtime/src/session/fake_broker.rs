//! A broker that misbehaves in every way the contract allows, and in some that it does not.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, Weak},
};

use bytes::Bytes;

use crate::{
    broker::{BoxFuture, Broker, Delivery, Draft, Entry, Page, Range, ReadRequest, Receipt, Recipient, Routing, Sink},
    cursor::{Cursor, Epoch, EventId},
    error::BrokerError,
    identity::NodeId,
    transport::{Frame, FrameParts},
};

/// Everything that was ever stored, by channel and position.
type Journal = HashMap<(String, Cursor), Record>;

/// What is known of a stored event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// The id of what it followed.
    pub(super) previous: EventId,
    pub(super) event: &'static str,
    pub(super) routing: Routing,
    /// Which it was, of all that were ever stored.
    pub(super) order: u64,
}

#[derive(Clone, Default)]
pub(super) struct FakeBroker {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    channels: HashMap<String, Channel>,
    sinks: Vec<Weak<dyn Sink>>,
    clock: u64,
    journal: Journal,
    // The newest event of each mark that was ever stored.
    marked: HashMap<(String, u64), u64>,
}

struct Channel {
    head: Cursor,
    entries: VecDeque<Entry>,
    // Handed over later, or never.
    underway: VecDeque<Delivery>,
    subscribers: usize,
}

impl FakeBroker {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn store(&self, channel: &str, event: &'static str, routing: Routing) {
        let mut state = self.state();
        state.clock += 1;
        let clock = state.clock;
        let held = state.channel(channel);
        let previous = held.head.id();
        held.head = Cursor::new(held.head.epoch(), held.head.number() + 1, previous.next(clock));
        let cursor = held.head;
        let frame = Frame::encode(FrameParts { channel, event, cursor: Some(cursor), time: clock, sender: None, origin: None, data: None });
        let entry = Entry { cursor, previous, frame, routing };
        held.entries.push_back(entry.clone());
        if held.subscribers > 0 {
            held.underway.push_back(Delivery::Stored(entry));
        }
        state.journal.insert((channel.to_owned(), cursor), Record { previous, event, routing, order: clock });
        if let Some(mark) = routing.latest {
            state.marked.insert((channel.to_owned(), mark), clock);
        }
    }

    /// Passes a transient event on. Its origin says who does not get it.
    pub(super) fn pass_on(&self, channel: &str, event: &'static str, routing: Routing) {
        let frame = Frame::encode(FrameParts { channel, event, cursor: None, time: 0, sender: None, origin: routing.exclude, data: None });
        let mut state = self.state();
        let held = state.channel(channel);
        if held.subscribers > 0 {
            held.underway.push_back(Delivery::Transient(frame, routing));
        }
    }

    /// Hands over what is underway, all or one.
    pub(super) fn deliver(&self, channel: &str, all: bool) {
        loop {
            let (delivery, sinks) = {
                let mut state = self.state();
                let Some(delivery) = state.channel(channel).underway.pop_front() else { return };
                (delivery, state.sinks.clone())
            };
            for sink in sinks.iter().filter_map(Weak::upgrade) {
                drop(sink.deliver(channel, delivery.clone()));
            }
            if !all {
                return;
            }
        }
    }

    /// Loses the next delivery on the way.
    pub(super) fn lose(&self, channel: &str) {
        self.state().channel(channel).underway.pop_front();
    }

    /// Hands the next delivery over twice.
    pub(super) fn repeat(&self, channel: &str) {
        let mut state = self.state();
        let held = state.channel(channel);
        if let Some(delivery @ Delivery::Stored(_)) = held.underway.front().cloned() {
            held.underway.push_front(delivery);
        }
    }

    pub(super) fn trim(&self, channel: &str, keep: usize) {
        let mut state = self.state();
        let entries = &mut state.channel(channel).entries;
        entries.drain(..entries.len().saturating_sub(keep));
    }

    /// Loses an event in the middle, or at the end.
    pub(super) fn corrupt(&self, channel: &str, from_end: usize) {
        let mut state = self.state();
        let entries = &mut state.channel(channel).entries;
        if let Some(at) = entries.len().checked_sub(1 + from_end) {
            entries.remove(at);
        }
    }

    /// Comes back with an older state, as a store that crashed does.
    pub(super) fn roll_back(&self, channel: &str, lost: usize) {
        let mut state = self.state();
        let held = state.channel(channel);
        for _ in 0..lost {
            if let Some(entry) = held.entries.pop_back() {
                held.head = entry.position_before();
            }
        }
    }

    pub(super) fn begin_anew(&self, channel: &str) {
        let mut state = self.state();
        let held = state.channel(channel);
        held.entries.clear();
        held.head = Cursor::start(Epoch::random());
    }

    pub(super) fn head(&self, channel: &str) -> Cursor {
        self.state().channel(channel).head
    }

    pub(super) fn record(&self, channel: &str, cursor: Cursor) -> Option<Record> {
        self.state().journal.get(&(channel.to_owned(), cursor)).copied()
    }

    /// Whether a newer event with the same mark was stored.
    pub(super) fn is_superseded(&self, channel: &str, record: &Record) -> bool {
        let newest = |mark| self.state().marked.get(&(channel.to_owned(), mark)).copied();
        record.routing.latest.and_then(newest).is_some_and(|newest| newest > record.order)
    }

    pub(super) fn subscribers(&self, channel: &str) -> usize {
        self.state().channel(channel).subscribers
    }

    pub(super) fn read_now(&self, channel: &str, request: ReadRequest) -> Page {
        let mut state = self.state();
        let held = state.channel(channel);
        let from = match request.range {
            Range::After(cursor) if cursor.epoch() == held.head.epoch() => {
                held.entries.partition_point(|entry| entry.cursor.id() <= cursor.id())
            }
            Range::After(_) => 0,
            Range::Newest(count) => held.entries.len().saturating_sub(count),
            Range::Before(_) => unreachable!("sessions read forwards"),
        };
        let mut bytes = 0;
        let entries: Vec<Entry> = held
            .entries
            .range(from..)
            .take(request.limit)
            .take_while(|entry| {
                bytes += entry.frame.size();
                bytes <= request.bytes || bytes == entry.frame.size()
            })
            .cloned()
            .collect();
        Page { head: held.head, more: from + entries.len() < held.entries.len(), entries }
    }
}

impl State {
    fn channel(&mut self, name: &str) -> &mut Channel {
        self.channels.entry(name.to_owned()).or_insert_with(|| Channel {
            head: Cursor::start(Epoch::random()),
            entries: VecDeque::new(),
            underway: VecDeque::new(),
            subscribers: 0,
        })
    }
}

impl Broker for FakeBroker {
    fn attach(&self, _: NodeId, sink: Weak<dyn Sink>) {
        self.state().sinks.push(sink);
    }

    fn publish<'a>(&'a self, _: &'a str, _: Draft) -> BoxFuture<'a, Result<Receipt, BrokerError>> {
        unreachable!("the test stores by itself")
    }

    fn read<'a>(&'a self, channel: &'a str, request: ReadRequest) -> BoxFuture<'a, Result<Page, BrokerError>> {
        Box::pin(async move { Ok(self.read_now(channel, request)) })
    }

    fn positions<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Cursor>, BrokerError>> {
        Box::pin(async move { Ok(channels.iter().map(|channel| self.head(channel)).collect()) })
    }

    fn tell(&self, _: Recipient, _: Bytes) -> BoxFuture<'_, Result<(), BrokerError>> {
        unreachable!("sessions talk to nobody")
    }

    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Cursor, BrokerError>> {
        Box::pin(async move {
            let mut state = self.state();
            let held = state.channel(channel);
            held.subscribers += 1;
            Ok(held.head)
        })
    }

    fn unsubscribe(&self, channel: &str) {
        let mut state = self.state();
        let held = state.channel(channel);
        held.subscribers -= 1;
        if held.subscribers == 0 {
            held.underway.clear();
        }
    }
}
