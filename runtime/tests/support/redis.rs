//! Redis servers that belong to one test: each in its own folder, on its own socket, ended by its id.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use redis::Connection;
use tempfile::TempDir;
use tidewire::{Broker, Delivery, Draft, Link, NodeId, RedisBroker, Retention, Sink, Wakeup};

use super::eventually;

/// A running server.
pub struct RedisServer {
    folder: TempDir,
    program: &'static str,
    port: u16,
    arguments: Vec<String>,
    child: Option<Child>,
}

/// A port that nobody has at the moment, and whose bus port of a cluster exists.
pub fn free_port() -> u16 {
    loop {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if port < 55_000 {
            return port;
        }
    }
}

impl RedisServer {
    /// Starts a server that writes nothing to disk.
    pub fn start() -> Self {
        Self::with(&["--save", "", "--appendonly", "no"])
    }

    /// Starts a server with these arguments.
    pub fn with(arguments: &[&str]) -> Self {
        Self::launch("redis-server", 0, arguments)
    }

    /// Starts a server that also listens on a TCP port. Clusters and sentinels need one.
    pub fn on_a_port(arguments: &[&str]) -> Self {
        Self::launch("redis-server", free_port(), &[&["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], arguments].concat())
    }

    /// Starts a sentinel with this configuration.
    pub fn sentinel(configuration: &str) -> Self {
        let mut sentinel = Self::new("redis-sentinel", free_port(), &[]);
        let file = sentinel.folder.path().join("sentinel.conf");
        std::fs::write(&file, configuration).unwrap();
        sentinel.arguments.insert(0, file.display().to_string());
        sentinel.arguments.extend(["--bind".to_owned(), "127.0.0.1".to_owned()]);
        sentinel.run();
        sentinel
    }

    fn launch(program: &'static str, port: u16, arguments: &[&str]) -> Self {
        let mut server = Self::new(program, port, arguments);
        server.run();
        server
    }

    fn new(program: &'static str, port: u16, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Self { folder: tempfile::tempdir().unwrap(), program, port, arguments, child: None }
    }

    /// Starts it again, with what is in its folder.
    pub fn run(&mut self) {
        let mut command = Command::new(self.program);
        command.args(&self.arguments).arg("--port").arg(self.port.to_string());
        command.arg("--unixsocket").arg(self.socket()).arg("--dir").arg(self.folder.path());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let program = self.program;
        let child = command.spawn().unwrap_or_else(|error| panic!("{program} cannot be started ({error}): `apt-get install {program}`"));
        self.child = Some(child);
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.try_connection().is_none() {
            assert!(Instant::now() < deadline, "{program} did not answer");
            std::thread::sleep(Duration::from_millis(5));
        }
        if program == "redis-server" {
            let folder: Vec<String> = self.command(&["CONFIG", "GET", "dir"]);
            assert_eq!(PathBuf::from(&folder[1]), self.folder.path().canonicalize().unwrap(), "another server");
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it is, for those who need a host and a port.
    pub fn tcp_url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    fn try_connection(&self) -> Option<Connection> {
        let mut connection = redis::Client::open(self.url()).unwrap().get_connection().ok()?;
        redis::cmd("PING").query::<String>(&mut connection).ok()?;
        Some(connection)
    }

    /// A connection beside the broker's.
    pub fn connection(&self) -> Connection {
        self.try_connection().unwrap()
    }

    /// Sends a command on a connection of its own.
    pub fn command<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        let mut connection = self.connection();
        redis::cmd(command[0]).arg(&command[1..]).query(&mut connection).unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    /// The names of the clients that are connected, this test's own ones left out.
    pub fn clients(&self) -> Vec<String> {
        let list: String = self.command(&["CLIENT", "LIST"]);
        let names = list.lines().filter_map(|line| line.split(' ').find_map(|word| word.strip_prefix("name=")));
        names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    /// Sends a signal, such as `KILL` or `STOP`.
    pub fn signal(&self, name: &str) {
        let id = self.child.as_ref().unwrap().id();
        assert!(Command::new("kill").arg(format!("-{name}")).arg(id.to_string()).status().unwrap().success());
    }

    /// Ends it without giving it time for anything.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What a broker told its node.
#[derive(Default)]
pub struct Recorder {
    pub numbers: Mutex<Vec<(String, u64)>>,
    pub links: Mutex<Vec<Link>>,
}

impl Sink for Recorder {
    fn deliver(&self, channel: &str, delivery: Delivery) -> Option<Wakeup> {
        if let Delivery::Stored(entry) = delivery {
            self.numbers.lock().unwrap().push((channel.to_owned(), entry.cursor.number()));
        }
        None
    }

    fn told(&self, _: Bytes) {}

    fn link(&self, link: Link) {
        self.links.lock().unwrap().push(link);
    }
}

impl Recorder {
    /// Attaches a node and waits until its link is proven.
    pub async fn attach(broker: &RedisBroker) -> Arc<Self> {
        let recorder = Arc::new(Self::default());
        let sink: Arc<dyn Sink> = recorder.clone();
        broker.attach(NodeId::random(), Arc::downgrade(&sink));
        recorder.proven().await;
        recorder
    }

    pub fn link(&self) -> Option<Link> {
        self.links.lock().unwrap().last().copied()
    }

    pub async fn proven(&self) {
        eventually("the link is proven", || self.link() == Some(Link::Proven)).await;
    }

    /// Waits until the link was in doubt after `since` changes.
    pub async fn doubted(&self, since: usize) {
        eventually("the link is doubted", || self.links.lock().unwrap()[since..].contains(&Link::Unproven)).await;
    }

    pub fn changes(&self) -> usize {
        self.links.lock().unwrap().len()
    }

    pub fn has(&self, channel: &str, number: u64) -> bool {
        self.numbers.lock().unwrap().contains(&(channel.to_owned(), number))
    }

    pub async fn receives(&self, channel: &str, number: u64) {
        eventually("an event is delivered", || self.has(channel, number)).await;
    }
}

/// An event that is kept.
pub fn draft(data: impl std::fmt::Display) -> Draft {
    Draft {
        event: "checked",
        sender: None,
        origin: None,
        exclude: None,
        data: Some(data.to_string()),
        retention: Retention::Keep { max: 1000, ttl: 3600 },
        latest: false,
        key: None,
    }
}
