//! A small HTTP client, and a reader of event streams that knows no more than the standard says.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Method, Request, Response, body::Incoming, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::within;

/// Sends one request on a connection of its own.
pub async fn send(address: SocketAddr, method: Method, target: &str, headers: &[(&str, &[u8])]) -> Response<Incoming> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(target).header(header::HOST, "test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Empty::<Bytes>::new()).unwrap();
    let answer = within(sender.send_request(request)).await.unwrap_or_else(|error| panic!("{target:.60}: {error}"));
    // A sender that is dropped lets the connection end once the answer is read.
    drop(sender);
    answer
}

/// `GET`s a target; the status and the body as JSON.
pub async fn get(address: SocketAddr, target: &str) -> (u16, Value) {
    get_with(address, target, &[]).await
}

pub async fn get_with(address: SocketAddr, target: &str, headers: &[(&str, &[u8])]) -> (u16, Value) {
    let answer = send(address, Method::GET, target, headers).await;
    let status = answer.status().as_u16();
    if status != 200 {
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store", "{target}");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json", "{target}");
    }
    let body = within(answer.into_body().collect()).await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{target}: {error}: {body:?}")))
}

/// One block of an event stream.
#[derive(Debug, PartialEq)]
pub struct Block {
    pub id: Option<String>,
    pub retry: Option<u64>,
    pub comment: bool,
    pub frame: Value,
}

/// An open event stream.
pub struct EventStream {
    body: Incoming,
    buffer: String,
}

impl EventStream {
    /// Opens a stream, `query` without the question mark.
    pub async fn open(address: SocketAddr, query: &str) -> Self {
        Self::open_with(address, query, &[]).await
    }

    pub async fn open_with(address: SocketAddr, query: &str, headers: &[(&str, &[u8])]) -> Self {
        let answer = send(address, Method::GET, &format!("/realtime/events?{query}"), headers).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store, no-transform");
        assert_eq!(answer.headers()["x-accel-buffering"], "no");
        Self { body: answer.into_body(), buffer: String::new() }
    }

    /// The next block; `None` at the end of the stream.
    pub async fn block(&mut self) -> Option<Block> {
        loop {
            if let Some(end) = self.buffer.find("\n\n") {
                let block: String = self.buffer.drain(..end + 2).collect();
                return Some(parse(&block));
            }
            let frame = within(self.body.frame()).await?.expect("the connection broke");
            if let Ok(data) = frame.into_data() {
                self.buffer.push_str(std::str::from_utf8(&data).unwrap());
            }
        }
    }

    /// The next frame; `None` when the connection has ended, however it did.
    pub async fn try_block(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.buffer.find("\n\n") {
                let block: String = self.buffer.drain(..end + 2).collect();
                return Some(parse(&block).frame);
            }
            let data = within(self.body.frame()).await?.ok()?.into_data().ok()?;
            self.buffer.push_str(&String::from_utf8_lossy(&data));
        }
    }

    /// The next frame, heartbeats left out.
    pub async fn frame(&mut self) -> Value {
        loop {
            let block = self.block().await.expect("the stream ended");
            if !block.comment {
                return block.frame;
            }
        }
    }

    /// The next frame, which must be of this type.
    pub async fn expect(&mut self, kind: &str) -> Value {
        let frame = self.frame().await;
        assert_eq!(frame["type"], kind, "{frame}");
        frame
    }

    /// Reads the `welcome`.
    pub async fn welcomed(mut self) -> Self {
        self.expect("welcome").await;
        self
    }

    /// The texts of the next `count` events, which must be without anything between them.
    pub async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::with_capacity(count);
        for _ in 0..count {
            texts.push(self.expect("event").await["data"]["text"].as_str().unwrap().to_owned());
        }
        texts
    }
}

fn parse(text: &str) -> Block {
    let mut block = Block { id: None, retry: None, comment: false, frame: Value::Null };
    for line in text.lines().filter(|line| !line.is_empty()) {
        match line.split_once(':').unwrap() {
            ("", _) => block.comment = true,
            ("id", id) => block.id = Some(id.strip_prefix(' ').unwrap().to_owned()),
            ("retry", retry) => block.retry = Some(retry.trim().parse().unwrap()),
            ("data", data) => block.frame = serde_json::from_str(data).unwrap(),
            _ => panic!("an unexpected line: {line}"),
        }
    }
    block
}
