//! How many checks a second. Run with `cargo bench -p tidewire-schema --features check`.
#![expect(clippy::print_stdout, reason = "the figures are what this is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says so by panicking")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidewire_schema::check::Checker;
use tidewire_schema::{Contract, NamedType, Type};

/// Values are cloned in batches outside of the measured time.
const BATCH: usize = 2000;
const BATCHES: usize = 25;

fn main() {
    let author = json!({ "kind": "object", "fields": [
        { "name": "id", "type": { "kind": "uuid" } },
        { "name": "name", "type": { "kind": "string", "minLength": 1, "maxLength": 80 } },
        { "name": "avatar", "optional": true, "type": { "kind": "string", "maxLength": 500 } },
    ] });
    let message = json!({ "kind": "object", "fields": [
        { "name": "id", "type": { "kind": "uuid" } },
        { "name": "author", "type": { "kind": "ref", "name": "Author" } },
        { "name": "text", "type": { "kind": "string", "minLength": 1, "maxLength": 4000 } },
        { "name": "sentAt", "type": { "kind": "dateTime" } },
        { "name": "mood", "optional": true, "type": { "kind": "enum", "values": [{ "value": "calm" }, { "value": "merry" }, { "value": "cross" }] } },
        { "name": "edits", "type": { "kind": "integer", "min": 0, "max": 1000 } },
        { "name": "mentions", "type": { "kind": "list", "maxItems": 20, "items": { "kind": "string", "pattern": "^[a-z0-9-]{1,40}$" } } },
    ] });
    let types = [("Author", author), ("Message", message)].map(|(name, ty)| NamedType {
        name: name.to_owned(),
        description: None,
        deprecated: None,
        ty: serde_json::from_value(ty).unwrap(),
    });
    let checker = Checker::new(&Contract { name: "bench".into(), types: types.into(), ..Contract::default() });

    let chat = json!({
        "id": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "author": { "id": "98d80576-482e-427f-8434-7f86890ab222", "name": "Ann Lee" },
        "text": "Shall we meet at eight? The bakery on the corner opens late on Sundays, so bring something.",
        "sentAt": "2026-11-21T01:02:03.456Z",
        "mood": "merry",
        "edits": 0,
        "mentions": ["ben", "carla-2"],
    });
    let mut untidy = chat.clone();
    untidy["edits"] = json!(1.0);
    untidy["legacy"] = json!(true);
    let mut wrong = chat.clone();
    wrong["id"] = json!("42");
    wrong["mood"] = json!("bored");

    let message = Type::Ref { name: "Message".into() };
    for (name, value) in [("chat message", &chat), ("chat message to normalise", &untidy), ("chat message with two issues", &wrong)] {
        measure(name, &checker, &message, value);
    }
    measure("list of 100 chat messages", &checker, &Type::list_of(message), &Value::from(vec![chat; 100]));
}

fn measure(name: &str, checker: &Checker, ty: &Type, value: &Value) {
    let mut best = Duration::MAX;
    for _ in 0..BATCHES {
        let batch = vec![value.clone(); BATCH / value.as_array().map_or(1, Vec::len)];
        let start = Instant::now();
        let done: Vec<_> = batch.into_iter().map(|value| checker.value(black_box(ty), value)).collect();
        best = best.min(start.elapsed() / u32::try_from(done.len()).unwrap());
        drop(black_box(done));
    }
    println!("{name:<30} {:>9.0} checks/s {best:>12?} each", 1.0 / best.as_secs_f64());
}
