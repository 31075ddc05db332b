//! How programs without a page write, `POST /api/rooms/{room}/messages`, and how the host shows somebody out of a room, `/api/rooms/{room}/removals`. The page
//! itself publishes over its connection.
//!
//! The body of a message is the event itself, so the contract is all the validation there is; the sender is whoever is signed in.

use axum::{
    Json, Router,
    extract::{
        DefaultBodyLimit, Path, State,
        rejection::{JsonRejection, PathRejection},
    },
    http::{HeaderMap, StatusCode},
    middleware,
    routing::post,
};
use reception::{Refusal, own_pages_alone};
use serde::{Deserialize, Serialize};
use tidewire::{Cursor, PublishOptions};

use crate::{
    events::chat,
    rights::{ANNOUNCEMENTS, Rights},
};

/// Room for the longest message, however it is escaped, and not for much more.
const BODY_LIMIT: usize = 16 * 1024;

pub(crate) fn router(rights: Rights) -> Router {
    Router::new()
        .route("/rooms/{room}/messages", post(send))
        .route("/rooms/{room}/removals", post(remove).delete(readmit))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(own_pages_alone))
        .method_not_allowed_fallback(async || Refusal::method_not_allowed())
        .with_state(rights)
}

/// Where a message was stored: the same values that the event carries when it arrives.
#[derive(Serialize)]
struct Stored {
    id: Option<Cursor>,
    number: Option<u64>,
    time: i64,
}

async fn send(
    State(rights): State<Rights>,
    headers: HeaderMap,
    room: Result<Path<String>, PathRejection>,
    message: Result<Json<chat::MessageSent>, JsonRejection>,
) -> Result<(StatusCode, Json<Stored>), Refusal> {
    let visitor = rights.sessions().known(&headers)?;
    let (Path(room), Json(message)) = (room?, message?);
    rights.may_write(&visitor, &room)?;
    let sender = PublishOptions::new().sender(visitor.name);
    let published = if room == ANNOUNCEMENTS {
        rights.realtime().channel(chat::Announcements).publish_with(message, sender).await?
    } else {
        rights.realtime().channel(chat::Chat { room }).publish_with(message, sender).await?
    };
    let stored = Stored { id: published.id, number: published.number, time: published.time.timestamp_millis() };
    Ok((StatusCode::CREATED, Json(stored)))
}

/// Whom it is about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Removal {
    name: String,
}

/// Until when somebody is out, in milliseconds since 1970.
#[derive(Serialize)]
struct Removed {
    until: i64,
}

async fn remove(
    State(rights): State<Rights>,
    headers: HeaderMap,
    room: Result<Path<String>, PathRejection>,
    removal: Result<Json<Removal>, JsonRejection>,
) -> Result<Json<Removed>, Refusal> {
    let host = rights.known_host(&headers)?;
    let (Path(room), Json(Removal { name })) = (room?, removal?);
    if name == host.name {
        return Err(Refusal::invalid("the host stays"));
    }
    let until = rights.remove(&name, room).await?;
    Ok(Json(Removed { until }))
}

async fn readmit(
    State(rights): State<Rights>,
    headers: HeaderMap,
    room: Result<Path<String>, PathRejection>,
    removal: Result<Json<Removal>, JsonRejection>,
) -> Result<StatusCode, Refusal> {
    rights.known_host(&headers)?;
    let (Path(room), Json(Removal { name })) = (room?, removal?);
    rights.readmit(&name, room).await?;
    Ok(StatusCode::NO_CONTENT)
}
