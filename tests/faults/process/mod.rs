//! Real processes, each ended by its id.

mod node;
mod redis;

use std::{
    fs::File,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

pub(crate) use self::{
    node::Node,
    redis::{Persistence, Redis},
};

/// How long a process may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(15);

/// A child that is killed when it is dropped, and when this process dies.
struct Process {
    child: Child,
    id: Pid,
}

impl Process {
    /// Starts a program; what it says on its error output goes to `log`.
    fn start(program: &Path, arguments: &[String], log: &Path, output: Stdio) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("cannot start {}: {error}", program.display());
        let log = File::options().create(true).append(true).open(log).map_err(failed)?;
        // A test that is killed cannot clean up; the kernel can.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).ok_or("a process without an id")?;
        Ok(Self { child, id })
    }

    fn signal(&self, signal: Signal) {
        // A process that is gone already is found out by whoever waits for it.
        let _ = kill_process(self.id, signal);
    }

    async fn ended(&mut self) -> Result<ExitStatus, String> {
        timeout(PATIENCE, self.child.wait()).await.map_err(|_| "the process does not end".to_owned())?.map_err(|error| error.to_string())
    }

    /// Kills without a warning.
    async fn kill(mut self) -> Result<(), String> {
        self.signal(Signal::KILL);
        self.ended().await.map(drop)
    }
}
