//! What keeps a feed new: one task for each key that somebody on this node looks at.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tidewire_schema::{History, wire::WireCode};
use tokio::time::{Instant, sleep};
use tracing::Instrument as _;

use super::{
    Live, LiveContext, Loaded, Wanted,
    feed::{Bell, Feed},
    hearing::Hearing,
};
use crate::{
    connection::{Failure, guarded},
    contract::listed,
    observe,
};

/// How long to wait before a channel that could not be heard is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// Begins to run the loader of a feed, until nobody holds the feed.
pub(super) fn begin(live: &Arc<Live>, feed: &Arc<Feed>, wanted: Wanted) {
    let Wanted { loaded, context, retention, .. } = wanted;
    let span = tracing::debug_span!("live", query = loaded.name, channel = &*context.channel);
    let runner = Runner { live: live.clone(), feed: Arc::downgrade(feed), bell: feed.bell().clone(), loaded, context, retention };
    feed.runs_in(tokio::spawn(runner.run().instrument(span)).abort_handle());
}

struct Runner {
    live: Arc<Live>,
    feed: Weak<Feed>,
    bell: Arc<Bell>,
    loaded: Arc<Loaded>,
    context: LiveContext,
    retention: History,
}

impl Runner {
    async fn run(self) {
        let channel = self.context.channel.clone();
        let mut hearing = Hearing::new(self.live.hub.join(&channel, self.retention, self.bell.clone()));
        loop {
            if !hearing.is_open() {
                hearing.open(&self.live.publisher).await;
            }
            // Before the run begins: what is published from here on leads to another one.
            hearing.catch_up();
            let Some(feed) = self.feed.upgrade() else { return };
            feed.begin_run();
            drop(feed);
            let began = Instant::now();
            let outcome = self.load().await;
            let Some(feed) = self.feed.upgrade() else { return };
            feed.end_run(outcome.as_deref().map_err(|code| *code));
            drop(feed);
            if self.wait(&mut hearing).await.is_none() {
                return;
            }
            if let Some(pace) = self.loaded.options.pace {
                // Whatever comes until then is for the same run.
                sleep(pace.saturating_sub(began.elapsed())).await;
            }
        }
    }

    /// Waits until a run is due; `None` when there is nobody to run for.
    async fn wait(&self, hearing: &mut Hearing) -> Option<()> {
        loop {
            if hearing.is_open() {
                self.bell.rang().await;
            } else {
                tokio::select! {
                    () = self.bell.rang() => {}
                    () = sleep(PAUSE) => hearing.open(&self.live.publisher).await,
                }
                if hearing.is_open() {
                    // Nobody knows what came before.
                    return Some(());
                }
            }
            if self.feed.upgrade()?.is_due() || hearing.heard(self.loaded.options.on.as_deref()) {
                return Some(());
            }
        }
    }

    /// One run: a value as JSON, or what its subscribers are told.
    async fn load(&self) -> Result<String, WireCode> {
        let (query, patience) = (self.loaded.name, self.loaded.options.timeout.unwrap_or(Duration::MAX));
        let failed = |outcome, code| {
            observe::live_run(query, outcome);
            Err(code)
        };
        let result = match guarded(query, patience, || self.loaded.load(self.context.clone())).await {
            Ok(Some(result)) => result,
            // Why is in the log by now.
            Ok(None) => return failed("failed", WireCode::LiveFailed),
            Err(Failure::Panicked) => return failed("panicked", WireCode::LiveFailed),
            Err(Failure::TooLate) => return failed("timeout", WireCode::LiveTimeout),
        };
        let registry = &self.live.registry;
        let Some(declared) = registry.live(query) else { return failed("invalid", WireCode::LiveFailed) };
        let result = match registry.checker().value(&declared.result, result) {
            Ok(result) => result.to_string(),
            Err(issues) => {
                tracing::error!(issues = listed(&issues), "the result of a live query violates the contract");
                return failed("invalid", WireCode::LiveFailed);
            }
        };
        let limit = self.live.limits.event_bytes;
        if result.len() > limit {
            tracing::error!(bytes = result.len(), limit, "the result of a live query is too large");
            return failed("invalid", WireCode::LiveFailed);
        }
        observe::live_run(query, "ok");
        Ok(result)
    }
}
