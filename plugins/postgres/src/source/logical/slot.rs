//! The slot: what the server keeps for a reader that is not there, and from where on.

use metrics::{counter, gauge};
use tokio_postgres::{Client, GenericClient, types::PgLsn};

use super::ledger::Ledger;
use crate::{connect::in_time, error::SyncError, name::quoted};

/// All operations: which of them matter is for each table to say.
const PUBLISH: &str = "publish = 'insert, update, delete, truncate', publish_via_partition_root = true";

/// A place in the log of the database. Of one history higher ones are later.
pub(super) type Lsn = u64;

/// Refuses a database that cannot do what is needed.
async fn check(client: &impl GenericClient) -> Result<(), SyncError> {
    let select =
        "SELECT current_setting('wal_level'), pg_encoding_to_char(encoding)::text FROM pg_database WHERE datname = current_database()";
    let row = in_time(client.query_one(select, &[])).await?;
    let (level, encoding): (String, String) = (row.get(0), row.get(1));
    if level != "logical" {
        return Err(SyncError::WalLevel { found: level });
    }
    if encoding == "SQL_ASCII" { Err(SyncError::Encoding) } else { Ok(()) }
}

/// Makes publication and slot where they are missing. Says whether the slot is new: places of another one mean nothing any more.
///
/// The publication is first: the log before it has been made cannot be read under its name.
pub(super) async fn install(client: &mut Client, name: &str, lock: i64) -> Result<bool, SyncError> {
    check(client).await?;
    let transaction = in_time(client.transaction()).await?;
    // Two nodes that start at the same moment would fail on each other's half-made catalog.
    in_time(transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&lock])).await?;
    if Ledger::read(&transaction, name).await?.is_none() {
        let slots = in_time(transaction.query("SELECT FROM pg_replication_slots WHERE slot_name = $1::text", &[&name])).await?;
        if !slots.is_empty() {
            let reason = "a slot of this name is there without its publication; it is another's, or the publication was dropped: then uninstall first";
            return Err(SyncError::Foreign { name: name.to_owned(), reason });
        }
        in_time(transaction.batch_execute(&format!("CREATE PUBLICATION {} WITH ({PUBLISH})", quoted(name)))).await?;
        let token = "SELECT substr(replace(gen_random_uuid()::text, '-', ''), 1, 16)";
        let token = in_time(transaction.query_one(token, &[])).await?.get(0);
        Ledger { token, ..Ledger::default() }.write(&transaction, name).await?;
    }
    in_time(transaction.commit()).await?;

    let transaction = in_time(client.transaction()).await?;
    in_time(transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&lock])).await?;
    let ledger = Ledger::read(&transaction, name).await?.unwrap_or_default();
    let exists = look(&transaction, name).await?;
    if !exists {
        if ledger.ready {
            counter!("tidewire_postgres_losses_total").increment(1);
            tracing::error!(
                slot = name,
                "the slot is gone, as after a failover: what was changed since it was last read is lost, and it is made anew"
            );
        } else {
            tracing::info!(slot = name, "the slot is being made, once all transactions that are open now are over");
        }
        in_time(transaction.execute("SELECT pg_create_logical_replication_slot($1::text, 'pgoutput')", &[&name])).await?;
    }
    if !ledger.ready {
        Ledger { ready: true, ..ledger }.write(&transaction, name).await?;
    }
    in_time(transaction.commit()).await?;
    Ok(!exists)
}

/// Whether the slot can be read. One that the server gave up is dropped.
async fn look(client: &impl GenericClient, name: &str) -> Result<bool, SyncError> {
    let select = "SELECT plugin::text, database::text = current_database(), temporary, wal_status, confirmed_flush_lsn \
                    FROM pg_replication_slots WHERE slot_name = $1::text";
    let Some(row) = in_time(client.query_opt(select, &[&name])).await? else { return Ok(false) };
    let (plugin, here): (Option<String>, Option<bool>) = (row.get(0), row.get(1));
    let foreign = |reason| Err(SyncError::Foreign { name: name.to_owned(), reason });
    if plugin.as_deref() != Some("pgoutput") {
        return foreign("a slot of this name is there for another purpose");
    }
    if here != Some(true) {
        return foreign("a slot of this name belongs to another database of the server");
    }
    if row.get(2) {
        return foreign("a slot of this name belongs to another session");
    }
    if row.get::<_, Option<&str>>(3) == Some("lost") {
        let from = row.get::<_, Option<PgLsn>>(4).map(|from| from.to_string()).unwrap_or_default();
        counter!("tidewire_postgres_losses_total").increment(1);
        tracing::error!(
            slot = name,
            from,
            "the slot held back more than max_slot_wal_keep_size allows: what was changed from there on is lost, and it is made anew"
        );
        in_time(client.execute("SELECT pg_drop_replication_slot($1::text)", &[&name])).await?;
        return Ok(false);
    }
    Ok(true)
}

/// Tells how much the slot holds back. What is wrong with it shows when it is read.
pub(super) async fn measure(client: &Client, name: &str) -> Result<(), SyncError> {
    let select =
        "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), restart_lsn)::float8 FROM pg_replication_slots WHERE slot_name = $1::text";
    let row = in_time(client.query_opt(select, &[&name])).await?;
    if let Some(retained) = row.and_then(|row| row.get::<_, Option<f64>>(0)) {
        gauge!("tidewire_postgres_retained_bytes").set(retained);
    }
    Ok(())
}

/// Up to where the slot has been read and confirmed.
pub(super) async fn confirmed(client: &Client, name: &str) -> Result<Lsn, SyncError> {
    let select = "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = $1::text";
    let row = in_time(client.query_opt(select, &[&name])).await?;
    Ok(row.and_then(|row| row.get::<_, Option<PgLsn>>(0)).map_or(0, Lsn::from))
}

/// Up to where the log is safely on disk.
pub(super) async fn flushed(client: &Client) -> Result<Lsn, SyncError> {
    Ok(in_time(client.query_one("SELECT pg_current_wal_flush_lsn()", &[])).await?.get::<_, PgLsn>(0).into())
}

/// Lets the server forget what is before this place.
pub(super) async fn advance(client: &Client, name: &str, to: Lsn) -> Result<(), SyncError> {
    let advance = "SELECT pg_replication_slot_advance($1::text, $2)";
    in_time(client.execute(advance, &[&name, &PgLsn::from(to)])).await?;
    Ok(())
}
