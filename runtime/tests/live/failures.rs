//! Loaders that fail, panic, hang, and answer what the contract does not know.

use std::time::Duration;

use crate::support::{
    Server, Under,
    board::{Mood, Store, live, store_and_tell, with},
    link::{BOTH, Link, Transport},
};
use serde_json::json;
use tidewire::{BuildError, LiveOptions, Realtime};

#[tokio::test]
async fn a_run_that_fails_is_told_once_and_the_next_value_comes_even_if_it_is_the_same() {
    for transport in BOTH {
        for (mood, code, name) in
            [(Mood::Failing, 4107, "live_failed"), (Mood::Panicking, 4107, "live_failed"), (Mood::Hanging, 4108, "live_timeout")]
        {
            let store = Store::new();
            let options = LiveOptions::new().timeout(Duration::from_millis(100));
            let server = Server::start(Under::Tidewire, with(&store, options).public()).await;
            let mut ann = Link::open(transport, server.address, "").await;
            let key = ann.look("boardCount", "board/a").await;
            assert_eq!(ann.value(&key).await, 0);
            store.feels(mood);
            store_and_tell(&server.realtime, &store, "a", 1).await;
            let told = ann.told(&key).await;
            assert_eq!((&told["error"]["code"], &told["error"]["name"]), (&json!(code), &json!(name)));
            assert!(told.get("data").is_none() && !told.to_string().contains("SECRET"), "{told}");
            // Who comes now gets the last value if there is one, and the error.
            let mut bob = Link::open(transport, server.address, "").await;
            bob.look("boardCount", "board/a").await;
            assert_eq!(bob.value(&key).await, 0);
            assert_eq!(bob.told(&key).await["error"]["code"], code);
            // Another failure of the same kind is nothing new, but to who asked.
            let runs = store.begun();
            store_and_tell(&server.realtime, &store, "a", 1).await;
            store.has_begun(runs + 1).await;
            bob.ask(json!({ "type": "live", "key": key, "reload": true })).await;
            assert_eq!(bob.told(&key).await["error"]["code"], code);
            ann.hears_nothing().await;
            store.feels(Mood::Fine);
            store_and_tell(&server.realtime, &store, "a", 0).await;
            assert_eq!((ann.value(&key).await, bob.value(&key).await), (json!(0), json!(0)), "the same as before, and good");
        }
    }
}

#[tokio::test]
async fn a_first_run_that_fails_is_told_and_tried_again_after_the_next_event() {
    let store = Store::new();
    store.feels(Mood::Failing);
    let server = Server::start(Under::Tidewire, with(&store, LiveOptions::new()).public()).await;
    let mut ann = Link::open(Transport::WebSocket, server.address, "").await;
    let key = ann.look("boardCount", "board/a").await;
    assert_eq!(ann.told(&key).await["error"]["code"], 4107);
    store.feels(Mood::Fine);
    store_and_tell(&server.realtime, &store, "a", 3).await;
    assert_eq!(ann.value(&key).await, 3);
}

#[tokio::test]
async fn a_result_that_violates_the_contract_or_is_too_large_is_a_failure() {
    let mut limits = tidewire::Limits::default();
    limits.event_bytes = 1000;
    let builder = Realtime::builder(live::contract())
        .public()
        .limits(limits)
        .live(live::Poster, |board: live::Board| async move {
            live::Large { text: "x".repeat(if board.board_id.0 == "large" { 1001 } else { 1 }) }
        })
        .live(live::CountAbove, |_: live::Board, _: live::Page| async { tidewire::Nullable::Null })
        .live(live::Mine, |_: live::Board| async { String::from("\u{0}") });
    let server = Server::start(Under::Tidewire, builder).await;
    let mut ann = Link::open(Transport::WebSocket, server.address, "").await;
    let key = ann.look("poster", "board/large").await;
    assert_eq!(ann.told(&key).await["error"]["code"], 4107);
    let key = ann.look("poster", "board/small").await;
    assert_eq!(ann.value(&key).await, json!({ "text": "x" }));
}

#[tokio::test]
async fn what_is_told_of_a_loader_that_cannot_be_one() {
    let refused = |builder: tidewire::RealtimeBuilder| async move {
        match builder.public().build().await {
            Err(BuildError::Live { name, reason }) => (name, reason),
            other => panic!("{other:?}"),
        }
    };
    let count = |_: live::Board| async { 1 };
    let builder = || Realtime::builder(live::contract()).live(live::BoardCount, count);
    assert_eq!(refused(builder().live(live::BoardCount, count)).await.1, "it has two loaders, and one is to go");
    let other = Realtime::builder(crate::support::presence::contract()).live(live::BoardCount, count);
    assert_eq!(refused(other).await, ("boardCount".into(), "the contract has no such live query".into()));
    let on = LiveOptions::new().on(["card.changed", "card.chnged"]);
    let odd = Realtime::builder(live::contract()).live_with(live::BoardCount, on, count);
    assert_eq!(refused(odd).await.1, "its channel `board/{boardId}` carries no event `card.chnged`; did you mean `card.changed`?");
}
