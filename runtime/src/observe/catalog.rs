//! Every metric there is, described once. The documentation has the same table, and a test compares them.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// One metric.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    kind: Kind,
    unit: Unit,
    #[cfg_attr(not(test), expect(dead_code, reason = "the test of the documentation reads it"))]
    labels: &'static [&'static str],
    meaning: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

macro_rules! catalog {
    ($($constant:ident = $name:literal, $kind:ident, $unit:ident, [$($label:literal),*], $meaning:literal;)*) => {
        $(pub(super) const $constant: &str = $name;)*

        /// In the order of the documentation.
        const ALL: &[Metric] = &[$(Metric { name: $name, kind: Kind::$kind, unit: Unit::$unit, labels: &[$($label),*], meaning: $meaning },)*];
    };
}

catalog! {
    CONNECTIONS = "tidewire_connections", Gauge, Count, ["transport"], "connections that are open";
    OPENED = "tidewire_connections_opened_total", Counter, Count, ["transport"], "connections that were opened";
    CLOSED = "tidewire_connections_closed_total", Counter, Count, ["transport", "reason"], "connections that ended";
    CHANNELS = "tidewire_channels", Gauge, Count, [], "channels that somebody on this node listens to";
    SUBSCRIPTIONS = "tidewire_subscriptions", Gauge, Count, [], "subscriptions of clients and of the service itself";
    SUBSCRIBED = "tidewire_subscribed_total", Counter, Count, ["outcome"], "how subscriptions began";
    REFUSED = "tidewire_refused_total", Counter, Count, ["code"], "requests and frames of clients that were refused";
    MISMATCHES = "tidewire_contract_mismatches_total", Counter, Count, [], "connections of clients that were generated from another contract";
    PUBLISHED = "tidewire_published_total", Counter, Count, ["by", "outcome"], "events that the service and its clients published; what a client may not publish is only in `tidewire_refused_total`";
    DELIVERED = "tidewire_delivered_total", Counter, Count, ["transport"], "events that were handed to connections and subscriptions";
    DELIVERED_BYTES = "tidewire_delivered_bytes_total", Counter, Bytes, ["transport"], "the size of these events";
    GAPS = "tidewire_gaps_total", Counter, Count, ["reason"], "gaps that subscribers were told of";
    REPLAYED = "tidewire_replayed_total", Counter, Count, [], "events that were read from the history for subscribers behind the ring";
    HISTORY = "tidewire_history_reads_total", Counter, Count, ["for"], "pages of history that were read";
    UNDECODABLE = "tidewire_undecodable_total", Counter, Count, [], "events that did not fit the types of a subscription in this service";
    EVICTED = "tidewire_ring_evictions_total", Counter, Count, [], "events that made room for newer ones in the memory of this node";
    BROKER = "tidewire_broker_call_seconds", Histogram, Seconds, ["call", "outcome"], "how long the broker took to answer";
    LINK = "tidewire_broker_link_proven", Gauge, Count, [], "1 while the link to the broker works, 0 while it is down or doubtful";
    MENDED = "tidewire_mends_total", Counter, Count, ["outcome"], "channels of which deliveries were missing";
    AUDITED = "tidewire_audits_total", Counter, Count, ["outcome"], "comparisons of a channel's position with that of the store";
    PRESENT = "tidewire_present", Gauge, Count, [], "connections of this node that are present on a channel, counted for each channel";
    WATCHING = "tidewire_roster_watches", Gauge, Count, [], "rosters that connections of this node watch, counted for each connection";
    ROSTERS_TOLD = "tidewire_roster_frames_total", Counter, Count, ["kind"], "frames about rosters that were handed to connections: whole rosters and changes";
    ROSTERS_REREAD = "tidewire_roster_rereads_total", Counter, Count, [], "rosters that were read anew because a change did not come";
    LEASES = "tidewire_presence_leases_total", Counter, Count, ["outcome"], "renewals of the lease that this node's members live by; `taken` when it was new or had run out";
    CALLS = "tidewire_calls_total", Counter, Count, ["by", "outcome"], "calls of clients, and of the service, that were answered or not; what a client may not call is only in `tidewire_refused_total`";
    HOOKS_FAILED = "tidewire_hook_failures_total", Counter, Count, ["hook", "reason"], "hooks of middleware that failed, each of which refused what it was asked about";
    STOPPING = "tidewire_stopping", Gauge, Count, [], "1 from the moment on that the service, or a server of it, shuts down";
    REVOCATIONS = "tidewire_revocations", Gauge, Count, [], "revocations that are in force on this node";
    REVOCATIONS_PAUSED = "tidewire_revocations_paused", Gauge, Count, [], "1 while the log of revocations cannot be followed and nothing that needs rights is handed out";
    REVOKED = "tidewire_revoked_total", Counter, Count, ["scope"], "what revocations ended: subscriptions to a channel, or everything of a connection";
    TOKENS = "tidewire_tokens_total", Counter, Count, ["outcome"], "tokens and tickets that clients brought";
    LIVE_RUNS = "tidewire_live_runs_total", Counter, Count, ["query", "outcome"], "runs of the loaders of live queries that ended";
    LIVE_PUSHES = "tidewire_live_pushes_total", Counter, Count, ["query", "kind"], "frames about live queries that were handed to connections: values, that the client has the value, and errors";
    LIVE_WATCHES = "tidewire_live_watches", Gauge, Count, ["query"], "live queries that connections of this node look at, counted for each connection";
    PLUGIN_FAILURES = "tidewire_plugin_failures_total", Counter, Count, ["plugin", "reason"], "starts, stops and tasks of plugins that failed, and hooks that could not be taken";
}

/// Tells the recorder what there is.
pub(super) fn describe() {
    for Metric { name, kind, unit, meaning, .. } in ALL.iter().copied() {
        match kind {
            Kind::Counter => describe_counter!(name, unit, meaning),
            Kind::Gauge => describe_gauge!(name, unit, meaning),
            Kind::Histogram => describe_histogram!(name, unit, meaning),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn the_documentation_has_this_table() {
        let mut table = String::from("| name | kind | unit | labels | meaning |\n| --- | --- | --- | --- | --- |\n");
        for Metric { name, kind, unit, labels, meaning } in ALL {
            let kind = format!("{kind:?}").to_lowercase();
            let labels = labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
            let _ = writeln!(table, "| `{name}` | {kind} | {} | {labels} | {meaning} |", unit.as_str());
        }
        let documentation = include_str!("../docs/metrics.md");
        assert!(documentation.contains(&table), "the table should be:\n{table}");
    }

    #[test]
    fn names_say_what_they_are() {
        for Metric { name, kind, .. } in ALL {
            assert!(name.starts_with("tidewire_"), "{name}");
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
        }
    }
}
