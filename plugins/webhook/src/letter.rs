//! What was delivered, and what was not.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;
use tidewire::Cursor;

/// Something that was delivered; see [`Webhook::on_delivered`](crate::Webhook::on_delivered).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivered<'a> {
    /// The name of the endpoint.
    pub endpoint: &'a str,
    /// The channel.
    pub channel: &'a str,
    /// The id of the delivery.
    pub id: &'a str,
    /// The position after the event; `None` for one that is not stored.
    pub cursor: Option<Cursor>,
    /// How often it was tried.
    pub attempts: u32,
}

/// Something that was not delivered, and will not be; see [`Webhook::on_dead_letter`](crate::Webhook::on_dead_letter).
#[derive(Clone)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The name of the endpoint.
    pub endpoint: String,
    /// The channel.
    pub channel: String,
    /// Why.
    pub reason: DeadReason,
    /// The id of the delivery, where there is one.
    pub id: Option<String>,
    /// The body of the delivery, where there is one: what a later attempt of the service's own would send.
    pub body: Option<Bytes>,
    /// The position after the event, or after the gap; `None` where there is none.
    pub cursor: Option<Cursor>,
}

/// Payloads do not belong into logs.
impl fmt::Debug for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, channel, reason, id, .. } = self;
        f.debug_struct("DeadLetter")
            .field("endpoint", endpoint)
            .field("channel", channel)
            .field("reason", reason)
            .field("id", id)
            .finish_non_exhaustive()
    }
}

/// Why something was not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeadReason {
    /// The receiver answered with a status that says that trying again does not help: a redirect, or 4xx other than 408, 425 and 429.
    Refused(StatusCode),
    /// All attempts failed.
    GaveUp {
        /// How many there were.
        attempts: u32,
    },
    /// Events were lost before they could be sent: the endpoint was away for longer than the channel keeps its history.
    Missed {
        /// How many; `None` when that cannot be known.
        count: Option<u64>,
    },
    /// The service stops. This event, and what came after it on the channel, was not delivered: [`Webhook::follow`](crate::Webhook::follow) delivers it later.
    Stopped,
    /// More channels are in use than may be [followed at once](crate::Endpoint::channels_at_once).
    TooManyChannels,
    /// The broker could not be reached, so the channel is not followed before the next event is published on it.
    NotFollowed,
}

impl DeadReason {
    /// The name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::GaveUp { .. } => "gave_up",
            Self::Missed { .. } => "missed",
            Self::Stopped => "stopped",
            Self::TooManyChannels => "too_many_channels",
            Self::NotFollowed => "not_followed",
        }
    }
}
