//! What hostile or broken input gets, on every route and over both transports: a code, never more than the limits allow, and never the end of the server.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use crate::support::{
    Server, Under,
    client::{EventStream, get, send},
    link::{BOTH, Link, Transport, post, socket},
    live::{self, chat, message},
    within,
};
use futures_util::{SinkExt, StreamExt};
use hyper::Method;
use serde_json::{Value, json};
use tidewire::{Contract, Limits, RateLimit, Realtime};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::{Error, Message};

fn code(reply: &Value) -> u64 {
    reply["error"]["code"].as_u64().unwrap_or_else(|| panic!("{reply}"))
}

async fn with_limits(change: impl FnOnce(&mut Limits)) -> Server {
    let mut limits = Limits::default();
    change(&mut limits);
    Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().limits(limits)).await
}

/// The same on all three routes that take it in a query.
#[tokio::test]
async fn queries_get_the_same_code_on_every_route() {
    let server = Server::public(Under::Tidewire).await;
    let hundreds = "channel=chat/a&".repeat(800);
    let many = (0..101).map(|room| format!("channel=chat/{room}")).collect::<Vec<_>>().join("&");
    for (query, expected) in [
        (hundreds.as_str(), 4010),
        (many.as_str(), 4007),
        ("channel=%ff", 4000),
        ("channel=%zz", 4000),
        ("channel=chat/a&lastEventId=0000000000000001.99999999999999999999999.3-4", 4004),
        ("channel=chat/a&lastEventId=-1.2.3-4", 4004),
        ("channel=chat/a&lastEventId=%00", 4004),
        ("last=99999999999999999999999999", 4000),
        ("last=-1", 4000),
        ("event=a%0ab", 4000),
        ("event=*", 4000),
    ] {
        let (_, body) = get(server.address, &format!("/realtime/events?ids=0&{query}")).await;
        assert_eq!(code(&body), expected, "{query:.60}");
        match socket(server.address, &format!("/realtime/socket?{query}"), &[]).await {
            Err(Error::Http(refused)) => {
                let body: Value = serde_json::from_slice(refused.body().as_ref().unwrap()).unwrap();
                assert_eq!(code(&body), expected, "{query:.60}");
            }
            other => panic!("{query:.60}: {other:?}"),
        }
    }
    for (query, expected) in [
        ("channel=chat/a&after=0000000000000001.99999999999999999999999.3-4", 4004),
        ("channel=chat/a&limit=99999999999999999999999", 4000),
        ("channel=chat/%00", 4006),
        ("channel=chat/*", 4006),
        ("channel=../../etc", 4006),
    ] {
        let (_, body) = get(server.address, &format!("/realtime/history?{query}")).await;
        assert_eq!(code(&body), expected, "{query}");
    }
}

#[tokio::test]
async fn ten_thousand_channels_are_refused_before_they_are_read() {
    for under in [Under::Tidewire, Under::Axum] {
        let server = Server::public(under).await;
        for route in ["events", "socket", "history"] {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            let request = format!("GET /realtime/{route}?{} HTTP/1.1\r\nhost: x\r\n\r\n", "channel=chat/a&".repeat(10_000));
            // The server may hang up before everything is written.
            let _ = stream.write_all(request.as_bytes()).await;
            let mut answer = Vec::new();
            let _ = within(stream.read_to_end(&mut answer)).await;
            let status = String::from_utf8_lossy(&answer[9..12]).into_owned();
            assert!(["413", "414", "431"].contains(&status.as_str()), "{route} under {under:?}: {status}");
        }
    }
}

#[tokio::test]
async fn names_that_are_none_are_denied_each_by_itself() {
    let server = Server::public(Under::Tidewire).await;
    for transport in BOTH {
        for name in ["chat/%00", "chat/%0A", "..%2F..%2Fx", "chat/*", "chat/[a-z]", "chat/{a}", "chat/a%20b", "$x", "", "chat/%25zz"] {
            let mut link = Link::open(transport, server.address, &format!("channel={name}&channel=chat/a")).await;
            assert_eq!(code(&link.expect("denied").await), 4006, "{name}");
            link.expect("subscribed").await;
        }
        let mut link = Link::open(transport, server.address, "").await;
        for name in ["chat/\u{0}", "chat/\n", "../../x", "chat/*", "\u{202e}", "", &"x".repeat(201), &"x/".repeat(100)] {
            let denied = link.ask(json!({ "type": "subscribe", "channel": name })).await;
            assert_eq!((&denied["type"], code(&denied)), (&json!("denied"), 4006), "{name:?}");
            let error = link.ask(json!({ "type": "publish", "channel": name, "event": "message.sent" })).await;
            assert_eq!(code(&error), 4006, "{name:?}");
        }
    }
}

/// Texts that are not JSON of the right kind: what a WebSocket answers with an error, `POST /send` refuses.
fn unreadable() -> Vec<String> {
    let mut texts: Vec<String> =
        ["", "{", "nonsense", "{\"type\":\"pong\"}{}", "{\"type\":\"pong\",\"type\":\"pong\"}", "{\"a\":1e999}"].map(str::to_owned).into();
    texts.push("[".repeat(10_000));
    texts.push(format!("{{\"type\":\"publish\",\"data\":{}1{}}}", "[".repeat(32), "]".repeat(32)));
    texts
}

#[tokio::test]
async fn text_that_is_no_frame_is_answered_and_at_last_ends_the_connection() {
    let server = Server::public(Under::Tidewire).await;
    let mut link = Link::open(Transport::WebSocket, server.address, "").await;
    let texts = unreadable();
    for text in texts.iter().cycle().take(10) {
        link.say(text).await;
        let error = link.expect("error").await;
        assert_eq!((&error["ref"], code(&error)), (&Value::Null, 4000), "{text:.40}");
        assert!(error.as_object().unwrap().contains_key("ref"));
    }
    for frame in [json!([]), json!("x"), json!({}), json!({ "type": "dance" }), json!({ "type": "pong", "ref": 1e300 })] {
        link.say(&frame.to_string()).await;
        assert_eq!(code(&link.expect("error").await), 4000, "{frame}");
    }
    link.say("nonsense").await;
    let error = link.expect("error").await;
    assert!(error.get("ref").is_none(), "this one ends the connection: {error}");
    assert_eq!(link.close_frame().await.map(|frame| u16::from(frame.code)), Some(4000));
}

#[tokio::test]
async fn bodies_that_are_no_frames_are_refused_whole() {
    let server = Server::public(Under::Tidewire).await;
    let link = Link::open(Transport::Sse, server.address, "").await;
    let session = &link.session;
    let mut bodies: Vec<(Vec<u8>, u64)> = unreadable().into_iter().map(|text| (text.into_bytes(), 4000)).collect();
    bodies.extend(
        [
            json!([]),
            json!({ "frames": [] }),
            json!({ "session": session }),
            json!({ "session": session, "frames": {} }),
            json!({ "session": "x", "frames": [] }),
            json!({ "session": session.to_uppercase(), "frames": [] }),
            json!({ "session": 7, "frames": [] }),
            json!({ "session": session, "frames": vec![1; 257] }),
        ]
        .map(|body| (body.to_string().into_bytes(), 4000)),
    );
    bodies.push((b"{\"session\":\"\xff\xfe\",\"frames\":[]}".to_vec(), 4000));
    bodies.push((vec![b' '; 64 * 1024 + 1], 4010));
    bodies.push((vec![b'x'; 10_000_000], 4010));
    for (body, expected) in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let (_, answer) = post(server.address, "/realtime/send", body).await;
        assert_eq!(code(&answer), expected, "{shown}");
    }
    let frames = json!([[], "x", {}, { "type": "dance" }, { "type": "subscribe" }, { "type": "pong", "ref": 3 }]);
    let body = json!({ "session": session, "frames": frames, "later": 1 }).to_string();
    let (status, answer) = post(server.address, "/realtime/send", body).await;
    let replies = answer["replies"].as_array().unwrap();
    assert_eq!((status, replies.len(), &replies[5]), (200, 6, &json!({ "type": "ack", "ref": 3 })));
    assert!(replies[..5].iter().all(|reply| reply["type"] == "error" && code(reply) == 4000), "{answer}");
    assert_eq!(send(server.address, Method::GET, "/realtime/send", &[]).await.status(), 405);
}

#[tokio::test]
async fn a_body_without_a_length_is_read_no_further_than_its_limit() {
    let server = Server::public(Under::Tidewire).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"POST /realtime/send HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(4096));
    let mut sent = 0;
    // It may hang up before everything is written.
    while sent < 10_000_000 && stream.write_all(chunk.as_bytes()).await.is_ok() {
        sent += 4096;
        let mut first = [0; 16];
        if let Ok(Ok(read)) =
            tokio::time::timeout(Duration::from_millis(if sent > 64 * 1024 { 20 } else { 0 }), stream.read(&mut first)).await
            && read > 0
        {
            assert!(first.starts_with(b"HTTP/1.1 413"), "{:?}", String::from_utf8_lossy(&first));
            return;
        }
    }
    panic!("{sent} bytes were taken without an answer");
}

/// Opens a WebSocket by hand, and writes raw bytes into it; what comes back after the handshake's head.
async fn raw(server: &Server, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = "GET /realtime/socket HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    within(stream.read_to_end(&mut answer)).await.unwrap();
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    answer.split_off(head + 4)
}

/// The code of the close frame at the end of a server's bytes.
fn close_code(bytes: &[u8]) -> u16 {
    let mut rest = bytes;
    let mut last = None;
    while let [first, length, tail @ ..] = rest {
        let (length, tail) = match length {
            126 => (usize::from(tail[0]) << 8 | usize::from(tail[1]), &tail[2..]),
            length => (usize::from(*length), tail),
        };
        if first & 0x0F == 8 {
            last = Some(u16::from_be_bytes([tail[0], tail[1]]));
        }
        rest = &tail[length..];
    }
    last.unwrap_or_else(|| panic!("no close frame: {bytes:?}"))
}

#[tokio::test]
async fn frames_that_violate_the_standard_are_answered_by_its_codes() {
    let server = Server::public(Under::Tidewire).await;
    let masked = |first: u8, payload: &[u8]| {
        let mut frame = vec![first, 0x80 | u8::try_from(payload.len()).unwrap(), 0, 0, 0, 0];
        frame.extend_from_slice(payload);
        frame
    };
    let huge = [&[0x81, 0xFF][..], &u64::MAX.to_be_bytes(), &[0, 0, 0, 0]].concat();
    let large = [&[0x81, 0xFF][..], &(64 * 1024 + 1_u64).to_be_bytes(), &[0, 0, 0, 0]].concat();
    // Fragments that are small each, and too large together.
    let mut pieces = Vec::new();
    for piece in 0..20 {
        pieces.extend_from_slice(&[u8::from(piece == 0), 0xFE, 0x10, 0x00, 0, 0, 0, 0]);
        pieces.extend_from_slice(&[b'x'; 4096]);
    }
    for (what, bytes, expected) in [
        ("unmasked", vec![0x81, 2, b'h', b'i'], 1002),
        ("a reserved bit", masked(0xC1, b"{}"), 1002),
        ("a reserved opcode", masked(0x83, b"{}"), 1002),
        ("a continuation of nothing", masked(0x80, b"{}"), 1002),
        ("a fragmented ping", masked(0x09, b""), 1002),
        ("binary", masked(0x82, b"{}"), 1003),
        ("invalid UTF-8", masked(0x81, b"\xff\xfe"), 1007),
        ("a surrogate", masked(0x81, b"\xed\xa0\x80"), 1007),
        ("a length beyond everything", huge, 1009),
        ("a length beyond the limit", large, 1009),
        ("fragments beyond the limit", pieces, 1009),
    ] {
        let started = Instant::now();
        assert_eq!(close_code(&raw(&server, &bytes).await), expected, "{what}");
        assert!(started.elapsed() < Duration::from_secs(5), "{what}");
    }
}

#[tokio::test]
async fn a_flood_of_pings_is_slowed_down_and_costs_others_nothing() {
    let server = Server::public(Under::Tidewire).await;
    let mut flooding = socket(server.address, "/realtime/socket", &[]).await.unwrap();
    let flood = async {
        let mut sent = 0_u32;
        loop {
            if flooding.feed(Message::Ping(vec![b'x'; 125].into())).await.is_err() {
                return sent;
            }
            sent += 1;
            if sent.is_multiple_of(64) {
                flooding.flush().await.unwrap();
                while let Ok(Some(_)) = tokio::time::timeout(Duration::ZERO, flooding.next()).await {}
            }
        }
    };
    let mut other = Link::open(Transport::WebSocket, server.address, "channel=chat/a").await;
    other.expect("subscribed").await;
    let others = async {
        for number in 0..50 {
            server.realtime.channel(chat("a")).publish(message(number.to_string())).await.unwrap();
            assert_eq!(other.texts(1).await, [number.to_string()]);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        sent = flood => panic!("the connection ended after {sent} pings"),
        () = within(others) => {}
    }
}

#[tokio::test]
async fn allowances_are_told_with_a_time_to_wait() {
    for transport in BOTH {
        let server = with_limits(|limits| {
            limits.publish_rate = RateLimit { per_second: 1, burst: 3 };
            limits.subscribe_rate = RateLimit { per_second: 1, burst: 4 };
            limits.channels_per_connection = 2;
        })
        .await;
        let mut link = Link::open(transport, server.address, "channel=chat/a").await;
        link.expect("subscribed").await;
        let publish = json!({ "type": "publish", "channel": "chat/a", "event": "typing", "excludeSelf": true });
        for _ in 0..3 {
            assert_eq!(link.ask(publish.clone()).await["type"], "ack");
        }
        let error = link.ask(publish.clone()).await;
        assert_eq!(code(&error), 4103);
        assert!((1..=1001).contains(&error["error"]["retryAfter"].as_u64().unwrap()), "{error}");
        // What is wrong costs as much as what is right.
        assert_eq!(code(&link.ask(json!({ "type": "publish", "channel": "nowhere", "event": "typing" })).await), 4103);

        assert_eq!(link.ask(json!({ "type": "subscribe", "channel": "chat/b" })).await["type"], "ack");
        assert_eq!(code(&link.ask(json!({ "type": "subscribe", "channel": "chat/c" })).await), 4007);
        link.ask(json!({ "type": "unsubscribe", "channel": "chat/b" })).await;
        link.ask(json!({ "type": "unsubscribe", "channel": "chat/b" })).await;
        assert_eq!(code(&link.ask(json!({ "type": "subscribe", "channel": "chat/c" })).await), 4103);

        let mut other = Link::open(transport, server.address, "").await;
        assert_eq!(other.ask(publish).await["type"], "ack", "an allowance is for one connection");
    }
}

/// The contract with typing indicators of which only the newest counts.
fn of_latest() -> &'static Contract {
    static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
        let mut contract = live::contract().clone();
        contract.events.iter_mut().find(|event| event.name.as_str() == "typing").unwrap().latest = true;
        contract
    });
    &CONTRACT
}

#[tokio::test]
async fn events_of_which_only_the_newest_counts_have_an_allowance_of_their_own() {
    for transport in BOTH {
        let mut limits = Limits::default();
        assert_eq!(limits.latest_rate, RateLimit { per_second: 60, burst: 60 });
        limits.publish_rate = RateLimit { per_second: 1, burst: 3 };
        // So many at once as by default, and then so slowly that none is added meanwhile.
        limits.latest_rate.per_second = 1;
        let server = Server::start(Under::Tidewire, Realtime::builder(of_latest()).public().limits(limits)).await;
        let mut link = Link::open(transport, server.address, "").await;
        let moved = json!({ "type": "publish", "channel": "chat/a", "event": "typing" });
        let said = json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "ann", "text": "hi" } });
        let began = Instant::now();
        let (mut taken, mut answer) = (0, link.ask(moved.clone()).await);
        while answer["type"] == "ack" {
            (taken, answer) = (taken + 1, link.ask(moved.clone()).await);
        }
        let (error, added) = (answer, began.elapsed().as_secs());
        assert!((60..=61 + added).contains(&taken), "{taken} within {added} s");
        assert_eq!(code(&error), 4103);
        assert!((1..=1001).contains(&error["error"]["retryAfter"].as_u64().unwrap()), "{error}");
        for _ in 0..3 {
            assert_eq!(link.ask(said.clone()).await["type"], "ack", "{transport:?}: the others are untouched");
        }
        assert_eq!(code(&link.ask(said).await), 4103);
    }
}

#[tokio::test]
async fn all_clients_together_may_publish_so_much_of_one_event() {
    let server = with_limits(|limits| limits.event_rate = RateLimit { per_second: 1, burst: 2 }).await;
    let publish = json!({ "type": "publish", "channel": "chat/a", "event": "typing" });
    for expected in ["ack", "ack", "error"] {
        let mut link = Link::open(Transport::WebSocket, server.address, "").await;
        assert_eq!(link.ask(publish.clone()).await["type"], expected);
    }
    let mut link = Link::open(Transport::WebSocket, server.address, "").await;
    let elsewhere = json!({ "type": "publish", "channel": "chat/b", "event": "typing" });
    assert_eq!(link.ask(elsewhere).await["type"], "ack");
}

#[tokio::test]
async fn one_address_has_so_many_connections() {
    for under in [Under::Tidewire, Under::Axum] {
        let mut limits = Limits::default();
        limits.connections_per_address = 2;
        let server = Server::start_for(under, Realtime::builder(live::contract()).public().limits(limits), "192.0.2.7").await;
        let links = [Link::open(BOTH[0], server.address, "").await, Link::open(BOTH[1], server.address, "").await];
        let (status, body) = get(server.address, "/realtime/events?ids=0").await;
        assert_eq!((status, code(&body)), (503, 4102));
        assert!(body["error"]["retryAfter"].as_u64().unwrap() >= 5000);
        assert!(matches!(socket(server.address, "/realtime/socket", &[]).await, Err(Error::Http(refused)) if refused.status() == 503));
        // What is no connection is not counted.
        assert_eq!(get(server.address, "/realtime/contract.json").await.0, 200);
        let mut excused =
            EventStream::open_with(server.address, "channel=chat/a", &[("accept", b"text/event-stream")]).await.welcomed().await;
        assert_eq!(excused.expect("error").await["error"]["name"], "overloaded");
        drop(links);
        let open = async {
            while socket(server.address, "/realtime/socket", &[]).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        within(open).await;
    }
}

#[tokio::test]
async fn who_comes_from_the_machine_itself_as_a_proxy_does_is_not_counted() {
    for under in [Under::Tidewire, Under::Axum] {
        let mut limits = Limits::default();
        limits.connections_per_address = 2;
        let server = Server::start(under, Realtime::builder(live::contract()).public().limits(limits)).await;
        let mut links = Vec::new();
        for transport in BOTH.into_iter().cycle().take(6) {
            links.push(Link::open(transport, server.address, "").await);
        }
        assert!(format!("{:?}", server.realtime).contains("seated: 6"));
    }
}

#[tokio::test]
async fn a_rush_of_connections_is_asked_to_come_back_later() {
    let server = with_limits(|limits| limits.arrival_rate = RateLimit { per_second: 1, burst: 3 }).await;
    for _ in 0..3 {
        Link::open(Transport::WebSocket, server.address, "").await;
    }
    let answer = send(server.address, Method::GET, "/realtime/events?ids=0", &[]).await;
    assert_eq!(answer.status(), 503);
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=4).contains(&wait), "{wait}");
    let mut excused = EventStream::open_with(server.address, "channel=chat/a", &[("accept", b"text/event-stream")]).await;
    let block = excused.block().await.unwrap();
    assert!((1000..=4000).contains(&block.retry.unwrap()), "{block:?}");
    assert_eq!(code(&excused.expect("error").await), 4102);
    assert_eq!(excused.block().await, None);
}
