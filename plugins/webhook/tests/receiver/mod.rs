//! Somebody who gets webhooks, over real sockets.

use std::{
    collections::VecDeque,
    future::{Future, pending},
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::post,
};
use bytes::Bytes;
use serde_json::Value;
use tokio::net::TcpListener;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    pub(crate) body: Value,
    status: u16,
}

impl Delivery {
    pub(crate) fn id(&self) -> String {
        self.headers["webhook-id"].to_str().unwrap().to_owned()
    }
}

#[derive(Clone)]
pub(crate) struct Receiver {
    address: SocketAddr,
    state: Arc<Shelf>,
}

#[derive(Default)]
struct Shelf {
    heard: Mutex<Vec<Delivery>>,
    answers: Mutex<VecDeque<u16>>,
    hangs: AtomicBool,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, state) = (listener.local_addr().unwrap(), Arc::new(Shelf::default()));
        let receiver = Self { address, state };
        let app = receiver.app();
        tokio::spawn(async move { axum::serve(listener, app).await });
        receiver
    }

    pub(crate) fn app(&self) -> Router {
        Router::new().route("/hooks", post(hear)).with_state(self.state.clone())
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    /// What the next are answered; 0 hangs up in the middle of it. 204 afterwards.
    pub(crate) fn answer(&self, statuses: impl IntoIterator<Item = u16>) {
        *self.state.answers.lock().unwrap() = statuses.into_iter().collect();
    }

    pub(crate) fn hang(&self) {
        self.state.hangs.store(true, Ordering::Relaxed);
    }

    /// Everything that came.
    pub(crate) fn heard(&self) -> Vec<Delivery> {
        self.state.heard.lock().unwrap().clone()
    }

    /// Everything that was taken.
    pub(crate) fn taken(&self) -> Vec<Delivery> {
        self.heard().into_iter().filter(|delivery| delivery.status == 204).collect()
    }
}

async fn hear(State(shelf): State<Arc<Shelf>>, headers: HeaderMap, bytes: Bytes) -> Response {
    let hangs = shelf.hangs.load(Ordering::Relaxed);
    let status = if hangs { 0 } else { shelf.answers.lock().unwrap().pop_front().unwrap_or(204) };
    let body = serde_json::from_slice(&bytes).unwrap();
    shelf.heard.lock().unwrap().push(Delivery { headers, bytes, body, status });
    if hangs {
        pending::<()>().await;
    }
    // The connection ends without an answer.
    assert!(status != 0, "hanging up");
    (StatusCode::from_u16(status).unwrap(), [("location", "/hooks")]).into_response()
}

pub(crate) async fn within<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(10), work).await.expect("took too long")
}

pub(crate) async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(10), waiting).await.is_ok(), "never happened: {what}");
}
