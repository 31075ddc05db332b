//! One node of a service, in a process that tests may break.
//!
//! `cargo test -p tests --test faults -- node --heartbeat-ms 1000` runs one. It prints where it listens as one line of JSON. Beside `/realtime` it has `POST /publish`
//! and `POST /batch`, which answer what publishing came to, `GET /watch`, which tells what a subscriber in Rust sees, and the operators' routes under `/admin`. It ends on SIGTERM.

mod live;
mod publishing;
mod watching;

use std::{error::Error, net::Ipv4Addr, process::ExitCode, time::Duration};

use axum::{
    Router,
    routing::{get, post},
};
use tidewire::{Limits, Realtime, RedisBroker};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tracing_subscriber::EnvFilter;

/// What the routes work with.
#[derive(Clone)]
struct Shared {
    realtime: Realtime,
    heartbeat: Duration,
    stopping: watch::Sender<bool>,
}

/// Runs a node with the given options until it is told to end.
pub(crate) async fn main(arguments: impl Iterator<Item = String>) -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("tidewire=debug"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let (mut limits, mut broker) = (Limits::default(), None);
    limits.retry = Duration::from_millis(200);
    let mut longest = None;
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or("each option has a value")?;
        match argument.as_str() {
            "--redis" => broker = Some(RedisBroker::connect(&value).await?),
            "--heartbeat-ms" => limits.heartbeat = Duration::from_millis(value.parse()?),
            "--max-duration-ms" => longest = Some(Duration::from_millis(value.parse()?)),
            _ => return Err(format!("unknown option {argument}").into()),
        }
    }
    let mut builder = Realtime::builder(live::live::contract()).public().limits(limits);
    if let Some(longest) = longest {
        builder = builder.max_duration(longest);
    }
    if let Some(broker) = broker {
        builder = builder.broker(broker);
    }
    let realtime = builder.build().await?;
    let stopping = watch::Sender::new(false);
    let shared = Shared { realtime: realtime.clone(), heartbeat: limits.heartbeat, stopping: stopping.clone() };
    let app = Router::new()
        .route("/publish", post(publishing::one))
        .route("/batch", post(publishing::batch))
        .route("/watch", get(watching::watch))
        .with_state(shared)
        .nest("/admin", realtime.admin_router())
        .nest("/realtime", realtime.router());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", serde_json::json!({ "address": listener.local_addr()?.to_string() }));
    let mut terminated = signal(SignalKind::terminate())?;
    let told_to_end = async move {
        terminated.recv().await;
        stopping.send_replace(true);
    };
    tidewire::serve(listener, app).with_shutdown(told_to_end).drain(Duration::from_secs(5)).await?;
    Ok(())
}
