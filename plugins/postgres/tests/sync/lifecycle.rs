//! Beginning, ending, and what is left in the database.

use serde_json::json;
use tidewire_postgres::PostgresSync;
use tracing::Level;

use crate::{
    order::{ITEMS, rows},
    support::{
        anything, contract, eventually,
        journal::Journal,
        log::Log,
        serve,
        server::Server,
        sync,
        via::{Via, over_both_sources},
    },
};

/// Everything of ours that the catalog shows.
async fn catalog(server: &Server) -> Vec<String> {
    let query = "SELECT 'trigger ' || oid || ' ' || tgname FROM pg_trigger WHERE NOT tgisinternal \
                 UNION ALL SELECT 'relation ' || c.oid || ' ' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'tidewire' \
                 UNION ALL SELECT 'function ' || p.oid || ' ' || p.xmin FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'tidewire' ORDER BY 1";
    let rows = server.connect().await.query(query, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn installing_twice_changes_nothing_and_locks_nothing() {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let (journal, items) = (Journal::new(), contract(&[("items", &["items.*"])], &anything()));
    let first = serve(items, &journal, sync(&server).table("items")).await;
    let installed = catalog(&server).await;
    assert!(installed.len() > 5, "{installed:?}");
    // Whoever wanted a lock on the table would wait for this one, and for longer than building a service takes.
    let writer = server.connect().await;
    writer.batch_execute("BEGIN; INSERT INTO items VALUES (1, 1, '')").await.unwrap();
    let second = serve(items, &journal, sync(&server).table("items")).await;
    assert_eq!(catalog(&server).await, installed);
    writer.batch_execute("COMMIT").await.unwrap();
    eventually("the row arrives", async || journal.count() == 1).await;
    drop((first, second));
}

async fn starting_twice_warns_and_stopping_leaves_the_changes_to_others(via: Via) {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let (journal, items) = (Journal::new(), contract(&[("items", &["items.*"])], &anything()));
    let first = serve(items, &journal, via.sync(&server).table("items")).await;
    let sync_of_first = first.plugin::<PostgresSync>().unwrap();
    sync_of_first.start();
    assert_eq!(log.says(Level::WARN, "already"), 1);
    server.execute("INSERT INTO items VALUES (1, 1, '')").await;
    via.drained(&server).await;
    sync_of_first.stop().await;
    server.execute("INSERT INTO items VALUES (2, 1, '')").await;
    assert_eq!(server.number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").await, 0, "the lead is free");
    assert_eq!(journal.count(), 1, "changes wait");
    let second = serve(items, &journal, via.sync(&server).table("items")).await;
    via.drained(&server).await;
    // Back again, it does not lead, and takes over when the other one goes.
    sync_of_first.start();
    second.plugin::<PostgresSync>().unwrap().stop().await;
    server.execute("INSERT INTO items VALUES (3, 1, '')").await;
    via.drained(&server).await;
    assert_eq!(log.says(Level::WARN, "already"), 1);
    assert_eq!(journal.count(), 3);
    assert_eq!(journal.replay(), rows(&server).await);
}

async fn stopping_the_plugins_of_a_service_stops_reading(via: Via) {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let journal = Journal::new();
    let realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, via.sync(&server).table("items")).await;
    realtime.stop_plugins().await;
    eventually("the connection is closed", async || {
        server.number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tidewire'").await == 0
    })
    .await;
}

#[tokio::test]
async fn uninstalling_leaves_nothing_and_installing_again_begins_anew() {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let before = catalog(&server).await;
    let (journal, items) = (Journal::new(), contract(&[("items", &["items.*"])], &anything()));
    for round in 1..=2 {
        let realtime = serve(items, &journal, sync(&server).table("items")).await;
        // The same numbers again, and the same rows: the keys must be others.
        server.execute("INSERT INTO items VALUES (1, 1, ''); DELETE FROM items").await;
        Via::Outbox.drained(&server).await;
        assert_eq!(journal.count(), 2 * round);
        let sync = realtime.plugin::<PostgresSync>().unwrap();
        sync.uninstall().await.unwrap();
        assert_eq!(catalog(&server).await, before);
        sync.uninstall().await.unwrap();
    }
    assert_eq!(server.number("SELECT count(*) FROM pg_namespace WHERE nspname = 'tidewire'").await, 0);
    server.execute("INSERT INTO items VALUES (1, 1, '')").await;
}

async fn tables_change_while_they_are_watched(via: Via) {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let journal = Journal::new();
    let _realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, via.sync(&server).table("items")).await;
    let session = server.connect().await;
    for statement in [
        "INSERT INTO items VALUES (1, 1, 'a')",
        "ALTER TABLE items ADD COLUMN more integer DEFAULT 5",
        "INSERT INTO items VALUES (2, 1, 'b')",
        "ALTER TABLE items DROP COLUMN text",
        "INSERT INTO items VALUES (3, 1)",
        "ALTER TABLE items ALTER COLUMN more TYPE text USING 'x' || more",
        "INSERT INTO items VALUES (4, 1)",
        "ALTER TABLE items RENAME COLUMN more TO less",
        "ALTER TABLE items RENAME TO things",
        "INSERT INTO things VALUES (5, 1)",
        "BEGIN; ALTER TABLE things ADD COLUMN last boolean; INSERT INTO things VALUES (6, 1, 'y', true); COMMIT",
    ] {
        session.batch_execute(statement).await.unwrap();
    }
    via.drained(&server).await;
    let rows: Vec<_> = journal.stored().into_iter().map(|stored| stored.data.unwrap()).collect();
    let expected = [
        json!({ "id": 1, "version": 1, "text": "a" }),
        json!({ "id": 2, "version": 1, "text": "b", "more": 5 }),
        json!({ "id": 3, "version": 1, "more": 5 }),
        json!({ "id": 4, "version": 1, "more": "5" }),
        json!({ "id": 5, "version": 1, "less": "5" }),
        json!({ "id": 6, "version": 1, "less": "y", "last": true }),
    ];
    assert_eq!(rows, expected);
}

async fn a_table_that_is_made_later_or_anew_is_watched_from_then_on(via: Via) {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let server = Server::start().await;
    let journal = Journal::new();
    let _realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, via.sync(&server).table("items")).await;
    assert_eq!(log.says(Level::ERROR, "a watched table does not exist"), 1);
    for round in 1..=2 {
        server.execute(&format!("DROP TABLE IF EXISTS items; {ITEMS}")).await;
        eventually("it is watched", async || via.watches(&server).await).await;
        server.execute(&format!("INSERT INTO items VALUES ({round}, 1, '')")).await;
        eventually("its row arrives", async || journal.count() == round).await;
    }
}

#[tokio::test]
async fn a_role_without_rights_on_the_outbox_writes_to_watched_tables() {
    let server = Server::start().await;
    server.execute(&format!("{ITEMS}; CREATE ROLE clerk LOGIN; GRANT ALL ON items TO clerk")).await;
    let journal = Journal::new();
    let _realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, sync(&server).table("items")).await;
    let session = server.connect().await;
    session.batch_execute("SET ROLE clerk; INSERT INTO items VALUES (1, 1, 'a')").await.unwrap();
    for forbidden in
        ["SELECT * FROM tidewire.outbox", "INSERT INTO tidewire.outbox (source, operation) VALUES (1, 't')", "DELETE FROM tidewire.outbox"]
    {
        assert!(session.batch_execute(forbidden).await.is_err(), "{forbidden}");
    }
    eventually("the row arrives", async || journal.count() == 1).await;
}

#[tokio::test]
async fn a_table_that_no_node_names_any_more_is_left_alone_after_a_while() {
    let server = Server::start().await;
    server.execute(&format!("{ITEMS}; CREATE TABLE notes (id integer)")).await;
    let (journal, both) = (Journal::new(), contract(&[("items", &["items.*"]), ("notes", &["notes.*"])], &anything()));
    let old = serve(both, &journal, sync(&server).table("items").table("notes")).await;
    let new = serve(both, &journal, sync(&server).table("items")).await;
    server.execute("INSERT INTO notes VALUES (1)").await;
    eventually("the old version goes on beside the new one", async || journal.count() == 1).await;
    old.stop_plugins().await;
    server.execute("INSERT INTO notes VALUES (2); UPDATE tidewire.watched SET named_at = '-infinity' WHERE table_name = 'notes'").await;
    let triggers = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = 'notes'::regclass";
    eventually("its triggers go", async || server.number(triggers).await == 0).await;
    Via::Outbox.drained(&server).await;
    assert_eq!(server.number("SELECT count(*) FROM tidewire.watched").await, 1);
    server.execute("INSERT INTO items VALUES (1, 1, '')").await;
    eventually("what is watched is not disturbed", async || journal.count() == 2).await;
    drop(new);
}

over_both_sources! { current:
    starting_twice_warns_and_stopping_leaves_the_changes_to_others,
    stopping_the_plugins_of_a_service_stops_reading,
    tables_change_while_they_are_watched,
    a_table_that_is_made_later_or_anew_is_watched_from_then_on,
}
