//! One look at the log, from where the slot stands.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::mpsc, task::JoinHandle};
use tokio_postgres::{Row, Statement};

use super::slot::Lsn;
use crate::{
    connect::{Connected, Connector, in_time},
    error::SyncError,
};

/// After so many messages a look ends, with the transaction that it is at. The log of one that is larger is written to a file by the server, and read from there.
const MESSAGES: i32 = 20_000;

/// Rows that wait here; the others wait at the server.
const AHEAD: usize = 4;

/// A message of more bytes stays at the server. One of an update holds the row as it was, and as it is.
const LARGEST: i32 = 32 * 1024 * 1024;

/// How values are written, whatever the database's own defaults are: read twice, a row is the same text.
pub(super) const FORMAT: &str = "SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC'; SET extra_float_digits = 1; SET bytea_output = 'hex'";

/// A transaction of any size must come through some time. And there may be nothing to look at for long.
const PATIENCE: &str = "SET statement_timeout = '30min'; SET idle_session_timeout = 0";

/// Whoever is killed while the server reads the log for him shall not keep the slot from the next one. Not every system that a server runs on can tell.
const NOTICE: &str = "SET client_connection_check_interval = '2s'";

/// Looks, over a connection of its own: it is busy for as long as a look lasts.
#[derive(Debug)]
pub(super) struct Reader {
    connection: Arc<Connected>,
    select: Statement,
    slot: String,
}

impl Reader {
    pub(super) async fn open(connector: &Connector, slot: &str) -> Result<Self, SyncError> {
        let connection = connector.connect().await?;
        in_time(connection.client.batch_execute(FORMAT)).await?;
        in_time(connection.client.batch_execute(PATIENCE)).await?;
        if let Err(error) = in_time(connection.client.batch_execute(NOTICE)).await {
            tracing::debug!(%error, "the database cannot notice that a client is gone");
        }
        let select = "SELECT CASE WHEN octet_length(data) <= $4 THEN data END, substr(data, 1, 5) \
                        FROM pg_logical_slot_peek_binary_changes($1::text, NULL, $2, 'proto_version', '1', 'publication_names', $3::text)";
        let select = in_time(connection.client.prepare(select)).await?;
        Ok(Self { connection: Arc::new(connection), select, slot: slot.to_owned() })
    }

    /// Begins to look; `flushed` is where the log ends.
    pub(super) fn look(&self, flushed: Lsn) -> Peek {
        let (sender, rows) = mpsc::channel(AHEAD);
        let (connection, select, slot) = (self.connection.clone(), self.select.clone(), self.slot.clone());
        // A task, because the server answers after it has read the whole log, and whoever leads must show himself meanwhile.
        let task = tokio::spawn(async move {
            if let Err(error) = send(&connection, &select, &slot, &sender).await {
                // Whoever is gone need not be told.
                let _ = sender.send(Err(error)).await;
            }
        });
        Peek { rows, task, flushed, messages: 0, began: Instant::now(), worked: None }
    }
}

async fn send(
    connection: &Connected,
    select: &Statement,
    slot: &str,
    sender: &mpsc::Sender<Result<Row, SyncError>>,
) -> Result<(), SyncError> {
    use futures_util::TryStreamExt;

    // Quoted: the server reads this as a list of names.
    let publication = format!("\"{slot}\"");
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] = [&slot, &MESSAGES, &publication, &LARGEST];
    let rows = connection.client.query_raw(select, parameters).await?;
    let mut rows = std::pin::pin!(rows);
    while let Some(row) = rows.try_next().await? {
        if sender.send(Ok(row)).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// A look under way.
#[derive(Debug)]
pub(super) struct Peek {
    rows: mpsc::Receiver<Result<Row, SyncError>>,
    task: JoinHandle<()>,
    /// Where the log ended before.
    pub(super) flushed: Lsn,
    messages: i32,
    began: Instant,
    worked: Option<Duration>,
}

impl Peek {
    /// The next message; nothing at the end.
    ///
    /// # Cancel safety
    ///
    /// No message is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> Result<Option<Row>, SyncError> {
        let row = self.rows.recv().await.transpose()?;
        self.worked.get_or_insert_with(|| self.began.elapsed());
        self.messages = self.messages.saturating_add(i32::from(row.is_some()));
        Ok(row)
    }

    /// Whether it ended before the end of the log.
    pub(super) fn was_cut(&self) -> bool {
        self.messages >= MESSAGES
    }

    /// How long the server worked on it.
    pub(super) fn worked(&self) -> Duration {
        self.worked.unwrap_or_default()
    }
}

impl Drop for Peek {
    fn drop(&mut self) {
        self.task.abort();
    }
}
