//! A broker that is watched: how long its calls take, and whether it answers at all.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use metrics::Histogram;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::counters::{broker_seconds, outcome_of};
use crate::{
    broker::{Appearance, Appeared, Attendee, BoxFuture, Broker, Draft, Lease, Page, ReadRequest, Receipt, Recipient, Sink, StoredRoster},
    cursor::Cursor,
    error::BrokerError,
    identity::NodeId,
};

/// Hands every call on.
pub(crate) struct Watched {
    inner: Arc<dyn Broker>,
    health: Health,
    calls: Calls,
    // After which callers give up.
    patience: Duration,
}

/// The calls that come often, found once.
struct Calls {
    publish: Histogram,
    publish_batch: Histogram,
    read: Histogram,
    positions: Histogram,
    subscribe: Histogram,
    tell: Histogram,
    appear: Histogram,
    depart: Histogram,
    roster: Histogram,
    renew: Histogram,
    sweep: Histogram,
}

/// Whether the last call was answered. What changes is worth a line in the log, each call is not.
#[derive(Default)]
struct Health {
    away: AtomicBool,
}

impl Health {
    fn answered(&self, call: &'static str, error: Option<&BrokerError>) {
        match error {
            Some(error @ (BrokerError::Unavailable(_) | BrokerError::Unknown(_))) => {
                if self.becomes(true) {
                    tracing::warn!(call, %error, cause = error.source_text(), "the broker does not answer");
                }
            }
            _ => {
                if self.becomes(false) {
                    tracing::info!(call, "the broker answers again");
                }
            }
        }
    }

    fn timed_out(&self, call: &'static str) {
        if self.becomes(true) {
            tracing::warn!(call, "the broker does not answer in time");
        }
    }

    /// Whether that is news.
    fn becomes(&self, away: bool) -> bool {
        self.away.load(Ordering::Relaxed) != away && self.away.swap(away, Ordering::AcqRel) != away
    }
}

impl Watched {
    pub(crate) fn new(inner: Arc<dyn Broker>, patience: Duration) -> Self {
        let of = |call| broker_seconds(call, "ok");
        let calls = Calls {
            publish: of("publish"),
            publish_batch: of("publish_batch"),
            read: of("read"),
            positions: of("positions"),
            subscribe: of("subscribe"),
            tell: of("tell"),
            appear: of("appear"),
            depart: of("depart"),
            roster: of("roster"),
            renew: of("renew"),
            sweep: of("sweep"),
        };
        Self { inner, health: Health::default(), calls, patience }
    }

    fn measure<'a, T: Send + 'a>(
        &'a self,
        (name, seconds): (&'static str, &'a Histogram),
        call: BoxFuture<'a, Result<T, BrokerError>>,
    ) -> BoxFuture<'a, Result<T, BrokerError>> {
        Box::pin(async move {
            let mut call_in_flight = InFlight { watched: self, name, began: Instant::now(), seconds: Some(seconds) };
            let answer = call.instrument(tracing::debug_span!("broker", call = name)).await;
            call_in_flight.answered(answer.as_ref().err());
            answer
        })
    }
}

/// A call under way. Dropped before the answer, it timed out, or whoever asked went away.
struct InFlight<'a> {
    watched: &'a Watched,
    name: &'static str,
    began: Instant,
    seconds: Option<&'a Histogram>,
}

impl InFlight<'_> {
    fn answered(&mut self, error: Option<&BrokerError>) {
        let Some(seconds) = self.seconds.take() else { return };
        let elapsed = self.began.elapsed();
        match error {
            None => seconds.record(elapsed),
            Some(error) => broker_seconds(self.name, outcome_of(error)).record(elapsed),
        }
        tracing::trace!(call = self.name, microseconds = elapsed.as_micros(), failed = error.is_some(), "the broker answered");
        self.watched.health.answered(self.name, error);
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if self.seconds.is_none() {
            return;
        }
        let elapsed = self.began.elapsed();
        let timed_out = elapsed >= self.watched.patience;
        broker_seconds(self.name, if timed_out { "timeout" } else { "abandoned" }).record(elapsed);
        if timed_out {
            self.watched.health.timed_out(self.name);
        }
    }
}

// What this does not hand on would be the default of the trait, instead of what the broker does.
#[deny(clippy::missing_trait_methods)]
impl Broker for Watched {
    fn attach(&self, node: NodeId, sink: Weak<dyn Sink>) {
        self.inner.attach(node, sink);
    }

    fn publish<'a>(&'a self, channel: &'a str, draft: Draft) -> BoxFuture<'a, Result<Receipt, BrokerError>> {
        self.measure(("publish", &self.calls.publish), self.inner.publish(channel, draft))
    }

    fn publish_batch(&self, batch: Vec<(Arc<str>, Draft)>) -> BoxFuture<'_, Vec<Result<Receipt, BrokerError>>> {
        let answers = self.inner.publish_batch(batch);
        Box::pin(async move {
            let mut call =
                InFlight { watched: self, name: "publish_batch", began: Instant::now(), seconds: Some(&self.calls.publish_batch) };
            let answers = answers.instrument(tracing::debug_span!("broker", call = "publish_batch")).await;
            call.answered(answers.iter().find_map(|answer| answer.as_ref().err()));
            answers
        })
    }

    fn read<'a>(&'a self, channel: &'a str, request: ReadRequest) -> BoxFuture<'a, Result<Page, BrokerError>> {
        self.measure(("read", &self.calls.read), self.inner.read(channel, request))
    }

    fn positions<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Cursor>, BrokerError>> {
        self.measure(("positions", &self.calls.positions), self.inner.positions(channels))
    }

    fn each_position<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Vec<Result<Cursor, BrokerError>>> {
        let positions = self.inner.each_position(channels);
        Box::pin(async move {
            let mut call = InFlight { watched: self, name: "positions", began: Instant::now(), seconds: Some(&self.calls.positions) };
            let positions = positions.instrument(tracing::debug_span!("broker", call = "positions")).await;
            // A part that does not answer is told channel by channel.
            let silent = positions.iter().all(Result::is_err);
            call.answered(positions.iter().find_map(|position| position.as_ref().err()).filter(|_| silent));
            positions
        })
    }

    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Cursor, BrokerError>> {
        self.measure(("subscribe", &self.calls.subscribe), self.inner.subscribe(channel))
    }

    fn unsubscribe(&self, channel: &str) {
        self.inner.unsubscribe(channel);
    }

    fn tell(&self, to: Recipient, message: Bytes) -> BoxFuture<'_, Result<(), BrokerError>> {
        self.measure(("tell", &self.calls.tell), self.inner.tell(to, message))
    }

    fn audit_interval(&self) -> Option<Duration> {
        self.inner.audit_interval()
    }

    fn appear<'a>(&'a self, channel: &'a str, appearance: Appearance) -> BoxFuture<'a, Result<Appeared, BrokerError>> {
        self.measure(("appear", &self.calls.appear), self.inner.appear(channel, appearance))
    }

    fn depart<'a>(&'a self, channel: &'a str, attendee: Attendee, lease: Lease) -> BoxFuture<'a, Result<(), BrokerError>> {
        self.measure(("depart", &self.calls.depart), self.inner.depart(channel, attendee, lease))
    }

    fn roster<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<StoredRoster, BrokerError>> {
        self.measure(("roster", &self.calls.roster), self.inner.roster(channel))
    }

    fn renew<'a>(&'a self, lease: Lease, lasts: Duration, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Arc<str>>, BrokerError>> {
        self.measure(("renew", &self.calls.renew), self.inner.renew(lease, lasts, channels))
    }

    fn sweep<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<(), BrokerError>> {
        self.measure(("sweep", &self.calls.sweep), self.inner.sweep(channels))
    }
}
