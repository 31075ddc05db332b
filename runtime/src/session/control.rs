//! The frames that are made for one connection.

use std::{fmt, sync::Arc, time::Duration};

use serde::Serialize;
use serde_json::Value;
use tidewire_schema::wire::{GapReason, PROTOCOL, WireCode};

use crate::{access::Grant, clock::unix_milliseconds, cursor::Cursor, identity::SessionKey};

/// A frame beside events; its JSON is what `PROTOCOL.md` describes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Control {
    Welcome(Welcome),
    Subscribed {
        channel: Arc<str>,
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<u64>,
        outcome: Outcome,
        cursor: Cursor,
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<By>,
    },
    Gap(GapFrame),
    /// Where a subscription stands that passed over events which are not for this client.
    Position {
        channel: Arc<str>,
        cursor: Cursor,
    },
    /// A channel that is not subscribed to.
    Denied {
        channel: Arc<str>,
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<u64>,
        error: ErrorBody,
    },
    Unsubscribed {
        channel: Arc<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<By>,
    },
    Ack(Ack),
    /// The answer to a frame that could not be done; the connection goes on.
    #[serde(rename = "error")]
    Failed {
        // There even when it is `null`: that tells it from the error that ends the connection.
        #[serde(rename = "ref")]
        reference: Option<u64>,
        error: ErrorBody,
    },
    /// An event for this connection alone, as finished JSON.
    #[serde(skip)]
    Message(Arc<str>),
    Status {
        status: Status,
    },
    Ping,
    Reconnect {
        after: u64,
    },
    Error {
        error: ErrorBody,
    },
    /// A subscription that was ended by a revocation; without a channel, all of them.
    Revoked {
        channel: Option<Arc<str>>,
        until: u64,
    },
    /// What its client may do was replaced, or ends soon.
    Grant(GrantFrame),
    /// A live query began: by what its frames are known.
    #[serde(rename = "ack")]
    Keyed {
        #[serde(rename = "ref")]
        reference: Option<u64>,
        key: Arc<str>,
    },
}

/// Who wanted it, where it was not the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum By {
    Server,
}

/// The first frame of every connection.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Welcome {
    protocol: u32,
    pub(crate) connection: String,
    /// What the client proves its identity with; absent when there is no session to speak of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<Secret>,
    contract: Arc<str>,
    heartbeat: u64,
    #[serde(flatten)]
    grant: GrantFrame,
    /// What the service has to say first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) greeting: Option<Value>,
}

/// In whose name a connection is, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct GrantFrame {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    /// What the server takes for now, so that a client can count by its own clock.
    time: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    expiring: bool,
}

impl GrantFrame {
    pub(crate) fn new(grant: &Grant, expiring: bool) -> Self {
        Self { user: grant.user_id().map(str::to_owned), expires: grant.ends(), time: unix_milliseconds(), expiring }
    }

    /// That of nobody.
    pub(crate) fn of_nobody() -> Self {
        Self { user: None, expires: None, time: unix_milliseconds(), expiring: false }
    }
}

/// A text for the client alone, which logs never see.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl From<SessionKey> for Secret {
    fn from(key: SessionKey) -> Self {
        Self(key.to_string())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// That what a client asked for is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Ack {
    #[serde(rename = "ref")]
    pub(crate) reference: Option<u64>,
    #[serde(flatten)]
    pub(crate) receipt: Option<AckReceipt>,
}

/// What became of a published event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct AckReceipt {
    pub(crate) id: Option<Cursor>,
    pub(crate) number: Option<u64>,
    pub(crate) time: u64,
    pub(crate) stored: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) duplicate: bool,
}

/// How the service itself is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Connected,
    Degraded,
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
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<u64>,
    pub(crate) reason: GapReason,
    pub(crate) from: Option<Cursor>,
    pub(crate) cursor: Cursor,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) missed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<By>,
}

/// An error as it travels, in a frame or as the body of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ErrorBody {
    pub(crate) code: u16,
    pub(crate) name: &'static str,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
    /// How many milliseconds to wait before the next attempt.
    #[serde(rename = "retryAfter", skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<u64>,
}

impl Control {
    pub(crate) fn welcome(session: Option<SessionKey>, contract: Arc<str>, heartbeat: Duration, grant: GrantFrame) -> Self {
        let connection = session.map_or_else(|| "c-none".to_owned(), |key| key.connection().to_string());
        let heartbeat = milliseconds(heartbeat);
        let session = session.map(Secret::from);
        Self::Welcome(Welcome { protocol: PROTOCOL, connection, session, contract, heartbeat, grant, greeting: None })
    }

    /// What a client asked for is done, and there is nothing to say about it.
    pub(crate) fn done(reference: Option<u64>) -> Self {
        Self::Ack(Ack { reference, receipt: None })
    }

    pub(crate) fn reconnect(after: Duration) -> Self {
        Self::Reconnect { after: milliseconds(after) }
    }

    /// One line of compact JSON.
    pub(crate) fn json(&self) -> String {
        if let Self::Message(json) = self {
            return json.as_ref().to_owned();
        }
        serde_json::to_string(self).expect("text, numbers and cursors always serialize")
    }
}

impl ErrorBody {
    pub(crate) fn new(code: WireCode, message: impl Into<String>) -> Self {
        Self { code: code.number(), name: code.name(), message: message.into(), hint: None, retry_after: None }
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
        let key: SessionKey = "00c0ffee00c0ffee.000102030405060708090a0b0c0d0e0f".parse().unwrap();
        let connection = key.connection();
        let welcome = format!(
            r#"{{"type":"welcome","protocol":1,"connection":"{connection}","session":"00c0ffee00c0ffee.000102030405060708090a0b0c0d0e0f","contract":"0f","heartbeat":15000,"user":"ann","expires":9,"time":5}}"#
        );
        let ann = GrantFrame { user: Some("ann".to_owned()), expires: Some(9), time: 5, expiring: false };
        let nobody = GrantFrame { time: 5, ..GrantFrame::of_nobody() };
        let receipt = AckReceipt { id: Some(cursor), number: Some(2), time: 5, stored: true, duplicate: false };
        let transient = AckReceipt { id: None, number: None, time: 5, stored: false, duplicate: true };
        let limited = ErrorBody { retry_after: Some(50), ..ErrorBody::new(WireCode::RateLimited, "…") };
        let frames = [
            (Control::welcome(Some(key), "0f".into(), Duration::from_secs(15), ann.clone()), welcome.as_str()),
            (
                Control::welcome(None, "0f".into(), Duration::from_secs(15), nobody.clone()),
                r#"{"type":"welcome","protocol":1,"connection":"c-none","contract":"0f","heartbeat":15000,"time":5}"#,
            ),
            (
                Control::Subscribed { channel: channel.clone(), reference: None, outcome: Outcome::Fresh, cursor, by: None },
                r#"{"type":"subscribed","channel":"chat/bar","outcome":"fresh","cursor":"0000000000000001.2.3-4"}"#,
            ),
            (
                Control::Subscribed {
                    channel: channel.clone(),
                    reference: Some(7),
                    outcome: Outcome::Resumed,
                    cursor,
                    by: Some(By::Server),
                },
                r#"{"type":"subscribed","channel":"chat/bar","ref":7,"outcome":"resumed","cursor":"0000000000000001.2.3-4","by":"server"}"#,
            ),
            (
                Control::Gap(GapFrame {
                    channel: channel.clone(),
                    reference: None,
                    reason: GapReason::Epoch,
                    from: Some(cursor),
                    cursor,
                    missed: Some(3),
                    by: None,
                }),
                r#"{"type":"gap","channel":"chat/bar","reason":"epoch","from":"0000000000000001.2.3-4","cursor":"0000000000000001.2.3-4","missed":3}"#,
            ),
            (
                Control::Gap(GapFrame {
                    channel: channel.clone(),
                    reference: Some(1),
                    reason: GapReason::NoState,
                    from: None,
                    cursor,
                    missed: None,
                    by: None,
                }),
                r#"{"type":"gap","channel":"chat/bar","ref":1,"reason":"no_state","from":null,"cursor":"0000000000000001.2.3-4"}"#,
            ),
            (
                Control::Position { channel: channel.clone(), cursor },
                r#"{"type":"position","channel":"chat/bar","cursor":"0000000000000001.2.3-4"}"#,
            ),
            (
                Control::Denied { channel: channel.clone(), reference: Some(1), error: limited.clone() },
                r#"{"type":"denied","channel":"chat/bar","ref":1,"error":{"code":4103,"name":"rate_limited","message":"…","retryAfter":50}}"#,
            ),
            (
                Control::Revoked { channel: Some(channel.clone()), until: 1_732_153_200_000 },
                r#"{"type":"revoked","channel":"chat/bar","until":1732153200000}"#,
            ),
            (Control::Revoked { channel: None, until: 5 }, r#"{"type":"revoked","channel":null,"until":5}"#),
            (Control::Unsubscribed { channel: channel.clone(), by: None }, r#"{"type":"unsubscribed","channel":"chat/bar"}"#),
            (Control::Unsubscribed { channel, by: Some(By::Server) }, r#"{"type":"unsubscribed","channel":"chat/bar","by":"server"}"#),
            (Control::done(Some(2)), r#"{"type":"ack","ref":2}"#),
            (
                Control::Ack(Ack { reference: Some(2), receipt: Some(receipt) }),
                r#"{"type":"ack","ref":2,"id":"0000000000000001.2.3-4","number":2,"time":5,"stored":true}"#,
            ),
            (
                Control::Ack(Ack { reference: None, receipt: Some(transient) }),
                r#"{"type":"ack","ref":null,"id":null,"number":null,"time":5,"stored":false,"duplicate":true}"#,
            ),
            (
                Control::Failed { reference: None, error: limited },
                r#"{"type":"error","ref":null,"error":{"code":4103,"name":"rate_limited","message":"…","retryAfter":50}}"#,
            ),
            (Control::Keyed { reference: Some(3), key: "k".into() }, r#"{"type":"ack","ref":3,"key":"k"}"#),
            (Control::Status { status: Status::Degraded }, r#"{"type":"status","status":"degraded"}"#),
            (Control::Ping, r#"{"type":"ping"}"#),
            (Control::Message(r#"{"type":"message"}"#.into()), r#"{"type":"message"}"#),
            (Control::reconnect(Duration::from_millis(1200)), r#"{"type":"reconnect","after":1200}"#),
            (
                Control::Error { error: ErrorBody::new(WireCode::BrokerUnavailable, "…") },
                r#"{"type":"error","error":{"code":4101,"name":"broker_unavailable","message":"…"}}"#,
            ),
            (Control::Grant(nobody), r#"{"type":"grant","time":5}"#),
            (Control::Grant(GrantFrame { expiring: true, ..ann }), r#"{"type":"grant","user":"ann","expires":9,"time":5,"expiring":true}"#),
        ];
        for (frame, json) in frames {
            assert_eq!(frame.json(), json);
        }
    }

    #[test]
    fn the_session_key_stays_out_of_logs() {
        let key = SessionKey::random(crate::identity::NodeId::random());
        let welcome = Control::welcome(Some(key), "0f".into(), Duration::from_secs(15), GrantFrame::of_nobody());
        assert!(!format!("{welcome:?}").contains(&key.to_string()));
    }
}
