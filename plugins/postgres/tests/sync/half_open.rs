//! A node whose link to the database is dead, and that does not know it.

use std::sync::Arc;

use tidewire_postgres::PostgresSync;
use tokio::sync::Mutex;

use crate::{
    faults::{Load, prepared},
    order::rows,
    support::{
        anything, contract, eventually,
        journal::Journal,
        relay::Relay,
        serve,
        via::{Via, over_both_sources},
    },
};

/// The database ends the session of the silent node after 30 s, and with it the lock.
async fn a_node_on_a_dead_link_gives_way_and_does_no_harm_when_it_comes_back(via: Via) {
    let server = prepared().await;
    let (journal, relay) = (Journal::new(), Relay::start(&server));
    let items = contract(&[("items", &["items.*"])], &anything());
    let _leads = serve(items, &journal, via.over(PostgresSync::builder(relay.address())).table("items")).await;
    server.execute("INSERT INTO items VALUES (1, 1, 'shared')").await;
    eventually("it leads", async || journal.count() == 1).await;
    let session = server.number("SELECT max(pid)::bigint FROM pg_locks WHERE locktype = 'advisory'").await;
    let waits = serve(items, &journal, via.sync(&server).table("items")).await;
    let server = Arc::new(Mutex::new(server));
    let load = Load::begin(&server);
    let seen = journal.count();
    eventually("events arrive", async || journal.count() > seen + 50).await;
    relay.go_dead(true);
    assert!(load.end().await > 0);
    let server = server.lock().await;
    let session = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {session}");
    eventually("its session is ended", async || server.number(&session).await == 0).await;
    via.drained(&server).await;
    assert_eq!(journal.replay(), rows(&server).await, "the other one leads");

    relay.go_dead(false);
    for _ in 0..50 {
        server.execute("UPDATE items SET version = version + 1 WHERE id = 1").await;
    }
    via.drained(&server).await;
    waits.plugin::<PostgresSync>().unwrap().stop().await;
    server.execute("UPDATE items SET version = version + 1 WHERE id = 1").await;
    via.drained(&server).await;
    assert_eq!(journal.replay(), rows(&server).await, "it leads again");
}

over_both_sources! { threads:
    a_node_on_a_dead_link_gives_way_and_does_no_harm_when_it_comes_back,
}
