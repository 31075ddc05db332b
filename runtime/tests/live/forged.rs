//! Frames that somebody made by hand.

use crate::support::{
    Server, Under,
    board::{Store, begin, builder, store_and_tell},
    link::{BOTH, Link, Transport},
    within,
};
use serde_json::{Value, json};
use tidewire::{Limits, RateLimit};

fn code(reply: &Value) -> u64 {
    reply["error"]["code"].as_u64().unwrap_or_default()
}

#[tokio::test]
async fn what_cannot_be_looked_at_has_a_code() {
    for transport in BOTH {
        let store = Store::new();
        let server = Server::start(Under::Tidewire, builder(&store)).await;
        let mut ann = Link::signed_in(transport, server.address, "ann").await;
        for (query, channel, expected) in [
            ("boardCunt", "board/a", 4019),
            ("nobodyLoads", "board/a", 4019),
            ("__proto__", "board/a", 4019),
            ("", "board/a", 4019),
            ("boardCount", "floor/low/1", 4006),
            ("boardCount", "board/a b", 4006),
            ("boardCount", "board/A", 4006),
            ("boardCount", "$revocations", 4006),
            ("boardCount", "bord/a", 4005),
        ] {
            let reply = ann.ask(begin(query, channel)).await;
            assert_eq!((code(&reply), &reply["type"]), (expected, &json!("error")), "{query} {channel}: {reply}");
        }
        assert_eq!(ann.ask(begin("boardCunt", "board/a")).await["error"]["hint"], "did you mean `boardCount`?");
        let long = "x".repeat(50_000);
        let reply = ann.ask(begin(&long, "board/a")).await;
        assert!(code(&reply) == 4019 && reply.to_string().len() < 1000);
        let key = ann.look("boardCount", "board/a").await;
        assert_eq!(ann.value(&key).await, 0);
        // A key is a name for the connection that began it.
        let mut eve = Link::signed_in(transport, server.address, "eve").await;
        assert_eq!(code(&eve.ask(json!({ "type": "live", "key": key, "reload": true })).await), 4019);
        assert_eq!(eve.ask(json!({ "type": "live", "key": key, "end": true })).await["type"], "ack");
        store_and_tell(&server.realtime, &store, "a", 1).await;
        assert_eq!(ann.value(&key).await, 1);
        eve.hears_nothing().await;
        let mut frame = begin("boardCount", "board/b");
        frame["version"] = json!(long);
        let other = eve.look_as(frame).await;
        assert_eq!(eve.value(&other).await, 0);
    }
}

#[tokio::test]
async fn odd_parameters_are_data_or_nothing() {
    let store = Store::new();
    let server = Server::start(Under::Tidewire, builder(&store)).await;
    let mut ann = Link::signed_in(Transport::WebSocket, server.address, "ann").await;
    ann.say(r#"{"type":"live","ref":900,"query":"countAbove","channel":"board/a","params":{"after":0,"__proto__":{"after":9},"constructor":1}}"#)
        .await;
    let ack = within(ann.until_type("ack")).await;
    let mut plain = begin("countAbove", "board/a");
    plain["params"] = json!({ "after": 0 });
    assert_eq!(ann.look_as(plain).await, ack["key"].as_str().unwrap(), "what the contract does not list is dropped");
    ann.say(r#"{"type":"live","query":"countAbove","channel":"board/a","params":{"after":0,"after":1}}"#).await;
    assert_eq!(within(ann.until_type("error")).await["error"]["code"], 4000);
    let deep = format!(r#"{{"type":"live","query":"countAbove","channel":"board/a","params":{}1{}}}"#, "[".repeat(2000), "]".repeat(2000));
    ann.say(&deep).await;
    assert_eq!(within(ann.until_type("error")).await["error"]["code"], 4000);
}

#[tokio::test]
async fn a_flood_is_slowed_down() {
    let mut limits = Limits::default();
    limits.subscribe_rate = RateLimit { per_second: 1, burst: 5 };
    let store = Store::new();
    let server = Server::start(Under::Tidewire, builder(&store).limits(limits)).await;
    let mut ann = Link::signed_in(Transport::WebSocket, server.address, "ann").await;
    let key = ann.look("boardCount", "board/a").await;
    let mut replies = Vec::new();
    for _ in 0..20 {
        replies.push(code(&ann.ask(json!({ "type": "live", "key": key, "reload": true })).await));
    }
    assert!(replies.iter().filter(|code| **code == 4103).count() >= 10, "{replies:?}");
    assert!(store.begun() <= 12);
}
