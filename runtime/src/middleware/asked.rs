//! What hooks are asked about.

use std::fmt;

use serde_json::Value;

use crate::{contract::Known, cursor::Cursor, identity::ConnectionId, session::Beginning};

/// A channel, with what its name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) pattern: &'static str,
    params: Vec<(String, String)>,
}

impl Place {
    pub(super) fn new(known: &Known, name: &str) -> Self {
        let params = known.pattern.capture(name).unwrap_or_default();
        let params = params.into_iter().map(|(param, value)| (param.to_owned(), value)).collect();
        Self { name: name.to_owned(), pattern: &known.channel.pattern, params }
    }

    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(param, _)| param == name).map(|(_, value)| value.as_str())
    }
}

/// Where a subscription begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// With the next event.
    Now,
    /// After a position that the client came to: what it missed is replayed.
    After(Cursor),
    /// With this many of the newest stored events.
    Last(usize),
    /// After a position that nobody can read: with a `gap`, and what is stored.
    Unreadable,
    /// Nowhere: the client asks for a page of the history, and for nothing that happens later.
    History,
    /// Nowhere: the client asks who is present now, and for nothing that happens later.
    Presence,
    /// Nowhere: the client wants a live query of the channel, whose loader runs after its events.
    Live,
}

impl From<Beginning> for Start {
    fn from(beginning: Beginning) -> Self {
        match beginning {
            Beginning::Fresh | Beginning::At(..) => Self::Now,
            Beginning::After(cursor) => Self::After(cursor),
            Beginning::Last(count) => Self::Last(count),
            Beginning::Unreadable => Self::Unreadable,
        }
    }
}

/// Somebody wants the events of a channel: what [`Middleware::subscribe`](super::Middleware::subscribe) decides about.
#[derive(Clone, Debug)]
pub struct SubscribeRequest {
    pub(super) connection: Option<ConnectionId>,
    pub(super) user: Option<String>,
    pub(super) place: Place,
    pub(super) start: Start,
}

impl SubscribeRequest {
    /// The connection. `None` for a page of history, which is asked for without one.
    pub fn connection(&self) -> Option<ConnectionId> {
        self.connection
    }

    /// The user of the grant; `None` for nobody.
    pub fn user_id(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The channel's name, such as `chat/42`.
    pub fn channel(&self) -> &str {
        &self.place.name
    }

    /// The channel's pattern in the contract, such as `chat/{roomId}`.
    pub fn pattern(&self) -> &'static str {
        self.place.pattern
    }

    /// The value of a parameter, by its name on the wire. `None` if the channel has no such parameter, or an optional one is absent.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.place.param(name)
    }

    /// Where it begins.
    pub fn start(&self) -> Start {
        self.start
    }
}

/// An event on its way to the broker: what [`Middleware::publish`](super::Middleware::publish) decides about.
///
/// The data of a client is JSON and nothing more: it is checked against the contract after all hooks.
#[derive(Clone)]
pub struct PublishRequest {
    pub(super) connection: Option<ConnectionId>,
    pub(super) sender: Option<String>,
    pub(super) place: Place,
    pub(super) event: &'static str,
    pub(super) data: Option<Value>,
}

impl PublishRequest {
    /// The client that publishes; `None` for the service itself.
    pub fn connection(&self) -> Option<ConnectionId> {
        self.connection
    }

    /// Who will be shown as the sender: of a client the user of its grant, of the service the name that it gave.
    pub fn sender(&self) -> Option<&str> {
        self.sender.as_deref()
    }

    /// The channel's name, such as `chat/42`.
    pub fn channel(&self) -> &str {
        &self.place.name
    }

    /// The channel's pattern in the contract, such as `chat/{roomId}`.
    pub fn pattern(&self) -> &'static str {
        self.place.pattern
    }

    /// The value of a parameter, by its name on the wire. `None` if the channel has no such parameter, or an optional one is absent.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.place.param(name)
    }

    /// The event's name.
    pub fn event(&self) -> &'static str {
        self.event
    }

    /// The payload; `None` for a signal.
    pub fn data(&self) -> Option<&Value> {
        self.data.as_ref()
    }

    /// The payload, to be changed.
    pub fn data_mut(&mut self) -> &mut Option<Value> {
        &mut self.data
    }
}

/// Payloads do not belong into logs, so this leaves them out.
impl fmt::Debug for PublishRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connection, sender, place, event, .. } = self;
        f.debug_struct("PublishRequest")
            .field("connection", connection)
            .field("sender", sender)
            .field("channel", &place.name)
            .field("event", event)
            .finish_non_exhaustive()
    }
}
