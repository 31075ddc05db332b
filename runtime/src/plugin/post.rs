//! One plugin at work: how it is, and its tasks.

use std::{
    error::Error,
    fmt,
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::FutureExt as _;
use tokio::{sync::watch, task::JoinSet, time::Instant};
use tracing::{Instrument as _, Span};

use super::{PluginError, PluginState, PluginStatus};
use crate::observe;

/// How long an aborted task may take to notice. One that computes without a pause never does.
const LAST_MOMENT: Duration = Duration::from_millis(200);

/// How something of a plugin failed.
pub(super) enum Failure {
    Error(PluginError),
    Panic,
    Timeout,
}

pub(super) struct Post {
    span: Span,
    status: Mutex<PluginStatus>,
    stopping: watch::Sender<bool>,
    // Nothing once it ended.
    tasks: Mutex<Option<JoinSet<()>>>,
}

impl Post {
    pub(super) fn new(name: &'static str) -> Arc<Self> {
        observe::plugin(name);
        let status = PluginStatus { name, state: PluginState::Starting, failures: 0, failed: None };
        Arc::new(Self {
            // A plugin is nobody's request, whoever happens to build the service.
            span: tracing::info_span!(parent: None, "plugin", name),
            status: Mutex::new(status),
            stopping: watch::Sender::new(false),
            tasks: Mutex::new(Some(JoinSet::new())),
        })
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    pub(super) fn status(&self) -> PluginStatus {
        *self.locked_status()
    }

    pub(super) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    pub(super) fn stopping(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stopping = self.stopping.subscribe();
        async move {
            // An error means that nobody is left to say so.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }

    /// It started. A task of it may have failed by now.
    pub(super) fn begins(&self) {
        self.turns(PluginState::Starting, PluginState::Running);
    }

    pub(super) fn begins_to_stop(&self) {
        self.locked_status().state = PluginState::Stopping;
        self.stopping.send_replace(true);
    }

    pub(super) fn failed(&self, what: &'static str, failure: &Failure) {
        let name = {
            let mut status = self.locked_status();
            status.failures += 1;
            status.failed = Some(what);
            if matches!(status.state, PluginState::Starting | PluginState::Running) {
                status.state = PluginState::Failed;
            }
            status.name
        };
        observe::plugin_failed(name, failure.reason());
        tracing::error!(plugin = name, what, reason = %failure, "a plugin failed");
    }

    pub(super) fn spawn<F>(self: &Arc<Self>, task: &'static str, work: F)
    where
        F: Future<Output = Result<(), PluginError>> + Send + 'static,
    {
        let post = self.clone();
        let watched = async move {
            let failure = match AssertUnwindSafe(work).catch_unwind().await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => Failure::Error(error),
                Err(panic) => {
                    post.failed(task, &Failure::Panic);
                    // Last: dropping it may panic again.
                    return drop(panic);
                }
            };
            post.failed(task, &failure);
        };
        let watched = watched.instrument(self.span.clone());
        let mut tasks = self.locked_tasks();
        if let Some(tasks) = tasks.as_mut().filter(|_| !self.is_stopping()) {
            while tasks.try_join_next().is_some() {}
            tasks.spawn(watched);
        } else {
            // What is dropped now is the plugin's, and may ask for the lock.
            drop(tasks);
            tracing::debug!(parent: &self.span, task, "a plugin that ends runs no new tasks");
        }
    }

    /// Lets the tasks end by themselves until `deadline`, and ends what is left.
    pub(super) async fn end(&self, deadline: Instant) {
        self.stopping.send_replace(true);
        let tasks = self.locked_tasks().take();
        if let Some(mut tasks) = tasks {
            let ended = async { while tasks.join_next().await.is_some() {} };
            if tokio::time::timeout_at(deadline, ended).await.is_err() {
                tracing::warn!(parent: &self.span, tasks = tasks.len(), "aborting the tasks that a plugin left");
                let _ = tokio::time::timeout(LAST_MOMENT, tasks.shutdown()).await;
            }
        }
        self.turns(PluginState::Stopping, PluginState::Stopped);
    }

    /// Ends everything at once.
    pub(super) fn abandon(&self) {
        self.stopping.send_replace(true);
        drop(self.locked_tasks().take());
    }

    fn turns(&self, from: PluginState, to: PluginState) {
        let mut status = self.locked_status();
        if status.state == from {
            status.state = to;
        }
    }

    fn locked_status(&self) -> MutexGuard<'_, PluginStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn locked_tasks(&self) -> MutexGuard<'_, Option<JoinSet<()>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failure {
    fn reason(&self) -> &'static str {
        match self {
            Self::Error(_) => "error",
            Self::Panic => "panic",
            Self::Timeout => "timeout",
        }
    }
}

/// For the log: with all causes.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Error(error) = self else { return f.write_str(self.reason()) };
        write!(f, "{error}")?;
        let mut cause: Option<&dyn Error> = error.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").field("status", &self.status()).finish_non_exhaustive()
    }
}
