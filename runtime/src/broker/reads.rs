//! Reads that whoever asked for may give up, and the store cannot.

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};

use crate::error::BrokerError;

/// How many reads a node asks of its store at once. Who waits holds nothing.
const AT_ONCE: usize = 16;

/// Lets a few reads at a time go to the store, each to its end.
///
/// What was sent to a store comes back, on the connection that publishes go over, too. So a read that nobody waits for any more counts until then: whoever asks and goes
/// away, over and over, would otherwise have the store send without end.
pub(crate) struct Reads {
    permits: Arc<Semaphore>,
    longest: Duration,
}

impl Reads {
    /// Reads of which each takes so long at most.
    pub(crate) fn taking(longest: Duration) -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)), longest }
    }

    /// Reads when it is its turn. Depends on nobody's asking for the answer: who is not asked for anything, because its client takes nothing, must not keep others from theirs.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        read: impl Future<Output = Result<T, BrokerError>> + Send + 'static,
    ) -> Result<T, BrokerError> {
        let (mut answer, answered) = oneshot::channel();
        let (permits, longest) = (self.permits.clone(), self.longest);
        let mut work = Box::pin(async move {
            let _permit = tokio::select! {
                biased;
                permit = permits.acquire() => permit,
                () = answer.closed() => return,
            };
            let read = timeout(longest, read).await.unwrap_or_else(|elapsed| Err(BrokerError::unknown(elapsed)));
            // Nobody may be there any more.
            let _ = answer.send(read);
        });
        // A store in memory answers at once, and a task would cost more than the read.
        if poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx))).await.is_pending() {
            tokio::spawn(work);
        }
        answered.await.unwrap_or_else(|_| Err(BrokerError::unavailable("the read was given up")))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use futures_util::FutureExt as _;
    use tokio::time::{Instant, sleep};

    use super::*;

    const LONGEST: Duration = Duration::from_secs(2);

    #[tokio::test(start_paused = true)]
    async fn who_goes_away_takes_nothing_back_that_was_asked() {
        let (reads, asked) = (Reads::taking(LONGEST), Arc::new(AtomicUsize::new(0)));
        let slow = || {
            let asked = asked.clone();
            async move {
                asked.fetch_add(1, Ordering::Relaxed);
                sleep(Duration::from_secs(1)).await;
                Ok(())
            }
        };
        for _ in 0..100 {
            assert!(reads.run(slow()).now_or_never().is_none());
        }
        assert_eq!(asked.load(Ordering::Relaxed), AT_ONCE);
        let began = Instant::now();
        reads.run(slow()).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 2, "behind those that were asked, before nobody");
        assert_eq!(asked.load(Ordering::Relaxed), AT_ONCE + 1, "who went before its turn is not asked for");
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_never_answers_keeps_no_turn() {
        let reads = Reads::taking(LONGEST);
        let mut stuck: Vec<_> = (0..AT_ONCE).map(|_| Box::pin(reads.run(pending::<Result<(), _>>()))).collect();
        for read in &mut stuck {
            assert!(read.now_or_never().is_none());
        }
        let began = Instant::now();
        reads.run(async { Ok(()) }).await.unwrap();
        assert_eq!(began.elapsed(), LONGEST);
        assert!(matches!(stuck.remove(0).await, Err(BrokerError::Unknown(_))));
    }
}
