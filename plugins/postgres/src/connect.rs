//! Connections to the database: one for whoever emits, with whatever secures it behind one type.

use std::{fmt, sync::Arc, time::Duration};

use tidewire::BoxFuture;
use tokio::task::JoinHandle;
use tokio_postgres::{
    Client, Config, Socket,
    tls::{MakeTlsConnect, TlsConnect},
};

use crate::error::SyncError;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// Nobody waits longer for an answer: a connection that gives none is dead, whatever the network says.
pub(crate) const ANSWER: Duration = Duration::from_secs(60);

/// What every session is set to, whatever the database's own defaults are.
///
/// A deletion that is reported must be on disk, or a crash brings the row back. A node that vanished without a word, or is halted, must not hold its lock: each asks something every few seconds at most. The outbox is always nearly empty, and
/// may be large on disk: without its index each look would read all that was deleted from it. What is planned against such a ban counts as very expensive, and the server would compile it to machine code, which takes it longer than
/// the statement: hence no `jit`. And names and texts are written for exactly this way of reading them.
const SESSION: &str = "SET standard_conforming_strings = on; SET synchronous_commit = on; SET client_min_messages = warning; SET search_path = pg_catalog; \
     SET statement_timeout = '50s'; SET idle_in_transaction_session_timeout = '60s'; SET idle_session_timeout = '30s'; \
     SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off; \
     SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 15000";

type Pending = BoxFuture<'static, Result<(Client, BoxFuture<'static, ()>), tokio_postgres::Error>>;

/// Makes connections.
#[derive(Clone)]
pub(crate) struct Connector(Arc<dyn Fn() -> Pending + Send + Sync>);

impl Connector {
    pub(crate) fn new<T>(config: Config, tls: T) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        Self(Arc::new(move || {
            let (config, tls) = (config.clone(), tls.clone());
            Box::pin(async move {
                let (client, connection) = config.connect(tls).await?;
                let driver: BoxFuture<'static, ()> = Box::pin(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(%error, "a connection to the database ended");
                    }
                });
                Ok((client, driver))
            })
        }))
    }

    pub(crate) async fn connect(&self) -> Result<Connected, SyncError> {
        let (client, driver) = tokio::time::timeout(CONNECT, (self.0)()).await.map_err(|_| SyncError::Timeout)??;
        let connected = Connected { client, driver: tokio::spawn(driver) };
        in_time(connected.client.batch_execute(SESSION)).await?;
        Ok(connected)
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

/// A connection that ends when this does.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) client: Client,
    driver: JoinHandle<()>,
}

impl Drop for Connected {
    fn drop(&mut self) {
        // Whoever would wait for the driver might wait for a server that is gone. The socket closes, and with it the session and its locks.
        self.driver.abort();
    }
}

/// Waits for an answer of the database, but not for ever.
pub(crate) async fn in_time<T>(answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, SyncError> {
    Ok(tokio::time::timeout(ANSWER, answer).await.map_err(|_| SyncError::Timeout)??)
}
