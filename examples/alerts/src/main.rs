//! Alerts by region from a schema file whose Rust module is checked in: `src/events.rs`, written by `cargo run -p codegen`.
//!
//! Run `cargo run -p alerts`, listen with `curl -N 'localhost:3000/realtime/events?channel=alerts/de'`, and in another terminal:
//! `curl -i localhost:3000/alerts/de -H 'content-type: application/json' -d '{"level":"warning","text":"Water is rising"}'`

mod events;

use std::{env, error::Error, net::Ipv4Addr};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::post,
};
use tidewire::{PublishError, Published, Realtime};
use tokio::net::TcpListener;

use crate::events::alerts::{self, AlertCleared, AlertRaised, Alerts};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Everybody may listen; the service listens on the loopback address alone.
    let realtime = Realtime::builder(alerts::contract()).public().build().await?;
    let app = Router::new().nest("/realtime", realtime.router()).route("/alerts/{region}", post(raise).delete(clear)).with_state(realtime);
    let port: u16 = env::var("PORT").map_or(Ok(3000), |port| port.parse())?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    announce(&listener)?;
    Ok(tidewire::serve(listener, app).with_shutdown(tokio::signal::ctrl_c()).await?)
}

type Answer = Result<StatusCode, (StatusCode, String)>;

async fn raise(State(realtime): State<Realtime>, Path(region): Path<String>, Json(alert): Json<AlertRaised>) -> Answer {
    answer(realtime.channel(Alerts { region }).publish(alert).await)
}

async fn clear(State(realtime): State<Realtime>, Path(region): Path<String>) -> Answer {
    answer(realtime.channel(Alerts { region }).publish(AlertCleared).await)
}

/// What the contract does not allow, as a region or as an alert, is refused with the reason.
fn answer(published: Result<Published, PublishError>) -> Answer {
    published.map(|_| StatusCode::CREATED).map_err(|error| (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))
}

#[expect(clippy::print_stdout, reason = "where the service listens, is the output of this program")]
fn announce(listener: &TcpListener) -> std::io::Result<()> {
    println!("listening on http://{}", listener.local_addr()?);
    Ok(())
}
