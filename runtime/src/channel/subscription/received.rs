//! What a subscriber receives.

use std::{error::Error, fmt, sync::Arc};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tidewire_schema::wire::GapReason;

use crate::{
    channel::{DecodeError, event_frame::EventFrame},
    contract::{Encoded, Event, EventEnum},
    cursor::Cursor,
    error::{BrokerError, ChannelError},
    identity::ConnectionId,
    observe,
    transport::Frame,
};

/// An event, and what is known about it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Received<E> {
    /// The event.
    pub event: E,
    /// The position after it, to [resume](crate::Subscribing::after) from. `None` for an event that is not stored.
    pub id: Option<Cursor>,
    /// Its number in the channel. `None` for an event that is not stored.
    pub number: Option<u64>,
    /// When the broker took it.
    pub time: DateTime<Utc>,
    /// Who sent it; `None` for the service itself.
    pub sender: Option<String>,
    /// The client that published it; `None` for the service itself.
    pub origin: Option<ConnectionId>,
}

/// An event without a type: one whose payload did not fit its own, or one of a [`DynamicSubscription`](crate::DynamicSubscription).
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Undecoded {
    /// The event's name.
    pub name: String,
    /// Its payload; `None` for a signal.
    pub data: Option<Value>,
}

/// Payloads do not belong into logs, so this shows the name alone.
impl fmt::Debug for Undecoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undecoded").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A subscription did not begin, or has something else to say than an event.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The channel's parameters are wrong; the subscription did not begin. Correct them.
    Channel(ChannelError),
    /// The broker could not be reached, and the subscription did not begin: try again later. As an item: what is stored is not what a broker wrote, and it is
    /// tried again.
    Broker(BrokerError),
    /// Events may be missing here. The subscription goes on at `to`.
    Gap {
        /// Why.
        reason: GapReason,
        /// The last position before the gap; `None` when nobody knows it.
        from: Option<Cursor>,
        /// The position after which events follow.
        to: Cursor,
        /// How many are missing; `None` when that cannot be known.
        missed: Option<u64>,
    },
    /// An event that does not fit its type, because it was stored, or published, under another contract. The subscription goes on with the next one.
    Undecodable {
        /// The event as it came.
        event: Box<Received<Undecoded>>,
        /// What does not fit.
        cause: Arc<DecodeError>,
    },
}

impl fmt::Display for SubscribeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(cause) => fmt::Display::fmt(cause, f),
            Self::Broker(_) => f.write_str("the channel cannot be followed"),
            Self::Gap { reason, missed: Some(missed), .. } => write!(f, "{missed} events are missing: {}", reason.name()),
            Self::Gap { reason, missed: None, .. } => write!(f, "events may be missing: {}", reason.name()),
            Self::Undecodable { cause, .. } => fmt::Display::fmt(cause, f),
        }
    }
}

impl Error for SubscribeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Channel(cause) => cause.source(),
            Self::Broker(cause) => Some(cause),
            Self::Gap { .. } => None,
            Self::Undecodable { cause, .. } => cause.source(),
        }
    }
}

impl From<ChannelError> for SubscribeError {
    fn from(cause: ChannelError) -> Self {
        Self::Channel(cause)
    }
}

/// Reads a frame as one of the events that `E` knows.
pub(super) fn read<E: EventEnum>(frame: &Frame, cursor: Option<Cursor>) -> Result<Received<E>, SubscribeError> {
    read_as(frame, cursor, |found| E::read(Untyped { name: &found.event, data: found.data.as_ref().unwrap_or(&Value::Null) }))
}

/// Reads a frame as an event of any type.
pub(super) fn read_undecoded(frame: &Frame, cursor: Option<Cursor>) -> Result<Received<Undecoded>, SubscribeError> {
    read_as(frame, cursor, |found| Ok(Undecoded { name: found.event.clone(), data: found.data.clone() }))
}

fn read_as<E>(
    frame: &Frame,
    cursor: Option<Cursor>,
    decode: impl FnOnce(&EventFrame) -> Result<E, DecodeError>,
) -> Result<Received<E>, SubscribeError> {
    let (found, decoded) = match EventFrame::read(frame) {
        Ok(found) => {
            let decoded = decode(&found);
            (found, decoded)
        }
        Err(error) => (EventFrame::unreadable(frame.event()), Err(DecodeError::new(None, frame.event(), Some(error)))),
    };
    let (time, origin) = (found.time(), found.origin());
    let EventFrame { event: name, sender, data, .. } = found;
    let about = Received { event: (), id: cursor, number: cursor.map(|cursor| cursor.number()), time, sender, origin };
    match decoded {
        Ok(event) => Ok(about.with(event)),
        Err(cause) => {
            observe::undecodable();
            let event = Box::new(about.with(Undecoded { name, data }));
            Err(SubscribeError::Undecodable { event, cause: Arc::new(cause) })
        }
    }
}

impl Received<()> {
    fn with<E>(self, event: E) -> Received<E> {
        let Self { event: (), id, number, time, sender, origin } = self;
        Received { event, id, number, time, sender, origin }
    }
}

struct Untyped<'a> {
    name: &'a str,
    data: &'a Value,
}

impl Encoded for Untyped<'_> {
    fn is<E: Event>(&self) -> bool {
        self.name == E::NAME
    }

    fn read<E: Event>(self) -> Result<E, DecodeError> {
        E::deserialize(self.data).map_err(|cause| DecodeError::new(Some(E::NAME), self.name, Some(cause)))
    }

    fn unknown(self) -> DecodeError {
        DecodeError::new(None, self.name, None)
    }
}
