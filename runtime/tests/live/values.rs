//! What is shown, and when a loader runs for it.

use std::{sync::atomic::Ordering, time::Duration};

use crate::support::{
    Server, Under,
    board::{Store, begin, board, builder, live::CursorMoved, store_and_tell, with},
    eventually,
    link::{BOTH, Link, Transport},
    within,
};
use serde_json::{Value, json};
use tidewire::LiveOptions;

#[tokio::test]
async fn a_value_comes_after_the_answer_and_then_whenever_it_changed() {
    for under in [Under::Tidewire, Under::Axum] {
        for transport in BOTH {
            let store = Store::new();
            let server = Server::start(under, builder(&store)).await;
            store.set("a", 1);
            let mut ann = Link::signed_in(transport, server.address, "ann").await;
            let reply = ann.ask(begin("boardCount", "board/a")).await;
            let key = reply["key"].as_str().unwrap().to_owned();
            assert_eq!(reply, json!({ "type": "ack", "ref": 1, "key": key }));
            let first = ann.told(&key).await;
            let version = first["version"].as_str().unwrap();
            assert_eq!(first, json!({ "type": "live", "key": key, "version": version, "data": 1 }));
            store_and_tell(&server.realtime, &store, "a", 2).await;
            assert_eq!(ann.value(&key).await, 2);
            // What a client publishes counts as much, and so does what has no history.
            store.set("a", 3);
            ann.ask(json!({ "type": "publish", "channel": "board/a", "event": "card.changed", "data": { "id": "x" } })).await;
            assert_eq!(ann.value(&key).await, 3);
            store.set("a", 4);
            server.realtime.channel(board("a")).publish(CursorMoved { x: 1.0 }).await.unwrap();
            assert_eq!(ann.value(&key).await, 4);
            // Another run, and nothing new.
            let runs = store.begun();
            store_and_tell(&server.realtime, &store, "a", 4).await;
            eventually("the run ended", || store.ended.load(Ordering::SeqCst) > runs).await;
            ann.hears_nothing().await;
            // Another board is another key.
            store_and_tell(&server.realtime, &store, "b", 7).await;
            let other = ann.look("boardCount", "board/b").await;
            assert!(other != key && ann.value(&other).await == 7);
            assert_eq!(store.begun(), runs + 2);
        }
    }
}

#[tokio::test]
async fn a_publish_during_a_run_leads_to_exactly_one_more_also_during_the_first() {
    let store = Store::new();
    let server = Server::start(Under::Tidewire, builder(&store)).await;
    store.close();
    let mut ann = Link::signed_in(Transport::WebSocket, server.address, "ann").await;
    let key = ann.look("boardCount", "board/a").await;
    store.has_begun(1).await;
    for number in 1..=5 {
        store_and_tell(&server.realtime, &store, "a", number).await;
    }
    store.open();
    assert_eq!(ann.value(&key).await, 0, "what the first run read");
    assert_eq!(ann.value(&key).await, 5);
    assert_eq!(store.begun(), 2);
    store.close();
    store_and_tell(&server.realtime, &store, "a", 6).await;
    store.has_begun(3).await;
    for number in 7..=9 {
        store_and_tell(&server.realtime, &store, "a", number).await;
    }
    store.open();
    assert_eq!((ann.value(&key).await, ann.value(&key).await), (json!(6), json!(9)));
    ann.hears_nothing().await;
    assert!(store.begun() == 4 && !store.overlapped.load(Ordering::SeqCst));
}

#[tokio::test]
async fn all_who_look_share_the_runs() {
    for transport in BOTH {
        let store = Store::new();
        let server = Server::start(Under::Tidewire, builder(&store)).await;
        store.set("a", 1);
        let mut links = Vec::new();
        for user in ["ann", "bob", "cid", "nobody"] {
            let mut link = Link::signed_in(transport, server.address, user).await;
            let key = link.look("boardCount", "board/a").await;
            assert_eq!(link.value(&key).await, 1);
            links.push((link, key));
        }
        assert_eq!(store.begun(), 1, "who comes later sees what is there");
        store_and_tell(&server.realtime, &store, "a", 2).await;
        for (link, key) in &mut links {
            assert_eq!(link.value(key).await, 2);
        }
        assert_eq!(store.begun(), 2);
        assert!(links.windows(2).all(|pair| pair[0].1 == pair[1].1));
    }
}

#[tokio::test]
async fn who_comes_during_a_run_is_not_shown_what_was_before() {
    let store = Store::new();
    let server = Server::start(Under::Tidewire, builder(&store)).await;
    let mut ann = Link::signed_in(Transport::WebSocket, server.address, "ann").await;
    let key = ann.look("boardCount", "board/a").await;
    assert_eq!(ann.value(&key).await, 0);
    store.close();
    store_and_tell(&server.realtime, &store, "a", 1).await;
    store.has_begun(2).await;
    let mut bob = Link::signed_in(Transport::WebSocket, server.address, "bob").await;
    bob.look("boardCount", "board/a").await;
    bob.hears_nothing().await;
    store.open();
    assert_eq!((bob.value(&key).await, ann.value(&key).await), (json!(1), json!(1)));
}

#[tokio::test]
async fn a_loader_that_takes_the_context_runs_for_each_user() {
    for transport in BOTH {
        let store = Store::new();
        let server = Server::start(Under::Tidewire, builder(&store)).await;
        let mut links = Vec::new();
        for user in ["ann", "ann", "bob", "nobody", "nobody"] {
            let mut link = Link::signed_in(transport, server.address, user).await;
            let key = link.look("mine", "board/a").await;
            let name = if user == "nobody" { "None".to_owned() } else { format!("Some({user:?})") };
            assert_eq!(link.value(&key).await, format!("{name} Some(\"phone\") 0"));
            links.push((link, key));
        }
        let keys: Vec<&String> = links.iter().map(|(_, key)| key).collect();
        assert!(keys[0] == keys[1] && keys[1] != keys[2] && keys[3] != keys[4], "two nobodies are not the same: {keys:?}");
        assert_eq!(store.begun(), 4);
    }
}

#[tokio::test]
async fn parameters_are_typed_and_equal_ones_are_shared() {
    let store = Store::new();
    let server = Server::start(Under::Tidewire, builder(&store)).await;
    store.set("a", 5);
    let mut ann = Link::signed_in(Transport::WebSocket, server.address, "ann").await;
    let above = |params: Value| {
        let mut frame = begin("countAbove", "board/a");
        frame["params"] = params;
        frame
    };
    let key = ann.look_as(above(json!({ "after": 3 }))).await;
    assert_eq!(ann.value(&key).await, 5);
    // Equal in their normal form.
    assert_eq!(ann.look_as(above(json!({ "label": "", "after": 3.0 }))).await, key);
    let other = ann.look_as(above(json!({ "after": 9 }))).await;
    assert_eq!(ann.value(&other).await, Value::Null);
    for wrong in [json!({}), json!([]), json!("x"), json!({ "after": -1 }), json!({ "after": "3" }), Value::Null] {
        assert_eq!(ann.ask(above(wrong.clone())).await["error"]["code"], 4008, "{wrong}");
    }
    let mut frame = begin("boardCount", "board/a");
    frame["params"] = json!({ "after": 3 });
    assert_eq!(ann.ask(frame).await["error"]["code"], 4008, "it has none");
    // A channel with an enum, a number, and what may be left out.
    for (channel, sign) in [("floor/low/3", "Low/3/None"), ("floor/high/0/a%2Fb", "High/0/Some(\"a/b\")")] {
        let key = ann.look("sign", channel).await;
        assert_eq!(ann.value(&key).await, sign);
    }
    assert_eq!(store.begun(), 2);
}

#[tokio::test]
async fn a_run_is_dropped_when_the_last_one_leaves_and_nothing_old_is_shown_later() {
    for transport in BOTH {
        let store = Store::new();
        let server = Server::start(Under::Tidewire, builder(&store)).await;
        store.set("a", 1);
        let mut ann = Link::signed_in(transport, server.address, "ann").await;
        let mut bob = Link::signed_in(transport, server.address, "bob").await;
        let key = ann.look("boardCount", "board/a").await;
        bob.look("boardCount", "board/a").await;
        assert_eq!((ann.value(&key).await, bob.value(&key).await), (json!(1), json!(1)));
        store.close();
        store_and_tell(&server.realtime, &store, "a", 2).await;
        store.has_begun(2).await;
        let end = json!({ "type": "live", "key": key, "end": true });
        assert_eq!(ann.ask(end.clone()).await["type"], "ack");
        assert_eq!(ann.ask(end).await["type"], "ack", "once more changes nothing");
        ann.hears_nothing().await;
        assert_eq!(store.dropped.load(Ordering::SeqCst), 0, "somebody looks still");
        drop(bob);
        eventually("the run is dropped", || store.dropped.load(Ordering::SeqCst) == 1).await;
        // A number that nobody was told of.
        store.set("a", 3);
        ann.look("boardCount", "board/a").await;
        store.has_begun(3).await;
        ann.hears_nothing().await;
        store.open();
        assert_eq!(ann.value(&key).await, 3);
    }
}

#[tokio::test]
async fn a_cache_shows_the_last_value_while_a_run_begins() {
    let store = Store::new();
    let server = Server::start(Under::Tidewire, with(&store, LiveOptions::new().cache(Duration::from_secs(60))).public()).await;
    store.set("a", 1);
    let mut ann = Link::open(Transport::WebSocket, server.address, "").await;
    let key = ann.look("boardCount", "board/a").await;
    assert_eq!(ann.value(&key).await, 1);
    drop(ann);
    let mut bob = Link::open(Transport::WebSocket, server.address, "").await;
    // Until the end of the connection is noticed there is nothing to keep; what is shared is as new.
    within(async {
        loop {
            let runs = store.begun();
            bob.look("boardCount", "board/a").await;
            assert_eq!(bob.value(&key).await, 1);
            bob.ask(json!({ "type": "live", "key": key, "end": true })).await;
            if store.begun() > runs {
                break;
            }
        }
    })
    .await;
    store.close();
    store.set("a", 2);
    bob.look("boardCount", "board/a").await;
    assert_eq!(bob.value(&key).await, 1, "at once");
    store.open();
    assert_eq!(bob.value(&key).await, 2);
}

#[tokio::test]
async fn who_has_the_value_already_is_told_that_it_is_the_newest() {
    for transport in BOTH {
        let store = Store::new();
        let server = Server::start(Under::Tidewire, builder(&store)).await;
        store.set("a", 1);
        let mut ann = Link::signed_in(transport, server.address, "ann").await;
        let key = ann.look("boardCount", "board/a").await;
        let version = ann.told(&key).await["version"].clone();
        drop(ann);
        let mut again = Link::signed_in(transport, server.address, "ann").await;
        let mut frame = begin("boardCount", "board/a");
        frame["version"] = version.clone();
        again.look_as(frame.clone()).await;
        assert_eq!(again.told(&key).await, json!({ "type": "live", "key": key, "version": version }));
        store_and_tell(&server.realtime, &store, "a", 2).await;
        assert_eq!(again.value(&key).await, 2);
        store_and_tell(&server.realtime, &store, "a", 1).await;
        assert_eq!(again.value(&key).await, 1, "which it had once");
        let mut late = Link::signed_in(transport, server.address, "bob").await;
        store_and_tell(&server.realtime, &store, "a", 3).await;
        assert_eq!(again.value(&key).await, 3);
        late.look_as(frame).await;
        assert_eq!(late.value(&key).await, 3, "it had another one");
    }
}

#[tokio::test]
async fn a_reload_is_answered_to_who_asked_even_if_nothing_changed() {
    for transport in BOTH {
        let store = Store::new();
        let server = Server::start(Under::Tidewire, builder(&store)).await;
        let mut ann = Link::signed_in(transport, server.address, "ann").await;
        let mut bob = Link::signed_in(transport, server.address, "bob").await;
        let key = ann.look("boardCount", "board/a").await;
        bob.look("boardCount", "board/a").await;
        assert_eq!((ann.value(&key).await, bob.value(&key).await), (json!(0), json!(0)));
        let reload = json!({ "type": "live", "key": key, "reload": true });
        assert_eq!(ann.ask(reload.clone()).await["type"], "ack");
        assert_eq!(ann.value(&key).await, 0);
        bob.hears_nothing().await;
        // A change that nobody published.
        store.set("a", 1);
        ann.ask(reload.clone()).await;
        assert_eq!((ann.value(&key).await, bob.value(&key).await), (json!(1), json!(1)));
        ann.hears_nothing().await;
        // A run that began before it was asked for does not do.
        store.close();
        store_and_tell(&server.realtime, &store, "a", 1).await;
        let runs = store.begun();
        store.has_begun(runs.max(4)).await;
        ann.ask(reload.clone()).await;
        ann.ask(reload.clone()).await;
        store.set("a", 2);
        store.open();
        assert_eq!((ann.value(&key).await, bob.value(&key).await), (json!(2), json!(2)));
        ann.hears_nothing().await;
    }
}

#[tokio::test]
async fn a_query_that_runs_after_some_events_hears_no_others() {
    let store = Store::new();
    let options = LiveOptions::new().on_event::<crate::support::board::CardChanged>();
    let server = Server::start(Under::Tidewire, with(&store, options).public()).await;
    let mut ann = Link::open(Transport::WebSocket, server.address, "").await;
    let key = ann.look("boardCount", "board/a").await;
    assert_eq!(ann.value(&key).await, 0);
    let address = server.realtime.channel(board("a"));
    for _ in 0..400 {
        // More than the node holds in memory.
        address.publish(CursorMoved { x: 1.0 }).await.unwrap();
    }
    ann.hears_nothing().await;
    let runs = store.begun();
    store_and_tell(&server.realtime, &store, "a", 1).await;
    assert_eq!(ann.value(&key).await, 1);
    // If it fell behind what is held it runs, because nobody knows what was among it.
    assert!(store.begun() <= runs + 2, "{} runs", store.begun());
}
