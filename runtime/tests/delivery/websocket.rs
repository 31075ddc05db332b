//! What is particular to a WebSocket: its handshake, its heartbeat, its end.

use std::time::{Duration, Instant};

use crate::support::{
    Carrier, Server, Under,
    client::send,
    link::{Link, Transport, socket},
    live::{self, chat, message},
    within,
};
use futures_util::{SinkExt, StreamExt};
use hyper::Method;
use serde_json::{Value, json};
use tidewire::{Limits, Realtime};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::{Error, Message};

async fn with_limits(change: impl FnOnce(&mut Limits)) -> Server {
    let mut limits = Limits::default();
    change(&mut limits);
    Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().limits(limits)).await
}

/// The handshake of RFC 6455's example, with some of its lines replaced.
fn handshake(target: &str, replaced: &[(&str, &str)]) -> String {
    let lines = [
        ("Host", "test"),
        ("Upgrade", "websocket"),
        ("Connection", "keep-alive, Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
    ];
    let mut text = format!("GET {target} HTTP/1.1\r\n");
    for (name, value) in lines {
        let value = replaced.iter().find(|(other, _)| *other == name).map_or(value, |(_, value)| *value);
        if !value.is_empty() {
            text.extend([name, ": ", value, "\r\n"]);
        }
    }
    text + "\r\n"
}

/// Everything up to the end of the answer's head, or of the answer.
async fn answer(server: &Server, request: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        assert_eq!(within(stream.read(&mut byte)).await.unwrap(), 1, "{}", String::from_utf8_lossy(&text));
        text.push(byte[0]);
    }
    (stream, String::from_utf8(text).unwrap().to_ascii_lowercase())
}

#[tokio::test]
async fn the_handshake_is_the_one_of_the_standard() {
    let server = Server::public(Under::Tidewire).await;
    let (_stream, head) = answer(&server, &handshake("/realtime/socket", &[])).await;
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    assert!(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
    assert!(!head.contains("sec-websocket-protocol"), "none was offered");
    let socket = socket(server.address, "/realtime/socket", &["other", "tidewire.v1"]).await;
    assert!(socket.is_ok());

    for (replaced, status, line) in [
        (("Upgrade", ""), "426", "upgrade: websocket"),
        (("Upgrade", "h2c"), "426", "upgrade: websocket"),
        (("Connection", "close"), "426", "upgrade: websocket"),
        (("Sec-WebSocket-Version", ""), "426", "sec-websocket-version: 13"),
        (("Sec-WebSocket-Version", "8"), "426", "sec-websocket-version: 13"),
        (("Sec-WebSocket-Key", ""), "400", "content-type: application/json"),
        (("Sec-WebSocket-Key", "short"), "400", "content-type: application/json"),
        (("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=!"), "400", "content-type: application/json"),
    ] {
        let (_stream, head) = answer(&server, &handshake("/realtime/socket", &[replaced])).await;
        assert!(head.starts_with(&format!("http/1.1 {status} ")) && head.contains(line), "{replaced:?}: {head}");
    }
    assert_eq!(send(server.address, Method::POST, "/realtime/socket", &[]).await.status(), 405);
}

#[tokio::test]
async fn what_an_event_stream_is_refused_for_a_socket_is_too() {
    let server = Server::public(Under::Tidewire).await;
    let many = (0..101).map(|room| format!("channel=chat/{room}")).collect::<Vec<_>>().join("&");
    for (query, expected) in [
        (many.as_str(), 4007),
        ("channel=chat/a&channel=chat/a", 4000),
        ("channel=%FF", 4000),
        ("ids=1", 4000),
        ("channel=chat/a&lastEventId=x", 4004),
        ("event=a%20b", 4000),
        ("last=0", 4000),
    ] {
        let Err(Error::Http(refused)) = socket(server.address, &format!("/realtime/socket?{query}"), &[]).await else {
            panic!("{query:.40} was accepted");
        };
        let body: Value = serde_json::from_slice(refused.body().as_ref().unwrap()).unwrap();
        assert_eq!(body["error"]["code"], expected, "{query:.40}");
    }
    let closed = Server::start(Under::Tidewire, Realtime::builder(live::contract())).await;
    let Err(Error::Http(refused)) = socket(closed.address, "/realtime/socket", &[]).await else { panic!("nobody may") };
    assert_eq!(refused.status(), 403);
}

#[tokio::test]
async fn a_silent_connection_is_pinged_and_stays_as_long_as_it_answers() {
    let server = with_limits(|limits| {
        limits.heartbeat = Duration::from_millis(100);
        limits.silence = Duration::from_secs(3);
    })
    .await;
    let mut socket = socket(server.address, "/realtime/socket", &[]).await.unwrap();
    let (mut frames, mut pings) = (0, 0);
    let started = Instant::now();
    // Reading answers the pings. Each frame has its ping, and the connection outlives the silence that is allowed, which is longer than a busy machine keeps this test from reading.
    while started.elapsed() < Duration::from_secs(4) || frames < 4 || pings < frames {
        match within(socket.next()).await.unwrap().unwrap() {
            Message::Text(text) if text.contains(r#""type":"ping""#) => frames += 1,
            Message::Ping(_) => pings += 1,
            _ => {}
        }
    }
    let beats = started.elapsed().as_millis() / 90;
    assert!(frames <= beats + 1, "{frames} frames in {:?}", started.elapsed());
}

#[tokio::test]
async fn a_ping_is_answered_at_once_where_nothing_else_happens() {
    // So seldom that no answer can have waited for it.
    let server = with_limits(|limits| {
        limits.heartbeat = Duration::from_secs(300);
        limits.silence = Duration::from_secs(900);
    })
    .await;
    let mut socket = socket(server.address, "/realtime/socket?channel=chat/a", &[]).await.unwrap();
    for number in 0..10_u8 {
        socket.send(Message::Ping(vec![number].into())).await.unwrap();
        loop {
            if let Message::Pong(answer) = within(socket.next()).await.unwrap().unwrap() {
                assert_eq!(answer[..], [number]);
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_connection_that_answers_nothing_is_closed_in_time() {
    let server = with_limits(|limits| {
        limits.heartbeat = Duration::from_millis(200);
        limits.silence = Duration::from_millis(600);
    })
    .await;
    let (mut stream, _) = answer(&server, &handshake("/realtime/socket?channel=chat/a", &[])).await;
    let started = Instant::now();
    // It reads what comes, but says nothing, while events keep coming.
    let publishing = async {
        loop {
            server.realtime.channel(chat("a")).publish(message("x")).await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let reading = async {
        let mut bytes = [0; 4096];
        while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
    };
    tokio::select! {
        () = publishing => {}
        () = within(reading) => {}
    }
    let lived = started.elapsed();
    assert!(lived >= Duration::from_millis(550) && lived < Duration::from_secs(3), "{lived:?}");
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_dropped_and_holds_up_nobody() {
    let server = with_limits(|limits| {
        limits.stall = Duration::from_millis(500);
        limits.event_bytes = 1024 * 1024;
    })
    .await;
    let mut stalled = socket(server.address, "/realtime/socket?channel=chat/a", &[]).await.unwrap();
    let mut reader = Link::open(Transport::WebSocket, server.address, "channel=chat/a").await;
    reader.expect("subscribed").await;
    let text = "x".repeat(50_000);
    for _ in 0..100 {
        server.realtime.channel(chat("a")).publish(message(text.as_str())).await.unwrap();
        assert_eq!(reader.texts(1).await.len(), 1);
    }
    // Still there at first, then gone: what is left in the buffers is not the end of it.
    let ended = async { while let Some(Ok(_)) = stalled.next().await {} };
    tokio::time::sleep(Duration::from_millis(900)).await;
    within(ended).await;
}

#[tokio::test]
async fn a_slow_reader_is_not_dropped_as_long_as_it_takes_something() {
    let mut limits = Limits::default();
    limits.stall = Duration::from_millis(400);
    // Other servers leave the socket's buffer to the kernel, which lets a slow reader wait until megabytes of it are free.
    let server = Server::carried(Carrier::Socket, Realtime::builder(live::contract()).public().limits(limits)).await;
    let mut socket = socket(server.address, "/realtime/socket?channel=chat/a", &[]).await.unwrap();
    for _ in 0..2 {
        within(socket.next()).await.unwrap().unwrap();
    }
    let text = "x".repeat(100_000);
    for _ in 0..60 {
        server.realtime.channel(chat("a")).publish(message(text.as_str())).await.unwrap();
    }
    let started = Instant::now();
    let mut events = 0;
    while events < 60 {
        let frame = within(socket.next()).await.unwrap().unwrap();
        let Message::Text(text) = frame else { continue };
        let frame: Value = serde_json::from_str(&text).unwrap();
        match frame["type"].as_str() {
            Some("event") => events += 1,
            // What it could not be kept for was told.
            Some("gap") => events += frame["missed"].as_u64().unwrap(),
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!(started.elapsed() > Duration::from_millis(900), "it was slow");
}

#[tokio::test]
async fn a_shutdown_ends_sockets_with_a_hint_and_waits_for_them() {
    for carrier in [Carrier::Socket, Carrier::Axum] {
        let mut server = Server::carried(carrier, Realtime::builder(live::contract()).public()).await;
        let mut links = Vec::new();
        for _ in 0..10 {
            let mut link = Link::open(Transport::WebSocket, server.address, "channel=chat/a").await;
            link.expect("subscribed").await;
            links.push(link);
        }
        if carrier == Carrier::Axum {
            server.realtime.shutdown();
        }
        server.signal();
        for mut link in links {
            assert!(link.expect("reconnect").await["after"].as_u64().unwrap() <= 20_000);
            assert_eq!(link.close_frame().await.map(|frame| u16::from(frame.code)), Some(1012));
        }
        let started = Instant::now();
        server.ended().await.unwrap();
        assert!(started.elapsed() < Duration::from_secs(4));
    }
}

#[tokio::test]
async fn who_says_goodbye_is_let_go() {
    let server = Server::public(Under::Tidewire).await;
    let mut socket = socket(server.address, "/realtime/socket", &[]).await.unwrap();
    socket.close(None).await.unwrap();
    let ended = async { while let Some(Ok(_)) = socket.next().await {} };
    tokio::time::timeout(Duration::from_secs(1), ended).await.unwrap();
}

#[tokio::test]
async fn answers_come_in_order_and_events_do_not_wait_for_them() {
    let server = Server::public(Under::Tidewire).await;
    let mut socket = socket(server.address, "/realtime/socket?channel=chat/a", &[]).await.unwrap();
    for reference in 1..=100 {
        let frame = json!({ "type": "pong", "ref": reference }).to_string();
        socket.feed(Message::text(frame)).await.unwrap();
    }
    socket.flush().await.unwrap();
    server.realtime.channel(chat("a")).publish(message("in between")).await.unwrap();
    let (mut next, mut events) = (1, 0);
    while next <= 100 || events == 0 {
        let Message::Text(text) = within(socket.next()).await.unwrap().unwrap() else { continue };
        let frame: Value = serde_json::from_str(&text).unwrap();
        match frame["type"].as_str() {
            Some("ack") => {
                assert_eq!(frame["ref"], next);
                next += 1;
            }
            Some("event") => events += 1,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_client_that_asks_and_does_not_listen_is_not_asked_for() {
    let server = Server::public(Under::Tidewire).await;
    let mut socket = socket(server.address, "/realtime/socket", &[]).await.unwrap();
    // Answers are larger than questions, and nobody reads them: sooner or later the server reads no more, and writing has to wait.
    let frame = Message::text(json!({ "type": "subscribe", "channel": "x".repeat(60_000) }).to_string());
    let flood = async {
        for _ in 0..2000 {
            socket.send(frame.clone()).await.unwrap();
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(2), flood).await.is_err(), "the server took everything");
    let answered = async { while let Some(Ok(_)) = socket.next().await {} };
    let _ = tokio::time::timeout(Duration::from_millis(500), answered).await;
    let mut other = Link::open(Transport::WebSocket, server.address, "").await;
    assert_eq!(other.ask(json!({ "type": "pong" })).await["type"], "ack");
}
