//! Where changes come from.

mod logical;
mod outbox;

use std::sync::Arc;

use tidewire::BoxFuture;

pub(crate) use self::logical::Replication;
use self::{logical::Logical, outbox::Outbox};
use crate::{connect::Connector, error::SyncError, mapping::Mapping, table::Operation};

/// A committed change of a row.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// Where it stands in its source.
    pub(crate) position: i64,
    /// Under what it is published: the same for the same change whoever reads it, and another for every other change.
    pub(crate) key: String,
    /// Which of the watched tables.
    pub(crate) table: usize,
    /// What happened.
    pub(crate) operation: Operation,
    /// The row as JSON; nothing for a truncation, and for a row of which not even the key can be sent.
    pub(crate) row: Option<String>,
    /// Whether `row` holds no more than its key.
    pub(crate) key_only: bool,
    /// What tells the row from others of its table; empty where nothing does, so that all of them count as one.
    pub(crate) identity: String,
}

/// A source of changes, read by one node at a time.
///
/// Changes of one row come in the order in which they were made, and none comes before its transaction is committed. What was read and not confirmed is read again.
pub(crate) trait Source: Send {
    /// Whether this node is the one that reads. Once it is, it stays so until the source fails or is dropped.
    fn lead(&mut self) -> BoxFuture<'_, Result<bool, SyncError>>;

    /// Reads what is due, as much as memory should hold at once; nothing if nothing is.
    fn read(&mut self) -> BoxFuture<'_, Result<Vec<Change>, SyncError>>;

    /// Says that these need not be read again.
    fn confirm<'a>(&'a mut self, positions: &'a [i64]) -> BoxFuture<'a, Result<(), SyncError>>;

    /// Looks after what the source needs in the database, now and then.
    fn tend(&mut self) -> BoxFuture<'_, Result<(), SyncError>>;
}

/// What is wanted of a source.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The schema of the outbox.
    pub(crate) outbox: String,
    /// What takes the place of the outbox, if anything does.
    pub(crate) replication: Option<Arc<Replication>>,
    /// The tables, and what becomes of their rows.
    pub(crate) mappings: Vec<Mapping>,
    /// How many bytes of JSON a row may have to be sent whole.
    pub(crate) row_bytes: usize,
}

/// Connects to the source that is wanted, and installs what it misses.
pub(crate) async fn open(connector: &Connector, wanted: &Arc<Wanted>) -> Result<Box<dyn Source>, SyncError> {
    Ok(match &wanted.replication {
        Some(replication) => Box::new(Logical::open(connector, wanted.clone(), replication.clone()).await?),
        None => Box::new(Outbox::open(connector, wanted.clone()).await?),
    })
}

/// Removes everything that was installed.
pub(crate) async fn uninstall(connector: &Connector, outbox: &str, replication: Option<&Replication>) -> Result<(), SyncError> {
    match replication {
        Some(replication) => logical::uninstall(connector, replication).await,
        None => outbox::uninstall(connector, outbox).await,
    }
}
