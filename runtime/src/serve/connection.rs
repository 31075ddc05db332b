//! One connection of the server.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::net::TcpStream;

use super::{
    Allowance, Lifeline, PARTING,
    handover::{Asked, Slot, Takeable},
    streams::{Reset, Streams},
};

/// How long a new connection may stay silent. Browsers and pools open some ahead of use.
const SILENCE: Duration = Duration::from_secs(30);
/// How long the head of a connection's first request may take to arrive, once it has begun.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the next one may take. Longer than the minute for which proxies keep connections, so that they are the ones to close.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// How long a connection over HTTP/2 that was told to go may take nothing of what it is still to get, as long as the kernel lets one over HTTP/1.1.
const STALL: Duration = Duration::from_secs(20);
/// What goes over a connection in that time although its client takes nothing: pings, and answers to those of the client.
const MURMUR: u64 = 1024;
const HEAD_BYTES: usize = 16 * 1024;
const HEAD_FIELDS: usize = 64;

/// How this server speaks HTTP, and to what.
pub(super) struct Protocol {
    app: Router,
    lifeline: Lifeline,
}

impl Protocol {
    pub(super) fn new(app: Router, lifeline: Lifeline) -> Self {
        // Without it, axum would make the routes of handlers anew for each request.
        Self { app: app.with_state(()), lifeline }
    }

    /// Serves one connection until it ends.
    pub(super) fn connection(&self, stream: TcpStream, peer: SocketAddr) -> impl Future<Output = ()> + Send + 'static {
        serve_connection(self.app.clone(), self.lifeline.clone(), stream, peer)
    }
}

/// A connection as hyper should keep it.
fn builder(streams: Streams) -> Builder<Streams> {
    let mut builder = Builder::new(streams);
    builder.http1().timer(TokioTimer::new()).header_read_timeout(IDLE_TIMEOUT).max_headers(HEAD_FIELDS).max_buf_size(HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20))
        .max_concurrent_streams(128)
        .max_header_list_size(16 * 1024)
        .max_send_buf_size(64 * 1024);
    builder
}

async fn serve_connection(app: Router, lifeline: Lifeline, stream: TcpStream, peer: SocketAddr) {
    // Nothing is set aside for a connection that says nothing.
    let mut first_byte = [0];
    tokio::select! {
        // Who has asked already is answered, however soon the end comes.
        biased;
        // Unlike `readable`, this never completes without a reason.
        peeked = stream.peek(&mut first_byte) => if !peeked.is_ok_and(|bytes| bytes > 0) { return },
        () = lifeline.end() => return,
        () = tokio::time::sleep(SILENCE) => return,
    }
    let asked = Arc::new(AtomicBool::new(false));
    let (slot, streams, allowance) = (Slot::default(), Streams::default(), Allowance::default());
    let io = TokioIo::new(Takeable::new(stream, slot.clone(), lifeline.clone()));
    let service = {
        let (asked, slot, lifeline) = (asked.clone(), slot.clone(), lifeline.clone());
        service_fn(move |mut request: Request<Incoming>| {
            asked.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(lifeline.clone());
            request.extensions_mut().insert(allowance.clone());
            answer(app.clone(), request, slot.clone())
        })
    };
    let mut connection = pin!(builder(streams.clone()).serve_connection_with_upgrades(io, service).into_owned());
    let mut serving = pin!(async {
        tokio::select! {
            biased;
            ended = connection.as_mut() => return ended,
            () = lifeline.end() => connection.as_mut().graceful_shutdown(),
            () = streams.rest_for(IDLE_TIMEOUT) => connection.as_mut().graceful_shutdown(),
        }
        // What it was told may still be on its way to it, or it asked for something at the same moment.
        tokio::select! {
            biased;
            ended = connection => ended,
            () = stall(&slot, &streams, STALL) => Ok(()),
            () = async {
                lifeline.end().await;
                tokio::time::sleep(PARTING).await;
                stall(&slot, &streams, PARTING).await;
            } => Ok(()),
        }
    });
    let mut serving = pin!(Reset::default().watch(serving.as_mut()));
    // hyper's own time limit is for idle connections, too, and begins when it knows which version of HTTP it hears; this one holds from the first byte.
    let first = tokio::time::timeout(HEAD_TIMEOUT, serving.as_mut()).await;
    let ended = match first {
        Ok(ended) => ended,
        Err(_) if !asked.load(Ordering::Relaxed) => return,
        Err(_) => serving.await,
    };
    if let Some(Err(error)) = ended {
        // Clients hang up all the time; this is of interest only to who looks for it.
        tracing::trace!(%peer, error = %error, "a connection ended early");
    }
}

/// Waits until a connection over HTTP/2 on which nothing is at work takes none of what is on its way to it.
async fn stall(slot: &Slot, streams: &Streams, longest: Duration) {
    loop {
        let before = slot.written();
        tokio::time::sleep(longest).await;
        if streams.rest() && slot.written() - before < MURMUR {
            return;
        }
    }
}

async fn answer(app: Router, request: Request<Incoming>, slot: Slot) -> Result<Response<Body>, Infallible> {
    let asked = Asked::by(&request);
    slot.see(&asked);
    let service = TowerToHyperService::new(app);
    let response = hyper::service::Service::call(&service, request.map(Body::new)).await?;
    Ok(slot.book(&asked, response))
}
