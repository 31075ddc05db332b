//! A contract written out as the macro would, a server on a free port, and a client that reads event streams.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "shared by test binaries, each of which uses its own part")]

pub mod board;
pub mod client;
pub mod link;
pub mod live;
pub mod log;
pub mod outage;
pub mod presence;
pub mod recorder;
#[cfg(feature = "redis")]
pub mod redis;
pub mod services;

use std::{future::Future, net::SocketAddr, time::Duration};

use axum::{
    Extension, Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, Request, header},
    middleware::map_response,
    response::Response,
    routing::get,
};
use http_body_util::BodyExt as _;
use tidewire::{Realtime, RealtimeBuilder};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tower::ServiceExt as _;

/// How long anything may take before a test fails.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Which server carries the router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    Tidewire,
    Axum,
}

/// What carries event streams and WebSockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// The socket itself, under `tidewire::serve`.
    Socket,
    /// Response bodies, under `tidewire::serve`: a layer names a content encoding.
    Body,
    /// Response bodies and upgraded connections, under `axum::serve`.
    Axum,
}

impl Carrier {
    /// What is asked for by name, so that the same tests run over each: `TIDEWIRE_TEST_CARRIER` is `body` or `axum`.
    fn of(under: Under) -> Self {
        match (under, std::env::var("TIDEWIRE_TEST_CARRIER").as_deref()) {
            (Under::Tidewire, Ok("body")) => Self::Body,
            (Under::Axum, _) | (_, Ok("axum")) => Self::Axum,
            (Under::Tidewire, Err(_)) => Self::Socket,
            (_, Ok(other)) => panic!("there is no carrier `{other}`"),
        }
    }
}

/// A running server.
pub struct Server {
    pub address: SocketAddr,
    pub realtime: Realtime,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub async fn public(under: Under) -> Self {
        Self::start(under, Realtime::builder(live::contract()).public()).await
    }

    pub async fn start(under: Under, builder: RealtimeBuilder) -> Self {
        Self::carried(Carrier::of(under), builder).await
    }

    pub async fn carried(carrier: Carrier, builder: RealtimeBuilder) -> Self {
        Self::start_as(carrier, builder, |app| app).await
    }

    /// Takes everybody for somebody who comes from `peer`.
    pub async fn start_for(under: Under, builder: RealtimeBuilder, peer: &str) -> Self {
        let peer = SocketAddr::new(peer.parse().unwrap(), 1);
        Self::start_as(Carrier::of(under), builder, |app| app.layer(Extension(ConnectInfo(peer)))).await
    }

    async fn start_as(carrier: Carrier, builder: RealtimeBuilder, layered: impl FnOnce(Router) -> Router) -> Self {
        let realtime = builder.build().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app: Router = Router::new()
            .nest("/realtime", realtime.router())
            .route("/whoami", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string()))
            .route("/panic", get(async || -> &'static str { panic!("a handler that fails") }));
        let app = layered(app);
        let (stop, stopped) = oneshot::channel::<()>();
        let app = if carrier == Carrier::Body { app.layer(map_response(encoded)) } else { app };
        let running = match carrier {
            Carrier::Socket | Carrier::Body => {
                tokio::spawn(tidewire::serve(listener, app).with_shutdown(stopped).drain(Duration::from_secs(60)).into_future())
            }
            Carrier::Axum => tokio::spawn(async move {
                let signal = async move { drop(stopped.await) };
                axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(signal).await
            }),
        };
        Self { address, realtime, stop: Some(stop), running }
    }

    /// Sends the shutdown signal.
    pub fn signal(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the server has ended.
    pub async fn ended(self) -> std::io::Result<()> {
        self.ended_in(DEADLINE).await
    }

    /// The same, of one that takes so long.
    pub async fn ended_in(self, longest: Duration) -> std::io::Result<()> {
        tokio::time::timeout(longest, self.running).await.expect("took too long").unwrap()
    }
}

/// How many connections there are.
pub async fn connections(realtime: &Realtime) -> u64 {
    let answer = realtime.admin_router::<()>().oneshot(Request::get("/status").body(Body::empty()).unwrap()).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice::<serde_json::Value>(&body).unwrap()["connections"].as_u64().unwrap()
}

pub async fn until_connections_are(realtime: &Realtime, count: u64, why: &str) {
    let waiting = async {
        while connections(realtime).await != count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(DEADLINE, waiting).await.is_ok(), "{why}: {} connections", connections(realtime).await);
}

async fn encoded(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    response
}

/// Fails the test when `work` takes too long.
pub async fn within<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(DEADLINE, work).await.expect("took too long")
}

/// Waits until `condition` holds.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(DEADLINE, waiting).await.is_ok(), "never happened: {what}");
}
