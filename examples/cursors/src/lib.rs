//! A board that people draw on together, with everybody's pointer.
//!
//! There is next to nothing here: [`events`] says what travels, [`app`] says who may. Pages do the rest among themselves.

pub mod events;

use axum::Router;
use reception::{Refusal, Sessions};
use tidewire::{AnyChannel as _, BuildError, ConnectRequest, Denied, Grant, Realtime};

use self::events::cursors;

#[derive(rust_embed::Embed)]
#[folder = "web/"]
struct Web;

/// The whole application: the page at `/`, who is signed in at `/session`, the events at `/realtime`.
///
/// # Errors
///
/// [`BuildError`] if the contract or a limit is refused, which depends on the code alone.
pub async fn app() -> Result<Router, BuildError> {
    let sessions = Sessions::new("cursors-session");
    let known = sessions.clone();
    let realtime =
        Realtime::builder(cursors::contract()).authorize(move |request| std::future::ready(grant(&known, &request))).build().await?;
    let routes = Router::new().nest("/realtime", realtime.router()).merge(sessions.router()).merge(reception::parts());
    Ok(routes.merge(reception::pages::<Web>()).fallback(async || Refusal::not_found()))
}

/// Whoever has a name may look at every board, draw on it and be seen there.
fn grant(sessions: &Sessions, request: &ConnectRequest) -> Result<Grant, Denied> {
    let visitor = sessions.visitor(request.headers()).ok_or(Denied::unauthenticated())?;
    Ok(Grant::user(visitor.name).subscribe_and_publish(cursors::Board::any()))
}
