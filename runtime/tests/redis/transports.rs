//! Connections of both transports while their nodes share a Redis, and while that Redis has its troubles.

use std::time::{Duration, Instant};

use crate::support::{
    Server, Under,
    client::get,
    link::{BOTH, Link, Transport},
    live::{self, chat, message},
    redis::RedisServer,
};
use serde_json::{Value, json};
use tidewire::{Grant, Realtime, RedisBroker, Tokens};

async fn node(redis: &RedisServer) -> Server {
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().broker(broker)).await
}

fn publish(text: &str, key: &str) -> Value {
    json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "ann", "text": text }, "key": key })
}

/// The next frame that is no news of the service's state.
async fn frame(link: &mut Link) -> Value {
    loop {
        let frame = link.frame().await;
        if frame["type"] != "status" {
            return frame;
        }
    }
}

#[tokio::test]
async fn nodes_forward_what_is_for_a_client_of_another_one() {
    let redis = RedisServer::start();
    let (here, there) = (node(&redis).await, node(&redis).await);
    for transport in BOTH {
        let mut link = Link::open(transport, here.address, "").await;
        let ack = link.send_from(there.address, json!({ "type": "subscribe", "ref": 1, "channel": "chat/a" })).await;
        assert_eq!(ack["type"], "ack", "{ack}");
        link.expect("subscribed").await;
        let ack = link.send_from(there.address, publish("hi", "k")).await;
        assert_eq!(link.expect("event").await["id"], ack["id"]);
        let client = there.realtime.connection(link.connection.parse().unwrap());
        client.send(chat("a"), message("for you")).await.unwrap();
        assert_eq!(link.expect("message").await["data"]["text"], "for you");
        client.close().await.unwrap();
        assert_eq!(link.expect("error").await["error"]["name"], "denied");
    }
}

#[tokio::test]
async fn a_redis_that_is_killed_and_comes_back_ends_no_connection_and_loses_no_event() {
    let mut redis = RedisServer::with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let (here, there) = (node(&redis).await, node(&redis).await);
    let mut links = Vec::new();
    for transport in BOTH {
        for server in [&here, &there] {
            let mut link = Link::open(transport, server.address, "channel=chat/a").await;
            link.expect("subscribed").await;
            links.push(link);
        }
    }
    let mut stored = Vec::new();
    for number in 0..10 {
        let ack = links[number % 4].ask(publish(&number.to_string(), &number.to_string())).await;
        stored.push(ack["id"].clone());
    }
    // An acknowledged event may still be on its way to the other node: what Redis had not handed out when it was killed comes when it is back.
    for link in &mut links {
        while frame(link).await["id"] != stored[9] {}
    }
    redis.kill();
    let killed = Instant::now();
    for link in &mut links {
        assert_eq!(link.expect("status").await["status"], "degraded");
        let asked = Instant::now();
        let error = link.ask(publish("never", "never")).await;
        assert!(matches!(error["error"]["code"].as_u64(), Some(4101 | 4104)), "{error}");
        assert!(asked.elapsed() < Duration::from_millis(2500));
    }
    assert!(killed.elapsed() < Duration::from_secs(10));
    // Who comes now waits for its channels.
    let mut late =
        Link::open(Transport::WebSocket, there.address, &format!("channel=chat/a&lastEventId={}", stored[4].as_str().unwrap())).await;
    redis.run();
    let back = Instant::now();
    let ack = loop {
        let ack = links[0].ask(publish("back", "back")).await;
        if ack["type"] == "ack" {
            break ack;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    for link in &mut links {
        let event = frame(link).await;
        assert_eq!((&event["type"], &event["id"]), (&json!("event"), &ack["id"]), "{event}");
    }
    assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
    assert_eq!(frame(&mut late).await["outcome"], "resumed");
    for id in stored[5..].iter().chain([&ack["id"]]) {
        assert_eq!(frame(&mut late).await["id"], *id);
    }
}

#[tokio::test]
async fn a_redis_that_does_not_answer_ends_no_connection() {
    let redis = RedisServer::start();
    let server = node(&redis).await;
    for transport in BOTH {
        let mut link = Link::open(transport, server.address, "channel=chat/a").await;
        link.expect("subscribed").await;
        let mut resuming = Link::open(transport, server.address, "").await;
        let first = link.ask(publish("first", &format!("{transport:?}"))).await;
        assert_eq!(link.expect("event").await["id"], first["id"]);
        redis.signal("STOP");
        let asked = Instant::now();
        let error = link.ask(publish("in doubt", &format!("doubt-{transport:?}"))).await;
        assert!(matches!(error["error"]["code"].as_u64(), Some(4101 | 4104)), "{error}");
        assert!(asked.elapsed() < Duration::from_millis(2500));
        assert_eq!(link.expect("status").await["status"], "degraded");
        redis.signal("CONT");
        while link.expect("status").await["status"] != "connected" {}
        let after = first["id"].clone();
        let subscribed = loop {
            let ack = resuming.ask(json!({ "type": "subscribe", "channel": "chat/a", "after": after })).await;
            if ack["type"] == "ack" {
                break frame(&mut resuming).await;
            }
        };
        assert_eq!(subscribed["outcome"], "resumed", "{subscribed}");
    }
}

#[tokio::test]
async fn a_ticket_is_good_once_on_all_nodes() {
    let redis = RedisServer::start();
    let tokens = || Tokens::new([7; 32]).issuer("acme").audience("acme-live");
    let node = async || {
        let broker = RedisBroker::connect(redis.url()).await.unwrap();
        Server::start(Under::Tidewire, Realtime::builder(live::contract()).tokens(tokens()).broker(broker)).await
    };
    let (here, there) = (node().await, node().await);
    for (first, second) in [(&here, &there), (&there, &here), (&here, &here)] {
        let ticket = tokens().sign_ticket(&Grant::user("ann").subscribe("chat/{roomId}")).unwrap().into_string();
        let mut link = Link::open(Transport::WebSocket, first.address, &format!("channel=chat/a&ticket={ticket}")).await;
        link.expect("subscribed").await;
        let (status, body) = get(second.address, &format!("/realtime/events?channel=chat/a&ticket={ticket}")).await;
        assert_eq!((status, &body["error"]["name"]), (401, &json!("invalid_token")), "{body}");
    }
}
