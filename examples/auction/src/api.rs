//! The routes of the auction itself: to look, and to bid.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use reception::{Refusal, Sessions, own_pages_alone};
use serde::{Deserialize, Serialize};

use crate::{
    events::auction,
    house::{BidError, House, Saleroom},
    lot::NotTaken,
};

/// Room for a bid, and not for much more.
const BODY_LIMIT: usize = 1024;

#[derive(Clone)]
struct Desk {
    house: House,
    sessions: Sessions,
}

pub(crate) fn router(house: House, sessions: Sessions) -> Router {
    Router::new()
        .route("/lots", get(look))
        .route("/bids", post(bid))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(own_pages_alone))
        .method_not_allowed_fallback(async || Refusal::method_not_allowed())
        .with_state(Desk { house, sessions })
}

async fn look(State(Desk { house, .. }): State<Desk>) -> impl IntoResponse {
    let room: Json<Saleroom> = Json(house.look().await);
    ([(header::CACHE_CONTROL, "no-store")], room)
}

/// What a page may say. Who bids is not among it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bid {
    lot: String,
    amount: u32,
}

async fn bid(
    State(Desk { house, sessions }): State<Desk>,
    headers: HeaderMap,
    body: Result<Json<Bid>, JsonRejection>,
) -> Result<(StatusCode, Json<auction::BidPlaced>), Response> {
    let bidder = sessions.known(&headers).map_err(IntoResponse::into_response)?;
    let Json(Bid { lot, amount }) = body.map_err(|rejection| Refusal::from(rejection).into_response())?;
    match house.bid(&lot, &bidder.name, amount).await {
        Ok(bid) => Ok((StatusCode::CREATED, Json(bid))),
        Err(BidError::NoLot) => Err(Refusal::not_found().into_response()),
        Err(BidError::Publish(error)) => Err(Refusal::from(error).into_response()),
        Err(BidError::NotTaken(reason)) => Err(not_taken(reason)),
    }
}

/// A bid that comes too late or too low is nobody's mistake: the answer says what would be taken.
fn not_taken(reason: NotTaken) -> Response {
    #[derive(Serialize)]
    struct Answer {
        refused: NotTaken,
    }
    (StatusCode::CONFLICT, Json(Answer { refused: reason })).into_response()
}
