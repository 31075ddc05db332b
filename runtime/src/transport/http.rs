//! The HTTP routes.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, Method, header};
use serde::Serialize;
use tidewire_schema::wire::WireCode;

use super::{
    Refusal,
    body::{BodyOutlet, EventBody},
    excerpt,
    query::{EventsRequest, HistoryRequest, Query, is_event_source},
    sse::{Ids, SseWriter},
};
use crate::{
    channel::{Gap, HistoryPart, read_history},
    contract::{Known, Unresolved},
    cursor::Cursor,
    error::BrokerError,
    hub::Membership,
    realtime::{Realtime, Shared},
    serve::Lifeline,
    session::{Beginning, Control, Session, SessionLimits},
};

/// The routes of a service.
pub(crate) fn router<S>(realtime: Realtime) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    Router::new()
        .route("/events", get(events))
        .route("/history", get(history))
        .route("/contract.json", get(contract))
        .method_not_allowed_fallback(async || Refusal::new(WireCode::MethodNotAllowed, "this route is for GET"))
        .fallback(async || {
            Refusal::new(WireCode::NotFound, "there is no such route here")
                .hint("the routes are `/events`, `/history` and `/contract.json`")
        })
        .with_state(realtime)
}

async fn events(State(realtime): State<Realtime>, request: Request) -> Response {
    let server = request.extensions().get::<Lifeline>().cloned();
    let head = request.method() == Method::HEAD;
    let query = match realtime.shared().access.admit().and_then(|()| Query::parse(request.uri().query())) {
        Ok(query) => query,
        Err(refusal) => return refusal.into_response(),
    };
    let headers = request.headers();
    match open(&realtime, server, &query, headers, head).await {
        Ok(body) => event_stream(body),
        // A browser's `EventSource` takes any answer but a stream for the end of all attempts.
        Err(refusal) if refusal.is_passing() && is_event_source(&query, headers) => excuse(realtime.shared(), &refusal),
        Err(refusal) => refusal.into_response(),
    }
}

/// Opens a stream: everything that can be refused is refused here, before the first byte.
async fn open(realtime: &Realtime, server: Option<Lifeline>, query: &Query, headers: &HeaderMap, head: bool) -> Result<Body, Refusal> {
    let shared = realtime.shared();
    let request = EventsRequest::read(query, headers, shared.limits.channels_per_stream)?;
    let channels = request.channels.iter().map(|(name, beginning)| Ok((name.as_str(), resolve(shared, name)?, *beginning)));
    let channels: Vec<(&str, &Known, Beginning)> = channels.collect::<Result<_, Refusal>>()?;
    if shared.roster.is_closing() || server.as_ref().is_some_and(Lifeline::is_cut) {
        return Err(Refusal::new(WireCode::ShuttingDown, "this server is about to stop"));
    }
    if head {
        return Ok(Body::empty());
    }
    if let Some(contract) = request.contract.filter(|contract| contract != shared.registry.hash()) {
        tracing::debug!(client = excerpt(&contract), server = shared.registry.hash(), "a client was generated from another contract");
    }
    let connection: Arc<str> = format!("c-{:016x}", rand::random::<u64>()).into();
    let outlet = Arc::new(BodyOutlet::default());
    let seat = shared.roster.sit(outlet.clone(), server.as_ref().map_or(0, Lifeline::id));
    if let Some(server) = &server {
        server.hold(&shared.roster);
    }
    // Asked again now that the seat is on the list: the end may have come between the two.
    if shared.roster.is_closing() || server.as_ref().is_some_and(Lifeline::is_cut) {
        seat.leave();
    }
    let mut members: Vec<(Membership, Beginning)> = Vec::with_capacity(channels.len());
    for (name, known, beginning) in channels {
        members.push((shared.hub.join(name, known.retention, outlet.clone()), beginning));
    }
    for (member, _) in &members {
        shared.in_time(Box::pin(member.open())).await.map_err(|error| unavailable(&error))?;
    }
    tracing::debug!(%connection, channels = members.len(), resuming = members.iter().any(|(_, beginning)| *beginning != Beginning::Fresh), "stream opened");
    let writer = SseWriter::new(ids(request.ids, &members), jitter(shared.limits.retry));
    let limits = SessionLimits { replay_events: shared.limits.replay_events, page_bytes: shared.limits.page_bytes };
    let session = Session::open(welcome(shared, &connection), members, limits);
    Ok(Body::new(EventBody::new(realtime.clone(), session, writer, seat, outlet, connection)))
}

fn ids(wanted: bool, members: &[(Membership, Beginning)]) -> Ids {
    match members {
        _ if !wanted => Ids::None,
        [_] => Ids::One,
        _ => Ids::All(
            members
                .iter()
                .map(|(member, beginning)| {
                    let cursor = if let Beginning::After(cursor) = beginning { Some(*cursor) } else { None };
                    (member.channel().clone(), cursor)
                })
                .collect(),
        ),
    }
}

fn welcome(shared: &Shared, connection: &str) -> Control {
    Control::welcome(connection.to_owned(), shared.registry.hash().into(), shared.limits.heartbeat)
}

/// Half to one and a half of what was asked for, so that clients that lost the same server do not come back together.
fn jitter(retry: std::time::Duration) -> std::time::Duration {
    retry.mul_f64(rand::random_range(0.5..1.5))
}

/// A stream that only says why there is none, and ends.
fn excuse(shared: &Shared, refusal: &Refusal) -> Response {
    let mut session = Session::open(welcome(shared, "c-none"), Vec::new(), SessionLimits { replay_events: 1, page_bytes: 1 });
    session.fail(refusal.code(), refusal.message());
    let mut writer = SseWriter::new(Ids::None, jitter(shared.limits.retry));
    session.pull(&mut writer, 1);
    event_stream(Body::from(writer.take().unwrap_or_default()))
}

fn event_stream(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

async fn history(State(realtime): State<Realtime>, request: Request) -> Result<Response, Refusal> {
    let shared = realtime.shared();
    shared.access.admit()?;
    let query = Query::parse(request.uri().query())?;
    let HistoryRequest { channel, history } = HistoryRequest::read(&query, shared.limits.page_events)?;
    resolve(shared, &channel)?;
    let part = read_history(&shared.publisher, &channel, history).await.map_err(|error| unavailable(&error))?;
    Ok(json(page_json(&part), "no-store"))
}

/// What stands behind the events of a page.
#[derive(Serialize)]
struct PageEnd<'a> {
    cursor: &'a Cursor,
    // So that a client knows which live events an empty page covers.
    number: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<&'a Gap>,
}

/// Puts a page together from frames that are JSON already.
fn page_json(part: &HistoryPart) -> Vec<u8> {
    let end = PageEnd { cursor: &part.cursor, number: part.cursor.number(), gap: part.gap.as_ref() };
    let end = serde_json::to_vec(&end).expect("text and numbers always serialize");
    let mut json = Vec::with_capacity(part.entries.iter().map(|entry| entry.frame.size()).sum::<usize>() + end.len() + 16);
    json.extend_from_slice(br#"{"events":["#);
    for (at, entry) in part.entries.iter().enumerate() {
        if at > 0 {
            json.push(b',');
        }
        json.extend_from_slice(entry.frame.json());
    }
    json.extend_from_slice(b"],");
    // The object's members, without its opening brace.
    json.extend_from_slice(&end[1..]);
    json
}

async fn contract(State(realtime): State<Realtime>) -> Result<Response, Refusal> {
    realtime.shared().access.admit()?;
    Ok(json(realtime.shared().registry.json(), "no-cache"))
}

fn json(body: impl Into<Body>, cache: &'static str) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

fn resolve<'a>(shared: &'a Shared, channel: &str) -> Result<&'a Known, Refusal> {
    shared.registry.resolve(channel).map_err(|unresolved| match unresolved {
        Unresolved::Invalid(message) => Refusal::new(WireCode::InvalidChannel, message),
        Unresolved::Unknown(suggestion) => {
            let refusal = Refusal::new(WireCode::UnknownChannel, format!("there is no channel `{channel}`"));
            match suggestion {
                Some(name) => refusal.hint(format!("did you mean `{name}`?")),
                None => refusal,
            }
        }
    })
}

fn unavailable(error: &BrokerError) -> Refusal {
    tracing::warn!(cause = error.source_text(), "the broker did not answer");
    Refusal::new(error.reading_code(), error.to_string())
}
