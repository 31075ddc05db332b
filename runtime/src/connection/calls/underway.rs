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
        let mut tasks = handle.underway().tasks();
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
        let mut tasks = handle.underway().tasks();
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
        self.handle.underway().tasks().running.remove(&self.number);
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
        let mut waiting = handle.questions().waiting();
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
        self.handle.questions().take(self.number);
    }
}

impl fmt::Debug for Questions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Questions").field("asked", &self.waiting().asked.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use crate::{
        access::Grant,
        hub::Outlet,
        identity::{NodeId, SessionKey},
    };

    struct Deaf;

    impl Outlet for Deaf {
        fn due(&self) {}
    }

    fn handle() -> Arc<Handle> {
        Handle::new(SessionKey::random(NodeId::random()), false, Arc::new(Deaf), Arc::new(Grant::everything()))
    }

    #[tokio::test]
    async fn calls_have_so_many_places_and_give_them_back() {
        let handle = handle();
        let mut places: Vec<Place> = (0..AT_ONCE).map(|_| Underway::begin(&handle).unwrap()).collect();
        assert!(Underway::begin(&handle).is_none());
        places.pop();
        let place = Underway::begin(&handle).unwrap();
        let (done, is_done) = oneshot::channel::<()>();
        Underway::spawn(place, async { drop(done) });
        let _ = is_done.await;
        drop(places);
        while handle.underway().count() > 0 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn nothing_waits_for_a_connection_that_has_ended() {
        let handle = handle();
        let (held, is_dropped) = oneshot::channel::<()>();
        Underway::spawn(Underway::begin(&handle).unwrap(), async {
            let _held = held;
            pending::<()>().await;
        });
        let call: &'static Call =
            Box::leak(Box::new(serde_json::from_str(r#"{ "name": "confirm", "from": { "server": true, "client": false } }"#).unwrap()));
        let (answer, answered) = oneshot::channel();
        let waits = Questions::begin(&handle, Asked { call, answer }).unwrap();
        assert_eq!((handle.underway().count(), handle.questions().count()), (1, 1));
        handle.end();
        assert!(is_dropped.await.is_err() && answered.await.is_err());
        assert_eq!((handle.underway().count(), handle.questions().count()), (0, 0));
        drop(waits);
        let (answer, _) = oneshot::channel::<Answered>();
        assert!(matches!(Questions::begin(&handle, Asked { call, answer }), Err(NoPlace::Over)));
        assert!(Underway::begin(&handle).is_none());
    }
}
