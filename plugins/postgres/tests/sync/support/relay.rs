//! A link to the database that can go dead: nothing passes, and nobody is told.

use std::path::Path;

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

use super::server::Server;

/// What clients and servers call the socket in a folder.
const SOCKET: &str = ".s.PGSQL.5432";

pub(crate) struct Relay {
    folder: TempDir,
    dead: watch::Sender<bool>,
}

impl Relay {
    pub(crate) fn start(server: &Server) -> Self {
        let folder = tempfile::Builder::new().prefix("tw-relay-").tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let (dead, is_dead) = watch::channel(false);
        tokio::spawn(accept(listener, server.folder().join(SOCKET), is_dead));
        Self { folder, dead }
    }

    /// Nothing passes any more, not even that a side has closed; or everything again, with what waited.
    pub(crate) fn go_dead(&self, dead: bool) {
        self.dead.send_replace(dead);
    }

    /// For a client.
    pub(crate) fn address(&self) -> String {
        format!("host='{}' user=postgres dbname=postgres", self.folder.path().display())
    }
}

async fn accept(listener: UnixListener, server: impl AsRef<Path>, dead: watch::Receiver<bool>) {
    while let Ok((client, _)) = listener.accept().await {
        let Ok(server) = UnixStream::connect(&server).await else { continue };
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        tokio::spawn(pass(from_client, to_server, dead.clone()));
        tokio::spawn(pass(from_server, to_client, dead.clone()));
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut dead: watch::Receiver<bool>) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await.unwrap_or(0);
        let alive = dead.wait_for(|dead| !dead).await.is_ok();
        if read == 0 || !alive || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
