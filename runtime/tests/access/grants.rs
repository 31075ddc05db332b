//! Who may do what: the grant of a connection at every door, over each transport and carrier.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::support::{
    Carrier, Server, Under,
    client::{EventStream, get_with},
    link::{BOTH, Link, Transport, post_with, socket_with},
    live::{self, chat, message},
    within,
};
use serde_json::{Value, json};
use tidewire::{
    AnyChannel as _, ConnectRequest, ConnectionError, ConnectionId, Denied, Grant, Limits, MemoryBroker, Realtime, RealtimeBuilder,
};
use tokio_tungstenite::tungstenite::Error;

/// Ann may do everything in room `a` and read room `b`; Eve may read every room; who has another token gets nobody's grant for room `a`.
async fn decide(request: ConnectRequest) -> Result<Grant, Denied> {
    let token = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match token {
        "ann" => Ok(Grant::user("ann").subscribe_and_publish(chat("a")).subscribe("chat/b")),
        "eve" => Ok(Grant::user("eve").subscribe(live::Chat::any())),
        "writer" => Ok(Grant::user("writer").publish("chat/{roomId}")),
        "nobody" => Ok(Grant::anonymous().subscribe(live::Chat::any().with("roomId", "a"))),
        "banned" => Err(Denied::forbidden().message("you were asked to leave")),
        "broken" => Err(Denied::failed(std::io::Error::other("password=hunter2"))),
        "panic" => panic!("secret text of the service"),
        "slow" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(Grant::everything())
        }
        "flawed" => Ok(Grant::user("x").subscribe("no/such/{channel}")),
        "unnamed" => Ok(Grant::user("")),
        _ => Err(Denied::unauthenticated()),
    }
}

fn guarded() -> RealtimeBuilder {
    Realtime::builder(live::contract()).authorize(decide)
}

async fn link(transport: Transport, server: &Server, query: &str, user: &str) -> Link {
    Link::open_with(transport, server.address, query, None, &[("authorization", user)]).await
}

fn publish(room: &str) -> Value {
    json!({ "type": "publish", "channel": format!("chat/{room}"), "event": "message.sent", "data": { "author": "x", "text": "hi" } })
}

fn code(reply: &Value) -> (&str, u64) {
    (reply["type"].as_str().unwrap(), reply["error"]["code"].as_u64().unwrap_or_default())
}

/// What a connect and a read of history get: status, code, and the whole answer as text.
async fn refusals(server: &Server, user: &str) -> Vec<(u16, u64, String)> {
    let mut all = Vec::new();
    for target in ["events?channel=chat/a", "events?ids=0", "history?channel=chat/a"] {
        let (status, body) = get_with(server.address, &format!("/realtime/{target}"), &[("authorization", user.as_bytes())]).await;
        all.push((status, body["error"]["code"].as_u64().unwrap_or_default(), body.to_string()));
    }
    let socket = socket_with(server.address, "/realtime/socket", &[], &[("authorization", user)]).await;
    let Err(Error::Http(answer)) = socket else { panic!("{user} came in") };
    let text = String::from_utf8(answer.body().clone().unwrap_or_default()).unwrap();
    let code = serde_json::from_str::<Value>(&text).map_or(0, |body| body["error"]["code"].as_u64().unwrap_or_default());
    all.push((answer.status().as_u16(), code, text));
    let body = json!({ "session": "0000000000000001.00000000000000000000000000000001", "frames": [] }).to_string();
    let (status, body) = post_with(server.address, "/realtime/send", &[("authorization", user)], body).await;
    all.push((status, body["error"]["code"].as_u64().unwrap_or_default(), body.to_string()));
    all
}

#[tokio::test]
async fn who_is_not_let_in_hears_why_at_every_door() {
    for carrier in [Carrier::Socket, Carrier::Body, Carrier::Axum] {
        let server = Server::carried(carrier, guarded()).await;
        for (user, expected, text) in [("stranger", (401, 4001), "sign in first"), ("banned", (403, 4002), "you were asked to leave")] {
            for (status, code, body) in refusals(&server, user).await {
                assert_eq!((status, code), expected, "{user} over {carrier:?}: {body}");
                assert!(body.contains(text), "{body}");
            }
        }
    }
}

#[tokio::test]
async fn what_goes_wrong_in_the_function_is_a_refusal_that_says_nothing() {
    let mut limits = Limits::default();
    limits.authorize_timeout = Duration::from_millis(50);
    let server = Server::start(Under::Tidewire, guarded().limits(limits)).await;
    for user in ["panic", "broken", "slow", "flawed", "unnamed"] {
        for (status, code, body) in refusals(&server, user).await {
            assert_eq!((status, code), (500, 4100), "{user}: {body}");
            assert!(!["secret", "hunter2", "no/such", "panic"].iter().any(|word| body.contains(word)), "{body}");
        }
    }
    link(Transport::Sse, &server, "channel=chat/a", "ann").await.expect("subscribed").await;
    // A browser's `EventSource` is told to come again, because this passes.
    let headers: [(&str, &[u8]); 2] = [("authorization", b"panic"), ("accept", b"text/event-stream")];
    let mut stream = EventStream::open_with(server.address, "channel=chat/a", &headers).await.welcomed().await;
    assert_eq!(stream.expect("error").await["error"]["code"], 4100);
}

#[tokio::test]
async fn each_channel_is_allowed_or_denied_by_itself() {
    for under in [Under::Tidewire, Under::Axum] {
        for transport in BOTH {
            let server = Server::start(under, guarded()).await;
            let mut link = link(transport, &server, "channel=chat/c&channel=chat/a", "ann").await;
            let denied = link.expect("denied").await;
            assert_eq!((&denied["channel"], code(&denied)), (&json!("chat/c"), ("denied", 4002)));
            assert_eq!(link.expect("subscribed").await["channel"], "chat/a");
            assert_eq!(link.ask(json!({ "type": "subscribe", "channel": "chat/b" })).await["type"], "ack");
            link.expect("subscribed").await;
            for channel in ["chat/c", "chat/ab", "default", "brief/1"] {
                let denied = link.ask(json!({ "type": "subscribe", "channel": channel, "last": 10 })).await;
                assert_eq!((code(&denied), &denied["channel"]), (("denied", 4002), &json!(channel)), "{transport:?}");
            }
            let odd = link.ask(json!({ "type": "subscribe", "channel": "chat/%61" })).await;
            assert_eq!(code(&odd), ("denied", 4005), "another spelling is no way around: {odd}");
            server.realtime.channel(chat("c")).publish(message("secret")).await.unwrap();
            server.realtime.channel(chat("a")).publish(message("for ann")).await.unwrap();
            assert_eq!(link.texts(1).await, ["for ann"]);
        }
    }
}

#[tokio::test]
async fn a_plain_stream_is_refused_as_a_whole_and_so_is_history() {
    let server = Server::start(Under::Tidewire, guarded()).await;
    server.realtime.channel(chat("c")).publish(message("secret")).await.unwrap();
    for target in ["events?channel=chat/a&channel=chat/c", "events?channel=chat/c&last=5", "history?channel=chat/c"] {
        let headers: [(&str, &[u8]); 2] = [("authorization", b"ann"), ("accept", b"text/event-stream")];
        let (status, body) = get_with(server.address, &format!("/realtime/{target}"), &headers).await;
        assert_eq!((status, body["error"]["code"].as_u64()), (403, Some(4002)), "{target}: {body}");
    }
    let mut stream =
        EventStream::open_with(server.address, "channel=chat/a&channel=chat/b", &[("authorization", b"ann")]).await.welcomed().await;
    stream.expect("subscribed").await;
    let (status, _) = get_with(server.address, "/realtime/history?channel=chat/b", &[("authorization", b"ann")]).await;
    assert_eq!(status, 200);
    let (status, _) = get_with(server.address, "/realtime/history?channel=chat/a", &[("authorization", b"writer")]).await;
    assert_eq!(status, 403, "who may publish may not read");
}

#[tokio::test]
async fn a_viewer_cannot_publish_by_any_frame() {
    for transport in BOTH {
        let server = Server::start(Under::Tidewire, guarded()).await;
        let mut viewer = link(transport, &server, "channel=chat/a", "eve").await;
        viewer.expect("subscribed").await;
        let mut forged = publish("a");
        for (name, value) in [
            ("sender", json!("ann")),
            ("user", json!("ann")),
            ("grant", json!({ "publish": "everything" })),
            ("origin", json!("c-0000000000000001")),
            ("excludeSelf", json!(true)),
            ("key", json!("k1")),
        ] {
            forged[name] = value;
            assert_eq!(code(&viewer.ask(forged.clone()).await), ("error", 4002), "{transport:?} {name}");
        }
        for frame in [
            json!({ "type": "grant", "grant": { "publish": "everything" } }),
            json!({ "type": "auth", "token": "ann" }),
            json!({ "type": "publish", "channel": "chat/{roomId}", "event": "message.sent" }),
            json!({ "type": "publish", "channel": "chat/a", "event": "typing" }),
        ] {
            assert_eq!(viewer.ask(frame.clone()).await["type"], "error", "{frame}");
        }
        let page = server.realtime.channel(chat("a")).history(tidewire::History::latest(10)).await.unwrap();
        assert!(page.events.is_empty(), "nothing was stored");
    }
}

#[tokio::test]
async fn the_sender_is_the_user_of_the_grant_and_no_subscription_is_needed() {
    for transport in BOTH {
        let server = Server::start(Under::Tidewire, guarded()).await;
        let mut viewer = link(transport, &server, "channel=chat/a", "eve").await;
        viewer.expect("subscribed").await;
        let mut writer = link(transport, &server, "", "writer").await;
        let mut forged = publish("a");
        forged["sender"] = json!("ann");
        forged["user"] = json!("ann");
        assert_eq!(writer.ask(forged).await["stored"], true);
        let event = viewer.expect("event").await;
        assert_eq!((&event["sender"], &event["origin"]), (&json!("writer"), &json!(writer.connection)), "{transport:?}");
        assert_eq!(code(&writer.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await), ("denied", 4002));
        assert_eq!(server.realtime.channel(chat("a")).history(tidewire::History::latest(1)).await.unwrap().events.len(), 1);
    }
}

#[tokio::test]
async fn the_session_key_of_somebody_else_opens_nothing() {
    let broker = MemoryBroker::new();
    let here = Server::start(Under::Tidewire, guarded().broker(broker.clone())).await;
    let there = Server::start(Under::Tidewire, guarded().broker(broker)).await;
    for transport in BOTH {
        let mut ann = link(transport, &here, "channel=chat/a", "ann").await;
        ann.expect("subscribed").await;
        let body = json!({ "session": ann.session, "frames": [publish("a")] }).to_string();
        for server in [&here, &there] {
            for user in ["eve", "writer", "nobody"] {
                let (status, answer) = post_with(server.address, "/realtime/send", &[("authorization", user)], body.clone()).await;
                assert_eq!((status, answer["error"]["code"].as_u64()), (403, Some(4002)), "{user}: {answer}");
            }
            let (status, answer) = post_with(server.address, "/realtime/send", &[("authorization", "ann")], body.clone()).await;
            assert_eq!((status, &answer["replies"][0]["stored"]), (200, &json!(true)), "{answer}");
            assert_eq!(ann.expect("event").await["sender"], "ann");
        }
        let eve = Link::open_with(transport, here.address, "", Some(&ann.session), &[("authorization", "eve")]).await;
        assert_ne!(eve.connection, ann.connection, "nobody takes over a client of somebody else");
        let ack = ann.ask(publish("a")).await;
        assert_eq!(ack["stored"], true, "and it is not replaced: {ack}");
        ann.expect("event").await;
        let again = Link::open_with(transport, here.address, "", Some(&ann.session), &[("authorization", "ann")]).await;
        assert_eq!(again.connection, ann.connection, "who comes back is the same");
        assert_eq!(code(&ann.expect("error").await), ("error", 4014));
    }
}

#[tokio::test]
async fn frames_that_another_node_passes_on_have_the_rights_of_the_connection() {
    let broker = MemoryBroker::new();
    let here = Server::start(Under::Tidewire, guarded().broker(broker.clone())).await;
    // Whatever this node would allow.
    let generous =
        Realtime::builder(live::contract()).authorize(async |_: ConnectRequest| Ok::<_, Denied>(Grant::everything().for_user("eve")));
    let there = Server::start(Under::Tidewire, generous.broker(broker)).await;
    for transport in BOTH {
        let eve = link(transport, &here, "", "eve").await;
        assert_eq!(code(&eve.send_from(there.address, publish("a")).await), ("error", 4002));
        assert_eq!(code(&eve.send_from(there.address, json!({ "type": "subscribe", "channel": "default" })).await), ("denied", 4002));
        assert_eq!(eve.send_from(there.address, json!({ "type": "subscribe", "channel": "chat/z" })).await["type"], "ack");
    }
}

#[tokio::test]
async fn a_grant_is_replaced_while_connected_from_any_node() {
    let broker = MemoryBroker::new();
    let here = Server::start(Under::Tidewire, guarded().broker(broker.clone())).await;
    let there = Server::start(Under::Tidewire, guarded().broker(broker)).await;
    for transport in BOTH {
        for from in [&here, &there] {
            let mut ann = link(transport, &here, "channel=chat/a&channel=chat/b", "ann").await;
            ann.expect("subscribed").await;
            ann.expect("subscribed").await;
            let id: ConnectionId = ann.connection.parse().unwrap();
            let connection = from.realtime.connection(id);
            assert_eq!(ann.ask(publish("a")).await["stored"], true);
            ann.expect("event").await;

            connection.set_grant(Grant::user("ann").subscribe("chat/b")).await.unwrap();
            here.realtime.channel(chat("a")).publish(message("too late")).await.unwrap();
            here.realtime.channel(chat("b")).publish(message("still")).await.unwrap();
            let denied = ann.expect("denied").await;
            assert_eq!((&denied["channel"], code(&denied)), (&json!("chat/a"), ("denied", 4002)));
            let told = ann.expect("grant").await;
            assert_eq!((&told["user"], &told["expires"]), (&json!("ann"), &Value::Null), "{told}");
            assert_eq!(ann.texts(1).await, ["still"], "{transport:?}");
            assert_eq!(code(&ann.ask(publish("a")).await), ("error", 4002), "the next publish is refused");
            assert_eq!(code(&ann.ask(json!({ "type": "subscribe", "channel": "chat/a", "last": 10 })).await), ("denied", 4002));

            connection.set_grant(Grant::user("ann").subscribe_and_publish(live::Chat::any())).await.unwrap();
            ann.expect("grant").await;
            assert_eq!(ann.ask(json!({ "type": "subscribe", "channel": "chat/c" })).await["type"], "ack");
            ann.expect("subscribed").await;

            let other = connection.set_grant(Grant::user("eve")).await;
            assert!(matches!(other, Err(ConnectionError::OtherUser)), "{other:?}");
            let flawed = connection.set_grant(Grant::user("ann").subscribe("nowhere")).await;
            assert!(matches!(flawed, Err(ConnectionError::Grant { .. })), "{flawed:?}");
            drop(ann);
        }
    }
    let absent: ConnectionId = "c-00000000000000ff".parse().unwrap();
    let gone = within(here.realtime.connection(absent).set_grant(Grant::everything())).await;
    assert!(matches!(gone, Err(ConnectionError::NotConnected)), "{gone:?}");
}

#[tokio::test]
async fn a_plain_stream_that_loses_a_channel_ends_and_a_reconnect_authorizes_anew() {
    let allowed = Arc::new(AtomicBool::new(true));
    for carrier in [Carrier::Socket, Carrier::Body, Carrier::Axum] {
        allowed.store(true, Ordering::SeqCst);
        let server = Server::carried(carrier, builder_of(&allowed)).await;
        let mut stream = EventStream::open_with(server.address, "channel=chat/a", &[("authorization", b"x")]).await;
        let id: ConnectionId = stream.expect("welcome").await["connection"].as_str().unwrap().parse().unwrap();
        stream.expect("subscribed").await;
        allowed.store(false, Ordering::SeqCst);
        server.realtime.connection(id).set_grant(Grant::user("ann")).await.unwrap();
        server.realtime.channel(chat("a")).publish(message("secret")).await.unwrap();
        assert_eq!(code(&stream.expect("error").await), ("error", 4002), "{carrier:?}");
        assert!(stream.block().await.is_none());
        let (status, _) = get_with(server.address, "/realtime/events?channel=chat/a", &[("authorization", b"x")]).await;
        assert_eq!(status, 403);
    }
}

fn builder_of(allowed: &Arc<AtomicBool>) -> RealtimeBuilder {
    let asks = allowed.clone();
    Realtime::builder(live::contract()).authorize(move |_| {
        let grant = if asks.load(Ordering::SeqCst) { Grant::user("ann").subscribe(live::Chat::any()) } else { Grant::user("ann") };
        async { Ok(grant) }
    })
}

#[tokio::test]
async fn what_was_stored_while_somebody_had_access_is_not_replayed_after_it_is_gone() {
    for transport in BOTH {
        let server = Server::start(Under::Tidewire, guarded()).await;
        let mut ann = link(transport, &server, "channel=chat/a", "ann").await;
        let cursor = ann.expect("subscribed").await["cursor"].clone();
        for number in 0..600 {
            server.realtime.channel(chat("a")).publish(message(number.to_string())).await.unwrap();
        }
        ann.texts(600).await;
        let id: ConnectionId = ann.connection.parse().unwrap();
        ann.ask(json!({ "type": "unsubscribe", "channel": "chat/a" })).await;
        ann.expect("unsubscribed").await;
        server.realtime.connection(id).set_grant(Grant::user("ann").subscribe("chat/b")).await.unwrap();
        let denied = ann.ask(json!({ "type": "subscribe", "channel": "chat/a", "after": cursor })).await;
        assert_eq!(code(&denied), ("denied", 4002), "{transport:?}");
        assert_eq!(ann.ask(json!({ "type": "pong" })).await["type"], "ack");
    }
}

#[tokio::test]
async fn the_function_sees_the_request() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let builder = Realtime::builder(live::contract()).authorize(move |request: ConnectRequest| {
        let peer = request.peer().is_some_and(|peer| peer.is_loopback());
        let token = request.headers().contains_key("authorization");
        let line = format!("{} {} {:?} {peer} {token}", request.method(), request.uri().path(), request.channels());
        assert!(!format!("{request:?}").contains("secret-token"), "what is logged holds no secrets");
        log.lock().unwrap().push(line);
        async { Ok(Grant::everything().for_user("ann")) }
    });
    let server = Server::start(Under::Tidewire, builder).await;
    for transport in BOTH {
        let mut link = link(transport, &server, "channel=chat/a&channel=chat/b", "secret-token").await;
        link.ask(json!({ "type": "pong" })).await;
    }
    get_with(server.address, "/realtime/history?channel=chat/a", &[("authorization", b"secret-token")]).await;
    let expected = [
        r#"GET /events ["chat/a", "chat/b"] true true"#,
        "POST /send [] true true",
        r#"GET /socket ["chat/a", "chat/b"] true true"#,
        r#"GET /history ["chat/a"] true true"#,
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}
