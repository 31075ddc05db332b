//! How a connection is woken.

use std::{
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU8, AtomicU32, Ordering},
    },
    task::{Wake, Waker},
};

use super::worker::List;
use crate::hub::Outlet;

/// It rang, and nobody answered yet. Spares the list, or the lock and the waker.
const DUE: u8 = 1;
/// Something that the connection polls has news.
const MOVED: u8 = 2;
/// The node has something to say to the connection.
const NOTICED: u8 = 4;

/// Wakes whoever looks after a connection.
#[derive(Default)]
pub(crate) struct Doorbell {
    state: AtomicU8,
    // How often a task, which is not a worker, answered.
    answers: AtomicU32,
    // Where it stands, once a worker has it.
    place: OnceLock<Place>,
    // The task that polls it, as long as there is no worker.
    waker: Mutex<Option<Waker>>,
}

struct Place {
    list: Arc<List>,
    key: u32,
}

/// Why a doorbell rang. What publishers leave in a ring is always looked for; looking for anything else costs, and thousands are woken at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// The bell rang at all.
    pub(crate) rang: bool,
    /// Something that the connection polls has news: its socket, a read, a timer.
    pub(crate) moved: bool,
    /// The node has something to say to the connection: a heartbeat, an operation, that it has to go.
    pub(crate) noticed: bool,
}

impl News {
    /// There may be anything.
    pub(crate) const ANY: Self = Self { rang: true, moved: true, noticed: true };

    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { rang: self.rang || other.rang, moved: self.moved || other.moved, noticed: self.noticed || other.noticed }
    }
}

impl Doorbell {
    /// Wakes this task from now on. Must come before looking for frames: one that arrives after the look wakes it.
    pub(crate) fn listen(&self, waker: &Waker) -> News {
        let mut kept = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            *kept = Some(waker.clone());
        }
        drop(kept);
        self.answers.fetch_add(1, Ordering::Relaxed);
        self.answer()
    }

    /// Whether it rang and no task answered yet; if so, how often one answered before.
    pub(crate) fn unanswered(&self) -> Option<u32> {
        (self.state.load(Ordering::Acquire) & DUE != 0).then(|| self.answers.load(Ordering::Relaxed))
    }

    /// Rings at a worker from now on. The worker must [answer](Self::answer) once afterwards, whether it rang or not.
    pub(super) fn hang(&self, list: Arc<List>, key: u32) {
        // A line is handed over once.
        let _ = self.place.set(Place { list, key });
        // What it woke before is over.
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = None;
        // Whatever was polled before was polled for somebody else.
        self.state.fetch_or(MOVED | NOTICED, Ordering::AcqRel);
    }

    /// Forgets that it rang, and says why. Must come before looking for frames.
    pub(super) fn answer(&self) -> News {
        let state = self.state.swap(0, Ordering::AcqRel);
        News { rang: state & DUE != 0, moved: state & MOVED != 0, noticed: state & NOTICED != 0 }
    }

    fn ring(&self, why: u8) {
        if self.state.fetch_or(DUE | why, Ordering::AcqRel) & DUE != 0 {
            return;
        }
        if let Some(Place { list, key }) = self.place.get() {
            list.push(*key);
            return;
        }
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Outlet for Doorbell {
    fn due(&self) {
        self.ring(0);
    }

    fn noticed(&self) {
        self.ring(NOTICED);
    }

    fn preview(&self) -> u64 {
        self.state.load(Ordering::Relaxed).into()
    }
}

impl Wake for Doorbell {
    fn wake(self: Arc<Self>) {
        self.ring(MOVED);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring(MOVED);
    }
}

impl fmt::Debug for Doorbell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doorbell").field("state", &self.state).finish_non_exhaustive()
    }
}
