//! What is configured: names of every kind, channels, events, and what is refused.

use serde_json::json;
use std::error::Error;
use tidewire::{BuildError, Contract, MemoryBroker, Realtime};
use tidewire_postgres::{ConfigError, Operation, PostgresSync, PostgresSyncBuilder, Table};
use tracing::Level;

use crate::support::{
    anything, contract,
    journal::Journal,
    log::Log,
    object, serve,
    server::Server,
    sync,
    via::{Via, over_both_sources},
};

const NOWHERE: &str = "host=/nowhere user=nobody";

#[tokio::test]
async fn names_may_hold_anything_that_postgresql_allows() {
    let names = ["Mixed Case", r#"quo"te's"#, "a'; DROP TABLE \"x\"; --", "ßnöwman ☃", "select", "$1 {0} %I %L \\", "a.b"];
    let server = Server::start().await;
    let long = "ö".repeat(31) + "x";
    let session = server.connect().await;
    for (at, outbox) in ["Out \"box\"'{source}; --", &"ü".repeat(31)].into_iter().enumerate() {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let schema = format!("{at} Sch\"ema'");
        session.batch_execute(&format!("CREATE SCHEMA {}", quoted(&schema))).await.unwrap();
        let mut builder = sync(&server).outbox(outbox);
        for name in names.into_iter().chain([long.as_str()]) {
            session
                .batch_execute(&format!(
                    "CREATE TABLE {}.{} ({} integer, {} text, PRIMARY KEY ({}))",
                    quoted(&schema),
                    quoted(name),
                    quoted("I\"d"),
                    quoted(name),
                    quoted("I\"d")
                ))
                .await
                .unwrap();
            let table = [Operation::Insert, Operation::Update, Operation::Delete]
                .into_iter()
                .fold(Table::new(name), |table, operation| table.event(operation, "changed"));
            builder = builder.table(table.schema(&schema).channel("all/{table}").columns(["I\"d", name]));
        }
        let journal = Journal::new();
        let realtime = serve(contract(&[("all/{table}", &["changed"])], &anything()), &journal, builder).await;
        for name in names.into_iter().chain([long.as_str()]) {
            let table = format!("{}.{}", quoted(&schema), quoted(name));
            session
                .batch_execute(&format!("INSERT INTO {table} VALUES (1, 'x'); UPDATE {table} SET \"I\"\"d\" = 2; DELETE FROM {table}"))
                .await
                .unwrap();
            let expected = [1, 2, 2].map(|id| Some(json!({ "I\"d": id, name: "x" })));
            crate::support::eventually(name, async || journal.count() == 3).await;
            let stored = journal.stored();
            assert_eq!(stored.iter().map(|stored| stored.data.clone()).collect::<Vec<_>>(), expected);
            journal.clear();
        }
        realtime.plugin::<PostgresSync>().unwrap().uninstall().await.unwrap();
    }
    assert_eq!(server.number("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal").await, 0);
    assert_eq!(server.number("SELECT count(*) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT LIKE '%Sch%'").await, 2);
}

async fn tables_of_one_name_in_two_schemas_are_two_tables(via: Via) {
    let server = Server::start().await;
    server.execute("CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.posts (id integer); CREATE TABLE b.posts (id text)").await;
    let journal = Journal::new();
    let builder =
        via.sync(&server).table(Table::new("posts").schema("a").channel("first")).table(Table::new("posts").schema("b").channel("second"));
    let _realtime = serve(contract(&[("first", &["posts.*"]), ("second", &["posts.*"])], &anything()), &journal, builder).await;
    server.execute("INSERT INTO a.posts VALUES (1); INSERT INTO b.posts VALUES ('x')").await;
    via.drained(&server).await;
    let stored: Vec<_> = journal.stored().into_iter().map(|stored| (stored.channel, stored.data.unwrap()["id"].clone())).collect();
    assert!(stored.len() == 2 && stored.contains(&("first".to_owned(), json!(1))) && stored.contains(&("second".to_owned(), json!("x"))));
}

async fn one_channel_for_all_tables_takes_its_parameters_from_the_rows(via: Via) {
    let server = Server::start().await;
    server
        .execute("CREATE TABLE posts (id integer PRIMARY KEY, tenant_id bigint); CREATE TABLE notes (id integer PRIMARY KEY, owner text)")
        .await;
    let journal = Journal::new();
    let builder = via
        .sync(&server)
        .channel("tenant/{tenantId}/{table}")
        .table(Table::new("posts").operations([Operation::Insert]))
        .table(Table::new("notes").param("tenantId", "owner").event(Operation::Delete, "posts.insert"));
    let _realtime = serve(contract(&[("tenant/{tenantId}/{table}", &["posts.*", "notes.*"])], &anything()), &journal, builder).await;
    server.execute("INSERT INTO posts VALUES (1, 9007199254740993); UPDATE posts SET id = 2; DELETE FROM posts").await;
    server.execute("INSERT INTO notes VALUES (1, 'a b'); DELETE FROM notes").await;
    via.drained(&server).await;
    let stored: Vec<_> = journal.stored().into_iter().map(|stored| (stored.channel, stored.event)).collect();
    let expected =
        [("tenant/9007199254740993/posts", "posts.insert"), ("tenant/a%20b/notes", "notes.insert"), ("tenant/a%20b/notes", "posts.insert")];
    assert_eq!(stored, expected.map(|(channel, event)| (channel.to_owned(), event)));
}

async fn a_truncation_is_an_event_where_the_contract_has_one(via: Via) {
    let server = Server::start().await;
    server.execute("CREATE TABLE posts (id integer PRIMARY KEY); CREATE TABLE notes (id integer PRIMARY KEY)").await;
    let journal = Journal::new();
    let channels: [(&str, &[&str]); 2] = [("posts", &["posts.*", "posts.truncate"]), ("notes", &["notes.*"])];
    let _realtime = serve(contract(&channels, &anything()), &journal, via.sync(&server).table("posts").table("notes")).await;
    server.execute("INSERT INTO posts VALUES (1); INSERT INTO notes VALUES (1); TRUNCATE posts, notes; INSERT INTO posts VALUES (1)").await;
    via.drained(&server).await;
    let events: Vec<_> = journal.stored().into_iter().map(|stored| stored.event).filter(|event| event.starts_with("posts")).collect();
    assert_eq!(events, ["posts.insert", "posts.truncate", "posts.insert"]);
    assert_eq!(journal.count(), 4);
}

async fn what_no_column_fills_is_named_before_a_change_is_left_out(via: Via) {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let server = Server::start().await;
    server.execute("CREATE TABLE posts (id integer PRIMARY KEY, text text)").await;
    let journal = Journal::new();
    let text = || json!({ "kind": "string" });
    let payload = object(&[("id", anything(), false), ("postTitle", text(), false), ("by", text(), true)]);
    let contract = contract(&[("board/{boardId}", &["posts.*"])], &payload);
    let table = Table::new("posts").channel("board/{boardId}").operations([Operation::Insert, Operation::Delete]);
    let _realtime = serve(contract, &journal, via.sync(&server).table(table)).await;
    let said: Vec<_> = log.lines().into_iter().filter(|line| line.level == Level::ERROR).map(|line| line.text).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].contains("no column of the table fills a parameter of the channel") && said[0].contains("boardId"), "{said:?}");
    for (line, event) in said[1..].iter().zip(["posts.insert", "posts.delete"]) {
        assert!(line.contains("no column of the table fills a field") && line.contains(event) && line.contains("postTitle"), "{line}");
    }
    server.execute("ALTER TABLE posts ADD board_id text, ADD post_title text; INSERT INTO posts VALUES (1, '', 'a', 'b')").await;
    via.drained(&server).await;
    assert_eq!(journal.stored()[0].data, Some(json!({ "id": 1, "postTitle": "b" })));
}

#[test]
fn what_postgresql_cannot_have_is_refused_by_name() {
    let with = |table: Table| PostgresSync::builder(NOWHERE).table(table).build().map(drop).unwrap_err();
    for name in ["", "a\0b", &"x".repeat(64)] {
        assert!(matches!(with(Table::new(name)), ConfigError::Name { kind: "table", .. }), "{name:?}");
        assert!(matches!(with(Table::new("t").schema(name)), ConfigError::Name { kind: "schema", .. }), "{name:?}");
    }
    let builder = || PostgresSync::builder(NOWHERE).table("posts");
    let error = |builder: PostgresSyncBuilder| builder.build().map(drop).unwrap_err();
    assert!(matches!(error(builder().outbox("pg_x")), ConfigError::Name { kind: "outbox", .. }));
    assert!(matches!(error(builder().table("posts")), ConfigError::TableTwice { table } if table == "public.posts"));
    assert!(matches!(error(builder().row_bytes(10)), ConfigError::Limit { name: "row_bytes", .. }));
    assert!(matches!(error(builder().poll_interval(std::time::Duration::ZERO)), ConfigError::Limit { name: "poll_interval", .. }));
    assert!(matches!(error(PostgresSync::builder(NOWHERE)), ConfigError::NoTables));
    let encrypted = PostgresSync::builder("postgres://me@host/x?sslmode=require").table("posts");
    assert!(matches!(error(encrypted), ConfigError::NoTls));
    let wrong = PostgresSync::builder("postgres://me:S3CRET@host:port/x").table("posts");
    assert!(!format!("{wrong:?}").contains("S3CRET"));
    let error = error(wrong);
    assert!(matches!(&error, ConfigError::Address { .. }) && !error.to_string().contains("S3CRET"), "{error}");
}

/// What `build()` of the service says.
async fn refused(contract: &'static Contract, table: impl Into<Table>) -> ConfigError {
    let sync = PostgresSync::builder(NOWHERE).table(table).build().unwrap();
    let error = Realtime::builder(contract).public().broker(MemoryBroker::new()).plugin(sync).build().await.unwrap_err();
    assert!(matches!(error, BuildError::Plugin { name: "postgres", .. }), "{error}");
    error.source().unwrap().downcast_ref::<ConfigError>().unwrap().clone()
}

#[tokio::test]
async fn what_the_contract_does_not_know_is_refused_when_the_service_is_built() {
    let known = contract(&[("posts", &["posts.*"]), ("board/{boardId}", &["posts.*"])], &anything());
    let error = refused(known, "post").await;
    assert!(matches!(&error, ConfigError::UnknownChannel { suggestion: Some(posts), .. } if posts == "posts"), "{error}");
    let error = refused(known, Table::new("posts").event(Operation::Delete, "posts.deleted")).await;
    assert!(
        matches!(&error, ConfigError::UnknownEvent { operation: Operation::Delete, suggestion: Some(delete), .. } if delete == "posts.delete"),
        "{error}"
    );
    let error = refused(known, Table::new("posts").param("board", "id")).await;
    assert!(matches!(&error, ConfigError::UnknownParam { param, .. } if param == "board"), "{error}");
    let error = refused(known, Table::new("posts").channel("board/{boardId}").operations([Operation::Truncate])).await;
    assert!(matches!(&error, ConfigError::TruncateNeedsParams { .. }), "{error}");
    let text = contract(&[("posts", &["posts.*"])], &json!({ "kind": "string" }));
    assert!(matches!(refused(text, "posts").await, ConfigError::Payload { found: "a string", .. }));
    let title = contract(&[("posts", &["posts.*"])], &object(&[("postTitle", json!({ "kind": "string" }), false)]));
    let error = refused(title, Table::new("posts").columns(["id"])).await;
    assert!(matches!(&error, ConfigError::MissingField { field, .. } if field == "postTitle"), "{error}");
    let error = refused(title, Table::new("posts").columns(["post_title", "id"])).await;
    assert!(matches!(&error, ConfigError::UnknownColumn { column, .. } if column == "id"), "{error}");
    let mut clients = serde_json::to_value(known).unwrap();
    clients["events"][1]["publish"] = json!({ "server": false, "client": true });
    let clients: &'static Contract = Box::leak(Box::new(serde_json::from_value(clients).unwrap()));
    let error = refused(clients, "posts").await;
    assert!(matches!(&error, ConfigError::NotAllowed { event, .. } if event == "posts.insert"), "{error}");
}

over_both_sources! { current:
    tables_of_one_name_in_two_schemas_are_two_tables,
    one_channel_for_all_tables_takes_its_parameters_from_the_rows,
    a_truncation_is_an_event_where_the_contract_has_one,
    what_no_column_fills_is_named_before_a_change_is_left_out,
}
