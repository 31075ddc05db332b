//! How a connection is woken.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
};

use crate::hub::Outlet;

/// Wakes whoever polls a connection.
#[derive(Debug, Default)]
pub(crate) struct Doorbell {
    // Spares the lock and the waker when the owner knows already.
    due: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Doorbell {
    /// Must come before looking for frames: one that arrives after the look wakes this waker.
    pub(crate) fn listen(&self, waker: &Waker) {
        let mut kept = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            *kept = Some(waker.clone());
        }
        drop(kept);
        self.due.swap(false, Ordering::AcqRel);
    }
}

impl Outlet for Doorbell {
    fn due(&self) {
        if !self.due.swap(true, Ordering::AcqRel) {
            let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}
