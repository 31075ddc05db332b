//! Nodes that cannot follow the log of revocations hand out nothing that needs rights, and come back.

use std::time::{Duration, Instant};

use super::cut_log::CutLog;
use crate::support::{
    Server, Under,
    client::get_with,
    link::{BOTH, Link, Transport},
    live::{self, chat, message},
    outage::Outage,
};
use hyper::Method;
use serde_json::{Value, json};
use tidewire::{AnyChannel as _, ConnectRequest, Denied, Grant, MemoryBroker, NotReady, Realtime, RealtimeBuilder};

async fn decide(request: ConnectRequest) -> Result<Grant, Denied> {
    let user = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    Ok(user.map_or_else(Grant::anonymous, Grant::user).subscribe_and_publish(live::Chat::any()))
}

fn guarded() -> RealtimeBuilder {
    Realtime::builder(live::contract()).authorize(decide)
}

async fn subscribed(transport: Transport, server: &Server, user: &str) -> Link {
    let mut link = Link::open_with(transport, server.address, "channel=chat/a", None, &[("authorization", user)]).await;
    link.expect("subscribed").await;
    link
}

/// Waits until a request for the history gets this status.
async fn until(server: &Server, expected: u16, longest: Duration) -> Duration {
    let began = Instant::now();
    loop {
        let (status, body) = get_with(server.address, "/realtime/history?channel=chat/a", &[("authorization", b"eve")]).await;
        if status == expected {
            return began.elapsed();
        }
        assert!(began.elapsed() < longest, "{status} {body}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_node_that_does_not_know_the_log_pauses_without_ending_anybody() {
    let store = MemoryBroker::new();
    let broker = CutLog::new(store.clone());
    let here = Server::start(Under::Tidewire, guarded().broker(broker.clone())).await;
    let there = Server::start(Under::Tidewire, guarded().broker(store)).await;
    let mut links = Vec::new();
    for transport in BOTH {
        for user in ["ann", "eve"] {
            links.push(subscribed(transport, &here, user).await);
        }
    }
    broker.cut(true);
    let cut = Instant::now();
    there.realtime.revoke("ann", chat("a")).await.unwrap();
    until(&here, 503, Duration::from_secs(11)).await;
    assert!(cut.elapsed() > Duration::from_secs(5) && cut.elapsed() < Duration::from_secs(10), "{:?}", cut.elapsed());
    assert!(here.realtime.readiness().reasons().contains(&NotReady::Revocations));
    there.realtime.channel(chat("a")).publish(message("secret")).await.unwrap();
    for link in &mut links {
        assert_eq!(link.expect("status").await["status"], "degraded", "and no event");
    }
    for link in &mut links[2..] {
        let publish = json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "x", "text": "hi" } });
        assert_eq!(link.ask(publish).await["error"]["code"], 4101);
        assert_eq!(link.ask(json!({ "type": "subscribe", "channel": "chat/b" })).await["error"]["code"], 4101);
    }
    let (status, body) = get_with(here.address, "/realtime/events?ids=0", &[("authorization", b"eve")]).await;
    assert_eq!((status, body["error"]["code"].as_u64()), (503, Some(4101)));
    assert_eq!(links[3].ask(json!({ "type": "call", "call": "anything" })).await["error"]["code"], 4101);
    assert!(there.realtime.readiness().is_ready(), "the other node is not concerned");
    broker.cut(false);
    until(&here, 200, Duration::from_secs(5)).await;
    for (at, link) in links.iter_mut().enumerate() {
        let mut kinds: Vec<Value> = Vec::new();
        for _ in 0..2 {
            let frame = link.frame().await;
            assert!(frame["type"] != "event" || at % 2 == 1, "ann was revoked before: {frame}");
            kinds.push(frame["type"].clone());
        }
        let expected = if at % 2 == 0 { ["revoked", "status"] } else { ["event", "status"] };
        assert!(expected.iter().all(|kind| kinds.contains(&json!(kind))), "{kinds:?}");
    }
    assert!(here.realtime.readiness().is_ready());
}

#[tokio::test]
async fn a_broker_that_is_away_pauses_a_guarded_service_and_not_a_public_one() {
    let brokers = [Outage::new(MemoryBroker::new()), Outage::new(MemoryBroker::new())];
    let guarded = Server::start(Under::Tidewire, guarded().broker(brokers[0].clone())).await;
    let public = Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().broker(brokers[1].clone())).await;
    let mut ann = subscribed(BOTH[0], &guarded, "ann").await;
    for broker in &brokers {
        broker.go_down();
    }
    ann.expect("status").await;
    let began = Instant::now();
    while opening(&guarded).await != 503 {
        assert!(began.elapsed() < Duration::from_secs(11));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Link::open(BOTH[1], public.address, "").await;
    brokers[0].come_back();
    until(&guarded, 200, Duration::from_secs(5)).await;
    assert_eq!(ann.expect("status").await["status"], "connected", "nobody was sent away");
    guarded.realtime.channel(chat("a")).publish(message("on")).await.unwrap();
    assert_eq!(ann.texts(1).await, ["on"]);
}

/// The status of a request for a stream without channels.
async fn opening(server: &Server) -> u16 {
    crate::support::client::send(server.address, Method::GET, "/realtime/events?ids=0", &[("authorization", b"eve")])
        .await
        .status()
        .as_u16()
}

#[tokio::test]
async fn a_node_that_begins_without_its_broker_admits_nobody_before_it_knows_the_log() {
    let store = MemoryBroker::new();
    let there = Server::start(Under::Tidewire, guarded().broker(store.clone())).await;
    there.realtime.revoke_user("ann").await.unwrap();
    let broker = CutLog::new(store);
    broker.cut(true);
    let here = Server::start(Under::Tidewire, guarded().broker(broker.clone())).await;
    for user in ["ann", "eve"] {
        let (status, body) = get_with(here.address, "/realtime/events?ids=0", &[("authorization", user.as_bytes())]).await;
        assert_eq!((status, body["error"]["code"].as_u64()), (503, Some(4101)));
    }
    broker.cut(false);
    until(&here, 200, Duration::from_secs(5)).await;
    let (status, _) = get_with(here.address, "/realtime/events?ids=0", &[("authorization", b"ann")]).await;
    assert_eq!(status, 403);
}
