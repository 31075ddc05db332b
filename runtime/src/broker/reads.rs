//! Reads that whoever asked for may give up, and the store cannot.

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};

use crate::error::BrokerError;

/// How many reads of a kind a node asks of its store at once. Who waits holds nothing.
const AT_ONCE: usize = 16;

/// Lets a few reads at a time go to the store for clients, each to its end.
///
/// What was sent to a store comes back, on the connection that publishes go over, too. So a read that nobody waits for any more counts until then: whoever asks and goes
/// away, over and over, would otherwise have the store send without end. And nobody waits for a turn so long that there would be no time to use it: what asks for more than
/// there is would have nothing at all.
#[derive(Clone)]
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
        self,
        read: impl Future<Output = Result<T, BrokerError>> + Send + 'static,
    ) -> Result<T, BrokerError> {
        let Self { permits, longest } = self;
        let mut read = Box::pin(read);
        let turn = permits.clone().try_acquire_owned().ok();
        // A store in memory answers at once, and a task would cost more than the read.
        if turn.is_some()
            && let Poll::Ready(answer) = poll_fn(|cx| Poll::Ready(read.as_mut().poll(cx))).await
        {
            return answer;
        }
        let (mut answer, answered) = oneshot::channel();
        tokio::spawn(async move {
            let turn = if turn.is_some() {
                turn
            } else {
                tokio::select! {
                    biased;
                    turn = timeout(longest / 2, permits.acquire_owned()) => turn.ok().and_then(Result::ok),
                    () = answer.closed() => return,
                }
            };
            let read = match turn {
                Some(_turn) => timeout(longest, read).await.unwrap_or_else(|elapsed| Err(BrokerError::unknown(elapsed))),
                None => Err(BrokerError::unavailable("too many reads wait for the store")),
            };
            // Nobody may be there any more.
            let _ = answer.send(read);
        });
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

    const LONGEST: Duration = Duration::from_secs(4);

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
            assert!(reads.clone().run(slow()).now_or_never().is_none());
        }
        assert_eq!(asked.load(Ordering::Relaxed), AT_ONCE);
        let began = Instant::now();
        reads.clone().run(slow()).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 2, "behind those that were asked, before nobody");
        assert_eq!(asked.load(Ordering::Relaxed), AT_ONCE + 1, "who went before its turn is not asked for");
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_never_answers_keeps_no_turn_and_nobody_waits_in_vain() {
        let reads = Reads::taking(LONGEST);
        let began = Instant::now();
        let mut stuck: Vec<_> = (0..AT_ONCE).map(|_| Box::pin(reads.clone().run(pending::<Result<(), _>>()))).collect();
        for read in &mut stuck {
            assert!(read.now_or_never().is_none());
        }
        let refused = reads.clone().run(async { Ok(()) }).await;
        assert!(matches!(refused, Err(BrokerError::Unavailable(_))), "it was not asked");
        assert_eq!(began.elapsed(), LONGEST / 2);
        sleep(Duration::from_secs(1)).await;
        reads.clone().run(async { Ok(()) }).await.unwrap();
        assert_eq!(began.elapsed(), LONGEST);
        assert!(matches!(stuck.remove(0).await, Err(BrokerError::Unknown(_))));
    }
}
