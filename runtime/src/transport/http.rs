//! The HTTP routes.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, Method, header, request::Parts};
use serde::Serialize;
use tidewire_schema::wire::WireCode;

use super::{
    Frame, Refusal, Rejection,
    answer::Answer,
    auth,
    body::{EventBody, EventStream},
    open::{self, Guest, Visitor, given_session},
    opening::read_opening,
    query::{Asker, EventsRequest, HistoryRequest, Query, is_event_source},
    roster, send, service,
    sse::{Ids, SseFormat},
    upgrade,
};
use crate::{
    channel::{Gap, HistoryPart, read_history},
    contract::{Known, Unresolved},
    cursor::Cursor,
    error::BrokerError,
    middleware::{Fitted, Start, Tailor, Who},
    observe::{self, Transport},
    plugin::Carried,
    realtime::{Realtime, Shared},
    session::{Beginning, GrantFrame, Session, SessionLimits},
    workers::Batch,
};

/// How many events of a page hooks look at before others have their turn.
const HOOKED_AT_ONCE: usize = 64;

/// The routes of a service.
pub(crate) fn router<S>(realtime: Realtime) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let carried = Arc::new(Carried::new(&realtime.shared().plugins));
    // It goes with the route, and the route with the router.
    let of_contract = async move |State(realtime): State<Realtime>| {
        let _carried = &carried;
        contract(&realtime)
    };
    Router::new()
        .route("/events", get(events).fallback(only_get))
        .route("/socket", get(upgrade::socket).fallback(only_get))
        .route("/send", post(send::send).fallback(only_post))
        .route("/publish", post(service::publish).fallback(only_post))
        .route("/revoke", post(service::revoke).fallback(only_post))
        .route("/restore", post(service::restore).fallback(only_post))
        .route("/history", get(history).fallback(only_get))
        .route("/presence", get(roster::roster).fallback(only_get))
        .route("/auth", post(auth::auth).fallback(only_post))
        .route("/contract.json", get(of_contract).fallback(only_get))
        .fallback(async || {
            Refusal::new(WireCode::NotFound, "there is no such route here")
                .hint("the routes are `/events`, `/socket`, `/send`, `/history`, `/presence`, `/auth`, `/contract.json`, and `/publish`, `/revoke` and `/restore` for other services")
        })
        .with_state(realtime)
}

async fn only_get() -> Response {
    wrong_method("this route is for GET", "GET, HEAD")
}

async fn only_post() -> Response {
    wrong_method("this route is for POST", "POST")
}

fn wrong_method(message: &str, allow: &'static str) -> Response {
    let mut response = Refusal::new(WireCode::MethodNotAllowed, message).into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

async fn events(State(realtime): State<Realtime>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let checked = realtime.shared().gate.check_origin(&parts.uri, &parts.headers);
    let query = match checked.and_then(|()| Query::parse(parts.uri.query())) {
        Ok(query) => query,
        Err(refusal) => return refusal.into_response(),
    };
    match open_stream(&realtime, &query, &parts).await {
        Ok(response) => response,
        // A browser's `EventSource` takes any answer but a stream for the end of all attempts.
        Err(Rejection::Refused(refusal)) if refusal.is_passing() && is_event_source(&query, &parts.headers) => {
            excuse(realtime.shared(), &refusal)
        }
        Err(rejection) => rejection.into_response(),
    }
}

/// Opens a stream: everything that can be refused is refused here, before the first byte.
async fn open_stream(realtime: &Realtime, query: &Query, parts: &Parts) -> Result<Response, Rejection> {
    let (shared, visitor) = (realtime.shared(), Visitor::of(&parts.extensions));
    let request = EventsRequest::read(query, &parts.headers, Asker::Stream, &shared.limits)?;
    if request.ids {
        request.channels.iter().try_for_each(|(name, _)| resolve(shared, name).map(drop))?;
    }
    let opening = read_opening(request.opening.as_deref(), &shared.registry)?;
    let room = visitor.enter(shared)?;
    let grant = visitor.admit(shared, parts, || request.names()).await?;
    if parts.method == Method::HEAD {
        // Not `Body::empty()`, of which everybody knows the length: that of a stream is not known, and not nothing.
        return Ok(event_stream(Body::from_stream(stream::empty::<Result<Bytes, Infallible>>())));
    }
    let connecting = |id| visitor.connecting(parts, &request, (id, &grant, opening));
    let guest = Guest::new(realtime, room, &grant, given_session(&parts.headers), connecting).await?;
    let opened = if request.ids {
        open::open_with_ids(realtime, &request, &visitor, guest).await?
    } else {
        open::open(realtime, &request, &visitor, guest, Transport::EventStream)
    };
    let format = SseFormat::new(ids(&request), jitter(shared.limits.retry));
    let (body, handover) = EventBody::new(EventStream::new(opened, format));
    let mut response = event_stream(Body::new(body));
    response.extensions_mut().insert(handover);
    Ok(response)
}

fn ids(request: &EventsRequest) -> Ids {
    match &request.channels[..] {
        _ if !request.ids => Ids::None,
        [_] => Ids::One,
        channels => Ids::All(
            channels
                .iter()
                .map(|(name, beginning)| {
                    let cursor = if let Beginning::After(cursor) = beginning { Some(*cursor) } else { None };
                    (name.as_str().into(), cursor)
                })
                .collect(),
        ),
    }
}

/// Half to one and a half of what was asked for, so that clients that lost the same server do not come back together.
fn jitter(retry: std::time::Duration) -> std::time::Duration {
    retry.mul_f64(rand::random_range(0.5..1.5))
}

/// A stream that only says why there is none, and ends.
fn excuse(shared: &Shared, refusal: &Refusal) -> Response {
    let mut session =
        Session::open(open::welcome(shared, None, GrantFrame::of_nobody()), None, SessionLimits { replay_events: 1, page_bytes: 1 });
    session.fail(refusal.code(), refusal.message());
    refusal.note();
    let retry = refusal.wait().unwrap_or_else(|| jitter(shared.limits.retry));
    let mut batch = Batch::default();
    session.pull(&mut SseFormat::new(Ids::None, retry).writer(&mut batch), 1);
    event_stream(Body::from(batch.take().unwrap_or_default()))
}

fn event_stream(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

async fn history(State(realtime): State<Realtime>, request: Request) -> Result<Response, Rejection> {
    let (shared, (parts, _)) = (realtime.shared(), request.into_parts());
    let by_service = shared.gate.is_service(&parts.headers);
    if !by_service {
        shared.gate.check_origin(&parts.uri, &parts.headers)?;
    }
    let query = Query::parse(parts.uri.query())?;
    let HistoryRequest { channel, history } = HistoryRequest::read(&query, shared.limits.page_events)?;
    let hooks = shared.publisher.hooks();
    let known = resolve(shared, &channel)?;
    let tailor = if by_service {
        // As what the service reads itself.
        None
    } else {
        let grant = Visitor::of(&parts.extensions).admit(shared, &parts, || vec![channel.clone()]).await?;
        let who = || Who { connection: None, user: grant.user_id().map(str::to_owned) };
        shared.gate.may_subscribe(&grant, known, &channel)?;
        if let Some(asking) = hooks.subscribe(who, (known, &channel), Start::History) {
            asking.await?;
            // It may have been revoked meanwhile.
            shared.gate.may_subscribe(&grant, known, &channel)?;
        }
        hooks.tailor(who)
    };
    let answer = Answer::to(&parts, shared).await?;
    observe::history_read(true);
    let (publisher, name) = (shared.publisher.clone(), channel.clone());
    let read = shared.reads.clone().run(async move { read_history(&publisher, &name, history).await });
    let part = read.await.map_err(|error| unavailable(&error))?;
    let frames = frames(&channel, &part, tailor).await;
    Ok(answer.json(page_json(&part, &frames)))
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

/// What somebody gets of the events of a page.
async fn frames(channel: &str, part: &HistoryPart, tailor: Option<Tailor>) -> Vec<Frame> {
    let Some(fitting) = tailor.and_then(|tailor| tailor.fitting(channel)) else {
        return part.entries.iter().map(|entry| entry.frame.clone()).collect();
    };
    let mut frames = Vec::with_capacity(part.entries.len());
    for (at, entry) in part.entries.iter().enumerate() {
        match fitting.fit(&entry.frame, Some(entry.cursor)) {
            Fitted::Same => frames.push(entry.frame.clone()),
            Fitted::Nothing => {}
            Fitted::Others(others) => frames.extend(others),
        }
        if at % HOOKED_AT_ONCE == HOOKED_AT_ONCE - 1 {
            tokio::task::yield_now().await;
        }
    }
    frames
}

/// Puts a page together from frames that are JSON already.
fn page_json(part: &HistoryPart, frames: &[Frame]) -> Vec<u8> {
    let end = PageEnd { cursor: &part.cursor, number: part.cursor.number(), gap: part.gap.as_ref() };
    let end = serde_json::to_vec(&end).expect("text and numbers always serialize");
    let mut json = Vec::with_capacity(frames.iter().map(Frame::size).sum::<usize>() + end.len() + 16);
    json.extend_from_slice(br#"{"events":["#);
    for (at, frame) in frames.iter().enumerate() {
        if at > 0 {
            json.push(b',');
        }
        json.extend_from_slice(frame.json());
    }
    json.extend_from_slice(b"],");
    // The object's members, without its opening brace.
    json.extend_from_slice(&end[1..]);
    json
}

fn contract(realtime: &Realtime) -> Result<Response, Refusal> {
    realtime.shared().gate.admit()?;
    Ok(json(realtime.shared().registry.json(), "no-cache"))
}

pub(super) fn json(body: impl Into<Body>, cache: &'static str) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

/// The channel that `channel` names.
pub(crate) fn resolve<'a>(shared: &'a Shared, channel: &str) -> Result<&'a Known, Refusal> {
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

/// What a client is told when the broker did not do what was asked.
pub(crate) fn unavailable(error: &BrokerError) -> Refusal {
    tracing::debug!(cause = error.source_text(), "a request was not served for want of the broker");
    Refusal::new(error.reading_code(), error.to_string())
}
