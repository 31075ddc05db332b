//! The floor of a resume storm: all that was published since, from one shared buffer, in as few writes as the sockets allow; live events by one write for each subscriber.
//!
//! Not a usable server, like fanbench's `raw-limit`, of which it is the counterpart: one channel, nothing is ever forgotten, a cursor is an offset. Its frames are as long as Tidewire's.
//! `GET /sse` with or without `last-event-id`, `POST /pub`.
#![allow(clippy::unwrap_used, reason = "a reference for a benchmark, which had better end than go on")]

use std::{
    env,
    io::{Write as _, stdout},
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n: hi\n\n";

#[derive(Default)]
struct Log {
    bytes: Arc<Vec<u8>>,
    live: Vec<TcpStream>,
}

impl Log {
    fn append(&mut self, payload: &str) {
        let begin = self.bytes.len();
        let at = begin + frame(0, payload).len();
        let bytes = Arc::make_mut(&mut self.bytes);
        bytes.extend(frame(at, payload).bytes());
        let new = &bytes[begin..];
        self.live.retain(|socket| matches!(socket.try_write(new), Ok(n) if n == new.len()));
    }
}

fn frame(at: usize, payload: &str) -> String {
    format!(
        "id: 00000000.{at:012}.0000000000000-0\ndata: {{\"type\":\"event\",\"channel\":\"bench/0\",\"event\":\"message\",\"id\":\"00000000.{at:012}.0000000000000-0\",\"number\":100,\"time\":1732153200000,\"sender\":null,\"data\":\"{payload}\"}}\n\n"
    )
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let port = env::var("PORT").ok().map_or(0, |port| port.parse().unwrap());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    writeln!(stdout(), "listening on http://{}", listener.local_addr().unwrap()).unwrap();
    let log = Arc::new(Mutex::new(Log::default()));
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        tokio::spawn(serve(socket, log.clone()));
    }
}

async fn serve(mut socket: TcpStream, log: Arc<Mutex<Log>>) -> Option<()> {
    let mut buffer = Vec::with_capacity(2048);
    loop {
        let head = loop {
            if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            more(&mut socket, &mut buffer).await?;
        };
        let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
        if text.starts_with("get") {
            socket.write_all(HELLO).await.ok()?;
            let mut at = after(&text).unwrap_or_else(|| log.lock().unwrap().bytes.len());
            loop {
                let all = {
                    let mut log = log.lock().unwrap();
                    if at == log.bytes.len() {
                        log.live.push(socket);
                        return None;
                    }
                    log.bytes.clone()
                };
                socket.write_all(&all[at..]).await.ok()?;
                at = all.len();
            }
        }
        let length: usize = text.split_once("content-length: ").and_then(|(_, rest)| rest.lines().next()?.parse().ok()).unwrap_or(0);
        while buffer.len() < head + length {
            more(&mut socket, &mut buffer).await?;
        }
        log.lock().unwrap().append(&String::from_utf8_lossy(&buffer[head..head + length]));
        buffer.drain(..head + length);
        socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.ok()?;
    }
}

/// The offset in the middle of a cursor.
fn after(head: &str) -> Option<usize> {
    head.split_once("last-event-id: ")?.1.split('.').nth(1)?.parse().ok()
}

async fn more(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    (socket.read_buf(buffer).await.ok()? > 0).then_some(())
}
