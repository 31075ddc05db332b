//! Servers, a broker that keeps a journal, contracts, and a service with the plugin.

pub(crate) mod journal;
pub(crate) mod log;
pub(crate) mod redis;
pub(crate) mod relay;
pub(crate) mod server;
pub(crate) mod via;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidewire::{Contract, Realtime};
use tidewire_postgres::{PostgresSync, PostgresSyncBuilder};

use self::{journal::Journal, server::Server};

/// How long anything may take before a test fails. The machine may be busy with much else.
pub(crate) const DEADLINE: Duration = Duration::from_secs(240);

/// Waits until a condition holds.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < DEADLINE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A contract whose events carry `payload`: channels with the tables whose three events they carry, and further events.
pub(crate) fn contract(channels: &[(&str, &[&str])], payload: &Value) -> &'static Contract {
    let mut events: Vec<String> = Vec::new();
    let mut listed = Vec::new();
    for (pattern, names) in channels {
        let mut carried: Vec<String> = Vec::new();
        for name in *names {
            match name.strip_suffix(".*") {
                Some(table) => carried.extend(["insert", "update", "delete"].map(|operation| format!("{table}.{operation}"))),
                None => carried.push((*name).to_owned()),
            }
        }
        carried.sort();
        events.extend(carried.iter().cloned());
        let params = pattern.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let params: Vec<_> = params.map(|name| json!({ "name": name, "type": { "kind": "string" } })).collect();
        listed.push(json!({ "pattern": pattern, "params": params, "carries": { "events": carried } }));
    }
    events.sort();
    events.dedup();
    listed.sort_by_key(|channel| channel["pattern"].as_str().map(str::to_owned));
    let events: Vec<_> = events
        .iter()
        .map(|name| {
            let mut event = json!({ "name": name, "publish": { "server": true, "client": false } });
            // A truncation has nothing to tell.
            if !name.ends_with(".truncate") {
                event["payload"] = payload.clone();
            }
            event
        })
        .collect();
    let contract = json!({ "name": "records", "types": [], "events": events, "channels": listed });
    Box::leak(Box::new(serde_json::from_value(contract).unwrap()))
}

/// JSON of any shape.
pub(crate) fn anything() -> Value {
    json!({ "kind": "any" })
}

/// An object of these fields: name, kind, whether it may be absent.
pub(crate) fn object(fields: &[(&str, Value, bool)]) -> Value {
    let fields: Vec<_> = fields.iter().map(|(name, ty, optional)| json!({ "name": name, "type": ty, "optional": optional })).collect();
    json!({ "kind": "object", "fields": fields })
}

/// A plugin for a server of a test.
pub(crate) fn sync(server: &Server) -> PostgresSyncBuilder {
    PostgresSync::builder(server.address()).poll_interval(Duration::from_millis(10))
}

/// A service with the plugin.
pub(crate) async fn serve(contract: &'static Contract, journal: &Journal, sync: PostgresSyncBuilder) -> Realtime {
    Realtime::builder(contract).public().broker(journal.clone()).plugin(sync.build().unwrap()).build().await.unwrap()
}
