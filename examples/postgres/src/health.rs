//! Whether the database is there. It is asked, because one that is gone says nothing.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tidewire::Realtime;
use tokio::time::sleep;

use crate::{
    events::harbour::{self, Health},
    store::Store,
};

const INTERVAL: Duration = Duration::from_secs(1);

/// What is known of the database.
#[derive(Clone)]
pub(crate) struct Pulse(Arc<Mutex<Health>>);

impl Pulse {
    /// It was there a moment ago: the service has just prepared it.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Health { reachable: true, seen: now() })))
    }

    pub(crate) fn health(&self) -> Health {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether that is news.
    fn found(&self, reachable: bool) -> bool {
        let mut health = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if reachable {
            health.seen = now();
        }
        std::mem::replace(&mut health.reachable, reachable) != reachable
    }
}

/// Asks the database for ever, and tells the pages when it went or came back.
pub(crate) async fn attend(store: Store, pulse: Pulse, realtime: Realtime) {
    let mut untold = false;
    loop {
        sleep(INTERVAL).await;
        let asked = store.ask().await;
        if let Err(error) = &asked {
            tracing::debug!(error = %error, "the database does not answer");
        }
        untold |= pulse.found(asked.is_ok());
        if untold {
            untold = realtime.channel(harbour::Database).publish(harbour::DatabaseChanged).await.is_err();
        }
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or_default()
}
