//! The departures of a harbour: rows of a PostgreSQL table, on a page that follows whatever anybody does to them, with psql for example.
//!
//! - [`events`] defines what travels; service and page are both made from it.
//! - `store` reads the table, and makes it where it is not there.
//! - `health` asks the database every second whether it is there, so that the page can be honest.
//! - [`Database`] is where the rows are: one that somebody names, or one of the example's own.
//!
//! What makes a change of a row appear is two lines: `PostgresSync::builder(…).table("departures")`, a plugin that makes it an event, in its order and never lost,
//! and `.live(harbour::Timetable, …)`, which loads the table again for all who look.

mod database;
pub mod events;
mod health;
mod private;
mod store;

use std::{error::Error, time::Duration};

use axum::{Json, Router, http::header, response::IntoResponse, routing::get};
use reception::Refusal;
use serde::Serialize;
use tidewire::{BuildError, LiveOptions, Realtime};
use tidewire_postgres::{ConfigError, PostgresSync};

pub use self::database::Database;
use self::{events::harbour, health::Pulse, store::Store};

/// How long a page waits for the table before it is told that it cannot be read.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(rust_embed::Embed)]
#[folder = "web/"]
struct Web;

/// The whole application: the page at `/`, how to edit the table at `/psql`, departures and the state of the database at `/realtime`.
///
/// # Errors
///
/// [`BuildError`] if the contract, or what the plugin makes of it, is refused, which depends on the code alone.
pub async fn app(database: &Database, changes: PostgresSync) -> Result<Router, BuildError> {
    let store = Store::new(database.address());
    let pulse = Pulse::new();
    let (table, told) = (store.clone(), pulse.clone());
    let realtime = Realtime::builder(harbour::contract())
        .public()
        .plugin(changes)
        .live_with(harbour::Timetable, LiveOptions::new().timeout(PATIENCE), move |_: harbour::Departures| {
            let table = table.clone();
            async move { table.departures().await }
        })
        .live(harbour::DatabaseHealth, move |_: harbour::Database| std::future::ready(told.health()))
        .build()
        .await?;
    tokio::spawn(health::attend(store, pulse, realtime.clone()));
    let psql = database.psql().to_owned();
    let routes = Router::new().nest("/realtime", realtime.router());
    let routes = routes.route("/psql", get(async move || ([(header::CACHE_CONTROL, "no-store")], Json(Psql { psql })).into_response()));
    let routes = routes.merge(reception::parts()).merge(reception::pages::<Web>());
    Ok(routes.fallback(async || Refusal::not_found()))
}

/// Makes the table, with a few rows, where there is none. Answers what will watch it.
///
/// # Errors
///
/// If the database cannot be reached, refuses, or has another table of this name. The text says so in one sentence.
pub async fn prepare(database: &Database) -> Result<PostgresSync, Box<dyn Error + Send + Sync>> {
    let changes = PostgresSync::builder(database.address()).outbox("tidewire_departures").table("departures").build();
    let changes = changes.map_err(|error| match error {
        ConfigError::NoTls => {
            "its address asks for encryption, which takes a service that gives `PostgresSync` a `tls`, and this one does not".into()
        }
        ConfigError::Address { reason } => reason,
        other => other.to_string(),
    })?;
    Store::new(database.address()).prepare().await?;
    Ok(changes)
}

/// What the page shows to be copied.
#[derive(Serialize)]
struct Psql {
    /// The command that opens the database.
    psql: String,
}
