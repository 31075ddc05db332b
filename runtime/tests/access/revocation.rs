//! What is taken away stays away: on one node and on several, over each transport.

use std::time::Duration;

use crate::support::{
    Carrier, DEADLINE, Server, Under,
    client::{EventStream, get_with},
    link::{BOTH, Link, Transport, post_with, socket_with},
    live::{self, chat, message},
    within,
};
use serde_json::{Value, json};
use tidewire::{AnyChannel as _, ConnectRequest, Denied, Grant, Limits, MemoryBroker, Realtime, RealtimeBuilder, Revocation, RevokeError};
use tokio_tungstenite::tungstenite::Error;
use tower::ServiceExt as _;

/// Everybody is who they say they are, and may do everything in chats.
async fn decide(request: ConnectRequest) -> Result<Grant, Denied> {
    let user = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let grant = user.map_or_else(Grant::anonymous, Grant::user);
    Ok(grant.subscribe_and_publish(live::Chat::any()))
}

fn guarded() -> RealtimeBuilder {
    Realtime::builder(live::contract()).authorize(decide)
}

async fn one() -> Server {
    Server::start(Under::Tidewire, guarded()).await
}

async fn two() -> (Server, Server) {
    let broker = MemoryBroker::new();
    let node = || Server::start(Under::Tidewire, guarded().broker(broker.clone()));
    (node().await, node().await)
}

async fn link(transport: Transport, server: &Server, query: &str, user: &str) -> Link {
    Link::open_with(transport, server.address, query, None, &[("authorization", user)]).await
}

async fn subscribed(transport: Transport, server: &Server, room: &str, user: &str) -> Link {
    let mut link = link(transport, server, &format!("channel=chat/{room}"), user).await;
    link.expect("subscribed").await;
    link
}

fn publish(room: &str) -> Value {
    json!({ "type": "publish", "channel": format!("chat/{room}"), "event": "message.sent", "data": { "author": "x", "text": "hi" } })
}

fn code(reply: &Value) -> (&str, u64) {
    (reply["type"].as_str().unwrap(), reply["error"]["code"].as_u64().unwrap_or_default())
}

/// What a request for the history of a room gets.
async fn history(server: &Server, room: &str, user: &str) -> (u16, u64) {
    let (status, body) =
        get_with(server.address, &format!("/realtime/history?channel=chat/{room}"), &[("authorization", user.as_bytes())]).await;
    (status, body["error"]["code"].as_u64().unwrap_or_default())
}

/// What a connect gets over each of the ways in.
async fn connects(server: &Server, user: &str) -> Vec<(u16, u64)> {
    let mut all = Vec::new();
    for target in ["events?ids=0", "events?channel=chat/b", "history?channel=chat/b"] {
        let (status, body) = get_with(server.address, &format!("/realtime/{target}"), &[("authorization", user.as_bytes())]).await;
        all.push((status, body["error"]["code"].as_u64().unwrap_or_default()));
    }
    let socket = socket_with(server.address, "/realtime/socket", &[], &[("authorization", user)]).await;
    let Err(Error::Http(answer)) = socket else { panic!("{user} came in") };
    let body: Value = serde_json::from_slice(answer.body().as_deref().unwrap_or_default()).unwrap();
    all.push((answer.status().as_u16(), body["error"]["code"].as_u64().unwrap_or_default()));
    all
}

#[tokio::test]
async fn one_user_loses_one_channel_after_what_was_published_before() {
    for carrier in [Carrier::Socket, Carrier::Body, Carrier::Axum] {
        for transport in BOTH {
            let server = Server::carried(carrier, guarded()).await;
            let mut ann = link(transport, &server, "channel=chat/a&channel=chat/b", "ann").await;
            ann.expect("subscribed").await;
            ann.expect("subscribed").await;
            let mut eve = subscribed(transport, &server, "a", "eve").await;
            server.realtime.channel(chat("a")).publish(message("the end")).await.unwrap();
            server.realtime.revoke("ann", chat("a")).await.unwrap();
            server.realtime.channel(chat("a")).publish(message("not for ann")).await.unwrap();
            assert_eq!(ann.texts(1).await, ["the end"], "{transport:?} over {carrier:?}");
            let revoked = ann.expect("revoked").await;
            assert_eq!(revoked["channel"], "chat/a");
            let until = revoked["until"].as_u64().unwrap();
            let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
            assert!((3_590_000..=3_600_000).contains(&(u128::from(until) - now)), "an hour: {until}");
            assert_eq!(code(&ann.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await), ("denied", 4015));
            assert_eq!(code(&ann.ask(json!({ "type": "subscribe", "channel": "chat/a", "last": 10 })).await), ("denied", 4015));
            assert_eq!(code(&ann.ask(publish("a")).await), ("error", 4015));
            assert_eq!(ann.ask(json!({ "type": "unsubscribe", "channel": "chat/a" })).await["type"], "ack");
            assert_eq!(history(&server, "a", "ann").await, (403, 4015));
            // Another channel and another user are not concerned.
            assert_eq!(ann.ask(publish("b")).await["type"], "ack");
            assert_eq!(ann.texts(1).await, ["hi"]);
            assert_eq!(eve.texts(2).await, ["the end", "not for ann"]);
            assert_eq!(history(&server, "a", "eve").await.0, 200);
            let mut again = link(transport, &server, "channel=chat/a&channel=chat/b", "ann").await;
            let denied = again.expect("denied").await;
            assert_eq!((code(&denied), &denied["channel"]), (("denied", 4015), &json!("chat/a")));
            again.expect("subscribed").await;
        }
    }
}

#[tokio::test]
async fn a_quiet_connection_ends_when_it_is_revoked_and_not_with_the_next_heartbeat() {
    let mut limits = Limits::default();
    limits.heartbeat = Duration::from_secs(600);
    limits.silence = Duration::from_secs(1200);
    for transport in BOTH {
        let server = Server::start(Under::Tidewire, guarded().limits(limits)).await;
        let mut ann = subscribed(transport, &server, "a", "ann").await;
        // It has a turn of its own, and is quiet afterwards.
        server.realtime.channel(chat("a")).publish(message("hello")).await.unwrap();
        assert_eq!(ann.texts(1).await, ["hello"]);
        server.realtime.revoke_user("ann").await.unwrap();
        ann.expect("revoked").await;
        ann.expect("error").await;
        assert_eq!(ann.next().await, None, "{transport:?}");
    }
}

#[tokio::test]
async fn a_user_who_loses_everything_hears_it_and_does_not_come_in_again() {
    for transport in BOTH {
        let (here, there) = two().await;
        let mut ann = link(transport, &here, "channel=chat/a&channel=chat/b", "ann").await;
        ann.expect("subscribed").await;
        ann.expect("subscribed").await;
        let mut idle = link(transport, &here, "", "ann").await;
        let mut eve = subscribed(transport, &here, "a", "eve").await;
        there.realtime.channel(chat("a")).publish(message("the end")).await.unwrap();
        there.realtime.revoke_user("ann").await.unwrap();
        assert_eq!(ann.texts(1).await, ["the end"]);
        let mut revoked = Vec::new();
        for link in [&mut ann, &mut idle] {
            revoked.push(link.expect("revoked").await["channel"].clone());
        }
        assert_eq!(revoked, [json!(null), json!(null)]);
        there.realtime.channel(chat("a")).publish(message("later")).await.unwrap();
        for link in [&mut ann, &mut idle] {
            let error = link.expect("error").await;
            assert_eq!((code(&error), error.get("ref")), (("error", 4015), None));
        }
        if transport == Transport::WebSocket {
            let close = ann.close_frame().await.unwrap();
            assert_eq!((u16::from(close.code), close.reason.as_str()), (4015, "revoked"));
        } else {
            assert_eq!(ann.next().await, None);
        }
        for server in [&here, &there] {
            for refused in connects(server, "ann").await {
                assert_eq!(refused, (403, 4015));
            }
        }
        let frames = json!({ "session": eve.session, "frames": [] }).to_string();
        let (status, body) = post_with(here.address, "/realtime/send", &[("authorization", "ann")], frames).await;
        assert_eq!((status, body["error"]["code"].as_u64()), (403, Some(4015)), "before anything is looked at");
        assert_eq!(eve.texts(2).await, ["the end", "later"]);
        assert!(here.realtime.restore_user("ann").await.unwrap());
        assert!(!here.realtime.restore_user("ann").await.unwrap(), "it was restored already");
        subscribed(transport, &here, "a", "ann").await;
    }
}

#[tokio::test]
async fn a_plain_stream_hears_it_and_ends() {
    let (here, there) = two().await;
    for revocation in [Revocation::of("ann").on(chat("a")), Revocation::of("ann"), Revocation::everybody_on(chat("a"))] {
        let mut stream =
            EventStream::open_with(here.address, "channel=chat/a&channel=chat/b", &[("authorization", b"ann")]).await.welcomed().await;
        stream.expect("subscribed").await;
        stream.expect("subscribed").await;
        there.realtime.channel(chat("a")).publish(message("the end")).await.unwrap();
        there.realtime.revoke_batch([revocation.clone()]).await.unwrap();
        assert_eq!(stream.expect("event").await["data"]["text"], "the end");
        stream.expect("revoked").await;
        let error = stream.expect("error").await;
        assert_eq!(error["error"]["name"], "revoked");
        assert!(within(stream.block()).await.is_none());
        // Any answer but a stream is final for a browser's `EventSource`.
        let headers: [(&str, &[u8]); 2] = [("authorization", b"ann"), ("accept", b"text/event-stream")];
        eventually_refused(&here, &headers).await;
        assert_eq!(there.realtime.restore_batch([revocation]).await.unwrap(), 1);
        // The other node hears of it a little later.
        let restored = async {
            while get_with(here.address, "/realtime/history?channel=chat/a", &headers[..1]).await.0 != 200 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        within(restored).await;
    }
}

async fn eventually_refused(server: &Server, headers: &[(&str, &[u8])]) {
    let (status, body) = get_with(server.address, "/realtime/events?channel=chat/a", headers).await;
    assert_eq!((status, body["error"]["code"].as_u64()), (403, Some(4015)));
}

#[tokio::test]
async fn a_channel_is_taken_from_everybody_and_from_who_joins_later() {
    for transport in BOTH {
        let (here, there) = two().await;
        let mut links = Vec::new();
        for (server, user) in [(&here, "ann"), (&there, "bob"), (&here, "eve")] {
            links.push(subscribed(transport, server, "a", user).await);
        }
        let mut elsewhere = subscribed(transport, &here, "b", "ann").await;
        here.realtime.channel(chat("a")).publish(message("sold")).await.unwrap();
        here.realtime.revoke_channel(chat("a")).await.unwrap();
        for link in &mut links {
            assert_eq!(link.texts(1).await, ["sold"]);
            assert_eq!(link.expect("revoked").await["channel"], "chat/a");
        }
        let mut late = link(transport, &there, "channel=chat/a&channel=chat/b", "late").await;
        assert_eq!(code(&late.expect("denied").await), ("denied", 4015));
        assert_eq!(code(&late.ask(publish("a")).await), ("error", 4015));
        late.expect("subscribed").await;
        here.realtime.channel(chat("a")).publish(message("the service still may")).await.unwrap();
        here.realtime.channel(chat("b")).publish(message("on")).await.unwrap();
        assert_eq!(elsewhere.texts(1).await, ["on"]);
        assert!(there.realtime.restore_channel(chat("a")).await.unwrap());
        assert_eq!(late.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await["type"], "ack");
    }
}

#[tokio::test]
async fn nobody_in_particular_loses_a_channel_with_everybody() {
    let server = Server::public(Under::Tidewire).await;
    let mut link = Link::open(BOTH[1], server.address, "channel=chat/a").await;
    link.expect("subscribed").await;
    server.realtime.revoke_channel(chat("a")).await.unwrap();
    link.expect("revoked").await;
    assert_eq!(code(&link.ask(publish("a")).await), ("error", 4015));
    server.realtime.revoke_user("ann").await.unwrap();
    Link::open(BOTH[0], server.address, "channel=chat/b").await.expect("subscribed").await;
}

#[tokio::test]
async fn many_at_once_and_each_for_its_own_time() {
    let (here, there) = two().await;
    let users: Vec<String> = (0..300).map(|number| format!("user-{number}")).collect();
    let mut links = Vec::new();
    for user in users.iter().step_by(50) {
        links.push(subscribed(BOTH[1], &there, "a", user).await);
    }
    let mut spared = subscribed(BOTH[1], &there, "a", "spared").await;
    let batch = users.iter().map(|user| Revocation::of(user).on(chat("a")).for_duration(Duration::from_secs(60)));
    here.realtime.revoke_batch(batch.clone()).await.unwrap();
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    for link in &mut links {
        let until = u128::from(link.expect("revoked").await["until"].as_u64().unwrap());
        assert!(until.abs_diff(now) <= 60_000);
    }
    assert_eq!(spared.ask(publish("a")).await["type"], "ack");
    assert_eq!(there.realtime.restore_batch(batch).await.unwrap(), 300);
}

#[tokio::test]
async fn a_resume_is_refused_and_after_a_restore_nothing_is_missing() {
    for transport in BOTH {
        let (here, there) = two().await;
        let mut ann = link(transport, &here, "channel=chat/a", "ann").await;
        let cursor = ann.expect("subscribed").await["cursor"].clone();
        there.realtime.revoke("ann", chat("a")).await.unwrap();
        ann.expect("revoked").await;
        there.realtime.channel(chat("a")).publish(message("meanwhile")).await.unwrap();
        let resume = json!({ "type": "subscribe", "channel": "chat/a", "after": cursor });
        assert_eq!(code(&ann.ask(resume.clone()).await), ("denied", 4015));
        drop(ann);
        let query = format!("channel=chat/a&lastEventId={}", cursor.as_str().unwrap());
        let mut back = link(transport, &here, &query, "ann").await;
        assert_eq!(code(&back.expect("denied").await), ("denied", 4015));
        assert!(here.realtime.restore("ann", chat("a")).await.unwrap());
        assert_eq!(back.ask(resume).await["type"], "ack");
        assert_eq!(back.expect("subscribed").await["outcome"], "resumed");
        assert_eq!(back.texts(1).await, ["meanwhile"]);
    }
}

#[tokio::test]
async fn it_ends_by_itself_and_a_shorter_one_does_not_shorten_it() {
    let server = one().await;
    let short = Revocation::of("ann").on(chat("a")).for_duration(Duration::from_millis(400));
    server.realtime.revoke_batch([short.clone()]).await.unwrap();
    let mut ann = link(BOTH[1], &server, "", "ann").await;
    let subscribe = json!({ "type": "subscribe", "channel": "chat/a" });
    assert_eq!(code(&ann.ask(subscribe.clone()).await), ("denied", 4015));
    let over = async {
        while ann.ask(subscribe.clone()).await["type"] != "ack" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    within(over).await;
    server.realtime.revoke("bob", chat("a")).await.unwrap();
    server.realtime.revoke_batch([Revocation::of("bob").on(chat("a")).for_duration(Duration::from_millis(1))]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(history(&server, "a", "bob").await, (403, 4015));
}

#[tokio::test]
async fn a_slow_reader_gets_what_was_published_before_and_nothing_else() {
    for transport in BOTH {
        let (here, there) = two().await;
        let mut ann = subscribed(transport, &here, "a", "ann").await;
        // More than the sockets hold, and more than the ring does.
        let text = "x".repeat(20_000);
        for _ in 0..400 {
            there.realtime.channel(chat("a")).publish(message(text.as_str())).await.unwrap();
        }
        there.realtime.channel(chat("a")).publish(message("the end")).await.unwrap();
        there.realtime.revoke("ann", chat("a")).await.unwrap();
        // It stands too far back to have heard of this before its own node hears of the revocation.
        there.realtime.channel(chat("a")).publish(message("after the end")).await.unwrap();
        let mut texts = ann.texts(401).await;
        assert_eq!(texts.pop().unwrap(), "the end", "{transport:?}");
        assert!(texts.iter().all(|given| *given == text));
        ann.expect("revoked").await;
    }
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_told_what_it_misses() {
    let server = one().await;
    let mut ann = subscribed(Transport::WebSocket, &server, "a", "ann").await;
    let text = "x".repeat(50_000);
    for _ in 0..400 {
        server.realtime.channel(chat("a")).publish(message(text.as_str())).await.unwrap();
    }
    server.realtime.revoke("ann", chat("a")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(5500)).await;
    let mut events = 0_u64;
    let gap = loop {
        let frame = ann.frame().await;
        match frame["type"].as_str().unwrap() {
            "event" => events += 1,
            "gap" => break frame,
            other => panic!("{other}"),
        }
    };
    assert_eq!((gap["reason"].as_str(), gap["missed"].as_u64()), (Some("slow"), Some(400 - events)));
    ann.expect("revoked").await;
}

#[tokio::test]
async fn a_client_that_loses_everything_and_takes_nothing_is_cut_off() {
    let cases = [Carrier::Socket, Carrier::Body, Carrier::Axum].map(|carrier| BOTH.map(|transport| cut_off(carrier, transport)));
    futures_util::future::join_all(cases.into_iter().flatten()).await;
}

async fn cut_off(carrier: Carrier, transport: Transport) {
    let server = Server::carried(carrier, guarded()).await;
    let _ann = subscribed(transport, &server, "a", "ann").await;
    let text = "x".repeat(50_000);
    for _ in 0..150 {
        server.realtime.channel(chat("a")).publish(message(text.as_str())).await.unwrap();
    }
    server.realtime.revoke_user("ann").await.unwrap();
    assert_eq!(connections(&server).await, 1, "it has time to hear of it");
    let began = std::time::Instant::now();
    while connections(&server).await > 0 {
        assert!(began.elapsed() < DEADLINE, "{transport:?} over {carrier:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// How many are connected, as operators see it.
async fn connections(server: &Server) -> u64 {
    let request = axum::http::Request::get("/status").body(axum::body::Body::empty()).unwrap();
    let answer = server.realtime.admin_router::<()>().oneshot(request).await.unwrap();
    let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
    serde_json::from_slice::<Value>(&body).unwrap()["connections"].as_u64().unwrap()
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_and_changes_nothing() {
    let server = one().await;
    let revoke = async |revocation: Revocation| server.realtime.revoke_batch([Revocation::of("good"), revocation]).await.unwrap_err();
    assert!(matches!(revoke(Revocation::of("")).await, RevokeError::User));
    assert!(matches!(revoke(Revocation::of("x".repeat(257))).await, RevokeError::User));
    assert!(matches!(revoke(Revocation::of("a\nb")).await, RevokeError::User));
    assert!(matches!(revoke(Revocation::of("a").for_duration(Duration::ZERO)).await, RevokeError::Duration));
    assert!(matches!(revoke(Revocation::of("a").for_duration(Duration::MAX)).await, RevokeError::Duration));
    for name in ["chat", "chat/A", "$revocations", "chat/a/b", "chat/\n", ""] {
        assert!(matches!(revoke(Revocation::of("a").on_name(name)).await, RevokeError::Channel(_)), "{name:?}");
    }
    assert!(matches!(server.realtime.revoke_channel(chat("A")).await, Err(RevokeError::Channel(_))));
    assert_eq!(server.realtime.restore_batch([Revocation::of("good")]).await.unwrap(), 0);
    let mut link = link(BOTH[1], &server, "", "ann").await;
    for frame in [
        json!({ "type": "subscribe", "channel": "$revocations" }),
        json!({ "type": "publish", "channel": "$revocations", "event": "revocations", "data": { "revoke": [{ "user": "eve", "lasts": 1 }] } }),
    ] {
        assert_eq!(link.ask(frame).await["error"]["code"], 4006, "no client has to do with the log");
    }
    assert_eq!(link.ask(json!({ "type": "revoked", "channel": "chat/a", "until": 1 })).await["error"]["code"], 4000);
    assert_eq!(get_with(server.address, "/realtime/history?channel=$revocations", &[("authorization", b"ann")]).await.0, 400);
}

#[tokio::test]
async fn a_node_that_begins_later_knows_the_log() {
    let broker = MemoryBroker::new();
    let here = Server::start(Under::Tidewire, guarded().broker(broker.clone())).await;
    // More than one page of it.
    for number in 0..1200 {
        here.realtime.revoke_batch([Revocation::of(format!("user-{number}")), Revocation::of("bob")]).await.unwrap();
    }
    here.realtime.restore_user("bob").await.unwrap();
    let later = Server::start(Under::Tidewire, guarded().broker(broker)).await;
    for user in ["user-0", "user-1199"] {
        assert_eq!(connects(&later, user).await[0], (403, 4015));
    }
    subscribed(BOTH[0], &later, "a", "bob").await;
}

#[tokio::test]
async fn a_subscription_on_its_way_is_caught_by_a_revocation() {
    // Many times: who subscribes while it is revoked may come in before, but does not stay.
    let server = one().await;
    for round in 0..40 {
        let user = format!("user-{round}");
        let mut link = link(BOTH[1], &server, "", &user).await;
        let subscribing = async {
            link.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await;
            link
        };
        let (mut link, revoked) = tokio::join!(subscribing, server.realtime.revoke(user.as_str(), chat("a")));
        revoked.unwrap();
        server.realtime.channel(chat("a")).publish(message("secret")).await.unwrap();
        link.say(&json!({ "type": "pong", "ref": 999 }).to_string()).await;
        let mut last = Value::Null;
        let deadline = tokio::time::Instant::now() + DEADLINE;
        let mut ended = false;
        // Either it was denied, or it is told that it ends; and what came later is never seen.
        while tokio::time::Instant::now() < deadline {
            let frame = link.frame().await;
            assert_ne!(frame["type"], "event", "{frame}");
            ended |= matches!(frame["type"].as_str(), Some("revoked"));
            if frame["ref"] == 999 {
                last = frame;
                break;
            }
        }
        assert_eq!(last["type"], "ack");
        let again = link.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await;
        assert_eq!(code(&again), ("denied", 4015), "ended: {ended}");
    }
}
