//! The streams of a connection over HTTP/2, each of which hyper runs as a task.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use hyper::rt::Executor;
use tokio::{sync::Notify, time::sleep};

tokio::task_local! {
    static RESET: Reset;
}

/// Ends what carries one response: a stream of a connection over HTTP/2, and none of the others, or a whole connection over HTTP/1.
///
/// hyper asks a body for nothing while its reader takes nothing, so a body cannot end itself then.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reset(Arc<Notify>);

impl Reset {
    /// For the response that this task works on, if it is one of this server's.
    pub(crate) fn of_this_task() -> Option<Self> {
        RESET.try_with(Self::clone).ok()
    }

    /// Gives it up. Over HTTP/2 its client gets a `RST_STREAM`.
    pub(crate) fn reset(&self) {
        self.0.notify_one();
    }

    /// Does this work; nothing if it was reset before it was done.
    pub(super) async fn watch<F: Future>(self, work: F) -> Option<F::Output> {
        let reset = self.0.clone();
        RESET
            .scope(self, async {
                tokio::select! {
                    biased;
                    done = work => Some(done),
                    () = reset.notified() => None,
                }
            })
            .await
    }
}

/// Runs the streams of one connection, and knows how many of them are at work.
#[derive(Clone, Default)]
pub(super) struct Streams(Arc<State>);

#[derive(Default)]
struct State {
    // A connection over HTTP/1.1 never has a stream.
    begun: AtomicBool,
    running: AtomicUsize,
    changed: Notify,
}

impl Streams {
    /// Waits until there were streams, and then none at work for so long. What hyper was handed of them may still be on its way.
    pub(super) async fn rest_for(&self, pause: Duration) {
        loop {
            if self.rest() {
                tokio::select! {
                    biased;
                    () = self.0.changed.notified() => {}
                    () = sleep(pause) => return,
                }
            } else {
                self.0.changed.notified().await;
            }
        }
    }

    /// Whether there were streams, and none is at work.
    pub(super) fn rest(&self) -> bool {
        self.0.begun.load(Ordering::Acquire) && self.0.running.load(Ordering::Acquire) == 0
    }

    fn begin(&self) -> Running {
        self.0.running.fetch_add(1, Ordering::AcqRel);
        self.0.begun.store(true, Ordering::Release);
        self.0.changed.notify_one();
        Running(self.clone())
    }
}

impl<F> Executor<F> for Streams
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, stream: F) {
        let running = self.begin();
        tokio::spawn(async move {
            Reset::default().watch(stream).await;
            drop(running);
        });
    }
}

/// A stream that is at work.
struct Running(Streams);

impl Drop for Running {
    fn drop(&mut self) {
        let Self(Streams(state)) = self;
        state.running.fetch_sub(1, Ordering::AcqRel);
        state.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::{Instant, timeout};

    use super::*;

    const PAUSE: Duration = Duration::from_secs(75);

    #[tokio::test(start_paused = true)]
    async fn a_connection_rests_once_its_last_stream_ended() {
        let streams = Streams::default();
        assert!(timeout(PAUSE * 2, streams.rest_for(PAUSE)).await.is_err(), "one that never had a stream is none of its business");
        streams.execute(sleep(PAUSE));
        streams.execute(sleep(PAUSE * 3));
        let began = Instant::now();
        streams.rest_for(PAUSE).await;
        assert_eq!(began.elapsed().as_secs(), 4 * PAUSE.as_secs());
        streams.execute(sleep(Duration::from_secs(1)));
        streams.rest_for(PAUSE).await;
        assert_eq!(began.elapsed().as_secs(), 5 * PAUSE.as_secs() + 1, "it was asked for something meanwhile");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_is_reset_alone() {
        let streams = Streams::default();
        assert!(Reset::of_this_task().is_none());
        let (given, got) = tokio::sync::oneshot::channel();
        streams.execute(async move {
            given.send(Reset::of_this_task()).unwrap();
            pending::<()>().await;
        });
        streams.execute(sleep(PAUSE));
        got.await.unwrap().unwrap().reset();
        let began = Instant::now();
        streams.rest_for(PAUSE).await;
        assert_eq!(began.elapsed().as_secs(), 2 * PAUSE.as_secs(), "the other one went on");
    }
}
