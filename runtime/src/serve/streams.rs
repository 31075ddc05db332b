//! The streams of a connection over HTTP/2, each of which hyper runs as a task.

use std::{future::Future, sync::Arc, time::Duration};

use hyper::rt::Executor;
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};

tokio::task_local! {
    static RESET: Reset;
}

/// Ends one stream of a connection, and none of the others.
///
/// hyper asks a body for nothing while its reader takes nothing, so a body cannot end itself then.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reset(Arc<Notify>);

impl Reset {
    /// For the stream whose task this is, if it is one of this server's.
    pub(crate) fn of_this_task() -> Option<Self> {
        RESET.try_with(Self::clone).ok()
    }

    /// Gives the stream up: its client gets a `RST_STREAM`.
    pub(crate) fn reset(&self) {
        self.0.notify_one();
    }
}

/// Runs the streams of one connection, and knows how many there are.
#[derive(Clone)]
pub(super) struct Streams {
    // Nothing before the first: a connection over HTTP/1.1 never has one.
    running: Arc<watch::Sender<Option<usize>>>,
}

impl Streams {
    pub(super) fn new() -> Self {
        Self { running: Arc::new(watch::Sender::new(None)) }
    }

    /// Waits until there were streams, and then none for so long.
    pub(super) async fn rest_for(&self, pause: Duration) {
        let mut running = self.running.subscribe();
        loop {
            // The sender is in `self`, so waiting cannot fail.
            let _ = running.wait_for(|running| *running == Some(0)).await;
            tokio::select! {
                () = sleep(pause) => return,
                _ = running.changed() => {}
            }
        }
    }

    fn begin(&self) -> Running {
        self.running.send_modify(|running| *running = Some(running.unwrap_or(0) + 1));
        Running(self.clone())
    }
}

impl<F> Executor<F> for Streams
where
    F: Future + Send + 'static,
{
    fn execute(&self, stream: F) {
        let (running, reset) = (self.begin(), Reset::default());
        tokio::spawn(RESET.scope(reset.clone(), async move {
            let _running = running;
            tokio::select! {
                _ = stream => {}
                () = reset.0.notified() => {}
            }
        }));
    }
}

/// A stream that has not ended.
struct Running(Streams);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.send_modify(|running| *running = running.map(|running| running - 1));
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
        let streams = Streams::new();
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
        let streams = Streams::new();
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
