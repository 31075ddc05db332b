//! `import postgres`: what it writes of a database is what the plugin takes, and what rows become.

use serde_json::{Value, json};
use tidewire_codegen::{
    postgres::{Catalog, Error, Scaffold, read, scaffold},
    rust, source,
};
use tidewire_postgres::{Operation, Table};

use crate::{
    imported::records,
    support::{
        journal::Journal,
        serve,
        server::Server,
        via::{Via, over_both_sources},
    },
};

const TABLES: &str = r#"
CREATE TYPE mood AS ENUM ('so so', 'well');
CREATE TYPE pair AS (a integer, "B b" text, moods mood[]);
CREATE DOMAIN cents AS bigint NOT NULL;
CREATE DOMAIN tags AS varchar(8)[];
CREATE TYPE "String" AS ENUM ('', 'a b', 'a_b', 'Self', 'é', '3', 'it''s "so"');
CREATE TYPE trap AS RANGE (subtype = integer);
CREATE TABLE everything (
    id bigint PRIMARY KEY, small smallint NOT NULL, whole integer NOT NULL, flag boolean, real real, double_precision double precision, exact numeric(12, 2), price money,
    body text NOT NULL, short varchar(20), fixed char(4), bytes bytea, key uuid, day date, at timestamp, tz timestamptz NOT NULL, clock time, span interval,
    plain json, binary_json jsonb NOT NULL, list integer[] NOT NULL, bigs bigint[], grid integer[][], mood mood, moods mood[], cents cents, tags tags, pair pair, pairs pair[],
    span_of trap, ip inet, bits bit(3), words tsvector, "number" oid);
COMMENT ON TABLE everything IS 'All there is, "quoted" */ and `ticked`.';
COMMENT ON COLUMN everything.body IS 'Two
lines.';
CREATE TABLE "Mixed Case" ("Id" integer PRIMARY KEY, "select" text, "self" text, "größe" integer, a_b integer, "aB" integer, "constructor" text, "3d" boolean, "it's ""so""" text, odd "String");
CREATE SCHEMA billing;
CREATE TABLE posts (id integer PRIMARY KEY, post_title text NOT NULL);
CREATE TABLE billing.posts (id integer PRIMARY KEY, amount numeric NOT NULL);
CREATE TABLE public."default" (id integer PRIMARY KEY);
CREATE VIEW seen AS SELECT * FROM posts;
"#;

fn asked() -> Vec<String> {
    ["everything".to_owned(), "Mixed Case".to_owned(), "posts".to_owned(), "billing.posts".to_owned(), "default".to_owned(), "ö".repeat(31)]
        .into()
}

async fn imported(server: &Server, tables: Vec<String>) -> Result<Catalog, Error> {
    imported_from(server.address(), tables).await
}

async fn imported_from(address: String, tables: Vec<String>) -> Result<Catalog, Error> {
    tokio::task::spawn_blocking(move || read(&address, "public", &tables)).await.unwrap()
}

async fn what_is_imported_compiles_and_a_row_of_every_type_arrives_as_it_says(via: Via) {
    let server = Server::start().await;
    server.execute(TABLES).await;
    server.execute(&format!("CREATE TABLE \"{}\" (id integer PRIMARY KEY)", "ö".repeat(31))).await;
    let Scaffold { schema, setup, left_out } = scaffold(&imported(&server, asked()).await.unwrap(), "records");
    let (contract, diagnostics) = source::schema(&schema);
    assert!(diagnostics.is_empty(), "{:?}\n{schema}", diagnostics.iter().collect::<Vec<_>>());
    // TW0607 on the command line.
    assert_eq!(left_out, ["public.Mixed Case.constructor"]);

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sync/imported.rs");
    let draft = rust::draft(&contract, "records").unwrap();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &draft).unwrap();
    }
    assert_eq!(draft, std::fs::read_to_string(path).unwrap(), "UPDATE=1 writes it anew");
    assert_eq!(records::CONTRACT_HASH, contract.hash());

    let renamed = |table: Table, base: &str| {
        let event = |operation: Operation| (operation, format!("{base}.{}", operation.name()));
        let events = [Operation::Insert, Operation::Update, Operation::Delete, Operation::Truncate].map(event);
        events.into_iter().fold(table.channel(base), |table, (operation, event)| table.event(operation, event))
    };
    let call = |table: &str, base: &str| {
        format!(
            ".table({table}.channel(\"{base}\").event(Operation::Insert, \"{base}.insert\").event(Operation::Update, \"{base}.update\").event(Operation::Delete, \"{base}.delete\").event(Operation::Truncate, \"{base}.truncate\"))"
        )
    };
    let long = "ö".repeat(31);
    let expected = [
        ".table(\"everything\")".to_owned(),
        call("Table::new(\"Mixed Case\")", "mixed_case"),
        call("Table::new(\"posts\")", "public_posts"),
        call("Table::new(\"posts\").schema(\"billing\")", "billing_posts"),
        call("Table::new(\"default\")", "table_default"),
        call(&format!("Table::new(\"{long}\")"), "table"),
    ];
    assert_eq!(setup, expected);
    let journal = Journal::new();
    let plugin = via
        .sync(&server)
        .table("everything")
        .table(renamed(Table::new("Mixed Case"), "mixed_case"))
        .table(renamed(Table::new("posts"), "public_posts"))
        .table(renamed(Table::new("posts").schema("billing"), "billing_posts"))
        .table(renamed(Table::new("default"), "table_default"))
        .table(renamed(Table::new(long), "table"));
    let _realtime = serve(records::contract(), &journal, plugin).await;
    server
        .execute(
            "SET TimeZone = 'UTC'; INSERT INTO everything VALUES (9223372036854775807, -7, 7, true, 1.5, 0.1, 1.10, 5, 'b', 'short', 'ab', '\\xdeadbeef', \
               'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2026-01-02', '2026-01-02 03:04:05.678', '2026-01-02 03:04:05+00', '03:04:05', '1 day', '[1, null]', '{\"a\": 1}', \
               '{1,NULL,3}', '{1,9007199254740993}', '{{1,2},{3,4}}', 'so so', '{well,NULL}', 7, '{a,b}', (1, 'x', '{well}'), ARRAY[(2, NULL, NULL)::pair], '[1,5)', '10.0.0.1', B'101', \
               'a b', 7); \
             INSERT INTO everything (id, small, whole, body, tz, binary_json, list, cents) VALUES (1, 1, 1, '', '2026-01-02 03:04:05+00', 'null', '{}', 0); \
             INSERT INTO \"Mixed Case\" VALUES (1, 's', 'me', 3, 4, 5, 'never', true, 'x', 'a_b'); UPDATE \"Mixed Case\" SET \"select\" = NULL; \
             INSERT INTO posts VALUES (1, 't'); INSERT INTO billing.posts VALUES (1, 12345678901234567890.5); DELETE FROM posts",
        )
        .await;
    via.drained(&server).await;
    let stored: Vec<(&str, Value)> = journal.stored().into_iter().map(|stored| (stored.event, stored.data.unwrap())).collect();
    let null = Value::Null;
    let whole = json!({
        "id": "9223372036854775807", "small": -7, "whole": 7, "flag": true, "real": 1.5, "doublePrecision": 0.1, "exact": "1.10", "price": "$5.00", "body": "b",
        "short": "short", "fixed": "ab  ", "bytes": "\\xdeadbeef", "key": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "day": "2026-01-02", "at": "2026-01-02T03:04:05.678Z",
        "tz": "2026-01-02T03:04:05+00:00", "clock": "03:04:05", "span": "1 day", "plain": [1, null], "binaryJson": { "a": 1 }, "list": [1, null, 3],
        "bigs": ["1", "9007199254740993"], "grid": [[1, 2], [3, 4]], "mood": "so so", "moods": ["well", null], "cents": "7", "tags": ["a", "b"],
        "pair": { "a": 1, "B b": "x", "moods": ["well"] }, "pairs": [{ "a": 2, "B b": null, "moods": null }], "spanOf": "[1,5)", "ip": "10.0.0.1", "bits": "101",
        "words": "'a' 'b'", "number": "7",
    });
    let empty = json!({
        "id": "1", "small": 1, "whole": 1, "flag": null, "real": null, "doublePrecision": null, "exact": null, "price": null, "body": "", "short": null, "fixed": null,
        "bytes": null, "key": null, "day": null, "at": null, "tz": "2026-01-02T03:04:05+00:00", "clock": null, "span": null, "plain": null, "binaryJson": null, "list": [],
        "bigs": null, "grid": null, "mood": null, "moods": null, "cents": "0", "tags": null, "pair": null, "pairs": null, "spanOf": null, "ip": null, "bits": null,
        "words": null, "number": null,
    });
    let mixed = |select: Value| json!({ "Id": 1, "select": select, "self": "me", "größe": 3, "a_b": 4, "aB": 5, "3d": true, "it's \"so\"": "x", "odd": "a_b" });
    let expected = [
        ("everything.insert", whole),
        ("everything.insert", empty),
        ("mixed_case.insert", mixed(json!("s"))),
        ("mixed_case.update", mixed(null)),
        ("public_posts.insert", json!({ "id": 1, "postTitle": "t" })),
        ("billing_posts.insert", json!({ "id": 1, "amount": "12345678901234567890.5" })),
        ("public_posts.delete", json!({ "id": 1, "postTitle": "t" })),
    ];
    assert_eq!(stored.len(), expected.len(), "{stored:?}");
    for (found, (event, data)) in stored.into_iter().zip(expected) {
        assert_eq!(found, (event, data));
    }
}

over_both_sources! { current: what_is_imported_compiles_and_a_row_of_every_type_arrives_as_it_says, }

/// What stands in the guide is what somebody gets who follows it, but for the live query that they add.
#[tokio::test]
async fn the_guide_shows_what_is_imported() {
    let server = Server::start().await;
    server.execute("CREATE TABLE berths (berth text PRIMARY KEY, metres integer NOT NULL, vessel text)").await;
    let made = scaffold(&imported(&server, vec!["berths".to_owned()]).await.unwrap(), "jetty");
    let draft = rust::draft(&source::schema(&made.schema).0, "jetty").unwrap();
    let guide = include_str!("../../../../runtime/src/docs/guides/postgres.md");
    let without_end = draft.trim_end().trim_end_matches('}').trim_end();
    assert!(guide.contains(without_end), "{draft}");
}

#[tokio::test]
async fn what_cannot_be_read_is_said_in_one_sentence_and_without_the_password() {
    let server = Server::start().await;
    server.execute("CREATE TABLE posts (id integer); CREATE VIEW seen AS SELECT * FROM posts").await;
    let refused = async |table: &str| imported(&server, vec![table.to_owned()]).await.unwrap_err();
    let missing = refused("post").await;
    assert_eq!(
        (missing.to_string().as_str(), missing.help().as_str()),
        ("there is no table `post` in the schema `public`", "did you mean `posts`?")
    );
    assert!(refused("a'; DROP TABLE posts; --").await.to_string().starts_with("there is no table"));
    assert_eq!(refused("seen").await.to_string(), "`seen` is a view, whose changes nobody can watch");
    let nobody = imported_from(server.address().replace("user=postgres", "user=nobody password=s3cret"), vec!["posts".to_owned()])
        .await
        .unwrap_err();
    assert!(matches!(&nobody, Error::Unreachable(reason) if reason.contains("role \"nobody\" does not exist")), "{nobody}");
    assert!(!format!("{nobody:?} {}", nobody.help()).contains("s3cret"));
    let address = imported_from("no address".to_owned(), vec!["posts".to_owned()]).await.unwrap_err();
    assert!(matches!(address, Error::Address(_)), "{address}");
    assert_eq!(server.number("SELECT count(*) FROM pg_class WHERE relname = 'posts'").await, 1);
}
