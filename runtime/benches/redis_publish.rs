//! What the Redis broker costs, next to `redis-benchmark` running the very same script.
//!
//! Run with `cargo bench -p tidewire --features redis --bench redis_publish`. Needs redis-server and redis-benchmark; starts its own server on a socket.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark talks to a person")]

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use tidewire::{Broker, Delivery, Draft, Link, NodeId, RedisBroker, Retention, Sink, Wakeup};

const EVENTS: u32 = 10_000;
const ROUNDS: usize = 7;
const CHANNELS: usize = 100_000;

struct Server {
    child: Child,
    socket: PathBuf,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("redis.sock");
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--appendonly", "no", "--slowlog-log-slower-than", "-1", "--unixsocket"]);
        let child = command.arg(&socket).arg("--dir").arg(folder.path()).stdout(Stdio::null()).spawn().expect("redis-server is needed");
        let server = Self { child, socket, _folder: folder };
        let deadline = Instant::now() + Duration::from_secs(10);
        while server.try_connection().is_none() {
            assert!(Instant::now() < deadline);
            std::thread::sleep(Duration::from_millis(10));
        }
        server
    }

    fn url(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    fn try_connection(&self) -> Option<redis::Connection> {
        redis::Client::open(self.url()).unwrap().get_connection().ok()
    }

    fn command<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        redis::cmd(command[0]).arg(&command[1..]).query(&mut self.try_connection().unwrap()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Default)]
struct Listener {
    arrivals: Mutex<Vec<(String, Instant)>>,
    count: AtomicUsize,
    proven: AtomicUsize,
}

impl Sink for Listener {
    fn deliver(&self, channel: &str, delivery: Delivery) -> Option<Wakeup> {
        if let Delivery::Stored(entry) = delivery {
            self.arrivals.lock().unwrap().push((format!("{channel} {}", entry.cursor.number()), Instant::now()));
            self.count.fetch_add(1, Ordering::Relaxed);
        }
        None
    }

    fn told(&self, _: Bytes) {}

    fn link(&self, link: Link) {
        if link == Link::Proven {
            self.proven.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Listener {
    async fn attach(broker: &RedisBroker) -> Arc<Self> {
        let listener = Arc::<Self>::default();
        let sink: Arc<dyn Sink> = listener.clone();
        broker.attach(NodeId::random(), Arc::downgrade(&sink));
        while listener.proven.load(Ordering::Relaxed) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        listener
    }
}

fn draft() -> Draft {
    Draft {
        event: "message.sent",
        sender: None,
        origin: None,
        exclude: None,
        data: Some(r#"{"author":"ann","text":"How are you today, and what is the weather like?"}"#.to_owned()),
        retention: Retention::Keep { max: 1000, ttl: 3600 },
        latest: false,
        key: None,
    }
}

/// Events in a second.
struct Round {
    task: f64,
    outside: f64,
    batches: f64,
    reference: f64,
}

#[tokio::main]
async fn main() {
    let server = Server::start();
    let broker = RedisBroker::connect(server.url()).await.unwrap();
    // In turns, and judged by the middle of the ratios, because whatever else runs on the machine changes all three.
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let own = broker.clone();
        // As handlers publish: from a task. The main thread of the runtime has no part in its work, so that it waits for two more changes of thread.
        let task = tokio::spawn(async move { one_by_one(&own).await }).await.unwrap();
        let outside = one_by_one(&broker).await;
        rounds.push(Round { task, outside, batches: batches(&broker).await, reference: reference(&server, &broker).await });
    }
    let middle = |value: fn(&Round) -> f64| {
        let mut values: Vec<_> = rounds.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!("publish, one by one            {:>9.0} events/s", middle(|round| round.task));
    println!("publish, from outside          {:>9.0} events/s", middle(|round| round.outside));
    println!("publish, batches of 500        {:>9.0} events/s", middle(|round| round.batches));
    println!("redis-benchmark -c 1, same     {:>9.0} events/s", middle(|round| round.reference));
    println!("one by one / redis-benchmark   {:>9.2}   (target 0.80)", middle(|round| round.task / round.reference));
    println!("from outside / redis-benchmark {:>9.2}", middle(|round| round.outside / round.reference));
    println!("batches / one by one           {:>9.2}   (target 3.00)", middle(|round| round.batches / round.task));
    fan_out(&server).await;
    many_channels(&server).await;
}

async fn one_by_one(broker: &RedisBroker) -> f64 {
    for _ in 0..1000 {
        broker.publish("chat/1", draft()).await.unwrap();
    }
    let begin = Instant::now();
    for _ in 0..EVENTS {
        broker.publish("chat/1", draft()).await.unwrap();
    }
    f64::from(EVENTS) / begin.elapsed().as_secs_f64()
}

async fn batches(broker: &RedisBroker) -> f64 {
    let channel: Arc<str> = Arc::from("chat/1");
    let begin = Instant::now();
    for _ in 0..EVENTS / 500 {
        let receipts = broker.publish_batch((0..500).map(|_| (channel.clone(), draft())).collect()).await;
        assert!(receipts.iter().all(Result::is_ok));
    }
    f64::from(EVENTS) / begin.elapsed().as_secs_f64()
}

/// The arguments of a publish, as the server saw them, sent by `redis-benchmark`.
async fn reference(server: &Server, broker: &RedisBroker) -> f64 {
    server.command::<String>(&["CONFIG", "SET", "slowlog-log-slower-than", "0"]);
    broker.publish("chat/1", draft()).await.unwrap();
    server.command::<String>(&["CONFIG", "SET", "slowlog-log-slower-than", "-1"]);
    let log: Vec<(i64, i64, i64, Vec<String>, String, String)> = server.command(&["SLOWLOG", "GET", "-1"]);
    let arguments = log.into_iter().map(|entry| entry.3).find(|arguments| arguments[0] == "EVALSHA").unwrap();
    let output = benchmark(&server.socket, &arguments);
    let line = output.lines().last().unwrap();
    line.rsplit("\",\"").nth(6).and_then(|field| field.parse().ok()).unwrap_or_else(|| panic!("{output}"))
}

fn benchmark(socket: &Path, arguments: &[String]) -> String {
    let mut command = Command::new("redis-benchmark");
    command.arg("-s").arg(socket).args(["-c", "1", "-n", &EVENTS.to_string(), "--csv"]).args(arguments);
    String::from_utf8(command.output().expect("redis-benchmark is needed").stdout).unwrap()
}

/// From a publisher's answer on one node to the delivery on another: 1000 events a second over 1000 channels.
async fn fan_out(server: &Server) {
    let (publisher, subscriber) = (RedisBroker::connect(server.url()).await.unwrap(), RedisBroker::connect(server.url()).await.unwrap());
    let listener = Listener::attach(&subscriber).await;
    for channel in 0..1000 {
        subscriber.subscribe(&format!("fan/{channel}")).await.unwrap();
    }
    let mut answers = Vec::new();
    let mut ticks = tokio::time::interval(Duration::from_millis(1));
    for at in 0..5000 {
        ticks.tick().await;
        let channel = format!("fan/{}", at % 1000);
        let receipt = publisher.publish(&channel, draft()).await.unwrap();
        answers.push((format!("{channel} {}", receipt.cursor.unwrap().number()), Instant::now()));
    }
    while listener.count.load(Ordering::Relaxed) < 5000 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let arrivals: std::collections::HashMap<_, _> = listener.arrivals.lock().unwrap().drain(..).collect();
    let mut delays: Vec<_> = answers.iter().map(|(event, answered)| arrivals[event].saturating_duration_since(*answered)).collect();
    delays.sort();
    println!("node to node, 50 % / 99 %      {:>9.2?} / {:.2?}   (target 25 ms)", delays[2500], delays[4950]);
}

/// How long it takes to subscribe to many channels, and to be whole again after the link was cut.
async fn many_channels(server: &Server) {
    let broker = RedisBroker::connect(server.url()).await.unwrap();
    let listener = Listener::attach(&broker).await;
    let begin = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..50 {
        let broker = broker.clone();
        tasks.spawn(async move {
            for channel in 0..CHANNELS / 50 {
                broker.subscribe(&format!("many/{task}/{channel}")).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    println!("{CHANNELS} channels subscribed     {:>9.2?}", begin.elapsed());
    let proven = listener.proven.load(Ordering::Relaxed);
    let begin = Instant::now();
    server.command::<i64>(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    while listener.proven.load(Ordering::Relaxed) == proven {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!("{CHANNELS} channels resubscribed   {:>9.2?}   (target about 1 s)", begin.elapsed());
    let channels: Vec<Arc<str>> = (0..CHANNELS / 50).map(|channel| Arc::from(format!("many/7/{channel}"))).collect();
    let begin = Instant::now();
    for part in channels.chunks(500) {
        broker.positions(part).await.unwrap();
    }
    println!("{} positions audited        {:>9.2?}", channels.len(), begin.elapsed());
}
