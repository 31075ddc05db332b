//! A service that lets tokens in and nobody else, on two nodes, for clients that come with good tokens and with bad ones.
//!
//! Run with `cargo run -p tests --example guarded`. It prints where the two nodes listen, which share a broker in memory, or a Redis whose URL is in `REDIS_URL`;
//! then there is one node. `SECRET` signs tokens of the issuer `acme` for the audience `guarded`, `SERVICE_KEY` publishes and revokes. `POST /confirm/{connection}`
//! asks a client, `GET /roster/{room}` says who is there.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program")]

mod events;

use std::{env, error::Error, net::Ipv4Addr, process::ExitCode, time::Duration};

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use events::guarded::{Confirm, Rename, Room, Title, Wait, contract};
use tidewire::{CallError, Caller, ConnectionId, MemoryBroker, Realtime, RealtimeBuilder, RedisBroker, Tokens};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    let builders = if let Ok(url) = env::var("REDIS_URL") {
        vec![builder()?.broker(RedisBroker::connect(&url).await?)]
    } else {
        let broker = MemoryBroker::new();
        vec![builder()?.broker(broker.clone()), builder()?.broker(broker)]
    };
    let (mut nodes, mut running) = (Vec::new(), Vec::new());
    for builder in builders {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        nodes.push(format!("http://{}", listener.local_addr()?));
        running.push(tokio::spawn(tidewire::serve(listener, app(builder.build().await?)).into_future()));
    }
    println!("listening on {}", nodes.join(" "));
    for node in running {
        node.await??;
    }
    Ok(())
}

fn builder() -> Result<RealtimeBuilder, env::VarError> {
    Ok(Realtime::builder(contract())
        .tokens(Tokens::new(env::var("SECRET")?).issuer("acme").audience("guarded"))
        .service_key(env::var("SERVICE_KEY")?)
        .on_call(|request: Rename, caller: Caller| async move {
            if request.name == "taken" {
                return Err(CallError::refused("this name is taken"));
            }
            Ok(Title { name: request.name, by: caller.user() })
        })
        .on_call(|_: Wait, _: Caller| async {
            tokio::time::sleep(Duration::from_secs(600)).await;
            Ok(())
        }))
}

fn app(realtime: Realtime) -> Router {
    Router::new()
        .route("/confirm/{connection}", post(confirm))
        .route("/roster/{room}", get(roster))
        .nest("/realtime", realtime.router())
        .with_state(realtime)
}

/// What the client said, or what went wrong.
async fn confirm(State(realtime): State<Realtime>, Path(connection): Path<String>) -> String {
    let Ok(connection) = connection.parse::<ConnectionId>() else { return "no id".to_owned() };
    let question = Confirm { question: "sure?".to_owned() };
    match realtime.connection(connection).call(question).timeout(Duration::from_millis(500)).await {
        Ok(answer) => format!("yes: {}", answer.yes),
        Err(error) => error.to_string(),
    }
}

async fn roster(State(realtime): State<Realtime>, Path(id): Path<String>) -> Result<String, StatusCode> {
    let roster = realtime.channel(Room { id }).presence().await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(roster.members.iter().map(|member| format!("{}×{}", member.id, member.connections)).collect::<Vec<_>>().join(" "))
}
