//! The server under test, and what the system knows of it.

use std::{
    collections::HashMap,
    fs,
    net::SocketAddr,
    process::Stdio,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::{Options, client::ask, report::Report};

pub struct Server {
    child: Child,
    pub pid: u32,
    pub address: SocketAddr,
    folder: TempDir,
}

impl Server {
    pub async fn start(options: &Options, settings: &[(&str, &str)]) -> Self {
        Self::start_with_descriptors(options, settings, None).await
    }

    pub async fn start_with_descriptors(options: &Options, settings: &[(&str, &str)], descriptors: Option<u32>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new("taskset");
        command.args(["-c", &options.cores.0.to_string()]);
        if let Some(most) = descriptors {
            command.args(["prlimit", &format!("--nofile={most}")]);
        }
        command.arg(&options.server).env("METRICS", "1").env("PORT", "0").envs(settings.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = tokio::time::timeout(Duration::from_secs(15), lines.next_line()).await.expect("the server does not start");
        let line = line.unwrap().unwrap_or_else(|| panic!("the server ended: {}", fs::read_to_string(folder.path().join("log")).unwrap()));
        let address = line.rsplit_once("http://").unwrap().1.parse().unwrap();
        // `taskset` and `prlimit` become what they start, so the id is the server's.
        let pid = child.id().unwrap();
        Self { child, pid, address, folder }
    }

    /// Resident memory, in KiB.
    pub fn rss(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|value| value.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
    }

    /// CPU time so far.
    pub fn cpu(&self) -> Duration {
        let folder = fs::read_dir(format!("/proc/{}/task", self.pid)).into_iter().flatten().flatten();
        let of = |path: std::path::PathBuf| fs::read_to_string(path).ok()?.split_whitespace().next()?.parse::<u64>().ok();
        Duration::from_nanos(folder.filter_map(|task| of(task.path().join("schedstat"))).sum())
    }

    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid)).map_or(0, Iterator::count)
    }

    /// A member of `/admin/status`.
    pub async fn status(&self, member: &str) -> u64 {
        let answer = ask(self.address, "GET", "/admin/status", "", b"").await.unwrap();
        serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap()[member].as_u64().unwrap()
    }

    /// Waits until `member` is `value`; what it was last.
    pub async fn settles(&self, member: &str, value: u64, patience: Duration) -> u64 {
        let begin = Instant::now();
        loop {
            let now = self.status(member).await;
            if now == value || begin.elapsed() > patience {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The metrics of this name that have the label, added up.
    pub async fn metric(&self, name: &str, label: &str) -> f64 {
        let answer = ask(self.address, "GET", "/metrics", "", b"").await.unwrap();
        let text = String::from_utf8(answer.body).unwrap();
        text.lines()
            .filter(|line| line.starts_with(name) && line.contains(label))
            .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
            .sum()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Kernel memory and existence of the server's ends of connections, by the port of the other end.
    pub fn sockets(&self) -> HashMap<u16, u64> {
        let filter = format!("sport = :{}", self.address.port());
        let output = std::process::Command::new("ss").args(["-Htmn", "state", "established", &filter]).output().expect("ss is needed");
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines = text.lines().peekable();
        let mut sockets = HashMap::new();
        while let Some(line) = lines.next() {
            let Some(port) = line.split_whitespace().last().and_then(|peer| peer.rsplit_once(':')?.1.parse().ok()) else { continue };
            let memory = lines.next_if(|next| next.contains("skmem")).map_or(0, kernel_memory);
            sockets.insert(port, memory);
        }
        sockets
    }

    pub fn terminate(&self) {
        std::process::Command::new("kill").args(["-TERM", &self.pid.to_string()]).status().unwrap();
    }

    /// Waits for its end: the exit code, if there is one in time.
    pub async fn ended(&mut self, patience: Duration) -> Option<i32> {
        tokio::time::timeout(patience, self.child.wait()).await.ok()?.unwrap().code()
    }

    /// Ends it, and holds that it did not panic meanwhile.
    pub async fn end(mut self, report: &mut Report) {
        self.terminate();
        if self.ended(Duration::from_secs(30)).await.is_none() {
            report.hold("ends when asked to", false, "still there after 30 s");
            let _ = self.child.kill().await;
        }
        self.hold_calm(report);
    }

    pub fn hold_calm(&self, report: &mut Report) {
        let log = self.log();
        let panics: Vec<&str> = log.lines().filter(|line| line.contains("panicked")).collect();
        report.hold("no panic", panics.is_empty(), if panics.is_empty() { "none".to_owned() } else { panics.join("; ") });
    }
}

/// What is received, queued for sending, and set aside of a socket: `skmem:(r0,rb131072,t0,tb2626560,f0,w0,o0,bl0,d0)`.
fn kernel_memory(line: &str) -> u64 {
    let Some((_, fields)) = line.split_once("skmem:(") else { return 0 };
    let value = |name: &str| fields.split([',', ')']).find_map(|field| field.strip_prefix(name)?.parse::<u64>().ok()).unwrap_or(0);
    value("r") + value("w") + value("f")
}

/// A Redis of its own.
pub struct Redis {
    _child: Child,
    folder: TempDir,
}

impl Redis {
    pub async fn start(options: &Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("taskset");
        command.args(["-c", &options.cores.1.to_string(), "redis-server", "--port", "0", "--save", "", "--appendonly", "no"]);
        command.arg("--unixsocket").arg(folder.path().join("socket")).arg("--dir").arg(folder.path());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).spawn().expect("redis-server is needed");
        let deadline = Instant::now() + Duration::from_secs(10);
        while !folder.path().join("socket").exists() {
            assert!(Instant::now() < deadline, "Redis does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { _child: child, folder }
    }

    pub fn url(&self) -> String {
        format!("unix://{}", self.folder.path().join("socket").display())
    }
}
