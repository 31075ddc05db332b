//! A Redis server that belongs to one test, in its own folder, on its own socket, ended by its id. What it has answered is on disk.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::DEADLINE;

pub(crate) struct Redis {
    folder: TempDir,
    child: Option<Child>,
}

impl Redis {
    pub(crate) async fn start() -> Self {
        let mut redis = Self { folder: tempfile::tempdir().unwrap(), child: None };
        redis.run().await;
        redis
    }

    /// Starts it, again if need be, with what is in its folder.
    pub(crate) async fn run(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--unixsocket"]);
        command.arg(self.folder.path().join("socket")).arg("--dir").arg(self.folder.path());
        self.child = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let began = Instant::now();
        while !self.answers() {
            assert!(began.elapsed() < DEADLINE, "Redis does not start");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// While it reads its file it answers otherwise.
    fn answers(&self) -> bool {
        let mut answer = [0; 5];
        let asked = UnixStream::connect(self.folder.path().join("socket")).and_then(|mut socket| {
            socket.set_read_timeout(Some(Duration::from_secs(1)))?;
            socket.write_all(b"PING\r\n")?;
            socket.read_exact(&mut answer)
        });
        asked.is_ok() && &answer == b"+PONG"
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.folder.path().join("socket").display())
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
