//! Frames from clients whose stream goes one way.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, header};
use serde_json::Value;
use tidewire_schema::wire::WireCode;
use tokio::time::timeout;
use tracing::Instrument as _;

use super::{Refusal, Rejection, http::json, open::Visitor, unavailable};
use crate::{
    connection::{Replies, Unanswered, execute_all, parse},
    identity::SessionKey,
    realtime::Realtime,
};

/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(10);
/// How many frames one request may hold.
const FRAMES: usize = 256;

pub(super) async fn send(State(realtime): State<Realtime>, request: Request) -> Result<Response, Rejection> {
    let shared = realtime.shared();
    let (parts, body) = request.into_parts();
    shared.gate.check_origin(&parts.uri, &parts.headers)?;
    let visitor = Visitor::of(&parts.extensions).connected();
    let grant = visitor.admit(shared, &parts, Vec::new).await?;
    let text = read_body(&parts.headers, body, shared.limits.message_bytes).await?;
    let (key, frames) = read(&text)?;
    drop(text);
    let replies = match shared.connections.proven(&key) {
        // The key proves the connection, and the request itself whose it is: what is done is done under the rights of the connection.
        Some(handle) if !handle.belongs_to(grant.user_id()) => return Err(not_yours().into()),
        Some(handle) => {
            execute_all(&realtime, &handle, frames).instrument(tracing::debug_span!("send", connection = %handle.connection())).await
        }
        None if key.node == shared.hub.node() => return Err(unknown().into()),
        None => elsewhere(&realtime, &key, grant.user_id(), frames).await?,
    };
    Ok(json(format!(r#"{{"replies":{replies}}}"#), "no-store"))
}

fn unknown() -> Refusal {
    Refusal::new(WireCode::UnknownSession, "no such session is connected")
}

fn not_yours() -> Refusal {
    Refusal::new(WireCode::Denied, "the session is not one of this user")
}

/// Has the node do it that the session is connected to.
async fn elsewhere(realtime: &Realtime, key: &SessionKey, user: Option<&str>, frames: Vec<Value>) -> Result<String, Refusal> {
    let publishes = frames.iter().any(|frame| frame["type"] == "publish");
    match realtime.shared().connections.relay().send(realtime, key, user, frames).await {
        Ok(Replies::Done(replies)) => Ok(replies),
        Ok(Replies::Unknown) => Err(unknown()),
        Ok(Replies::NotYours) => Err(not_yours()),
        Err(Unanswered::NotAsked(error)) => Err(unavailable(&error)),
        // It may have done it all, and only the answer is lost.
        Err(Unanswered::Silence) if publishes => {
            Err(Refusal::new(WireCode::UnknownOutcome, "the node of the session did not answer; repeat the request with the same keys"))
        }
        Err(Unanswered::Silence) => Err(Refusal::new(WireCode::BrokerUnavailable, "the node of the session did not answer")),
    }
}

pub(super) async fn read_body(headers: &HeaderMap, body: Body, limit: usize) -> Result<String, Refusal> {
    let too_large = || Refusal::new(WireCode::TooLarge, format!("the body has more than {limit} bytes"));
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    // What breaks off is refused in the same way: nobody is left to read the answer.
    let Ok(read) = timeout(BODY_PATIENCE, to_bytes(body, limit)).await else {
        return Err(Refusal::new(WireCode::BadRequest, "the body took too long to arrive"));
    };
    let bytes = read.map_err(|_| too_large())?;
    String::from_utf8(bytes.into()).map_err(|_| Refusal::new(WireCode::BadRequest, "the body is not UTF-8"))
}

fn read(text: &str) -> Result<(SessionKey, Vec<Value>), Refusal> {
    let bad = |message: String| Refusal::new(WireCode::BadRequest, message);
    let Value::Object(mut members) = parse(text).map_err(|malformed| bad(malformed.to_string()))? else {
        return Err(bad("the body is a JSON object with `session` and `frames`".to_owned()));
    };
    let key = members.get("session").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let key = key.ok_or_else(|| bad("`session` is not what a `welcome` said".to_owned()))?;
    match members.remove("frames") {
        Some(Value::Array(frames)) if frames.len() <= FRAMES => Ok((key, frames)),
        Some(Value::Array(frames)) => Err(bad(format!("{} frames are sent at once, the limit is {FRAMES}", frames.len()))),
        _ => Err(bad("`frames` is a list of frames".to_owned())),
    }
}
