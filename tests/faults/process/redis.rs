//! Redis servers with a directory of their own.

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use redis::{Client, FromRedisValue, aio::MultiplexedConnection};
use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use super::{PATIENCE, Process};

/// What a server keeps when it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Persistence {
    Nothing,
    /// An append-only file that is written to disk every second.
    EverySecond,
    /// An append-only file that is written to disk before each answer.
    Always,
}

/// A server: on a port for the nodes, on a socket for the test.
pub(crate) struct Redis {
    directory: PathBuf,
    port: u16,
    persistence: Persistence,
    process: Option<Process>,
}

impl Redis {
    /// Starts a server with its data below `directory`.
    pub(crate) async fn start(directory: &Path, persistence: Persistence) -> Result<Self, String> {
        let directory = directory.join("redis");
        fs::create_dir(&directory).map_err(|error| error.to_string())?;
        let mut last = String::new();
        // The port is free now, and may not be in a moment.
        for _ in 0..5 {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
            let port = listener.local_addr().map_err(|error| error.to_string())?.port();
            drop(listener);
            let mut redis = Self { directory: directory.clone(), port, persistence, process: None };
            match redis.restart().await {
                Ok(()) => return Ok(redis),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Starts the server again, on the same port and with the data that is there.
    pub(crate) async fn restart(&mut self) -> Result<(), String> {
        let append = if self.persistence == Persistence::Nothing { "no" } else { "yes" };
        let sync = if self.persistence == Persistence::Always { "always" } else { "everysec" };
        let (directory, socket) = (self.directory.display().to_string(), self.socket().display().to_string());
        let port = self.port.to_string();
        let arguments = [
            ["--bind", "127.0.0.1"],
            ["--port", &port],
            ["--unixsocket", &socket],
            ["--dir", &directory],
            ["--save", ""],
            ["--appendonly", append],
            ["--appendfsync", sync],
            ["--aof-load-truncated", "yes"],
            ["--daemonize", "no"],
        ];
        let arguments: Vec<String> = arguments.iter().flatten().map(|argument| (*argument).to_owned()).collect();
        let log = self.directory.join("log");
        let output = fs::File::options().create(true).append(true).open(&log).map_err(|error| error.to_string())?;
        self.process = Some(Process::start(Path::new("redis-server"), &arguments, &log, Stdio::from(output))?);
        let ready = async {
            while self.command::<String>(&["PING"]).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, ready).await.map_err(|_| format!("redis does not answer; see {}", log.display()))?;
        self.confirm().await
    }

    /// What a command answers.
    pub(crate) async fn command<T: FromRedisValue>(&self, command: &[&str]) -> Result<T, String> {
        let ask = async {
            let client = Client::open(format!("unix://{}", self.socket().display()))?;
            let mut connection: MultiplexedConnection = client.get_multiplexed_async_connection().await?;
            let mut ask = redis::cmd(command[0]);
            ask.arg(&command[1..]);
            ask.query_async(&mut connection).await
        };
        ask.await.map_err(|error: redis::RedisError| format!("{command:?}: {error}"))
    }

    /// A command that destroys something: only on a server that is ours.
    pub(crate) async fn destroy<T: FromRedisValue>(&self, command: &[&str]) -> Result<T, String> {
        self.confirm().await?;
        self.command(command).await
    }

    async fn confirm(&self) -> Result<(), String> {
        let answer: Vec<String> = self.command(&["CONFIG", "GET", "dir"]).await?;
        let same = |path: &str| Some(fs::canonicalize(path).ok()? == fs::canonicalize(&self.directory).ok()?);
        match answer.get(1).and_then(|path| same(path)) {
            Some(true) => Ok(()),
            _ => Err(format!("not our server: {answer:?}")),
        }
    }

    /// Stops the process where it stands.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        if let Some(process) = &self.process {
            process.signal(signal);
        }
    }

    pub(crate) async fn kill(&mut self) -> Result<(), String> {
        match self.process.take() {
            Some(process) => process.kill().await,
            None => Ok(()),
        }
    }

    /// Copies what is on disk.
    pub(crate) fn remember(&self) -> Result<(), String> {
        let _ = fs::remove_dir_all(self.past());
        copy(&self.data(), &self.past()).map_err(|error| error.to_string())
    }

    /// Puts the [copy](Self::remember) back. The server must not run.
    pub(crate) fn turn_back(&self) -> Result<(), String> {
        self.forget()?;
        copy(&self.past(), &self.data()).map_err(|error| error.to_string())
    }

    /// Removes what is on disk. The server must not run.
    pub(crate) fn forget(&self) -> Result<(), String> {
        if self.process.is_some() {
            return Err("the server runs".to_owned());
        }
        if self.data().exists() { fs::remove_dir_all(self.data()).map_err(|error| error.to_string()) } else { Ok(()) }
    }

    fn socket(&self) -> PathBuf {
        self.directory.join("socket")
    }

    fn data(&self) -> PathBuf {
        self.directory.join("appendonlydir")
    }

    fn past(&self) -> PathBuf {
        self.directory.join("past")
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
