//! A PostgreSQL of the example's own: in a temporary folder that nobody else may enter, on a Unix socket, for as long as the example runs.

use std::{
    env,
    ffi::OsStr,
    fs,
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_postgres::NoTls;

/// How long it may take to start.
const START: Duration = Duration::from_secs(60);

/// How long it may take to end.
const END: Duration = Duration::from_secs(10);

/// One that was killed comes back after so long: time enough to see what the page says meanwhile.
const AWAY: Duration = Duration::from_secs(8);

const KEEPER: &str = include_str!("keeper.sh");

/// A running server.
#[derive(Debug)]
pub(crate) struct Private {
    folder: TempDir,
    ended: oneshot::Sender<()>,
    kept: JoinHandle<()>,
}

/// Where packages put PostgreSQL, with a folder for each version: Debian, which keeps its programs out of the path, and Homebrew.
pub(crate) const PACKAGED: [&str; 2] = ["/usr/lib/postgresql", "/opt/homebrew/opt"];

/// The folder with PostgreSQL's programs, the newest where there are several.
pub(crate) fn programs(path: &OsStr, [debian, homebrew]: [&str; 2]) -> Option<PathBuf> {
    let versions = |folder: &str| {
        let mut found: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        let version = |path: &PathBuf| path.file_name()?.to_str()?.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().ok();
        found.sort_by_key(version);
        found.into_iter().rev().map(|path| path.join("bin"))
    };
    let installed = versions(debian).chain(env::split_paths(path));
    installed.chain(versions(homebrew)).find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// PostgreSQL refuses to run as root; then it runs as the user that packages make for it, or as nobody.
fn owner() -> Option<(u32, u32)> {
    fs::metadata("/proc/self").ok().filter(|me| me.uid() == 0)?;
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = ["postgres:", "nobody:"].iter().find_map(|name| users.lines().find(|line| line.starts_with(name)))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

impl Private {
    /// Makes an empty database and serves it.
    pub(crate) async fn start(programs: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("no PostgreSQL can be started with {}: {error}", programs.display());
        let folder = tempfile::Builder::new().prefix("harbour-").tempdir().map_err(failed)?;
        if let Some((user, group)) = owner() {
            chown(folder.path(), Some(user), Some(group)).map_err(failed)?;
        }
        let mut initdb = Command::new(programs.join("initdb"));
        initdb.args(["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust", "--username=postgres", "-D"]);
        let made = as_owner(initdb.arg(folder.path().join("data"))).stdin(Stdio::null()).output().await.map_err(failed)?;
        if !made.status.success() {
            return Err(format!("PostgreSQL's initdb failed: {}", String::from_utf8_lossy(&made.stderr).trim()));
        }
        let mut keeper = run(programs, folder.path()).map_err(failed)?;
        wait_for(&mut keeper, folder.path()).await?;
        let (ended, end) = oneshot::channel();
        let kept = tokio::spawn(keep(keeper, programs.to_owned(), folder.path().to_owned(), end));
        Ok(Self { folder, ended, kept })
    }

    /// Where its socket is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn end(self) {
        let Self { folder, ended, kept } = self;
        // Nobody hears it where keeping it has failed.
        let _ = ended.send(());
        let _ = timeout(END, kept).await;
        drop(folder);
    }
}

fn as_owner(command: &mut Command) -> &mut Command {
    if let Some((user, group)) = owner() {
        command.uid(user).gid(group);
    }
    // Ctrl-C is for the example, which then ends the server.
    command.process_group(0).current_dir("/").env("LC_ALL", "C")
}

/// Runs the server under its keeper.
fn run(programs: &Path, folder: &Path) -> std::io::Result<Child> {
    let log = fs::File::options().create(true).append(true).open(folder.join("log"))?;
    let mut keeper = Command::new("sh");
    keeper.args(["-c", KEEPER, "keeper"]).arg(folder).arg(programs.join("postgres")).arg("-D").arg(folder.join("data"));
    // The socket's folder, and no address: who may enter the folder may connect, and nobody else.
    keeper.arg("-k").arg(folder).args(["-c", "listen_addresses=", "-c", "fsync=off"]);
    as_owner(&mut keeper).stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log).spawn()
}

async fn wait_for(keeper: &mut Child, folder: &Path) -> Result<(), String> {
    let began = Instant::now();
    let address = format!("host='{}' user=postgres dbname=postgres", folder.display());
    loop {
        // Whoever connects also hears that it is still starting.
        if tokio_postgres::connect(&address, NoTls).await.is_ok() {
            return Ok(());
        }
        if began.elapsed() > START || !matches!(keeper.try_wait(), Ok(None)) {
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            let last = log.lines().last().unwrap_or("it said nothing");
            return Err(format!("PostgreSQL does not start: {last}"));
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Keeps a server until it is told to end it.
async fn keep(mut keeper: Child, programs: PathBuf, folder: PathBuf, mut end: oneshot::Receiver<()>) {
    loop {
        // Waiting for a process closes its input, which is what tells this one to end.
        let input = keeper.stdin.take();
        tokio::select! {
            _ = &mut end => {
                drop(input);
                // Whatever it answers, it is over.
                let _ = keeper.wait().await;
                return;
            }
            _ = keeper.wait() => {}
        }
        tracing::warn!(seconds = AWAY.as_secs(), "the database was killed; it is started again");
        tokio::select! {
            _ = &mut end => return,
            () = sleep(AWAY) => {}
        }
        match run(&programs, &folder) {
            Ok(again) => keeper = again,
            Err(error) => {
                tracing::error!(%error, "the database cannot be started again");
                return;
            }
        }
    }
}
