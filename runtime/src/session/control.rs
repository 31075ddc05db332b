//! The frames that are made for one connection.

use std::{sync::Arc, time::Duration};

use serde::Serialize;
use tidewire_schema::wire::{GapReason, PROTOCOL, WireCode};

use crate::cursor::Cursor;

/// A frame beside events; its JSON is what `PROTOCOL.md` describes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Control {
    Welcome { protocol: u32, connection: String, contract: Arc<str>, heartbeat: u64 },
    Subscribed { channel: Arc<str>, outcome: Outcome, cursor: Cursor },
    Gap(GapFrame),
    Reconnect { after: u64 },
    Error { error: ErrorBody },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Fresh,
    Resumed,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct GapFrame {
    pub(crate) channel: Arc<str>,
    pub(crate) reason: GapReason,
    pub(crate) from: Option<Cursor>,
    pub(crate) cursor: Cursor,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) missed: Option<u64>,
}

/// An error as it travels, in a frame or as the body of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ErrorBody {
    pub(crate) code: u16,
    pub(crate) name: &'static str,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

impl Control {
    pub(crate) fn welcome(connection: String, contract: Arc<str>, heartbeat: Duration) -> Self {
        Self::Welcome { protocol: PROTOCOL, connection, contract, heartbeat: milliseconds(heartbeat) }
    }

    pub(crate) fn reconnect(after: Duration) -> Self {
        Self::Reconnect { after: milliseconds(after) }
    }

    /// One line of compact JSON.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).expect("text, numbers and cursors always serialize")
    }
}

impl ErrorBody {
    pub(crate) fn new(code: WireCode, message: impl Into<String>) -> Self {
        Self { code: code.number(), name: code.name(), message: message.into(), hint: None }
    }
}

pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cursor::{Epoch, EventId};

    #[test]
    fn frames_are_what_the_protocol_says() {
        let cursor = Cursor::new(Epoch::from(1), 2, EventId::new(3, 4));
        let channel: Arc<str> = "chat/bar".into();
        let frames = [
            (
                Control::welcome("c-1".into(), "0f".into(), Duration::from_secs(15)),
                r#"{"type":"welcome","protocol":1,"connection":"c-1","contract":"0f","heartbeat":15000}"#,
            ),
            (
                Control::Subscribed { channel: channel.clone(), outcome: Outcome::Fresh, cursor },
                r#"{"type":"subscribed","channel":"chat/bar","outcome":"fresh","cursor":"0000000000000001.2.3-4"}"#,
            ),
            (
                Control::Gap(GapFrame { channel: channel.clone(), reason: GapReason::Epoch, from: Some(cursor), cursor, missed: Some(3) }),
                r#"{"type":"gap","channel":"chat/bar","reason":"epoch","from":"0000000000000001.2.3-4","cursor":"0000000000000001.2.3-4","missed":3}"#,
            ),
            (
                Control::Gap(GapFrame { channel, reason: GapReason::NoState, from: None, cursor, missed: None }),
                r#"{"type":"gap","channel":"chat/bar","reason":"no_state","from":null,"cursor":"0000000000000001.2.3-4"}"#,
            ),
            (Control::reconnect(Duration::from_millis(1200)), r#"{"type":"reconnect","after":1200}"#),
            (
                Control::Error { error: ErrorBody::new(WireCode::BrokerUnavailable, "…") },
                r#"{"type":"error","error":{"code":4101,"name":"broker_unavailable","message":"…"}}"#,
            ),
        ];
        for (frame, json) in frames {
            assert_eq!(frame.json(), json);
        }
    }
}
