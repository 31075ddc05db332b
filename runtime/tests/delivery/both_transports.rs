//! What a client that keeps cursors can do, over a WebSocket and over an event stream with `POST /send` alike.

use crate::support::{
    Server, Under,
    client::EventStream,
    link::{BOTH, Link, Transport, post},
    live::{chat, message},
};
use serde_json::{Value, json};

async fn publish(server: &Server, room: &str, text: impl Into<String>) -> String {
    let published = server.realtime.channel(chat(room)).publish(message(text)).await.unwrap();
    published.id.unwrap().to_string()
}

fn code(reply: &Value) -> (&str, u64) {
    (reply["type"].as_str().unwrap(), reply["error"]["code"].as_u64().unwrap_or_default())
}

#[tokio::test]
async fn channels_come_and_go_without_a_new_connection() {
    for under in [Under::Tidewire, Under::Axum] {
        for transport in BOTH {
            let server = Server::public(under).await;
            let mut link = Link::open(transport, server.address, "").await;
            assert_eq!(link.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await, json!({ "type": "ack", "ref": 1 }));
            let subscribed = link.expect("subscribed").await;
            assert_eq!(
                (&subscribed["channel"], &subscribed["outcome"], &subscribed["ref"]),
                (&json!("chat/a"), &json!("fresh"), &json!(1))
            );
            link.ask(json!({ "type": "subscribe", "channel": "chat/b" })).await;
            link.expect("subscribed").await;
            publish(&server, "a", "one").await;
            publish(&server, "b", "two").await;
            assert_eq!(link.texts(2).await, ["one", "two"], "{transport:?}");

            assert_eq!(link.ask(json!({ "type": "unsubscribe", "channel": "chat/a" })).await["type"], "ack");
            assert_eq!(link.expect("unsubscribed").await["channel"], "chat/a");
            publish(&server, "a", "for nobody").await;
            publish(&server, "b", "three").await;
            assert_eq!(link.texts(1).await, ["three"]);

            let after = subscribed["cursor"].clone();
            link.ask(json!({ "type": "subscribe", "channel": "chat/a", "after": after })).await;
            assert_eq!(link.expect("subscribed").await["outcome"], "resumed");
            assert_eq!(link.texts(2).await, ["one", "for nobody"]);
        }
    }
}

#[tokio::test]
async fn a_published_event_is_acknowledged_and_comes_back_with_its_origin() {
    for transport in BOTH {
        let server = Server::public(Under::Tidewire).await;
        let mut link = Link::open(transport, server.address, "channel=chat/a").await;
        link.expect("subscribed").await;
        let publish = json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "ann", "text": "hi" }, "key": "k1" });
        let ack = link.ask(publish.clone()).await;
        assert_eq!(
            (&ack["type"], &ack["number"], &ack["stored"], &ack["duplicate"]),
            (&json!("ack"), &json!(1), &json!(true), &Value::Null)
        );
        let event = link.expect("event").await;
        assert_eq!((&event["id"], &event["origin"], &event["time"]), (&ack["id"], &json!(link.connection), &ack["time"]));

        let again = link.ask(publish).await;
        assert_eq!((&again["id"], &again["duplicate"]), (&ack["id"], &json!(true)));
        let other = json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "ann", "text": "other" }, "key": "k1" });
        assert_eq!(code(&link.ask(other).await), ("error", 4013));

        let signal = link.ask(json!({ "type": "publish", "channel": "chat/a", "event": "typing", "excludeSelf": true })).await;
        assert_eq!((&signal["id"], &signal["number"], &signal["stored"]), (&Value::Null, &Value::Null, &json!(false)));
        self::publish(&server, "a", "after").await;
        assert_eq!(link.texts(1).await, ["after"], "its own signal was not for it");
    }
}

#[tokio::test]
async fn what_cannot_be_published_has_a_code_and_the_connection_stays() {
    for transport in BOTH {
        let server = Server::public(Under::Tidewire).await;
        let mut link = Link::open(transport, server.address, "").await;
        let data = json!({ "author": "ann", "text": "hi" });
        for (frame, expected) in [
            (json!({ "channel": "chat/a", "event": "message.sent" }), 4008),
            (json!({ "channel": "chat/a", "event": "message.sent", "data": { "author": "", "text": "hi" } }), 4008),
            (json!({ "channel": "chat/a", "event": "message.sent", "data": data, "key": "no key" }), 4000),
            (json!({ "channel": "chat/a", "event": "nothing", "data": data }), 4009),
            (json!({ "channel": "chat/a", "event": "a b", "data": data }), 4000),
            (json!({ "channel": "default", "event": "notification.alert", "data": { "text": "x" } }), 4002),
            (json!({ "channel": "chta/a", "event": "message.sent", "data": data }), 4005),
            (json!({ "channel": "chat/A", "event": "message.sent", "data": data }), 4006),
            (json!({ "channel": "../../x", "event": "message.sent", "data": data }), 4006),
        ] {
            let mut frame = frame;
            frame["type"] = json!("publish");
            let reply = link.ask(frame.clone()).await;
            assert_eq!(code(&reply), ("error", expected), "{frame}");
        }
        assert_eq!(link.ask(json!({ "type": "pong" })).await["type"], "ack");
    }
}

#[tokio::test]
async fn a_denied_channel_does_not_concern_the_others() {
    for transport in BOTH {
        let server = Server::public(Under::Tidewire).await;
        let mut link = Link::open(transport, server.address, "channel=chta/a&channel=chat/a").await;
        let denied = link.expect("denied").await;
        assert_eq!((&denied["channel"], denied["error"]["code"].as_u64()), (&json!("chta/a"), Some(4005)));
        assert_eq!(link.expect("subscribed").await["channel"], "chat/a");
        for (channel, expected) in [("nowhere", 4005), ("chat/\u{0}", 4006), ("chat/*", 4006), ("$x", 4006)] {
            let denied = link.ask(json!({ "type": "subscribe", "channel": channel })).await;
            assert_eq!((code(&denied), &denied["channel"]), (("denied", expected), &json!(channel)));
        }
        let denied = link.ask(json!({ "type": "subscribe", "channel": "chat/b", "after": "x" })).await;
        assert_eq!(code(&denied), ("denied", 4004));
    }
}

#[tokio::test]
async fn a_client_may_begin_with_the_newest_and_with_some_events_alone() {
    for transport in BOTH {
        let server = Server::public(Under::Tidewire).await;
        for number in 0..5 {
            publish(&server, "a", number.to_string()).await;
        }
        let mut link = Link::open(transport, server.address, "channel=chat/a&last=2").await;
        assert_eq!(link.expect("subscribed").await["outcome"], "fresh");
        assert_eq!(link.texts(2).await, ["3", "4"]);
        link.ask(json!({ "type": "subscribe", "channel": "chat/b", "last": 5, "events": ["typing"] })).await;
        link.expect("subscribed").await;
        publish(&server, "b", "not wanted").await;
        server.realtime.channel(chat("b")).publish(crate::support::live::Typing).await.unwrap();
        assert_eq!(link.expect("event").await["event"], "typing");
        assert_eq!(link.ask(json!({ "type": "subscribe", "channel": "chat/b" })).await["type"], "ack");
        publish(&server, "b", "wanted").await;
        assert_eq!(link.texts(1).await, ["wanted"]);
    }
}

#[tokio::test]
async fn a_client_that_comes_back_is_the_same_and_replaces_what_is_left_of_it() {
    for transport in BOTH {
        let server = Server::public(Under::Tidewire).await;
        let mut first = Link::open(transport, server.address, "").await;
        let second = Link::open_as(transport, server.address, "", Some(&first.session)).await;
        assert_eq!((&second.connection, &second.session), (&first.connection, &first.session));
        assert_eq!(code(&first.expect("error").await), ("error", 4014));
        if transport == Transport::WebSocket {
            assert_eq!(first.close_frame().await.map(|frame| u16::from(frame.code)), Some(4014));
        } else {
            assert_eq!(first.next().await, None);
        }
        let third = Link::open_as(transport, server.address, "", Some("not a key")).await;
        assert_ne!(third.connection, first.connection);
    }
}

#[tokio::test]
async fn a_plain_stream_may_publish_but_its_channels_are_those_of_its_url() {
    let server = Server::public(Under::Tidewire).await;
    let mut stream = EventStream::open(server.address, "channel=chat/a&event=message.sent").await;
    let session = stream.expect("welcome").await["session"].clone();
    stream.expect("subscribed").await;
    let frames = json!([
        { "type": "subscribe", "channel": "chat/b" },
        { "type": "unsubscribe", "channel": "chat/a" },
        { "type": "publish", "channel": "chat/a", "event": "typing" },
        { "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "ann", "text": "hi" } },
    ]);
    let (status, answer) = post(server.address, "/realtime/send", json!({ "session": session, "frames": frames }).to_string()).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!((code(&answer["replies"][0]), code(&answer["replies"][1])), (("denied", 4000), ("error", 4000)));
    assert_eq!(stream.texts(1).await, ["hi"], "the signal is filtered out");
}
