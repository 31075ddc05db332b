//! A client made by hand, which keeps every byte that the server sends it.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{link::Transport, within};

/// What a service, its database and its panics say, and no client may ever read.
const SECRETS: [&str; 6] = ["SECRET", "panick", ".rs", "database", "elapsed", "Elapsed"];

pub(super) struct Raw {
    transport: Transport,
    address: SocketAddr,
    stream: TcpStream,
    session: String,
    /// Everything that came.
    read: String,
}

impl Raw {
    pub(super) async fn open(transport: Transport, address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let mut raw = Self { transport, address, stream, session: String::new(), read: String::new() };
        let head = match transport {
            Transport::Sse => "GET /realtime/events?ids=0 HTTP/1.1\r\nhost: test\r\n\r\n".to_owned(),
            Transport::WebSocket => {
                ["GET /realtime/socket HTTP/1.1", "host: test", "connection: upgrade", "upgrade: websocket"].join("\r\n")
                    + "\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: tidewire.v1\r\n\r\n"
            }
        };
        raw.stream.write_all(head.as_bytes()).await.unwrap();
        raw.until(r#""type":"welcome""#, 1).await;
        let from = raw.read.split_once(r#""session":""#).unwrap().1;
        raw.session = from.split_once('"').unwrap().0.to_owned();
        raw
    }

    /// Reads until this came so often.
    pub(super) async fn until(&mut self, text: &str, times: usize) {
        within(async {
            while self.read.matches(text).count() < times {
                self.more().await;
            }
        })
        .await;
        assert_eq!(self.read.matches(text).count(), times, "{text} in {}", self.read);
    }

    async fn more(&mut self) {
        let mut bytes = [0; 4096];
        let count = self.stream.read(&mut bytes).await.unwrap();
        assert!(count > 0, "the server ended the connection: {}", self.read);
        self.read += &String::from_utf8_lossy(&bytes[..count]);
    }

    /// Asks, and waits for exactly this answer.
    pub(super) async fn ask(&mut self, frame: &Value, answer: &str) {
        match self.transport {
            Transport::WebSocket => {
                let text = frame.to_string();
                let length = u8::try_from(text.len()).unwrap();
                // Masked with zeros, so that it is readable.
                let head: &[u8] = if length < 126 { &[0x81, 0x80 | length] } else { &[0x81, 0xfe, 0, length] };
                self.stream.write_all(&[head, &[0; 4], text.as_bytes()].concat()).await.unwrap();
                self.until(answer, 1).await;
            }
            Transport::Sse => {
                let body = json!({ "session": self.session, "frames": [frame] }).to_string();
                let head =
                    format!("POST /realtime/send HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
                let mut stream = TcpStream::connect(self.address).await.unwrap();
                stream.write_all((head + &body).as_bytes()).await.unwrap();
                let mut reply = String::new();
                within(stream.read_to_string(&mut reply)).await.unwrap();
                let (head, body) = reply.split_once("\r\n\r\n").unwrap();
                assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
                assert_eq!(body, format!(r#"{{"replies":[{answer}]}}"#));
                without_secrets(&reply);
            }
        }
    }

    /// How often something came so far.
    pub(super) fn count(&self, text: &str) -> usize {
        self.read.matches(text).count()
    }

    /// Nothing that came, of whatever kind, says what went wrong inside.
    pub(super) fn has_no_secrets(&self) {
        without_secrets(&self.read);
    }
}

fn without_secrets(text: &str) {
    let found: Vec<&&str> = SECRETS.iter().filter(|secret| text.contains(**secret)).collect();
    assert!(found.is_empty(), "{found:?} in {text}");
}
