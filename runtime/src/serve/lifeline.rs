//! How a server tells the event streams that it accepted to end.

use std::sync::{
    Arc, Mutex, PoisonError, Weak,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::watch;

use crate::hub::Roster;

/// Goes with every request of a server, as an extension.
#[derive(Clone, Debug)]
pub(crate) struct Lifeline {
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    id: u64,
    cut: watch::Sender<bool>,
    // Usually one: a service rarely has several `Realtime`s.
    rosters: Mutex<Vec<Weak<Roster>>>,
}

impl Lifeline {
    pub(super) fn new() -> Self {
        // Zero stands for a server that is not ours.
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { state: Arc::new(State { id, cut: watch::Sender::new(false), rosters: Mutex::default() }) }
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
        *self.state.cut.borrow()
    }

    /// Waits until it is cut.
    pub(super) async fn end(&self) {
        // The sender is in `self`, so waiting cannot fail.
        let _ = self.state.cut.subscribe().wait_for(|cut| *cut).await;
    }

    /// Ends every stream of this server.
    pub(super) fn cut(&self) {
        self.state.cut.send_replace(true);
        let rosters = self.state.rosters.lock().unwrap_or_else(PoisonError::into_inner);
        for roster in rosters.iter().filter_map(Weak::upgrade) {
            roster.close(Some(self.state.id));
        }
    }
}
