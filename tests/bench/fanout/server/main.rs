//! What fanbench and the storms measure: the ordinary routes, a route that publishes, and the admin routes.
//!
//! | variable | meaning |
//! | --- | --- |
//! | `PORT` | where it listens on the loopback address; 0, unless set, picks a port, which is printed |
//! | `BROKER` | `memory`, unless set, or `redis` at `REDIS_URL` |
//! | `SERVE` | `tidewire`, unless set, `body` for the same server with the ordinary response body, or `axum` for axum's server, which has no other |
//! | `WORKERS` | threads; 0, unless set, is a runtime of the current thread alone, as the references have it |
//! | `METRICS` | set, there is `/metrics` |
//! | `HEARTBEAT_MS`, `DRAIN_MS` | other than the defaults |
//! | `MEMORY_CHANNELS` | of how many channels the memory broker remembers something, other than the default |
//! | `ARRIVALS`, `PER_ADDRESS` | new connections a second and connections from one address; beyond what a benchmark reaches unless set |
//!
//! `GET /realtime/events?channel=bench/0` and its siblings are what `PROTOCOL.md` says. `POST /pub?channel=0` publishes its body on `bench/0` and answers 204 with the event's number in
//! `event-number`. `/admin/status` and its siblings are the admin routes.

use std::{
    env,
    error::Error,
    future::Future,
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr},
    str::FromStr,
    time::Duration,
};

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde::Deserialize;
use tidewire::{Limits, MemoryBounds, MemoryBroker, RateLimit, Realtime, RealtimeBuilder, RedisBroker};
use tokio::{net::TcpListener, runtime};
use tracing_subscriber::EnvFilter;

/// The contract of the benchmark.
#[tidewire::realtime_events(name = "bench")]
mod bench {
    /// What fanbench sends.
    pub struct Text(pub String);

    #[channel("bench/{n}", payload = Text)]
    pub struct Bench {
        pub n: u32,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let runtime = match setting("WORKERS")?.unwrap_or(0) {
        0 => runtime::Builder::new_current_thread().enable_all().build()?,
        workers => runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build()?,
    };
    runtime.block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    // Before anything is counted. Only on request: what is counted costs time.
    let metrics = if env::var("METRICS").is_ok() { Some(PrometheusBuilder::new().install_recorder()?) } else { None };
    let realtime = with_broker(Realtime::builder(bench::contract())).await?.public().limits(limits()?).build().await?;
    let app = Router::new()
        .nest("/realtime", realtime.router())
        .nest("/admin", realtime.admin_router())
        .route("/pub", post(publish))
        .with_state(realtime.clone());
    let app = match metrics {
        Some(metrics) => app.route("/metrics", get(async move || metrics.render())),
        None => app,
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, setting("PORT")?.unwrap_or(0))).await?;
    writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    let drain = setting("DRAIN_MS")?.map(Duration::from_millis);
    let stop = asked_to_stop()?;
    match text("SERVE", "tidewire").as_str() {
        serve @ ("tidewire" | "body") => {
            // A response with a content encoding keeps its body, because a layer may have changed that.
            let app = if serve == "body" { app.layer(map_response(encoded)) } else { app };
            let server = tidewire::serve(listener, app).with_shutdown(stop);
            let server = if let Some(drain) = drain { server.drain(drain) } else { server };
            server.await?;
        }
        "axum" => {
            let stop = async move {
                stop.await;
                realtime.shutdown();
            };
            axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(stop).await?;
        }
        other => return Err(format!("SERVE is `tidewire`, `body` or `axum`, not `{other}`").into()),
    }
    Ok(())
}

async fn encoded(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    response
}

async fn with_broker(builder: RealtimeBuilder) -> Result<RealtimeBuilder, Box<dyn Error>> {
    match text("BROKER", "memory").as_str() {
        "memory" => {
            let mut bounds = MemoryBounds::default();
            bounds.channels = setting("MEMORY_CHANNELS")?.unwrap_or(bounds.channels);
            Ok(builder.broker(MemoryBroker::with_bounds(bounds)))
        }
        "redis" => {
            let url = env::var("REDIS_URL").map_err(|_| "BROKER=redis needs REDIS_URL")?;
            Ok(builder.broker(RedisBroker::connect(url).await?))
        }
        other => Err(format!("BROKER is `memory` or `redis`, not `{other}`").into()),
    }
}

/// Beyond what a benchmark reaches, so that it measures the work and not the refusals.
fn limits() -> Result<Limits, Box<dyn Error>> {
    let mut limits = Limits::default();
    let arrivals = setting("ARRIVALS")?.unwrap_or(1_000_000);
    limits.arrival_rate = RateLimit { per_second: arrivals, burst: arrivals };
    limits.connections_per_address = setting("PER_ADDRESS")?.unwrap_or(1_000_000);
    limits.event_rate = RateLimit { per_second: 1_000_000, burst: 1_000_000 };
    limits.subscribe_rate = RateLimit { per_second: 1_000_000, burst: 1_000_000 };
    if let Some(heartbeat) = setting("HEARTBEAT_MS")?.map(Duration::from_millis) {
        limits.heartbeat = heartbeat;
        limits.silence = limits.silence.max(heartbeat * 2);
    }
    Ok(limits)
}

#[derive(Deserialize)]
struct Target {
    channel: String,
}

async fn publish(State(realtime): State<Realtime>, Query(target): Query<Target>, body: String) -> Response {
    let name = target.channel.strip_prefix("bench/").unwrap_or(&target.channel);
    let Ok(n) = name.parse() else { return (StatusCode::BAD_REQUEST, "a channel is a number, as `0` or `bench/0`").into_response() };
    match realtime.channel(bench::Bench { n }).publish(bench::Text(body)).await {
        Ok(published) => (StatusCode::NO_CONTENT, [("event-number", published.number.unwrap_or(0).to_string())]).into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    }
}

fn text(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

fn setting<T: FromStr>(name: &str) -> Result<Option<T>, String> {
    let Ok(value) = env::var(name) else { return Ok(None) };
    value.parse().map(Some).map_err(|_| format!("{name} is a number, not `{value}`"))
}

/// Completes on SIGTERM or SIGINT.
fn asked_to_stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
