//! The default source: triggers write each change into a table, in the transaction that makes it, and the node that leads reads and deletes.
//!
//! # Why the order is right without looking at transaction ids
//!
//! A change gets its number while its transaction holds the lock on the row. The next transaction that changes the row waits for the end of the first, and takes its number after that. So of one row,
//! lower numbers become visible before higher ones, and a reader that takes *everything that is visible* by number never sees the second change without the first. A slow transaction
//! becomes visible late, with low numbers; nobody has passed it, because nothing remembers a number up to which all was read: what was confirmed is deleted, what was not is still there.
//!
//! Reading only rows whose transaction id is below the snapshot's horizon would break this: ids are given when transactions begin, so the second change may have the lower one, and be let
//! through while some third transaction keeps the horizon between the two. The horizon has another use here: below it nothing can appear any more, so that is where reading may begin, and the
//! dead index entries of what was deleted are not walked over each time. See [`Floor`].

mod floor;
mod install;
mod recorder;

use std::{ops::RangeInclusive, pin::pin, sync::Arc};

use data_encoding::HEXLOWER;
use futures_util::TryStreamExt;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tidewire::BoxFuture;
use tokio_postgres::{Statement, types::ToSql};

use self::{
    floor::{Floor, Sight},
    install::{Installed, Watched, lock_number},
};
use super::{Change, Source, Wanted};
use crate::{
    connect::{Connected, Connector, in_time},
    error::SyncError,
    name::quoted,
    table::Operation,
};

/// How many changes are read at once.
const ROWS: i64 = 1024;

/// How many bytes of rows are held at once; at most as many again, or one row, come on top.
const BYTES: usize = 8 * 1024 * 1024;

/// How many rows are taken from the connection at once, where they are there and small.
const CHUNK: usize = 64;

/// Reads the outbox over one connection.
#[derive(Debug)]
pub(crate) struct Outbox {
    wanted: Arc<Wanted>,
    connection: Connected,
    installed: Installed,
    leads: bool,
    floor: Floor,
    reads: u32,
    select: Statement,
    delete: Statement,
    sight: Statement,
}

/// The floor rises once in so many reads: it saves more work than it costs, but not each time.
const LOOK: u32 = 8;

impl Outbox {
    /// Connects, and installs what is missing.
    pub(crate) async fn open(connector: &Connector, wanted: Arc<Wanted>) -> Result<Self, SyncError> {
        let mut connection = connector.connect().await?;
        let installed = install::install(&mut connection.client, &wanted).await?;
        let table = format!("{}.outbox", quoted(&wanted.outbox));
        let select = format!(
            "SELECT id, source, operation, CASE WHEN pg_column_size(content) > $3 THEN '' ELSE content::text END \
               FROM {table} WHERE id > $1 AND source = ANY ($2) ORDER BY id LIMIT {ROWS}"
        );
        let select = in_time(connection.client.prepare(&select)).await?;
        let delete = format!(
            "WITH run AS (DELETE FROM {table} WHERE id BETWEEN $1 AND $2), others AS (DELETE FROM {table} WHERE id = ANY ($3)) \
             SELECT pg_current_xact_id()::text"
        );
        let delete = in_time(connection.client.prepare(&delete)).await?;
        let sight = "SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass), 0), \
                            pg_snapshot_xmin(pg_current_snapshot())::text";
        let sight = in_time(connection.client.prepare(sight)).await?;
        Ok(Self { wanted, connection, installed, leads: false, floor: Floor::default(), reads: 0, select, delete, sight })
    }

    async fn look(&self) -> Result<Sight, SyncError> {
        let table = format!("{}.outbox", quoted(&self.wanted.outbox));
        let row = in_time(self.connection.client.query_one(&self.sight, &[&table])).await?;
        Ok(Sight::new(row.get(0), row.get(1)))
    }

    async fn read_due(&mut self) -> Result<Vec<Change>, SyncError> {
        self.reads = self.reads.wrapping_add(1);
        // Before the rows: what is over by now is visible to the next statement.
        let sight = if self.reads.is_multiple_of(LOOK) { Some(self.look().await?) } else { None };
        let sources: Vec<i32> = self.installed.watched.iter().map(|watched| watched.source).collect();
        let limit = i32::try_from(self.wanted.row_bytes).unwrap_or(i32::MAX);
        let floor = self.floor.value();
        let parameters: [&(dyn ToSql + Sync); 3] = [&floor, &sources, &limit];
        let rows = in_time(self.connection.client.query_raw(&self.select, parameters)).await?;
        // A clock for each row would cost more than the row.
        let chunk = (BYTES / self.wanted.row_bytes).clamp(1, CHUNK);
        let mut rows = pin!(rows.try_ready_chunks(chunk));
        let (mut due, mut bytes) = (Vec::new(), 0);
        while bytes < BYTES
            && let Some(chunk) = in_time(async { rows.try_next().await.map_err(|error| error.1) }).await?
        {
            for row in chunk {
                let content: Option<String> = row.get(3);
                bytes += content.as_ref().map_or(0, String::len);
                due.push((row.get::<_, i64>(0), row.get::<_, i32>(1), row.get::<_, i8>(2), content));
            }
        }
        if let Some(sight) = sight {
            self.floor.look(sight, due.first().map(|row| row.0));
        }
        let mut changes = Vec::with_capacity(due.len());
        for (id, source, operation, content) in due {
            let table = self.installed.watched.iter().position(|watched| watched.source == source).unwrap_or_default();
            changes.push(self.change(id, table, operation, content).await?);
        }
        Ok(changes)
    }

    async fn change(&self, id: i64, table: usize, letter: i8, content: Option<String>) -> Result<Change, SyncError> {
        let letter = char::from(letter.unsigned_abs());
        let operation = match letter.to_ascii_lowercase() {
            'i' => Operation::Insert,
            'u' => Operation::Update,
            'd' => Operation::Delete,
            _ => Operation::Truncate,
        };
        let watched = &self.installed.watched[table];
        let mut key_only = letter.is_ascii_uppercase();
        let row = match content {
            // JSON is never empty: this is what is read of a row that is too large.
            Some(content) if content.is_empty() => {
                let (row, whole) = self.part_of(id, table).await?;
                key_only |= !whole;
                row
            }
            content => content,
        };
        let identity = row.as_deref().map_or_else(String::new, |row| identity(row, &watched.key));
        let key = self.key(id, watched.source, letter, row.as_deref());
        Ok(Change { position: id, key, table, operation, row, key_only, identity })
    }

    /// What can be sent of a row that is too large, and whether that is all that an event would show: the columns that events use, if they are small enough, or the key. Nothing if the key
    /// is too large itself.
    async fn part_of(&self, id: i64, table: usize) -> Result<(Option<String>, bool), SyncError> {
        let (mapping, Watched { columns, key, .. }) = (&self.wanted.mappings[table], &self.installed.watched[table]);
        let shown = mapping.used_columns(columns);
        if shown.len() < columns.len()
            && let Some(part) = self.columns_of(id, &shown).await?
        {
            return Ok((Some(part), true));
        }
        let addressing = columns.iter().filter(|column| mapping.fills_param(column) || key.contains(column));
        Ok((self.columns_of(id, &addressing.cloned().collect::<Vec<_>>()).await?, false))
    }

    /// These columns of a recorded row, if they are small enough.
    async fn columns_of(&self, id: i64, names: &[String]) -> Result<Option<String>, SyncError> {
        let select = format!(
            "SELECT CASE WHEN octet_length(part) <= $3 THEN part END FROM \
               (SELECT (SELECT json_object_agg(c.key, c.value) FROM json_each(o.content) c WHERE c.key = ANY ($2))::text AS part \
                  FROM {}.outbox o WHERE id = $1) parts",
            quoted(&self.wanted.outbox)
        );
        let limit = i32::try_from(self.wanted.row_bytes).unwrap_or(i32::MAX);
        match in_time(self.connection.client.query_opt(&select, &[&id, &names, &limit])).await {
            Ok(row) => Ok(row.and_then(|row| row.get(0))),
            // The server cannot take the row apart, for example for want of memory. Asking again would not help, and what comes after must not wait for it.
            Err(SyncError::Database(error)) if error.as_db_error().is_some() && !self.connection.client.is_closed() => {
                tracing::warn!(%error, id, "a row that is too large could not be taken apart");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The same for the same change, whoever reads it. What the change says is in it, too: a database that lost its newest past gives the same number again.
    fn key(&self, id: i64, source: i32, letter: char, row: Option<&str>) -> String {
        let digest = Sha256::new().chain_update(format!("{source} {letter} ")).chain_update(row.unwrap_or_default()).finalize();
        format!("pg-{}-{id}-{}", self.installed.token, HEXLOWER.encode(&digest[..8]))
    }
}

/// The longest run of numbers without a gap, and the others. Nothing else can be in the run, so the database need not look for each of its numbers.
fn longest_run(positions: &[i64]) -> (RangeInclusive<i64>, Vec<i64>) {
    let mut sorted = positions.to_vec();
    sorted.sort_unstable();
    let runs = sorted.chunk_by(|before, after| before + 1 == *after);
    let longest = runs.max_by_key(|run| run.len()).and_then(|run| Some(*run.first()?..=*run.last()?));
    // No change has the number 0.
    let run = longest.unwrap_or(0..=0);
    sorted.retain(|position| !run.contains(position));
    (run, sorted)
}

/// The values of the key's columns; empty where the table has none, or the row does not show them.
pub(super) fn identity(row: &str, key: &[String]) -> String {
    if key.is_empty() {
        return String::new();
    }
    let Ok(columns) = crate::value::columns(row) else { return String::new() };
    let values: Option<Vec<&str>> = key.iter().map(|name| columns.get(name).map(RawValue::get)).collect();
    values.map_or_else(String::new, |values| values.join(","))
}

impl Source for Outbox {
    fn lead(&mut self) -> BoxFuture<'_, Result<bool, SyncError>> {
        Box::pin(async move {
            if !self.leads {
                let number = lock_number(&self.wanted.outbox, "lead");
                self.leads = in_time(self.connection.client.query_one("SELECT pg_try_advisory_lock($1)", &[&number])).await?.get(0);
            }
            Ok(self.leads)
        })
    }

    fn read(&mut self) -> BoxFuture<'_, Result<Vec<Change>, SyncError>> {
        Box::pin(self.read_due())
    }

    fn confirm<'a>(&'a mut self, positions: &'a [i64]) -> BoxFuture<'a, Result<(), SyncError>> {
        Box::pin(async move {
            let (run, others) = longest_run(positions);
            let row = in_time(self.connection.client.query_one(&self.delete, &[run.start(), run.end(), &others])).await?;
            self.floor.had(row.get(0));
            Ok(())
        })
    }

    fn tend(&mut self) -> BoxFuture<'_, Result<(), SyncError>> {
        Box::pin(async move {
            self.installed = install::install(&mut self.connection.client, &self.wanted).await?;
            Ok(())
        })
    }
}

/// Removes everything that was installed.
pub(crate) async fn uninstall(connector: &Connector, outbox: &str) -> Result<(), SyncError> {
    let mut connection = connector.connect().await?;
    install::uninstall(&mut connection.client, outbox).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_at_the_first_number_that_was_not_confirmed() {
        assert_eq!(longest_run(&[7, 1, 2, 9, 3, 8, 5, 10]), (7..=10, vec![1, 2, 3, 5]));
        assert_eq!(longest_run(&[4]), (4..=4, vec![]));
        assert_eq!(longest_run(&[]), (0..=0, vec![]));
    }
}
