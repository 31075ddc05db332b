//! What one connection may have made for it that its client does not take.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// How many large answers may still be made for one connection. One over HTTP/2 could otherwise ask for 128 pages of history at once and take none of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allowance(Arc<OnceLock<Arc<Semaphore>>>);

/// That one of them is being made, or on its way.
#[derive(Debug)]
pub(crate) struct Allowed {
    _permit: OwnedSemaphorePermit,
}

impl Allowance {
    /// Waits until one more of `at_most` may be made, but not longer than `patience`. Whoever asks first says how many.
    pub(crate) async fn take(&self, at_most: usize, patience: Duration) -> Option<Allowed> {
        let permits = self.0.get_or_init(|| Arc::new(Semaphore::new(at_most))).clone();
        let permit = timeout(patience, permits.acquire_owned()).await.ok()?.ok()?;
        Some(Allowed { _permit: permit })
    }
}
