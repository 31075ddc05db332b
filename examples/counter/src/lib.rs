//! A number that everybody sees and everybody raises: the introduction to live queries.
//!
//! A live query is a value that a page shows and that is always the stored one. There is no message with the new number in it, so none can be lost, come twice or
//! be overtaken: an event says *that* something changed, and the service loads *what* there is now, once for all who look.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use axum::{Json, Router, extract::State, middleware, routing::post};
use reception::Refusal;
use tidewire::{BuildError, Realtime};

/// What travels, from which `cargo run -p codegen` makes the page's client.
#[tidewire::realtime_events(name = "counter")]
pub mod counter {
    /// Somebody pressed the button. A signal: it carries nothing, and nobody needs it later.
    #[event("pressed", history = off)]
    pub struct Pressed;

    /// Where presses are said.
    #[channel("counter", events(Pressed))]
    pub struct Counter;

    /// How often the button was pressed. Loaded when somebody looks, and again after each event of its channel.
    #[live(name = "count", channel = Counter)]
    pub type Count = u32;
}

#[derive(rust_embed::Embed)]
#[folder = "web/"]
struct Web;

/// What is stored, and whom to tell.
#[derive(Clone)]
struct Desk {
    presses: Arc<AtomicU32>,
    realtime: Realtime,
}

/// The whole application: the page at `/`, the button at `/press`, the number at `/realtime`.
///
/// # Errors
///
/// [`BuildError`] if the contract is refused, which depends on the code alone.
pub async fn app() -> Result<Router, BuildError> {
    let presses = Arc::<AtomicU32>::default();
    let stored = presses.clone();
    let realtime = Realtime::builder(counter::contract())
        .public()
        // The loader: what would be a query to a database.
        .live(counter::Count, move |_: counter::Counter| std::future::ready(stored.load(Ordering::SeqCst)))
        .build()
        .await?;
    let button =
        post(press).layer(middleware::from_fn(reception::own_pages_alone)).with_state(Desk { presses, realtime: realtime.clone() });
    let routes = Router::new().nest("/realtime", realtime.router()).route("/press", button);
    let routes = routes.merge(reception::parts()).merge(reception::pages::<Web>());
    Ok(routes.fallback(async || Refusal::not_found()))
}

/// Stores first, then says so.
async fn press(State(Desk { presses, realtime }): State<Desk>) -> Result<Json<u32>, Refusal> {
    let count = presses.fetch_add(1, Ordering::SeqCst) + 1;
    realtime.channel(counter::Counter).publish(counter::Pressed).await?;
    Ok(Json(count))
}
