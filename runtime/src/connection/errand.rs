//! What the service wants done with one connection, wherever that is.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Handle,
    assigned::{assign, withdraw},
};
use crate::realtime::Realtime;

/// Something to do with a connection, as nodes tell it each other.
#[derive(Serialize, Deserialize)]
#[serde(tag = "errand", rename_all = "snake_case")]
pub(super) enum Errand {
    /// Subscribes it to a channel.
    Subscribe { channel: String, after: Option<String> },
    /// Takes a channel from it.
    Unsubscribe { channel: String },
    #[serde(other)]
    Other,
}

/// How it came out.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(super) enum Outcome {
    Done,
    /// There is no such channel.
    Unknown,
    /// It is a plain `EventSource`.
    Fixed,
    TooMany,
    /// It does not keep up.
    Full,
    /// It is ending.
    Gone,
    /// The broker did not do its part.
    Unavailable,
    /// Said by a newer node.
    #[serde(other)]
    Other,
}

impl Errand {
    /// Does it, on the node that has the connection.
    pub(super) async fn run(self, realtime: &Realtime, handle: &Arc<Handle>) -> Outcome {
        match self {
            Self::Subscribe { channel, after } => match after.map(|after| after.parse()).transpose() {
                Ok(after) => assign(realtime, handle, &channel, after).await,
                Err(_) => Outcome::Unknown,
            },
            Self::Unsubscribe { channel } => withdraw(handle, &channel).await,
            Self::Other => Outcome::Other,
        }
    }
}
