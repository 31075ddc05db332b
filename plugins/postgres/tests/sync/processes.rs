//! Real processes, ended as the system ends them that has no memory left: two nodes, Redis and PostgreSQL, under a load of writes.

use std::{
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex as StdMutex},
    time::Duration,
};

use serde_json::{Value, json};
use tidewire::{Contract, Realtime, RedisBroker, SubscribeError};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdin, Command},
    sync::Mutex,
    task::JoinHandle,
};

use crate::{
    faults::{Load, prepared},
    order::rows,
    support::{
        eventually,
        journal::replay,
        redis::Redis,
        server::Server,
        via::{Via, over_both_sources},
    },
};

/// `examples/node.rs`, which Cargo builds beside the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().and_then(|folder| folder.parent()).unwrap().join("examples/node");
    assert!(program.exists(), "cargo build -p tidewire-postgres --example node");
    program
}

struct Node {
    child: Child,
    _input: Option<ChildStdin>,
}

impl Node {
    async fn start(via: Via, server: &Server, redis: &Redis) -> Self {
        let mut command = Command::new(program());
        command.arg(server.address()).arg("items").env("REDIS", redis.url()).env_remove("SLOT").kill_on_drop(true);
        if via == Via::Log {
            command.env("SLOT", "tidewire");
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("ready"));
        Self { _input: child.stdin.take(), child }
    }

    async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }
}

/// Whoever subscribes, on a node that survives.
struct Subscriber {
    events: Arc<StdMutex<Vec<(String, Value)>>>,
    task: JoinHandle<()>,
}

impl Subscriber {
    async fn begin(redis: &Redis) -> Self {
        let names = ["items.delete", "items.insert", "items.update"];
        let event = |name| json!({ "name": name, "publish": { "server": true, "client": false }, "payload": { "kind": "any" } });
        let contract = json!({
            "name": "node", "types": [], "events": names.map(event),
            "channels": [{ "pattern": "changes", "carries": { "events": names }, "history": { "keep": { "max": 100_000, "ttl": 3600 } } }],
        });
        let contract: &'static Contract = Box::leak(Box::new(serde_json::from_value(contract).unwrap()));
        let broker = RedisBroker::connect(redis.url()).await.unwrap();
        let realtime = Realtime::builder(contract).public().broker(broker).build().await.unwrap();
        let events: Arc<StdMutex<Vec<(String, Value)>>> = Arc::default();
        let mut subscription = realtime.subscribe_dynamic("changes").await.unwrap();
        let heard = events.clone();
        let task = tokio::spawn(async move {
            // The service lives as long as whoever listens.
            let _realtime = realtime;
            while let Some(item) = subscription.next().await {
                match item {
                    Ok(received) => heard.lock().unwrap().push((received.event.name, received.event.data.unwrap())),
                    // Tried again, while Redis is away.
                    Err(SubscribeError::Broker(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        });
        Self { events, task }
    }

    fn count(&self) -> usize {
        assert!(!self.task.is_finished(), "the subscription failed");
        self.events.lock().unwrap().len()
    }

    /// Waits until so many more have come.
    async fn hears(&self, more: usize) {
        let seen = self.count();
        eventually("events arrive", async || self.count() >= seen + more).await;
    }
}

/// Some moment, another one each time.
async fn some_moment() {
    let nanos = std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
    tokio::time::sleep(Duration::from_micros(u64::from(nanos % 300_000))).await;
}

async fn nodes_redis_and_postgresql_are_killed_under_load(via: Via) {
    let (server, mut redis) = (prepared().await, Redis::start().await);
    let subscriber = Subscriber::begin(&redis).await;
    let mut nodes = [Node::start(via, &server, &redis).await, Node::start(via, &server, &redis).await];
    server.execute("INSERT INTO items VALUES (1, 1, 'shared')").await;
    let server = Arc::new(Mutex::new(server));
    let load = Load::begin(&server);
    for round in 0..4 {
        // The one that leads, and then the one that took over.
        subscriber.hears(30).await;
        some_moment().await;
        nodes[round % 2].kill().await;
        subscriber.hears(30).await;
        nodes[round % 2] = Node::start(via, &*server.lock().await, &redis).await;

        subscriber.hears(30).await;
        some_moment().await;
        redis.kill();
        some_moment().await;
        redis.run().await;

        subscriber.hears(30).await;
        some_moment().await;
        let mut server = server.lock().await;
        server.kill();
        some_moment().await;
        server.run().await;
    }
    // All at once.
    subscriber.hears(30).await;
    {
        let mut server = server.lock().await;
        nodes[0].kill().await;
        redis.kill();
        server.kill();
        redis.run().await;
        server.run().await;
    }
    subscriber.hears(30).await;
    assert!(load.end().await > 0);
    let server = server.lock().await;
    via.drained(&server).await;
    let rows = rows(&server).await;
    eventually("the subscriber knows what the table holds", async || {
        subscriber.count();
        replay(subscriber.events.lock().unwrap().clone()) == rows
    })
    .await;
}

over_both_sources! { threads:
    nodes_redis_and_postgresql_are_killed_under_load,
}
