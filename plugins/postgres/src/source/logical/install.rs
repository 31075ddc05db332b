//! What the watched tables need: to be in the publication, and to write whole rows into the log.

use std::collections::{BTreeSet, HashMap};

use tokio_postgres::{Client, Transaction};

use super::ledger::Ledger;
use crate::{
    connect::in_time,
    error::{SyncError, cause_of},
    mapping::Mapping,
    name::quoted,
};

/// How long an installation waits for a lock on a table. Whoever waits for it keeps all writers behind him waiting, too.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '3s'";

/// A table, and its columns that are in the log.
const RELATION: &str = "SELECT c.oid, ARRAY(SELECT a.attname::text FROM pg_attribute a \
                                             WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attgenerated = '' AND NOT a.attisdropped) \
                          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                         WHERE n.nspname = $1::text AND c.relname = $2::text AND c.relkind IN ('r', 'p')";

/// A table and its partitions.
const TREE: &str = "SELECT c.oid, n.nspname::text, c.relname::text, c.relreplident, \
                           (SELECT x.relname::text FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisreplident) \
                      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                     WHERE c.relkind IN ('r', 'p') AND (c.oid = $1 OR c.oid IN (SELECT relid FROM pg_partition_tree($1)))";

/// The tables, as they were found.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// Which of the watched tables a number in the catalog stands for.
    numbers: HashMap<u32, usize>,
    names: HashMap<(String, String), usize>,
    keys: HashMap<u32, Vec<String>>,
    /// Their primary keys, in the order in which the tables were given.
    keys_now: Vec<Vec<String>>,
}

impl Tables {
    /// Which of the watched tables it is, and its key. A table that is gone by now is known by its name alone.
    pub(super) fn find(&self, id: u32, schema: &str, name: &str) -> Option<(usize, &[String])> {
        let by_name = || self.names.get(&(schema.to_owned(), name.to_owned()));
        let table = *self.numbers.get(&id).or_else(by_name)?;
        let key = self.keys.get(&id).or_else(|| self.keys_now.get(table)).map_or(&[][..], Vec::as_slice);
        Some((table, key))
    }
}

/// Sees to it that exactly these tables are published, each with whole rows. Where everything is right, no table is locked.
pub(super) async fn install(client: &mut Client, publication: &str, lock: i64, mappings: &[Mapping]) -> Result<Tables, SyncError> {
    let mut found = Vec::new();
    for mapping in mappings {
        let (schema, name) = (&mapping.table.schema, &mapping.table.name);
        let row = in_time(client.query_opt(RELATION, &[schema, name])).await?;
        let relation: Option<u32> = row.as_ref().map(|row| row.get(0));
        found.push(relation);
        let table = mapping.table.label();
        let Some((relation, row)) = relation.zip(row) else {
            tracing::error!(table, "a watched table does not exist; its changes are recorded from the time on that it does");
            continue;
        };
        mapping.report_unfilled(&row.get::<_, Vec<String>>(1));
        // A transaction for each table: one whose lock cannot be had now keeps the others from nothing.
        match watch(client, publication, lock, mapping, relation).await {
            Err(error @ SyncError::Database(_)) if !client.is_closed() => {
                tracing::error!(table, error = cause_of(&error), "a table cannot be watched yet");
            }
            watched => watched?,
        }
    }
    match forget_others(client, publication, lock, mappings).await {
        Err(error @ SyncError::Database(_)) if !client.is_closed() => {
            tracing::warn!(error = cause_of(&error), "tables that nobody watches any more cannot be let go yet");
        }
        forgotten => forgotten?,
    }
    tables(client, publication, mappings, &found).await
}

async fn begin(client: &mut Client, lock: i64) -> Result<Transaction<'_>, SyncError> {
    let transaction = in_time(client.transaction()).await?;
    in_time(transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&lock])).await?;
    in_time(transaction.batch_execute(LOCK_TIMEOUT)).await?;
    Ok(transaction)
}

async fn watch(client: &mut Client, publication: &str, lock: i64, mapping: &Mapping, relation: u32) -> Result<(), SyncError> {
    let transaction = begin(client, lock).await?;
    let mut ledger = Ledger::read(&transaction, publication).await?.unwrap_or_default();
    let before = ledger.clone();
    // A deletion and a large value that did not change are in the log only so; and a table without a primary key would refuse its updates once it is published.
    for row in in_time(transaction.query(TREE, &[&relation])).await? {
        let identity = char::from(row.get::<_, i8>(3).unsigned_abs());
        if identity != 'f' {
            let table = format!("{}.{}", quoted(row.get(1)), quoted(row.get(2)));
            in_time(transaction.batch_execute(&format!("ALTER TABLE {table} REPLICA IDENTITY FULL"))).await?;
            ledger.identities.entry(row.get(0)).or_insert_with(|| (identity, row.get(4)));
        }
    }
    let table = &mapping.table;
    if !members(&transaction, publication).await?.contains(&relation) {
        let add = format!("ALTER PUBLICATION {} ADD TABLE {}.{}", quoted(publication), quoted(&table.schema), quoted(&table.name));
        in_time(transaction.batch_execute(&add)).await?;
        let select = "SELECT attname::text FROM pg_attribute WHERE attrelid = $1 AND attgenerated <> '' AND NOT attisdropped";
        for row in in_time(transaction.query(select, &[&relation])).await? {
            let column: String = row.get(0);
            tracing::warn!(table = table.label(), column, "a generated column is not in the log of the database, and in no event");
        }
    }
    ledger.tables.insert(relation, (table.schema.clone(), table.name.clone()));
    if ledger != before {
        ledger.write(&transaction, publication).await?;
    }
    in_time(transaction.commit()).await
}

async fn members(transaction: &Transaction<'_>, publication: &str) -> Result<BTreeSet<u32>, SyncError> {
    let select = "SELECT r.prrelid FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE p.pubname = $1::text";
    Ok(in_time(transaction.query(select, &[&publication])).await?.iter().map(|row| row.get(0)).collect())
}

/// Takes out of the publication what this node does not watch, and out of the ledger what is not there any more.
async fn forget_others(client: &mut Client, publication: &str, lock: i64, mappings: &[Mapping]) -> Result<(), SyncError> {
    let transaction = begin(client, lock).await?;
    let Some(mut ledger) = Ledger::read(&transaction, publication).await? else { return Ok(()) };
    let before = ledger.clone();
    let watched = |schema: &str, name: &str| mappings.iter().any(|mapping| mapping.table.schema == schema && mapping.table.name == name);
    let mut trees = BTreeSet::new();
    for relation in members(&transaction, publication).await? {
        let tree = in_time(transaction.query(TREE, &[&relation])).await?;
        let kept = ledger.tables.get(&relation).is_some_and(|(schema, name)| watched(schema, name));
        if kept {
            trees.extend(tree.iter().map(|row| row.get::<_, u32>(0)));
        } else if let Some(row) = tree.iter().find(|row| row.get::<_, u32>(0) == relation) {
            let table = format!("{}.{}", quoted(row.get(1)), quoted(row.get(2)));
            in_time(transaction.batch_execute(&format!("ALTER PUBLICATION {} DROP TABLE {table}", quoted(publication)))).await?;
            tracing::info!(table, "a table is watched no more");
        }
    }
    let others: Vec<u32> = ledger.identities.keys().filter(|relation| !trees.contains(relation)).copied().collect();
    restore(&transaction, &mut ledger, &others).await?;
    ledger.tables.retain(|relation, _| trees.contains(relation));
    if ledger != before {
        ledger.write(&transaction, publication).await?;
    }
    in_time(transaction.commit()).await
}

/// Gives tables the replica identity back that they had, unless somebody has changed it since.
async fn restore(transaction: &Transaction<'_>, ledger: &mut Ledger, relations: &[u32]) -> Result<(), SyncError> {
    for relation in relations {
        let Some((identity, index)) = ledger.identities.remove(relation) else { continue };
        let tree = in_time(transaction.query(TREE, &[relation])).await?;
        let Some(row) = tree.iter().find(|row| row.get::<_, u32>(0) == *relation) else { continue };
        if char::from(row.get::<_, i8>(3).unsigned_abs()) != 'f' {
            continue;
        }
        let indexes =
            "SELECT x.relname::text FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = $1 AND x.relname = $2::text";
        let index = match index {
            Some(index) => in_time(transaction.query_opt(indexes, &[relation, &index])).await?.map(|row| row.get::<_, String>(0)),
            None => None,
        };
        let identity = match (identity, index) {
            ('i', Some(index)) => format!("USING INDEX {}", quoted(&index)),
            ('n', _) => "NOTHING".to_owned(),
            _ => "DEFAULT".to_owned(),
        };
        let statement = format!("ALTER TABLE {}.{} REPLICA IDENTITY {identity}", quoted(row.get(1)), quoted(row.get(2)));
        in_time(transaction.batch_execute(&statement)).await?;
    }
    Ok(())
}

/// What is known of the tables for those who read the log.
async fn tables(client: &Client, publication: &str, mappings: &[Mapping], found: &[Option<u32>]) -> Result<Tables, SyncError> {
    let ledger = Ledger::read(client, publication).await?.unwrap_or_default();
    let mut tables = Tables::default();
    for (at, mapping) in mappings.iter().enumerate() {
        tables.names.insert((mapping.table.schema.clone(), mapping.table.name.clone()), at);
    }
    for (relation, name) in ledger.tables {
        if let Some(at) = tables.names.get(&name) {
            tables.numbers.insert(relation, *at);
        }
    }
    let relations: Vec<u32> = tables.numbers.keys().copied().collect();
    let select = "SELECT i.indrelid, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_index i \
                    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) \
                   WHERE i.indisprimary AND i.indrelid = ANY ($1) GROUP BY i.indrelid";
    for row in in_time(client.query(select, &[&relations])).await? {
        tables.keys.insert(row.get(0), row.get(1));
    }
    let key = |relation: &Option<u32>| relation.and_then(|relation| tables.keys.get(&relation).cloned()).unwrap_or_default();
    tables.keys_now = found.iter().map(key).collect();
    Ok(tables)
}

/// Removes publication and slot, as one, and gives the tables their replica identity back.
pub(super) async fn uninstall(client: &mut Client, name: &str, lock: i64) -> Result<(), SyncError> {
    let transaction = begin(client, lock).await?;
    if let Some(mut ledger) = Ledger::read(&transaction, name).await? {
        let relations: Vec<u32> = ledger.identities.keys().copied().collect();
        restore(&transaction, &mut ledger, &relations).await?;
        in_time(transaction.batch_execute(&format!("DROP PUBLICATION {}", quoted(name)))).await?;
    }
    let drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots \
                 WHERE slot_name = $1::text AND plugin = 'pgoutput' AND database = current_database()";
    in_time(transaction.execute(drop, &[&name])).await?;
    in_time(transaction.commit()).await
}
