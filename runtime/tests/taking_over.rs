//! `tidewire::serve` takes sockets back from hyper: what is taken and what is not, and what must not be different.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

mod support;

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::Response,
    routing::get,
};
use hyper_util::rt::TokioIo;
use support::{
    Carrier, DEADLINE, Server, Under,
    client::EventStream,
    connections,
    link::{Link, Transport},
    live::{self, chat, message},
    until_connections_are, within,
};
use tidewire::{Limits, Realtime};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const ASK: &str = "GET /realtime/events?channel=chat/a HTTP/1.1\r\nhost: x\r\n\r\n";

/// Everything up to `end`, or to the end of the connection.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    let reading = async {
        while !text.contains(end) {
            match stream.read(&mut buffer).await {
                Ok(read @ 1..) => text.push_str(&String::from_utf8_lossy(&buffer[..read])),
                _ => break,
            }
        }
    };
    tokio::time::timeout(DEADLINE, reading).await.unwrap_or_else(|_| panic!("no `{end}` in {text}"));
    text
}

async fn connect(server: &Server, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Asks for a stream or a WebSocket, and reads nothing of the answer.
async fn ask(server: &Server, transport: Transport) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    // So that little is on its way to it.
    socket.set_recv_buffer_size(8192).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    let request = match transport {
        Transport::Sse => ASK.to_owned(),
        Transport::WebSocket => {
            let key =
                "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nconnection: upgrade\r\nupgrade: websocket";
            ASK.replace("events", "socket").replace("host: x", &format!("host: x\r\n{key}"))
        }
    };
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn publish(server: &Server, text: &str) {
    server.realtime.channel(chat("a")).publish(message(text)).await.unwrap();
}

#[tokio::test]
async fn a_stream_lasts_until_its_connection_closes_also_after_other_requests() {
    let server = Server::public(Under::Tidewire).await;
    let mut stream = connect(&server, "GET /whoami HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(read_until(&mut stream, "127.0.0.1").await.starts_with("HTTP/1.1 200"));
    stream.write_all(ASK.as_bytes()).await.unwrap();
    let begin = read_until(&mut stream, "\"subscribed\"").await;
    assert!(begin.starts_with("HTTP/1.0 200 OK\r\n"), "{begin}");
    assert!(!begin.to_ascii_lowercase().contains("transfer-encoding") && !begin.to_ascii_lowercase().contains("content-length"), "{begin}");
    assert!(begin.contains("cache-control: no-store, no-transform\r\n"), "the head is as ever: {begin}");
    publish(&server, "hello").await;
    let event = read_until(&mut stream, "\n\n").await;
    assert!(event.starts_with("id: ") && event.contains("\"text\":\"hello\""), "a block without anything around it: {event}");
}

#[tokio::test]
async fn what_a_client_missed_goes_out_together_with_the_head() {
    let server = Server::public(Under::Tidewire).await;
    let mut stream = connect(&server, ASK).await;
    read_until(&mut stream, "\"subscribed\"").await;
    publish(&server, "seen").await;
    let seen = read_until(&mut stream, "\n\n").await;
    let id = seen.lines().find_map(|line| line.strip_prefix("id: ")).unwrap();
    for text in ["first", "second"] {
        publish(&server, text).await;
    }
    let mut stream = connect(&server, &ASK.replace("host: x", &format!("host: x\r\nlast-event-id: {id}"))).await;
    let mut buffer = vec![0; 64 * 1024];
    // What was written at once is there at once.
    let read = within(stream.read(&mut buffer)).await.unwrap();
    let text = String::from_utf8_lossy(&buffer[..read]);
    let mut rest = text.as_ref();
    for part in ["HTTP/1.0 200 OK\r\n", "\"welcome\"", "\"resumed\"", "\"first\"", "\"second\""] {
        let (_, behind) = rest.split_once(part).unwrap_or_else(|| panic!("no {part} in its place: {text}"));
        rest = behind;
    }
}

#[tokio::test]
async fn a_stream_that_was_asked_for_too_early_begins_behind_the_answers_before_it() {
    let server = Server::public(Under::Tidewire).await;
    let before = "GET /whoami HTTP/1.1\r\nhost: x\r\n\r\n".repeat(20);
    let mut stream = connect(&server, &format!("{before}{ASK}")).await;
    let text = read_until(&mut stream, "\"subscribed\"").await;
    let (answers, streamed) = text.split_once("HTTP/1.0 200 OK\r\n").unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), 20, "{text}");
    assert!(answers.ends_with("127.0.0.1") && streamed.contains("\"welcome\""), "{text}");
}

#[tokio::test]
async fn a_client_that_would_rather_speak_another_protocol_gets_its_stream() {
    let server = Server::public(Under::Tidewire).await;
    let wish = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n");
    let mut asked_for_it = connect(&server, &wish("/realtime/events?channel=chat/a")).await;
    // Whoever asks for anything else afterwards on this connection may be somebody else, behind a proxy.
    let mut asked_before = connect(&server, &wish("/whoami")).await;
    read_until(&mut asked_before, "127.0.0.1").await;
    asked_before.write_all(ASK.as_bytes()).await.unwrap();
    for stream in [&mut asked_for_it, &mut asked_before] {
        read_until(stream, "\"subscribed\"").await;
    }
    publish(&server, "hello").await;
    for stream in [&mut asked_for_it, &mut asked_before] {
        let event = read_until(stream, "hello").await;
        assert!(event.contains("hello"), "{event}");
    }
}

#[tokio::test]
async fn what_a_client_says_on_a_stream_is_for_nobody_and_is_bounded() {
    let server = Server::public(Under::Tidewire).await;
    let mut stream = connect(&server, &format!("{ASK}GET /whoami HTTP/1.1\r\nhost: x\r\n\r\n")).await;
    read_until(&mut stream, "\"subscribed\"").await;
    stream.write_all(&[b'x'; 1000]).await.unwrap();
    publish(&server, "still here").await;
    let event = read_until(&mut stream, "\n\n").await;
    assert!(event.contains("still here") && !event.contains("127.0.0.1"), "{event}");
    let chatter = async { while stream.write_all(&[b'x'; 16 * 1024]).await.is_ok() {} };
    within(chatter).await;
    until_connections_are(&server.realtime, 0, "a client that talks on and on is let go").await;
}

#[tokio::test]
async fn heads_alone_and_encoded_bodies_stay_with_hyper() {
    let server = Server::public(Under::Tidewire).await;
    let mut stream = connect(&server, &ASK.replace("GET", "HEAD")).await;
    let head = read_until(&mut stream, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && !head.contains("content-length"), "the length of a stream is not known: {head}");
    stream.write_all(b"GET /whoami HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(read_until(&mut stream, "127.0.0.1").await.starts_with("HTTP/1.1 200"), "the connection goes on");

    let server = Server::carried(Carrier::Body, Realtime::builder(live::contract()).public()).await;
    let mut stream = connect(&server, ASK).await;
    let begin = read_until(&mut stream, "\"subscribed\"").await;
    assert!(begin.starts_with("HTTP/1.1 200 OK\r\n") && begin.contains("transfer-encoding: chunked\r\n"), "{begin}");
    publish(&server, "hello").await;
    read_until(&mut stream, "hello").await;
}

/// A route of the application's own that becomes something else than HTTP, and says the same back.
async fn echo(mut request: Request) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut io = TokioIo::new(upgrade.await.unwrap());
        let mut bytes = [0; 4];
        while io.read_exact(&mut bytes).await.is_ok() {
            io.write_all(&bytes).await.unwrap();
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("echo"));
    response
}

#[tokio::test]
async fn layers_and_upgrades_of_the_application_work_as_before() {
    let realtime = Realtime::builder(live::contract()).public().build().await.unwrap();
    let marked = async |mut response: Response| {
        response.headers_mut().insert(HeaderName::from_static("x-layer"), HeaderValue::from_static("seen"));
        response
    };
    let app = Router::new().nest("/realtime", realtime.router()).route("/echo", get(echo)).layer(map_response(marked));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(tidewire::serve(listener, app).into_future());

    let mut echoing = TcpStream::connect(address).await.unwrap();
    echoing.write_all(b"GET /echo HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n").await.unwrap();
    assert!(read_until(&mut echoing, "\r\n\r\n").await.starts_with("HTTP/1.1 101"));
    echoing.write_all(b"ping").await.unwrap();
    assert_eq!(read_until(&mut echoing, "ping").await, "ping");

    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(ASK.as_bytes()).await.unwrap();
    let begin = read_until(&mut stream, "\"subscribed\"").await;
    assert!(begin.starts_with("HTTP/1.0 200 OK\r\n") && begin.contains("x-layer: seen\r\n"), "{begin}");

    // No stream outlives the server's future. What the application made of a connection is its own.
    serving.abort();
    assert!(!read_until(&mut stream, "never").await.contains("event"));
    until_connections_are(&realtime, 0, "the server is gone").await;
}

#[tokio::test]
async fn clients_that_go_in_any_way_leave_nothing_behind() {
    let server = Server::public(Under::Tidewire).await;
    for round in 0..20 {
        let early = connect(&server, ASK).await;
        socket2::SockRef::from(&early).set_linger(Some(Duration::ZERO)).unwrap();
        // Reset before, while or after its head is written.
        tokio::time::sleep(Duration::from_micros(100 * round)).await;
        drop(early);
    }
    let mut reset = connect(&server, ASK).await;
    read_until(&mut reset, "\"subscribed\"").await;
    socket2::SockRef::from(&reset).set_linger(Some(Duration::ZERO)).unwrap();
    drop(reset);
    let mut half = connect(&server, ASK).await;
    read_until(&mut half, "\"subscribed\"").await;
    half.shutdown().await.unwrap();
    until_connections_are(&server.realtime, 0, "all of them went").await;
    assert_eq!(read_until(&mut half, "never").await, "", "a client that says no more is taken for gone, as hyper does");
}

#[tokio::test]
async fn who_takes_nothing_gives_up_its_place_whoever_carries_it() {
    let mut limits = Limits::default();
    limits.stall = Duration::from_millis(500);
    for carrier in [Carrier::Socket, Carrier::Body, Carrier::Axum] {
        for transport in support::link::BOTH {
            let server = Server::carried(carrier, Realtime::builder(live::contract()).public().limits(limits)).await;
            let text = "x".repeat(60_000);
            let stalled = ask(&server, transport).await;
            until_connections_are(&server.realtime, 1, "it came").await;
            let mut reader = Link::open(transport, server.address, "channel=chat/a").await;
            reader.expect("subscribed").await;
            let publishing = async {
                while connections(&server.realtime).await > 1 {
                    publish(&server, &text).await;
                    assert_eq!(reader.expect("event").await["data"]["text"].as_str().unwrap().len(), text.len());
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            let given_up = tokio::time::timeout(DEADLINE, publishing).await;
            assert!(given_up.is_ok(), "{carrier:?} {transport:?}: it is still there");
            drop(stalled);
        }
    }
}

#[tokio::test]
async fn what_a_client_is_told_while_it_takes_nothing_comes_with_the_rest_and_not_with_the_next_heartbeat() {
    for carrier in [Carrier::Socket, Carrier::Body, Carrier::Axum] {
        for transport in support::link::BOTH {
            let server = Server::carried(carrier, Realtime::builder(live::contract()).public()).await;
            let mut link = Link::open(transport, server.address, "channel=chat/a").await;
            link.expect("subscribed").await;
            let text = "x".repeat(100_000);
            // More than the kernel takes on both ends, so that the rest waits for the reader.
            for _ in 0..200 {
                publish(&server, &text).await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            server.realtime.shutdown();
            tokio::time::sleep(Duration::from_millis(100)).await;
            let told = async { while link.frame().await["type"] != "reconnect" {} };
            let came = tokio::time::timeout(Duration::from_secs(5), told).await;
            assert!(came.is_ok(), "{carrier:?} {transport:?}: the word that the server goes was forgotten");
        }
    }
}

#[tokio::test]
async fn who_takes_nothing_holds_up_no_shutdown() {
    let leaves = async |carrier, transport| {
        let mut server = Server::carried(carrier, Realtime::builder(live::contract()).public()).await;
        let stalled = ask(&server, transport).await;
        until_connections_are(&server.realtime, 1, "it came").await;
        let mut reader = Link::open(transport, server.address, "channel=chat/a").await;
        reader.expect("subscribed").await;
        // Under axum the kernel takes some megabytes.
        for _ in 0..100 {
            publish(&server, &"x".repeat(100_000)).await;
            reader.expect("event").await;
        }
        drop(reader);
        until_connections_are(&server.realtime, 1, "nobody has to go yet").await;
        match carrier {
            Carrier::Axum => server.realtime.shutdown(),
            Carrier::Socket | Carrier::Body => server.signal(),
        }
        // Long before the 20 s after which it would be given up anyway.
        until_connections_are(&server.realtime, 0, &format!("{carrier:?} {transport:?}: it was told to go")).await;
        if carrier != Carrier::Axum {
            within(server.ended()).await.unwrap();
        }
        drop(stalled);
    };
    let carriers = [Carrier::Socket, Carrier::Body, Carrier::Axum];
    let all = carriers.iter().flat_map(|&carrier| support::link::BOTH.map(|transport| leaves(carrier, transport)));
    futures_util::future::join_all(all).await;
}

#[tokio::test]
async fn a_stream_begins_before_somebody_has_read_its_request_to_the_end() {
    let held: &'static std::sync::Mutex<Vec<Body>> = Box::leak(Box::default());
    let realtime = Realtime::builder(live::contract()).public().build().await.unwrap();
    let keeps = move |request: Request| async move {
        let (parts, body) = request.into_parts();
        held.lock().unwrap().push(body);
        Request::from_parts(parts, Body::empty())
    };
    let app = Router::new().nest("/realtime", realtime.router()).layer(axum::middleware::map_request(keeps));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(tidewire::serve(listener, app).into_future());
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(ASK.replace("host: x", "host: x\r\ncontent-length: 5").as_bytes()).await.unwrap();
    read_until(&mut stream, "\"subscribed\"").await;
    realtime.channel(chat("a")).publish(message("hello")).await.unwrap();
    read_until(&mut stream, "hello").await;
    serving.abort();
}

#[tokio::test]
async fn a_shutdown_tells_everybody_and_cuts_off_who_does_not_listen() {
    let mut server = Server::public(Under::Tidewire).await;
    let mut streams = Vec::new();
    for _ in 0..50 {
        streams.push(EventStream::open(server.address, "channel=chat/a").await.welcomed().await);
    }
    for stream in &mut streams {
        stream.expect("subscribed").await;
    }
    publish(&server, "the last").await;
    server.signal();
    let mut hints = Vec::new();
    for stream in &mut streams {
        assert_eq!(stream.texts(1).await, ["the last"]);
        hints.push(stream.expect("reconnect").await["after"].as_u64().unwrap());
        assert!(stream.block().await.is_none(), "nothing comes afterwards");
    }
    hints.sort_unstable();
    assert!(hints.windows(2).all(|pair| pair[1] - pair[0] <= 20), "each has a place of its own in half a second: {hints:?}");
    within(server.ended()).await.unwrap();
}
