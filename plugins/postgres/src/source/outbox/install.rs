//! What the outbox needs in the database: its tables, and what records the changes of each watched table.

use sha2::{Digest, Sha256};
use tokio_postgres::{Client, Transaction};

use super::recorder::{Recorder, drop_functions, drop_triggers};
use crate::{
    connect::in_time,
    error::{SyncError, cause_of},
    name::quoted,
    source::Wanted,
    table::Table,
};

/// Counted up when what is installed changes. Versions 1 and 2 had the same tables, and one function for all of what is watched; where they are found they are brought to this one.
const VERSION: i32 = 3;

/// How long an installation waits for a lock on a table. Whoever waits for it keeps all writers behind him waiting, too.
pub(super) const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '3s'";

const INSTALL: &str = include_str!("install.sql");

/// A watched table, as it was found.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    /// Its number in the outbox.
    pub(super) source: i32,
    /// Its number in the catalog, if it exists.
    pub(super) relation: Option<u32>,
    /// Its columns.
    pub(super) columns: Vec<String>,
    /// Those of its primary key.
    pub(super) key: Vec<String>,
}

/// What is installed.
#[derive(Clone, Debug)]
pub(super) struct Installed {
    pub(super) token: String,
    /// In the order of the tables that were given.
    pub(super) watched: Vec<Watched>,
}

/// A number for a lock that belongs to one outbox.
pub(super) fn lock_number(outbox: &str, purpose: &str) -> i64 {
    let digest = Sha256::digest(format!("tidewire-postgres/{purpose}/{outbox}"));
    i64::from_be_bytes(std::array::from_fn(|at| digest[at]))
}

/// Installs what is missing, says that these tables are watched, and removes the triggers of others that are not any more. Where everything is there, no table is locked.
pub(super) async fn install(client: &mut Client, wanted: &Wanted) -> Result<Installed, SyncError> {
    let outbox = &wanted.outbox;
    let encoding: String =
        in_time(client.query_one("SELECT pg_encoding_to_char(encoding)::text FROM pg_database WHERE datname = current_database()", &[]))
            .await?
            .get(0);
    if encoding == "SQL_ASCII" {
        return Err(SyncError::Encoding);
    }
    let transaction = in_time(client.transaction()).await?;
    // Two nodes that start at the same moment would fail on each other's half-made catalog.
    in_time(transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&lock_number(outbox, "install")])).await?;
    in_time(transaction.batch_execute(LOCK_TIMEOUT)).await?;
    let recorder = Recorder::new(&transaction, outbox).await?;
    let token = tables(&transaction, outbox, recorder).await?;
    let mut watched = Vec::new();
    for mapping in &wanted.mappings {
        watched.push(number(&transaction, outbox, &mapping.table).await?);
    }
    in_time(transaction.commit()).await?;

    // A transaction for each table: one whose lock cannot be had now keeps the others from nothing, and is tried again when the outbox is tended.
    for (mapping, watched) in wanted.mappings.iter().zip(&watched) {
        let table = mapping.table.label();
        if watched.relation.is_none() {
            tracing::error!(table, "a watched table does not exist; its changes are recorded from the time on that it does");
            continue;
        }
        mapping.report_unfilled(&watched.columns);
        match recorder.watch(client, mapping, watched).await {
            Err(error @ SyncError::Database(_)) if !client.is_closed() => {
                tracing::error!(table, error = cause_of(&error), "a table cannot be watched yet");
            }
            watched => watched?,
        }
    }
    forget_others(client, outbox, &watched).await?;
    recorder.drop_idle(client).await?;
    Ok(Installed { token, watched })
}

/// Makes the tables where they are missing, and brings functions of an older version, or of another search path, to this one; what waits stays.
async fn tables(transaction: &Transaction<'_>, outbox: &str, recorder: Recorder<'_>) -> Result<String, SyncError> {
    let schema = quoted(outbox);
    let exists: bool = in_time(transaction.query_one(
        "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1::text AND c.relname = 'installed')",
        &[&outbox],
    ))
    .await?
    .get(0);
    if exists {
        let found = in_time(transaction.query_opt(&format!("SELECT version, token FROM {schema}.installed"), &[])).await?;
        if let Some(found) = found {
            let (version, token) = (found.get::<_, i32>(0), found.get(1));
            if !(1..=VERSION).contains(&version) {
                return Err(SyncError::Version { found: version });
            }
            recorder.renew(transaction, version != VERSION).await?;
            if version != VERSION {
                in_time(transaction.batch_execute(&format!("UPDATE {schema}.installed SET version = {VERSION}"))).await?;
            }
            return Ok(token);
        }
    }
    in_time(transaction.batch_execute(&INSTALL.replace("{schema}", &schema))).await?;
    let insert = format!(
        "INSERT INTO {schema}.installed SELECT {VERSION}, substr(replace(gen_random_uuid()::text, '-', ''), 1, 16) RETURNING token"
    );
    Ok(in_time(transaction.query_one(&insert, &[])).await?.get(0))
}

/// What there is of a table: its number in the outbox, its number in the catalog, its columns and its key.
async fn number(transaction: &Transaction<'_>, outbox: &str, table: &Table) -> Result<Watched, SyncError> {
    let schema = quoted(outbox);
    let insert = format!(
        "INSERT INTO {schema}.watched (table_schema, table_name) VALUES ($1, $2) \
         ON CONFLICT (table_schema, table_name) DO UPDATE SET named_at = now() RETURNING id"
    );
    let source = in_time(transaction.query_one(&insert, &[&table.schema, &table.name])).await?.get(0);
    let found = in_time(transaction.query_opt(
        "SELECT c.oid, \
                ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum), \
                ARRAY(SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) \
                       WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY a.attnum) \
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
          WHERE n.nspname = $1::text AND c.relname = $2::text AND c.relkind IN ('r', 'p')",
        &[&table.schema, &table.name],
    ))
    .await?;
    Ok(match found {
        Some(row) => Watched { source, relation: Some(row.get(0)), columns: row.get(1), key: row.get(2) },
        None => Watched { source, relation: None, columns: Vec::new(), key: Vec::new() },
    })
}

/// Stops recording tables that no node has named for a while, and drops what of them was not sent. Not at once: while a new version of a service takes the place of an old one, both are right.
async fn forget_others(client: &mut Client, outbox: &str, watched: &[Watched]) -> Result<(), SyncError> {
    let sources: Vec<i32> = watched.iter().map(|watched| watched.source).collect();
    let schema = quoted(outbox);
    let select = format!(
        "SELECT id, table_schema, table_name FROM {schema}.watched WHERE id <> ALL ($1) AND named_at < now() - interval '10 minutes'"
    );
    let others = in_time(client.query(&select, &[&sources])).await?;
    for row in others {
        let (source, table): (i32, _) = (row.get(0), Table::new(row.get::<_, String>(2)).schema(row.get::<_, String>(1)));
        let transaction = in_time(client.transaction()).await?;
        in_time(transaction.batch_execute(LOCK_TIMEOUT)).await?;
        drop_triggers(&transaction, outbox, Some(source)).await?;
        in_time(transaction.execute(&format!("DELETE FROM {schema}.outbox WHERE source = $1"), &[&source])).await?;
        in_time(transaction.execute(&format!("DELETE FROM {schema}.watched WHERE id = $1"), &[&source])).await?;
        in_time(transaction.commit()).await?;
        tracing::info!(table = table.label(), "a table is watched no more");
    }
    Ok(())
}

/// Removes everything: triggers, functions, tables, and the schema if nothing else is in it.
pub(super) async fn uninstall(client: &mut Client, outbox: &str) -> Result<(), SyncError> {
    let schema = quoted(outbox);
    let transaction = in_time(client.transaction()).await?;
    in_time(transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&lock_number(outbox, "install")])).await?;
    in_time(transaction.batch_execute(LOCK_TIMEOUT)).await?;
    drop_triggers(&transaction, outbox, None).await?;
    let exists: bool =
        in_time(transaction.query_one("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1::text)", &[&outbox])).await?.get(0);
    if exists {
        drop_functions(&transaction, outbox).await?;
        let drop = format!("DROP TABLE IF EXISTS {schema}.outbox, {schema}.watched, {schema}.installed");
        in_time(transaction.batch_execute(&drop)).await?;
        let empty: bool = in_time(transaction.query_one(
            "SELECT NOT EXISTS (SELECT FROM pg_depend d JOIN pg_namespace n ON n.oid = d.refobjid AND d.refclassid = 'pg_namespace'::regclass WHERE n.nspname = $1::text)",
            &[&outbox],
        ))
        .await?
        .get(0);
        if empty {
            in_time(transaction.batch_execute(&format!("DROP SCHEMA {schema}"))).await?;
        }
    }
    in_time(transaction.commit()).await?;
    Ok(())
}
