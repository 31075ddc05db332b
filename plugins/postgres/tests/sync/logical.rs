//! What only the log has: slot, publication, replica identities, and how it compares with the outbox.

use serde_json::json;
use tidewire_postgres::{ConfigError, Operation, PostgresSync, Table};
use tracing::Level;

use crate::{
    order::{ITEMS, rows},
    support::{anything, contract, eventually, journal::Journal, log::Log, serve, server::Server, sync, via::Via},
};

/// Whole rows, large values that do not change, keys that do, and no key at all.
const CHANGES: &str = "INSERT INTO posts VALUES (1, repeat('large ', 100000), '{1,2}', '{\"a\": [1, 12345678901234567890]}', '2026-01-02 03:04:05.6', 'so so', '{so so,well}', (1, 'x,\"y'), 5, '{7,NULL}', E'a\\\\b\"c\\n☃'), \
     (2, NULL, NULL, NULL, 'infinity', NULL, NULL, NULL, NULL, NULL, NULL); \
     UPDATE posts SET tags = '{}' WHERE id = 1; UPDATE posts SET id = 3 WHERE id = 1; UPDATE posts SET text = 'small' WHERE id = 2; DELETE FROM posts; \
     INSERT INTO notes VALUES ('a', 1.10), ('a', 'NaN'); UPDATE notes SET value = 9007199254740993; DELETE FROM notes; \
     INSERT INTO parts VALUES (1, 'low'), (11, 'high'); UPDATE parts SET id = 12 WHERE id = 11; UPDATE parts SET text = 'other'; DELETE FROM parts WHERE id = 12; TRUNCATE parts, posts";

const TABLES: &str = "CREATE TYPE mood AS ENUM ('so so', 'well'); CREATE DOMAIN cents AS bigint; CREATE TYPE pair AS (a integer, b text); \
     CREATE TABLE posts (id bigint PRIMARY KEY, text text, tags integer[], data json, at timestamp, mood mood, moods mood[], pair pair, cents cents, many cents[], odd text); \
     CREATE TABLE notes (name text, value numeric); \
     CREATE TABLE parts (id integer, text text) PARTITION BY RANGE (id); \
     CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (10); CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (10) TO (20)";

#[tokio::test]
async fn the_same_changes_are_the_same_events_by_the_outbox_and_by_the_log() {
    let server = Server::start().await;
    server.execute(TABLES).await;
    let channels: [(&str, &[&str]); 3] =
        [("posts", &["posts.*", "posts.truncate"]), ("notes", &["notes.*"]), ("parts", &["parts.*", "parts.truncate"])];
    let everything = contract(&channels, &anything());
    let mut journals = Vec::new();
    let mut services = Vec::new();
    for via in [Via::Outbox, Via::Log] {
        let journal = Journal::new();
        // Numbers sort the events of the outbox; in the log those of one statement stand as they were made, too.
        services.push(serve(everything, &journal, via.sync(&server).table("posts").table("notes").table("parts")).await);
        journals.push(journal);
    }
    for statement in CHANGES.split("; ") {
        server.execute(statement).await;
        Via::Outbox.drained(&server).await;
        Via::Log.drained(&server).await;
    }
    let (outbox, log) = (journals[0].stored(), journals[1].stored());
    assert!(outbox.len() > 20, "{outbox:?}");
    let show = |stored: &[_]| stored.iter().map(|stored| format!("{stored:.300?}")).collect::<Vec<_>>();
    for (outbox, log) in outbox.iter().zip(&log) {
        assert!(outbox == log, "{outbox:.1000?} is not {log:.1000?}");
    }
    assert_eq!(show(&outbox), show(&log));
}

#[tokio::test]
async fn what_a_table_keeps_from_the_log_is_never_made_up() {
    let server = Server::start().await;
    server.execute("CREATE TABLE files (id integer PRIMARY KEY, body text, size integer)").await;
    server.execute("ALTER TABLE files ALTER body SET STORAGE EXTERNAL").await;
    let journal = Journal::new();
    let _realtime = serve(contract(&[("files", &["files.*"])], &anything()), &journal, Via::Log.sync(&server).table("files")).await;
    server.execute("INSERT INTO files VALUES (1, repeat('x', 100000), 1); UPDATE files SET size = 2").await;
    Via::Log.drained(&server).await;
    let stored = journal.stored();
    assert_eq!(stored[1].data.as_ref().unwrap()["body"].as_str().unwrap().len(), 100_000, "a value that did not change is there");
    journal.clear();
    // Somebody decides otherwise; whoever looks after the table sets it back, but what was written meanwhile is what it is.
    server.execute("ALTER TABLE files REPLICA IDENTITY DEFAULT; UPDATE files SET size = 3; DELETE FROM files").await;
    Via::Log.drained(&server).await;
    let stored: Vec<_> = journal.stored().into_iter().map(|stored| stored.data.unwrap()).collect();
    assert_eq!(stored, [json!({ "id": 1, "truncated": true }), json!({ "id": 1, "truncated": true })]);
    eventually("the identity is full again", async || server.number(FULL).await == 1).await;
}

const FULL: &str = "SELECT count(*) FROM pg_class WHERE relreplident = 'f' AND relnamespace = 'public'::regnamespace";

#[tokio::test]
async fn uninstalling_gives_everything_back_and_does_not_mind_what_is_missing() {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let server = Server::start().await;
    server
        .execute(&format!(
            "{ITEMS}; CREATE TABLE a (id integer NOT NULL UNIQUE); ALTER TABLE a REPLICA IDENTITY USING INDEX a_id_key; \
             CREATE TABLE b (id integer); ALTER TABLE b REPLICA IDENTITY NOTHING; CREATE TABLE c (id integer); ALTER TABLE c REPLICA IDENTITY FULL"
        ))
        .await;
    let identities = "SELECT hashtext(string_agg(relname || relreplident::text, ' ' ORDER BY relname))::bigint FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    let before = server.number(identities).await;
    let left = "SELECT (SELECT count(*) FROM pg_replication_slots) + (SELECT count(*) FROM pg_publication)";
    let journal = Journal::new();
    let all = contract(&[("items", &["items.*"]), ("a", &["a.*"]), ("b", &["b.*"]), ("c", &["c.*"])], &anything());
    for missing in ["SELECT 1", "SELECT pg_drop_replication_slot('tidewire')", "DROP PUBLICATION tidewire"] {
        let realtime = serve(all, &journal, Via::Log.sync(&server).table("items").table("a").table("b").table("c")).await;
        assert_eq!(server.number(FULL).await, 4);
        journal.clear();
        // The same rows again: the keys must be others.
        server.execute("INSERT INTO items VALUES (1, 1, ''); DELETE FROM items").await;
        Via::Log.drained(&server).await;
        assert_eq!(journal.count(), 2);
        let plugin = realtime.plugin::<PostgresSync>().unwrap();
        plugin.stop().await;
        server.execute(missing).await;
        plugin.uninstall().await.unwrap();
        assert_eq!(server.number(left).await, 0);
        plugin.uninstall().await.unwrap();
        if missing.starts_with("DROP") {
            // With the publication went what the tables were before; whole rows do no harm.
            assert_eq!(server.number(FULL).await, 4);
        } else {
            assert_eq!(server.number(identities).await, before);
        }
    }
    assert_eq!(log.says(Level::ERROR, ""), 0, "{:?}", log.lines());
}

/// What the log of a service says that cannot read its source.
async fn refused(server: &Server, words: &str) {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let journal = Journal::new();
    let realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, Via::Log.sync(server).table("items")).await;
    eventually(words, async || log.says(Level::WARN, words) > 0).await;
    server.execute("INSERT INTO items VALUES (1, 1, ''); DELETE FROM items").await;
    realtime.stop_plugins().await;
}

#[tokio::test]
async fn a_database_that_does_not_log_enough_is_named() {
    let server = Server::start_with(&["wal_level=replica"]).await;
    server.execute(ITEMS).await;
    refused(&server, "logical replication needs wal_level = logical, and it is `replica`").await;
}

#[tokio::test]
async fn what_is_called_like_the_slot_and_is_none_of_ours_is_named_and_left_alone() {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let left = "SELECT (SELECT count(*) FROM pg_replication_slots) + (SELECT count(*) FROM pg_publication)";
    server.execute("CREATE PUBLICATION tidewire FOR TABLE items").await;
    refused(&server, "a publication of this name is none of this package").await;
    server.execute("DROP PUBLICATION tidewire").await;
    server.execute("SELECT pg_create_logical_replication_slot('tidewire', 'pgoutput')").await;
    refused(&server, "a slot of this name is there without its publication").await;
    assert_eq!(server.number(left).await, 1);
    server
        .execute("SELECT pg_drop_replication_slot('tidewire'); CREATE PUBLICATION tidewire; COMMENT ON PUBLICATION tidewire IS 'tidewire 1 {\"token\":\"\",\"ready\":true,\"tables\":{},\"identities\":{}}'; SELECT pg_create_physical_replication_slot('tidewire')")
        .await;
    refused(&server, "a slot of this name is there for another purpose").await;
    server.execute("SELECT pg_drop_replication_slot('tidewire'); COMMENT ON PUBLICATION tidewire IS 'tidewire 99 {}'").await;
    refused(&server, "has version 99").await;
    assert_eq!(server.number(left).await, 1);
}

#[test]
fn a_slot_has_the_name_that_postgresql_allows() {
    let with = |slot: &str| PostgresSync::builder("host=/nowhere").table("posts").logical_replication(slot).build().map(drop);
    for name in ["", "Mixed", "a-b", "a'; DROP TABLE x; --", "a\"b", "pg_x", "ö", "a\0b", &"x".repeat(64)] {
        assert!(matches!(with(name), Err(ConfigError::Name { kind: "slot", .. })), "{name:?}");
    }
    for name in ["tidewire", "0_a", &"x".repeat(63)] {
        assert!(with(name).is_ok(), "{name:?}");
    }
}

#[tokio::test]
async fn a_slot_that_is_gone_is_an_error_in_the_log_and_made_anew() {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let journal = Journal::new();
    let realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, Via::Log.sync(&server).table("items")).await;
    let plugin = realtime.plugin::<PostgresSync>().unwrap();
    plugin.stop().await;
    server.execute("INSERT INTO items VALUES (1, 1, 'lost'); SELECT pg_drop_replication_slot('tidewire')").await;
    plugin.start();
    eventually("the loss is named", async || log.says(Level::ERROR, "the slot is gone") == 1).await;
    eventually("the slot is there", async || server.number("SELECT count(*) FROM pg_replication_slots").await == 1).await;
    server.execute("UPDATE items SET version = 2").await;
    eventually("the next change arrives", async || journal.count() == 1).await;
    // While it runs, too.
    server.execute("SELECT pg_drop_replication_slot('tidewire'); UPDATE items SET version = 3").await;
    eventually("the loss is named again", async || log.says(Level::ERROR, "the slot is gone") == 2).await;
    eventually("the slot is there", async || server.number("SELECT count(*) FROM pg_replication_slots").await == 1).await;
    server.execute("UPDATE items SET version = 4").await;
    eventually("the next change arrives", async || journal.count() == 2).await;
}

#[tokio::test]
async fn a_slot_that_held_back_too_much_is_an_error_in_the_log_with_its_place_and_made_anew() {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let server = Server::start_with(&["max_slot_wal_keep_size=1MB", "max_wal_size=2MB", "min_wal_size=2MB"]).await;
    server.execute(ITEMS).await;
    let journal = Journal::new();
    let realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, Via::Log.sync(&server).table("items")).await;
    let plugin = realtime.plugin::<PostgresSync>().unwrap();
    plugin.stop().await;
    let lost = "SELECT count(*) FROM pg_replication_slots WHERE wal_status = 'lost'";
    eventually("the server gives the slot up", async || {
        server.execute("INSERT INTO items SELECT n, 1, repeat('x', 1000) FROM generate_series(1, 5000) n; DELETE FROM items").await;
        server.execute("CHECKPOINT").await;
        server.number(lost).await == 1
    })
    .await;
    let from = server.connect().await.query_one("SELECT confirmed_flush_lsn::text FROM pg_replication_slots", &[]).await.unwrap();
    plugin.start();
    let from = format!("from=\"{}\"", from.get::<_, String>(0));
    eventually("the loss is named", async || log.says(Level::ERROR, "max_slot_wal_keep_size") == 1).await;
    assert_eq!(log.says(Level::ERROR, &from), 1, "{from}");
    eventually("the slot is of use", async || {
        server.number("SELECT count(*) FROM pg_replication_slots WHERE wal_status <> 'lost'").await == 1
    })
    .await;
    server.execute("INSERT INTO items VALUES (1, 1, '')").await;
    eventually("the next change arrives", async || journal.count() == 1).await;
}

#[tokio::test]
async fn two_slots_of_one_database_are_read_each_for_itself() {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let items = contract(&[("items", &["items.*"])], &anything());
    let (first, second) = (Journal::new(), Journal::new());
    let _first = serve(items, &first, sync(&server).logical_replication("a").table("items")).await;
    let _second = serve(items, &second, sync(&server).logical_replication("b").table("items")).await;
    server.execute("INSERT INTO items SELECT n, 1, '' FROM generate_series(1, 1000) n").await;
    for journal in [&first, &second] {
        eventually("all of them arrive", async || journal.count() == 1000).await;
        assert_eq!(journal.replay(), rows(&server).await);
    }
}

#[tokio::test]
async fn the_publication_has_the_tables_of_the_node_that_leads() {
    let server = Server::start().await;
    server.execute(&format!("{ITEMS}; CREATE TABLE notes (id integer)")).await;
    let (journal, both) = (Journal::new(), contract(&[("items", &["items.*"]), ("notes", &["notes.*"])], &anything()));
    let old = serve(both, &journal, Via::Log.sync(&server).table("items").table("notes")).await;
    let _new = serve(both, &journal, Via::Log.sync(&server).table("items")).await;
    let published = "SELECT count(*) FROM pg_publication_rel";
    assert_eq!(server.number(published).await, 2);
    server.execute("INSERT INTO notes VALUES (1); DELETE FROM notes").await;
    eventually("the old version goes on beside the new one", async || journal.count() == 2).await;
    old.stop_plugins().await;
    eventually("the new one leads", async || server.number(published).await == 1).await;
    assert_eq!(server.number(FULL).await, 1, "the other table is as it was");
    server.execute("INSERT INTO notes VALUES (2); INSERT INTO items VALUES (1, 1, '')").await;
    eventually("what is watched arrives", async || journal.count() == 3).await;
}

#[tokio::test]
async fn an_open_transaction_keeps_nobody_waiting_and_arrives_when_it_is_committed() {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let journal = Journal::new();
    let _realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, Via::Log.sync(&server).table("items")).await;
    let open = server.connect().await;
    open.batch_execute("BEGIN; INSERT INTO items SELECT n, 1, repeat('x', 100) FROM generate_series(1, 20000) n").await.unwrap();
    for id in 100_001..=100_100 {
        server.execute(&format!("INSERT INTO items VALUES ({id}, 1, '')")).await;
    }
    eventually("the others arrive", async || journal.count() == 100).await;
    open.batch_execute("COMMIT").await.unwrap();
    eventually("all of it arrives", async || journal.count() == 20_100).await;
    assert_eq!(journal.replay(), rows(&server).await);
}

#[tokio::test]
async fn tables_of_any_name_are_published() {
    let server = Server::start().await;
    let names = ["Mixed Case", r#"quo"te's"#, "a'; DROP TABLE \"x\"; --", "ßnöwman ☃", "$1 {0} %I %L \\", "a.b", &("ö".repeat(31) + "x")];
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let mut builder = Via::Log.sync(&server);
    for name in names {
        server.execute(&format!("CREATE TABLE {} ({1} integer, {0} text, PRIMARY KEY ({1}))", quoted(name), quoted("I\"d"))).await;
        let table = [Operation::Insert, Operation::Update, Operation::Delete]
            .into_iter()
            .fold(Table::new(name), |table, operation| table.event(operation, "changed"));
        builder = builder.table(table.channel("all/{table}").columns(["I\"d", name]));
    }
    let journal = Journal::new();
    let realtime = serve(contract(&[("all/{table}", &["changed"])], &anything()), &journal, builder).await;
    for name in names {
        let table = quoted(name);
        server.execute(&format!("INSERT INTO {table} VALUES (1, 'x'); UPDATE {table} SET \"I\"\"d\" = 2; DELETE FROM {table}")).await;
        let expected = [1, 2, 2].map(|id| Some(json!({ "I\"d": id, name: "x" })));
        eventually(name, async || journal.count() == 3).await;
        assert_eq!(journal.stored().into_iter().map(|stored| stored.data).collect::<Vec<_>>(), expected);
        journal.clear();
    }
    realtime.plugin::<PostgresSync>().unwrap().uninstall().await.unwrap();
    assert_eq!(server.number(FULL).await, 0);
}

#[tokio::test]
async fn a_change_that_is_larger_than_memory_shall_hold_is_named_and_keeps_nothing_back() {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let server = Server::start().await;
    server.execute("CREATE TABLE files (id integer PRIMARY KEY, body text)").await;
    let journal = Journal::new();
    let _realtime = serve(contract(&[("files", &["files.*"])], &anything()), &journal, Via::Log.sync(&server).table("files")).await;
    server.execute("INSERT INTO files VALUES (1, repeat('x', 40000000))").await;
    server.execute("INSERT INTO files VALUES (2, '')").await;
    Via::Log.drained(&server).await;
    assert_eq!(journal.stored().into_iter().map(|stored| stored.data.unwrap()["id"].clone()).collect::<Vec<_>>(), [json!(2)]);
    assert_eq!(log.says(Level::ERROR, "a row cannot be sent"), 1);
}
