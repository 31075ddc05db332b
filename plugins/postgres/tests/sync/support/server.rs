//! PostgreSQL servers that belong to one test: each in its own folder, on its own socket, ended by its id.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};

use super::DEADLINE;

/// A running server.
pub(crate) struct Server {
    folder: TempDir,
    child: Option<Child>,
    settings: Vec<&'static str>,
}

/// Where Debian puts the programs of version 15, or wherever else they are found.
fn program(name: &str) -> PathBuf {
    let debian = Path::new("/usr/lib/postgresql/15/bin").join(name);
    if debian.exists() { debian } else { PathBuf::from(name) }
}

/// PostgreSQL refuses to run as root: then it runs as the user that Debian's package makes.
fn owner() -> Option<(u32, u32)> {
    let root = fs::metadata("/proc/self").map(|me| std::os::unix::fs::MetadataExt::uid(&me)).unwrap() == 0;
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:")).filter(|_| root)?;
    let fields: Vec<&str> = line.split(':').collect();
    Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
}

fn command(name: &str) -> Command {
    let mut command = Command::new(program(name));
    if let Some((user, group)) = owner() {
        command.uid(user).gid(group);
    }
    command.current_dir("/").env("LC_ALL", "C").stdin(Stdio::null());
    command
}

/// A folder that is the server's own.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("tw-pg-").tempdir().unwrap();
    hand_over(folder.path());
    folder
}

/// Makes something the server's own.
pub(crate) fn hand_over(path: impl AsRef<Path>) {
    if let Some((user, group)) = owner() {
        chown(path, Some(user), Some(group)).unwrap();
    }
}

/// An empty database for servers to start with. To make one takes PostgreSQL a second, to copy it nearly nothing, so it stays where cargo builds.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let version = output(command("initdb").arg("--version"));
        let template = Path::new(env!("CARGO_TARGET_TMPDIR")).join(version.trim().replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
        if !template.exists() {
            let folder = folder();
            let data = folder.path().join("data");
            output(
                command("initdb")
                    .args(["--no-sync", "--wal-segsize=1", "--encoding=UTF8", "--locale=C", "--auth=trust", "--username=postgres", "-D"])
                    .arg(&data),
            );
            // Whole or not at all: another process may look for it, and this one may be ended.
            let beside = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
            copy(&data, &beside.path().join("data"));
            let moved = fs::rename(beside.path().join("data"), &template);
            assert!(moved.is_ok() || template.exists(), "{moved:?}");
        }
        template
    })
}

/// A folder with all that is in it, whoever it belongs to.
fn copy(from: &Path, to: &Path) {
    output(Command::new("cp").arg("-a").arg(from).arg(to));
}

/// What a program prints that has to succeed.
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

impl Server {
    /// Starts a server with an empty database.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with settings that are not the usual ones of a test.
    pub(crate) async fn start_with(settings: &[&'static str]) -> Self {
        let folder = folder();
        copy(template(), &folder.path().join("data"));
        let mut server = Self { folder, child: None, settings: settings.to_vec() };
        server.run().await;
        server
    }

    /// Starts it, again if need be, with what is in its folder.
    pub(crate) async fn run(&mut self) {
        let began = Instant::now();
        loop {
            let mut postgres = command("postgres");
            postgres.arg("-D").arg(self.folder.path().join("data")).arg("-k").arg(self.folder.path());
            postgres.args([
                "-c",
                "listen_addresses=",
                "-c",
                "fsync=off",
                "-c",
                "max_connections=40",
                "-c",
                "shared_buffers=32MB",
                "-c",
                "wal_level=logical",
            ]);
            postgres.args(self.settings.iter().flat_map(|setting| ["-c", setting]));
            let log = fs::File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
            postgres.stdout(log.try_clone().unwrap()).stderr(log);
            let mut child = postgres.spawn().unwrap();
            loop {
                if child.try_wait().unwrap().is_some() {
                    // What a killed server left behind is in the way for a moment.
                    break;
                }
                if let Ok((client, connection)) = tokio_postgres::connect(&self.address(), NoTls).await {
                    let driver = tokio::spawn(connection);
                    let ready = client.simple_query("SELECT 1").await.is_ok();
                    driver.abort();
                    if ready {
                        self.child = Some(child);
                        return;
                    }
                }
                assert!(began.elapsed() < DEADLINE, "PostgreSQL does not start: {}", self.log());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            assert!(began.elapsed() < DEADLINE, "PostgreSQL does not start: {}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Ends it as the system does that has no memory left.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Where its socket is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// For a client.
    pub(crate) fn address(&self) -> String {
        // The name of the socket has the port.
        let port = self.settings.iter().find_map(|setting| setting.strip_prefix("port=")).unwrap_or("5432");
        format!("host='{}' port={port} user=postgres dbname=postgres", self.folder.path().display())
    }

    pub(crate) async fn connect(&self) -> Session {
        let (client, connection) = tokio_postgres::connect(&self.address(), NoTls).await.unwrap();
        let driver = tokio::spawn(async move {
            // Its end is what some tests are about.
            let _ = connection.await;
        });
        Session { client, driver }
    }

    /// Runs statements on a connection of their own.
    pub(crate) async fn execute(&self, statements: &str) {
        self.connect().await.batch_execute(statements).await.unwrap();
    }

    /// The one number that a query answers.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        self.connect().await.query_one(query, &[]).await.unwrap().get(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A connection of a test.
pub(crate) struct Session {
    client: Client,
    driver: JoinHandle<()>,
}

impl std::ops::Deref for Session {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
