//! Whatever is killed: the tables and the events say the same in the end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{runtime::Runtime, sync::Mutex, task::JoinHandle};

use crate::{
    order::{ITEMS, rows},
    support::{
        DEADLINE, anything, contract, eventually,
        journal::Journal,
        serve,
        server::Server,
        via::{Via, over_both_sources},
    },
};

/// Writers that insert, update and delete rows, some of it rolled back, until they are told to stop. They survive the server.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    writers: Vec<JoinHandle<u32>>,
}

impl Load {
    pub(crate) fn begin(server: &Arc<Mutex<Server>>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let writers = (0..3).map(|writer| tokio::spawn(write(server.clone(), stop.clone(), writer))).collect();
        Self { stop, writers }
    }

    pub(crate) async fn end(self) -> u32 {
        self.stop.store(true, Ordering::SeqCst);
        let mut rounds = 0;
        for writer in self.writers {
            rounds += writer.await.unwrap();
        }
        rounds
    }
}

/// Each writer has rows of its own, and one that all of them fight for.
async fn write(server: Arc<Mutex<Server>>, stop: Arc<AtomicBool>, writer: u32) -> u32 {
    let mut done = 0;
    let mut next = 1_000_000 * (writer + 1);
    while !stop.load(Ordering::SeqCst) {
        let address = server.lock().await.address();
        let Ok((client, connection)) = tokio_postgres::connect(&address, tokio_postgres::NoTls).await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let driver = tokio::spawn(connection);
        while !stop.load(Ordering::SeqCst) {
            next += 1;
            let ending = if next.is_multiple_of(5) { "ROLLBACK" } else { "COMMIT" };
            let statements = format!(
                "BEGIN; INSERT INTO items VALUES ({next}, 1, 'new'); UPDATE items SET version = version + 1 WHERE id = 1; \
                 UPDATE items SET version = version + 1, text = 'changed' WHERE id = {next}; DELETE FROM items WHERE id = {next} - 3; {ending}"
            );
            if client.batch_execute(&statements).await.is_err() {
                break;
            }
            done += 1;
            // There is a limit to what a test has to get through afterwards.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        driver.abort();
    }
    done
}

pub(crate) async fn prepared() -> Server {
    let server = Server::start().await;
    server.execute(ITEMS).await;
    server
}

/// A node in a runtime of its own, which can be torn down with whatever it is doing.
struct Node(Option<Runtime>);

impl Node {
    async fn start(via: Via, server: &Server, journal: &Journal) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (journal, sync) = (journal.clone(), via.sync(server).table("items"));
        let service = async move {
            let realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, sync).await;
            tokio::spawn(async move {
                let _kept = realtime;
                std::future::pending::<()>().await;
            });
        };
        runtime.spawn(service).await.unwrap();
        Self(Some(runtime))
    }

    /// Its tasks end where they are, and its sockets close.
    fn kill(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn the_database_is_killed_under_load_and_comes_back(via: Via) {
    let server = prepared().await;
    let journal = Journal::new();
    let _node = Node::start(via, &server, &journal).await;
    server.execute("INSERT INTO items VALUES (1, 1, 'shared')").await;
    let server = Arc::new(Mutex::new(server));
    let load = Load::begin(&server);
    for _ in 0..3 {
        let seen = journal.count();
        eventually("events arrive", async || journal.count() > seen + 50).await;
        let mut server = server.lock().await;
        server.kill();
        server.run().await;
    }
    let seen = journal.count();
    eventually("events arrive again", async || journal.count() > seen + 50).await;
    assert!(load.end().await > 0);
    let server = server.lock().await;
    via.drained(&server).await;
    assert_eq!(journal.replay(), rows(&server).await);
}

async fn the_node_that_leads_is_killed_and_the_other_one_goes_on(via: Via) {
    let server = prepared().await;
    let journal = Journal::new();
    let mut nodes = [Node::start(via, &server, &journal).await, Node::start(via, &server, &journal).await];
    server.execute("INSERT INTO items VALUES (1, 1, 'shared')").await;
    let server = Arc::new(Mutex::new(server));
    let load = Load::begin(&server);
    for round in 0..4 {
        let seen = journal.count();
        eventually("events arrive", async || journal.count() > seen + 50).await;
        nodes[round % 2].kill();
        nodes[round % 2] = Node::start(via, &*server.lock().await, &journal).await;
    }
    assert!(load.end().await > 0);
    let server = server.lock().await;
    via.drained(&server).await;
    assert_eq!(journal.replay(), rows(&server).await);
}

async fn the_broker_goes_away_and_forgets_to_answer(via: Via) {
    let server = prepared().await;
    let journal = Journal::new();
    let _node = Node::start(via, &server, &journal).await;
    server.execute("INSERT INTO items VALUES (1, 1, 'shared')").await;
    let server = Arc::new(Mutex::new(server));
    let load = Load::begin(&server);
    eventually("events arrive", async || journal.count() > 50).await;
    journal.go_down(true);
    let (asked, seen) = (journal.asked(), journal.count());
    eventually("it is asked again and again", async || journal.asked() > asked + 20).await;
    // What was being stored at that moment may still have been.
    assert!(journal.count() <= seen + 1);
    journal.go_down(false);
    journal.forget_answers(7);
    let seen = journal.count();
    eventually("events arrive", async || journal.count() > seen + 100).await;
    assert!(load.end().await > 0);
    journal.forget_answers(0);
    let server = server.lock().await;
    via.drained(&server).await;
    assert_eq!(journal.replay(), rows(&server).await);
}

async fn what_is_published_but_not_deleted_when_the_database_dies_is_not_published_again(via: Via) {
    let mut server = prepared().await;
    let journal = Journal::new();
    let _node = Node::start(via, &server, &journal).await;
    journal.get_stuck(true);
    server.execute("INSERT INTO items SELECT n, 1, '' FROM generate_series(1, 100) n").await;
    eventually("the first is being published", async || journal.asked() > 0).await;
    server.kill();
    journal.get_stuck(false);
    eventually("the broker has what was read", async || journal.count() > 0).await;
    server.run().await;
    via.drained(&server).await;
    assert_eq!(journal.count(), 100);
    assert_eq!(journal.replay(), rows(&server).await);
}

async fn a_service_begins_without_its_database_and_finds_it_later(via: Via) {
    let mut server = prepared().await;
    server.kill();
    let journal = Journal::new();
    let began = std::time::Instant::now();
    let _realtime = serve(contract(&[("items", &["items.*"])], &anything()), &journal, via.sync(&server).table("items")).await;
    assert!(began.elapsed() < DEADLINE);
    server.run().await;
    eventually("the table is watched", async || via.watches(&server).await).await;
    server.execute("INSERT INTO items VALUES (1, 1, 'a')").await;
    eventually("the row arrives", async || journal.count() == 1).await;
}

over_both_sources! { current:
    a_service_begins_without_its_database_and_finds_it_later,
}

over_both_sources! { threads:
    the_database_is_killed_under_load_and_comes_back,
    the_node_that_leads_is_killed_and_the_other_one_goes_on,
    the_broker_goes_away_and_forgets_to_answer,
    what_is_published_but_not_deleted_when_the_database_dies_is_not_published_again,
}
