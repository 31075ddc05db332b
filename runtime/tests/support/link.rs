//! One client over either transport: the same tests run over both.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        http::{HeaderName, HeaderValue},
        protocol::CloseFrame,
    },
};

use super::{client::EventStream, within};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Sse,
    WebSocket,
}

pub const BOTH: [Transport; 2] = [Transport::Sse, Transport::WebSocket];

/// A connected client that keeps cursors.
pub struct Link {
    address: SocketAddr,
    pub session: String,
    pub connection: String,
    /// What it was greeted with.
    pub welcome: Value,
    stream: Stream,
    // What came while something else was waited for.
    early: VecDeque<Value>,
    references: u64,
    // Sent with everything that it asks for.
    headers: Vec<(String, String)>,
}

enum Stream {
    Sse(Box<EventStream>),
    WebSocket(Box<WebSocketStream<TcpStream>>),
}

/// Opens a WebSocket, `target` with its path.
pub async fn socket(address: SocketAddr, target: &str, protocols: &[&str]) -> Result<WebSocketStream<TcpStream>, Error> {
    socket_with(address, target, protocols, &[]).await
}

/// Opens a WebSocket with more headers.
pub async fn socket_with(
    address: SocketAddr,
    target: &str,
    protocols: &[&str],
    headers: &[(&str, &str)],
) -> Result<WebSocketStream<TcpStream>, Error> {
    let mut request = format!("ws://{address}{target}").into_client_request().unwrap();
    if !protocols.is_empty() {
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_str(&protocols.join(", ")).unwrap());
    }
    for (name, value) in headers {
        request.headers_mut().append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    let stream = TcpStream::connect(address).await.unwrap();
    within(client_async(request, stream)).await.map(|(socket, _)| socket)
}

/// `POST`s a body to a target; the status and the answer as JSON.
pub async fn post(address: SocketAddr, target: &str, body: impl Into<Bytes>) -> (u16, Value) {
    post_with(address, target, &[], body).await
}

/// `POST`s a body with more headers.
pub async fn post_with(address: SocketAddr, target: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> (u16, Value) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::builder().method(Method::POST).uri(target).header("host", "test");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = request.body(Full::new(body.into())).unwrap();
    let answer = within(sender.send_request(request)).await.unwrap();
    let status = answer.status().as_u16();
    let body = within(answer.into_body().collect()).await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{error}: {body:?}")))
}

impl Link {
    /// Connects, `query` without the question mark.
    pub async fn open(transport: Transport, address: SocketAddr, query: &str) -> Self {
        Self::open_as(transport, address, query, None).await
    }

    /// Connects as a client that was connected before.
    pub async fn open_as(transport: Transport, address: SocketAddr, query: &str, session: Option<&str>) -> Self {
        Self::open_with(transport, address, query, session, &[]).await
    }

    /// Connects with headers, which go with everything that is asked later, too.
    pub async fn open_with(
        transport: Transport,
        address: SocketAddr,
        query: &str,
        session: Option<&str>,
        headers: &[(&str, &str)],
    ) -> Self {
        let stream = match transport {
            Transport::Sse => {
                let own = session.map(|key| ("tidewire-session", key));
                let headers: Vec<(&str, &[u8])> =
                    headers.iter().copied().chain(own).map(|(name, value)| (name, value.as_bytes())).collect();
                Stream::Sse(Box::new(EventStream::open_with(address, &format!("ids=0&{query}"), &headers).await))
            }
            Transport::WebSocket => {
                let own = session.map(|key| format!("session.{key}"));
                let protocols: Vec<&str> = ["tidewire.v1"].into_iter().chain(own.as_deref()).collect();
                Stream::WebSocket(Box::new(socket_with(address, &format!("/realtime/socket?{query}"), &protocols, headers).await.unwrap()))
            }
        };
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (session, connection) = (String::new(), String::new());
        let mut link = Self { address, session, connection, welcome: Value::Null, stream, early: VecDeque::new(), references: 0, headers };
        let welcome = link.expect("welcome").await;
        welcome["session"].as_str().unwrap().clone_into(&mut link.session);
        welcome["connection"].as_str().unwrap().clone_into(&mut link.connection);
        link.welcome = welcome;
        link
    }

    /// The next frame, heartbeats left out; `None` at the end.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            let frame = match &mut self.stream {
                Stream::Sse(stream) => {
                    let block = stream.block().await?;
                    if block.comment {
                        continue;
                    }
                    block.frame
                }
                Stream::WebSocket(stream) => match within(stream.next()).await?.ok()? {
                    Message::Text(text) => serde_json::from_str(&text).unwrap(),
                    Message::Close(_) => return None,
                    _ => continue,
                },
            };
            if frame["type"] != "ping" {
                return Some(frame);
            }
        }
    }

    /// Whether a frame of this type came while something else was waited for.
    pub fn has_early(&self, kind: &str) -> bool {
        self.early.iter().any(|frame| frame["type"] == kind)
    }

    /// The next frame that nobody has looked at.
    pub async fn frame(&mut self) -> Value {
        match self.early.pop_front() {
            Some(frame) => frame,
            None => self.next().await.expect("the connection ended"),
        }
    }

    /// The next frame, which must be of this type.
    pub async fn expect(&mut self, kind: &str) -> Value {
        let frame = self.frame().await;
        assert_eq!(frame["type"], kind, "{frame}");
        frame
    }

    /// The texts of the next `count` events, which must be without anything between them.
    pub async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::with_capacity(count);
        for _ in 0..count {
            texts.push(self.expect("event").await["data"]["text"].as_str().unwrap().to_owned());
        }
        texts
    }

    /// Asks for something, and waits for the answer. Frames that come before it are kept.
    pub async fn ask(&mut self, mut frame: Value) -> Value {
        self.references += 1;
        let reference = self.references;
        frame["ref"] = json!(reference);
        if let Stream::Sse(_) = self.stream {
            return self.send_from(self.address, frame).await;
        }
        self.say(&frame.to_string()).await;
        loop {
            let reply = self.next().await.expect("the connection ended");
            let is_answer = matches!(reply["type"].as_str(), Some("ack" | "error" | "denied"));
            if is_answer && reply["ref"] == reference {
                return reply;
            }
            self.early.push_back(reply);
        }
    }

    /// Asks with another header `Authorization` than it came with, from now on.
    pub async fn ask_with(&mut self, authorization: &str, frame: Value) -> Value {
        self.headers.retain(|(name, _)| name != "authorization");
        self.headers.push(("authorization".to_owned(), authorization.to_owned()));
        self.ask(frame).await
    }

    /// Reads what has come, and keeps it. No longer than a moment: somebody may publish faster than this reads.
    pub async fn read_what_is_there(&mut self) {
        let end = tokio::time::Instant::now() + Duration::from_millis(100);
        while tokio::time::Instant::now() < end
            && let Ok(frame) = tokio::time::timeout(Duration::from_millis(5), self.next()).await
        {
            self.early.push_back(frame.expect("the connection ended"));
        }
    }

    /// Asks over `POST /send` of the server at `address`.
    pub async fn send_from(&self, address: SocketAddr, frame: Value) -> Value {
        let body = json!({ "session": self.session, "frames": [frame] }).to_string();
        let headers: Vec<(&str, &str)> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let (status, answer) = post_with(address, "/realtime/send", &headers, body).await;
        assert_eq!(status, 200, "{answer}");
        answer["replies"][0].clone()
    }

    /// Writes a text to the WebSocket.
    pub async fn say(&mut self, text: &str) {
        let Stream::WebSocket(stream) = &mut self.stream else { panic!("an event stream goes one way") };
        stream.send(Message::text(text)).await.unwrap();
    }

    /// The close frame that ends the WebSocket, whatever comes before it.
    pub async fn close_frame(&mut self) -> Option<CloseFrame> {
        let Stream::WebSocket(stream) = &mut self.stream else { panic!("an event stream has none") };
        loop {
            if let Message::Close(frame) = within(stream.next()).await?.ok()? {
                return frame;
            }
        }
    }
}
