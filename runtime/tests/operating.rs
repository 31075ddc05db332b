//! What an operator asks a node: is it alive, is it ready, what is it doing?
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

mod support;

use std::net::SocketAddr;

use serde_json::json;
use support::{
    Server, Under,
    client::get,
    eventually,
    link::{Link, Transport},
    live::{self, chat},
    outage::Outage,
};
use tidewire::{MemoryBroker, NotReady, Realtime};

/// The admin routes on a listener of their own.
async fn admin(realtime: &Realtime) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = realtime.admin_router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test]
async fn a_node_without_its_broker_is_alive_and_not_ready() {
    let broker = Outage::new(MemoryBroker::new());
    let server = Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().broker(broker.clone())).await;
    let admin = admin(&server.realtime).await;
    assert_eq!(get(admin, "/ready").await, (200, json!({ "ready": true, "reasons": [] })));
    assert!(server.realtime.readiness().is_ready());

    broker.go_down();
    let reason = json!({ "name": "broker", "message": "the link to the broker is down or doubtful" });
    assert_eq!(get(admin, "/ready").await, (503, json!({ "ready": false, "reasons": [reason] })));
    assert_eq!(server.realtime.readiness().reasons(), [NotReady::Broker]);
    assert_eq!(get(admin, "/live").await, (200, json!({ "live": true })));
    assert_eq!(get(admin, "/status").await.1["broker"], "degraded");

    broker.come_back();
    assert_eq!(get(admin, "/ready").await.0, 200);
}

#[tokio::test]
async fn a_node_that_stops_is_not_ready_at_once() {
    for by_handle in [true, false] {
        let mut server = Server::public(Under::Tidewire).await;
        let admin = admin(&server.realtime).await;
        let _link = Link::open(Transport::WebSocket, server.address, "channel=chat/a").await;
        if by_handle {
            server.realtime.shutdown();
        } else {
            server.signal();
        }
        let realtime = server.realtime.clone();
        eventually("it is not ready", || realtime.readiness().reasons() == [NotReady::Stopping]).await;
        assert_eq!(get(admin, "/ready").await.0, 503);
        assert_eq!(get(admin, "/live").await.0, 200);
        assert_eq!(get(admin, "/status").await.1["stopping"], true);
    }
}

#[tokio::test]
async fn the_status_says_what_a_node_is_and_does() {
    let server = Server::public(Under::Tidewire).await;
    let admin = admin(&server.realtime).await;
    let mut links = Vec::new();
    for channel in ["chat/a", "chat/a", "chat/b"] {
        let mut link = Link::open(Transport::Sse, server.address, &format!("channel={channel}")).await;
        link.expect("subscribed").await;
        links.push(link);
    }
    let own = server.realtime.channel(chat("a")).subscribe().await.unwrap();
    let (status, body) = get(admin, "/status").await;
    assert_eq!((status, &body["connections"], &body["channels"], &body["subscriptions"]), (200, &json!(3), &json!(2), &json!(4)));
    assert_eq!(body["contract"]["name"], "acme-live");
    assert_eq!(body["contract"]["hash"], format!("{:032x}", live::contract().hash()));
    assert_eq!((&body["broker"], &body["ready"], &body["stopping"]), (&json!("connected"), &json!(true), &json!(false)));
    assert!(body["uptimeSeconds"].is_u64() && body["node"].as_str().is_some_and(|node| node.len() == 16), "{body}");
    drop((links, own));
}
