//! What is counted of live queries.
#![expect(clippy::float_cmp, reason = "gauges here count, and counts are exact")]

use std::time::Duration;

use crate::support::{
    Server, Under,
    board::{Mood, Store, live, store_and_tell},
    eventually,
    link::{BOTH, Link},
    recorder::recorder,
};
use serde_json::json;
use tidewire::{LiveOptions, Realtime};

#[tokio::test]
async fn runs_failures_pushes_and_who_looks_are_counted_for_each_query() {
    let counted = recorder();
    let store = Store::new();
    let loaded = store.clone();
    let options = LiveOptions::new().timeout(Duration::from_millis(50));
    let builder = Realtime::builder(live::contract()).public().live_with(live::Counted, options, move |board: live::Board| {
        let store = loaded.clone();
        async move { store.load(&board.board_id.0).await }
    });
    let server = Server::start(Under::Tidewire, builder).await;
    let mut links = [Link::open(BOTH[0], server.address, "").await, Link::open(BOTH[1], server.address, "").await];
    let mut key = String::new();
    for link in &mut links {
        key = link.look("counted", "board/a").await;
        link.look("counted", "board/a").await;
        assert_eq!(link.value(&key).await, 0);
    }
    assert_eq!(counted.gauge("tidewire_live_watches{query=counted}"), 2.0);
    for (mood, number) in [(Mood::Fine, 1), (Mood::Failing, 2), (Mood::Panicking, 3), (Mood::Hanging, 4)] {
        store.feels(mood);
        store_and_tell(&server.realtime, &store, "a", number).await;
        if mood == Mood::Panicking {
            // It is told as the failure before it.
            eventually("it panicked", || counted.counter("tidewire_live_runs_total{query=counted,outcome=panicked}") == 1).await;
            continue;
        }
        for link in &mut links {
            link.told(&key).await;
        }
    }
    for (outcome, runs) in [("ok", 2), ("failed", 1), ("panicked", 1), ("timeout", 1), ("invalid", 0)] {
        assert_eq!(counted.counter(&format!("tidewire_live_runs_total{{query=counted,outcome={outcome}}}")), runs, "{outcome}");
    }
    for (kind, pushes) in [("value", 4), ("error", 4), ("current", 0)] {
        assert_eq!(counted.counter(&format!("tidewire_live_pushes_total{{query=counted,kind={kind}}}")), pushes, "{kind}");
    }
    let [first, second] = &mut links;
    first.ask(json!({ "type": "live", "key": key, "end": true })).await;
    second.ask(json!({ "type": "live", "key": key, "end": true })).await;
    eventually("nobody looks", || counted.gauge("tidewire_live_watches{query=counted}") == 0.0).await;
    assert!(counted.names().is_subset(&counted.described()), "what is registered is described");
}
