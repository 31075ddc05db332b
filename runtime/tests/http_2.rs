//! Connections over HTTP/2: what a client takes nothing of is bounded, and who is slow is not cut.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

mod support;

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::http::{Request, Response};
use bytes::Bytes;
use futures_util::future::{join_all, pending};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use support::{
    Server, Under,
    live::{self, chat, message},
    until_connections_are, within,
};
use tidewire::{Limits, Realtime};
use tokio::{net::TcpStream, sync::Notify};

async fn publish(server: &Server, text: &str) {
    server.realtime.channel(chat("a")).publish(message(text)).await.unwrap();
}

type Sender = hyper::client::conn::http2::SendRequest<Empty<Bytes>>;

/// A connection over HTTP/2 that takes 64 KiB of each stream ahead of its reader.
async fn http_2(server: &Server) -> Sender {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let mut client = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    let (sender, connection) = client.initial_stream_window_size(65_535).handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn open_over(client: &Sender, room: &str) -> hyper::body::Incoming {
    let target = format!("http://test/realtime/events?channel=chat/{room}");
    let request = Request::builder().uri(target).body(Empty::new()).unwrap();
    within(client.clone().send_request(request)).await.unwrap().into_body()
}

#[tokio::test]
async fn a_body_that_answered_and_is_not_taken_holds_up_no_shutdown() {
    let mut limits = Limits::default();
    limits.heartbeat = Duration::from_secs(600);
    limits.silence = Duration::from_secs(1200);
    let server = Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().limits(limits)).await;
    let client = http_2(&server).await;
    let stalled = open_over(&client, "a").await;
    // The window holds the first, and what carries the stream holds the second: nothing waits that the body knows of.
    for _ in 0..2 {
        publish(&server, &"x".repeat(60_000)).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.realtime.shutdown();
    until_connections_are(&server.realtime, 0, "it was told to go").await;
    drop(stalled);
}

#[tokio::test]
async fn a_stream_that_is_given_up_is_reset_and_the_others_of_its_connection_go_on() {
    let mut limits = Limits::default();
    limits.stall = Duration::from_millis(300);
    let server = Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().limits(limits)).await;
    let client = http_2(&server).await;
    let (mut stalled, mut reader) = (open_over(&client, "a").await, open_over(&client, "b").await);
    let text = "x".repeat(60_000);
    for _ in 0..10 {
        publish(&server, &text).await;
    }
    until_connections_are(&server.realtime, 1, "one of them reads nothing").await;
    let reset = loop {
        match within(stalled.frame()).await {
            Some(Ok(_)) => {}
            Some(Err(error)) => break error,
            None => panic!("its end would say that it is whole"),
        }
    };
    assert!(format!("{reset:?}").contains("CANCEL"), "{reset:?}");
    server.realtime.channel(chat("b")).publish(message("still here")).await.unwrap();
    let mut received = String::new();
    while !received.contains("still here") {
        received.push_str(std::str::from_utf8(&within(reader.frame()).await.unwrap().unwrap().into_data().unwrap()).unwrap());
    }
}

async fn get(client: &Sender, path: &str) -> Response<Incoming> {
    get_of(client.clone(), path).await
}

async fn get_of(mut client: Sender, path: &str) -> Response<Incoming> {
    let request = Request::builder().uri(format!("http://test/realtime/{path}")).body(Empty::new()).unwrap();
    within(client.send_request(request)).await.unwrap()
}

/// A server with a page of a megabyte, for clients that come from elsewhere.
async fn with_history(stall: Duration) -> Server {
    let mut limits = Limits::default();
    limits.stall = stall;
    let server = Server::start_for(Under::Tidewire, Realtime::builder(live::contract()).public().limits(limits), "10.0.0.1").await;
    for _ in 0..10 {
        publish(&server, &"x".repeat(100_000)).await;
    }
    server
}

const PAGE: &str = "history?channel=chat/a";

/// A body that somebody takes as fast as a slow network would.
async fn slowly(mut body: Incoming) -> Vec<u8> {
    let mut taken = Vec::new();
    while let Some(frame) = within(body.frame()).await {
        taken.extend_from_slice(&frame.unwrap().into_data().unwrap());
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    taken
}

fn events(page: &[u8]) -> usize {
    serde_json::from_slice::<Value>(page).unwrap()["events"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_connection_has_a_few_large_answers_on_their_way() {
    let server = with_history(Duration::from_secs(5)).await;
    let (client, began) = (http_2(&server).await, Instant::now());
    let mut untaken = join_all((0..8).map(|_| get(&client, PAGE))).await;
    assert!(untaken.iter().all(|answer| answer.status() == 200));
    // Others are not concerned, and neither is who takes one of them.
    let other = http_2(&server).await;
    assert_eq!(events(&slowly(get(&other, PAGE).await.into_body()).await), 10);
    let next = tokio::spawn(get_of(client.clone(), PAGE));
    let taken = untaken.pop().unwrap().into_body().collect().await.unwrap().to_bytes();
    assert_eq!(events(&taken), 10);
    let next = within(next).await.unwrap();
    assert_eq!(next.status(), 200);
    assert!(began.elapsed() < Duration::from_secs(5), "nobody was given up yet");
    drop((untaken, next));
}

#[tokio::test]
async fn who_takes_none_of_its_answers_gets_no_more_of_them() {
    let server = with_history(Duration::from_secs(2)).await;
    let client = http_2(&server).await;
    // Each takes a piece now and then, which is enough to be kept.
    let kept: Vec<_> = join_all((0..8).map(|_| get(&client, PAGE))).await;
    let slow = tokio::spawn(join_all(kept.into_iter().map(|answer| {
        let mut body = answer.into_body();
        async move {
            let mut taken = 0;
            while let Some(Ok(frame)) = body.frame().await {
                taken += frame.into_data().unwrap().len();
                tokio::time::sleep(Duration::from_millis(if taken < 600_000 { 100 } else { 0 })).await;
            }
            taken
        }
    })));
    let refused = get(&client, PAGE).await;
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "2"));
    let refusal = serde_json::from_slice::<Value>(&refused.into_body().collect().await.unwrap().to_bytes()).unwrap();
    assert_eq!(refusal["error"]["name"], "overloaded");
    assert!(within(slow).await.unwrap().into_iter().all(|taken| taken > 1_000_000));
}

#[tokio::test]
async fn an_answer_that_is_not_taken_is_given_up_and_one_that_is_taken_slowly_is_not() {
    let server = with_history(Duration::from_millis(500)).await;
    let client = http_2(&server).await;
    let mut untaken = join_all((0..7).map(|_| get(&client, PAGE))).await;
    let slow = slowly(get(&client, PAGE).await.into_body()).await;
    assert_eq!(events(&slow), 10);
    let reset = untaken.pop().unwrap().into_body().collect().await.unwrap_err();
    assert!(format!("{reset:?}").contains("CANCEL"), "{reset:?}");
    let again = join_all((0..8).map(|_| get(&client, PAGE))).await;
    assert!(again.iter().all(|answer| answer.status() == 200), "what they held is free again");
}

#[tokio::test]
async fn an_answer_of_which_only_the_end_is_not_taken_is_given_up_too() {
    let server = with_history(Duration::from_millis(500)).await;
    let client = http_2(&server).await;
    // So much that the window reaches into the last piece.
    let mut answer = get(&client, "history?channel=chat/a&limit=1").await.into_body();
    let mut taken = 0;
    while taken < 10_000 {
        taken += within(answer.frame()).await.unwrap().unwrap().into_data().unwrap().len();
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let reset = answer.collect().await.unwrap_err();
    assert!(format!("{reset:?}").contains("CANCEL"), "{reset:?}");
}

#[tokio::test]
async fn who_takes_a_large_event_slowly_gets_it() {
    let mut limits = Limits::default();
    limits.stall = Duration::from_millis(400);
    let server = Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().limits(limits)).await;
    let client = http_2(&server).await;
    let mut stream = open_over(&client, "a").await;
    let mut taken = within(stream.frame()).await.unwrap().unwrap().into_data().unwrap().to_vec();
    publish(&server, &"x".repeat(600_000)).await;
    // So that something is due all the time, also when what carries the stream has asked for the next one already.
    for (begun, text) in [(10_000, "more"), (50_000, "the next")] {
        while taken.len() < begun {
            taken.extend_from_slice(&within(stream.frame()).await.unwrap().unwrap().into_data().unwrap());
        }
        publish(&server, text).await;
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    while !taken.ends_with(b"\n\n") || !String::from_utf8_lossy(&taken).contains("the next") {
        let piece = within(stream.frame()).await.expect("it ended").expect("it was given up").into_data().unwrap();
        taken.extend_from_slice(&piece);
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(taken.len() > 600_000);
}

#[tokio::test]
async fn a_client_that_is_gone_holds_up_no_shutdown() {
    let mut server = Server::public(Under::Tidewire).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (client, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let (client, freezes): (Sender, _) = (client, Arc::new(Notify::new()));
    let frozen = freezes.clone();
    tokio::spawn(async move {
        let mut connection = pin!(connection);
        tokio::select! {
            _ = &mut connection => {}
            () = frozen.notified() => {}
        }
        // The socket stays open, and nobody reads from it.
        pending::<()>().await;
    });
    let mut stream = open_over(&client, "a").await;
    within(stream.frame()).await.unwrap().unwrap();
    freezes.notify_one();
    for _ in 0..100 {
        publish(&server, &"x".repeat(100_000)).await;
    }
    server.signal();
    // Long before the end of the drain.
    server.ended_in(Duration::from_secs(15)).await.unwrap();
}
