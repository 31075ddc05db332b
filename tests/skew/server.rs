//! One service with two contracts, an older and a newer one, for clients that were generated from the other.
//!
//! Run with `cargo run -p tests --example skew -- older`. It prints where it listens; `POST /say/{text}` publishes to `room/1`, and so do `/move` (newer) and
//! `/clear` (older); `/call` (newer) publishes to `hall/1`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program")]

mod newer;
mod older;

use std::error::Error;
use std::net::Ipv4Addr;
use std::process::ExitCode;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::post;
use tidewire::{PublishError, Published, Realtime};
use tokio::net::TcpListener;
use tracing_subscriber::filter::LevelFilter;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_max_level(LevelFilter::DEBUG).with_writer(std::io::stderr).with_ansi(false).init();
    match run(std::env::args().nth(1).as_deref()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(which: Option<&str>) -> Result<(), Box<dyn Error>> {
    let app = match which {
        Some("older") => {
            let realtime = Realtime::builder(older::older::contract()).public().build().await?;
            let room = || older::older::Room { id: "1".to_owned() };
            let (say, clear) = (realtime.clone(), realtime.clone());
            Router::new()
                .route(
                    "/say/{text}",
                    post(async move |Path(text): Path<String>| answer(say.channel(room()).publish(older::older::Said { text }).await)),
                )
                .route("/clear", post(async move || answer(clear.channel(room()).publish(older::older::Cleared).await)))
                .nest("/realtime", realtime.router())
        }
        Some("newer") => {
            let realtime = Realtime::builder(newer::newer::contract()).public().build().await?;
            let room = || newer::newer::Room { id: "1".to_owned() };
            let (say, walk, call) = (realtime.clone(), realtime.clone(), realtime.clone());
            Router::new()
                .route(
                    "/say/{text}",
                    post(async move |Path(text): Path<String>| {
                        answer(say.channel(room()).publish(newer::newer::Said { text, mood: Some("calm".to_owned()) }).await)
                    }),
                )
                .route("/move", post(async move || answer(walk.channel(room()).publish(newer::newer::Moved { steps: 3 }).await)))
                .route(
                    "/call",
                    post(async move || {
                        let said = newer::newer::Said { text: "called".to_owned(), mood: None };
                        answer(call.channel(newer::newer::Hall { id: "1".to_owned() }).publish(said).await)
                    }),
                )
                .nest("/realtime", realtime.router())
        }
        _ => return Err("usage: skew older|newer".into()),
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    tidewire::serve(listener, app).await?;
    Ok(())
}

/// Where the event is stored.
fn answer(published: Result<Published, PublishError>) -> Result<String, StatusCode> {
    published.map(|published| published.id.map(|id| id.to_string()).unwrap_or_default()).map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)
}
