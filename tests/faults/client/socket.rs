//! WebSocket messages, each a frame.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use super::life::Arrival;
use crate::http;

/// An open WebSocket.
pub(super) struct Socket {
    stream: WebSocketStream<TcpStream>,
}

impl Socket {
    pub(super) async fn open(address: SocketAddr, target: &str, session: Option<&str>, reset: bool) -> Result<Self, String> {
        let stream = http::connect(address, reset).await?;
        let mut request = format!("ws://{address}{target}").into_client_request().map_err(|error| error.to_string())?;
        let protocols = session.map_or_else(|| "tidewire.v1".to_owned(), |session| format!("tidewire.v1, session.{session}"));
        let protocols = HeaderValue::from_str(&protocols).map_err(|error| error.to_string())?;
        request.headers_mut().insert("sec-websocket-protocol", protocols);
        let opened = timeout(http::PATIENCE, client_async(request, stream)).await.map_err(|_| "no upgrade in time".to_owned())?;
        let (stream, _) = opened.map_err(|error| format!("no upgrade: {error}"))?;
        Ok(Self { stream })
    }

    pub(super) async fn send(&mut self, frame: &Value) -> Result<(), String> {
        self.stream.send(Message::text(frame.to_string())).await.map_err(|error| format!("cannot send: {error}"))
    }

    /// The next message. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Arrival, String> {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => {
                let frame = serde_json::from_str(text.as_str()).map_err(|error| format!("{error} in {text}"))?;
                Ok(Arrival { frame, id: None })
            }
            Some(Ok(Message::Close(close))) => Err(format!("closed: {close:?}")),
            Some(Ok(_)) => Ok(Arrival { frame: Value::Null, id: None }),
            Some(Err(error)) => Err(format!("the socket broke: {error}")),
            None => Err("the socket ended".to_owned()),
        }
    }
}
