//! What one connection may have made for it that its client does not take.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// How many large answers a connection may have on their way. One over HTTP/2 could otherwise ask for 128 pages of history at once and take none of them.
const ANSWERS: usize = 8;
/// How long a request waits for its client to take the answers to others.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many large answers may still be made for one connection.
#[derive(Clone, Debug)]
pub(crate) struct Allowance(Arc<Semaphore>);

/// That one of them is being made, or on its way.
#[derive(Debug)]
pub(crate) struct Allowed {
    _permit: OwnedSemaphorePermit,
}

impl Default for Allowance {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ANSWERS)))
    }
}

impl Allowance {
    /// Waits until one more may be made; not for ever.
    pub(crate) async fn take(&self) -> Option<Allowed> {
        let permit = timeout(PATIENCE, self.0.clone().acquire_owned()).await.ok()?.ok()?;
        Some(Allowed { _permit: permit })
    }
}
