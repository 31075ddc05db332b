//! Server-Sent Events, read as the standard says.

use std::net::SocketAddr;

use http_body_util::BodyExt;
use hyper::{Method, body::Incoming};
use serde_json::Value;

use super::life::Arrival;
use crate::http;

/// An open event stream.
pub(super) struct EventStream {
    body: Incoming,
    // The connection lasts as long as its sender.
    _sender: http::Sender,
    buffer: Vec<u8>,
}

impl EventStream {
    pub(super) async fn open(address: SocketAddr, target: &str, headers: &[(&str, &str)], reset: bool) -> Result<Self, String> {
        let mut sender = http::open(address, reset).await?;
        let answer = http::send(&mut sender, Method::GET, target, headers, None).await?;
        if answer.status() != 200 {
            let (status, body) = http::read(answer).await?;
            return Err(format!("status {status}: {body}"));
        }
        Ok(Self { body: answer.into_body(), _sender: sender, buffer: Vec::new() })
    }

    /// The next block. Cancel-safe: what was read stays in the buffer.
    pub(super) async fn next(&mut self) -> Result<Arrival, String> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                return parse(std::str::from_utf8(&block).map_err(|error| error.to_string())?);
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.buffer.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
                Some(Err(error)) => return Err(format!("the stream broke: {error}")),
                None => return Err("the stream ended".to_owned()),
            }
        }
    }
}

fn parse(block: &str) -> Result<Arrival, String> {
    let (mut id, mut data) = (None, None::<String>);
    for line in block.lines() {
        match line.split_once(':').map(|(name, value)| (name, value.strip_prefix(' ').unwrap_or(value))) {
            Some(("id", value)) => id = Some(value.to_owned()),
            Some(("data", value)) => data = Some(data.map_or_else(|| value.to_owned(), |data| format!("{data}\n{value}"))),
            _ => {}
        }
    }
    let Some(data) = data else { return Ok(Arrival { frame: Value::Null, id }) };
    let frame = serde_json::from_str(&data).map_err(|error| format!("{error} in {data}"))?;
    Ok(Arrival { frame, id })
}
