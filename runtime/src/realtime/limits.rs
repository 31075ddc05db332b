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
    /// Channels of one event stream: 32. More would not fit into the query string and the one id that a browser remembers.
    pub channels_per_stream: usize,
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
    /// How long a plain `EventSource` waits before it reconnects: 2 s, give or take a half at random.
    pub retry: Duration,
    /// How long the broker may take for one answer: 2 s.
    pub broker_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            channels_per_stream: 32,
            replay_events: 1000,
            page_events: 1000,
            page_bytes: 1024 * 1024,
            event_bytes: 1024 * 1024,
            ring_events: 256,
            ring_bytes: 256 * 1024,
            heartbeat: Duration::from_secs(15),
            retry: Duration::from_secs(2),
            broker_timeout: Duration::from_secs(2),
        }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), BuildError> {
        let counts = [
            ("channels_per_stream", self.channels_per_stream),
            ("replay_events", self.replay_events),
            ("page_events", self.page_events),
            ("page_bytes", self.page_bytes),
            ("event_bytes", self.event_bytes),
            ("ring_events", self.ring_events),
            ("ring_bytes", self.ring_bytes),
        ];
        if let Some((name, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(BuildError::Limit { name, requirement: "at least 1" });
        }
        let durations = [("heartbeat", self.heartbeat), ("retry", self.retry), ("broker_timeout", self.broker_timeout)];
        if let Some((name, _)) = durations.into_iter().find(|(_, duration)| *duration < Duration::from_millis(10)) {
            return Err(BuildError::Limit { name, requirement: "at least 10 ms" });
        }
        Ok(())
    }
}
