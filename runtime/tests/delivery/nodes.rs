//! Several nodes on one broker behave as one.

use std::time::Duration;

use crate::support::{
    Server, Under,
    link::{BOTH, Link, post},
    live::{self, chat, message},
    outage::Outage,
};
use axum::{
    body::Body,
    http::{Request, StatusCode},
    routing::get,
};
use serde_json::json;
use tidewire::{CallerConnection, ConnectionError, ConnectionId, Limits, MemoryBroker, Realtime};
use tower::ServiceExt;

async fn node(broker: &MemoryBroker) -> Server {
    Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().broker(broker.clone())).await
}

async fn nodes() -> (Server, Server) {
    let broker = MemoryBroker::new();
    (node(&broker).await, node(&broker).await)
}

#[tokio::test]
async fn any_node_takes_the_frames_of_any_session() {
    for transport in BOTH {
        let (here, there) = nodes().await;
        let mut link = Link::open(transport, here.address, "").await;
        let ack = link.send_from(there.address, json!({ "type": "subscribe", "ref": 5, "channel": "chat/a" })).await;
        assert_eq!(ack, json!({ "type": "ack", "ref": 5 }));
        link.expect("subscribed").await;
        let publish =
            json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "a", "text": "hi" }, "key": "k" });
        let ack = link.send_from(there.address, publish.clone()).await;
        let event = link.expect("event").await;
        assert_eq!((&event["id"], &event["origin"]), (&ack["id"], &json!(link.connection)));
        assert_eq!(link.send_from(here.address, publish).await["duplicate"], true, "a key is the client's, wherever it is used");
        let error = link.send_from(there.address, json!({ "type": "publish", "channel": "chat/a", "event": "nothing" })).await;
        assert_eq!(error["error"]["code"], 4009);
    }
}

#[tokio::test]
async fn a_session_that_is_nowhere_is_unknown_everywhere() {
    let (here, there) = nodes().await;
    let link = Link::open(BOTH[0], here.address, "").await;
    let session = link.session.clone();
    drop(link);
    let body = json!({ "session": session, "frames": [{ "type": "pong" }] }).to_string();
    for address in [here.address, there.address] {
        let answer = async {
            loop {
                let (status, answer) = post(address, "/realtime/send", body.clone()).await;
                // The end of a stream is noticed when its socket is.
                if status != 200 {
                    return (status, answer);
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let (status, answer) = crate::support::within(answer).await;
        assert_eq!((status, &answer["error"]["name"]), (404, &json!("unknown_session")));
    }
    let (node, _) = session.split_once('.').unwrap();
    let forged = json!({ "session": format!("{node}.{}", "0".repeat(32)), "frames": [] }).to_string();
    assert_eq!(post(here.address, "/realtime/send", forged).await.0, 404);
}

#[tokio::test]
async fn a_node_that_is_gone_is_not_waited_for_long() {
    let (here, there) = nodes().await;
    let link = Link::open(BOTH[0], here.address, "").await;
    let (_, secret) = link.session.split_once('.').unwrap();
    let elsewhere = format!("00000000000000ff.{secret}");
    for (frame, expected) in [(json!({ "type": "subscribe", "channel": "chat/a" }), 4101), (json!({ "type": "publish" }), 4104)] {
        let body = json!({ "session": elsewhere, "frames": [frame] }).to_string();
        let (_, answer) = post(there.address, "/realtime/send", body).await;
        assert_eq!(answer["error"]["code"], expected, "{answer}");
    }
}

#[tokio::test]
async fn one_client_is_reached_on_whatever_node_it_is() {
    for transport in BOTH {
        let (here, there) = nodes().await;
        let mut link = Link::open(transport, here.address, "").await;
        let id: ConnectionId = link.connection.parse().unwrap();
        for server in [&here, &there] {
            server.realtime.connection(id).send(chat("a"), message("for you")).await.unwrap();
            let frame = link.expect("message").await;
            assert_eq!((&frame["channel"], &frame["event"]), (&json!("chat/a"), &json!("message.sent")));
            assert_eq!((&frame["data"]["text"], &frame["sender"]), (&json!("for you"), &json!(null)));
            assert!(frame["time"].as_u64().unwrap() > 1_700_000_000_000 && frame.get("id").is_none());
        }
        let wrong = there.realtime.connection(id).send(chat("A"), message("x")).await;
        assert!(matches!(wrong, Err(ConnectionError::Event(_))));
        there.realtime.connection(id).close().await.unwrap();
        let error = link.expect("error").await;
        assert_eq!(error["error"]["name"], "denied");
        assert_eq!(link.next().await, None);
        drop(link);
        let absent: ConnectionId = "c-00000000000000ff".parse().unwrap();
        assert!(matches!(there.realtime.connection(absent).send(chat("a"), message("x")).await, Err(ConnectionError::NotConnected)));
        assert!(matches!(there.realtime.connection(absent).close().await, Err(ConnectionError::NotConnected)));
    }
}

#[tokio::test]
async fn a_client_keeps_its_name_on_another_node_and_an_event_that_excludes_it() {
    for transport in BOTH {
        let (here, there) = nodes().await;
        let mut link = Link::open(transport, here.address, "channel=chat/a").await;
        let cursor = link.expect("subscribed").await["cursor"].clone();
        let mine = json!({
            "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "a", "text": "mine" }, "excludeSelf": true,
        });
        let ack = link.ask(mine).await;
        assert_eq!(ack["number"], 1);
        here.realtime.channel(chat("a")).publish(message("theirs")).await.unwrap();
        assert_eq!(link.texts(1).await, ["theirs"]);
        let query = format!("channel=chat/a&lastEventId={}", cursor.as_str().unwrap());
        let mut moved = Link::open_as(transport, there.address, &query, Some(&link.session)).await;
        assert_eq!(moved.connection, link.connection);
        assert_eq!(moved.expect("subscribed").await["outcome"], "resumed");
        assert_eq!(moved.texts(1).await, ["theirs"], "its own is not replayed");
        assert_ne!(moved.session, link.session, "it lives on another node now");
    }
}

#[tokio::test]
async fn what_is_left_of_a_client_on_its_former_node_ends() {
    let (here, there) = nodes().await;
    let mut left = Vec::new();
    for transport in BOTH {
        left.push((transport, Link::open(transport, here.address, "").await));
    }
    // Word of a client's way to another node does not end a connection that has just begun: it may be its way back.
    tokio::time::sleep(Duration::from_millis(3100)).await;
    for (transport, mut link) in left {
        let moved = Link::open_as(transport, there.address, "", Some(&link.session)).await;
        assert_eq!(link.expect("error").await["error"]["name"], "replaced", "{transport:?}");
        let back = Link::open_as(transport, here.address, "", Some(&moved.session)).await;
        assert_eq!(back.connection, moved.connection);
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_takes_only_so_many_messages() {
    let server = Server::public(Under::Tidewire).await;
    for transport in BOTH {
        let link = Link::open(transport, server.address, "").await;
        let connection = server.realtime.connection(link.connection.parse().unwrap());
        let text = "x".repeat(100_000);
        let filled = async {
            loop {
                match connection.send(chat("a"), message(text.as_str())).await {
                    Ok(()) => {}
                    Err(error) => return error,
                }
                tokio::task::yield_now().await;
            }
        };
        assert!(matches!(crate::support::within(filled).await, ConnectionError::Full));
    }
}

#[tokio::test]
async fn without_the_broker_other_nodes_cannot_be_asked() {
    let broker = Outage::new(MemoryBroker::new());
    let mut limits = Limits::default();
    limits.broker_timeout = Duration::from_millis(200);
    let server = Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().limits(limits).broker(broker.clone())).await;
    let link = Link::open(BOTH[1], server.address, "").await;
    broker.go_down();
    let absent: ConnectionId = "c-00000000000000ff".parse().unwrap();
    assert!(matches!(server.realtime.connection(absent).close().await, Err(ConnectionError::Broker(_))));
    let (_, secret) = link.session.split_once('.').unwrap();
    let other = format!("00000000000000ff.{}", secret.chars().rev().collect::<String>());
    let body = json!({ "session": other, "frames": [{ "type": "pong" }] }).to_string();
    let (status, answer) = post(server.address, "/realtime/send", body).await;
    assert_eq!((status, answer["error"]["code"].as_u64()), (503, Some(4101)));
}

#[tokio::test]
async fn a_request_says_which_client_it_comes_from() {
    let app = axum::Router::new().route("/", get(async |CallerConnection(caller): CallerConnection| format!("{caller:?}")));
    let ask = async |header: Option<&str>| {
        let request = header.into_iter().fold(Request::builder(), |request, value| request.header("tidewire-connection", value));
        let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status();
        (status, String::from_utf8(axum::body::to_bytes(answer.into_body(), 1000).await.unwrap().to_vec()).unwrap())
    };
    assert_eq!(ask(None).await, (StatusCode::OK, "None".to_owned()));
    assert_eq!(ask(Some("c-00000000000000ff")).await.0, StatusCode::OK);
    let (status, body) = ask(Some("c-FF")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body.contains("\"code\":4000"), "{body}");
}
