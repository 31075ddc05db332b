//! Signing tokens for clients that this service lets in.

use axum::{
    extract::{Request, State},
    response::Response,
};
use serde::Serialize;
use serde_json::Value;
use tidewire_schema::wire::WireCode;

use super::{Refusal, http::json, open::Visitor, send::read_body};
use crate::{connection::parse, realtime::Realtime};

/// How many bytes a body may have, which says little.
const BODY: usize = 1024;

#[derive(Serialize)]
struct Answer<'a> {
    token: &'a str,
    expires: u64,
}

pub(super) async fn auth(State(realtime): State<Realtime>, request: Request) -> Result<Response, Refusal> {
    let shared = realtime.shared();
    let (parts, body) = request.into_parts();
    shared.gate.check_origin(&parts.uri, &parts.headers)?;
    let as_ticket = wants_ticket(&read_body(&parts.headers, body, BODY).await?)?;
    let visitor = Visitor::of(&parts.extensions);
    let token = shared.gate.sign(shared, || visitor.request(&parts, Vec::new()), as_ticket).await?;
    let answer = Answer { token: token.as_str(), expires: token.expires_at() };
    Ok(json(serde_json::to_vec(&answer).expect("text and numbers always serialize"), "no-store"))
}

fn wants_ticket(text: &str) -> Result<bool, Refusal> {
    let bad = |message: String| Refusal::new(WireCode::BadRequest, message);
    if text.trim().is_empty() {
        return Ok(false);
    }
    match parse(text).map_err(|malformed| bad(malformed.to_string()))? {
        Value::Object(members) => match members.get("ticket") {
            None => Ok(false),
            Some(given) => given.as_bool().ok_or_else(|| bad("`ticket` must be `true` or `false`".to_owned())),
        },
        _ => Err(bad("the body is a JSON object, or empty".to_owned())),
    }
}
