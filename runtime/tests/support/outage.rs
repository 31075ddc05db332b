//! The embedded broker behind a link that can go down.

use std::{
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tidewire::{
    Appearance, Appeared, Attendee, BoxFuture, Broker, BrokerError, BrokerPage, Cursor, Delivery, Draft, Lease, Link, MemoryBroker, NodeId,
    ReadRequest, Receipt, Recipient, Sink, StoredRoster, Wakeup,
};

#[derive(Clone)]
pub struct Outage {
    store: MemoryBroker,
    wire: Arc<Wire>,
}

#[derive(Default)]
struct Wire {
    node: Mutex<Option<Weak<dyn Sink>>>,
    down: AtomicBool,
    // Takes questions and never answers them.
    mute: AtomicBool,
    // Finds something else where histories should be.
    corrupt: AtomicBool,
    // Deliveries get lost, and nobody notices.
    lossy: AtomicBool,
}

impl Outage {
    pub fn new(store: MemoryBroker) -> Self {
        Self { store, wire: Arc::default() }
    }

    /// Cuts the link. The node is told, as an implementation does that notices.
    pub fn go_down(&self) {
        self.wire.down.store(true, Ordering::SeqCst);
        self.wire.report(Link::Unproven);
    }

    pub fn come_back(&self) {
        self.wire.down.store(false, Ordering::SeqCst);
        self.wire.mute.store(false, Ordering::SeqCst);
        self.wire.report(Link::Proven);
    }

    /// From now on nothing is answered.
    pub fn fall_silent(&self) {
        self.wire.mute.store(true, Ordering::SeqCst);
    }

    /// From now on histories cannot be read, however often one tries.
    pub fn corrupt(&self) {
        self.wire.corrupt.store(true, Ordering::SeqCst);
    }

    /// Whether deliveries get lost from now on, without anybody noticing.
    pub fn lose_deliveries(&self, lossy: bool) {
        self.wire.lossy.store(lossy, Ordering::SeqCst);
    }

    fn asked<'a, T: Send + 'a>(&'a self, work: BoxFuture<'a, Result<T, BrokerError>>) -> BoxFuture<'a, Result<T, BrokerError>> {
        if self.wire.mute.load(Ordering::SeqCst) {
            return Box::pin(std::future::pending());
        }
        if self.wire.down.load(Ordering::SeqCst) {
            return Box::pin(async { Err(BrokerError::unavailable("SECRET text of the store")) });
        }
        work
    }
}

impl Wire {
    fn report(&self, link: Link) {
        let node = self.node.lock().unwrap().as_ref().and_then(Weak::upgrade);
        node.unwrap().link(link);
    }
}

impl Sink for Wire {
    fn deliver(&self, channel: &str, delivery: Delivery) -> Option<Wakeup> {
        if self.down.load(Ordering::SeqCst) || self.lossy.load(Ordering::SeqCst) {
            return None;
        }
        let node = self.node.lock().unwrap().as_ref().and_then(Weak::upgrade)?;
        node.deliver(channel, delivery)
    }

    fn told(&self, message: Bytes) {
        let node = self.node.lock().unwrap().as_ref().and_then(Weak::upgrade);
        if let (false, Some(node)) = (self.down.load(Ordering::SeqCst), node) {
            node.told(message);
        }
    }

    fn link(&self, _: Link) {}
}

impl Broker for Outage {
    fn attach(&self, node: NodeId, sink: Weak<dyn Sink>) {
        // As a broker elsewhere, which has to be reached first.
        let hub = sink.upgrade().unwrap();
        hub.link(Link::Unproven);
        hub.link(Link::Proven);
        *self.wire.node.lock().unwrap() = Some(sink);
        let wire: Arc<dyn Sink> = self.wire.clone();
        self.store.attach(node, Arc::downgrade(&wire));
    }

    fn publish<'a>(&'a self, channel: &'a str, draft: Draft) -> BoxFuture<'a, Result<Receipt, BrokerError>> {
        self.asked(self.store.publish(channel, draft))
    }

    fn read<'a>(&'a self, channel: &'a str, request: ReadRequest) -> BoxFuture<'a, Result<BrokerPage, BrokerError>> {
        if self.wire.corrupt.load(Ordering::SeqCst) {
            return Box::pin(async { Err(BrokerError::corrupt("SECRET text of the store")) });
        }
        self.asked(self.store.read(channel, request))
    }

    fn positions<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Cursor>, BrokerError>> {
        self.asked(self.store.positions(channels))
    }

    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Cursor, BrokerError>> {
        self.asked(self.store.subscribe(channel))
    }

    fn unsubscribe(&self, channel: &str) {
        self.store.unsubscribe(channel);
    }

    fn tell(&self, to: Recipient, message: Bytes) -> BoxFuture<'_, Result<(), BrokerError>> {
        self.asked(self.store.tell(to, message))
    }

    fn appear<'a>(&'a self, channel: &'a str, appearance: Appearance) -> BoxFuture<'a, Result<Appeared, BrokerError>> {
        self.asked(self.store.appear(channel, appearance))
    }

    fn depart<'a>(&'a self, channel: &'a str, attendee: Attendee, lease: Lease) -> BoxFuture<'a, Result<(), BrokerError>> {
        self.asked(self.store.depart(channel, attendee, lease))
    }

    fn roster<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<StoredRoster, BrokerError>> {
        self.asked(self.store.roster(channel))
    }

    fn renew<'a>(&'a self, lease: Lease, lasts: Duration, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Arc<str>>, BrokerError>> {
        self.asked(self.store.renew(lease, lasts, channels))
    }

    fn sweep<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<(), BrokerError>> {
        self.asked(self.store.sweep(channels))
    }
}
