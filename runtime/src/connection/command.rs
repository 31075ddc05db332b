//! What a client asks for, read from one frame.

use std::fmt;

use serde_json::{Map, Value};
use tidewire_schema::wire::WireCode;

use super::{
    calls::Replied,
    live::{Begin, Looking},
    presence::{Act, Presenting},
};
use crate::{
    cursor::Cursor,
    session::{Beginning, Filter},
    transport::{Refusal, event_filter, excerpt},
};

/// A frame from a client.
#[derive(Debug)]
pub(crate) struct Request {
    /// Repeated in the answer.
    pub(crate) reference: Option<u64>,
    pub(crate) command: Result<Command, Unusable>,
}

/// A frame that nobody can act on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unusable {
    /// The channel that it would have subscribed to: the answer is then about the channel.
    pub(crate) channel: Option<String>,
    pub(crate) refusal: Refusal,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Subscribe {
        channel: String,
        beginning: Beginning,
        filter: Filter,
        presence: bool,
    },
    Unsubscribe {
        channel: String,
    },
    Publish(Publish),
    Pong,
    /// Brings a newer token.
    Auth {
        token: Bearer,
    },
    Call {
        call: String,
        data: Option<Value>,
    },
    Reply {
        id: String,
        reply: Replied,
    },
    Presence(Presenting),
    Live(Looking),
}

/// A token that nobody has looked at. Logs never see it.
#[derive(PartialEq, Eq)]
pub(crate) struct Bearer(pub(super) String);

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer")
    }
}

/// An event that a client wants to publish. Its names have the right characters and its key the right length; nothing else is known.
#[derive(Debug, PartialEq)]
pub(crate) struct Publish {
    pub(crate) channel: String,
    pub(crate) event: String,
    pub(crate) data: Option<Value>,
    pub(crate) key: Option<String>,
    pub(crate) exclude_self: bool,
}

/// References are numbers that JavaScript can count to.
const MAX_REFERENCE: u64 = (1 << 53) - 1;

impl Request {
    /// Reads a frame. Members that are not known are ignored.
    pub(crate) fn read(frame: Value, most_last: usize) -> Self {
        let Value::Object(mut members) = frame else {
            return Self { reference: None, command: Err(unusable("a frame is a JSON object")) };
        };
        let reference = match members.get("ref") {
            None | Some(Value::Null) => None,
            Some(given) => match given.as_u64().filter(|number| (1..=MAX_REFERENCE).contains(number)) {
                Some(number) => Some(number),
                None => return Self { reference: None, command: Err(unusable("`ref` must be a whole number from 1 to 2^53 - 1")) },
            },
        };
        Self { reference, command: command(&mut members, most_last) }
    }
}

fn command(members: &mut Map<String, Value>, most_last: usize) -> Result<Command, Unusable> {
    match members.get("type").and_then(Value::as_str) {
        Some("subscribe") => {
            let channel = text(members, "channel")?;
            match (beginning(members, most_last), filter(members), flag(members, "presence")) {
                (Ok(beginning), Ok(filter), Ok(presence)) => Ok(Command::Subscribe { channel, beginning, filter, presence }),
                (Err(refusal), _, _) | (_, Err(refusal), _) | (_, _, Err(refusal)) => Err(Unusable { channel: Some(channel), refusal }),
            }
        }
        Some("unsubscribe") => Ok(Command::Unsubscribe { channel: text(members, "channel")? }),
        Some("publish") => Ok(Command::Publish(Publish {
            channel: text(members, "channel")?,
            event: text(members, "event")?,
            data: members.remove("data"),
            key: optional_text(members, "key")?,
            exclude_self: match members.get("excludeSelf") {
                None => false,
                Some(given) => given.as_bool().ok_or_else(|| unusable("`excludeSelf` must be `true` or `false`"))?,
            },
        })),
        Some("pong") => Ok(Command::Pong),
        Some("auth") => Ok(Command::Auth { token: Bearer(text(members, "token")?) }),
        Some("call") => Ok(Command::Call { call: text(members, "call")?, data: members.remove("data") }),
        Some("reply") => Ok(Command::Reply { id: text(members, "id")?, reply: reply(members)? }),
        Some("presence") => Ok(Command::Presence(presenting(members)?)),
        Some("live") => Ok(Command::Live(looking(members)?)),
        Some(other) => Err(unusable(format!("frames of the type {} are not known here", excerpt(other)))),
        None => Err(unusable("a frame has a `type`, which is a text")),
    }
}

/// What a client answers: data, nothing, or why not.
fn reply(members: &mut Map<String, Value>) -> Result<Replied, Unusable> {
    match members.remove("error") {
        None => Ok(Replied::Data(members.remove("data"))),
        Some(_) if members.contains_key("data") => Err(unusable("a reply has `data` or an `error`, not both")),
        Some(Value::Object(mut error)) => Ok(Replied::Error(text(&mut error, "message")?)),
        Some(_) => Err(unusable("`error` must be an object with a `message`")),
    }
}

fn beginning(members: &Map<String, Value>, most_last: usize) -> Result<Beginning, Refusal> {
    let after =
        match members.get("after") {
            None | Some(Value::Null) => None,
            Some(given) => {
                let cursor: Option<Cursor> = given.as_str().and_then(|text| text.parse().ok());
                Some(cursor.ok_or_else(|| {
                    Refusal::new(WireCode::MalformedCursor, "`after` is not a cursor that this server could have handed out")
                })?)
            }
        };
    let last = match members.get("last") {
        None | Some(Value::Null) => None,
        Some(given) => {
            let count = given.as_u64().and_then(|count| usize::try_from(count).ok()).filter(|count| (1..=most_last).contains(count));
            Some(count.ok_or_else(|| Refusal::new(WireCode::BadRequest, format!("`last` must be a number from 1 to {most_last}")))?)
        }
    };
    Ok(match (after, last) {
        (Some(cursor), _) => Beginning::After(cursor),
        (None, Some(count)) => Beginning::Last(count),
        (None, None) => Beginning::Fresh,
    })
}

fn filter(members: &Map<String, Value>) -> Result<Filter, Refusal> {
    let Some(events) = members.get("events").filter(|events| !events.is_null()) else { return Ok(Filter::default()) };
    let names: Option<Vec<&str>> = events.as_array().and_then(|events| events.iter().map(Value::as_str).collect());
    event_filter(&names.ok_or_else(|| Refusal::new(WireCode::BadRequest, "`events` must be a list of names"))?)
}

fn presenting(members: &mut Map<String, Value>) -> Result<Presenting, Unusable> {
    let channel = text(members, "channel")?;
    let refresh = flag(members, "refresh").map_err(|refusal| Unusable { channel: None, refusal })?;
    let act = match (members.remove("state"), refresh) {
        (None, true) => Act::Refresh,
        (Some(Value::Null), false) => Act::Leave,
        (Some(state), false) => Act::Appear(state),
        (None, false) => return Err(unusable("`state` is missing; `null` leaves")),
        (Some(_), true) => return Err(unusable("`state` and `refresh` exclude each other")),
    };
    Ok(Presenting { channel, act })
}

fn looking(members: &mut Map<String, Value>) -> Result<Looking, Unusable> {
    let wants = |name: &str| flag(members, name).map_err(|refusal| Unusable { channel: None, refusal });
    let (reload, end) = (wants("reload")?, wants("end")?);
    let (query, key) = (optional_text(members, "query")?, optional_text(members, "key")?);
    match (query, key, reload, end) {
        (Some(query), None, false, false) => Ok(Looking::Begin(Begin {
            query,
            channel: text(members, "channel")?,
            params: members.remove("params"),
            version: optional_text(members, "version")?,
        })),
        (None, Some(key), true, false) => Ok(Looking::Reload(key)),
        (None, Some(key), false, true) => Ok(Looking::End(key)),
        _ => Err(unusable("a live query begins with `query`, and `key` comes with either `reload` or `end`")),
    }
}

fn flag(members: &Map<String, Value>, name: &str) -> Result<bool, Refusal> {
    match members.get(name) {
        None => Ok(false),
        Some(given) => given.as_bool().ok_or_else(|| Refusal::new(WireCode::BadRequest, format!("`{name}` must be `true` or `false`"))),
    }
}

fn text(members: &mut Map<String, Value>, name: &str) -> Result<String, Unusable> {
    optional_text(members, name)?.ok_or_else(|| unusable(format!("`{name}` is missing")))
}

fn optional_text(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Unusable> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(unusable(format!("`{name}` must be a text"))),
    }
}

fn unusable(message: impl Into<String>) -> Unusable {
    Unusable { channel: None, refusal: Refusal::new(WireCode::BadRequest, message) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(frame: Value) -> Request {
        Request::read(frame, 1000)
    }

    fn code(frame: Value) -> WireCode {
        read(frame).command.unwrap_err().refusal.code()
    }

    #[test]
    fn frames_are_read() {
        let subscribe = read(json!({ "type": "subscribe", "ref": 1, "channel": "a", "last": 50, "events": ["x"], "later": true }));
        assert_eq!(subscribe.reference, Some(1));
        let expected =
            Command::Subscribe { channel: "a".into(), beginning: Beginning::Last(50), filter: Filter::only(["x"]), presence: false };
        assert_eq!(subscribe.command, Ok(expected));
        let cursor = "0000000000000001.2.3-4";
        let resume = read(json!({ "type": "subscribe", "channel": "a", "after": cursor, "last": 50 }));
        let expected = Command::Subscribe {
            channel: "a".into(),
            beginning: Beginning::After(cursor.parse().unwrap()),
            filter: Filter::default(),
            presence: false,
        };
        assert_eq!(resume.command, Ok(expected), "who has a cursor needs no beginning");
        assert_eq!(read(json!({ "type": "unsubscribe", "channel": "a" })).command, Ok(Command::Unsubscribe { channel: "a".into() }));
        let publish = read(json!({ "type": "publish", "channel": "a", "event": "e", "data": null, "key": "k", "excludeSelf": true }));
        let expected =
            Publish { channel: "a".into(), event: "e".into(), data: Some(Value::Null), key: Some("k".into()), exclude_self: true };
        assert_eq!(publish.command, Ok(Command::Publish(expected)), "a payload that is null is a payload");
        assert_eq!(read(json!({ "type": "pong" })).command, Ok(Command::Pong));
        let begin = |params, version: Option<&str>| {
            Looking::Begin(Begin { query: "q".into(), channel: "a".into(), params, version: version.map(str::to_owned) })
        };
        for (frame, looking) in [
            (json!({ "type": "live", "query": "q", "channel": "a" }), begin(None, None)),
            (json!({ "type": "live", "query": "q", "channel": "a", "params": [], "version": "v" }), begin(Some(json!([])), Some("v"))),
            (json!({ "type": "live", "key": "k", "reload": true }), Looking::Reload("k".into())),
            (json!({ "type": "live", "key": "k", "end": true, "reload": false }), Looking::End("k".into())),
        ] {
            assert_eq!(read(frame).command, Ok(Command::Live(looking)));
        }
        for (frame, act) in [
            (json!({ "type": "presence", "channel": "a", "state": { "x": 1 } }), Act::Appear(json!({ "x": 1 }))),
            (json!({ "type": "presence", "channel": "a", "state": null }), Act::Leave),
            (json!({ "type": "presence", "channel": "a", "refresh": true }), Act::Refresh),
        ] {
            assert_eq!(read(frame).command, Ok(Command::Presence(Presenting { channel: "a".into(), act })));
        }
    }

    #[test]
    fn odd_frames_have_a_code() {
        for frame in [
            json!([]),
            json!("subscribe"),
            json!({}),
            json!({ "type": 1 }),
            json!({ "type": "dance" }),
            json!({ "type": "subscribe" }),
            json!({ "type": "subscribe", "channel": 1 }),
            json!({ "type": "subscribe", "channel": "a", "last": 0 }),
            json!({ "type": "subscribe", "channel": "a", "last": 1001 }),
            json!({ "type": "subscribe", "channel": "a", "last": 1.5 }),
            json!({ "type": "subscribe", "channel": "a", "events": "x" }),
            json!({ "type": "subscribe", "channel": "a", "events": [1] }),
            json!({ "type": "subscribe", "channel": "a", "events": ["a b"] }),
            json!({ "type": "subscribe", "channel": "a", "events": [] }),
            json!({ "type": "subscribe", "channel": "a", "events": vec!["x"; 1000] }),
            json!({ "type": "publish", "channel": "a" }),
            json!({ "type": "publish", "channel": "a", "event": "e", "key": 1 }),
            json!({ "type": "publish", "channel": "a", "event": "e", "excludeSelf": "yes" }),
            json!({ "type": "subscribe", "channel": "a", "presence": 1 }),
            json!({ "type": "presence", "state": {} }),
            json!({ "type": "presence", "channel": "a" }),
            json!({ "type": "presence", "channel": "a", "refresh": false }),
            json!({ "type": "presence", "channel": "a", "refresh": 1 }),
            json!({ "type": "presence", "channel": "a", "refresh": true, "state": {} }),
            json!({ "type": "live" }),
            json!({ "type": "live", "query": "a" }),
            json!({ "type": "live", "query": 1, "channel": "a" }),
            json!({ "type": "live", "query": "a", "channel": "a", "key": "k" }),
            json!({ "type": "live", "query": "a", "channel": "a", "end": true }),
            json!({ "type": "live", "query": "a", "channel": "a", "version": 1 }),
            json!({ "type": "live", "key": "k" }),
            json!({ "type": "live", "key": "k", "end": 1 }),
            json!({ "type": "live", "key": "k", "end": true, "reload": true }),
            json!({ "type": "live", "key": ["k"], "end": true }),
            json!({ "type": "pong", "ref": 0 }),
            json!({ "type": "pong", "ref": -1 }),
            json!({ "type": "pong", "ref": 9_007_199_254_740_992_u64 }),
            json!({ "type": "pong", "ref": "1" }),
        ] {
            assert_eq!(code(frame.clone()), WireCode::BadRequest, "{frame:.80}");
        }
        for cursor in [json!("x"), json!(1), json!("0000000000000001.2.3-4 ")] {
            assert_eq!(code(json!({ "type": "subscribe", "channel": "a", "after": cursor })), WireCode::MalformedCursor);
        }
        let denied = read(json!({ "type": "subscribe", "ref": 7, "channel": "a", "after": "x" }));
        assert_eq!((denied.reference, denied.command.unwrap_err().channel.as_deref()), (Some(7), Some("a")));
    }
}
