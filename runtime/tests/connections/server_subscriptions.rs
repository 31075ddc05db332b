//! The service gives channels to one client, from any node, and takes them away; they outlive a reconnect.

use std::time::{Duration, Instant};

use crate::support::{
    Server, Under,
    client::EventStream,
    link::{BOTH, Link, Transport},
    live::{self, chat, message},
    within,
};
use serde_json::{Value, json};
use tidewire::{Connection, ConnectionError, ConnectionId, Denied, Grant, Limits, MemoryBroker, Realtime, RealtimeBuilder};

/// Nobody may subscribe to anything, in the name that the header says.
fn closed() -> RealtimeBuilder {
    Realtime::builder(live::contract()).authorize(|request| async move {
        let user = request.headers().get("authorization").and_then(|value| value.to_str().ok()).ok_or(Denied::unauthenticated())?;
        Ok(Grant::user(user))
    })
}

async fn nodes() -> (Server, Server) {
    let broker = MemoryBroker::new();
    let node = async || Server::start(Under::Tidewire, closed().broker(broker.clone())).await;
    (node().await, node().await)
}

async fn open(transport: Transport, server: &Server, query: &str, session: Option<&str>) -> Link {
    Link::open_with(transport, server.address, query, session, &[("authorization", "ann")]).await
}

fn of(server: &Server, link: &Link) -> Connection {
    server.realtime.connection(link.connection.parse().unwrap())
}

async fn publish(server: &Server, text: &str) -> String {
    server.realtime.channel(chat("a")).publish(message(text)).await.unwrap().id.unwrap().to_string()
}

/// The next frames until one of this type, which is answered.
async fn until(link: &mut Link, kind: &str) -> Value {
    loop {
        let frame = link.frame().await;
        if frame["type"] == kind {
            return frame;
        }
    }
}

#[tokio::test]
async fn a_channel_is_given_and_taken_from_any_node_whatever_the_grant_says() {
    for transport in BOTH {
        let (here, there) = nodes().await;
        for server in [&here, &there] {
            let mut link = open(transport, &here, "", None).await;
            let denied = link.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await;
            assert_eq!(denied["error"]["name"], "denied");
            let connection = of(server, &link);
            connection.subscribe(chat("a")).await.unwrap();
            publish(server, "one").await;
            let subscribed = link.expect("subscribed").await;
            assert_eq!(
                (&subscribed["by"], &subscribed["outcome"], &subscribed["channel"]),
                (&json!("server"), &json!("fresh"), &json!("chat/a"))
            );
            assert_eq!(link.texts(1).await, ["one"], "what is published as soon as it is given comes");
            connection.subscribe(chat("a")).await.unwrap();
            connection.set_grant(Grant::user("ann")).await.unwrap();
            link.expect("grant").await;
            publish(server, "two").await;
            assert_eq!(link.texts(1).await, ["two"], "a grant does not take it away");
            connection.unsubscribe(chat("a")).await.unwrap();
            assert_eq!(link.expect("unsubscribed").await, json!({ "type": "unsubscribed", "channel": "chat/a", "by": "server" }));
            connection.unsubscribe(chat("a")).await.unwrap();
            publish(server, "nothing").await;
            let denied = link.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await;
            assert_eq!(denied["error"]["name"], "denied", "the right went with it");
        }
    }
}

#[tokio::test]
async fn a_transient_event_right_after_it_comes_too() {
    for transport in BOTH {
        let (here, there) = nodes().await;
        here.realtime.channel(chat("a")).publish(live::Typing).await.unwrap();
        let mut link = open(transport, &here, "", None).await;
        of(&there, &link).subscribe(chat("a")).await.unwrap();
        there.realtime.channel(chat("a")).publish(live::Typing).await.unwrap();
        publish(&there, "last").await;
        link.expect("subscribed").await;
        assert_eq!(link.expect("event").await["event"], "typing");
        assert_eq!(link.texts(1).await, ["last"]);
    }
}

#[tokio::test]
async fn it_begins_after_a_cursor_where_one_is_given() {
    for transport in BOTH {
        let (here, there) = nodes().await;
        let cursor = publish(&here, "before").await;
        publish(&here, "after").await;
        let mut link = open(transport, &here, "", None).await;
        of(&there, &link).subscribe_after(chat("a"), cursor.parse().unwrap()).await.unwrap();
        let subscribed = link.expect("subscribed").await;
        assert_eq!((&subscribed["by"], &subscribed["outcome"]), (&json!("server"), &json!("resumed")));
        assert_eq!(link.texts(1).await, ["after"]);
        let mut other = open(transport, &here, "", None).await;
        of(&here, &other).subscribe_after(chat("a"), "00000000000000ff.2.3-4".parse().unwrap()).await.unwrap();
        let gap = other.expect("gap").await;
        assert_eq!((&gap["by"], &gap["reason"]), (&json!("server"), &json!("epoch")));
    }
}

#[tokio::test]
async fn a_client_that_is_back_has_it_again_from_where_it_stopped() {
    for transport in BOTH {
        for moves in [false, true] {
            // A client has two seconds to say where it stopped. A machine that stood still for as long says nothing about that.
            while !comes_back(transport, moves).await {}
        }
    }
}

/// Whether it was in time.
async fn comes_back(transport: Transport, moves: bool) -> bool {
    const IN_TIME: Duration = Duration::from_millis(1500);
    let (here, there) = nodes().await;
    let next = if moves { &there } else { &here };
    let mut link = open(transport, &here, "", None).await;
    of(&here, &link).subscribe(chat("a")).await.unwrap();
    let cursor = link.expect("subscribed").await["cursor"].clone();
    let session = link.session.clone();
    drop(link);
    publish(&here, "missed").await;
    // By a frame, as a client does that keeps cursors.
    let came = Instant::now();
    let mut back = open(transport, next, "", Some(&session)).await;
    let ack = back.ask(json!({ "type": "subscribe", "channel": "chat/a", "after": cursor })).await;
    if came.elapsed() > IN_TIME {
        return false;
    }
    assert_eq!(ack["type"], "ack", "{transport:?} {moves}: {ack}");
    let subscribed = back.expect("subscribed").await;
    assert_eq!((&subscribed["by"], &subscribed["outcome"]), (&json!("server"), &json!("resumed")));
    assert_eq!(back.texts(1).await, ["missed"]);
    // By the URL.
    let session = back.session.clone();
    drop(back);
    let query = format!("channel=chat/a&lastEventId={}", cursor.as_str().unwrap());
    let came = Instant::now();
    let mut back = open(transport, next, &query, Some(&session)).await;
    let subscribed = back.frame().await;
    if came.elapsed() > IN_TIME {
        return false;
    }
    assert_eq!((&subscribed["type"], &subscribed["by"]), (&json!("subscribed"), &json!("server")), "{transport:?} {moves}: {subscribed}");
    assert_eq!(back.texts(1).await, ["missed"]);
    // Not at all: it begins now, and says so.
    let session = back.session.clone();
    drop(back);
    let other = if moves { &here } else { next };
    let mut back = open(transport, other, "", Some(&session)).await;
    let subscribed = back.expect("subscribed").await;
    assert_eq!((&subscribed["by"], &subscribed["outcome"]), (&json!("server"), &json!("fresh")));
    publish(next, "new").await;
    assert_eq!(back.texts(1).await, ["new"]);
    true
}

#[tokio::test]
async fn the_url_of_a_client_that_moved_waits_for_the_word_of_its_former_node() {
    for transport in BOTH {
        let (here, there) = nodes().await;
        let mut link = open(transport, &here, "", None).await;
        of(&here, &link).subscribe(chat("a")).await.unwrap();
        let cursor = link.expect("subscribed").await["cursor"].clone();
        publish(&here, "one").await;
        let query = format!("channel=chat/a&channel=chat/b&lastEventId=chat/a={}", cursor.as_str().unwrap());
        let mut moved = open(transport, &there, &query, Some(&link.session)).await;
        let mut seen = [moved.frame().await, moved.frame().await, moved.frame().await];
        seen.sort_by_key(|frame| frame["type"].to_string());
        assert_eq!(seen.each_ref().map(|frame| frame["type"].as_str().unwrap()), ["denied", "event", "subscribed"], "{transport:?}");
        assert_eq!((&seen[0]["channel"], &seen[2]["by"]), (&json!("chat/b"), &json!("server")));
    }
}

#[tokio::test]
async fn what_was_given_to_somebody_else_or_was_ended_does_not_come_back() {
    for transport in BOTH {
        let (here, there) = nodes().await;
        for next in [&here, &there] {
            let mut link = open(transport, &here, "", None).await;
            of(&here, &link).subscribe(chat("a")).await.unwrap();
            link.expect("subscribed").await;
            let session = link.session.clone();
            drop(link);
            let mut thief = Link::open_with(transport, next.address, "", Some(&session), &[("authorization", "eve")]).await;
            let denied = thief.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await;
            assert_eq!(denied["error"]["name"], "denied");
            // The service wanted an end of it.
            let mut link = open(transport, &here, "", None).await;
            of(&here, &link).subscribe(chat("a")).await.unwrap();
            link.expect("subscribed").await;
            of(&there, &link).close().await.unwrap();
            link.expect("error").await;
            let mut back = open(transport, next, "", Some(&link.session)).await;
            let denied = back.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await;
            assert_eq!(denied["error"]["name"], "denied");
            // It had been taken away before the client went.
            let mut link = open(transport, &here, "", None).await;
            of(&here, &link).subscribe(chat("a")).await.unwrap();
            of(&here, &link).unsubscribe(chat("a")).await.unwrap();
            until(&mut link, "unsubscribed").await;
            let mut back = open(transport, next, "", Some(&link.session)).await;
            let denied = back.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await;
            assert_eq!(denied["error"]["name"], "denied");
        }
    }
}

#[tokio::test]
async fn a_node_that_stops_tells_the_others_what_its_clients_had() {
    for transport in BOTH {
        let (mut here, there) = nodes().await;
        let mut link = open(transport, &here, "", None).await;
        of(&here, &link).subscribe(chat("a")).await.unwrap();
        let cursor = link.expect("subscribed").await["cursor"].clone();
        here.signal();
        link.expect("reconnect").await;
        let session = link.session.clone();
        drop(link);
        here.ended().await.unwrap();
        publish(&there, "meanwhile").await;
        let query = format!("channel=chat/a&lastEventId={}", cursor.as_str().unwrap());
        let mut back = open(transport, &there, &query, Some(&session)).await;
        assert_eq!(back.expect("subscribed").await["by"], "server", "{transport:?}");
        assert_eq!(back.texts(1).await, ["meanwhile"]);
    }
}

#[tokio::test]
async fn a_plain_event_source_has_the_channels_of_its_url() {
    let server = Server::public(Under::Tidewire).await;
    let mut stream = EventStream::open(server.address, "channel=chat/b").await;
    let welcome = stream.expect("welcome").await;
    let connection = server.realtime.connection(welcome["connection"].as_str().unwrap().parse().unwrap());
    assert!(matches!(connection.subscribe(chat("a")).await, Err(ConnectionError::Fixed)));
    assert!(matches!(connection.unsubscribe(chat("b")).await, Err(ConnectionError::Fixed)));
    stream.expect("subscribed").await;
}

#[tokio::test]
async fn what_cannot_be_is_said_to_the_caller() {
    let mut limits = Limits::default();
    limits.channels_per_connection = 2;
    let broker = MemoryBroker::new();
    let here = Server::start(Under::Tidewire, closed().limits(limits).broker(broker.clone())).await;
    let there = Server::start(Under::Tidewire, closed().limits(limits).broker(broker)).await;
    for transport in BOTH {
        let mut link = open(transport, &here, "", None).await;
        for server in [&here, &there] {
            let connection = of(server, &link);
            assert!(matches!(connection.subscribe(chat("A B")).await, Err(ConnectionError::Channel(_))));
            for room in ["a", "b", "b", "a"] {
                connection.subscribe(chat(room)).await.unwrap();
            }
            assert!(matches!(connection.subscribe(chat("c")).await, Err(ConnectionError::TooManyChannels)));
            for room in ["a", "b"] {
                connection.unsubscribe(chat(room)).await.unwrap();
            }
        }
        until(&mut link, "unsubscribed").await;
        // A right without a subscription takes a place, too.
        let connection = of(&here, &link);
        for room in ["a", "b"] {
            connection.subscribe(chat(room)).await.unwrap();
            assert_eq!(link.ask(json!({ "type": "unsubscribe", "channel": format!("chat/{room}") })).await["type"], "ack");
        }
        assert!(matches!(connection.subscribe(chat("c")).await, Err(ConnectionError::TooManyChannels)));
        assert_eq!(link.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await["type"], "ack", "the right stayed");
    }
    let absent: ConnectionId = "c-00000000000000ff".parse().unwrap();
    let missing = within(there.realtime.connection(absent).subscribe(chat("a"))).await;
    assert!(matches!(missing, Err(ConnectionError::NotConnected)));
}

#[tokio::test]
async fn nothing_of_it_is_left_when_the_client_is_gone() {
    for transport in BOTH {
        let server = Server::start(Under::Tidewire, closed()).await;
        let mut link = open(transport, &server, "", None).await;
        let id: ConnectionId = link.connection.parse().unwrap();
        for room in ["a", "b", "c"] {
            server.realtime.connection(id).subscribe(chat(room)).await.unwrap();
            link.expect("subscribed").await;
        }
        let status = async || {
            let router: axum::Router = server.realtime.admin_router();
            let request = axum::http::Request::get("/status").body(axum::body::Body::empty()).unwrap();
            let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();
            let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
            serde_json::from_slice::<Value>(&body).unwrap()
        };
        assert_eq!(status().await["subscriptions"], 3);
        drop(link);
        let gone = async {
            while status().await["subscriptions"] != 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        within(gone).await;
    }
}
