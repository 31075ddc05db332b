//! The broker: stores and orders the events of a channel, and tells the nodes about each of them.

#[cfg(any(test, feature = "conformance"))]
#[cfg_attr(not(feature = "conformance"), expect(unreachable_pub, reason = "public with the feature alone"))]
pub mod conformance;
mod entry;
pub(crate) mod memory;
mod reads;
#[cfg(feature = "redis")]
mod redis;
mod roster;

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::Bytes;

#[cfg(feature = "redis")]
pub use self::redis::{ConnectCause, ConnectError, RedisBroker, RedisBrokerBuilder};
pub use self::{
    entry::{Draft, Entry, IdempotencyKey, MalformedKey, Routing},
    memory::{MemoryBounds, MemoryBroker},
    roster::{Appearance, Appeared, Attendee, Lease, RosterChange, StoredMember, StoredRoster, changes_of},
};
pub(crate) use self::{
    reads::Reads,
    roster::{CHANGED, CHANGES},
};
use crate::{cursor::Cursor, error::BrokerError, hub::Wakeup, identity::NodeId, transport::Frame};

/// The future of a [`Broker`]'s method; boxed, so that a service can choose its broker at run time.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[doc = include_str!("../docs/broker.md")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no broker",
    label = "cannot store and deliver events",
    note = "give it `tidewire::MemoryBroker`, `tidewire::RedisBroker` (feature `redis`), or a type that implements `tidewire::Broker`, by value"
)]
pub trait Broker: Send + Sync + 'static {
    /// Connects a node. From now on each event of a channel that this node [subscribed](Self::subscribe) to is handed to `sink`, once and in the channel's order.
    ///
    /// Called once for each node, before anything else. The broker outlives its nodes, therefore the weak reference.
    fn attach(&self, node: NodeId, sink: Weak<dyn Sink>);

    /// Stores an event, or only passes it on when its retention is off.
    ///
    /// # Errors
    ///
    /// [`BrokerError`] says whether the event may have been stored.
    fn publish<'a>(&'a self, channel: &'a str, draft: Draft) -> BoxFuture<'a, Result<Receipt, BrokerError>>;

    /// Stores several events, in the given order, each as [`publish`](Self::publish) does. Events of different channels are independent of each other.
    ///
    /// One after another unless an implementation knows better: a remote store should need one round trip for all.
    fn publish_batch(&self, batch: Vec<(Arc<str>, Draft)>) -> BoxFuture<'_, Vec<Result<Receipt, BrokerError>>> {
        Box::pin(async move {
            let mut receipts = Vec::with_capacity(batch.len());
            for (channel, draft) in batch {
                receipts.push(self.publish(&channel, draft).await);
            }
            receipts
        })
    }

    /// Reads stored events, with the position of the channel at the same instant.
    ///
    /// # Errors
    ///
    /// [`BrokerError`] when the store did not answer in time; repeating the call is safe.
    fn read<'a>(&'a self, channel: &'a str, request: ReadRequest) -> BoxFuture<'a, Result<Page, BrokerError>>;

    /// The positions of several channels now, in the given order. For [audits](Self::audit_interval); also keeps the positions of these channels from expiring.
    ///
    /// # Errors
    ///
    /// [`BrokerError`] when the store did not answer in time; repeating the call is safe.
    fn positions<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Cursor>, BrokerError>>;

    /// [`positions`](Self::positions), of each channel for which they can be had: what one part of a store cannot say should keep nobody from the rest. Without an
    /// implementation of its own it is all of them or none, which is right for a store of one part.
    fn each_position<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Vec<Result<Cursor, BrokerError>>> {
        Box::pin(async move {
            match self.positions(channels).await {
                Ok(positions) => positions.into_iter().map(Ok).collect(),
                Err(error) => channels.iter().map(|_| Err(error.clone())).collect(),
            }
        })
    }

    /// Begins to hand this channel's events to the attached sinks, and answers a position after which none will be missed.
    ///
    /// An event that is handed over before this answers may lie at or before that position. A node may subscribe to a channel again before its
    /// [`unsubscribe`](Self::unsubscribe) for the first time has come, so an implementation counts the calls that succeeded.
    ///
    /// # Errors
    ///
    /// [`BrokerError`] when the channel cannot be followed at the moment; repeating the call is safe.
    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Cursor, BrokerError>>;

    /// Takes back one successful [`subscribe`](Self::subscribe). Must not block; late deliveries are ignored.
    fn unsubscribe(&self, channel: &str);

    /// Hands a message to another node, or to all of them, the sender included. At most once: a message to a node that is gone, or whose link is down, is lost.
    ///
    /// # Errors
    ///
    /// [`BrokerError`] when the message was not handed on.
    fn tell(&self, to: Recipient, message: Bytes) -> BoxFuture<'_, Result<(), BrokerError>>;

    /// How often a node compares the positions of its channels with the store's. `None`, the default, when deliveries cannot get lost.
    fn audit_interval(&self) -> Option<Duration> {
        None
    }

    /// Puts a connection on the roster of `channel`, or replaces what it shows there, and stores what changed by that on the [channel of changes](changes_of):
    /// one step, so that roster and number belong together at every instant. What changes nothing that a member shows stores nothing.
    ///
    /// The connections of one user are one member. It shows the state that was set last by one of them that is still there.
    ///
    /// # Errors
    ///
    /// [`BrokerError`] says whether the connection may be present now; repeating the call is safe. [`BrokerError::Unsupported`] unless an implementation keeps rosters.
    fn appear<'a>(&'a self, channel: &'a str, appearance: Appearance) -> BoxFuture<'a, Result<Appeared, BrokerError>> {
        let _ = (channel, appearance);
        Box::pin(async { Err(BrokerError::Unsupported) })
    }

    /// Takes a connection off the roster, if it is there under this lease: one that is present under another by now has moved, and stays.
    ///
    /// # Errors
    ///
    /// As [`appear`](Self::appear).
    fn depart<'a>(&'a self, channel: &'a str, attendee: Attendee, lease: Lease) -> BoxFuture<'a, Result<(), BrokerError>> {
        let _ = (channel, attendee, lease);
        Box::pin(async { Err(BrokerError::Unsupported) })
    }

    /// Reads a roster, with the position of its changes at the same instant, after [sweeping](Self::sweep) it.
    ///
    /// # Errors
    ///
    /// [`BrokerError`] when the store did not answer in time, or keeps no rosters; repeating the call is safe.
    fn roster<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<StoredRoster, BrokerError>> {
        let _ = channel;
        Box::pin(async { Err(BrokerError::Unsupported) })
    }

    /// Takes a lease for these channels, or renews it, and answers those for which it did not hold until now: what was present there under it may be gone.
    ///
    /// # Errors
    ///
    /// As [`roster`](Self::roster).
    fn renew<'a>(&'a self, lease: Lease, lasts: Duration, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Arc<str>>, BrokerError>> {
        let _ = (lease, lasts, channels);
        Box::pin(async { Err(BrokerError::Unsupported) })
    }

    /// Takes everybody off the rosters of these channels whose lease has run out, in one change for each channel; also keeps the rosters from expiring. Any
    /// number of nodes may do it at once.
    ///
    /// # Errors
    ///
    /// As [`roster`](Self::roster).
    fn sweep<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<(), BrokerError>> {
        let _ = channels;
        Box::pin(async { Err(BrokerError::Unsupported) })
    }
}

/// Where a broker hands over what happens: the node's hub.
pub trait Sink: Send + Sync + 'static {
    /// Takes the next event of a channel. Never blocks on a subscriber.
    ///
    /// A broker calls this in the channel's order, if need be under the lock that makes the order, and drops the answer after it released
    /// that lock: dropping wakes the subscribers.
    fn deliver(&self, channel: &str, delivery: Delivery) -> Option<Wakeup>;

    /// Takes a message of another node. Must not block.
    fn told(&self, message: Bytes);

    /// Says whether the link to the store works. A node takes it for working until it is told otherwise, and audits all its channels whenever this says
    /// [`Link::Proven`]: deliveries may have been lost before.
    fn link(&self, link: Link);
}

/// The state of a node's link to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// A message went out and came back, and every channel is subscribed to.
    Proven,
    /// It is down, or nobody knows.
    Unproven,
}

/// Who a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// One node.
    Node(NodeId),
    /// All nodes of the service.
    Everybody,
}

/// An event on its way to the subscribers.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// It is stored and has a number.
    Stored(Entry),
    /// It is for those who listen at this moment.
    Transient(Frame, Routing),
}

/// What became of a published event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The position after the event; `None` when it is not stored.
    pub cursor: Option<Cursor>,
    /// The broker's clock, in milliseconds since 1970.
    pub time: u64,
    /// Whether an earlier publish with the same key had stored it already; nothing happened this time.
    pub duplicate: bool,
}

/// Which stored events to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReadRequest {
    /// Where.
    pub range: Range,
    /// How many events at most.
    pub limit: usize,
    /// How many bytes of frames at most; one event is always answered, however large.
    pub bytes: usize,
}

/// A range of stored events. Answers are oldest first, whichever end they begin at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Range {
    /// From the first event with an id above the cursor's. From the oldest event when the cursor is of another epoch.
    After(Cursor),
    /// The newest events with an id below the cursor's; of all when there is none. Nothing when the cursor is of another epoch.
    Before(Option<Cursor>),
    /// From the event that has this many after it, itself included, or from the oldest.
    Newest(usize),
}

/// A part of a channel's history.
#[derive(Clone, Debug)]
pub struct Page {
    /// The channel's position when the page was read. A channel without events has one, too.
    pub head: Cursor,
    /// The events, oldest first.
    pub entries: Vec<Entry>,
    /// Whether a bound of the request cut the page, so that the range goes on.
    pub more: bool,
}
