//! What this node knows of the channels that somebody listens to: rings of recent events, and who to wake.

mod care;
mod chain;
mod flights;
mod ring;
mod roster;

use std::{
    collections::{HashMap, hash_map::RandomState},
    fmt,
    hash::BuildHasher,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tidewire_schema::History;

use self::{care::Care, chain::Appended, flights::Flights};
pub(crate) use self::{
    chain::Slot,
    ring::{Copied, Joint, Place, Ring, RingBounds},
    roster::{Roster, Seat, Watched},
};
use crate::{
    broker::{Broker, Delivery, Link, ReadRequest, Reads, Sink},
    error::BrokerError,
    identity::NodeId,
    observe::{self, Census},
    session::SharedPage,
};

const SHARDS: usize = 16;

/// How many connections to look at before it is their turn. Enough for a core to have under way at once, few enough to stay in its cache until the last one's turn.
pub(crate) const VIEW: usize = 8;

/// The one interface through which the hub reaches a connection: frames are due for it.
///
/// Whoever owns the connection then pulls them from its session. So a stalled reader costs a position in a ring, not a copy of the traffic,
/// and it makes no difference to the hub whether the owner is a response body or a task that holds the socket.
pub(crate) trait Outlet: Send + Sync {
    /// Called by publishers, possibly under a lock and several times for one frame: never blocks, only leaves a mark and wakes the owner.
    fn due(&self);

    /// As [`due`](Self::due), for what is not in a ring: the node has something to say to this connection.
    fn noticed(&self) {
        self.due();
    }

    /// Reads what [`due`](Self::due) will write, and makes a number of it that means nothing. See [`Line::preview`](crate::workers::Line::preview).
    fn preview(&self) -> u64 {
        0
    }
}

type Shard = HashMap<Arc<str>, Arc<Ring>>;

/// The rings of this node.
pub(crate) struct Hub {
    node: NodeId,
    broker: Arc<dyn Broker>,
    bounds: RingBounds,
    hasher: RandomState,
    shards: Box<[Mutex<Shard>]>,
    flights: Flights,
    care: Arc<Care>,
    census: Census,
    degraded: AtomicBool,
    // A link is no news before it could be there.
    attached: AtomicBool,
    on_told: OnceLock<OnTold>,
    on_link: RwLock<Vec<OnLink>>,
}

type OnTold = Box<dyn Fn(Bytes) + Send + Sync>;
type OnLink = Box<dyn Fn(bool) + Send + Sync>;

impl Hub {
    /// Creates the hub and attaches it to its broker, of which a read may take so long.
    pub(crate) fn attach(broker: Arc<dyn Broker>, bounds: RingBounds, patience: Duration) -> Arc<Self> {
        let node = NodeId::random();
        let hub = Arc::new(Self {
            node,
            broker,
            bounds,
            hasher: RandomState::new(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            flights: Flights::new(Reads::taking(patience)),
            care: Arc::default(),
            census: Census::register(),
            degraded: AtomicBool::new(false),
            attached: AtomicBool::new(false),
            on_told: OnceLock::new(),
            on_link: RwLock::default(),
        });
        let sink: Weak<dyn Sink> = Arc::<Self>::downgrade(&hub);
        hub.broker.attach(node, sink);
        hub.attached.store(true, Ordering::Release);
        hub
    }

    pub(crate) fn node(&self) -> NodeId {
        self.node
    }

    pub(crate) fn broker(&self) -> &Arc<dyn Broker> {
        &self.broker
    }

    /// Reads stored events. Subscribers who want the same at about the same time cost one read.
    pub(crate) async fn read(&self, channel: &Arc<str>, request: ReadRequest) -> Result<Arc<SharedPage>, BrokerError> {
        let ring = self.shard(channel).get(channel).cloned();
        let before = ring.as_ref().filter(|_| !self.is_degraded()).and_then(|ring| ring.standing());
        if let (Some(ring), Some(before)) = (&ring, before)
            && let Some(page) = ring.recent_page(before, request)
        {
            return Ok(page);
        }
        let page = self.flights.read(&self.broker, channel, request).await?;
        if let (Some(ring), Some(before)) = (&ring, before) {
            ring.note_page(before, request, &page);
        }
        Ok(page)
    }

    /// Whether the link to the store is down or doubtful.
    pub(crate) fn is_degraded(&self) -> bool {
        self.degraded.load(Ordering::Acquire)
    }

    /// What this node holds in memory.
    pub(crate) fn census(&self) -> &Census {
        &self.census
    }

    /// Who takes the messages of other nodes. The first one stays.
    pub(crate) fn on_told(&self, handler: impl Fn(Bytes) + Send + Sync + 'static) {
        let _ = self.on_told.set(Box::new(handler));
    }

    /// Calls back with `true` when the link to the store becomes doubtful, and with `false` when it works again.
    pub(crate) fn on_link(&self, handler: impl Fn(bool) + Send + Sync + 'static) {
        self.on_link.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(handler));
    }

    /// Puts a connection on the list of those to wake for `channel`. Positions are known once it is [opened](Membership::open).
    pub(crate) fn join(self: &Arc<Self>, channel: &str, retention: History, outlet: Arc<dyn Outlet>) -> Membership {
        let mut shard = self.shard(channel);
        let (ring, new) = if let Some(ring) = shard.get(channel) {
            (ring.clone(), false)
        } else {
            let ring = Arc::new(Ring::new(Arc::from(channel), retention, self.bounds).counting(self.census.evicted()));
            shard.insert(ring.channel().clone(), ring.clone());
            (ring, true)
        };
        if !is_of_the_system(channel) {
            self.census.joined(new);
        }
        // Under the shard's lock, so that a ring that the last member is leaving cannot be joined and dropped at the same time.
        let place = ring.add(outlet);
        drop(shard);
        Membership { hub: self.clone(), ring, place, seen: None }
    }

    #[cfg(test)]
    pub(crate) fn rings(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    fn leave(&self, ring: &Arc<Ring>, place: &Place) {
        let mut shard = self.shard(ring.channel());
        let last = ring.remove(place);
        if last {
            shard.remove(ring.channel());
        }
        if !is_of_the_system(ring.channel()) {
            self.census.left(last);
        }
        // A broker may hand over events under a lock of its own, and a hand-over takes the shard's: never the other way round.
        drop(shard);
        if last && ring.is_open() {
            self.broker.unsubscribe(ring.channel());
        }
    }

    fn shard(&self, channel: &str) -> MutexGuard<'_, Shard> {
        #[expect(clippy::cast_possible_truncation, reason = "below 16")]
        let at = (self.hasher.hash_one(channel) % SHARDS as u64) as usize;
        self.shards[at].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Channels that no client can name, and that nobody counts.
fn is_of_the_system(channel: &str) -> bool {
    channel.starts_with('$')
}

impl Sink for Hub {
    fn deliver(&self, channel: &str, delivery: Delivery) -> Option<Wakeup> {
        let ring = self.shard(channel).get(channel)?.clone();
        match ring.append(delivery) {
            Appended::New => Some(Wakeup { ring }),
            Appended::Nothing => None,
            Appended::Broken => {
                self.care.mend(ring);
                None
            }
        }
    }

    fn told(&self, message: Bytes) {
        if let Some(handler) = self.on_told.get() {
            handler(message);
        }
    }

    fn link(&self, link: Link) {
        let degraded = link == Link::Unproven;
        if self.degraded.swap(degraded, Ordering::AcqRel) != degraded {
            if !self.attached.load(Ordering::Acquire) {
                tracing::debug!("the link to the broker is being made");
            } else if degraded {
                tracing::warn!("the link to the broker is down or doubtful");
            } else {
                tracing::info!("the link to the broker works");
            }
            observe::link(!degraded);
            for handler in self.on_link.read().unwrap_or_else(PoisonError::into_inner).iter() {
                handler(degraded);
            }
        }
        if !degraded {
            self.care.relinked();
        }
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.care.end();
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("bounds", &self.bounds).finish_non_exhaustive()
    }
}

/// The duty to wake the subscribers of a channel, done by dropping it. Made by [`Sink::deliver`].
#[must_use = "dropping it wakes the subscribers; release your locks first"]
pub struct Wakeup {
    ring: Arc<Ring>,
}

impl Drop for Wakeup {
    fn drop(&mut self) {
        self.ring.wake();
    }
}

impl fmt::Debug for Wakeup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wakeup").finish_non_exhaustive()
    }
}

/// That a connection listens to a channel; dropping it ends that.
pub(crate) struct Membership {
    hub: Arc<Hub>,
    ring: Arc<Ring>,
    place: Place,
    // What the ring counted when it was looked at last.
    seen: Option<u64>,
}

impl Membership {
    /// Makes the ring live: from here on no event of the channel escapes it.
    ///
    /// Cancel-safe: whoever waits for the same ring carries on.
    pub(crate) async fn open(&self) -> Result<(), BrokerError> {
        self.ring.open(&self.hub.broker).await
    }

    /// Has the ring read on in the store, because somebody saw events there that did not come.
    pub(crate) fn doubt(&self) {
        if self.ring.doubt() {
            self.hub.care.mend(self.ring.clone());
        }
    }

    pub(crate) fn ring(&self) -> &Ring {
        &self.ring
    }

    pub(crate) fn channel(&self) -> &Arc<str> {
        self.ring.channel()
    }

    /// See [`Line::preview`](crate::workers::Line::preview).
    pub(crate) fn preview(&self) -> u64 {
        self.seen.is_some().into()
    }

    /// Whether something was appended since the last call.
    ///
    /// Must come before looking into the ring: what is appended afterwards is counted afterwards.
    pub(crate) fn take_dirty(&mut self) -> bool {
        let wakes = Some(self.ring.wakes());
        wakes != std::mem::replace(&mut self.seen, wakes)
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.hub.leave(&self.ring, &self.place);
    }
}

impl fmt::Debug for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Membership").field("channel", self.channel()).finish_non_exhaustive()
    }
}
