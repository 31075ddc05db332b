//! Watches tables until its input ends, removes what it installed, and says so. For `tests/bench/postgres/run`, and for tests that kill it:
//!
//! ```text
//! cargo run -p tidewire-postgres --example node -- 'host=/tmp user=me dbname=x' posts notes
//! ```
//!
//! With `SLOT` it takes changes from the log of the database. With `REDIS` it publishes to that server, so that several may run; then it removes nothing when it ends.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::{env, error::Error, time::Duration};

use serde_json::json;
use tidewire::{Contract, MemoryBroker, Realtime, RedisBroker};
use tidewire_postgres::PostgresSync;
use tokio::io::{AsyncReadExt, stdin};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut builder = PostgresSync::builder(arguments.next().ok_or("the address of a database is missing")?).channel("changes");
    let tables: Vec<String> = arguments.collect();
    let mut names: Vec<_> =
        tables.iter().flat_map(|table| ["insert", "update", "delete"].map(|operation| format!("{table}.{operation}"))).collect();
    names.sort();
    for table in tables {
        builder = builder.table(table);
    }
    if let Ok(slot) = env::var("SLOT") {
        builder = builder.logical_replication(slot);
    }
    let event = |name| json!({ "name": name, "publish": { "server": true, "client": false }, "payload": { "kind": "any" } });
    let contract = json!({
        "name": "node", "types": [],
        "events": names.iter().map(event).collect::<Vec<_>>(),
        "channels": [{ "pattern": "changes", "carries": { "events": names }, "history": { "keep": { "max": 100_000, "ttl": 3600 } } }],
    });
    let contract: &'static Contract = Box::leak(Box::new(serde_json::from_value(contract)?));
    let service = Realtime::builder(contract).public().plugin(builder.build()?);
    let redis = env::var("REDIS").ok();
    let realtime = match &redis {
        Some(redis) => service.broker(RedisBroker::connect(redis).await?).build().await?,
        None => service.broker(MemoryBroker::new()).build().await?,
    };
    println!("ready");
    stdin().read_to_end(&mut Vec::new()).await?;
    let sync = realtime.plugin::<PostgresSync>().ok_or("the plugin is gone")?;
    if redis.is_some() {
        sync.stop().await;
        return Ok(());
    }
    // What was written last is read within a few intervals.
    tokio::time::sleep(Duration::from_secs(1)).await;
    sync.uninstall().await?;
    println!("removed");
    Ok(())
}
