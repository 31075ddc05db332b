//! A chat: rooms, messages, and who is typing.
//!
//! - [`events`] defines what travels; service and page are both made from it.
//! - `api` is how messages come in: ordinary axum handlers that publish.
//! - `assets` is the page, which listens with the generated client.

mod api;
mod assets;
pub mod events;

use axum::Router;
use tidewire::{BuildError, Realtime};

use self::events::chat;

/// The whole application: the page at `/`, the API at `/api`, the events at `/realtime`.
///
/// # Errors
///
/// [`BuildError`] if the contract or a limit is refused, which depends on the code alone.
pub async fn app() -> Result<Router, BuildError> {
    // Rooms are open to everybody who reaches this service, and it listens on the loopback address alone. Without `.public()` every
    // subscription would be refused.
    let realtime = Realtime::builder(chat::contract()).public().build().await?;
    let routes = Router::new().nest("/realtime", realtime.router()).nest("/api", api::router(realtime)).merge(assets::router());
    Ok(routes.fallback(api::not_found))
}
