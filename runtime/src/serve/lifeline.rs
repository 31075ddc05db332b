//! How a server tells the event streams that it accepted to end.

use std::sync::{
    Arc, Mutex, PoisonError, Weak,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::watch;

use crate::{hub::Roster, workers::Workers};

/// Goes with every request of a server, as an extension.
#[derive(Clone, Debug)]
pub(crate) struct Lifeline {
    state: Arc<State>,
}

/// How far a server is on its way to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Serving,
    /// Every stream is asked to end.
    Cut,
    /// Nobody is waited for any more.
    Abandoned,
}

#[derive(Debug)]
struct State {
    id: u64,
    stage: watch::Sender<Stage>,
    // Streams and WebSockets that hyper knows nothing of any more.
    sockets: watch::Sender<usize>,
    workers: Workers,
    // Usually one: a service rarely has several `Realtime`s.
    rosters: Mutex<Vec<Weak<Roster>>>,
}

impl Lifeline {
    pub(super) fn new(workers: Workers) -> Self {
        // Zero stands for a server that is not ours.
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self {
            state: Arc::new(State {
                id,
                stage: watch::Sender::new(Stage::Serving),
                sockets: watch::Sender::new(0),
                workers,
                rosters: Mutex::default(),
            }),
        }
    }

    pub(crate) fn id(&self) -> u64 {
        self.state.id
    }

    /// Makes sure that the streams in `roster` hear of the end. Check [`is_cut`](Self::is_cut) afterwards: it may have come before.
    pub(crate) fn hold(&self, roster: &Arc<Roster>) {
        let mut rosters = self.state.rosters.lock().unwrap_or_else(PoisonError::into_inner);
        if !rosters.iter().any(|held| held.as_ptr() == Arc::as_ptr(roster)) {
            rosters.push(Arc::downgrade(roster));
        }
    }

    pub(crate) fn is_cut(&self) -> bool {
        *self.state.stage.borrow() >= Stage::Cut
    }

    /// Waits until it is cut.
    pub(super) async fn end(&self) {
        self.reaches(Stage::Cut).await;
    }

    /// Ends every stream of this server.
    pub(super) fn cut(&self) {
        self.state.stage.send_replace(Stage::Cut);
        let rosters = self.state.rosters.lock().unwrap_or_else(PoisonError::into_inner);
        for roster in rosters.iter().filter_map(Weak::upgrade) {
            roster.close(Some(self.state.id));
        }
    }

    /// Runs `work` until the server waits for nobody any more.
    pub(crate) fn tie<F: Future<Output = ()> + Send + 'static>(&self, work: F) -> impl Future<Output = ()> + Send + 'static {
        let server = self.clone();
        async move {
            tokio::select! {
                () = work => {}
                () = server.reaches(Stage::Abandoned) => {}
            }
        }
    }

    /// Who looks after connections of which hyper knows nothing any more.
    pub(crate) fn workers(&self) -> &Workers {
        &self.state.workers
    }

    /// Counts a connection of which hyper knows nothing any more: the server waits for it when it ends, but not for ever.
    pub(crate) fn count(&self) -> Counted {
        self.state.sockets.send_modify(|sockets| *sockets += 1);
        Counted(self.clone())
    }

    /// How many of them there are.
    pub(super) fn sockets(&self) -> usize {
        *self.state.sockets.borrow()
    }

    /// Waits until there are none.
    pub(super) async fn emptied(&self) {
        let _ = self.state.sockets.subscribe().wait_for(|sockets| *sockets == 0).await;
    }

    /// Cuts off what is left when the answer is dropped.
    pub(super) fn abandoning(self) -> Abandoning {
        Abandoning(self)
    }

    async fn reaches(&self, stage: Stage) {
        // The sender is in `self`, so waiting cannot fail.
        let _ = self.state.stage.subscribe().wait_for(|reached| *reached >= stage).await;
    }
}

/// The duty to cut off what is left of a server, done by dropping it.
pub(super) struct Abandoning(Lifeline);

impl Drop for Abandoning {
    fn drop(&mut self) {
        self.0.state.stage.send_replace(Stage::Abandoned);
    }
}

/// A connection that the server waits for; dropping it ends that.
#[derive(Debug)]
pub(crate) struct Counted(Lifeline);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.state.sockets.send_modify(|sockets| *sockets -= 1);
    }
}
