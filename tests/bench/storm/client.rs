//! A client that knows as much of the protocol as it needs, over both transports.

use std::{
    io::{self, Error, ErrorKind},
    net::SocketAddr,
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    EventStream,
    WebSocket,
}

pub const BOTH: [Transport; 2] = [Transport::EventStream, Transport::WebSocket];

/// The head of an answer, and what of its body came with it or is counted.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The error that the body says, and how long to wait, in milliseconds.
    pub fn refusal(&self) -> Option<(u64, u64)> {
        let from = self.body.iter().position(|byte| *byte == b'{')?;
        let mut values = serde_json::Deserializer::from_slice(&self.body[from..]).into_iter::<Value>();
        let error = values.next()?.ok()?["error"].clone();
        Some((error["code"].as_u64()?, error["retryAfter"].as_u64().unwrap_or(0)))
    }
}

/// A socket whose kernel takes no more than a few KiB that nobody reads.
pub async fn small(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4096)?;
    socket.connect(address).await
}

pub async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One request on a connection of its own.
pub async fn ask(address: SocketAddr, method: &str, path: &str, headers: &str, body: &[u8]) -> io::Result<Answer> {
    let work = async {
        let mut stream = connect(address).await?;
        exchange(&mut stream, method, path, &format!("connection: close\r\n{headers}"), body).await
    };
    tokio::time::timeout(Duration::from_secs(20), work).await.map_err(|_| Error::from(ErrorKind::TimedOut))?
}

/// One request on a connection that lasts.
pub async fn exchange(stream: &mut TcpStream, method: &str, path: &str, headers: &str, body: &[u8]) -> io::Result<Answer> {
    let head = format!("{method} {path} HTTP/1.1\r\nhost: storm\r\n{headers}content-length: {}\r\n\r\n", body.len());
    let mut request = head.into_bytes();
    request.extend(body);
    stream.write_all(&request).await?;
    let mut buffer = Vec::new();
    let mut answer = read_head(stream, &mut buffer).await?;
    let length: usize = answer.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    if answer.status != 204 && answer.header("content-length").is_none() {
        // What is not counted ends with the connection, or is chunked, which the readers of it do not mind.
        stream.read_to_end(&mut buffer).await?;
    }
    while buffer.len() < length {
        more(stream, &mut buffer).await?;
    }
    answer.body = buffer;
    Ok(answer)
}

async fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Answer> {
    loop {
        if let Some(end) = find(buffer, b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
            buffer.drain(..end + 4);
            let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or(ErrorKind::InvalidData)?;
            return Ok(Answer { status, head, body: Vec::new() });
        }
        more(stream, buffer).await?;
    }
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<()> {
    if stream.read_buf(buffer).await? == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|part| part == what)
}

/// The request that opens a stream of frames.
pub fn opening(transport: Transport, query: &str, headers: &str) -> String {
    match transport {
        Transport::EventStream => format!("GET /realtime/events?{query} HTTP/1.1\r\nhost: storm\r\n{headers}\r\n"),
        Transport::WebSocket => format!(
            "GET /realtime/socket?{query} HTTP/1.1\r\nhost: storm\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        ),
    }
}

/// A frame of a WebSocket, as clients send them; the mask of zeros leaves it as it is.
pub fn message(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match u16::try_from(payload.len()) {
        Ok(length @ ..126) => frame.push(0x80 | u8::try_from(length).unwrap()),
        Ok(length) => {
            frame.push(0x80 | 0x7e);
            frame.extend(length.to_be_bytes());
        }
        Err(error) => panic!("no client says so much: {error}"),
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// A stream of frames, read as fast as it is asked to be.
#[derive(Debug)]
pub struct Client {
    pub stream: TcpStream,
    transport: Transport,
    /// As they came.
    raw: Vec<u8>,
    /// Without the chunks of HTTP.
    plain: Vec<u8>,
    // How much of `plain` was handed out.
    taken: usize,
    chunked: bool,
    // What is left of the chunk.
    left: usize,
}

impl Client {
    /// Opens a stream; the answer itself if it is none.
    pub async fn open(address: SocketAddr, transport: Transport, query: &str, headers: &str) -> io::Result<Result<Self, Answer>> {
        Self::open_on(connect(address).await?, transport, query, headers).await
    }

    pub async fn open_on(mut stream: TcpStream, transport: Transport, query: &str, headers: &str) -> io::Result<Result<Self, Answer>> {
        stream.write_all(opening(transport, query, headers).as_bytes()).await?;
        let mut raw = Vec::new();
        let mut answer = read_head(&mut stream, &mut raw).await?;
        let stream_like = answer.status == 101 || answer.status == 200;
        if !stream_like {
            let length: usize = answer.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
            while raw.len() < length {
                more(&mut stream, &mut raw).await?;
            }
            answer.body = raw;
            return Ok(Err(answer));
        }
        let chunked = answer.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked"));
        Ok(Ok(Self { stream, transport, raw, plain: Vec::new(), taken: 0, chunked, left: 0 }))
    }

    pub async fn send(&mut self, frame: &Value) -> io::Result<()> {
        self.stream.write_all(&message(1, frame.to_string().as_bytes())).await
    }

    /// The next frame as JSON; `None` at the end of the stream.
    pub async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let found = match self.transport {
                Transport::EventStream => {
                    self.unchunk()?;
                    self.block()
                }
                Transport::WebSocket => match self.take_message()? {
                    Some((1, payload)) => Some(payload),
                    Some((8, _)) => return Ok(None),
                    Some((9, payload)) => {
                        self.stream.write_all(&message(10, &payload)).await?;
                        continue;
                    }
                    Some(_) => continue,
                    None => None,
                },
            };
            if found.is_some() {
                return Ok(found);
            }
            self.raw.reserve(64 * 1024);
            if self.stream.read_buf(&mut self.raw).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Moves what has come from `raw` to `plain`.
    fn unchunk(&mut self) -> io::Result<()> {
        if !self.chunked {
            self.plain.append(&mut self.raw);
            return Ok(());
        }
        let mut at = 0;
        loop {
            if self.left > 0 {
                let some = self.left.min(self.raw.len() - at);
                self.plain.extend_from_slice(&self.raw[at..at + some]);
                at += some;
                self.left -= some;
                if self.left > 0 {
                    break;
                }
            }
            // The end of a chunk's data, then the size of the next one.
            let skip = if self.raw[at..].starts_with(b"\r\n") { 2 } else { 0 };
            let Some(end) = find(&self.raw[at + skip..self.raw.len().min(at + skip + 20)], b"\r\n") else { break };
            let size = std::str::from_utf8(&self.raw[at + skip..at + skip + end]).map_err(|_| ErrorKind::InvalidData)?;
            self.left = usize::from_str_radix(size, 16).map_err(|_| ErrorKind::InvalidData)?;
            at += skip + end + 2;
            if self.left == 0 {
                break;
            }
        }
        self.raw.drain(..at);
        Ok(())
    }

    /// The next block of an event stream that has a frame.
    fn block(&mut self) -> Option<Vec<u8>> {
        while let Some(end) = find(&self.plain[self.taken..], b"\n\n") {
            let block = &self.plain[self.taken..self.taken + end];
            let frame = block.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"data: ")).map(<[u8]>::to_vec);
            self.taken += end + 2;
            if self.taken > 1 << 20 || self.taken == self.plain.len() {
                self.plain.drain(..self.taken);
                self.taken = 0;
            }
            if frame.is_some() {
                return frame;
            }
        }
        None
    }

    fn take_message(&mut self) -> io::Result<Option<(u8, Vec<u8>)>> {
        let rest = &self.raw[self.taken..];
        let found = match rest {
            [first, second, ..] if second & 0x7f < 126 => Some((first & 15, 2, usize::from(second & 0x7f))),
            [first, second, a, b, ..] if second & 0x7f == 126 => Some((first & 15, 4, usize::from(u16::from_be_bytes([*a, *b])))),
            [first, second, length @ ..] if second & 0x7f == 127 && length.len() >= 8 => {
                let length = u64::from_be_bytes(length[..8].try_into().map_err(|_| ErrorKind::InvalidData)?);
                Some((first & 15, 10, usize::try_from(length).map_err(|_| ErrorKind::InvalidData)?))
            }
            _ => None,
        };
        let whole = found.and_then(|(opcode, head, length)| Some((opcode, rest.get(head..head + length)?.to_vec(), head + length)));
        let Some((opcode, payload, length)) = whole else {
            self.raw.drain(..self.taken);
            self.taken = 0;
            return Ok(None);
        };
        self.taken += length;
        Ok(Some((opcode, payload)))
    }
}

/// What of a frame these programs look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Its channel's number, its own number, its id, and when it was sent, as far as its payload says so.
    Event {
        channel: u32,
        number: u64,
        id: String,
        sent: u64,
    },
    /// Its channel's number, and the cursor where delivery is.
    Subscribed {
        channel: u32,
        cursor: String,
        resumed: bool,
    },
    Gap {
        channel: u32,
        cursor: String,
        reason: String,
    },
    Reconnect {
        after: u64,
    },
    Error {
        code: u64,
    },
    Ack {
        reference: u64,
    },
    Other,
}

pub fn see(frame: &[u8]) -> Seen {
    if frame.starts_with(br#"{"type":"event""#)
        && let Some(event) = quick(frame)
    {
        return event;
    }
    let value: Value = serde_json::from_slice(frame).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(frame)));
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let channel = text("channel").strip_prefix("bench/").and_then(|number| number.parse().ok()).unwrap_or(u32::MAX);
    match value["type"].as_str().unwrap_or_default() {
        "subscribed" => Seen::Subscribed { channel, cursor: text("cursor"), resumed: value["outcome"] == "resumed" },
        "gap" => Seen::Gap { channel, cursor: text("cursor"), reason: text("reason") },
        "reconnect" => Seen::Reconnect { after: value["after"].as_u64().unwrap_or(0) },
        "error" | "denied" => Seen::Error { code: value["error"]["code"].as_u64().unwrap_or(0) },
        "ack" => Seen::Ack { reference: value["ref"].as_u64().unwrap_or(0) },
        _ => Seen::Other,
    }
}

/// The head of an event's frame, without looking through ten thousand bytes of payload.
fn quick(frame: &[u8]) -> Option<Seen> {
    let head = String::from_utf8_lossy(&frame[..frame.len().min(400)]);
    let after = |name: &str| head.split_once(name).map(|(_, rest)| rest);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let number = |text: &str| text[..digits(text)].parse::<u64>().ok();
    Some(Seen::Event {
        channel: number(after(r#""channel":"bench/"#)?)?.try_into().ok()?,
        number: number(after(r#""number":"#)?)?,
        id: after(r#""id":""#)?.split('"').next()?.to_owned(),
        sent: after("@@").and_then(number).unwrap_or(0),
    })
}
