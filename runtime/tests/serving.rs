//! `tidewire::serve`: hostile and broken connections, other routes, shutdown.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

mod support;

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use support::{
    Server, Under,
    client::{EventStream, send},
    live::{chat, message},
    within,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset counts as an end, too.
    let _ = within(stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn heads_that_do_not_arrive_close_the_connection() {
    let server = Server::public(Under::Tidewire).await;
    let started = Instant::now();
    let beginnings: [&[u8]; 3] = [b"P", b"GET /realtime/events?channel=chat/a HTTP/1.1\r\nhost: x\r\n", b"PRI * HTTP/2.0\r\n\r\n"];
    let closing = beginnings.map(|beginning| {
        let address = server.address;
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(beginning).await.unwrap();
            read_to_end(&mut stream).await
        })
    });
    for closed in closing {
        closed.await.unwrap();
    }
    let elapsed = started.elapsed();
    assert!(elapsed > Duration::from_secs(4) && elapsed < Duration::from_secs(9), "{elapsed:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_crowd_may_knock_before_anybody_is_let_in() {
    let server = Server::public(Under::Tidewire).await;
    // The server runs by now. It shares this thread, so it accepts nobody while the thread connects.
    assert_eq!(send(server.address, hyper::Method::GET, "/whoami", &[]).await.status(), 200);
    let knock = || std::net::TcpStream::connect_timeout(&server.address, Duration::from_millis(500));
    let system: usize = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap().trim().parse().unwrap();
    let crowd = system.min(400);
    let waiting = (0..crowd).map(|_| knock()).take_while(Result::is_ok).count();
    assert_eq!(waiting, crowd, "the kernel holds no more than that");
}

#[tokio::test]
async fn silent_connections_are_closed_later_and_hold_up_no_shutdown() {
    let mut server = Server::public(Under::Tidewire).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    // A connection that was accepted later answers, so the silent one was accepted.
    assert_eq!(send(server.address, hyper::Method::GET, "/whoami", &[]).await.status(), 200);
    let started = Instant::now();
    server.signal();
    server.ended().await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(4));
    assert_eq!(read_to_end(&mut silent).await, "");
}

#[tokio::test]
async fn open_streams_and_idle_connections_outlive_the_time_limit_of_a_first_request() {
    let server = Server::public(Under::Tidewire).await;
    let silent = TcpStream::connect(server.address).await.unwrap();
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    let mut status = [0; 12];
    idle.write_all(b"GET /whoami HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    within(idle.read_exact(&mut status)).await.unwrap();
    let mut stream = EventStream::open(server.address, "channel=chat/a").await.welcomed().await;
    stream.expect("subscribed").await;
    tokio::time::sleep(Duration::from_millis(5500)).await;
    server.realtime.channel(chat("a")).publish(message("still here")).await.unwrap();
    assert_eq!(stream.texts(1).await, ["still here"]);
    for (mut connection, why) in [(idle, "a proxy keeps connections for a minute"), (silent, "a browser connects ahead of use")] {
        connection.write_all(b"GET /whoami HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        assert!(read_to_end(&mut connection).await.contains("HTTP/1.1 200"), "{why}");
    }
}

#[tokio::test]
async fn heads_that_are_too_large_or_no_http_are_refused() {
    let server = Server::public(Under::Tidewire).await;
    let fields = (0..100).map(|field| format!("x-{field}: 1\r\n")).collect::<Vec<_>>().concat();
    let requests = [
        ("GET /whoami HTTP/1.1\r\nhost: x\r\n".to_owned() + &fields + "\r\n", "431"),
        (format!("GET /whoami HTTP/1.1\r\nhost: x\r\nbig: {}\r\n\r\n", "x".repeat(20_000)), "431"),
        (format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(20_000)), "4"),
        ("\0\0\0\0 nonsense\r\n\r\n".to_owned(), "400"),
        ("GET /realtime/events?channel=chat/\0 HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), "400"),
        ("GET /realtime/events?channel=chat/a HTTP/1.1\r\nhost: x\r\nlast-event-id: a\0b\r\n\r\n".to_owned(), "400"),
    ];
    for (request, status) in requests {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let _ = stream.write_all(request.as_bytes()).await;
        let answer = read_to_end(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with(&format!("HTTP/1.1 {status}")), "{request:.60}: {answer}");
    }
    assert_eq!(send(server.address, hyper::Method::GET, "/whoami", &[]).await.status(), 200, "the others do not notice");
}

#[tokio::test]
async fn handlers_see_the_peer_and_a_panic_costs_one_connection() {
    for under in [Under::Tidewire, Under::Axum] {
        let server = Server::public(under).await;
        let answer = send(server.address, hyper::Method::GET, "/whoami", &[]).await;
        let body = within(answer.into_body().collect()).await.unwrap().to_bytes();
        assert_eq!(body, "127.0.0.1");
    }
    let server = Server::public(Under::Tidewire).await;
    let mut stream = EventStream::open(server.address, "channel=chat/a").await.welcomed().await;
    stream.expect("subscribed").await;
    let mut unlucky = TcpStream::connect(server.address).await.unwrap();
    unlucky.write_all(b"GET /panic HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert_eq!(read_to_end(&mut unlucky).await, "");
    server.realtime.channel(chat("a")).publish(message("alive")).await.unwrap();
    assert_eq!(stream.texts(1).await, ["alive"]);
}

#[tokio::test]
async fn an_old_client_gets_a_stream_without_chunks() {
    let server = Server::public(Under::Tidewire).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /realtime/events?channel=chat/a HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    let mut buffer = [0; 4096];
    while !answer.contains("\"fresh\"") {
        let read = within(stream.read(&mut buffer)).await.unwrap();
        assert!(read > 0, "{answer}");
        answer.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    assert!(body.starts_with("retry: "), "{answer}");
}

#[tokio::test]
async fn streams_share_a_connection_over_http_2() {
    let server = Server::public(Under::Tidewire).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut bodies = Vec::new();
    for room in 0..10 {
        let target = format!("http://test/realtime/events?channel=chat/{room}");
        let request = Request::builder().uri(target).body(Empty::<Bytes>::new()).unwrap();
        let answer = within(sender.clone().send_request(request)).await.unwrap();
        assert_eq!(answer.status(), 200);
        bodies.push(answer.into_body());
    }
    for (room, body) in bodies.iter_mut().enumerate() {
        let text = format!("to room {room}");
        server.realtime.channel(chat(&room.to_string())).publish(message(text.as_str())).await.unwrap();
        let mut received = String::new();
        while !received.contains(&text) {
            let data = within(body.frame()).await.unwrap().unwrap().into_data().unwrap();
            received.push_str(std::str::from_utf8(&data).unwrap());
        }
    }
}

#[tokio::test]
async fn a_reader_that_stalls_holds_up_nobody() {
    let server = Server::public(Under::Tidewire).await;
    let mut stalled = TcpStream::connect(server.address).await.unwrap();
    stalled.write_all(b"GET /realtime/events?channel=chat/a HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut reader = EventStream::open(server.address, "channel=chat/a").await.welcomed().await;
    reader.expect("subscribed").await;
    let text = "x".repeat(10_000);
    for _ in 0..40 {
        for _ in 0..20 {
            server.realtime.channel(chat("a")).publish(message(text.as_str())).await.unwrap();
        }
        assert_eq!(within(reader.texts(20)).await.len(), 20);
    }
    drop(stalled);
}

#[tokio::test]
async fn a_shutdown_lets_idle_connections_go_and_waits_for_requests() {
    let mut server = Server::public(Under::Tidewire).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /whoami HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    within(idle.read_exact(&mut first)).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = EventStream::open(server.address, "channel=chat/a").await.welcomed().await;
        stream.expect("subscribed").await;
        streams.push(stream);
    }
    let started = Instant::now();
    server.signal();
    for stream in &mut streams {
        stream.expect("reconnect").await;
        assert_eq!(stream.block().await, None);
    }
    server.ended().await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(4), "nobody kept it waiting");
    read_to_end(&mut idle).await;
}
