//! Watches tables until its input ends, removes what it installed, and says so. For `tests/bench/postgres/run`:
//!
//! ```text
//! cargo run -p tidewire-postgres --example node -- 'host=/tmp user=me dbname=x' posts notes
//! ```
#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::{error::Error, time::Duration};

use serde_json::json;
use tidewire::{Contract, MemoryBroker, Realtime};
use tidewire_postgres::{Operation, PostgresSync, Table};
use tokio::io::{AsyncReadExt, stdin};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut builder = PostgresSync::builder(arguments.next().ok_or("the address of a database is missing")?);
    for name in arguments {
        let table = [Operation::Insert, Operation::Update, Operation::Delete]
            .into_iter()
            .fold(Table::new(name), |table, operation| table.event(operation, "changed"));
        builder = builder.table(table.channel("changes"));
    }
    let contract = json!({
        "name": "node", "types": [],
        "events": [{ "name": "changed", "publish": { "server": true, "client": false }, "payload": { "kind": "any" } }],
        "channels": [{ "pattern": "changes", "carries": { "events": ["changed"] } }],
    });
    let contract: &'static Contract = Box::leak(Box::new(serde_json::from_value(contract)?));
    let realtime = Realtime::builder(contract).public().broker(MemoryBroker::new()).plugin(builder.build()?).build().await?;
    println!("ready");
    stdin().read_to_end(&mut Vec::new()).await?;
    let sync = realtime.plugin::<PostgresSync>().ok_or("the plugin is gone")?;
    // What was written last is read within a few intervals.
    tokio::time::sleep(Duration::from_secs(1)).await;
    sync.uninstall().await?;
    println!("removed");
    Ok(())
}
