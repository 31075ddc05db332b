//! The routes of the board itself: ordinary axum handlers that know who asks, write to the store, and then say what they did.

use axum::{
    Json, Router,
    extract::{
        DefaultBodyLimit, FromRequestParts, Path, State,
        rejection::{JsonRejection, PathRejection},
    },
    http::{StatusCode, header, request::Parts},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use reception::{Refusal, Sessions, own_pages_alone};
use serde::{Deserialize, Serialize};
use tidewire::{Address, PublishError, Realtime};

use crate::{
    events::board::{Board, BoardCleared, Card, CardChanged, Column},
    store::{NotDone, Store},
};

/// Room for the longest title, however it is escaped.
const BODY_LIMIT: usize = 2 * 1024;

/// As in the contract, which has the last word: what it would refuse must not get as far as the store.
const LONGEST_TITLE: usize = 120;

#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) realtime: Realtime,
    pub(crate) sessions: Sessions,
}

pub(crate) fn router(desk: Desk) -> Router {
    Router::new()
        .route("/boards/{board}/cards", post(add))
        .route("/boards/{board}/cards/{card}", post(rename).delete(remove))
        .route("/boards/{board}/cards/{card}/place", post(place))
        .route("/boards/{board}/clear", post(clear))
        .route("/boards/{board}/reads", get(reads))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(own_pages_alone))
        .method_not_allowed_fallback(async || Refusal::method_not_allowed())
        .with_state(desk)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCard {
    title: String,
    column: Column,
}

async fn add(
    State(Desk { store, realtime, .. }): State<Desk>,
    Known { name: by }: Known,
    At(board): At<Board>,
    body: Result<Json<NewCard>, JsonRejection>,
) -> Result<(StatusCode, Json<Done>), Response> {
    let Json(NewCard { title, column }) = body.map_err(refused)?;
    let title = tidy(&title).map_err(IntoResponse::into_response)?;
    let done = store.add(&board.board_id, &by, title, column).await.map_err(not_done)?;
    let Card { title, column: to, .. } = done.after.clone();
    say(&realtime.channel(board), CardChanged::Added { by, title, to }).await?;
    Ok((StatusCode::CREATED, Json(Done { revision: done.revision, id: done.after.id })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    to: Column,
    above: Option<u32>,
}

async fn place(
    State(Desk { store, realtime, .. }): State<Desk>,
    Known { name: by }: Known,
    At((board, id)): At<(Board, u32)>,
    body: Result<Json<Place>, JsonRejection>,
) -> Result<Json<Done>, Response> {
    let Json(Place { to, above }) = body.map_err(refused)?;
    let done = store.place(&board.board_id, id, to, above).await.map_err(not_done)?;
    let Card { title, column: from, .. } = done.before;
    say(&realtime.channel(board), CardChanged::Moved { by, title, from, to }).await?;
    Ok(Json(Done { revision: done.revision, id }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTitle {
    title: String,
}

async fn rename(
    State(Desk { store, realtime, .. }): State<Desk>,
    Known { name: by }: Known,
    At((board, id)): At<(Board, u32)>,
    body: Result<Json<NewTitle>, JsonRejection>,
) -> Result<Json<Done>, Response> {
    let Json(NewTitle { title }) = body.map_err(refused)?;
    let title = tidy(&title).map_err(IntoResponse::into_response)?;
    let done = store.rename(&board.board_id, id, title).await.map_err(not_done)?;
    say(&realtime.channel(board), CardChanged::Renamed { by, before: done.before.title, title: done.after.title }).await?;
    Ok(Json(Done { revision: done.revision, id }))
}

async fn remove(
    State(Desk { store, realtime, .. }): State<Desk>,
    Known { name: by }: Known,
    At((board, id)): At<(Board, u32)>,
) -> Result<Json<Done>, Response> {
    let done = store.remove(&board.board_id, id).await.map_err(not_done)?;
    say(&realtime.channel(board), CardChanged::Removed { by, title: done.after.title }).await?;
    Ok(Json(Done { revision: done.revision, id }))
}

async fn clear(
    State(Desk { store, realtime, .. }): State<Desk>,
    Known { name: by }: Known,
    At(board): At<Board>,
) -> Result<Json<Cleared>, Response> {
    let (revision, cards) = store.clear(&board.board_id).await.map_err(not_done)?;
    realtime.channel(board).publish(BoardCleared { by, cards }).await.map_err(unsaid)?;
    Ok(Json(Cleared { revision, cards }))
}

/// How often the store was asked for what is on a board. It is said at the foot of the page.
async fn reads(State(Desk { store, .. }): State<Desk>, _: Known, At(board): At<Board>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(Reads { reads: store.times_read(&board.board_id) }))
}

/// What was done is stored, and everybody who looks is told: the event makes the live query run.
async fn say(channel: &Address<Board>, what: CardChanged) -> Result<(), Response> {
    channel.publish(what).await.map(|_| ()).map_err(unsaid)
}

/// The change of a card: the number of the change, with which it is in the live query.
#[derive(Serialize)]
struct Done {
    revision: u32,
    id: u32,
}

#[derive(Serialize)]
struct Cleared {
    revision: u32,
    cards: u32,
}

#[derive(Serialize)]
struct Reads {
    reads: u32,
}

/// Whoever is signed in.
struct Known {
    name: String,
}

impl FromRequestParts<Desk> for Known {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Refusal> {
        desk.sessions.known(&parts.headers).map(|visitor| Self { name: visitor.name })
    }
}

/// The board that a path names, if that can be one.
struct At<T>(T);

impl FromRequestParts<Desk> for At<Board> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Refusal> {
        let Path(board_id) = Path::from_request_parts(parts, desk).await.map_err(|rejection: PathRejection| Refusal::from(rejection))?;
        Ok(Self(board(board_id)?))
    }
}

impl FromRequestParts<Desk> for At<(Board, u32)> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Refusal> {
        let path: Result<Path<(String, u32)>, PathRejection> = Path::from_request_parts(parts, desk).await;
        let Path((board_id, card)) = path?;
        Ok(Self((board(board_id)?, card)))
    }
}

/// Held against the contract before anything is stored under this name.
fn board(board_id: String) -> Result<Board, Refusal> {
    let is_fine = (1..=40).contains(&board_id.len()) && board_id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if is_fine { Ok(Board { board_id }) } else { Err(Refusal::not_found()) }
}

/// What a title is without what nobody sees.
fn tidy(title: &str) -> Result<String, Refusal> {
    let title = title.split(|character: char| character.is_whitespace() || character.is_control()).filter(|word| !word.is_empty());
    let title = title.collect::<Vec<_>>().join(" ");
    if (1..=LONGEST_TITLE).contains(&title.chars().count()) {
        return Ok(title);
    }
    Err(Refusal::invalid(format!("a card says 1 to {LONGEST_TITLE} characters")))
}

fn refused(rejection: JsonRejection) -> Response {
    Refusal::from(rejection).into_response()
}

fn unsaid(error: PublishError) -> Response {
    Refusal::from(error).into_response()
}

/// A change that comes too late is nobody's mistake: the answer says what is in its way.
fn not_done(reason: NotDone) -> Response {
    #[derive(Serialize)]
    struct Answer {
        refused: NotDone,
    }
    (StatusCode::CONFLICT, Json(Answer { refused: reason })).into_response()
}
