//! An event as it is stored and announced: compact JSON, the same bytes in both.

use std::{borrow::Cow, fmt::Write as _};

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::fault::Malformed;
use crate::{
    broker::{Draft, Routing},
    cursor::Cursor,
    identity::ConnectionId,
    transport::{Frame, FrameParts},
};

/// What is in an envelope. Members that say nothing are left out.
#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow, default)]
    sender: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    origin: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    exclude: Option<Cow<'a, str>>,
    #[serde(default)]
    latest: bool,
    #[serde(borrow, default, deserialize_with = "present")]
    data: Option<&'a RawValue>,
}

/// A payload that is `null` is one, unlike none.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Writes the envelope of an event.
pub(super) fn seal(draft: &Draft) -> String {
    let mut text = format!(r#"{{"event":"{}""#, draft.event);
    if let Some(sender) = &draft.sender {
        text.push_str(r#","sender":"#);
        text.push_str(&serde_json::Value::from(sender.as_str()).to_string());
    }
    for (name, id) in [("origin", draft.origin), ("exclude", draft.exclude)] {
        if let Some(id) = id {
            // Writing into a `String` cannot fail.
            let _ = write!(text, r#","{name}":"{id}""#);
        }
    }
    if draft.latest {
        text.push_str(r#","latest":true"#);
    }
    if let Some(data) = &draft.data {
        text.push_str(r#","data":"#);
        text.push_str(data);
    }
    text.push('}');
    text
}

/// What tells two events under one idempotency key apart. The same on every node and in every version.
pub(super) fn content(draft: &Draft) -> String {
    let mut hash = Sha256::new();
    for part in [Some(draft.event), draft.sender.as_deref(), draft.data.as_deref()] {
        // With lengths, so that no two events run into the same bytes.
        hash.update(part.map_or(u64::MAX, |part| part.len() as u64).to_be_bytes());
        hash.update(part.unwrap_or_default());
    }
    hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

impl<'a> Envelope<'a> {
    /// Reads an envelope. It goes into frames as it is, so what no broker wrote is refused.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let envelope: Self = serde_json::from_slice(bytes).map_err(|_| Malformed("envelope"))?;
        let named = (1..=128).contains(&envelope.event.len())
            && envelope.event.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        // A line break would end the frame.
        let one_line = envelope.data.is_none_or(|data| !data.get().bytes().any(|byte| matches!(byte, b'\n' | b'\r')));
        if named && one_line { Ok(envelope) } else { Err(Malformed("envelope")) }
    }

    /// Encodes the event for its subscribers.
    pub(super) fn deliverable(&self, channel: &str, cursor: Option<Cursor>, time: u64) -> Result<(Frame, Routing), Malformed> {
        let origin = client(self.origin.as_deref())?;
        let exclude = client(self.exclude.as_deref())?;
        let sender = self.sender.as_deref();
        let latest = self.latest.then(|| Routing::newest_of(&self.event, sender, origin));
        let data = self.data.map(RawValue::get);
        let frame = Frame::encode(FrameParts { channel, event: &self.event, cursor, time, sender, origin, data });
        Ok((frame, Routing { exclude, latest }))
    }
}

fn client(text: Option<&str>) -> Result<Option<ConnectionId>, Malformed> {
    text.map(str::parse).transpose().map_err(|_| Malformed("envelope"))
}

#[cfg(test)]
mod tests {
    use tidewire_schema::History;

    use super::*;

    fn draft() -> Draft {
        Draft {
            event: "message.sent",
            sender: Some("a\"\n".to_owned()),
            origin: Some("c-000000000000000a".parse().unwrap()),
            exclude: Some("c-000000000000000b".parse().unwrap()),
            data: Some(r#"{"text":"hi","n":1.0}"#.to_owned()),
            retention: History::Off,
            latest: true,
            key: None,
        }
    }

    #[test]
    fn an_event_arrives_as_it_was_published() {
        let bare = Draft { sender: None, origin: None, exclude: None, data: None, latest: false, ..draft() };
        let null = Draft { data: Some("null".to_owned()), ..draft() };
        for draft in [draft(), bare, null] {
            let text = seal(&draft);
            let (frame, routing) = Envelope::open(text.as_bytes()).unwrap().deliverable("chat/1", None, 5).unwrap();
            assert_eq!(frame.block(), draft.frame("chat/1", None, 5).block());
            assert_eq!(routing, draft.routing());
            assert!(!text.contains('\n'));
        }
    }

    #[test]
    fn what_no_broker_wrote_is_refused() {
        for text in [
            "",
            "{}",
            "7",
            r#"{"event":""}"#,
            r#"{"event":"a b"}"#,
            r#"{"event":"a","data":{"x":1,}}"#,
            "{\"event\":\"a\",\"data\":{\"x\":\n1}}",
            r#"{"event":"a""#,
            r#"{"event":"a"} x"#,
        ] {
            assert!(Envelope::open(text.as_bytes()).is_err(), "{text}");
        }
        let forged = Envelope::open(br#"{"event":"a","origin":"me"}"#).unwrap();
        assert!(forged.deliverable("chat/1", None, 5).is_err());
    }

    #[test]
    fn contents_differ_where_events_do() {
        let same = Draft { origin: None, latest: false, ..draft() };
        assert_eq!(content(&draft()), content(&same));
        assert_ne!(content(&draft()), content(&Draft { data: None, ..draft() }));
        assert_ne!(content(&draft()), content(&Draft { sender: None, ..draft() }));
    }
}
