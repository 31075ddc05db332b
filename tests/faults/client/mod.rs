//! A client that is written for the tests alone, from PROTOCOL.md: it keeps a cursor for each channel, reconnects for ever, and writes down what an application would see.

mod life;
mod outbox;
mod socket;
mod standing;
mod stream;

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::timeout,
};

use self::life::Life;
use crate::{
    journal::{Diary, Seen, Sight},
    ledger::{Entry, Ledger},
};

/// How a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Server-Sent Events as a browser's `EventSource` reads them: the server's last id goes back as `Last-Event-ID`.
    EventSource,
    /// Server-Sent Events without ids: the client keeps the cursors, and speaks through `POST /send`.
    Stream,
    Socket,
    /// No client at all: a subscriber in Rust, inside a node, which tells what it sees.
    Inside,
}

impl Style {
    pub(crate) const ALL: [Self; 4] = [Self::EventSource, Self::Stream, Self::Socket, Self::Inside];

    /// Whether it can tell the server something on a connection that is open.
    pub(crate) const fn speaks(self) -> bool {
        matches!(self, Self::Stream | Self::Socket)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::EventSource => "event-source",
            Self::Stream => "stream",
            Self::Socket => "socket",
            Self::Inside => "inside",
        }
    }
}

/// What a client is.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) name: String,
    pub(crate) style: Style,
    /// Where it connects to; after a failure to the next.
    pub(crate) targets: Vec<SocketAddr>,
    pub(crate) channels: Vec<String>,
    /// The only events that it asks for; all of them if none is named.
    pub(crate) filter: Vec<&'static str>,
    /// How much silence it takes for a dead connection.
    pub(crate) silence: Duration,
    pub(crate) seed: u64,
}

/// What a client is told to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Ends the connection; a new one follows.
    Cut,
    /// Ends the connection and stays away.
    Leave,
    /// Comes back.
    Return,
    /// Stops reading, but stays connected.
    Stall,
    /// Reads again.
    Read,
    /// Adds a channel, from where the client stood in it or from now.
    Join { channel: String, fresh: bool },
    /// Takes a channel off.
    Part(String),
    /// Publishes, one after another; `fatal` ends the connection between sending and the answer.
    Publish { entry: Entry, frame: Value, fatal: bool },
}

/// A running client; dropping it ends it.
pub(crate) struct Client {
    pub(crate) style: Style,
    pub(crate) name: String,
    orders: mpsc::UnboundedSender<Order>,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    diary: Mutex<Diary>,
    changed: watch::Sender<()>,
    unsent: watch::Sender<usize>,
    away: AtomicBool,
}

impl Client {
    pub(crate) fn start(setup: Setup, ledger: Arc<Ledger>) -> Self {
        let diary = Diary { client: setup.name.clone(), transport: setup.style.name(), filter: setup.filter.clone(), sights: Vec::new() };
        let shared = Arc::new(Shared {
            diary: Mutex::new(diary),
            changed: watch::Sender::new(()),
            unsent: watch::Sender::new(0),
            away: AtomicBool::new(false),
        });
        let (orders, inbox) = mpsc::unbounded_channel();
        let (style, name) = (setup.style, setup.name.clone());
        let life = Life::new(setup, ledger, inbox, shared.clone());
        Self { style, name, orders, shared, task: tokio::spawn(life.live()) }
    }

    pub(crate) fn order(&self, order: Order) {
        match order {
            Order::Leave => self.shared.away.store(true, Ordering::SeqCst),
            Order::Return => self.shared.away.store(false, Ordering::SeqCst),
            _ => {}
        }
        if let Order::Publish { .. } = order {
            self.shared.unsent.send_modify(|count| *count += 1);
        }
        // A client that ended is found out by what its diary lacks.
        let _ = self.orders.send(order);
    }

    /// Whether it was told to stay away.
    pub(crate) fn is_away(&self) -> bool {
        self.shared.away.load(Ordering::SeqCst)
    }

    pub(crate) fn diary(&self) -> Diary {
        self.shared.diary().clone()
    }

    /// Waits until the diary satisfies a condition.
    pub(crate) async fn until(&self, deadline: Duration, condition: impl Fn(&[Sight]) -> bool) -> bool {
        let mut changed = self.shared.changed.subscribe();
        let wait = async {
            loop {
                if condition(&self.shared.diary().sights) || changed.changed().await.is_err() {
                    return;
                }
            }
        };
        timeout(deadline, wait).await.is_ok()
    }

    /// Waits until everything that was to be published is.
    pub(crate) async fn until_sent(&self, deadline: Duration) -> bool {
        let mut unsent = self.shared.unsent.subscribe();
        timeout(deadline, unsent.wait_for(|count| *count == 0)).await.is_ok_and(|waited| waited.is_ok())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn diary(&self) -> MutexGuard<'_, Diary> {
        self.diary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, seen: Seen) {
        self.diary().sights.push(Sight { at: Instant::now(), seen });
        self.changed.send_replace(());
    }
}
