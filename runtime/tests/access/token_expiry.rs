//! Grants that end while their connections last: the warning, the end, and newer tokens without a loss.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::support::{
    Carrier, Server, Under,
    client::{EventStream, get_with},
    link::{BOTH, Link, Transport, post_with, socket_with},
    live::{self, chat, message},
};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tidewire::{
    AnyChannel as _, ConnectRequest, ConnectionError, ConnectionId, Denied, Grant, MemoryBroker, Realtime, RealtimeBuilder, Tokens, Utc,
};
use tokio::io::AsyncReadExt as _;

const SECRET: [u8; 32] = [7; 32];

fn tokens() -> Tokens {
    Tokens::new(SECRET).issuer("acme").audience("acme-live")
}

fn ann() -> Grant {
    Grant::user("ann").subscribe_and_publish(live::Chat::any())
}

fn token(grant: &Grant) -> String {
    tokens().sign(grant).unwrap().into_string()
}

/// A token that ends after so many seconds.
fn short(grant: &Grant, seconds: u64) -> String {
    tokens().lifetime(Duration::from_secs(seconds)).sign(grant).unwrap().into_string()
}

fn builder() -> RealtimeBuilder {
    Realtime::builder(live::contract()).tokens(tokens())
}

fn publish(text: &str) -> Value {
    json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "x", "text": text } })
}

fn code(reply: &Value) -> u64 {
    reply["error"]["code"].as_u64().unwrap_or_default()
}

fn milliseconds() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

async fn link(transport: Transport, server: &Server, query: &str, token: &str) -> Link {
    Link::open_with(transport, server.address, query, None, &[("authorization", &format!("Bearer {token}"))]).await
}

#[tokio::test]
async fn a_connection_is_warned_and_ends_with_its_token() {
    for carrier in [Carrier::Socket, Carrier::Body, Carrier::Axum] {
        let server = Server::carried(carrier, builder()).await;
        let token = short(&ann(), 3);
        for mut link in [
            link(Transport::Sse, &server, "channel=chat/a", &token).await,
            link(Transport::WebSocket, &server, "channel=chat/a", &token).await,
        ] {
            let expires = link.welcome["expires"].as_u64().unwrap();
            link.expect("subscribed").await;
            let warning = link.expect("grant").await;
            assert_eq!((&warning["user"], &warning["expires"], &warning["expiring"]), (&json!("ann"), &json!(expires), &json!(true)));
            assert!(warning["time"].as_u64().unwrap() < expires, "in time: {warning}");
            let end = link.expect("error").await;
            let late = i128::from(milliseconds()) - i128::from(expires);
            assert_eq!((code(&end), &end["ref"]), (4202, &Value::Null), "{end}");
            assert!((0..=1000).contains(&late), "{late} ms after the end, {carrier:?}");
            assert!(link.next().await.is_none());
        }
        let header = format!("Bearer {token}");
        let (status, body) = get_with(server.address, "/realtime/events?channel=chat/a", &[("authorization", header.as_bytes())]).await;
        assert_eq!((status, code(&body)), (401, 4202), "and does not come in again: {body}");
    }
}

#[tokio::test]
async fn a_websocket_is_closed_with_the_code_and_a_plain_stream_ends() {
    let server = Server::start(Under::Tidewire, builder()).await;
    let token = short(&ann(), 2);
    let mut socket = link(Transport::WebSocket, &server, "channel=chat/a", &token).await;
    let header = format!("Bearer {token}");
    let mut stream =
        EventStream::open_with(server.address, "channel=chat/a", &[("authorization", header.as_bytes())]).await.welcomed().await;
    let close = socket.close_frame().await.unwrap();
    assert_eq!((u16::from(close.code), close.reason.as_str()), (4202, "token_expired"));
    stream.expect("subscribed").await;
    stream.expect("grant").await;
    assert_eq!(code(&stream.expect("error").await), 4202);
    assert!(stream.block().await.is_none());
}

#[tokio::test]
async fn a_grant_may_end_without_a_token_too() {
    let builder = Realtime::builder(live::contract())
        .authorize(async |_: ConnectRequest| Ok::<_, Denied>(ann().until(Utc::now() + Duration::from_millis(800))));
    let server = Server::start(Under::Tidewire, builder).await;
    for transport in BOTH {
        let mut link = link(transport, &server, "", "x").await;
        assert_eq!(link.expect("grant").await["expiring"], true);
        assert_eq!(code(&link.expect("error").await), 4202, "{transport:?}");
    }
}

#[tokio::test]
async fn a_newer_token_keeps_the_connection() {
    for under in [Under::Tidewire, Under::Axum] {
        for transport in BOTH {
            let server = Server::start(under, builder()).await;
            let mut link = link(transport, &server, "channel=chat/a", &short(&ann(), 3)).await;
            link.expect("subscribed").await;
            let newer = token(&ann());
            assert_eq!(link.ask(json!({ "type": "auth", "token": newer })).await["type"], "ack");
            let told = link.expect("grant").await;
            let left = told["expires"].as_u64().unwrap() - told["time"].as_u64().unwrap();
            assert!(left > 3_500_000 && told["user"] == "ann" && told["expiring"] == Value::Null, "{told}");
            tokio::time::sleep(Duration::from_millis(3500)).await;
            assert_eq!(link.ask_with(&format!("Bearer {newer}"), publish("still here")).await["stored"], true, "{transport:?}");
            assert_eq!(link.texts(1).await, ["still here"]);
        }
    }
}

#[tokio::test]
async fn what_is_no_newer_token_of_the_same_user_changes_nothing() {
    let server = Server::start(Under::Tidewire, builder()).await;
    for transport in BOTH {
        let mut link = link(transport, &server, "channel=chat/a", &token(&ann())).await;
        link.expect("subscribed").await;
        let stolen = token(&Grant::everything().for_user("eve"));
        let ticket = tokens().sign_ticket(&ann()).unwrap().into_string();
        let forged = Tokens::new([8; 32]).issuer("acme").audience("acme-live").sign(&ann()).unwrap().into_string();
        let over = short(&ann().until(Utc::now() - Duration::from_secs(5)), 60);
        for (bad, expected) in [
            (json!(stolen), 4002),
            (json!(token(&Grant::everything())), 4002),
            (json!(ticket), 4016),
            (json!(forged), 4016),
            (json!("x"), 4016),
            (json!("x".repeat(60_000)), 4016),
            (json!(over), 4202),
            (json!(7), 4000),
            (json!({ "__proto__": 1 }), 4000),
            (Value::Null, 4000),
        ] {
            let answer = link.ask(json!({ "type": "auth", "token": bad })).await;
            assert_eq!((&answer["type"], code(&answer)), (&json!("error"), expected), "{answer}");
        }
        assert_eq!(link.ask(publish("hi")).await["stored"], true);
        assert_eq!(link.expect("event").await["sender"], "ann", "no `grant` came, and the user is who it was");
    }
    let server = Server::public(Under::Tidewire).await;
    let mut link = Link::open(Transport::WebSocket, server.address, "").await;
    assert_eq!(code(&link.ask(json!({ "type": "auth", "token": token(&ann()) })).await), 4002);
}

#[tokio::test]
async fn a_newer_token_with_less_takes_channels_away_and_set_grant_keeps_the_end() {
    let server = Server::start(Under::Tidewire, builder()).await;
    for transport in BOTH {
        let mut link = link(transport, &server, "channel=chat/a&channel=chat/b", &token(&ann())).await;
        link.expect("subscribed").await;
        link.expect("subscribed").await;
        let narrower = token(&Grant::user("ann").subscribe("chat/b"));
        assert_eq!(link.ask(json!({ "type": "auth", "token": narrower })).await["type"], "ack");
        server.realtime.channel(chat("a")).publish(message("secret")).await.unwrap();
        server.realtime.channel(chat("b")).publish(message("open")).await.unwrap();
        assert_eq!(link.expect("denied").await["channel"], "chat/a");
        let expires = link.expect("grant").await["expires"].clone();
        assert_eq!(link.texts(1).await, ["open"], "{transport:?}");
        assert_eq!(code(&link.ask(publish("x")).await), 4002);

        let id: ConnectionId = link.connection.parse().unwrap();
        server.realtime.connection(id).set_grant(ann()).await.unwrap();
        assert!(expires.is_u64());
        assert_eq!(link.expect("grant").await["expires"], expires, "the token's end holds");
        server.realtime.connection(id).set_grant(ann().until(Utc::now() + Duration::from_millis(600))).await.unwrap();
        assert!(link.expect("grant").await["expires"].as_u64() < expires.as_u64());
        assert_eq!(link.expect("grant").await["expiring"], true);
        assert_eq!(code(&link.expect("error").await), 4202);
    }
}

#[tokio::test]
async fn either_token_sends_on_any_node_and_so_does_a_refresh() {
    let broker = MemoryBroker::new();
    let here = Server::start(Under::Tidewire, builder().broker(broker.clone())).await;
    let there = Server::start(Under::Tidewire, builder().broker(broker)).await;
    for transport in BOTH {
        let older = token(&ann());
        let mut link = link(transport, &here, "channel=chat/a", &older).await;
        link.expect("subscribed").await;
        let newer = tokens().lifetime(Duration::from_secs(1800)).sign(&ann()).unwrap().into_string();
        let ack = link.send_from(there.address, json!({ "type": "auth", "ref": 1, "token": newer })).await;
        assert_eq!(ack["type"], "ack", "{ack}");
        link.expect("grant").await;
        let body = json!({ "session": link.session, "frames": [publish("hi")] }).to_string();
        for server in [&here, &there] {
            for token in [&older, &newer] {
                let header = format!("Bearer {token}");
                let (status, answer) = post_with(server.address, "/realtime/send", &[("authorization", &header)], body.clone()).await;
                assert_eq!((status, &answer["replies"][0]["stored"]), (200, &json!(true)), "{answer}");
                link.texts(1).await;
            }
            let header = format!("Bearer {}", token(&Grant::everything().for_user("eve")));
            let (status, answer) = post_with(server.address, "/realtime/send", &[("authorization", &header)], body.clone()).await;
            assert!(status >= 400, "{answer}");
        }
    }
}

#[tokio::test]
async fn nothing_is_lost_and_nothing_comes_twice_while_tokens_change_under_load() {
    let server = Server::start(Under::Tidewire, builder()).await;
    let mut links = Vec::new();
    for transport in BOTH {
        let mut link = link(transport, &server, "channel=chat/a", &short(&ann(), 2)).await;
        link.expect("subscribed").await;
        links.push(link);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let publisher = tokio::spawn({
        let (realtime, stop) = (server.realtime.clone(), stop.clone());
        async move {
            let mut count = 0_u64;
            while !stop.load(Ordering::SeqCst) {
                realtime.channel(chat("a")).publish(message(count.to_string())).await.unwrap();
                count += 1;
                // No more than the clients, which read every 300 ms, can be behind without being passed over.
                if count.is_multiple_of(20) {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            count
        }
    });
    // Longer than any of the tokens lasts.
    let began = tokio::time::Instant::now();
    while began.elapsed() < Duration::from_secs(4) {
        for link in &mut links {
            let newer = short(&ann(), 2);
            let ack = link.ask_with(&format!("Bearer {newer}"), json!({ "type": "auth", "token": newer })).await;
            assert_eq!(ack["type"], "ack", "{ack}");
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        for link in &mut links {
            link.read_what_is_there().await;
        }
    }
    stop.store(true, Ordering::SeqCst);
    let count = publisher.await.unwrap();
    assert!(count > 500, "{count}");
    for link in &mut links {
        // There may be much to read.
        let last = short(&ann(), 60);
        let ack = link.ask_with(&format!("Bearer {last}"), json!({ "type": "auth", "token": last })).await;
        assert_eq!(ack["type"], "ack", "{ack}");
    }
    for link in &mut links {
        let mut next = 0;
        while next < count {
            let frame = link.frame().await;
            match frame["type"].as_str().unwrap() {
                "event" => {
                    assert_eq!(frame["data"]["text"], next.to_string());
                    next += 1;
                }
                "grant" => {}
                _ => panic!("{frame}"),
            }
        }
    }
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_off_when_its_token_ends() {
    let server = Server::start(Under::Tidewire, builder()).await;
    let token = short(&ann(), 3);
    let header = format!("Bearer {token}");
    let connected = server.realtime.clone();
    let mut stream = EventStream::open_with(server.address, "ids=0&channel=chat/a", &[("authorization", header.as_bytes())]).await;
    let welcomed = stream.expect("welcome").await;
    let expires = welcomed["expires"].as_u64().unwrap();
    let mut socket = socket_with(server.address, "/realtime/socket?channel=chat/a", &[], &[("authorization", &header)]).await.unwrap();
    let welcome: Value = serde_json::from_str(socket.next().await.unwrap().unwrap().to_text().unwrap()).unwrap();
    // More than the buffers on the way take, to clients that read none of it.
    for _ in 0..100 {
        connected.channel(chat("a")).publish(message("x".repeat(100_000))).await.unwrap();
    }
    let left = Duration::from_millis((expires + 1000).saturating_sub(milliseconds()));
    tokio::time::sleep(left).await;
    for welcome in [welcomed, welcome] {
        let id: ConnectionId = welcome["connection"].as_str().unwrap().parse().unwrap();
        let gone = connected.connection(id).set_grant(ann()).await;
        assert!(matches!(gone, Err(ConnectionError::NotConnected)), "no later than a second after the end: {gone:?}");
    }
    connected.channel(chat("a")).publish(message("secret")).await.unwrap();
    let mut heard = Vec::new();
    let _ = crate::support::within(socket.get_mut().read_to_end(&mut heard)).await;
    let heard = String::from_utf8_lossy(&heard);
    assert!(!heard.contains("secret") && heard.len() < 9_000_000, "{} bytes", heard.len());
    let mut blocks = 0;
    let reading = async {
        while let Some(frame) = stream.try_block().await {
            assert_ne!(frame["data"]["text"], "secret");
            blocks += 1;
        }
    };
    crate::support::within(reading).await;
    assert!(blocks < 95, "{blocks}");
}
