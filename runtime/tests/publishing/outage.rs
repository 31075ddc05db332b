//! The broker goes away and comes back: connections stay, everybody is told, nothing is lost.

use std::time::{Duration, Instant};

use crate::support::{
    Server, Under,
    client::{EventStream, get, get_with},
    link::{BOTH, Link},
    live::{self, chat, message},
    outage::Outage,
};
use serde_json::{Value, json};
use tidewire::{Limits, MemoryBroker, Publisher, Realtime};

/// A server behind a link that can go down, and somebody who publishes on the other side of it.
async fn server() -> (Server, Outage, Publisher) {
    let store = MemoryBroker::new();
    let broker = Outage::new(store.clone());
    let mut limits = Limits::default();
    limits.broker_timeout = Duration::from_millis(300);
    let server = Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().limits(limits).broker(broker.clone())).await;
    let elsewhere = Realtime::builder(live::contract()).broker(store).publisher().unwrap();
    (server, broker, elsewhere)
}

async fn publish(publisher: &Publisher, room: &str, text: impl Into<String>) {
    publisher.channel(chat(room)).publish(message(text)).await.unwrap();
}

#[tokio::test]
async fn connections_stay_and_are_told_and_get_everything_afterwards() {
    for transport in BOTH {
        let (server, broker, elsewhere) = server().await;
        let mut link = Link::open(transport, server.address, "channel=chat/a").await;
        link.expect("subscribed").await;
        broker.go_down();
        assert_eq!(link.expect("status").await["status"], "degraded");
        publish(&elsewhere, "a", "while it was away").await;

        let started = Instant::now();
        let reply = link
            .ask(json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "a", "text": "x" } }))
            .await;
        assert_eq!(reply["error"]["code"], 4101, "{reply}");
        assert!(!reply.to_string().contains("SECRET") && started.elapsed() < Duration::from_secs(2));
        let denied = link.ask(json!({ "type": "subscribe", "channel": "chat/b" })).await;
        assert_eq!((&denied["type"], &denied["error"]["name"]), (&json!("denied"), &json!("broker_unavailable")));
        let late = Link::open(transport, server.address, "").await;

        broker.come_back();
        assert_eq!(link.expect("status").await["status"], "connected");
        publish(&elsewhere, "a", "after it").await;
        assert_eq!(link.texts(2).await, ["while it was away", "after it"], "{transport:?}");
        assert_eq!(link.ask(json!({ "type": "subscribe", "channel": "chat/b" })).await["type"], "ack");
        drop(late);
    }
}

#[tokio::test]
async fn a_connection_that_begins_during_an_outage_gets_its_channels_after_it() {
    for transport in BOTH {
        let (server, broker, elsewhere) = server().await;
        let cursor = elsewhere.channel(chat("a")).publish(message("zero")).await.unwrap().id.unwrap();
        publish(&elsewhere, "a", "one").await;
        broker.go_down();
        let mut link = Link::open(transport, server.address, &format!("channel=chat/a&channel=chat/b&lastEventId=chat/a={cursor}")).await;
        assert_eq!(link.expect("status").await["status"], "degraded");
        // A change of mind during the outage holds after it.
        assert_eq!(link.ask(json!({ "type": "unsubscribe", "channel": "chat/b" })).await["type"], "ack");
        assert_eq!(link.expect("unsubscribed").await["channel"], "chat/b");
        broker.come_back();
        let mut outcomes: Vec<Value> = vec![link.frame().await, link.frame().await];
        outcomes.retain(|frame| frame["type"] != "status");
        assert_eq!((outcomes.len(), &outcomes[0]["type"], &outcomes[0]["outcome"]), (1, &json!("subscribed"), &json!("resumed")));
        assert_eq!(link.texts(1).await, ["one"]);
        publish(&elsewhere, "b", "not wanted any more").await;
        publish(&elsewhere, "a", "two").await;
        assert_eq!(link.texts(1).await, ["two"]);
    }
}

#[tokio::test]
async fn history_that_cannot_be_read_is_waited_for() {
    for transport in BOTH {
        let (server, broker, elsewhere) = server().await;
        let cursor = elsewhere.channel(chat("a")).publish(message("zero")).await.unwrap().id.unwrap();
        publish(&elsewhere, "a", "one").await;
        // Somebody else listens, so the channel is open; the past of this client is not in the ring.
        let mut other = Link::open(transport, server.address, "channel=chat/a").await;
        other.expect("subscribed").await;
        let mut link = Link::open(transport, server.address, "").await;
        broker.fall_silent();
        let asked = link.ask(json!({ "type": "subscribe", "channel": "chat/a", "after": cursor })).await;
        assert_eq!(asked["type"], "ack");
        // Longer than the broker is given for an answer: the first read has failed by then.
        tokio::time::sleep(Duration::from_millis(700)).await;
        publish(&elsewhere, "a", "two").await;
        broker.come_back();
        assert_eq!(link.expect("subscribed").await["outcome"], "resumed");
        assert_eq!(link.texts(2).await, ["one", "two"], "{transport:?}");
    }
}

#[tokio::test]
async fn a_channel_whose_history_is_no_history_is_denied_alone() {
    for transport in BOTH {
        let (server, broker, elsewhere) = server().await;
        let cursor = elsewhere.channel(chat("a")).publish(message("zero")).await.unwrap().id.unwrap();
        publish(&elsewhere, "a", "one").await;
        let mut link = Link::open(transport, server.address, "channel=chat/b").await;
        link.expect("subscribed").await;
        broker.corrupt();
        assert_eq!(link.ask(json!({ "type": "subscribe", "channel": "chat/a", "after": cursor })).await["type"], "ack");
        let denied = link.expect("denied").await;
        assert_eq!((&denied["channel"], &denied["error"]["name"]), (&json!("chat/a"), &json!("internal")));
        assert!(!denied.to_string().contains("SECRET"));
        publish(&elsewhere, "b", "goes on").await;
        assert_eq!(link.texts(1).await, ["goes on"]);

        let query = format!("channel=chat/a&channel=chat/b&lastEventId=chat/a={cursor}");
        let mut stream = EventStream::open(server.address, &query).await.welcomed().await;
        stream.expect("subscribed").await;
        assert_eq!(stream.expect("error").await["error"]["name"], "internal", "its client knows no `denied`");
        assert_eq!(stream.block().await, None);
    }
}

#[tokio::test]
async fn a_browser_is_excused_and_everybody_else_refused() {
    let (server, broker, _) = server().await;
    broker.go_down();
    let (status, body) = get(server.address, "/realtime/events?channel=chat/a").await;
    assert_eq!((status, &body["error"]["name"]), (503, &json!("broker_unavailable")));
    let (status, body) = get_with(server.address, "/realtime/history?channel=chat/a", &[]).await;
    assert_eq!((status, body["error"]["code"].as_u64()), (503, Some(4101)));
    assert!(!body.to_string().contains("SECRET"));
    let mut stream = EventStream::open_with(server.address, "channel=chat/a", &[("accept", b"text/event-stream")]).await.welcomed().await;
    assert_eq!(stream.expect("error").await["error"]["name"], "broker_unavailable");
    assert_eq!(stream.block().await, None);
}
