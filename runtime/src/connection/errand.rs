//! What the service wants done with one connection, wherever that is.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Handle, Relay,
    assigned::{assign, withdraw},
    calls::{Answered, ask},
};
use crate::{identity::NodeId, realtime::Realtime};

/// Something to do with a connection, as nodes tell it each other.
#[derive(Serialize, Deserialize)]
#[serde(tag = "errand", rename_all = "snake_case")]
pub(super) enum Errand {
    /// Subscribes it to a channel.
    Subscribe { channel: String, after: Option<String> },
    /// Takes a channel from it.
    Unsubscribe { channel: String },
    /// Reads what the service keeps about it.
    State,
    /// Replaces that.
    SetState { state: Value },
    /// Asks its client. The answer comes later, as that to question `answer`.
    Call { call: String, data: Option<String>, timeout: u64, answer: u64 },
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
    /// What the service keeps about it, as JSON in a text.
    State {
        state: Option<String>,
    },
    /// It violates the contract there.
    Invalid,
    /// It is on its way.
    Taken,
    /// What the client answered.
    Answered {
        answered: Answered,
    },
    /// The service itself refused it.
    Denied {
        code: u16,
        message: String,
    },
    /// Said by a newer node.
    #[serde(other)]
    Other,
}

impl Errand {
    /// Does it, on the node that has the connection.
    pub(super) async fn run(self, realtime: &Realtime, handle: &Arc<Handle>, from: NodeId) -> Outcome {
        match self {
            Self::Subscribe { channel, after } => match after.map(|after| after.parse()).transpose() {
                Ok(after) => assign(realtime, handle, &channel, after).await,
                Err(_) => Outcome::Unknown,
            },
            Self::Unsubscribe { channel } => withdraw(handle, &channel).await,
            Self::State => Outcome::State { state: handle.kept().map(|state| state.to_string()) },
            Self::SetState { state } => match realtime.shared().registry.check_state(state) {
                Ok(state) => {
                    handle.keep_state(state);
                    Outcome::Done
                }
                Err(_) => Outcome::Invalid,
            },
            Self::Call { call, data, timeout, answer } => {
                let Ok(data) = data.map(|data| serde_json::from_str(&data)).transpose() else { return Outcome::Invalid };
                let (realtime, handle) = (realtime.clone(), handle.clone());
                // Not among the requests of other nodes that are worked on at once: a client may take its time. How many it may have to answer is bounded.
                tokio::spawn(async move {
                    let answered = ask(&realtime, &handle, (&call, data), Duration::from_millis(timeout)).await;
                    Relay::answer(&realtime, from, answer, Outcome::Answered { answered });
                });
                Outcome::Taken
            }
            Self::Other => Outcome::Other,
        }
    }
}
