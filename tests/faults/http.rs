//! A small HTTP client.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, Response, body::Incoming, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// How long a connection, or an answer, may take to come about.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) type Sender = http1::SendRequest<Full<Bytes>>;

/// Connects; whether dropping the connection is a reset is decided here, because hyper keeps the socket.
pub(crate) async fn connect(address: SocketAddr, reset: bool) -> Result<TcpStream, String> {
    let socket = TcpSocket::new_v4().map_err(|error| error.to_string())?;
    // A client that does not read must be felt by the server, not by the kernel's buffers.
    socket.set_recv_buffer_size(32 * 1024).map_err(|error| error.to_string())?;
    let stream = timeout(PATIENCE, socket.connect(address))
        .await
        .map_err(|_| "no connection in time".to_owned())?
        .map_err(|error| format!("cannot connect: {error}"))?;
    let linger = reset.then_some(Duration::ZERO);
    socket2::SockRef::from(&stream).set_linger(linger).map_err(|error| error.to_string())?;
    Ok(stream)
}

/// A connection for requests, one after another.
pub(crate) async fn open(address: SocketAddr, reset: bool) -> Result<Sender, String> {
    let stream = connect(address, reset).await?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    Ok(sender)
}

/// Sends a request and waits for the head of its answer.
pub(crate) async fn send(
    sender: &mut Sender,
    method: Method,
    target: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Result<Response<Incoming>, String> {
    let mut request = Request::builder().method(method).uri(target).header(header::HOST, "faults");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = match body {
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Full::new(Bytes::from(body.to_string()))
        }
        None => Full::default(),
    };
    let request = request.body(body).map_err(|error| error.to_string())?;
    timeout(PATIENCE, sender.send_request(request)).await.map_err(|_| "no answer in time".to_owned())?.map_err(|error| error.to_string())
}

/// The status and the body of an answer as JSON.
pub(crate) async fn read(answer: Response<Incoming>) -> Result<(u16, Value), String> {
    let status = answer.status().as_u16();
    let body = timeout(PATIENCE, answer.into_body().collect()).await.map_err(|_| "no body in time".to_owned())?;
    let body = body.map_err(|error| error.to_string())?.to_bytes();
    let body = serde_json::from_slice(&body).map_err(|error| format!("status {status}, {error}: {body:?}"))?;
    Ok((status, body))
}

/// One request on a connection of its own.
pub(crate) async fn once(address: SocketAddr, method: Method, target: &str, body: Option<&Value>) -> Result<(u16, Value), String> {
    let mut sender = open(address, false).await?;
    read(send(&mut sender, method, target, &[], body).await?).await
}
