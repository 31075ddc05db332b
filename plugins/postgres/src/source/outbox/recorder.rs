//! What records the changes of watched tables: a trigger for each operation on each of them, and the function that it runs.

use tokio_postgres::{Client, Transaction};

use super::install::{LOCK_TIMEOUT, Watched, lock_number};
use crate::{
    connect::in_time,
    error::SyncError,
    mapping::Mapping,
    name::{literal, quoted},
    table::Operation,
};

const RECORD: &str = include_str!("record.sql");
const RECORD_TRUNCATION: &str = include_str!("record_truncation.sql");

/// The names of the functions. The one without a number recorded everything until version 2.
const FUNCTIONS: &str = "^record(_[0-9]+_[a-z]+)?$";

/// Installs triggers and functions of an outbox.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recorder<'a> {
    outbox: &'a str,
    own_path: bool,
}

/// The bits of `pg_trigger.tgtype`.
const fn bits(operation: Operation) -> i16 {
    const ROW: i16 = 1;
    match operation {
        Operation::Insert => ROW | 1 << 2,
        Operation::Update => ROW | 1 << 4,
        Operation::Delete => ROW | 1 << 3,
        Operation::Truncate => 1 << 5,
    }
}

/// The name sorts before those of nearly all other triggers: one that changes the row again must come after its first change was recorded.
///
/// Two are called as the triggers of version 2 were, which were one for all operations on rows and one for truncations, and take their places: to drop a trigger, all who only read the table would have to be waited for.
fn trigger_name(outbox: &str, operation: Operation) -> String {
    let kind = match operation {
        Operation::Insert => "insert",
        Operation::Update => "row",
        Operation::Delete => "delete",
        Operation::Truncate => "table",
    };
    format!("!tidewire {:016x} {kind}", lock_number(outbox, "trigger"))
}

fn trigger_names(outbox: &str) -> Vec<String> {
    Operation::ALL.map(|operation| trigger_name(outbox, operation)).into()
}

fn function_name(source: i32, operation: Operation) -> String {
    format!("record_{source}_{}", operation.name())
}

/// What of a table's operation is recorded by a function that is called so.
fn recorded_by(function: &str) -> Option<(i32, Operation)> {
    let (source, operation) = function.strip_prefix("record_")?.split_once('_')?;
    let operation = Operation::ALL.into_iter().find(|known| known.name() == operation)?;
    Some((source.parse().ok()?, operation))
}

/// By what the triggers of a table are known, wherever it is; the functions do not look at it.
fn argument(source: i32) -> Vec<u8> {
    format!("{source}\0").into_bytes()
}

impl<'a> Recorder<'a> {
    pub(super) async fn new(transaction: &Transaction<'_>, outbox: &'a str) -> Result<Self, SyncError> {
        Ok(Self { outbox, own_path: casts_are_written_in_sql(transaction).await? })
    }

    /// Makes a function for one operation on one table. It runs with the rights of its owner, so that whoever writes to a watched table needs none on the outbox.
    ///
    /// What a function for all of them would have to find out is written in it, since plpgsql makes each expression ready anew in each transaction.
    ///
    /// All names in it say their schema, those of operators and types included, so that the search path of whoever writes leads it nowhere. A path of its own would be set and taken back for each row, which is a fifth of what the
    /// function costs; it has one only where functions of others are run by it, which may rely on the path.
    fn function(self, source: i32, operation: Operation) -> String {
        let schema = quoted(self.outbox);
        let (text, row, letter) = match operation {
            Operation::Insert => (RECORD, "NEW", "i"),
            Operation::Update => (RECORD, "NEW", "u"),
            Operation::Delete => (RECORD, "OLD", "d"),
            Operation::Truncate => (RECORD_TRUNCATION, "", "t"),
        };
        let text = text.replace("{row}", row).replace("{operation}", letter).replace("{key_only}", &letter.to_ascii_uppercase());
        // The schema comes last: it may be called like one of these places.
        let body = literal(&text.replace("{source}", &source.to_string()).replace("{schema}", &schema));
        let path = if self.own_path { "SET search_path = pg_catalog, pg_temp" } else { "" };
        let name = format!("{schema}.{}()", function_name(source, operation));
        format!(
            "CREATE OR REPLACE FUNCTION {name} RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {path} AS {body}; \
             REVOKE ALL ON FUNCTION {name} FROM PUBLIC;"
        )
    }

    /// Makes the functions that are there anew where they have to be others now. Nobody's writing waits for this: triggers know a function by its number, which it keeps.
    pub(super) async fn renew(self, transaction: &Transaction<'_>, all: bool) -> Result<(), SyncError> {
        let found = in_time(transaction.query(
            "SELECT p.proname::text, p.proconfig IS NOT NULL FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
              WHERE n.nspname = $1::text AND p.proname ~ $2::text AND p.prorettype = 'trigger'::regtype ORDER BY 1",
            &[&self.outbox, &FUNCTIONS],
        ))
        .await?;
        for row in found {
            let (name, has_path): (String, bool) = (row.get(0), row.get(1));
            let statement = match recorded_by(&name) {
                Some((source, operation)) if all || has_path != self.own_path => self.function(source, operation),
                // Of an older version, for as long as a table is locked, or has another name by now. That of version 1 cannot be without its path.
                None if self.own_path && !has_path => {
                    format!("ALTER FUNCTION {}.{}() SET search_path = pg_catalog, pg_temp", quoted(self.outbox), quoted(&name))
                }
                _ => continue,
            };
            in_time(transaction.batch_execute(&statement)).await?;
        }
        Ok(())
    }

    /// Sees to it that a table has the triggers that its mapping asks for, and no others of this outbox. Where that is so, nothing is locked.
    pub(super) async fn watch(self, client: &mut Client, mapping: &Mapping, watched: &Watched) -> Result<(), SyncError> {
        let target = format!("{}.{}", quoted(&mapping.table.schema), quoted(&mapping.table.name));
        let transaction = in_time(client.transaction()).await?;
        in_time(transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&lock_number(self.outbox, "install")])).await?;
        in_time(transaction.batch_execute(LOCK_TIMEOUT)).await?;
        let found = in_time(transaction.query(
            "SELECT t.tgname::text, t.tgtype, t.tgargs, p.proname::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid \
              WHERE t.tgrelid = $1 AND t.tgname::text = ANY ($2) AND NOT t.tgisinternal",
            &[&watched.relation, &trigger_names(self.outbox)],
        ))
        .await?;
        // All statements at once: what was recorded by a trigger is recorded by the next, and nothing twice.
        let mut statements = String::new();
        for operation in Operation::ALL {
            let (name, function) = (trigger_name(self.outbox, operation), function_name(watched.source, operation));
            let found = found.iter().find(|row| row.get::<_, &str>(0) == name);
            let wanted = mapping.watches(operation);
            let right = found.is_some_and(|row| {
                row.get::<_, i16>(1) == bits(operation)
                    && row.get::<_, &[u8]>(2) == argument(watched.source)
                    && row.get::<_, &str>(3) == function
            });
            if found.is_some() && !wanted {
                // Before the others: whoever has a lock and asks for a stronger one may wait for somebody who waits for him.
                statements.insert_str(0, &format!("DROP TRIGGER {} ON {target};", quoted(&name)));
            }
            if wanted && !right {
                let level = if operation == Operation::Truncate { "STATEMENT" } else { "ROW" };
                statements += &self.function(watched.source, operation);
                let create = format!(
                    "CREATE OR REPLACE TRIGGER {} AFTER {} ON {target} FOR EACH {level} EXECUTE FUNCTION {}.{function}('{}');",
                    quoted(&name),
                    operation.name(),
                    quoted(self.outbox),
                    watched.source
                );
                statements += &create;
            }
        }
        if !statements.is_empty() {
            in_time(transaction.batch_execute(&statements)).await?;
        }
        in_time(transaction.commit()).await
    }

    /// Drops the functions that no trigger runs any more.
    pub(super) async fn drop_idle(self, client: &mut Client) -> Result<(), SyncError> {
        let idle = "SELECT p.proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
                     WHERE n.nspname = $1::text AND p.proname ~ $2::text AND p.prorettype = 'trigger'::regtype \
                       AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgfoid = p.oid)";
        if in_time(client.query(idle, &[&self.outbox, &FUNCTIONS])).await?.is_empty() {
            return Ok(());
        }
        let transaction = in_time(client.transaction()).await?;
        // Asked again: another node may have been about to make a trigger.
        in_time(transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&lock_number(self.outbox, "install")])).await?;
        for row in in_time(transaction.query(idle, &[&self.outbox, &FUNCTIONS])).await? {
            let statement = format!("DROP FUNCTION {}.{}()", quoted(self.outbox), quoted(row.get(0)));
            in_time(transaction.batch_execute(&statement)).await?;
        }
        in_time(transaction.commit()).await
    }
}

/// Whether anybody has told the database in SQL, or another language that looks names up, how a type becomes JSON. Recording a row of this type runs his function, with the rights of our function's owner.
async fn casts_are_written_in_sql(transaction: &Transaction<'_>) -> Result<bool, SyncError> {
    let query = "SELECT EXISTS (SELECT FROM pg_cast c JOIN pg_proc p ON p.oid = c.castfunc JOIN pg_language l ON l.oid = p.prolang \
                                 WHERE c.casttarget = 'json'::regtype AND l.lanname NOT IN ('c', 'internal'))";
    Ok(in_time(transaction.query_one(query, &[])).await?.get(0))
}

/// Drops the triggers of an outbox wherever they are: a table may have another name by now.
pub(super) async fn drop_triggers(transaction: &Transaction<'_>, outbox: &str, source: Option<i32>) -> Result<(), SyncError> {
    let found = in_time(transaction.query(
        "SELECT t.tgname::text, n.nspname::text, c.relname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
          WHERE t.tgname::text = ANY ($1) AND t.tgparentid = 0 AND ($2::bytea IS NULL OR t.tgargs = $2)",
        &[&trigger_names(outbox), &source.map(argument)],
    ))
    .await?;
    for row in found {
        let statement = format!("DROP TRIGGER {} ON {}.{}", quoted(row.get(0)), quoted(row.get(1)), quoted(row.get(2)));
        in_time(transaction.batch_execute(&statement)).await?;
    }
    Ok(())
}

/// Drops all functions of an outbox.
pub(super) async fn drop_functions(transaction: &Transaction<'_>, outbox: &str) -> Result<(), SyncError> {
    let found = in_time(transaction.query(
        "SELECT p.proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
          WHERE n.nspname = $1::text AND p.proname ~ $2::text AND p.prorettype = 'trigger'::regtype",
        &[&outbox, &FUNCTIONS],
    ))
    .await?;
    for row in found {
        in_time(transaction.batch_execute(&format!("DROP FUNCTION {}.{}()", quoted(outbox), quoted(row.get(0))))).await?;
    }
    Ok(())
}
