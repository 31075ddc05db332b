//! The broker that several processes share: streams in Redis for truth, pub/sub for latency.

mod attached;
mod batch;
mod breaker;
mod builder;
mod cluster;
mod commands;
mod envelope;
mod fault;
mod keys;
mod link;
mod receiver;
mod reply;
mod rosters;
mod script;
mod server;
mod shared;
mod topology;

use std::{
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::Bytes;

pub use self::{
    builder::RedisBrokerBuilder,
    server::{ConnectCause, ConnectError},
};
use self::{
    keys::Partition,
    link::Order,
    script::{Invocation, SCRIPTS},
    shared::Shared,
};
use super::{
    Appearance, Appeared, Attendee, BoxFuture, Broker, Draft, Lease, Link, Page, ReadRequest, Receipt, Recipient, Sink, StoredRoster,
};
use crate::{cursor::Cursor, error::BrokerError, identity::NodeId};

#[doc = include_str!("../../docs/redis_broker.md")]
#[derive(Clone)]
pub struct RedisBroker {
    shared: Arc<Shared>,
}

impl RedisBroker {
    /// Connects to one server: `redis://[user:password@]host[:port][/database]`, `rediss://…` with TLS (feature `redis-tls`), or
    /// `unix:///path/to/socket[?db=…&user=…&pass=…]`; to a cluster with `redis-cluster://`.
    ///
    /// ```no_run
    /// # async fn start(contract: &'static tidewire::Contract) -> Result<(), Box<dyn std::error::Error>> {
    /// use tidewire::{Realtime, RedisBroker};
    ///
    /// let broker = RedisBroker::connect("redis://127.0.0.1").await?;
    /// let realtime = Realtime::builder(contract).broker(broker).build().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ConnectError`] says where and why. After this has succeeded once the broker reconnects by itself for as long as it exists.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Nothing is left behind when the future is dropped.
    pub async fn connect(url: impl Into<String>) -> Result<Self, ConnectError> {
        Self::builder(url).connect().await
    }

    /// The same with other settings than the default ones.
    pub fn builder(url: impl Into<String>) -> RedisBrokerBuilder {
        RedisBrokerBuilder::new(builder::Place::Url(url.into()))
    }

    /// The same for a client of the `redis` crate that is set up already, for example with certificates of its own. Its address and settings are used; a new
    /// connection is made.
    pub fn from_client(client: &redis::Client) -> RedisBrokerBuilder {
        RedisBrokerBuilder::new(builder::Place::Client(Box::new(client.get_connection_info().clone())))
    }
}

impl fmt::Debug for RedisBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBroker").field("at", &self.shared.label).field("timeout", &self.shared.timeout).finish_non_exhaustive()
    }
}

impl Broker for RedisBroker {
    fn attach(&self, node: NodeId, sink: Weak<dyn Sink>) {
        // Proven once the link listens for messages to the new node as well.
        if let Some(sink) = sink.upgrade() {
            sink.link(Link::Unproven);
        }
        self.shared.attached.add(node, sink);
        for shard in self.shared.topology.shards() {
            shard.order(Order::Attach);
        }
    }

    fn publish<'a>(&'a self, channel: &'a str, draft: Draft) -> BoxFuture<'a, Result<Receipt, BrokerError>> {
        Box::pin(async move {
            let answer = self.shared.run(Partition::of(channel).slot(), &self.shared.publication(channel, &[&draft])).await?;
            let receipts = reply::receipts(answer)?;
            receipts.first().copied().ok_or_else(|| BrokerError::corrupt(fault::Malformed("answer")))
        })
    }

    fn publish_batch(&self, batch: Vec<(Arc<str>, Draft)>) -> BoxFuture<'_, Vec<Result<Receipt, BrokerError>>> {
        Box::pin(async move { self.shared.publish_batch(&batch).await })
    }

    fn read<'a>(&'a self, channel: &'a str, request: ReadRequest) -> BoxFuture<'a, Result<Page, BrokerError>> {
        Box::pin(async move {
            let invocation = self.shared.reading(channel, request);
            let answer = self.shared.ask(Partition::of(channel).slot(), &invocation).await?;
            Ok(reply::page(answer, channel, request)?)
        })
    }

    fn positions<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Cursor>, BrokerError>> {
        Box::pin(async move { Ok(self.shared.positions(channels).await?) })
    }

    fn each_position<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Vec<Result<Cursor, BrokerError>>> {
        Box::pin(async move {
            let positions = self.shared.each_position(channels).await;
            positions.into_iter().map(|position| position.map_err(BrokerError::from)).collect()
        })
    }

    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Cursor, BrokerError>> {
        Box::pin(async move { Ok(self.shared.subscribe(Arc::from(channel)).await?) })
    }

    fn unsubscribe(&self, channel: &str) {
        self.shared.unsubscribe(&Arc::from(channel));
    }

    fn tell(&self, to: Recipient, message: Bytes) -> BoxFuture<'_, Result<(), BrokerError>> {
        Box::pin(async move {
            let topic = match to {
                Recipient::Node(node) => self.shared.keys.node(node),
                Recipient::Everybody => self.shared.keys.nodes(),
            };
            let slot = keys::slot(&topic);
            let invocation = Invocation::new(&SCRIPTS.probe, &[]).argument(topic).argument(&message[..]);
            self.shared.run(slot, &invocation).await?;
            Ok(())
        })
    }

    fn audit_interval(&self) -> Option<Duration> {
        Some(Duration::from_secs(15))
    }

    fn appear<'a>(&'a self, channel: &'a str, appearance: Appearance) -> BoxFuture<'a, Result<Appeared, BrokerError>> {
        Box::pin(async move { Ok(self.shared.appear(channel, appearance).await?) })
    }

    fn depart<'a>(&'a self, channel: &'a str, attendee: Attendee, lease: Lease) -> BoxFuture<'a, Result<(), BrokerError>> {
        Box::pin(async move { Ok(self.shared.depart(channel, &attendee, lease).await?) })
    }

    fn roster<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<StoredRoster, BrokerError>> {
        Box::pin(async move { Ok(self.shared.roster(channel).await?) })
    }

    fn renew<'a>(&'a self, lease: Lease, lasts: Duration, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Arc<str>>, BrokerError>> {
        Box::pin(async move { Ok(self.shared.renew(lease, lasts, channels).await?) })
    }

    fn sweep<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<(), BrokerError>> {
        Box::pin(async move { Ok(self.shared.sweep(channels).await?) })
    }
}
