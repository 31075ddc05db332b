//! The function that records changes: what it does with the rights of its owner, and what becomes of an older one.

use serde_json::json;
use tidewire_postgres::PostgresSync;

use crate::{
    order::{ITEMS, rows},
    support::{anything, contract, journal::Journal, serve, server::Server, sync, via::Via},
};

/// As version 1 installed it.
const RECORD_1: &str = include_str!("support/record_1.sql");

#[tokio::test]
async fn an_outbox_of_version_1_is_brought_to_this_one_with_what_waits_in_it() {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let (journal, items) = (Journal::new(), contract(&[("items", &["items.*"])], &anything()));
    let old = serve(items, &journal, sync(&server).table("items")).await;
    old.plugin::<PostgresSync>().unwrap().stop().await;
    server
        .execute(&format!(
            "CREATE OR REPLACE FUNCTION tidewire.record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER \
             SET search_path = pg_catalog, pg_temp AS $old$ {} $old$; UPDATE tidewire.installed SET version = 1",
            RECORD_1.replace("{schema}", "tidewire")
        ))
        .await;
    server.execute("INSERT INTO items VALUES (1, 1, 'before'); UPDATE items SET version = 2").await;
    // A transaction that is under way, with the old function in its plans, is neither stopped nor waited for.
    let writer = server.connect().await;
    writer.batch_execute("BEGIN; INSERT INTO items VALUES (2, 1, 'during')").await.unwrap();
    let _new = serve(items, &journal, sync(&server).table("items")).await;
    assert_eq!(server.number("SELECT version::bigint FROM tidewire.installed").await, 2);
    assert_eq!(server.number("SELECT count(*) FROM pg_proc WHERE proname = 'record' AND proconfig IS NULL").await, 1);
    writer.batch_execute("UPDATE items SET version = 2 WHERE id = 2; COMMIT; DELETE FROM items WHERE id = 1").await.unwrap();
    Via::Outbox.drained(&server).await;
    assert_eq!(journal.count(), 5);
    assert_eq!(journal.replay(), rows(&server).await);
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
