//! An auction: the service decides, everybody watches.
//!
//! - [`events`] defines what travels; service and page are both made from it.
//! - `lot` is the rules, `house` the saleroom: it takes bids, publishes what became of them, calls the end and brings down the hammer.
//! - `api` is how bids come in: an ordinary axum handler that knows who asks.

mod api;
pub mod catalogue;
pub mod events;
mod house;
mod lot;

use axum::Router;
use reception::{Refusal, Sessions};
use tidewire::{AnyChannel as _, BuildError, ConnectRequest, Denied, Grant, Realtime};

use self::{events::auction, house::House};
pub use self::{house::Programme, lot::Pace};

#[derive(rust_embed::Embed)]
#[folder = "web/"]
struct Web;

/// The whole application: the page at `/`, bids at `/bids`, the events at `/realtime`.
///
/// # Errors
///
/// [`BuildError`] if the contract or a limit is refused, which depends on the code alone.
pub async fn app(programme: Programme) -> Result<Router, BuildError> {
    let realtime = Realtime::builder(auction::contract()).authorize(viewers).build().await?;
    let sessions = Sessions::new("auction-session");
    let routes = Router::new().nest("/realtime", realtime.router()).merge(sessions.router()).merge(reception::parts());
    let house = House::open(realtime, &programme);
    let routes = routes.merge(api::router(house, sessions)).merge(reception::pages::<Web>());
    Ok(routes.fallback(async || Refusal::not_found()))
}

/// Everybody may watch, signed in or not. Nobody may publish: a bid goes through the service, which holds it against the rules.
async fn viewers(_: ConnectRequest) -> Result<Grant, Denied> {
    Ok(Grant::anonymous().subscribe(auction::House).subscribe(auction::Lot::any()))
}
