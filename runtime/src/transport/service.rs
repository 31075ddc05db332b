//! The routes for other services.

use axum::{
    extract::{Request, State},
    response::Response,
};
use http::request::Parts;
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Duration;
use tidewire_schema::wire::WireCode;

use super::{Refusal, http::json, send::read_body};
use crate::{
    access::{Revocation, RevokeError},
    channel::{PublishOptions, Published},
    connection::parse,
    error::{ChannelError, PublishError},
    realtime::Realtime,
    session::{AckReceipt, ErrorBody},
};

/// How many events one request may hold.
const EVENTS: usize = 256;
/// How many revocations.
const REVOCATIONS: usize = 4096;
/// The longest name of a sender, in bytes: it travels with the event.
const SENDER_BYTES: usize = 256;

pub(super) async fn publish(State(realtime): State<Realtime>, request: Request) -> Result<Response, Refusal> {
    let mut members = admit(&realtime, request).await?;
    let Some(events) = list(&mut members, "events", EVENTS)? else {
        let Wanted { channel, event, data, options } = Wanted::read(members)?;
        let published = realtime.publish_dynamic(&channel, &event, data, options).await.map_err(|error| not_published(&error))?;
        return Ok(answer(&receipt(published)));
    };
    let mut batch = realtime.batch();
    let mut receipts: Vec<Option<Receipt>> = Vec::with_capacity(events.len());
    for event in events {
        match Wanted::read(event) {
            Ok(Wanted { channel, event, data, options }) => {
                batch.add_dynamic(&channel, &event, data, options);
                receipts.push(None);
            }
            Err(refusal) => receipts.push(Some(Receipt::Refused { error: refusal.into_body() })),
        }
    }
    let mut published = batch.publish().await.into_iter();
    let receipts: Vec<Receipt> = receipts
        .into_iter()
        .filter_map(|refused| {
            refused.or_else(|| {
                published.next().map(|outcome| match outcome {
                    Ok(published) => Receipt::Published(receipt(published)),
                    Err(error) => Receipt::Refused { error: not_published(&error).into_body() },
                })
            })
        })
        .collect();
    Ok(answer(&Receipts { receipts }))
}

pub(super) async fn revoke(State(realtime): State<Realtime>, request: Request) -> Result<Response, Refusal> {
    let given = revocations(admit(&realtime, request).await?)?;
    let revoked = given.len();
    realtime.revoke_batch(given).await.map_err(|error| not_revoked(&error))?;
    Ok(answer(&Revoked { revoked }))
}

pub(super) async fn restore(State(realtime): State<Realtime>, request: Request) -> Result<Response, Refusal> {
    let given = revocations(admit(&realtime, request).await?)?;
    let restored = realtime.restore_batch(given).await.map_err(|error| not_revoked(&error))?;
    Ok(answer(&Restored { restored }))
}

#[derive(Serialize)]
struct Receipts {
    receipts: Vec<Receipt>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Receipt {
    Published(AckReceipt),
    Refused { error: ErrorBody },
}

#[derive(Serialize)]
struct Revoked {
    revoked: usize,
}

#[derive(Serialize)]
struct Restored {
    restored: usize,
}

/// Lets another service in, and reads what it sends: nothing of that before the key was seen.
async fn admit(realtime: &Realtime, request: Request) -> Result<Map<String, Value>, Refusal> {
    let (Parts { headers, .. }, body) = request.into_parts();
    let shared = realtime.shared();
    shared.gate.admit_service(&headers)?;
    let text = read_body(&headers, body, shared.limits.service_bytes).await?;
    match parse(&text).map_err(|malformed| bad(malformed.to_string()))? {
        Value::Object(members) => Ok(members),
        _ => Err(bad("the body is a JSON object")),
    }
}

/// An event as a service asks for it.
struct Wanted {
    channel: String,
    event: String,
    data: Option<Value>,
    options: PublishOptions,
}

impl Wanted {
    fn read(mut members: Map<String, Value>) -> Result<Self, Refusal> {
        let mut options = PublishOptions::new();
        if let Some(sender) = text(&mut members, "sender")? {
            if sender.is_empty() || sender.len() > SENDER_BYTES || sender.contains(char::is_control) {
                return Err(bad(format!("`sender` has 1 to {SENDER_BYTES} bytes and no control characters")));
            }
            options = options.sender(sender);
        }
        if let Some(exclude) = text(&mut members, "exclude")? {
            options = options.exclude(exclude.parse().map_err(|_| bad("`exclude` is not the id of a connection"))?);
        }
        if let Some(key) = text(&mut members, "key")? {
            options = options.key(key);
        }
        let mut named = |name: &str| text(&mut members, name)?.ok_or_else(|| bad(format!("`{name}` is missing")));
        let (channel, event) = (named("channel")?, named("event")?);
        Ok(Self { channel, event, data: members.remove("data"), options })
    }
}

fn revocations(mut members: Map<String, Value>) -> Result<Vec<Revocation>, Refusal> {
    match list(&mut members, "revocations", REVOCATIONS)? {
        None => Ok(vec![revocation(members)?]),
        Some(all) => all.into_iter().map(revocation).collect(),
    }
}

fn revocation(mut members: Map<String, Value>) -> Result<Revocation, Refusal> {
    let revocation = match (text(&mut members, "user")?, text(&mut members, "channel")?) {
        (Some(user), Some(channel)) => Revocation::of(user).on_name(channel),
        (Some(user), None) => Revocation::of(user),
        (None, Some(channel)) => Revocation::everybody_on_name(channel),
        (None, None) => return Err(bad("name a `user`, a `channel`, or both")),
    };
    match members.get("seconds") {
        None | Some(Value::Null) => Ok(revocation),
        Some(seconds) => {
            let seconds = seconds.as_u64().ok_or_else(|| bad("`seconds` must be a whole number"))?;
            Ok(revocation.for_duration(Duration::from_secs(seconds)))
        }
    }
}

/// A list of objects, if there is one of this name.
fn list(members: &mut Map<String, Value>, name: &str, most: usize) -> Result<Option<Vec<Map<String, Value>>>, Refusal> {
    let given = match members.remove(name) {
        None => return Ok(None),
        Some(Value::Array(given)) if given.len() <= most => given,
        Some(Value::Array(given)) => return Err(bad(format!("`{name}` has {} entries, the limit is {most}", given.len()))),
        Some(_) => return Err(bad(format!("`{name}` is a list"))),
    };
    let objects = given.into_iter().map(|entry| if let Value::Object(members) = entry { Some(members) } else { None });
    objects.collect::<Option<_>>().map(Some).ok_or_else(|| bad(format!("`{name}` is a list of objects")))
}

fn text(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Refusal> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad(format!("`{name}` must be a text"))),
    }
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(WireCode::BadRequest, message)
}

/// An error as another service sees it: its code and its words, never those of a store.
fn not_published(error: &PublishError) -> Refusal {
    let refusal = Refusal::new(error.code(), error.to_string());
    match error {
        PublishError::Channel(cause) => hinted(refusal, cause),
        _ => refusal,
    }
}

fn not_revoked(error: &RevokeError) -> Refusal {
    let refusal = Refusal::new(error.code(), error.to_string());
    match error {
        RevokeError::Channel(cause) => hinted(refusal, cause),
        _ => refusal,
    }
}

fn hinted(refusal: Refusal, cause: &ChannelError) -> Refusal {
    match cause {
        ChannelError::NoSuchName { suggestion: Some(name), .. } => refusal.hint(format!("did you mean `{name}`?")),
        _ => refusal,
    }
}

fn receipt(published: Published) -> AckReceipt {
    let Published { id, number, time, duplicate } = published;
    let time = u64::try_from(time.timestamp_millis()).unwrap_or_default();
    AckReceipt { id, number, time, stored: id.is_some(), duplicate }
}

fn answer(body: &impl Serialize) -> Response {
    json(serde_json::to_vec(body).expect("text and numbers always serialize"), "no-store")
}
