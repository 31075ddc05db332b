//! How a connection is woken.

use std::{
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Wake, Waker},
};

use super::worker::List;
use crate::hub::Outlet;

/// Wakes whoever looks after a connection.
#[derive(Default)]
pub(crate) struct Doorbell {
    // Spares the list, or the lock and the waker, when whoever looks after it knows already.
    due: AtomicBool,
    // Something that the connection polls has news: its socket, a read, a timer. What a publisher leaves needs no poll.
    moved: AtomicBool,
    // Where it stands, once a worker has it.
    place: OnceLock<Place>,
    // The task that polls it, as long as there is no worker.
    waker: Mutex<Option<Waker>>,
}

struct Place {
    list: Arc<List>,
    key: u32,
}

impl Doorbell {
    /// Wakes this task from now on. Must come before looking for frames: one that arrives after the look wakes it.
    pub(crate) fn listen(&self, waker: &Waker) {
        let mut kept = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            *kept = Some(waker.clone());
        }
        drop(kept);
        self.answer();
    }

    /// Rings at a worker from now on. The worker must [answer](Self::answer) once afterwards, whether it rang or not.
    pub(super) fn hang(&self, list: Arc<List>, key: u32) {
        // A line is handed over once.
        let _ = self.place.set(Place { list, key });
        // What it woke before is over.
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Forgets that it rang. Must come before looking for frames.
    pub(super) fn answer(&self) {
        self.due.swap(false, Ordering::AcqRel);
    }

    /// Says that what is polled may have news.
    pub(super) fn stir(&self) {
        self.moved.store(true, Ordering::Release);
    }

    /// Whether something that was polled has news, once.
    pub(super) fn take_moved(&self) -> bool {
        self.moved.load(Ordering::Relaxed) && self.moved.swap(false, Ordering::AcqRel)
    }
}

impl Outlet for Doorbell {
    fn due(&self) {
        if self.due.swap(true, Ordering::AcqRel) {
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

impl Wake for Doorbell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.stir();
        self.due();
    }
}

impl fmt::Debug for Doorbell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doorbell").field("due", &self.due).field("moved", &self.moved).finish_non_exhaustive()
    }
}
