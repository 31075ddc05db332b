//! Frames from clients whose stream goes one way.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use http::header;
use serde::Serialize;
use serde_json::Value;
use tidewire_schema::wire::WireCode;

use super::{Refusal, http::json};
use crate::{
    connection::{self, execute, parse},
    identity::SessionKey,
    realtime::Realtime,
    session::Control,
};

/// How many frames one request may hold.
const FRAMES: usize = 256;

#[derive(Serialize)]
struct Answer {
    replies: Vec<Control>,
}

pub(super) async fn send(State(realtime): State<Realtime>, request: Request) -> Result<Response, Refusal> {
    let shared = realtime.shared();
    shared.access.admit()?;
    let text = read_body(request, shared.limits.message_bytes).await?;
    let (key, frames) = read(&text)?;
    drop(text);
    let handle = shared.connections.proven(&key).ok_or_else(|| Refusal::new(WireCode::UnknownSession, "no such session is connected"))?;
    let mut replies = Vec::with_capacity(frames.len());
    for frame in frames {
        let request = connection::Request::read(frame, shared.limits.replay_events);
        replies.push(execute(&realtime, &handle, request).await);
    }
    let answer = serde_json::to_vec(&Answer { replies }).expect("text and numbers always serialize");
    Ok(json(answer, "no-store"))
}

async fn read_body(request: Request, limit: usize) -> Result<String, Refusal> {
    let too_large = || Refusal::new(WireCode::TooLarge, format!("the body has more than {limit} bytes"));
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let body: Body = request.into_body();
    // What breaks off is refused in the same way: nobody is left to read the answer.
    let bytes = to_bytes(body, limit).await.map_err(|_| too_large())?;
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
