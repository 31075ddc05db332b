//! How a request becomes a WebSocket.

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header, request::Parts};
use hyper::upgrade::OnUpgrade;
use tidewire_schema::wire::WireCode;
use tungstenite::handshake::derive_accept_key;

use super::{
    Refusal,
    open::{self, Guest, Visitor},
    opening::read_opening,
    query::{Asker, EventsRequest, Query},
    socket,
};
use crate::{observe::Transport, realtime::Realtime};

/// The sub-protocol of these frames.
const PROTOCOL: &str = "tidewire.v1";
/// What precedes a session key among the sub-protocols. A browser's WebSocket can say nothing in headers but this.
const SESSION_PREFIX: &str = "session.";

pub(super) async fn socket(State(realtime): State<Realtime>, mut request: Request) -> Response {
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    let (parts, _) = request.into_parts();
    accept(&realtime, &parts, upgrade).await.unwrap_or_else(|answer| *answer)
}

/// Everything that can be refused is refused here, as it is for a stream of Server-Sent Events.
async fn accept(realtime: &Realtime, parts: &Parts, upgrade: Option<OnUpgrade>) -> Result<Response, Box<Response>> {
    let refused = |refusal: Refusal| Box::new(refusal.into_response());
    let shared = realtime.shared();
    shared.gate.check_origin(&parts.uri, &parts.headers).map_err(refused)?;
    let query = Query::parse(parts.uri.query()).map_err(refused)?;
    let wanted = EventsRequest::read(&query, &parts.headers, Asker::Socket, &shared.limits).map_err(refused)?;
    let key = handshake(parts)?;
    let upgrade = upgrade.ok_or_else(|| Box::new(not_upgradable("this connection cannot become a WebSocket")))?;
    let opening = read_opening(wanted.opening.as_deref(), &shared.registry).map_err(refused)?;
    let visitor = Visitor::of(&parts.extensions);
    let room = visitor.enter(shared).map_err(refused)?;
    let grant = visitor.admit(shared, parts, || wanted.names()).await.map_err(|rejection| Box::new(rejection.into_response()))?;
    let protocols = protocols(&parts.headers);
    let offers = protocols.contains(&PROTOCOL);
    let given = protocols.iter().find_map(|protocol| protocol.strip_prefix(SESSION_PREFIX));
    let connecting = |id| visitor.connecting(parts, &wanted, (id, &grant, opening));
    let guest = Guest::new(realtime, room, &grant, given, connecting).await.map_err(refused)?;
    let opened = open::open(realtime, &wanted, &visitor, guest, Transport::WebSocket);
    socket::spawn(upgrade, opened, visitor.server.as_ref());

    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, key);
    if offers {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    }
    Ok(response)
}

/// Checks what RFC 6455 asks of the client's handshake, and answers the value that proves that it was understood.
fn handshake(parts: &Parts) -> Result<HeaderValue, Box<Response>> {
    let headers = &parts.headers;
    let upgrades = has_token(headers, &header::CONNECTION, "upgrade") && has_token(headers, &header::UPGRADE, "websocket");
    if parts.version != Version::HTTP_11 || parts.method != Method::GET || !upgrades {
        return Err(Box::new(not_upgradable("this route is for WebSockets")));
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(Box::new(not_upgradable("WebSockets of version 13 are spoken here")));
    }
    let bad_key = || Refusal::new(WireCode::BadRequest, "`Sec-WebSocket-Key` is not one").into_response();
    let mut keys = headers.get_all(header::SEC_WEBSOCKET_KEY).iter();
    let key = keys.next().filter(|key| keys.next().is_none() && is_key(key.as_bytes())).ok_or_else(bad_key)?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(|_| Box::new(bad_key()))
}

fn not_upgradable(message: &str) -> Response {
    let mut response = Refusal::new(WireCode::BadRequest, message).into_response();
    *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    response
}

/// Whether the text is 16 bytes in base64.
fn is_key(text: &[u8]) -> bool {
    let (digits, padding) = text.split_at(text.len().saturating_sub(2));
    digits.len() == 22 && padding == b"==" && digits.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|given| given.trim().eq_ignore_ascii_case(token))
}

fn protocols(headers: &HeaderMap) -> Vec<&str> {
    headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect()
}
