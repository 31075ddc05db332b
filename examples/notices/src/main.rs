//! A notice board from a schema file: `build.rs` makes the Rust module while cargo builds, and nothing generated is checked in for the service.
//!
//! Run `cargo run -p notices`, open the printed address, and pin something to the board:
//! `curl -i localhost:3000/notices -H 'content-type: application/json' -d '{"text":"Lunch at noon"}'`

use std::{env, error::Error, net::Ipv4Addr};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use rust_embed::RustEmbed;
use tidewire::Realtime;
use tokio::net::TcpListener;

use crate::notices::NoticePosted;

tidewire::include_events!("notices");

/// The page and its generated client.
#[derive(RustEmbed)]
#[folder = "web"]
struct Web;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Everybody may read the board; it listens on the loopback address alone.
    let realtime = Realtime::builder(notices::contract()).public().build().await?;
    let app = Router::new()
        .nest("/realtime", realtime.router())
        .route("/notices", post(pin))
        .route("/", get(|| async { asset(Path("index.html".to_owned())).await }))
        .route("/{*path}", get(asset))
        .with_state(realtime);
    let port: u16 = env::var("PORT").map_or(Ok(3000), |port| port.parse())?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    announce(&listener)?;
    Ok(tidewire::serve(listener, app).with_shutdown(tokio::signal::ctrl_c()).await?)
}

/// The body is the event: what the contract does not allow is refused before it is stored.
async fn pin(State(realtime): State<Realtime>, Json(notice): Json<NoticePosted>) -> Result<StatusCode, (StatusCode, String)> {
    let published = realtime.publish(notice).await;
    published.map(|_| StatusCode::CREATED).map_err(|error| (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))
}

async fn asset(Path(path): Path<String>) -> Response {
    let kind = if path == "index.html" { "text/html; charset=utf-8" } else { "text/javascript" };
    let found = Web::get(&path).map(|file| ([(header::CONTENT_TYPE, kind)], file.data).into_response());
    found.unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

#[expect(clippy::print_stdout, reason = "where the page is, is the output of this program")]
fn announce(listener: &TcpListener) -> std::io::Result<()> {
    println!("listening on http://{}", listener.local_addr()?);
    Ok(())
}
