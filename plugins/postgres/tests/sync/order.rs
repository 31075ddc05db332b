//! Each change once, and those of a row in their order, whatever transactions do.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

use crate::support::{
    anything, contract, eventually,
    journal::Journal,
    serve,
    server::Server,
    via::{Via, over_both_sources},
};

pub(crate) const ITEMS: &str = "CREATE TABLE items (id integer PRIMARY KEY, version bigint NOT NULL, text text)";

/// What the table holds, by `id`.
pub(crate) async fn rows(server: &Server) -> BTreeMap<i64, Value> {
    let rows = server.connect().await.query("SELECT row_to_json(i)::text FROM items i", &[]).await.unwrap();
    let rows = rows.iter().map(|row| serde_json::from_str::<Value>(row.get(0)).unwrap());
    rows.map(|row| (row["id"].as_i64().unwrap(), row)).collect()
}

async fn inserts_updates_and_deletes_arrive_as_events_and_what_is_rolled_back_does_not(via: Via) {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let journal = Journal::new();
    let _realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, via.sync(&server).table("items")).await;
    server.execute("INSERT INTO items VALUES (1, 1, 'a'), (2, 1, 'b')").await;
    server.execute("BEGIN; INSERT INTO items VALUES (3, 1, 'never'); UPDATE items SET version = 9; ROLLBACK").await;
    server.execute("BEGIN; SAVEPOINT s; INSERT INTO items VALUES (4, 1, 'never'); ROLLBACK TO s; UPDATE items SET version = 2, text = 'c' WHERE id = 1; COMMIT").await;
    server.execute("DELETE FROM items WHERE id = 2").await;
    via.drained(&server).await;
    let stored: Vec<_> = journal.stored().into_iter().map(|stored| (stored.channel, stored.event, stored.data.unwrap())).collect();
    let expected = [
        ("items.insert", json!({ "id": 1, "version": 1, "text": "a" })),
        ("items.insert", json!({ "id": 2, "version": 1, "text": "b" })),
        ("items.update", json!({ "id": 1, "version": 2, "text": "c" })),
        ("items.delete", json!({ "id": 2, "version": 1, "text": "b" })),
    ];
    assert_eq!(stored, expected.map(|(event, data)| ("items".to_owned(), event, data)));
}

async fn a_slow_transaction_that_commits_after_later_numbers_is_not_passed_over(via: Via) {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let journal = Journal::new();
    let _realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, via.sync(&server).table("items")).await;
    let slow = server.connect().await;
    slow.batch_execute("BEGIN; INSERT INTO items VALUES (1, 1, 'slow')").await.unwrap();
    for id in 2..400 {
        server.execute(&format!("INSERT INTO items VALUES ({id}, 1, 'quick')")).await;
    }
    // The open transaction keeps nobody else waiting.
    eventually("the quick ones arrive", async || journal.count() == 398).await;
    // Long enough for the floor of the reader to have risen, if it could.
    tokio::time::sleep(Duration::from_millis(500)).await;
    slow.batch_execute("COMMIT").await.unwrap();
    eventually("the slow one arrives", async || journal.count() == 399).await;
    assert_eq!(journal.replay(), rows(&server).await);
}

/// The case that reading up to the snapshot's horizon gets wrong: the later change has the lower transaction id, and a third transaction holds the horizon between the two.
async fn changes_of_a_row_keep_their_order_when_transaction_ids_do_not(via: Via) {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    server.execute("INSERT INTO items VALUES (1, 0, ''), (2, 0, '')").await;
    let journal = Journal::new();
    let _realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, via.sync(&server).table("items")).await;
    let (first, between, second) = (server.connect().await, server.connect().await, server.connect().await);
    for (session, _) in [(&second, 1), (&between, 2), (&first, 3)] {
        session.batch_execute("BEGIN; SELECT pg_current_xact_id()").await.unwrap();
    }
    first.batch_execute("UPDATE items SET version = 1 WHERE id = 1; COMMIT").await.unwrap();
    second.batch_execute("UPDATE items SET version = 2 WHERE id = 1; COMMIT").await.unwrap();
    eventually("both arrive, though a transaction is open", async || journal.count() == 2).await;
    let versions: Vec<_> = journal.stored().iter().map(|stored| stored.data.as_ref().unwrap()["version"].clone()).collect();
    assert_eq!(versions, [json!(1), json!(2)]);
    between.batch_execute("ROLLBACK").await.unwrap();
}

async fn a_row_that_another_trigger_changes_again_arrives_in_the_order_of_its_changes(via: Via) {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    server
        .execute(
            "CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE items SET version = 2 WHERE id = NEW.id; RETURN NULL; END $$; \
             CREATE TRIGGER \"AAA first\" AFTER INSERT ON items FOR EACH ROW EXECUTE FUNCTION again()",
        )
        .await;
    let journal = Journal::new();
    let _realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, via.sync(&server).table("items")).await;
    server.execute("INSERT INTO items VALUES (1, 1, 'a'), (2, 1, 'b')").await;
    via.drained(&server).await;
    assert_eq!(journal.count(), 4);
    assert_eq!(journal.replay(), rows(&server).await);
}

async fn a_transaction_of_100_000_rows_arrives_whole(via: Via) {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    let journal = Journal::new();
    let _realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, via.sync(&server).table("items")).await;
    server.execute("INSERT INTO items SELECT n, 1, 'row ' || n FROM generate_series(1, 100000) n").await;
    eventually("all of them arrive", async || journal.count() == 100_000).await;
    via.drained(&server).await;
    assert_eq!(journal.replay(), rows(&server).await);
}

over_both_sources! { current:
    inserts_updates_and_deletes_arrive_as_events_and_what_is_rolled_back_does_not,
    a_slow_transaction_that_commits_after_later_numbers_is_not_passed_over,
    changes_of_a_row_keep_their_order_when_transaction_ids_do_not,
    a_row_that_another_trigger_changes_again_arrives_in_the_order_of_its_changes,
    a_transaction_of_100_000_rows_arrives_whole,
}
