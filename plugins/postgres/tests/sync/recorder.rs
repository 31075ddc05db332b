//! The functions that record changes: what they do with the rights of their owner, and what becomes of an older one.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tidewire_postgres::{Operation, PostgresSync, Table};

use crate::{
    order::{ITEMS, rows},
    support::{anything, contract, eventually, journal::Journal, serve, server::Server, sync, via::Via},
};

/// The function of versions 1 and 2, which recorded everything, and the path that it was given.
const RECORD: [(&str, &str); 2] =
    [(include_str!("support/record_1.sql"), "SET search_path = pg_catalog, pg_temp"), (include_str!("support/record_2.sql"), "")];

/// How many triggers run the function of versions 1 and 2.
const OLD: &str = "SELECT count(*) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'record'";

/// Puts what version 1 or 2 installed in the place of what is installed.
async fn bring_back(server: &Server, version: usize) {
    let (body, path) = RECORD[version - 1];
    let body = body.replace("{schema}", "tidewire");
    let statement = format!(
        "CREATE FUNCTION tidewire.record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {path} AS $old$ {body} $old$; \
         REVOKE ALL ON FUNCTION tidewire.record() FROM PUBLIC; UPDATE tidewire.installed SET version = {version}; \
         DO $do$ DECLARE found record; BEGIN \
           FOR found IN SELECT tgname, tgrelid::regclass AS target, encode(substr(tgargs, 1, length(tgargs) - 1), 'escape') AS source \
                          FROM pg_trigger WHERE tgname LIKE '!tidewire %' AND tgparentid = 0 LOOP \
             EXECUTE format('DROP TRIGGER %I ON %s', found.tgname, found.target); \
             IF found.tgname LIKE '% row' THEN \
               EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION tidewire.record(%L)', \
                              found.tgname, found.target, found.source); \
             ELSIF found.tgname LIKE '% table' THEN \
               EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s EXECUTE FUNCTION tidewire.record(%L)', found.tgname, found.target, found.source); \
             END IF; \
           END LOOP; \
           FOR found IN SELECT oid::regprocedure AS name FROM pg_proc WHERE proname ~ '^record_' AND pronamespace = 'tidewire'::regnamespace LOOP \
             EXECUTE format('DROP FUNCTION %s', found.name); \
           END LOOP; \
         END $do$"
    );
    server.execute(&statement).await;
}

#[tokio::test]
async fn an_outbox_of_version_1_is_brought_to_this_one_with_what_waits_in_it() {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let (journal, items) = (Journal::new(), contract(&[("items", &["items.*"])], &anything()));
    let old = serve(items, &journal, sync(&server).table("items")).await;
    old.plugin::<PostgresSync>().unwrap().stop().await;
    bring_back(&server, 1).await;
    server.execute("INSERT INTO items VALUES (1, 1, 'before'); UPDATE items SET version = 2").await;
    // A transaction that is under way, with the old function in its plans, is not stopped, and not waited for longer than for any lock.
    let writer = server.connect().await;
    writer.batch_execute("BEGIN; INSERT INTO items VALUES (2, 1, 'during')").await.unwrap();
    let _new = serve(items, &journal, sync(&server).table("items")).await;
    assert_eq!(server.number("SELECT version::bigint FROM tidewire.installed").await, 3);
    assert_eq!(server.number(OLD).await, 1, "the table is locked");
    writer.batch_execute("UPDATE items SET version = 2 WHERE id = 2; COMMIT; DELETE FROM items WHERE id = 1").await.unwrap();
    Via::Outbox.drained(&server).await;
    assert_eq!(journal.count(), 5);
    eventually("the trigger is replaced", async || server.number("SELECT count(*) FROM pg_proc WHERE proname = 'record'").await == 0).await;
    writer.batch_execute("UPDATE items SET version = 3; DELETE FROM items; INSERT INTO items VALUES (3, 1, 'after')").await.unwrap();
    Via::Outbox.drained(&server).await;
    assert_eq!(journal.count(), 8);
    assert_eq!(journal.replay(), rows(&server).await);
}

#[tokio::test]
async fn an_outbox_of_version_2_is_brought_to_this_one_while_its_tables_are_read_and_written() {
    let server = Server::start().await;
    server.execute(&format!("{ITEMS}; INSERT INTO items SELECT i, 0, '' FROM generate_series(1, 3) i")).await;
    let (journal, items) = (Journal::new(), contract(&[("items", &["items.*"])], &anything()));
    let old = serve(items, &journal, sync(&server).table("items")).await;
    old.plugin::<PostgresSync>().unwrap().stop().await;
    bring_back(&server, 2).await;
    // A report that takes long keeps the triggers from nothing, and they do not keep others from reading.
    let report = server.connect().await;
    report.batch_execute("BEGIN; SELECT FROM items").await.unwrap();
    let replaced = Arc::new(AtomicBool::new(false));
    let writers = (1..=3).map(|id| {
        let (replaced, server) = (replaced.clone(), &server);
        async move {
            let (session, mut after) = (server.connect().await, 20);
            for version in 1.. {
                session.batch_execute(&format!("UPDATE items SET version = {version} WHERE id = {id}")).await.unwrap();
                after -= i64::from(replaced.load(Ordering::SeqCst));
                if after == 0 {
                    return (id, (1..=version).collect());
                }
            }
            unreachable!("they write until they are told")
        }
    });
    let upgrade = async {
        eventually("they write", async || server.number("SELECT min(version) FROM items").await > 10).await;
        let new = serve(items, &journal, sync(&server).table("items")).await;
        eventually("the triggers are replaced", async || server.number(OLD).await == 0).await;
        replaced.store(true, Ordering::SeqCst);
        new
    };
    let (written, _new) = tokio::join!(join_all(writers), upgrade);
    report.batch_execute("COMMIT").await.unwrap();
    Via::Outbox.drained(&server).await;
    let mut versions = BTreeMap::<i64, Vec<i64>>::new();
    for stored in journal.stored() {
        let row = stored.data.unwrap();
        versions.entry(row["id"].as_i64().unwrap()).or_default().push(row["version"].as_i64().unwrap());
    }
    assert_eq!(versions, written.into_iter().collect());
}

#[tokio::test]
async fn a_table_of_version_2_that_has_another_name_by_now_goes_on_being_recorded() {
    let server = Server::start().await;
    server
        .execute(
            "CREATE SCHEMA \"a\"\"{source}\"; CREATE SCHEMA b; CREATE TABLE \"a\"\"{source}\".\"po'sts\" (id integer PRIMARY KEY); CREATE TABLE b.\"po'sts\" (id integer); \
             CREATE TABLE parts (id integer PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE low PARTITION OF parts FOR VALUES FROM (0) TO (10)",
        )
        .await;
    let known = contract(&[("first", &["posts.*"]), ("parts", &["parts.*", "parts.truncate"]), ("second", &["posts.*"])], &anything());
    let table = |schema: &str, channel: &str| {
        let table = Table::new("po'sts").schema(schema).channel(channel);
        [Operation::Insert, Operation::Update, Operation::Delete]
            .into_iter()
            .fold(table, |table, operation| table.event(operation, format!("posts.{}", operation.name())))
    };
    let builder = || sync(&server).table(table("a\"{source}", "first")).table(table("b", "second")).table("parts");
    let journal = Journal::new();
    let old = serve(known, &journal, builder()).await;
    let before = server.number("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal").await;
    old.plugin::<PostgresSync>().unwrap().stop().await;
    bring_back(&server, 2).await;
    let write = |table: &str, id: i32| {
        format!("INSERT INTO {table} VALUES ({id}); UPDATE {table} SET id = {} WHERE id = {id}; DELETE FROM {table} WHERE id = {0}", id + 1)
    };
    server.execute("ALTER TABLE b.\"po'sts\" RENAME TO others").await;
    server.execute(&write("b.others", 1)).await;
    let new = serve(known, &journal, builder()).await;
    assert_eq!(server.number(OLD).await, 1, "that of the table that is not found");
    server.execute("CREATE TABLE high PARTITION OF parts FOR VALUES FROM (10) TO (20)").await;
    for table in ["\"a\"\"{source}\".\"po'sts\"", "b.others", "parts", "high"] {
        server.execute(&write(table, if table == "high" { 11 } else { 1 })).await;
    }
    // A row that comes from one part to another leaves the one and is new in the other.
    server.execute("INSERT INTO parts VALUES (5); UPDATE parts SET id = 15 WHERE id = 5; TRUNCATE parts").await;
    server.execute("ALTER TABLE b.others RENAME TO \"po'sts\"").await;
    eventually("it is found", async || server.number("SELECT count(*) FROM pg_proc WHERE proname = 'record'").await == 0).await;
    server.execute(&write("b.\"po'sts\"", 3)).await;
    Via::Outbox.drained(&server).await;
    let of = |channel: &str| -> Vec<String> {
        let stored = journal.stored().into_iter().filter(|stored| stored.channel == channel);
        stored.map(|stored| format!("{} {}", stored.event, stored.data.map_or(Value::Null, |row| row["id"].clone()))).collect()
    };
    let posts = |ids: &[i32]| -> Vec<String> {
        ids.iter()
            .flat_map(|id| [format!("posts.insert {id}"), format!("posts.update {}", id + 1), format!("posts.delete {}", id + 1)])
            .collect()
    };
    assert_eq!(of("first"), posts(&[1]));
    assert_eq!(of("second"), posts(&[1, 1, 3]));
    let moved = ["parts.insert 5", "parts.delete 5", "parts.insert 15", "parts.truncate null"];
    let parts = posts(&[1, 11]).into_iter().map(|event| event.replace("posts", "parts")).chain(moved.map(str::to_owned));
    assert_eq!(of("parts"), parts.collect::<Vec<_>>());
    assert!(
        server.number("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal").await > before,
        "the part that was made later has its own"
    );
    new.plugin::<PostgresSync>().unwrap().uninstall().await.unwrap();
    assert_eq!(server.number("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal").await, 0);
    assert_eq!(server.number("SELECT count(*) FROM pg_namespace WHERE nspname = 'tidewire'").await, 0);
}

#[tokio::test]
async fn an_outbox_of_version_2_is_removed_with_all_that_it_had() {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let items = contract(&[("items", &["items.*"])], &anything());
    let old = serve(items, &Journal::new(), sync(&server).table("items")).await;
    let sync = old.plugin::<PostgresSync>().unwrap();
    sync.stop().await;
    bring_back(&server, 2).await;
    server.execute("ALTER TABLE items RENAME TO things").await;
    sync.uninstall().await.unwrap();
    assert_eq!(server.number("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal").await, 0);
    assert_eq!(server.number("SELECT count(*) FROM pg_namespace WHERE nspname = 'tidewire'").await, 0);
}

/// Whoever may write to a watched table brings a search path of his own, with functions, operators, types and tables that are called as PostgreSQL's.
#[tokio::test]
async fn names_of_a_hostile_writer_lead_the_function_nowhere() {
    let server = Server::start().await;
    server
        .execute(&format!(
            "{ITEMS}; CREATE TYPE sad AS ENUM ('a'); CREATE FUNCTION refuse(sad) RETURNS json LANGUAGE internal AS 'any_in'; \
             CREATE CAST (sad AS json) WITH FUNCTION refuse(sad); CREATE TABLE odd (id integer PRIMARY KEY, sad sad); CREATE ROLE clerk LOGIN; GRANT ALL ON items, odd TO clerk; \
             CREATE TABLE ran (by name); GRANT INSERT ON ran TO PUBLIC; CREATE SCHEMA trap AUTHORIZATION clerk"
        ))
        .await;
    let journal = Journal::new();
    let _realtime =
        serve(contract(&[("items", &["items.*"]), ("odd", &["odd.*"])], &anything()), &journal, sync(&server).table("items").table("odd"))
            .await;
    let clerk = server.connect().await;
    clerk.batch_execute("SET ROLE clerk").await.unwrap();
    let spring = "LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.ran VALUES (current_user);";
    for (name, arguments, answer) in [
        ("row_to_json", "record", "json"),
        ("row_to_json", "public.items", "json"),
        ("lower", "text", "text"),
        ("string_agg", "text, text", "text"),
        ("int4", "text", "integer"),
        ("format", "text, name, name", "text"),
        ("json_build_object", "text, integer", "json"),
    ] {
        let function = format!("CREATE FUNCTION trap.{name}({arguments}) RETURNS {answer} {spring} RETURN NULL; END $$");
        clerk.batch_execute(&function).await.unwrap();
    }
    for (operator, of, answer) in [
        ("=", "text", "boolean"),
        ("=", "\"char\"", "boolean"),
        ("=", "oid", "boolean"),
        ("=", "smallint", "boolean"),
        ("||", "text", "text"),
    ] {
        let function = format!("trap.\"{operator} {}\"", of.replace('"', ""));
        let operator = format!(
            "CREATE FUNCTION {function}({of}, {of}) RETURNS {answer} {spring} RETURN NULL; END $$; \
             CREATE OPERATOR trap.{operator} (FUNCTION = {function}, LEFTARG = {of}, RIGHTARG = {of})"
        );
        clerk.batch_execute(&operator).await.unwrap();
    }
    clerk
        .batch_execute(
            "CREATE DOMAIN trap.json AS text; CREATE DOMAIN trap.\"char\" AS text; CREATE DOMAIN trap.int4 AS text; CREATE DOMAIN trap.text AS integer; \
             CREATE TEMP TABLE outbox (source integer, operation \"char\", content json); CREATE TEMP TABLE pg_index (a integer); \
             SET search_path = trap, pg_temp, public, pg_catalog",
        )
        .await
        .unwrap();
    // The traps work: the same words of the clerk's own spring them.
    clerk.batch_execute("SELECT lower('X'::pg_catalog.text)").await.unwrap();
    assert_eq!(server.number("SELECT count(*) FROM ran WHERE by = 'clerk'").await, 1);
    clerk
        .batch_execute("INSERT INTO public.items VALUES (1, 1, 'a'); UPDATE public.items SET version = 2; DELETE FROM public.items")
        .await
        .unwrap();
    // Of this one the function has to look the key up.
    clerk.batch_execute("INSERT INTO public.odd VALUES (1, 'a')").await.unwrap();
    Via::Outbox.drained(&server).await;
    assert_eq!(journal.count(), 4);
    assert_eq!(journal.stored()[0].data, Some(json!({ "id": 1, "version": 1, "text": "a" })));
    assert_eq!(journal.stored()[3].data, Some(json!({ "id": 1, "truncated": true })));
    assert_eq!(server.number("SELECT count(*) FROM ran").await, 1, "and nothing else did");
}

#[tokio::test]
async fn functions_of_others_that_make_json_are_run_with_a_search_path_that_nobody_can_choose() {
    let server = Server::start().await;
    server
        .execute(
            "CREATE TYPE mood AS ENUM ('well'); CREATE FUNCTION told(mood) RETURNS json LANGUAGE plpgsql AS $$ BEGIN RETURN to_json(lower('WELL')); END $$; \
             CREATE CAST (mood AS json) WITH FUNCTION told(mood); CREATE TABLE notes (id integer PRIMARY KEY, mood mood); \
             CREATE ROLE clerk; GRANT ALL ON notes TO clerk; CREATE SCHEMA trap AUTHORIZATION clerk",
        )
        .await;
    let journal = Journal::new();
    let _realtime = serve(contract(&[("notes", &["notes.*"])], &anything()), &journal, sync(&server).table("notes")).await;
    let clerk = server.connect().await;
    clerk
        .batch_execute(
            "SET ROLE clerk; CREATE FUNCTION trap.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT current_user::text $$; \
             SET search_path = trap, pg_catalog; INSERT INTO public.notes VALUES (1, 'well')",
        )
        .await
        .unwrap();
    Via::Outbox.drained(&server).await;
    assert_eq!(journal.stored()[0].data, Some(json!({ "id": 1, "mood": "well" })));
}
