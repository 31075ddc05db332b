//! A link whose log of revocations is cut while everything else works: what a partition of the store alone can do.

use std::sync::{
    Arc, Weak,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use tidewire::{BoxFuture, Broker, BrokerError, BrokerPage, Cursor, Draft, MemoryBroker, NodeId, ReadRequest, Receipt, Recipient, Sink};

#[derive(Clone)]
pub(super) struct CutLog {
    store: MemoryBroker,
    cut: Arc<AtomicBool>,
}

impl CutLog {
    pub(super) fn new(store: MemoryBroker) -> Self {
        Self { store, cut: Arc::default() }
    }

    pub(super) fn cut(&self, cut: bool) {
        self.cut.store(cut, Ordering::SeqCst);
    }

    fn is_cut(&self, channel: &str) -> bool {
        channel == "$revocations" && self.cut.load(Ordering::SeqCst)
    }
}

impl Broker for CutLog {
    fn attach(&self, node: NodeId, sink: Weak<dyn Sink>) {
        self.store.attach(node, sink);
    }

    fn publish<'a>(&'a self, channel: &'a str, draft: Draft) -> BoxFuture<'a, Result<Receipt, BrokerError>> {
        self.store.publish(channel, draft)
    }

    fn read<'a>(&'a self, channel: &'a str, request: ReadRequest) -> BoxFuture<'a, Result<BrokerPage, BrokerError>> {
        if self.is_cut(channel) {
            return Box::pin(std::future::pending());
        }
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
