//! The routes for operators.

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{
    plugin::PluginStatus,
    realtime::{Realtime, Shared},
};

/// `/live`, `/ready` and `/status`.
pub(crate) fn admin_router<S>(realtime: Realtime) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    Router::new()
        .route("/live", get(async || answer(StatusCode::OK, &Alive { live: true })))
        .route("/ready", get(ready))
        .route("/status", get(status))
        .with_state(realtime)
}

#[derive(Serialize)]
struct Alive {
    live: bool,
}

async fn ready(State(realtime): State<Realtime>) -> Response {
    let readiness = realtime.readiness();
    let status = if readiness.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    answer(status, &readiness.body())
}

/// What a node knows of itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    node: String,
    contract: Contract<'a>,
    uptime_seconds: u64,
    connections: usize,
    channels: usize,
    subscriptions: usize,
    broker: &'static str,
    stopping: bool,
    ready: bool,
    version: &'static str,
    plugins: Vec<Plugin>,
}

#[derive(Serialize)]
struct Plugin {
    name: &'static str,
    state: &'static str,
    failures: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<&'static str>,
}

#[derive(Serialize)]
struct Contract<'a> {
    name: &'a str,
    hash: &'a str,
}

async fn status(State(realtime): State<Realtime>) -> Response {
    let Shared { registry, hub, roster, began, plugins, .. } = realtime.shared();
    let plugins = plugins.status().into_iter();
    let status = Status {
        node: hub.node().to_string(),
        contract: Contract { name: registry.name(), hash: registry.hash() },
        uptime_seconds: began.elapsed().as_secs(),
        connections: roster.seated(),
        channels: hub.census().channels(),
        subscriptions: hub.census().subscriptions(),
        broker: if hub.is_degraded() { "degraded" } else { "connected" },
        stopping: roster.is_stopping(),
        ready: realtime.readiness().is_ready(),
        version: env!("CARGO_PKG_VERSION"),
        plugins: plugins
            .map(|PluginStatus { name, state, failures, failed }| Plugin { name, state: state.name(), failures, failed })
            .collect(),
    };
    answer(StatusCode::OK, &status)
}

fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    // A cache between would answer for a node that is gone.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
