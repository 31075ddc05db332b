//! Telling the service what ended, one thing after another.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
};

use tokio::runtime;

use super::{Caller, DisconnectReason, Subscriber};
use crate::{
    connection::{Handle, guarded::guarded},
    realtime::Realtime,
};

/// What the service is yet to hear of one connection. There is none where it does not want to hear anything.
pub(in crate::connection) struct Aftermath {
    realtime: Realtime,
    handle: Weak<Handle>,
    // A connection may end where there is no other way to its runtime.
    runtime: runtime::Handle,
    reason: OnceLock<&'static str>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    // The channels that it was told of, and whether the service gave them.
    joined: HashMap<Arc<str>, bool>,
    ended: VecDeque<Ended>,
    running: bool,
    over: bool,
}

enum Ended {
    Channel(Arc<str>, bool),
    Connection,
}

impl Aftermath {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, handle: &Arc<Handle>, mut queue: MutexGuard<'_, Queue>) {
        if queue.ended.is_empty() || std::mem::replace(&mut queue.running, true) {
            return;
        }
        drop(queue);
        let (realtime, handle) = (self.realtime.clone(), handle.clone());
        self.runtime.spawn(async move {
            let Some(aftermath) = handle.aftermath.get() else { return };
            while let Some(ended) = aftermath.next() {
                aftermath.tell(&realtime, &handle, ended).await;
            }
        });
    }

    fn next(&self) -> Option<Ended> {
        let mut queue = self.queue();
        let next = queue.ended.pop_front();
        queue.running = next.is_some();
        next
    }

    async fn tell(&self, realtime: &Realtime, handle: &Arc<Handle>, ended: Ended) {
        let (shared, caller) = (realtime.shared(), Caller::new(realtime, handle));
        let patience = shared.limits.authorize_timeout;
        match ended {
            Ended::Channel(channel, by_service) => {
                let (Some(hear), Ok(known)) = (&shared.callbacks.unsubscribe, shared.registry.resolve(&channel)) else { return };
                let subscriber = Subscriber::new(caller, channel.clone(), known, by_service);
                let _ = guarded("on_unsubscribe", patience, || hear(subscriber)).await;
            }
            Ended::Connection => {
                let Some(hear) = &shared.callbacks.disconnect else { return };
                let reason = DisconnectReason::named(self.reason.get().copied().unwrap_or("client"));
                let _ = guarded("on_disconnect", patience, || hear((caller, reason))).await;
            }
        }
    }
}

impl Handle {
    /// Tells the service what ends, if it wants to hear of it.
    pub(crate) fn follow(self: &Arc<Self>, realtime: &Realtime) {
        if realtime.shared().callbacks.follow() {
            let (handle, runtime) = (Arc::downgrade(self), runtime::Handle::current());
            let (reason, queue) = (OnceLock::new(), Mutex::default());
            let _ = self.aftermath.set(Box::new(Aftermath { realtime: realtime.clone(), handle, runtime, reason, queue }));
        }
    }

    /// The service said yes to a channel.
    pub(super) fn joined(&self, channel: &str, by_service: bool) {
        let Some((aftermath, handle)) = self.followed() else { return };
        let mut queue = aftermath.queue();
        if queue.over {
            // The connection ended meanwhile, and what the service accepted with it.
            queue.ended.push_back(Ended::Channel(channel.into(), by_service));
            aftermath.run(&handle, queue);
        } else {
            queue.joined.insert(channel.into(), by_service);
        }
    }

    /// It does not have the channel any more.
    pub(in crate::connection) fn left(&self, channel: &str) {
        let Some((aftermath, handle)) = self.followed() else { return };
        let mut queue = aftermath.queue();
        if let Some((channel, by_service)) = queue.joined.remove_entry(channel) {
            queue.ended.push_back(Ended::Channel(channel, by_service));
        }
        aftermath.run(&handle, queue);
    }

    /// Why it ends.
    pub(in crate::connection) fn ends(&self, reason: &'static str) {
        if let Some(aftermath) = self.aftermath.get() {
            let _ = aftermath.reason.set(reason);
        }
    }

    /// It is over; said once.
    pub(in crate::connection) fn is_gone(&self) {
        let Some((aftermath, handle)) = self.followed() else { return };
        let mut queue = aftermath.queue();
        if std::mem::replace(&mut queue.over, true) {
            return;
        }
        let joined = std::mem::take(&mut queue.joined);
        queue.ended.extend(joined.into_iter().map(|(channel, by_service)| Ended::Channel(channel, by_service)));
        queue.ended.push_back(Ended::Connection);
        aftermath.run(&handle, queue);
    }

    fn followed(&self) -> Option<(&Aftermath, Arc<Self>)> {
        let aftermath = self.aftermath.get()?;
        Some((aftermath, aftermath.handle.upgrade()?))
    }
}

impl fmt::Debug for Aftermath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aftermath").field("waiting", &self.queue().ended.len()).finish_non_exhaustive()
    }
}
