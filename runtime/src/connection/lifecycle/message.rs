//! What a client asks for, as the service is shown it.

use std::fmt;

use serde_json::Value;

/// A client's publish or call, checked and allowed, before it is done: what [`on_message`](crate::RealtimeBuilder::on_message) sees.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum ClientMessage {
    /// It publishes an event.
    Publish {
        /// The channel's name.
        channel: String,
        /// The event's name.
        event: String,
        /// The payload; `None` for a signal.
        data: Option<Value>,
    },
    /// It makes a call.
    Call {
        /// The call's name.
        name: String,
        /// The request; `None` where the name says it all.
        data: Option<Value>,
    },
}

/// Payloads do not belong into logs, so this shows the names alone.
impl fmt::Debug for ClientMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publish { channel, event, .. } => {
                f.debug_struct("Publish").field("channel", channel).field("event", event).finish_non_exhaustive()
            }
            Self::Call { name, .. } => f.debug_struct("Call").field("name", name).finish_non_exhaustive(),
        }
    }
}
