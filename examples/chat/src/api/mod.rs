//! How messages come in.
//!
//! A request's body is the event itself, so the contract is all the validation there is.

mod refusal;

use axum::{
    Json, Router,
    extract::{
        DefaultBodyLimit, Path, State,
        rejection::{JsonRejection, PathRejection},
    },
    http::StatusCode,
    routing::post,
};
use serde::Serialize;
use tidewire::{Cursor, Realtime};

pub(crate) use self::refusal::Refusal;
use crate::events::chat;

/// Room for the longest message, however it is escaped, and not for much more.
const BODY_LIMIT: usize = 16 * 1024;

pub(crate) fn router(realtime: Realtime) -> Router {
    Router::new()
        .route("/rooms/{room}/messages", post(send))
        .route("/rooms/{room}/typing", post(typing))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(realtime)
}

/// Where a message was stored: the same values that the event carries when it arrives.
#[derive(Serialize)]
struct Stored {
    id: Option<Cursor>,
    number: Option<u64>,
    time: i64,
}

async fn send(
    State(realtime): State<Realtime>,
    room: Result<Path<String>, PathRejection>,
    message: Result<Json<chat::MessageSent>, JsonRejection>,
) -> Result<(StatusCode, Json<Stored>), Refusal> {
    let (Path(room), Json(message)) = (room?, message?);
    let published = realtime.channel(chat::Chat { room }).publish(message).await?;
    let stored = Stored { id: published.id, number: published.number, time: published.time.timestamp_millis() };
    Ok((StatusCode::CREATED, Json(stored)))
}

async fn typing(
    State(realtime): State<Realtime>,
    room: Result<Path<String>, PathRejection>,
    typing: Result<Json<chat::Typing>, JsonRejection>,
) -> Result<StatusCode, Refusal> {
    let (Path(room), Json(typing)) = (room?, typing?);
    realtime.channel(chat::Chat { room }).publish(typing).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn method_not_allowed() -> Refusal {
    Refusal::method_not_allowed()
}

pub(crate) async fn not_found() -> Refusal {
    Refusal::not_found()
}
