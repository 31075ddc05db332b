//! The numbers a service goes by.

use std::time::Duration;

use crate::error::BuildError;

/// What a service allows and how it behaves, in numbers. None of them can be switched off.
///
/// ```
/// use std::time::Duration;
/// use tidewire::Limits;
///
/// let mut limits = Limits::default();
/// limits.heartbeat = Duration::from_secs(5);
/// assert_eq!(limits.replay_events, 1000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Channels of an event stream with `id:` lines: 32. More would not fit into the query string and the one id that a browser remembers.
    pub channels_per_stream: usize,
    /// Channels of any other connection: 100.
    pub channels_per_connection: usize,
    /// Bytes of a frame from a client, and of the body of `POST /send`: 64 KiB.
    pub message_bytes: usize,
    /// Connections from one address, of which an IPv6 network of 64 bits is one: 100.
    ///
    /// Counted where the address is known: under [`serve`](crate::serve), and wherever the request has axum's `ConnectInfo`. Who comes from the
    /// machine itself is not counted: that is a proxy, with everybody behind it, or somebody who has other ways to do harm. A proxy on another
    /// machine is one address for all its clients, so raise this there, and let the proxy count.
    pub connections_per_address: usize,
    /// New connections of a node: 500 a second. Who comes beyond is asked to come back later.
    pub arrival_rate: RateLimit,
    /// Events that a client may publish: 20 a second, 40 at once.
    pub publish_rate: RateLimit,
    /// Events declared `latest` that a client may publish beside the others: 60 a second.
    pub latest_rate: RateLimit,
    /// Times that a client may subscribe and unsubscribe: 50 a second, 100 at once.
    pub subscribe_rate: RateLimit,
    /// Times that all clients of a node together may publish one event on one channel: 1000 a second.
    pub event_rate: RateLimit,
    /// Events that a resume replays: 1000. Who missed more gets `gap` with the reason `limit` and the newest of them.
    pub replay_events: usize,
    /// Events of a page of history: 1000.
    pub page_events: usize,
    /// Bytes of a page of history: 1 MiB. One event is always answered, however large.
    pub page_bytes: usize,
    /// Bytes of an event's payload as JSON: 1 MiB.
    pub event_bytes: usize,
    /// Events that a node holds for each channel somebody listens to: 256.
    pub ring_events: usize,
    /// Bytes that a node holds for each channel somebody listens to: 256 KiB. The newest event is always held.
    pub ring_bytes: usize,
    /// How long a stream stays silent at most: 15 s. Clients take 40 s of silence for a dead connection.
    pub heartbeat: Duration,
    /// How long a client may say nothing on a WebSocket, not even answer a ping: 40 s. At least twice the heartbeat.
    pub silence: Duration,
    /// How long a client may take no data while there is some to send: 20 s. Where a response body carries it, that is the next 64 KiB of an event or of a page of history.
    ///
    /// One that was sent away has 5 s, and no longer than this. Under other servers than [`serve`](crate::serve) a stream of Server-Sent Events that stalls gives up
    /// its place then; its connection is theirs to end.
    pub stall: Duration,
    /// How long a plain `EventSource` waits before it reconnects: 2 s, give or take a half at random.
    pub retry: Duration,
    /// How long [`authorize`](crate::RealtimeBuilder::authorize) may take for one answer: 5 s. Who is not decided about by then is refused, and may come again.
    pub authorize_timeout: Duration,
    /// How long the broker may take for one answer: 2 s.
    pub broker_timeout: Duration,
    /// Bytes of the body of a request of another service (`POST /publish`, `/revoke`, `/restore`): 1 MiB.
    pub service_bytes: usize,
    /// Connections of one user on a node: 20. Who has as many is told `rate_limited`; a client that comes back takes the place of its older connection.
    pub connections_per_user: usize,
    /// Events that one user may publish over all connections to a node: 100 a second, 200 at once.
    pub user_publish_rate: RateLimit,
    /// Times that [`authorize`](crate::RealtimeBuilder::authorize) is asked about requests from one address, counted as `connections_per_address` is: 200 a second,
    /// 400 at once. Each of them may cost the service a look into its database. Requests with a token of this service are not among them.
    pub authorize_rate: RateLimit,
    /// How long one hook of a [`Middleware`](crate::Middleware) may take for one answer: 5 s. What is not decided about by then is refused.
    pub hook_timeout: Duration,
    /// How long a handler of [`on_call`](crate::RealtimeBuilder::on_call) may take, and a client that the service [calls](crate::Connection::call): 10 s.
    pub call_timeout: Duration,
    /// Times that a client may change what it shows on rosters: 60 a second.
    pub presence_rate: RateLimit,
    /// Members of a roster, and connections of a member: 1000. A watcher that stalls may hold on to a roster, which takes `presence_bytes` and 0.6 KiB for each of them.
    pub presence_members: usize,
    /// Bytes of what a member shows, as JSON: 1 KiB.
    pub presence_bytes: usize,
    /// How long somebody whose connection was lost stays on rosters: 10 s. Who is back by then was never away.
    pub presence_grace: Duration,
    /// How long the members of a node stay on rosters when the node dies: 30 s. It says three times in that time that it lives. At least 100 ms.
    pub presence_lease: Duration,
    /// Answers of `GET /history` and `GET /presence` of more than 64 KiB that one connection under [`serve`](crate::serve) may have on their way: 8. More wait as long as `stall`, then
    /// they are `overloaded`. One from the machine itself is not counted.
    pub answers_per_connection: usize,
    /// Live queries that a connection may look at: 50.
    pub live_per_connection: usize,
    /// How long a [`Plugin`](crate::Plugin) may take to start, and how long to stop together with its tasks: 10 s.
    pub plugin_timeout: Duration,
    /// Calls that a client may make: 50 a second, 100 at once. At most 16 of them are under way at a time.
    pub call_rate: RateLimit,
}

/// How often something may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many times a second, on average.
    pub per_second: u32,
    /// How many times at once.
    pub burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            channels_per_stream: 32,
            channels_per_connection: 100,
            message_bytes: 64 * 1024,
            connections_per_address: 100,
            arrival_rate: RateLimit { per_second: 500, burst: 500 },
            publish_rate: RateLimit { per_second: 20, burst: 40 },
            latest_rate: RateLimit { per_second: 60, burst: 60 },
            subscribe_rate: RateLimit { per_second: 50, burst: 100 },
            event_rate: RateLimit { per_second: 1000, burst: 1000 },
            replay_events: 1000,
            page_events: 1000,
            page_bytes: 1024 * 1024,
            event_bytes: 1024 * 1024,
            ring_events: 256,
            ring_bytes: 256 * 1024,
            heartbeat: Duration::from_secs(15),
            silence: Duration::from_secs(40),
            stall: Duration::from_secs(20),
            retry: Duration::from_secs(2),
            authorize_timeout: Duration::from_secs(5),
            broker_timeout: Duration::from_secs(2),
            service_bytes: 1024 * 1024,
            connections_per_user: 20,
            user_publish_rate: RateLimit { per_second: 100, burst: 200 },
            authorize_rate: RateLimit { per_second: 200, burst: 400 },
            hook_timeout: Duration::from_secs(5),
            call_timeout: Duration::from_secs(10),
            presence_rate: RateLimit { per_second: 60, burst: 60 },
            presence_members: 1000,
            presence_bytes: 1024,
            presence_grace: Duration::from_secs(10),
            presence_lease: Duration::from_secs(30),
            answers_per_connection: 8,
            live_per_connection: 50,
            plugin_timeout: Duration::from_secs(10),
            call_rate: RateLimit { per_second: 50, burst: 100 },
        }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), BuildError> {
        let counts = [
            ("channels_per_stream", self.channels_per_stream),
            ("channels_per_connection", self.channels_per_connection),
            ("message_bytes", self.message_bytes),
            ("connections_per_address", self.connections_per_address),
            ("replay_events", self.replay_events),
            ("page_events", self.page_events),
            ("page_bytes", self.page_bytes),
            ("event_bytes", self.event_bytes),
            ("ring_events", self.ring_events),
            ("ring_bytes", self.ring_bytes),
            ("service_bytes", self.service_bytes),
            ("connections_per_user", self.connections_per_user),
            ("presence_members", self.presence_members),
            ("presence_bytes", self.presence_bytes),
            ("answers_per_connection", self.answers_per_connection),
            ("live_per_connection", self.live_per_connection),
        ];
        if let Some((name, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(BuildError::Limit { name, requirement: "at least 1" });
        }
        let rates = [
            ("arrival_rate", self.arrival_rate),
            ("publish_rate", self.publish_rate),
            ("latest_rate", self.latest_rate),
            ("subscribe_rate", self.subscribe_rate),
            ("event_rate", self.event_rate),
            ("user_publish_rate", self.user_publish_rate),
            ("authorize_rate", self.authorize_rate),
            ("presence_rate", self.presence_rate),
            ("call_rate", self.call_rate),
        ];
        if let Some((name, _)) = rates.into_iter().find(|(_, rate)| rate.per_second == 0 || rate.burst == 0) {
            return Err(BuildError::Limit { name, requirement: "at least 1 a second and 1 at once" });
        }
        let durations = [
            ("heartbeat", self.heartbeat),
            ("stall", self.stall),
            ("retry", self.retry),
            ("authorize_timeout", self.authorize_timeout),
            ("broker_timeout", self.broker_timeout),
            ("hook_timeout", self.hook_timeout),
            ("presence_grace", self.presence_grace),
            ("plugin_timeout", self.plugin_timeout),
        ];
        if let Some((name, _)) = durations.into_iter().find(|(_, duration)| *duration < Duration::from_millis(10)) {
            return Err(BuildError::Limit { name, requirement: "at least 10 ms" });
        }
        if self.presence_lease < Duration::from_millis(100) {
            return Err(BuildError::Limit { name: "presence_lease", requirement: "at least 100 ms" });
        }
        if self.silence < self.heartbeat.saturating_mul(2) {
            return Err(BuildError::Limit { name: "silence", requirement: "at least twice the heartbeat" });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_is_named() {
        let none = RateLimit { per_second: 0, burst: 1 };
        let refused = |change: fn(&mut Limits, RateLimit)| {
            let mut limits = Limits::default();
            change(&mut limits, none);
            match limits.check() {
                Err(BuildError::Limit { name, .. }) => name,
                other => panic!("{other:?}"),
            }
        };
        assert!(Limits::default().check().is_ok());
        assert_eq!(refused(|limits, _| limits.channels_per_connection = 0), "channels_per_connection");
        assert_eq!(refused(|limits, _| limits.connections_per_address = 0), "connections_per_address");
        assert_eq!(refused(|limits, none| limits.publish_rate = none), "publish_rate");
        assert_eq!(refused(|limits, none| limits.arrival_rate = none), "arrival_rate");
        assert_eq!(refused(|limits, _| limits.stall = Duration::ZERO), "stall");
        assert_eq!(refused(|limits, _| limits.heartbeat = Duration::from_secs(21)), "silence");
        assert_eq!(refused(|limits, _| limits.heartbeat = Duration::MAX), "silence");
    }
}
