//! Who is present on a channel: what this node's connections show, and what its watchers are told.
//!
//! The truth is the broker's roster, with a channel of numbered changes beside it. `own` brings there what the connections of this node want, and `keeper` holds
//! the lease that it lives by; `follower` reads changes back, once for each channel that somebody watches, onto a `board` that all watchers of this node share.

mod board;
mod follower;
mod keeper;
mod own;
mod roster;
#[cfg(test)]
mod stalled_tests;

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

pub(crate) use self::{
    board::{Board, Watch},
    own::NotPresent,
    roster::members_json,
};
use self::{keeper::Bells, own::Table};
pub use self::{
    own::PresenceError,
    roster::{Member, Roster},
};
use crate::{
    broker::{BoxFuture, Broker, Lease, StoredRoster},
    channel::Publisher,
    error::BrokerError,
    hub::{Hub, Outlet},
    realtime::Limits,
};

/// What a connection should do about a roster that it watches.
#[derive(Debug)]
pub(crate) enum Watching {
    Begin(Watch),
    /// Hands out the whole roster again.
    Refresh(Arc<str>),
}

/// Everything that this node knows of presence. Does nothing before somebody is present or watches.
pub(crate) struct Presence {
    hub: Arc<Hub>,
    publisher: Publisher,
    limits: Limits,
    table: Mutex<Table>,
    boards: Mutex<HashMap<Arc<str>, Weak<Board>>>,
    lease: RwLock<Lease>,
    // The store may know something else of this node than what is so.
    doubtful: AtomicBool,
    running: AtomicBool,
    bells: Arc<Bells>,
}

impl Presence {
    pub(crate) fn new(hub: Arc<Hub>, publisher: Publisher, limits: &Limits) -> Arc<Self> {
        let presence = Arc::new(Self {
            hub,
            publisher,
            limits: *limits,
            table: Mutex::default(),
            boards: Mutex::default(),
            lease: RwLock::new(Lease::random()),
            doubtful: AtomicBool::new(false),
            running: AtomicBool::new(false),
            bells: Arc::default(),
        });
        presence.hub.on_link({
            let presence = Arc::downgrade(&presence);
            move |degraded| {
                if let (false, Some(presence)) = (degraded, presence.upgrade()) {
                    // It may have come back with an older state, or with none.
                    presence.doubt();
                }
            }
        });
        presence
    }

    /// Begins to watch the roster of `channel`. The broker need not be there yet: the roster comes when it is.
    pub(crate) fn watch(self: &Arc<Self>, channel: &str, outlet: Arc<dyn Outlet>) -> Watch {
        let mut boards = self.boards();
        let board = boards.get(channel).and_then(Weak::upgrade).unwrap_or_else(|| {
            let board = Board::new(channel.into());
            boards.insert(board.channel().clone(), Arc::downgrade(&board));
            follower::begin(self, &board);
            board
        });
        drop(boards);
        self.run();
        Watch::new(board, outlet)
    }

    /// Reads a roster where it is kept.
    pub(crate) async fn read(publisher: &Publisher, channel: &str) -> Result<StoredRoster, BrokerError> {
        let mut roster = publisher.in_time(publisher.broker().roster(channel)).await?;
        roster.members.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(roster)
    }

    fn broker(&self) -> &dyn Broker {
        &**self.publisher.broker()
    }

    async fn in_time<T>(&self, answer: BoxFuture<'_, Result<T, BrokerError>>) -> Result<T, BrokerError> {
        self.publisher.in_time(answer).await
    }

    fn lease(&self) -> Lease {
        *self.lease.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a lease lasts.
    fn lasts(&self) -> Duration {
        self.limits.presence_lease
    }

    /// The store may have missed something: everything is told again under a new lease, and what the old one holds goes by itself.
    fn doubt(&self) {
        self.doubtful.store(true, Ordering::Release);
        self.bells.renewal.notify_one();
    }

    /// Starts what has to be done now and then, at the first use.
    fn run(self: &Arc<Self>) {
        if !self.running.swap(true, Ordering::AcqRel) {
            keeper::start(self);
        }
    }

    /// The channels that somebody on this node watches.
    fn followed(&self) -> Vec<Arc<str>> {
        let mut boards = self.boards();
        boards.retain(|_, board| board.strong_count() > 0);
        boards.keys().cloned().collect()
    }

    fn boards(&self) -> MutexGuard<'_, HashMap<Arc<str>, Weak<Board>>> {
        self.boards.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // Its tasks end.
        self.bells.renewal.notify_one();
        self.bells.departures.notify_one();
    }
}

impl fmt::Debug for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presence").field("lease", &self.lease()).finish_non_exhaustive()
    }
}
