//! Boards whose store a test holds in its hand, for pages that come, go, and look elsewhere while loaders run. The contract is that of the board example.
//!
//! Run with `cargo run -p tests --example looking`. It prints where it listens. `POST /boards/{board}/{number}` stores a number and says so, `POST /boards/{board}/hold`
//! has runs wait behind what they read, `POST /boards/{board}/release` lets them go on, `GET /boards/{board}` is what was run. Every other path is an empty page.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program")]

#[allow(dead_code, unreachable_pub, reason = "the contract of a library, of which no more than the live query is used")]
#[path = "../../examples/board/src/events.rs"]
mod events;

use std::{
    collections::HashMap,
    error::Error,
    net::Ipv4Addr,
    process::ExitCode,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::Html,
    routing::{get, post},
};
use events::board::{Board, BoardCards, BoardCleared, Card, Column, Contents, contract};
use serde::Serialize;
use tidewire::Realtime;
use tokio::{net::TcpListener, sync::watch};
use tracing_subscriber::filter::LevelFilter;

/// With an icon of its own, so that no browser asks for one.
const PAGE: &str = r#"<!doctype html><html lang="en"><title>Looking</title><link rel="icon" href="data:,"><div id="page"></div></html>"#;

/// What is stored of one board, and what was run for it.
#[derive(Default)]
struct Table {
    number: u32,
    held: watch::Sender<bool>,
    runs: Runs,
}

#[derive(Clone, Copy, Default, Serialize)]
struct Runs {
    begun: u32,
    ended: u32,
    /// Given up on the way.
    dropped: u32,
}

#[derive(Clone, Default)]
struct Store(Arc<Mutex<HashMap<String, Table>>>);

/// A run that is under way.
struct Run {
    store: Store,
    board: String,
    is_done: bool,
}

impl Drop for Run {
    fn drop(&mut self) {
        self.store.with(&self.board, |Table { runs, .. }| *(if self.is_done { &mut runs.ended } else { &mut runs.dropped }) += 1);
    }
}

impl Store {
    fn tables(&self) -> MutexGuard<'_, HashMap<String, Table>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, board: &str, change: impl FnOnce(&mut Table) -> T) -> T {
        change(self.tables().entry(board.to_owned()).or_default())
    }

    /// The loader.
    async fn contents(self, board: String) -> Contents {
        let (number, mut held) = self.with(&board, |table| {
            table.runs.begun += 1;
            (table.number, table.held.subscribe())
        });
        let mut run = Run { store: self, board: board.clone(), is_done: false };
        // Its sender is in the table, which stays.
        let _ = held.wait_for(|is_held| !is_held).await;
        run.is_done = true;
        let card = Card { id: 1, title: format!("{board} {number}"), column: Column::Ideas, author: String::new() };
        Contents { revision: number, cards: vec![card] }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_max_level(LevelFilter::INFO).with_writer(std::io::stderr).with_ansi(false).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let store = Store::default();
    let loaded = store.clone();
    let realtime = Realtime::builder(contract())
        .public()
        .live(BoardCards, move |board: Board| loaded.clone().contents(board.board_id))
        .build()
        .await?;
    let app = Router::new()
        .route(
            "/boards/{board}",
            get(async |State((store, _)): State<Desk>, Path(board): Path<String>| Json(store.with(&board, |table| table.runs))),
        )
        .route("/boards/{board}/{order}", post(obey))
        .with_state((store, realtime.clone()))
        .nest("/realtime", realtime.router())
        .fallback(async || Html(PAGE));
    let port = std::env::var("PORT").ok().map_or(Ok(0), |port| port.parse())?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    tidewire::serve(listener, app).await?;
    Ok(())
}

type Desk = (Store, Realtime);

async fn obey(State((store, realtime)): State<Desk>, Path((board, order)): Path<(String, String)>) -> Result<(), StatusCode> {
    match &*order {
        "hold" | "release" => store.with(&board, |table| table.held.send_replace(order == "hold")),
        number => {
            let number = number.parse().map_err(|_| StatusCode::NOT_FOUND)?;
            store.with(&board, |table| table.number = number);
            let said = realtime.channel(Board { board_id: board }).publish(BoardCleared { by: String::new(), cards: 0 }).await;
            return said.map(|_| ()).map_err(|_| StatusCode::SERVICE_UNAVAILABLE);
        }
    };
    Ok(())
}
