//! What exactly is said of loaders that fail, to the byte, and who is told nothing of it.

use std::{sync::Arc, time::Duration};

use super::raw::Raw;
use crate::support::{
    Server, Under,
    board::{Board, Mood, Store, begin, live, store_and_tell},
    eventually,
    link::{BOTH, Link, Transport},
    log::Log,
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tidewire::{LiveOptions, Nullable, Realtime, RealtimeBuilder};
use tracing::Level;

const FAILED: &str = r#"{"code":4107,"name":"live_failed","message":"The loader of a live query failed; the last value stands."}"#;
const LATE: &str =
    r#"{"code":4108,"name":"live_timeout","message":"The loader of a live query did not answer in time; the last value stands."}"#;

/// How a loader fails, what is told of it, and what is logged.
const FAILURES: [(Mood, &str, &str); 3] = [
    (Mood::Failing, FAILED, "SECRET text of the database"),
    (Mood::Panicking, FAILED, "`boardCount` panicked"),
    (Mood::Hanging, LATE, "`boardCount` took too long"),
];

/// The first query of board `a` is loaded from the first store, and whatever else there is from the second.
fn builder(ailing: &Arc<Store>, healthy: &Arc<Store>) -> RealtimeBuilder {
    let (ailing, healthy, above) = (ailing.clone(), healthy.clone(), healthy.clone());
    let options = LiveOptions::new().timeout(Duration::from_millis(100));
    Realtime::builder(live::contract())
        .public()
        .live_with(live::BoardCount, options, move |board: Board| {
            let store = if board.board_id.0 == "a" { ailing.clone() } else { healthy.clone() };
            async move { store.load(&board.board_id.0).await }
        })
        .live(live::CountAbove, move |board: Board, _: live::Page| {
            let store = above.clone();
            async move { Ok::<_, std::io::Error>(Nullable::from(Some(store.load(&board.board_id.0).await?))) }
        })
}

fn above(channel: &str) -> Value {
    let mut frame = begin("countAbove", channel);
    frame["params"] = json!({ "after": 0 });
    frame
}

/// What a client is sent when this is the newest value.
fn value(key: &str, number: u32) -> String {
    let version = BASE64URL_NOPAD.encode(&Sha256::digest(number.to_string())[..12]);
    format!(r#"{{"type":"live","key":"{key}","version":"{version}","data":{number}}}"#)
}

fn failure(key: &str, error: &str) -> String {
    format!(r#"{{"type":"live","key":"{key}","error":{error}}}"#)
}

/// Asks for something that is answered by these members.
async fn ask(raw: &mut Raw, reference: u64, mut frame: Value, members: &str) {
    frame["ref"] = json!(reference);
    raw.ask(&frame, &format!(r#"{{"type":"ack","ref":{reference}{members}}}"#)).await;
}

async fn look(raw: &mut Raw, reference: u64, frame: Value, key: &str) {
    ask(raw, reference, frame, &format!(r#","key":"{key}""#)).await;
}

/// The keys of a query that fails, of another one of its channel, and of the same one of another channel.
async fn keys(server: &Server) -> [String; 3] {
    let mut link = Link::open(Transport::WebSocket, server.address, "").await;
    [
        link.look_as(begin("boardCount", "board/a")).await,
        link.look_as(above("board/a")).await,
        link.look_as(begin("boardCount", "board/b")).await,
    ]
}

#[tokio::test]
async fn a_failure_is_told_in_these_bytes_and_concerns_no_other_query() {
    for (transport, (mood, error, logged)) in BOTH.into_iter().flat_map(|transport| FAILURES.map(|failure| (transport, failure))) {
        let log = Log::default();
        let _logging = tracing::subscriber::set_default(log.clone());
        let (ailing, healthy) = (Store::new(), Store::new());
        let server = Server::start(Under::Tidewire, builder(&ailing, &healthy)).await;
        let [count, other, elsewhere] = keys(&server).await;
        let mut ann = Raw::open(transport, server.address).await;
        look(&mut ann, 1, begin("boardCount", "board/a"), &count).await;
        look(&mut ann, 2, above("board/a"), &other).await;
        look(&mut ann, 3, begin("boardCount", "board/b"), &elsewhere).await;
        for key in [&count, &other, &elsewhere] {
            ann.until(&value(key, 0), 1).await;
        }

        ailing.feels(mood);
        healthy.set("a", 1);
        store_and_tell(&server.realtime, &ailing, "a", 1).await;
        ann.until(&failure(&count, error), 1).await;
        ann.until(&value(&other, 1), 1).await;
        store_and_tell(&server.realtime, &healthy, "b", 1).await;
        ann.until(&value(&elsewhere, 1), 1).await;
        eventually("the cause is in the log", || log.says(Level::ERROR, logged) == 1).await;

        // Who comes now has the last good value, and knows that it is not the newest.
        let mut late = Raw::open(transport, server.address).await;
        look(&mut late, 1, begin("boardCount", "board/a"), &count).await;
        late.until(&failure(&count, error), 1).await;
        assert_eq!(late.count(&value(&count, 0)), 1);
        // Who asks is told once more.
        ask(&mut ann, 4, json!({ "type": "live", "key": count, "reload": true }), "").await;
        ann.until(&failure(&count, error), 2).await;

        ailing.feels(Mood::Fine);
        store_and_tell(&server.realtime, &ailing, "a", 2).await;
        for raw in [&mut ann, &mut late] {
            raw.until(&value(&count, 2), 1).await;
            raw.has_no_secrets();
        }
        let told = [(&ann, &count, 4), (&ann, &elsewhere, 2), (&late, &count, 3)];
        for (raw, key, frames) in told {
            assert_eq!(raw.count(&format!(r#""type":"live","key":"{key}""#)), frames, "{mood:?} over {transport:?}");
        }
    }
}

#[tokio::test]
async fn a_first_run_that_fails_is_told_in_the_same_bytes_without_a_value() {
    for (transport, (mood, error, _)) in BOTH.into_iter().flat_map(|transport| FAILURES.map(|failure| (transport, failure))) {
        let (ailing, healthy) = (Store::new(), Store::new());
        ailing.feels(mood);
        let server = Server::start(Under::Tidewire, builder(&ailing, &healthy)).await;
        let [count, ..] = keys(&server).await;
        let mut ann = Raw::open(transport, server.address).await;
        look(&mut ann, 1, begin("boardCount", "board/a"), &count).await;
        ann.until(&failure(&count, error), 1).await;
        assert_eq!(ann.count(r#""data":"#), 0);
        ailing.feels(Mood::Fine);
        store_and_tell(&server.realtime, &ailing, "a", 3).await;
        ann.until(&value(&count, 3), 1).await;
        ann.has_no_secrets();
    }
}

/// Panics wherever it is given up.
struct Brittle;

impl Drop for Brittle {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "SECRET text of a panic");
    }
}

/// An error whose text cannot be had.
#[derive(Debug)]
struct Unspeakable;

impl std::fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("SECRET text of a panic")
    }
}

impl std::error::Error for Unspeakable {}

/// Not in its future, as others: before there is one, when it is dropped, and when its error is to be logged.
#[tokio::test]
async fn a_loader_that_panics_where_nobody_expects_it_is_told_and_runs_again() {
    for (transport, (way, error)) in
        BOTH.into_iter().flat_map(|transport| [(0, FAILED), (1, LATE), (2, FAILED)].map(|way| (transport, way)))
    {
        let log = Log::default();
        let _logging = tracing::subscriber::set_default(log.clone());
        let store = Store::new();
        let loaded = store.clone();
        let options = LiveOptions::new().timeout(Duration::from_millis(100));
        let builder = Realtime::builder(live::contract()).public().live_with(live::BoardCount, options, move |board: Board| {
            let number = loaded.get(&board.board_id.0);
            assert!(number != 1 || way != 0, "SECRET text of a panic");
            async move {
                if number == 1 && way == 1 {
                    let _brittle = Brittle;
                    std::future::pending::<()>().await;
                }
                if number == 1 { Err(Unspeakable) } else { Ok(number) }
            }
        });
        let server = Server::start(Under::Tidewire, builder).await;
        let count = Link::open(Transport::WebSocket, server.address, "").await.look("boardCount", "board/a").await;
        let mut ann = Raw::open(transport, server.address).await;
        look(&mut ann, 1, begin("boardCount", "board/a"), &count).await;
        ann.until(&value(&count, 0), 1).await;
        store_and_tell(&server.realtime, &store, "a", 1).await;
        ann.until(&failure(&count, error), 1).await;
        store_and_tell(&server.realtime, &store, "a", 2).await;
        ann.until(&value(&count, 2), 1).await;
        ann.has_no_secrets();
    }
}
