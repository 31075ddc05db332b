//! Grants that end while their connections last.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval},
};

use super::Handle;
use crate::clock::unix_milliseconds;

/// How often the node looks at what is due. A grant ends within two of these.
const STEP: Duration = Duration::from_millis(200);
/// How long before the end its client is told, in milliseconds. Of a grant that was short from the beginning half is left then: who renews such a one at once must not be told at once again.
const WARNING: u64 = 30_000;

/// What a connection knows of the end of its grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expiry {
    ends: u64,
    warns: u64,
    warned: bool,
}

/// What the end of a grant asks for at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Telling the client that it is near, and looking again at this time.
    Warning(u64),
    /// Looking again at this time.
    Nothing(u64),
    End,
}

impl Expiry {
    /// That of a grant which came at `now`.
    pub(super) fn new(ends: u64, now: u64) -> Self {
        let left = ends.saturating_sub(now);
        Self { ends, warns: ends - WARNING.min(left / 2), warned: false }
    }

    pub(super) fn due(&mut self, now: u64) -> Due {
        if now >= self.ends {
            return Due::End;
        }
        if now < self.warns {
            return Due::Nothing(self.warns);
        }
        if std::mem::replace(&mut self.warned, true) { Due::Nothing(self.ends) } else { Due::Warning(self.ends) }
    }

    pub(super) fn is_over(&self) -> bool {
        unix_milliseconds() >= self.ends
    }
}

/// When to look at which connection: one entry for each whose grant ends, no timer and no task.
#[derive(Default)]
pub(super) struct Agenda {
    entries: Mutex<BTreeMap<Entry, Weak<Handle>>>,
    // Wakes whoever looks after it: there is an entry, or the agenda is gone.
    news: Arc<Notify>,
}

/// A time and the place of a handle in memory, which is nobody else's as long as the entry is there.
type Entry = (u64, usize);

impl Agenda {
    /// Has the connection looked at then, and not at the time that was set before.
    pub(super) fn enter(&self, handle: &Arc<Handle>, due: u64) {
        let mut entries = self.entries();
        remove(&mut entries, handle);
        // Zero stands for none.
        let due = due.max(1);
        handle.looked_at.store(due, Ordering::Relaxed);
        entries.insert((due, place(handle)), Arc::downgrade(handle));
        drop(entries);
        self.news.notify_one();
    }

    /// Forgets a connection.
    pub(super) fn leave(&self, handle: &Arc<Handle>) {
        if handle.looked_at.load(Ordering::Relaxed) != 0 {
            remove(&mut self.entries(), handle);
        }
    }

    /// Those whose time has come.
    fn take_due(&self, now: u64) -> Vec<Arc<Handle>> {
        let mut entries = self.entries();
        let mut due = Vec::new();
        while let Some(entry) = entries.first_entry().filter(|entry| entry.key().0 <= now) {
            if let Some(handle) = entry.remove().upgrade() {
                handle.looked_at.store(0, Ordering::Relaxed);
                due.push(handle);
            }
        }
        due
    }

    /// Rings at those whose time has come. One that does not answer, because its client takes nothing, is looked at again when its grant ends.
    pub(super) fn ring(&self, now: u64) {
        for handle in self.take_due(now) {
            if let Some(end) = handle.grant().ends().filter(|end| *end > now) {
                self.enter(&handle, end);
            }
            handle.ring();
        }
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<Entry, Weak<Handle>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Agenda {
    fn drop(&mut self) {
        self.news.notify_one();
    }
}

fn remove(entries: &mut BTreeMap<Entry, Weak<Handle>>, handle: &Arc<Handle>) {
    let due = handle.looked_at.swap(0, Ordering::Relaxed);
    if due != 0 {
        entries.remove(&(due, place(handle)));
    }
}

fn place(handle: &Arc<Handle>) -> usize {
    Arc::as_ptr(handle) as usize
}

/// Looks, for ever, at what is due, until whoever holds it is gone. As long as there is nothing to look at, no clock ticks.
pub(super) fn look_after<T: Send + Sync + 'static>(holder: &Arc<T>, agenda: fn(&T) -> &Agenda) {
    let holder = Arc::downgrade(holder);
    let mut ticks = interval(STEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::spawn(async move {
        loop {
            ticks.tick().await;
            let Some(holder) = holder.upgrade() else { return };
            let agenda = agenda(&holder);
            agenda.ring(unix_milliseconds());
            if agenda.entries().is_empty() {
                let news = agenda.news.clone();
                drop(holder);
                news.notified().await;
            }
        }
    });
}

impl fmt::Debug for Agenda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agenda").field("entries", &self.entries().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::{
        access::Grant,
        hub::Outlet,
        identity::{NodeId, SessionKey},
    };

    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Outlet for Bell {
        fn due(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn handle(ends: u64) -> (Arc<Handle>, Arc<Bell>) {
        let bell = Arc::new(Bell::default());
        let grant = Arc::new(Grant::everything().ending(ends));
        (Handle::new(SessionKey::random(NodeId::random()), false, bell.clone(), grant), bell)
    }

    #[test]
    fn a_client_is_told_once_and_in_time() {
        let mut expiry = Expiry::new(3_600_000, 0);
        assert_eq!(expiry.due(0), Due::Nothing(3_570_000));
        assert_eq!(expiry.due(3_569_999), Due::Nothing(3_570_000));
        assert_eq!(expiry.due(3_570_000), Due::Warning(3_600_000));
        assert_eq!(expiry.due(3_570_001), Due::Nothing(3_600_000));
        assert_eq!(expiry.due(3_599_999), Due::Nothing(3_600_000));
        assert_eq!(expiry.due(3_600_000), Due::End);
        let mut short = Expiry::new(20_000, 0);
        assert_eq!(
            (short.due(0), short.due(10_000)),
            (Due::Nothing(10_000), Due::Warning(20_000)),
            "not at once: it would be renewed for ever"
        );
        assert_eq!(Expiry::new(5, 10).due(10), Due::End);
    }

    #[test]
    fn a_connection_has_one_entry_whatever_happens() {
        let agenda = Agenda::default();
        let (ann, bell) = handle(500);
        for due in [100, 300, 200] {
            agenda.enter(&ann, due);
        }
        let (bob, _) = handle(500);
        agenda.enter(&bob, 200);
        assert_eq!(agenda.entries().len(), 2);
        agenda.ring(199);
        assert_eq!(bell.0.load(Ordering::Relaxed), 0);
        agenda.leave(&bob);
        agenda.ring(200);
        assert_eq!(bell.0.load(Ordering::Relaxed), 1);
        agenda.ring(499);
        assert_eq!(bell.0.load(Ordering::Relaxed), 1);
        agenda.ring(500);
        assert_eq!(bell.0.load(Ordering::Relaxed), 2, "nobody answered, so it is looked at again at the end");
        assert!(agenda.entries().is_empty());
        agenda.enter(&ann, 600);
        drop(ann);
        agenda.ring(600);
        assert!(agenda.entries().is_empty(), "who is gone is forgotten");
    }
}
