//! A node that writes down what it is told.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tidewire_schema::History;

use crate::{
    broker::{Broker, Delivery, Draft, Entry, Link, Page, Range, ReadRequest, Sink},
    cursor::Cursor,
    hub::Wakeup,
    identity::NodeId,
};

pub(super) const KEEP: History = History::Keep { max: 1000, ttl: 3600 };

/// Written down by a [`Node`].
#[derive(Default)]
struct Notes {
    deliveries: Vec<(String, Delivery)>,
    messages: Vec<Bytes>,
    link: Option<Link>,
}

#[derive(Default)]
struct Recorder {
    notes: Mutex<Notes>,
}

impl Recorder {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Recorder {
    fn deliver(&self, channel: &str, delivery: Delivery) -> Option<Wakeup> {
        self.notes().deliveries.push((channel.to_owned(), delivery));
        None
    }

    fn told(&self, message: Bytes) {
        self.notes().messages.push(message);
    }

    fn link(&self, link: Link) {
        self.notes().link = Some(link);
    }
}

/// A node attached to a broker.
pub(super) struct Node {
    pub(super) id: NodeId,
    recorder: Arc<Recorder>,
}

impl Node {
    /// Attaches a node and waits until its link is not in doubt.
    pub(super) async fn attach(broker: &Arc<dyn Broker>) -> Self {
        let node = Self { id: NodeId::random(), recorder: Arc::default() };
        let sink: Arc<dyn Sink> = node.recorder.clone();
        broker.attach(node.id, Arc::downgrade(&sink));
        eventually(|| node.recorder.notes().link != Some(Link::Unproven)).await;
        node
    }

    /// What was delivered of a channel so far.
    pub(super) fn delivered(&self, channel: &str) -> Vec<Delivery> {
        self.recorder.notes().deliveries.iter().filter(|(of, _)| of == channel).map(|(_, delivery)| delivery.clone()).collect()
    }

    pub(super) fn stored(&self, channel: &str) -> Vec<Entry> {
        let stored = |delivery| if let Delivery::Stored(entry) = delivery { Some(entry) } else { None };
        self.delivered(channel).into_iter().filter_map(stored).collect()
    }

    pub(super) fn messages(&self) -> Vec<Bytes> {
        self.recorder.notes().messages.clone()
    }

    /// Waits until so many stored events of a channel were delivered.
    pub(super) async fn received(&self, channel: &str, count: usize) -> Vec<Entry> {
        eventually(|| self.stored(channel).len() >= count).await;
        self.stored(channel)
    }
}

/// Waits until a condition holds; the check's own deadline ends it.
pub(super) async fn eventually(mut condition: impl FnMut() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A channel that nobody used before.
pub(super) fn fresh() -> String {
    format!("conformance/{:016x}", rand::random::<u64>())
}

pub(super) fn draft(data: impl std::fmt::Display) -> Draft {
    Draft {
        event: "checked",
        sender: None,
        origin: None,
        exclude: None,
        data: Some(data.to_string()),
        retention: KEEP,
        latest: false,
        key: None,
    }
}

pub(super) async fn publish(broker: &Arc<dyn Broker>, channel: &str, draft: Draft) -> Cursor {
    let receipt = broker.publish(channel, draft).await.expect("publishing");
    receipt.cursor.expect("a stored event has a position")
}

pub(super) async fn read(broker: &Arc<dyn Broker>, channel: &str, range: Range) -> Page {
    broker.read(channel, ReadRequest { range, limit: 10_000, bytes: usize::MAX >> 11 }).await.expect("reading")
}

pub(super) fn numbers<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<u64> {
    entries.into_iter().map(|entry| entry.cursor.number()).collect()
}
