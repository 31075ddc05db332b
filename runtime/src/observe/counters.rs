//! Counting what happens.

use std::sync::atomic::{AtomicUsize, Ordering};

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use tidewire_schema::wire::{GapReason, WireCode};

use super::catalog::{self, describe};
use crate::{
    access::Unfit,
    error::{BrokerError, PublishError},
};

/// How frames get to whoever receives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Server-Sent Events.
    EventStream,
    /// A WebSocket.
    WebSocket,
    /// No wire at all: a subscription in this process.
    Service,
    /// Whatever the service carries frames by.
    Attached,
}

impl Transport {
    const ALL: [Self; 4] = [Self::EventStream, Self::WebSocket, Self::Service, Self::Attached];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::EventStream => "event_stream",
            Self::WebSocket => "web_socket",
            Self::Service => "service",
            Self::Attached => "attached",
        }
    }
}

/// What a service counts so often that looking it up each time would show.
pub(crate) struct Metrics {
    delivered: [Delivered; 4],
    replayed: Counter,
    replays: Counter,
}

struct Delivered {
    events: Counter,
    bytes: Counter,
}

impl Metrics {
    /// Tells the recorder what there is, where nothing is served.
    pub(crate) fn describe() {
        describe();
    }

    /// Describes and registers everything, so that what has not happened yet is there as zero.
    pub(crate) fn register() -> Self {
        describe();
        for transport in [Transport::EventStream, Transport::WebSocket, Transport::Attached] {
            let _ = gauge!(catalog::CONNECTIONS, "transport" => transport.name());
            let _ = counter!(catalog::OPENED, "transport" => transport.name());
        }
        for reason in GapReason::ALL {
            let _ = counter!(catalog::GAPS, "reason" => reason.name());
        }
        for outcome in [Beginning::Fresh, Beginning::Resumed, Beginning::Gap, Beginning::Denied] {
            let _ = counter!(catalog::SUBSCRIBED, "outcome" => outcome.name());
        }
        for code in WireCode::ALL {
            let _ = counter!(catalog::REFUSED, "code" => code.name());
        }
        for outcome in ["closed", "gap", "again", "given_up"] {
            let _ = counter!(catalog::MENDED, "outcome" => outcome);
        }
        for outcome in ["sound", "behind", "restarted", "failed"] {
            let _ = counter!(catalog::AUDITED, "outcome" => outcome);
        }
        for outcome in ["ok"].into_iter().chain(Unfit::ALL.map(Unfit::name)) {
            let _ = counter!(catalog::TOKENS, "outcome" => outcome);
        }
        for by in ["client", "service"] {
            let _ = counter!(catalog::CALLS, "by" => by, "outcome" => "ok");
        }
        for hook in ["connect", "subscribe", "publish", "deliver"] {
            let _ = counter!(catalog::HOOKS_FAILED, "hook" => hook, "reason" => HookFailure::Panic.name());
        }
        let _ = (counter!(catalog::MISMATCHES), counter!(catalog::UNDECODABLE), history_reads("client"), history_reads("service"));
        for kind in ["roster", "change"] {
            let _ = counter!(catalog::ROSTERS_TOLD, "kind" => kind);
        }
        for outcome in ["renewed", "taken", "failed"] {
            let _ = counter!(catalog::LEASES, "outcome" => outcome);
        }
        let _ = (gauge!(catalog::PRESENT), gauge!(catalog::WATCHING), counter!(catalog::ROSTERS_REREAD));
        let _ = (revoked_in(false), revoked_in(true));
        revocations(0);
        revocations_paused(false);
        gauge!(catalog::STOPPING).set(0);
        link(true);
        let delivered = |transport: Transport| Delivered {
            events: counter!(catalog::DELIVERED, "transport" => transport.name()),
            bytes: counter!(catalog::DELIVERED_BYTES, "transport" => transport.name()),
        };
        Self { delivered: Transport::ALL.map(delivered), replayed: counter!(catalog::REPLAYED), replays: history_reads("replay") }
    }

    /// Adds what one pull handed out.
    pub(super) fn delivered(&self, transport: Transport, events: u64, bytes: u64) {
        let Delivered { events: counted, bytes: size } = &self.delivered[transport as usize];
        counted.increment(events);
        size.increment(bytes);
    }

    /// Counts a page of history for a subscriber that is behind the ring.
    pub(crate) fn replayed(&self, events: usize) {
        self.replays.increment(1);
        self.replayed.increment(events as u64);
    }
}

fn history_reads(purpose: &'static str) -> Counter {
    counter!(catalog::HISTORY, "for" => purpose)
}

/// How a subscription begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    Fresh,
    Resumed,
    Gap,
    Denied,
}

impl Beginning {
    const fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Resumed => "resumed",
            Self::Gap => "gap",
            Self::Denied => "denied",
        }
    }
}

pub(super) fn subscribed(beginning: Beginning) {
    counter!(catalog::SUBSCRIBED, "outcome" => beginning.name()).increment(1);
}

/// What the client had seen last is not continued by anything.
pub(crate) fn began_with_gap() {
    subscribed(Beginning::Gap);
}

pub(super) fn gap(reason: GapReason) {
    counter!(catalog::GAPS, "reason" => reason.name()).increment(1);
}

/// A client asked for something that it does not get.
pub(crate) fn refused(code: WireCode) {
    counter!(catalog::REFUSED, "code" => code.name()).increment(1);
}

/// A client was generated from another contract.
pub(crate) fn contract_mismatch() {
    counter!(catalog::MISMATCHES).increment(1);
}

/// A client brought a token, and this is what became of it.
pub(crate) fn token(outcome: &'static str) {
    counter!(catalog::TOKENS, "outcome" => outcome).increment(1);
}

/// An event did not fit the types of a subscription in this process.
pub(crate) fn undecodable() {
    counter!(catalog::UNDECODABLE).increment(1);
}

/// Somebody read a page of history: a client, or the service itself.
pub(crate) fn history_read(by_client: bool) {
    history_reads(if by_client { "client" } else { "service" }).increment(1);
}

/// A call came to its end: one of a client, or one of the service.
pub(crate) fn called(by_client: bool, outcome: &'static str) {
    counter!(catalog::CALLS, "by" => if by_client { "client" } else { "service" }, "outcome" => outcome).increment(1);
}

/// How a hook of the service's middleware failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HookFailure {
    Panic,
    /// It did not answer in time.
    Timeout,
    /// What it made of an event violates the contract.
    Invalid,
}

impl HookFailure {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::Timeout => "timeout",
            Self::Invalid => "invalid",
        }
    }
}

/// A hook of the service's middleware failed.
pub(crate) fn hook_failed(hook: &'static str, failure: HookFailure) {
    counter!(catalog::HOOKS_FAILED, "hook" => hook, "reason" => failure.name()).increment(1);
}

/// There is a plugin of this name, of which nothing failed yet.
pub(crate) fn plugin(name: &'static str) {
    let _ = counter!(catalog::PLUGIN_FAILURES, "plugin" => name, "reason" => "error");
}

/// A start, a stop or a task of a plugin failed.
pub(crate) fn plugin_failed(name: &'static str, reason: &'static str) {
    counter!(catalog::PLUGIN_FAILURES, "plugin" => name, "reason" => reason).increment(1);
}

/// The service, or a server of it, shuts down.
pub(crate) fn stopping() {
    gauge!(catalog::STOPPING).set(1);
}

/// The link to the store works, or does not.
pub(crate) fn link(proven: bool) {
    gauge!(catalog::LINK).set(u32::from(proven));
}

/// A channel of which deliveries were missing was looked after.
pub(crate) fn mended(outcome: &'static str) {
    counter!(catalog::MENDED, "outcome" => outcome).increment(1);
}

/// How many revocations are in force.
pub(crate) fn revocations(count: usize) {
    // Counts of this size are exact.
    #[expect(clippy::cast_precision_loss, reason = "below 2^52")]
    gauge!(catalog::REVOCATIONS).set(count as f64);
}

/// Whether nothing that needs rights is handed out, because the log of revocations is not known.
pub(crate) fn revocations_paused(paused: bool) {
    gauge!(catalog::REVOCATIONS_PAUSED).set(if paused { 1.0 } else { 0.0 });
}

/// A revocation ended a subscription, or everything of a connection.
pub(crate) fn revoked(everything: bool) {
    revoked_in(everything).increment(1);
}

fn revoked_in(everything: bool) -> Counter {
    counter!(catalog::REVOKED, "scope" => if everything { "everything" } else { "channel" })
}

/// Positions of channels were compared with the store's.
pub(crate) fn audited(outcome: &'static str, channels: usize) {
    counter!(catalog::AUDITED, "outcome" => outcome).increment(channels as u64);
}

/// One connection more, or less, is present on a channel.
pub(crate) fn present(difference: f64) {
    gauge!(catalog::PRESENT).increment(difference);
}

/// One connection more, or less, watches a roster.
pub(crate) fn watching(difference: f64) {
    gauge!(catalog::WATCHING).increment(difference);
}

/// A live query is loaded here; there is something to see before it is first looked at.
pub(crate) fn live(query: &'static str) {
    let _ = counter!(catalog::LIVE_RUNS, "query" => query, "outcome" => "ok");
    let _ = counter!(catalog::LIVE_PUSHES, "query" => query, "kind" => "value");
    let _ = gauge!(catalog::LIVE_WATCHES, "query" => query);
}

/// A run of the loader of a live query ended.
pub(crate) fn live_run(query: &'static str, outcome: &'static str) {
    counter!(catalog::LIVE_RUNS, "query" => query, "outcome" => outcome).increment(1);
}

/// A connection was handed something about a live query.
pub(crate) fn live_pushed(query: &'static str, kind: &'static str) {
    counter!(catalog::LIVE_PUSHES, "query" => query, "kind" => kind).increment(1);
}

/// Connections began or ceased to look at a live query.
pub(crate) fn live_watched(query: &'static str, difference: f64) {
    gauge!(catalog::LIVE_WATCHES, "query" => query).increment(difference);
}

/// A connection was handed a roster, or a change of one.
pub(crate) fn roster_told(kind: &'static str) {
    counter!(catalog::ROSTERS_TOLD, "kind" => kind).increment(1);
}

/// A change of a roster did not come.
pub(crate) fn roster_reread() {
    counter!(catalog::ROSTERS_REREAD).increment(1);
}

/// The lease of this node was renewed, or was not.
pub(crate) fn lease(outcome: &'static str) {
    counter!(catalog::LEASES, "outcome" => outcome).increment(1);
}

/// What became of events that were published.
pub(crate) struct Published {
    // By the service, by clients.
    stored: [Counter; 2],
}

impl Published {
    pub(crate) fn register() -> Self {
        Self { stored: [false, true].map(|by_client| published(by_client, "ok")) }
    }

    pub(crate) fn count(&self, by_client: bool, outcome: Result<bool, &PublishError>) {
        match outcome {
            Ok(false) => self.stored[usize::from(by_client)].increment(1),
            Ok(true) => published(by_client, "duplicate").increment(1),
            Err(error) => published(by_client, error.code().name()).increment(1),
        }
    }
}

fn published(by_client: bool, outcome: &'static str) -> Counter {
    counter!(catalog::PUBLISHED, "by" => if by_client { "client" } else { "service" }, "outcome" => outcome)
}

/// What a node holds in memory.
pub(crate) struct Census {
    channels: Gauge,
    subscriptions: Gauge,
    channel_count: AtomicUsize,
    subscription_count: AtomicUsize,
    evicted: Counter,
}

impl Census {
    pub(crate) fn register() -> Self {
        Self {
            channels: gauge!(catalog::CHANNELS),
            subscriptions: gauge!(catalog::SUBSCRIPTIONS),
            channel_count: AtomicUsize::new(0),
            subscription_count: AtomicUsize::new(0),
            evicted: counter!(catalog::EVICTED),
        }
    }

    pub(crate) fn joined(&self, new_channel: bool) {
        self.subscription_count.fetch_add(1, Ordering::Relaxed);
        self.subscriptions.increment(1);
        if new_channel {
            self.channel_count.fetch_add(1, Ordering::Relaxed);
            self.channels.increment(1);
        }
    }

    pub(crate) fn left(&self, last: bool) {
        self.subscription_count.fetch_sub(1, Ordering::Relaxed);
        self.subscriptions.decrement(1);
        if last {
            self.channel_count.fetch_sub(1, Ordering::Relaxed);
            self.channels.decrement(1);
        }
    }

    /// What counts the events that a ring lets go.
    pub(crate) fn evicted(&self) -> Counter {
        self.evicted.clone()
    }

    pub(crate) fn channels(&self) -> usize {
        self.channel_count.load(Ordering::Relaxed)
    }

    pub(crate) fn subscriptions(&self) -> usize {
        self.subscription_count.load(Ordering::Relaxed)
    }
}

/// Counts a connection for as long as it is open.
#[derive(Debug)]
pub(crate) struct OpenConnection {
    transport: Transport,
    reason: &'static str,
}

impl OpenConnection {
    pub(crate) fn begin(transport: Transport) -> Self {
        counter!(catalog::OPENED, "transport" => transport.name()).increment(1);
        gauge!(catalog::CONNECTIONS, "transport" => transport.name()).increment(1);
        Self { transport, reason: "client" }
    }

    pub(crate) fn transport(&self) -> Transport {
        self.transport
    }

    /// Says why it ends. Without it, the client went.
    pub(crate) fn ends(&mut self, reason: &'static str) {
        self.reason = reason;
    }

    pub(crate) fn reason(&self) -> &'static str {
        self.reason
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        counter!(catalog::CLOSED, "transport" => self.transport.name(), "reason" => self.reason).increment(1);
        gauge!(catalog::CONNECTIONS, "transport" => self.transport.name()).decrement(1);
    }
}

/// What calls of the broker are measured with.
pub(super) fn broker_seconds(call: &'static str, outcome: &'static str) -> Histogram {
    histogram!(catalog::BROKER, "call" => call, "outcome" => outcome)
}

/// How a call of the broker came out, in a word.
pub(super) const fn outcome_of(error: &BrokerError) -> &'static str {
    match error {
        BrokerError::Unavailable(_) => "unavailable",
        BrokerError::Unknown(_) => "unknown",
        BrokerError::Conflict => "conflict",
        BrokerError::Corrupt(_) => "corrupt",
        BrokerError::Unsupported => "unsupported",
    }
}
