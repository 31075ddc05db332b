//! The embedded broker, with a journal of what it stored, and with faults.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use serde_json::Value;
use tidewire::{BoxFuture, Broker, BrokerError, BrokerPage, Cursor, Draft, MemoryBroker, NodeId, ReadRequest, Receipt, Recipient, Sink};

/// An event that was stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stored {
    pub(crate) channel: String,
    pub(crate) event: &'static str,
    pub(crate) data: Option<Value>,
}

/// Several nodes may share one.
#[derive(Clone)]
pub(crate) struct Journal {
    store: MemoryBroker,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    stored: Mutex<Vec<Stored>>,
    // Refuses everything.
    down: AtomicBool,
    // Each so-manieth event is stored, and nobody is told; 0 for none.
    forgetful: AtomicUsize,
    asked: AtomicUsize,
    // Publishing takes until this is false.
    stuck: AtomicBool,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self { store: MemoryBroker::new(), shared: Arc::default() }
    }

    pub(crate) fn stored(&self) -> Vec<Stored> {
        self.shared.stored.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.shared.stored.lock().unwrap().len()
    }

    pub(crate) fn clear(&self) {
        self.shared.stored.lock().unwrap().clear();
    }

    pub(crate) fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn go_down(&self, down: bool) {
        self.shared.down.store(down, Ordering::SeqCst);
    }

    pub(crate) fn forget_answers(&self, each: usize) {
        self.shared.forgetful.store(each, Ordering::SeqCst);
    }

    pub(crate) fn get_stuck(&self, stuck: bool) {
        self.shared.stuck.store(stuck, Ordering::SeqCst);
    }

    /// As [`replay`], of what was stored.
    pub(crate) fn replay(&self) -> BTreeMap<i64, Value> {
        replay(self.stored().into_iter().map(|stored| (stored.event, stored.data.unwrap())))
    }
}

/// The table that the events tell of, by `id`. Panics if an event comes twice, or out of order: `version` rises by one with each change of a row.
pub(crate) fn replay<E: AsRef<str>>(events: impl IntoIterator<Item = (E, Value)>) -> BTreeMap<i64, Value> {
    let mut rows: BTreeMap<i64, Value> = BTreeMap::new();
    let mut versions: BTreeMap<i64, i64> = BTreeMap::new();
    for (event, data) in events {
        let event = event.as_ref();
        let (id, version) = (data["id"].as_i64().unwrap(), data["version"].as_i64().unwrap());
        let known = versions.get(&id).copied();
        if event.ends_with(".insert") {
            assert_eq!(known, None, "row {id} was inserted once");
            rows.insert(id, data);
        } else if event.ends_with(".update") {
            assert_eq!(known, Some(version - 1), "row {id} got to version {version}");
            rows.insert(id, data);
        } else {
            assert_eq!(known, Some(version), "row {id} was deleted as it was last");
            rows.remove(&id).unwrap();
        }
        versions.insert(id, version);
    }
    rows
}

impl Broker for Journal {
    fn attach(&self, node: NodeId, sink: Weak<dyn Sink>) {
        self.store.attach(node, sink);
    }

    fn publish<'a>(&'a self, channel: &'a str, draft: Draft) -> BoxFuture<'a, Result<Receipt, BrokerError>> {
        Box::pin(async move {
            let asked = self.shared.asked.fetch_add(1, Ordering::SeqCst);
            while self.shared.stuck.load(Ordering::SeqCst) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            if self.shared.down.load(Ordering::SeqCst) {
                return Err(BrokerError::unavailable("the store is away"));
            }
            assert!(draft.key.is_some(), "a change is published under a key");
            let stored = Stored {
                channel: channel.to_owned(),
                event: draft.event,
                data: draft.data.as_deref().map(|data| serde_json::from_str(data).unwrap()),
            };
            let receipt = self.store.publish(channel, draft).await?;
            if !receipt.duplicate {
                self.shared.stored.lock().unwrap().push(stored);
            }
            match self.shared.forgetful.load(Ordering::SeqCst) {
                0 => Ok(receipt),
                each if asked.is_multiple_of(each) => Err(BrokerError::unknown("no answer")),
                _ => Ok(receipt),
            }
        })
    }

    fn read<'a>(&'a self, channel: &'a str, request: ReadRequest) -> BoxFuture<'a, Result<BrokerPage, BrokerError>> {
        self.store.read(channel, request)
    }

    fn positions<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Cursor>, BrokerError>> {
        self.store.positions(channels)
    }

    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Cursor, BrokerError>> {
        self.store.subscribe(channel)
    }

    fn unsubscribe(&self, channel: &str) {
        self.store.unsubscribe(channel);
    }

    fn tell(&self, to: Recipient, message: Bytes) -> BoxFuture<'_, Result<(), BrokerError>> {
        self.store.tell(to, message)
    }
}
