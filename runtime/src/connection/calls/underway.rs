//! What is under way over one connection, so that it ends with it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tidewire_schema::Call;
use tokio::{sync::oneshot, task::AbortHandle};

use super::{AT_ONCE, Answered};
use crate::connection::Handle;

/// Calls of a client that the service answers at the moment.
#[derive(Debug, Default)]
pub(in crate::connection) struct Underway(Mutex<Tasks>);

#[derive(Debug, Default)]
struct Tasks {
    next: u64,
    running: BTreeMap<u64, Option<AbortHandle>>,
    over: bool,
}

/// The place of one call; dropping it gives it up.
#[derive(Debug)]
pub(super) struct Place {
    handle: Arc<Handle>,
    number: u64,
}

impl Underway {
    /// A place for one more, if there is one.
    pub(super) fn begin(handle: &Arc<Handle>) -> Option<Place> {
        let mut tasks = handle.underway.tasks();
        if tasks.over || tasks.running.len() >= AT_ONCE {
            return None;
        }
        tasks.next += 1;
        let number = tasks.next;
        tasks.running.insert(number, None);
        Some(Place { handle: handle.clone(), number })
    }

    /// Runs the call that has the place. It is aborted when the connection ends.
    pub(super) fn spawn(place: Place, work: impl Future<Output = ()> + Send + 'static) {
        let (handle, number) = (place.handle.clone(), place.number);
        // Under the lock: the task gives up its place when it is done, which may be at once.
        let mut tasks = handle.underway.tasks();
        if tasks.over {
            drop(tasks);
            // Not under the lock, which giving up the place takes.
            drop((place, work));
            return;
        }
        let running = tokio::spawn(async move {
            let _place = place;
            work.await;
        });
        if let Some(entry) = tasks.running.get_mut(&number) {
            *entry = Some(running.abort_handle());
        }
    }

    /// Aborts everything.
    pub(in crate::connection) fn end(&self) {
        let mut tasks = self.tasks();
        tasks.over = true;
        let running = std::mem::take(&mut tasks.running);
        drop(tasks);
        running.into_values().flatten().for_each(|task| task.abort());
    }

    #[cfg(test)]
    pub(in crate::connection) fn count(&self) -> usize {
        self.tasks().running.len()
    }

    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.handle.underway.tasks().running.remove(&self.number);
    }
}

/// Calls of the service that a client is to answer.
#[derive(Default)]
pub(in crate::connection) struct Questions(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    next: u64,
    asked: BTreeMap<u64, Asked>,
    over: bool,
}

/// One that waits.
pub(super) struct Asked {
    pub(super) call: &'static Call,
    pub(super) answer: oneshot::Sender<Answered>,
}

/// That one waits; dropping it ends that.
pub(super) struct Waits {
    handle: Arc<Handle>,
    number: u64,
}

/// Why there is no place for one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoPlace {
    TooMany,
    Over,
}

impl Questions {
    /// Waits for an answer from now on.
    pub(super) fn begin(handle: &Arc<Handle>, asked: Asked) -> Result<Waits, NoPlace> {
        let mut waiting = handle.questions.waiting();
        if waiting.over {
            return Err(NoPlace::Over);
        }
        if waiting.asked.len() >= AT_ONCE {
            return Err(NoPlace::TooMany);
        }
        waiting.next += 1;
        let number = waiting.next;
        waiting.asked.insert(number, asked);
        Ok(Waits { handle: handle.clone(), number })
    }

    /// The one of this number, which is answered once.
    pub(super) fn take(&self, number: u64) -> Option<Asked> {
        self.waiting().asked.remove(&number)
    }

    /// Nobody will answer.
    pub(in crate::connection) fn end(&self) {
        let mut waiting = self.waiting();
        waiting.over = true;
        let asked = std::mem::take(&mut waiting.asked);
        drop(waiting);
        // Whoever waits hears that the sender is gone.
        drop(asked);
    }

    #[cfg(test)]
    pub(in crate::connection) fn count(&self) -> usize {
        self.waiting().asked.len()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waits {
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.handle.questions.take(self.number);
    }
}

impl fmt::Debug for Questions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Questions").field("asked", &self.waiting().asked.len()).finish_non_exhaustive()
    }
}
