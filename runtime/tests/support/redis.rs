//! Redis servers that belong to one test: each in its own folder, on its own socket, ended by its id.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use redis::Connection;
use tempfile::TempDir;

/// A running server.
pub struct RedisServer {
    folder: TempDir,
    arguments: Vec<String>,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts a server that writes nothing to disk.
    pub fn start() -> Self {
        Self::with(&["--save", "", "--appendonly", "no"])
    }

    /// Starts a server with these arguments.
    pub fn with(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let mut server = Self { folder: tempfile::tempdir().unwrap(), arguments, child: None };
        server.run();
        server
    }

    /// Starts it again, with what is in its folder.
    pub fn run(&mut self) {
        let mut command = Command::new("redis-server");
        command.arg("--port").arg("0").arg("--unixsocket").arg(self.socket()).arg("--dir").arg(self.folder.path()).args(&self.arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child =
            command.spawn().unwrap_or_else(|error| panic!("redis-server cannot be started ({error}): `apt-get install redis-server`"));
        self.child = Some(child);
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.try_connection().is_none() {
            assert!(Instant::now() < deadline, "redis-server did not answer");
            std::thread::sleep(Duration::from_millis(5));
        }
        let folder: Vec<String> = self.command(&["CONFIG", "GET", "dir"]);
        assert_eq!(PathBuf::from(&folder[1]), self.folder.path().canonicalize().unwrap(), "another server");
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
