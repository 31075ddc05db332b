//! A chat: people who sign in, rooms, messages, and who is typing.
//!
//! - [`events`] defines what travels; service and page are both made from it.
//! - `rights` says who may do what.
//! - `api` is how programs without a page write: ordinary axum handlers that publish.
//! - The page, which listens and publishes with the generated client, is in `web/`.

mod api;
pub mod events;
mod rights;

use axum::Router;
use reception::{Refusal, Sessions};
use tidewire::{BuildError, Realtime};

use self::{events::chat, rights::Rights};

#[derive(rust_embed::Embed)]
#[folder = "web/"]
struct Web;

/// The whole application: the page at `/`, who is signed in at `/session`, the API at `/api`, the events at `/realtime`. Who signs in with `host_key` is the host.
///
/// # Errors
///
/// [`BuildError`] if the contract or a limit is refused, which depends on the code alone.
pub async fn app(host_key: &str) -> Result<Router, BuildError> {
    let sessions = Sessions::new("chat-session").host_key(host_key);
    let known = sessions.clone();
    let realtime =
        Realtime::builder(chat::contract()).authorize(move |request| std::future::ready(rights::grant(&known, &request))).build().await?;
    let routes = Router::new().nest("/realtime", realtime.router()).merge(sessions.router());
    let rights = Rights::new(realtime, sessions);
    let routes = routes.nest("/api", api::router(rights)).merge(reception::parts()).merge(reception::pages::<Web>());
    Ok(routes.fallback(async || Refusal::not_found()))
}
