//! Following the log: whenever something comes, and now and then without.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::AbortHandle,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    Log,
    log::{KEPT, LOG_CHANNEL},
};
use crate::hub::{Membership, Outlet};

/// How long a node may not know the log before it hands out nothing that needs rights.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often the log is read although nothing came: a delivery may get lost, and silence proves nothing.
const SILENCE: Duration = Duration::from_millis(2500);
/// How long to wait when the store did not answer.
const PAUSE: Duration = Duration::from_millis(300);

/// Rings when the log has something new.
#[derive(Default)]
struct Bell(Notify);

impl Outlet for Bell {
    fn due(&self) {
        self.0.notify_one();
    }
}

/// Keeps the log followed for as long as it is there.
#[derive(Debug)]
pub(crate) struct Follower {
    log: Arc<Log>,
    task: AbortHandle,
}

impl Follower {
    /// Reads all of the log, for `longest` at most, and follows it. While it is not known and `strict`, nothing that needs rights is handed out.
    pub(crate) async fn begin(log: Arc<Log>, longest: Duration, strict: bool) -> Self {
        let bell = Arc::new(Bell::default());
        let member = log.hub.join(LOG_CHANNEL, KEPT, bell.clone());
        // Subscribed to before it is read: nothing can come in between unseen.
        let first = timeout(longest, async {
            let opened = log.ask(Box::pin(member.open())).await.is_ok();
            (opened, log.catch_up().await.is_ok())
        });
        let (opened, known) = first.await.unwrap_or_default();
        if strict && !known {
            log.pause(true);
        }
        let task = tokio::spawn(follow(log.clone(), (member, opened), bell, strict)).abort_handle();
        Self { log, task }
    }

    pub(crate) fn log(&self) -> &Arc<Log> {
        &self.log
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(log: Arc<Log>, (member, mut opened): (Membership, bool), bell: Arc<Bell>, strict: bool) {
    let begun = Instant::now();
    let mut wait = SILENCE;
    loop {
        tokio::select! {
            () = bell.0.notified() => {}
            () = sleep(wait) => {}
        }
        let deadline = log.known_at().unwrap_or(begun) + PATIENCE;
        let attempt = async {
            if !opened {
                opened = log.ask(Box::pin(member.open())).await.is_ok();
            }
            log.catch_up().await
        };
        tokio::pin!(attempt);
        let outcome = tokio::select! {
            outcome = &mut attempt => outcome,
            () = sleep_until(deadline), if strict && !log.revocations().is_paused() => {
                log.pause(true);
                attempt.await
            }
        };
        match outcome {
            Ok(()) => {
                log.expire();
                log.pause(false);
                wait = SILENCE.mul_f64(rand::random_range(0.75..1.0));
            }
            Err(error) => {
                tracing::debug!(cause = error.source_text(), "the log of revocations cannot be read");
                if strict && Instant::now() >= deadline {
                    log.pause(true);
                }
                wait = PAUSE;
            }
        }
    }
}
