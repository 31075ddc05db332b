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

/// Everything that was ever stored: by position, what it followed.
pub(super) type Journal = HashMap<String, EventId>;

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

    pub(super) fn store(&self, channel: &str) {
        let mut state = self.state();
        state.clock += 1;
        let clock = state.clock;
        let held = state.channel(channel);
        let previous = held.head.id();
        held.head = Cursor::new(held.head.epoch(), held.head.number() + 1, previous.next(clock));
        let cursor = held.head;
        let frame =
            Frame::encode(FrameParts { channel, event: "e", cursor: Some(cursor), time: clock, sender: None, origin: None, data: None });
        let entry = Entry { cursor, previous, frame, routing: Routing::default() };
        held.entries.push_back(entry.clone());
        if held.subscribers > 0 {
            held.underway.push_back(Delivery::Stored(entry));
        }
        state.journal.insert(format!("{channel}={cursor}"), previous);
    }

    pub(super) fn pass_on(&self, channel: &str) {
        let frame = Frame::encode(FrameParts { channel, event: "t", cursor: None, time: 0, sender: None, origin: None, data: None });
        let mut state = self.state();
        let held = state.channel(channel);
        if held.subscribers > 0 {
            held.underway.push_back(Delivery::Transient(frame, Routing::default()));
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

    pub(super) fn previous(&self, channel: &str, cursor: Cursor) -> EventId {
        self.state().journal[&format!("{channel}={cursor}")]
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

    fn tell<'a>(&'a self, _: Recipient, _: Bytes) -> BoxFuture<'a, Result<(), BrokerError>> {
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
