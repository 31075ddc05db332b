//! Where deliveries go, and which.

use std::{fmt, time::Duration};

use tidewire::{Carries, Channel, Event};

/// An address that gets webhooks, with the events that it is to get.
///
/// ```
/// # #[tidewire::realtime_events(name = "docs")]
/// # pub mod live {
/// #     #[event("order.paid")]
/// #     pub struct OrderPaid { pub cents: u32 }
/// #     #[channel("orders/{shop}", events(OrderPaid))]
/// #     pub struct Orders { pub shop: String }
/// # }
/// use tidewire_webhook::Endpoint;
///
/// # fn endpoint(secret: &str) -> Endpoint {
/// Endpoint::new("accounting", "https://accounting.example.com/hooks", secret).event::<live::Orders, live::OrderPaid>()
/// # }
/// ```
#[derive(Clone)]
#[must_use = "an endpoint does nothing before it is added to a `Webhook`"]
pub struct Endpoint {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) secrets: Vec<String>,
    // The pattern of a channel, and one of its events or all.
    pub(crate) wanted: Vec<(String, Option<String>)>,
    pub(crate) attempts: u32,
    pub(crate) timeout: Duration,
    pub(crate) pauses: (Duration, Duration),
    pub(crate) at_once: usize,
    pub(crate) channels: usize,
}

impl Endpoint {
    /// Delivers to `url`, `https` or `http`, signed with `secret`: at least 24 bytes of text, or base64 behind `whsec_`.
    ///
    /// The name, of 1 to 40 bytes of `a–z 0–9 _ -`, is what logs and metrics say instead of the address, which may hold secrets.
    pub fn new(name: impl Into<String>, url: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            url: url.into(),
            secrets: vec![secret.into()],
            wanted: Vec::new(),
            attempts: 12,
            timeout: Duration::from_secs(10),
            pauses: (Duration::from_millis(500), Duration::from_secs(60)),
            at_once: 16,
            channels: 10_000,
        }
    }

    /// Signs with this secret, too: while a secret is replaced, receivers that know either take what comes.
    pub fn also_signed_with(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Delivers this event of all channels of a kind.
    pub fn event<C: Carries<E>, E: Event>(self) -> Self {
        self.event_named(C::PATTERN, E::NAME)
    }

    /// Delivers every event of all channels of a kind.
    pub fn channel<C: Channel>(self) -> Self {
        self.channel_named(C::PATTERN)
    }

    /// The same as [`event`](Self::event), by the channel's pattern as it stands in the contract (`"orders/{shop}"`) and the event's name.
    pub fn event_named(mut self, pattern: impl Into<String>, event: impl Into<String>) -> Self {
        self.wanted.push((pattern.into(), Some(event.into())));
        self
    }

    /// The same as [`channel`](Self::channel), by the channel's pattern.
    pub fn channel_named(mut self, pattern: impl Into<String>) -> Self {
        self.wanted.push((pattern.into(), None));
        self
    }

    /// How often a delivery is tried before it is a dead letter: 12 times unless set, which takes about four minutes. At least once.
    pub fn attempts(self, attempts: u32) -> Self {
        Self { attempts: attempts.max(1), ..self }
    }

    /// How long an attempt may take, from connecting to the head of the answer: 10 s unless set.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// How long to wait before the second attempt, and at most: 500 ms and 60 s unless set. Each wait is twice the one before, less up to a half at random; what the
    /// receiver asks for with `Retry-After`, in seconds, is respected up to the longest.
    pub fn pauses(self, first: Duration, longest: Duration) -> Self {
        Self { pauses: (first, longest.max(first)), ..self }
    }

    /// How many deliveries, each of another channel, are under way at once: 16 unless set, at least one.
    pub fn at_once(self, count: usize) -> Self {
        Self { at_once: count.clamp(1, 1024), ..self }
    }

    /// How many channels are followed at once: 10 000 unless set. One on which nothing was published for a minute is not followed any more.
    pub fn channels_at_once(self, count: usize) -> Self {
        Self { channels: count, ..self }
    }
}

/// Without secrets, and the address may be one.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("name", &self.name).field("wanted", &self.wanted).finish_non_exhaustive()
    }
}
