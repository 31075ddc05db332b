//! Nodes of a service.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
};

use rustix::process::Signal;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    time::timeout,
};

use super::{PATIENCE, Process};

/// A node in a process of its own: this program, called `node`.
pub(crate) struct Node {
    address: SocketAddr,
    process: Process,
}

impl Node {
    /// Starts a node with these options; its log goes to `directory`.
    pub(crate) async fn start(directory: &Path, name: &str, options: &[String]) -> Result<Self, String> {
        let program: PathBuf = std::env::current_exe().map_err(|error| error.to_string())?;
        let arguments: Vec<String> = ["node".to_owned()].into_iter().chain(options.iter().cloned()).collect();
        let log = directory.join(format!("{name}.log"));
        let mut process = Process::start(&program, &arguments, &log, Stdio::piped())?;
        let output = process.child.stdout.take().ok_or("a process without an output")?;
        let mut line = String::new();
        let read = timeout(PATIENCE, BufReader::new(output).read_line(&mut line)).await;
        read.map_err(|_| format!("{name} does not listen; see {}", log.display()))?.map_err(|error| error.to_string())?;
        let said: Value = serde_json::from_str(&line).map_err(|error| format!("{name} said {line:?}: {error}; see {}", log.display()))?;
        let address = said["address"].as_str().and_then(|address| address.parse().ok()).ok_or("no address")?;
        Ok(Self { address, process })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the process where it stands.
    pub(crate) fn freeze(&self) {
        self.process.signal(Signal::STOP);
    }

    pub(crate) fn thaw(&self) {
        self.process.signal(Signal::CONT);
    }

    pub(crate) async fn kill(self) -> Result<(), String> {
        self.process.kill().await
    }

    /// Asks it to end, which it must do well.
    pub(crate) async fn terminate(mut self) -> Result<(), String> {
        self.process.signal(Signal::TERM);
        let status = self.process.ended().await?;
        if status.success() { Ok(()) } else { Err(format!("the node ended with {status}")) }
    }
}
