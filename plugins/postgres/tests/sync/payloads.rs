//! What rows become: all types, odd values, large rows, and rows that fit no event.

use serde_json::{Value, json};
use tidewire_postgres::{Operation, Table};
use tracing::Level;

use crate::support::{
    anything, contract, eventually,
    journal::Journal,
    log::Log,
    object, serve,
    server::Server,
    via::{Via, over_both_sources},
};

async fn sent(via: Via, server: &Server, journal: &Journal) -> Vec<Value> {
    via.drained(server).await;
    journal.stored().into_iter().map(|stored| stored.data.unwrap_or_default()).collect()
}

async fn every_type_arrives_as_what_it_is(via: Via) {
    let server = Server::start().await;
    server
        .execute(
            "SET TimeZone = 'UTC'; CREATE TYPE mood AS ENUM ('so so', 'well'); CREATE DOMAIN cents AS bigint; \
             CREATE TYPE pair AS (a integer, b text); \
             CREATE TABLE everything (id bigint PRIMARY KEY, small smallint, flag boolean, real real, double double precision, exact numeric, many numeric, \
               text text, fixed char(4), name name, bytes bytea, uuid uuid, day date, at timestamp, tz timestamptz, span interval, plain json, binary_json jsonb, \
               list integer[], bigs bigint[], mood mood, cents cents, pair pair, range int4range, ip inet, bits bit(3), nothing text)",
        )
        .await;
    let journal = Journal::new();
    let _realtime =
        serve(contract(&[("everything", &["everything.*"])], &anything()), &journal, via.sync(&server).table("everything")).await;
    server
        .execute(
            "SET TimeZone = 'UTC'; INSERT INTO everything VALUES (9223372036854775807, -7, true, 1.5, 'NaN', 1.10, 123456789012345678901234567890, \
               E'quote \" back \\\\ line \\n snow ☃ \\U0001F600', 'ab', 'n', '\\xdeadbeef', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2026-01-02', \
               '2026-01-02 03:04:05.678', '2026-01-02 03:04:05+00', '1 day', '{\"a\": 12345678901234567890, \"__proto__\": 1}', '[1, null, \"x\"]', \
               '{1,NULL,3}', '{1,9007199254740993}', 'so so', 9007199254740992, (1, 'x'), '[1,5)', '10.0.0.1', B'101', NULL)",
        )
        .await;
    let expected = json!({
        "id": "9223372036854775807", "small": -7, "flag": true, "real": 1.5, "double": "NaN", "exact": 1.1, "many": "123456789012345678901234567890",
        "text": "quote \" back \\ line \n snow ☃ 😀", "fixed": "ab  ", "name": "n", "bytes": "\\xdeadbeef", "uuid": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "day": "2026-01-02", "at": "2026-01-02T03:04:05.678", "tz": "2026-01-02T03:04:05+00:00", "span": "1 day",
        "plain": { "a": "12345678901234567890", "__proto__": 1 }, "binary_json": [1, null, "x"], "list": [1, null, 3], "bigs": [1, "9007199254740993"],
        "mood": "so so", "cents": "9007199254740992", "pair": { "a": 1, "b": "x" }, "range": "[1,5)", "ip": "10.0.0.1", "bits": "101", "nothing": null,
    });
    assert_eq!(sent(via, &server, &journal).await, [expected]);
}

async fn the_contract_says_what_a_number_is_and_which_columns_are_sent(via: Via) {
    let server = Server::start().await;
    server
        .execute("CREATE TABLE posts (id bigint PRIMARY KEY, post_title text, price numeric, created_at timestamp, note text, secret text)")
        .await;
    let payload = object(&[
        ("id", json!({ "kind": "int64", "signed": true }), false),
        ("postTitle", json!({ "kind": "string" }), false),
        ("price", json!({ "kind": "string" }), false),
        ("createdAt", json!({ "kind": "nullable", "of": { "kind": "dateTime" } }), false),
        ("note", json!({ "kind": "string" }), true),
    ]);
    let journal = Journal::new();
    let _realtime = serve(contract(&[("posts", &["posts.*"])], &payload), &journal, via.sync(&server).table("posts")).await;
    server.execute("INSERT INTO posts VALUES (7, 'a', 12345678901234567890.10, '2026-01-02 03:04:05', NULL, 's3cret'), (9007199254740993, 'b', 1, NULL, 'n', '')").await;
    let expected = [
        json!({ "id": "7", "postTitle": "a", "price": "12345678901234567890.10", "createdAt": "2026-01-02T03:04:05Z" }),
        json!({ "id": "9007199254740993", "postTitle": "b", "price": "1", "createdAt": null, "note": "n" }),
    ];
    assert_eq!(sent(via, &server, &journal).await, expected);
}

async fn a_row_that_fits_no_event_is_named_in_the_log_and_keeps_nothing_back(via: Via) {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let server = Server::start().await;
    server.execute("CREATE TABLE posts (id integer PRIMARY KEY, title text, board text)").await;
    let payload =
        object(&[("id", json!({ "kind": "integer", "min": 0, "max": 10 }), false), ("title", json!({ "kind": "string" }), false)]);
    let journal = Journal::new();
    let posts = Table::new("posts").channel("board/{board}").filter(|row, _| {
        assert_ne!(row["id"], 5, "a filter may be wrong");
        true
    });
    let _realtime = serve(contract(&[("board/{board}", &["posts.*"])], &payload), &journal, via.sync(&server).table(posts)).await;
    server
        .execute(
            "INSERT INTO posts VALUES (1, 'a', 'x/y'), (2, NULL, 'S3CRET'), (11, 'S3CRET', 'b'), (3, 'S3CRET', NULL), (4, 'S3CRET', repeat('x', 300)), \
             (5, 'S3CRET', 'b'), (6, 'f', 'b')",
        )
        .await;
    via.drained(&server).await;
    let stored: Vec<_> = journal.stored().into_iter().map(|stored| (stored.channel, stored.data.unwrap()["id"].clone())).collect();
    assert_eq!(stored, [("board/x%2Fy".to_owned(), json!(1)), ("board/b".to_owned(), json!(6))]);
    assert_eq!(log.says(Level::ERROR, "a change fits no event of the contract"), 2);
    assert_eq!(log.says(Level::WARN, "a change belongs to no channel"), 2);
    assert_eq!(log.says(Level::ERROR, "the filter panicked"), 1);
    assert!(!log.lines().iter().any(|line| line.text.contains("S3CRET")), "rows are not logged");
}

async fn rows_of_100_kb_arrive_whole_and_larger_ones_by_their_key(via: Via) {
    let server = Server::start().await;
    server.execute("CREATE TABLE files (part integer, name text, board text, body text, size integer, PRIMARY KEY (name, part))").await;
    let journal = Journal::new();
    let files = Table::new("files").channel("board/{board}");
    let _realtime =
        serve(contract(&[("board/{board}", &["files.*"])], &anything()), &journal, via.sync(&server).row_bytes(128 * 1024).table(files))
            .await;
    server.execute("INSERT INTO files VALUES (1, 'a', 'b', repeat('x', 100000), 100000)").await;
    server.execute("INSERT INTO files VALUES (2, 'a', 'b', repeat('x', 3000000), 3000000)").await;
    server.execute("UPDATE files SET size = 1 WHERE part = 2; DELETE FROM files WHERE part = 2").await;
    let rows = sent(via, &server, &journal).await;
    assert_eq!(rows[0]["body"].as_str().unwrap().len(), 100_000);
    assert_eq!(rows[0].get("truncated"), None);
    let key = json!({ "part": 2, "name": "a", "board": "b", "truncated": true });
    assert_eq!(rows[1..], [key.clone(), key.clone(), key]);
}

async fn a_large_column_that_nobody_sends_makes_no_row_large(via: Via) {
    let server = Server::start().await;
    server.execute("CREATE TABLE files (id integer PRIMARY KEY, body text, title text)").await;
    let journal = Journal::new();
    let files = Table::new("files").columns(["id", "title"]);
    let _realtime = serve(contract(&[("files", &["files.*"])], &anything()), &journal, via.sync(&server).table(files)).await;
    server.execute("INSERT INTO files VALUES (1, repeat('x', 3000000), 'small')").await;
    assert_eq!(sent(via, &server, &journal).await, [json!({ "id": 1, "title": "small" })]);
}

async fn a_row_that_cannot_become_json_is_written_all_the_same_and_arrives_by_its_key(via: Via) {
    let server = Server::start().await;
    server
        .execute(
            "CREATE TYPE trap AS ENUM ('a'); CREATE TABLE files (id integer PRIMARY KEY, trap trap); \
             CREATE FUNCTION spring(trap) RETURNS json LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'never JSON'; END $$; \
             CREATE CAST (trap AS json) WITH FUNCTION spring(trap)",
        )
        .await;
    let journal = Journal::new();
    let _realtime = serve(contract(&[("files", &["files.*"])], &anything()), &journal, via.sync(&server).table("files")).await;
    server.execute("INSERT INTO files VALUES (1, 'a'); UPDATE files SET id = 2; DELETE FROM files").await;
    let key = |id: i32| json!({ "id": id, "truncated": true });
    assert_eq!(sent(via, &server, &journal).await, [key(1), key(2), key(2)]);
}

async fn a_filter_sees_the_row_as_it_is_and_of_a_deletion_as_it_was(via: Via) {
    let server = Server::start().await;
    server.execute("CREATE TABLE posts (id integer PRIMARY KEY, public boolean)").await;
    let journal = Journal::new();
    let posts = Table::new("posts").filter(|row, operation| row["public"] == true || operation == Operation::Update);
    let _realtime = serve(contract(&[("posts", &["posts.*"])], &anything()), &journal, via.sync(&server).table(posts)).await;
    server.execute("INSERT INTO posts VALUES (1, true), (2, false); UPDATE posts SET id = id; DELETE FROM posts").await;
    via.drained(&server).await;
    let stored: Vec<_> = journal.stored().into_iter().map(|stored| (stored.event, stored.data.unwrap()["id"].clone())).collect();
    assert_eq!(stored, [("posts.insert", json!(1)), ("posts.update", json!(1)), ("posts.update", json!(2)), ("posts.delete", json!(1))]);
}

async fn postgresql_has_no_nul_and_the_transaction_of_others_goes_on(via: Via) {
    let server = Server::start().await;
    server.execute("CREATE TABLE posts (id integer PRIMARY KEY, title text)").await;
    let journal = Journal::new();
    let _realtime = serve(contract(&[("posts", &["posts.*"])], &anything()), &journal, via.sync(&server).table("posts")).await;
    let session = server.connect().await;
    assert!(session.execute("INSERT INTO posts VALUES (1, $1)", &[&"a\0b"]).await.is_err());
    session.execute("INSERT INTO posts VALUES (1, $1)", &[&"a\u{1}\u{7f}\u{2028}b"]).await.unwrap();
    eventually("the row arrives", async || journal.count() == 1).await;
    assert_eq!(journal.stored()[0].data, Some(json!({ "id": 1, "title": "a\u{1}\u{7f}\u{2028}b" })));
}

over_both_sources! { current:
    every_type_arrives_as_what_it_is,
    the_contract_says_what_a_number_is_and_which_columns_are_sent,
    a_row_that_fits_no_event_is_named_in_the_log_and_keeps_nothing_back,
    rows_of_100_kb_arrive_whole_and_larger_ones_by_their_key,
    a_large_column_that_nobody_sends_makes_no_row_large,
    a_row_that_cannot_become_json_is_written_all_the_same_and_arrives_by_its_key,
    a_filter_sees_the_row_as_it_is_and_of_a_deletion_as_it_was,
    postgresql_has_no_nul_and_the_transaction_of_others_goes_on,
}
