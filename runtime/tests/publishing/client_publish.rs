//! Clients that publish with frames made by hand: what they may, in whose name, and whom it reaches.

use std::sync::{Arc, OnceLock};

use crate::support::{
    Carrier, Server, Under,
    client::EventStream,
    link::{BOTH, Link, Transport, post_with},
    live::{self, chat, message},
    within,
};
use serde_json::{Value, json};
use tidewire::{
    ConnectRequest, ConnectionId, Denied, Grant, History, MemoryBroker, Middleware, Realtime, RealtimeBuilder, SubscribeRequest,
};

async fn named(request: ConnectRequest) -> Result<Grant, Denied> {
    let token = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match token {
        "nobody" => Ok(Grant::everything()),
        "writer" => Ok(Grant::user("writer").publish("chat/a").publish("default").publish("refresh/{id}")),
        user => Ok(Grant::everything().for_user(user)),
    }
}

fn builder() -> RealtimeBuilder {
    Realtime::builder(live::contract()).authorize(named)
}

async fn link(transport: Transport, server: &Server, query: &str, user: &str) -> Link {
    Link::open_with(transport, server.address, query, None, &[("authorization", user)]).await
}

fn publish(text: &str) -> Value {
    json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "x", "text": text } })
}

fn without_self(text: &str) -> Value {
    let mut frame = publish(text);
    frame["excludeSelf"] = json!(true);
    frame
}

fn code(reply: &Value) -> (&str, u64) {
    (reply["type"].as_str().unwrap(), reply["error"]["code"].as_u64().unwrap_or_default())
}

async fn stored(server: &Server) -> usize {
    server.realtime.channel(chat("a")).history(History::latest(100)).await.unwrap().events.len()
}

#[tokio::test]
async fn nothing_that_a_frame_says_is_taken_for_who_sent_it() {
    for transport in BOTH {
        for (user, expected) in [("ann", json!("ann")), ("nobody", Value::Null)] {
            let server = Server::start(Under::Tidewire, builder()).await;
            let mut reader = link(transport, &server, "channel=chat/a", "eve").await;
            reader.expect("subscribed").await;
            let mut writer = link(transport, &server, "", user).await;
            let victim = reader.connection.clone();
            let mut forged = publish("forged");
            for (member, value) in [
                ("sender", json!("service")),
                ("user", json!("eve")),
                ("userId", json!("eve")),
                ("origin", json!(victim)),
                ("exclude", json!(victim)),
                ("connection", json!(victim)),
                ("session", json!(reader.session)),
                ("id", json!("0000000000000001.1.1-0")),
                ("number", json!(7)),
                ("time", json!(0)),
                ("retention", json!("off")),
                ("__proto__", json!({ "sender": "service" })),
                ("constructor", json!({ "prototype": { "sender": "service" } })),
            ] {
                forged[member] = value;
            }
            assert_eq!(writer.ask(forged).await["stored"], true);
            let event = reader.expect("event").await;
            assert_eq!((&event["sender"], &event["origin"]), (&expected, &json!(writer.connection)), "{transport:?}");
            assert_eq!((&event["number"], event["time"] == json!(0)), (&json!(1), false));
            for nested in
                [json!({ "author": "x", "text": "x", "__proto__": { "text": "y" } }), json!({ "author": "x", "text": "x", "sender": "y" })]
            {
                let mut frame = publish("");
                frame["data"] = nested;
                let reply = writer.ask(frame).await;
                if reply["type"] == "ack" {
                    let data = reader.expect("event").await["data"].clone();
                    assert_eq!(data, json!({ "author": "x", "text": "x" }), "what the contract does not know is not passed on");
                } else {
                    assert_eq!(code(&reply), ("error", 4008));
                }
            }
        }
    }
}

#[tokio::test]
async fn what_only_the_service_publishes_is_not_for_clients_whatever_their_grant() {
    for transport in BOTH {
        let server = Server::start(Under::Tidewire, builder()).await;
        for user in ["ann", "writer"] {
            let mut writer = link(transport, &server, "", user).await;
            let alert = json!({ "type": "publish", "channel": "default", "event": "notification.alert", "data": { "text": "x" } });
            assert_eq!(code(&writer.ask(alert).await), ("error", 4002), "{user}");
            let refresh = "refresh/00000000-0000-4000-8000-000000000000";
            let signal = json!({ "type": "publish", "channel": refresh, "event": "message" });
            assert_eq!(code(&writer.ask(signal).await), ("error", 4002), "{user}");
            for (channel, event, number) in [
                ("$tickets", "message", 4006),
                ("$presence/chat/a", "message", 4006),
                ("chat/{roomId}", "typing", 4006),
                ("chat/%61", "typing", 4005),
                ("chat/a/", "typing", 4006),
                ("CHAT/a", "typing", 4005),
                ("chat/a", "Typing", 4009),
                ("chat/a", "__proto__", 4000),
                ("chat/a", "notification.alert", 4009),
                ("chat/a", "bad event", 4000),
            ] {
                let reply = writer.ask(json!({ "type": "publish", "channel": channel, "event": event })).await;
                assert_eq!(code(&reply), ("error", number), "{user} {channel} {event}");
            }
        }
        assert_eq!(stored(&server).await, 0);
    }
}

#[tokio::test]
async fn who_publishes_without_itself_is_spared_live_after_a_reconnect_and_on_replay() {
    let broker = MemoryBroker::new();
    let here = Server::start(Under::Tidewire, builder().broker(broker.clone())).await;
    let there = Server::start(Under::Tidewire, builder().broker(broker)).await;
    for transport in BOTH {
        let user = [("authorization", "ann")];
        let mut ann = link(transport, &here, "channel=chat/a", "ann").await;
        let cursor = ann.expect("subscribed").await["cursor"].as_str().unwrap().to_owned();
        let mut other = link(transport, &here, "channel=chat/a", "ann").await;
        other.expect("subscribed").await;
        assert_eq!(ann.ask(without_self("mine")).await["stored"], true);
        assert_eq!(ann.ask(publish("all")).await["stored"], true);
        assert_eq!(ann.texts(1).await, ["all"], "its own echo is the usual thing");
        assert_eq!(other.texts(2).await, ["mine", "all"], "another connection of the same user is another client");
        let (session, connection) = (ann.session.clone(), ann.connection.clone());
        drop(ann);
        let resume = format!("channel=chat/a&lastEventId={cursor}");
        for (server, query) in [(&here, resume.as_str()), (&there, resume.as_str())] {
            let mut again = Link::open_with(transport, server.address, query, Some(&session), &user).await;
            again.expect("subscribed").await;
            assert_eq!(again.texts(1).await, ["all"], "{transport:?}");
            assert_eq!(again.connection, connection);
            drop(again);
        }
        let mut again = Link::open_with(transport, there.address, "channel=chat/a", Some(&session), &user).await;
        again.expect("subscribed").await;
        assert_eq!(again.ask(without_self("still mine")).await["stored"], true);
        assert_eq!(again.ask(publish("end")).await["stored"], true);
        assert_eq!(again.texts(1).await, ["end"], "{transport:?}: the same client, the same exclusion");
        assert_eq!(other.texts(2).await, ["still mine", "end"]);
        let mut stranger = link(transport, &here, &resume, "ann").await;
        stranger.expect("subscribed").await;
        assert_eq!(stranger.texts(4).await, ["mine", "all", "still mine", "end"], "without the session it is a new client");
    }
}

#[tokio::test]
async fn who_only_publishes_needs_no_subscription_and_gets_nothing() {
    for carrier in [Carrier::Socket, Carrier::Body, Carrier::Axum] {
        for transport in BOTH {
            let server = Server::carried(carrier, builder()).await;
            let mut reader = link(transport, &server, "channel=chat/a", "eve").await;
            reader.expect("subscribed").await;
            let mut writer = link(transport, &server, "", "writer").await;
            for number in 0..5 {
                assert_eq!(writer.ask(publish(&number.to_string())).await["stored"], true);
            }
            assert_eq!(reader.texts(5).await, ["0", "1", "2", "3", "4"], "{carrier:?} {transport:?}");
            assert_eq!(code(&writer.ask(json!({ "type": "subscribe", "channel": "chat/a", "last": 5 })).await), ("denied", 4002));
            assert_eq!(writer.ask(json!({ "type": "pong" })).await["type"], "ack");
            // Whatever came meanwhile would stand before this.
            let id: ConnectionId = writer.connection.parse().unwrap();
            server.realtime.connection(id).send(chat("a"), message("to you alone")).await.unwrap();
            assert_eq!(writer.expect("message").await["data"]["text"], "to you alone");
        }
    }
}

/// Takes the right to publish away while somebody subscribes to room `b`.
struct Revoker(Arc<OnceLock<Realtime>>);

impl Middleware for Revoker {
    async fn subscribe(&self, request: &SubscribeRequest) -> Result<(), Denied> {
        if let (Some("b"), Some(id)) = (request.param("roomId"), request.connection()) {
            let grant = Grant::user("ann").subscribe("chat/{roomId}");
            self.0.get().unwrap().connection(id).set_grant(grant).await.map_err(Denied::failed)?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_right_that_goes_between_two_events_of_one_request_is_gone_for_the_second() {
    let broker = MemoryBroker::new();
    let realtime = Arc::new(OnceLock::new());
    let here = Server::start(Under::Tidewire, builder().broker(broker.clone()).middleware(Revoker(realtime.clone()))).await;
    let there = Server::start(Under::Tidewire, builder().broker(broker)).await;
    realtime.set(here.realtime.clone()).unwrap();
    for transport in BOTH {
        // Also when another node takes the request and passes it on.
        for server in [&here, &there] {
            let before = stored(&here).await;
            let ann = link(transport, &here, "", "ann").await;
            let frames = json!([publish("one"), { "type": "subscribe", "channel": "chat/b" }, publish("two"), publish("three")]);
            let body = json!({ "session": ann.session, "frames": frames }).to_string();
            let (status, answer) = post_with(server.address, "/realtime/send", &[("authorization", "ann")], body).await;
            let replies: Vec<_> = answer["replies"].as_array().unwrap().iter().map(code).collect();
            assert_eq!((status, replies), (200, vec![("ack", 0), ("ack", 0), ("error", 4002), ("error", 4002)]), "{transport:?}");
            assert_eq!(stored(&here).await, before + 1);
        }
    }
}

#[tokio::test]
async fn a_plain_stream_publishes_by_its_session_and_is_spared_its_own() {
    let server = Server::start(Under::Tidewire, builder()).await;
    let user: (&str, &[u8]) = ("authorization", b"ann");
    let mut stream = EventStream::open_with(server.address, "channel=chat/a", &[user]).await;
    let session = stream.expect("welcome").await["session"].clone();
    stream.expect("subscribed").await;
    let body = json!({ "session": session, "frames": [without_self("mine"), publish("all")] }).to_string();
    let (_, answer) = within(post_with(server.address, "/realtime/send", &[("authorization", "ann")], body)).await;
    assert!(answer["replies"].as_array().unwrap().iter().all(|reply| reply["stored"] == true), "{answer}");
    assert_eq!(stream.texts(1).await, ["all"]);
    let twice = format!(r#"{{"session":{session},"frames":[{{"type":"publish","type":"pong","channel":"chat/a"}}]}}"#);
    let (status, _) = post_with(server.address, "/realtime/send", &[("authorization", "ann")], twice).await;
    assert_eq!(status, 400, "a name twice in one object has no meaning");
}
