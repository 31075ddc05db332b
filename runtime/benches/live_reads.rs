//! What live queries spare a database: how often it is read for each publish when all who look share the runs of a loader, and when each has its own.
//!
//! Run with `cargo bench -p tidewire --bench live_reads`. Reads are counted, not timed, so the machine and the profile matter little.
#![allow(clippy::unwrap_used, clippy::print_stdout, unreachable_pub, reason = "a benchmark talks to a person, and exports nothing")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::http::Request;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tidewire::{LiveContext, Realtime};
use tokio::{sync::watch, time::sleep};

#[tidewire::realtime_events(name = "live-reads")]
mod live {
    #[event("changed", history = off)]
    pub struct Changed;

    #[channel("row", events(Changed))]
    pub struct Row;

    /// One for all who look.
    #[live(channel = Row)]
    pub type Shared = u32;

    /// The loader looks at who asks, and nobody is the same as anybody else.
    #[live(channel = Row)]
    pub type Own = u32;
}

const SUBSCRIBERS: usize = 100;
const READ: Duration = Duration::from_millis(5);

/// A row, and how often it was read.
#[derive(Default)]
struct Database {
    row: AtomicU32,
    reads: AtomicUsize,
}

impl Database {
    async fn read(&self) -> u32 {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let row = self.row.load(Ordering::SeqCst);
        sleep(READ).await;
        row
    }
}

#[tokio::main]
async fn main() {
    println!("{SUBSCRIBERS} subscribers look at one row, and a read takes {READ:?}. Reads of the database:\n");
    println!("{:<42} {:>16} {:>20} {:>10}", "", "runs are shared", "one per subscriber", "fewer");
    compare("one after the other", &one_at_a_time("shared").await, &one_at_a_time("own").await);
    compare("as fast as a thousand in a second", &burst("shared").await, &burst("own").await);
}

/// What so many publishes cost.
#[derive(Clone, Copy)]
struct Cost {
    publishes: u32,
    reads: usize,
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn compare(how: &str, shared: &Cost, own: &Cost) {
    let each = |cost: &Cost| format!("{} ({:.2} each)", cost.reads, cost.reads as f64 / f64::from(cost.publishes));
    let fewer = own.reads as f64 / shared.reads as f64;
    println!("{:<42} {:>16} {:>20} {fewer:>8.0} ×", format!("{} publishes, {how}", shared.publishes), each(shared), each(own));
}

/// Each publish when the one before it was seen by everybody.
async fn one_at_a_time(query: &str) -> Cost {
    const PUBLISHES: u32 = 20;
    let (realtime, database, seen) = looked_at(query).await;
    let before = database.reads.load(Ordering::Relaxed);
    for number in 1..=PUBLISHES {
        publish(&realtime, &database, number).await;
        everybody_sees(&seen, number).await;
    }
    Cost { publishes: PUBLISHES, reads: database.reads.load(Ordering::Relaxed) - before }
}

/// A thousand in a second. What is published during a read leads to one more, whoever reads.
async fn burst(query: &str) -> Cost {
    const PUBLISHES: u32 = 1000;
    let (realtime, database, seen) = looked_at(query).await;
    let before = database.reads.load(Ordering::Relaxed);
    let mut tick = tokio::time::interval(Duration::from_millis(1));
    for number in 1..=PUBLISHES {
        tick.tick().await;
        publish(&realtime, &database, number).await;
    }
    everybody_sees(&seen, PUBLISHES).await;
    Cost { publishes: PUBLISHES, reads: database.reads.load(Ordering::Relaxed) - before }
}

async fn publish(realtime: &Realtime, database: &Database, number: u32) {
    database.row.store(number, Ordering::SeqCst);
    realtime.channel(live::Row).publish(live::Changed).await.unwrap();
}

async fn everybody_sees(seen: &[watch::Receiver<u32>], number: u32) {
    for seen in seen {
        seen.clone().wait_for(|last| *last == number).await.unwrap();
    }
}

/// A service, and what each of its subscribers saw last.
async fn looked_at(query: &str) -> (Realtime, Arc<Database>, Vec<watch::Receiver<u32>>) {
    let database = Arc::new(Database::default());
    let (shared, own) = (database.clone(), database.clone());
    let realtime = Realtime::builder(live::contract())
        .public()
        .live(live::Shared, move |_: live::Row| {
            let database = shared.clone();
            async move { database.read().await }
        })
        .live(live::Own, move |_: live::Row, _: LiveContext| {
            let database = own.clone();
            async move { database.read().await }
        })
        .build()
        .await
        .unwrap();
    let mut seen = Vec::new();
    for _ in 0..SUBSCRIBERS {
        let mut attached = realtime.attach(&Request::get("/").body(()).unwrap().into_parts().0).await.unwrap();
        attached.uplink().take(json!({ "type": "live", "query": query, "channel": "row" }).to_string()).await.unwrap();
        let (last, receiver) = watch::channel(u32::MAX);
        tokio::spawn(async move {
            while let Some(frame) = attached.next().await {
                let frame: Value = serde_json::from_slice(&frame).unwrap();
                if let Some(data) = frame["data"].as_u64() {
                    last.send_replace(u32::try_from(data).unwrap());
                }
            }
        });
        seen.push(receiver);
    }
    everybody_sees(&seen, 0).await;
    (realtime, database, seen)
}
