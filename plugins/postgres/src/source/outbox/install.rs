//! What the outbox needs in the database: its tables, the trigger function, and a trigger on each watched table.

use sha2::{Digest, Sha256};
use tokio_postgres::{Client, Transaction};

use crate::{
    connect::in_time,
    error::{SyncError, cause_of},
    mapping::Mapping,
    name::{literal, quoted},
    source::Wanted,
    table::{Operation, Table},
};

/// Counted up when what is installed changes. Version 1 had the same tables and another function; where it is found it is brought to this one.
const VERSION: i32 = 2;

/// How long an installation waits for a lock on a table. Whoever waits for it keeps all writers behind him waiting, too.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '3s'";

const INSTALL: &str = include_str!("install.sql");
const RECORD: &str = include_str!("record.sql");

/// The bits of `pg_trigger.tgtype`.
const ROW: i16 = 1;
const INSERT: i16 = 1 << 2;
const DELETE: i16 = 1 << 3;
const UPDATE: i16 = 1 << 4;
const TRUNCATE: i16 = 1 << 5;

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

/// The name sorts before those of nearly all other triggers: one that changes the row again must come after its first change was recorded.
fn trigger_name(outbox: &str, kind: &str) -> String {
    format!("!tidewire {:016x} {kind}", lock_number(outbox, "trigger"))
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
    let token = tables_and_function(&transaction, outbox).await?;
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
        match watch(client, outbox, mapping, watched).await {
            Err(error @ SyncError::Database(_)) if !client.is_closed() => {
                tracing::error!(table, error = cause_of(&error), "a table cannot be watched yet");
            }
            watched => watched?,
        }
    }
    forget_others(client, outbox, &watched).await?;
    Ok(Installed { token, watched })
}

async fn tables_and_function(transaction: &Transaction<'_>, outbox: &str) -> Result<String, SyncError> {
    let schema = quoted(outbox);
    let own_path = casts_are_written_in_sql(transaction).await?;
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
            let has_path: Option<bool> = in_time(transaction.query_opt(
                "SELECT p.proconfig IS NOT NULL FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1::text AND p.proname = 'record'",
                &[&outbox],
            ))
            .await?
            .map(|row| row.get(0));
            // What waits stays, and nobody's writing waits for this: triggers know the function by its number, which it keeps.
            if version != VERSION || has_path != Some(own_path) {
                let update = format!("{}; UPDATE {schema}.installed SET version = {VERSION}", function(&schema, own_path));
                in_time(transaction.batch_execute(&update)).await?;
            }
            return Ok(token);
        }
    }
    in_time(transaction.batch_execute(&INSTALL.replace("{schema}", &schema))).await?;
    in_time(transaction.batch_execute(&function(&schema, own_path))).await?;
    let insert = format!(
        "INSERT INTO {schema}.installed SELECT {VERSION}, substr(replace(gen_random_uuid()::text, '-', ''), 1, 16) RETURNING token"
    );
    Ok(in_time(transaction.query_one(&insert, &[])).await?.get(0))
}

/// Whether anybody has told the database in SQL, or another language that looks names up, how a type becomes JSON. Recording a row of this type runs his function, with the rights of our function's owner.
async fn casts_are_written_in_sql(transaction: &Transaction<'_>) -> Result<bool, SyncError> {
    let query = "SELECT EXISTS (SELECT FROM pg_cast c JOIN pg_proc p ON p.oid = c.castfunc JOIN pg_language l ON l.oid = p.prolang \
                                 WHERE c.casttarget = 'json'::regtype AND l.lanname NOT IN ('c', 'internal'))";
    Ok(in_time(transaction.query_one(query, &[])).await?.get(0))
}

/// The function of the triggers. It runs with the rights of its owner, so that whoever writes to a watched table needs none on the outbox.
///
/// All names in it say their schema, those of operators and types included, so that the search path of whoever writes leads it nowhere. A path of its own would be set and taken back for each row, which is a fifth of what the
/// function costs; it has one only where functions of others are run by it, which may rely on the path.
fn function(schema: &str, own_path: bool) -> String {
    let body = literal(&RECORD.replace("{schema}", schema));
    let path = if own_path { "SET search_path = pg_catalog, pg_temp" } else { "" };
    format!(
        "CREATE OR REPLACE FUNCTION {schema}.record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {path} AS {body}; \
         REVOKE ALL ON FUNCTION {schema}.record() FROM PUBLIC"
    )
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

/// Sees to it that a table has the triggers that its mapping asks for. Where it has them, nothing is locked.
async fn watch(client: &mut Client, outbox: &str, mapping: &Mapping, watched: &Watched) -> Result<(), SyncError> {
    let (schema, table, source) = (quoted(outbox), &mapping.table, watched.source);
    let transaction = in_time(client.transaction()).await?;
    in_time(transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&lock_number(outbox, "install")])).await?;
    in_time(transaction.batch_execute(LOCK_TIMEOUT)).await?;
    let bit = |operation, bit| if mapping.watches(operation) { bit } else { 0 };
    let rows = bit(Operation::Insert, INSERT) | bit(Operation::Update, UPDATE) | bit(Operation::Delete, DELETE);
    let truncations = bit(Operation::Truncate, TRUNCATE);
    for (kind, wanted, each) in [("row", rows, ROW), ("table", truncations, 0)] {
        let trigger = trigger_name(outbox, kind);
        let found = in_time(transaction.query_opt(
            "SELECT tgtype, tgargs FROM pg_trigger WHERE tgrelid = $1 AND tgname = $2::text AND NOT tgisinternal",
            &[&watched.relation, &trigger],
        ))
        .await?;
        let arguments = format!("{source}\0").into_bytes();
        let right = found.as_ref().is_some_and(|row| row.get::<_, i16>(0) == (wanted | each) && row.get::<_, Vec<u8>>(1) == arguments);
        let (trigger, target) = (quoted(&trigger), format!("{}.{}", quoted(&table.schema), quoted(&table.name)));
        if found.is_some() && (!right || wanted == 0) {
            in_time(transaction.batch_execute(&format!("DROP TRIGGER {trigger} ON {target}"))).await?;
        }
        if !right && wanted != 0 {
            let bits = [(INSERT, "INSERT"), (UPDATE, "UPDATE"), (DELETE, "DELETE"), (TRUNCATE, "TRUNCATE")];
            let events: Vec<_> = bits.iter().filter(|(bit, _)| wanted & bit != 0).map(|(_, word)| *word).collect();
            let level = if each == ROW { "ROW" } else { "STATEMENT" };
            let statement = format!(
                "CREATE TRIGGER {trigger} AFTER {} ON {target} FOR EACH {level} EXECUTE FUNCTION {schema}.record('{source}')",
                events.join(" OR ")
            );
            in_time(transaction.batch_execute(&statement)).await?;
        }
    }
    in_time(transaction.commit()).await
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

/// Drops the triggers of an outbox wherever they are: a table may have another name by now.
async fn drop_triggers(transaction: &Transaction<'_>, outbox: &str, source: Option<i32>) -> Result<(), SyncError> {
    let names = vec![trigger_name(outbox, "row"), trigger_name(outbox, "table")];
    let arguments = source.map(|source| format!("{source}\0").into_bytes());
    let found = in_time(transaction.query(
        "SELECT t.tgname::text, n.nspname::text, c.relname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
          WHERE t.tgname::text = ANY ($1) AND t.tgparentid = 0 AND ($2::bytea IS NULL OR t.tgargs = $2)",
        &[&names, &arguments],
    ))
    .await?;
    for row in found {
        let statement = format!("DROP TRIGGER {} ON {}.{}", quoted(row.get(0)), quoted(row.get(1)), quoted(row.get(2)));
        in_time(transaction.batch_execute(&statement)).await?;
    }
    Ok(())
}

/// Removes everything: triggers, function, tables, and the schema if nothing else is in it.
pub(super) async fn uninstall(client: &mut Client, outbox: &str) -> Result<(), SyncError> {
    let schema = quoted(outbox);
    let transaction = in_time(client.transaction()).await?;
    in_time(transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&lock_number(outbox, "install")])).await?;
    in_time(transaction.batch_execute(LOCK_TIMEOUT)).await?;
    drop_triggers(&transaction, outbox, None).await?;
    let exists: bool =
        in_time(transaction.query_one("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1::text)", &[&outbox])).await?.get(0);
    if exists {
        let drop = format!(
            "DROP FUNCTION IF EXISTS {schema}.record(); DROP TABLE IF EXISTS {schema}.outbox, {schema}.watched, {schema}.installed"
        );
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
