//! Reading events back from their frames.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::instant;
use crate::{identity::ConnectionId, transport::Frame};

/// What the JSON of an event's frame says beside the position.
#[derive(Deserialize)]
pub(crate) struct EventFrame {
    pub(crate) event: String,
    pub(crate) time: u64,
    pub(crate) sender: Option<String>,
    #[serde(default)]
    origin: Option<String>,
    // A payload that is `null` is not a signal.
    #[serde(default, deserialize_with = "present")]
    pub(crate) data: Option<Value>,
}

impl EventFrame {
    pub(crate) fn read(frame: &Frame) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(frame.json())
    }

    /// What is known of an event whose frame is no JSON.
    pub(super) fn unreadable(event: &str) -> Self {
        Self { event: event.to_owned(), time: 0, sender: None, origin: None, data: None }
    }

    pub(super) fn time(&self) -> DateTime<Utc> {
        instant(self.time)
    }

    pub(crate) fn origin(&self) -> Option<ConnectionId> {
        self.origin.as_deref().and_then(|origin| origin.parse().ok())
    }
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
