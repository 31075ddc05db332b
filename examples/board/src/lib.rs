//! A kanban board: a live query, and the requests that change what it shows.
//!
//! - [`events`] defines what travels; service and page are both made from it.
//! - `store` is what would be the database, and the rules of the board.
//! - `api` is how cards are changed: ordinary axum handlers that write to the store and publish what they did.
//!
//! What keeps every page current is one line of [`app`]: `.live(board::BoardCards, …)`.

mod api;
pub mod events;
mod store;

use axum::Router;
use reception::{Refusal, Sessions};
use tidewire::{AnyChannel as _, BuildError, ConnectRequest, Denied, Grant, Realtime};

use self::{api::Desk, events::board, store::Store};

#[derive(rust_embed::Embed)]
#[folder = "web/"]
struct Web;

/// The whole application: the page at `/`, changes at `/boards/{board}`, who is signed in at `/session`, what is on the boards at `/realtime`.
///
/// # Errors
///
/// [`BuildError`] if the contract or a limit is refused, which depends on the code alone.
pub async fn app() -> Result<Router, BuildError> {
    let store = Store::new();
    let sessions = Sessions::new("board-session");
    let (known, database) = (sessions.clone(), store.clone());
    let realtime = Realtime::builder(board::contract())
        .authorize(move |request| std::future::ready(grant(&known, &request)))
        .live(board::BoardCards, move |board: board::Board| {
            let database = database.clone();
            async move { database.contents(&board.board_id).await }
        })
        .build()
        .await?;
    let routes = Router::new().nest("/realtime", realtime.router()).merge(sessions.router()).merge(reception::parts());
    let routes = routes.merge(api::router(Desk { store, realtime, sessions })).merge(reception::pages::<Web>());
    Ok(routes.fallback(async || Refusal::not_found()))
}

/// Whoever has a name may look at every board and be seen there. Nobody publishes: a change goes through the service, which holds it against the rules.
fn grant(sessions: &Sessions, request: &ConnectRequest) -> Result<Grant, Denied> {
    let visitor = sessions.visitor(request.headers()).ok_or(Denied::unauthenticated())?;
    Ok(Grant::user(visitor.name).subscribe(board::Board::any()).present(board::Board::any()))
}
