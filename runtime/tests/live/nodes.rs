//! Several nodes on one broker, and a broker that goes away.

use std::time::Duration;

use crate::support::{
    Server, Under,
    board::{CardChanged, Store, board, builder, live::CursorMoved, store_and_tell},
    link::{BOTH, Link, Transport},
    outage::Outage,
};
use serde_json::json;
use tidewire::{Limits, MemoryBroker};

#[tokio::test]
async fn a_publish_on_any_node_reaches_who_looks_on_any_other() {
    for transport in BOTH {
        let (broker, store) = (MemoryBroker::new(), Store::new());
        let here = Server::start(Under::Tidewire, builder(&store).broker(broker.clone())).await;
        let there = Server::start(Under::Tidewire, builder(&store).broker(broker)).await;
        let mut ann = Link::signed_in(transport, here.address, "ann").await;
        let mut bob = Link::signed_in(transport, there.address, "bob").await;
        // Asked over the other node, which passes it on.
        let ack = ann.send_from(there.address, crate::support::board::begin("boardCount", "board/a")).await;
        let key = ack["key"].as_str().unwrap().to_owned();
        assert_eq!(bob.look("boardCount", "board/a").await, key, "one key on every node");
        assert_eq!((ann.value(&key).await, bob.value(&key).await), (json!(0), json!(0)));
        for (node, number) in [(&here, 1), (&there, 2)] {
            store_and_tell(&node.realtime, &store, "a", number).await;
            assert_eq!((ann.value(&key).await, bob.value(&key).await), (json!(number), json!(number)));
        }
        store.set("a", 3);
        there.realtime.channel(board("a")).publish(CursorMoved { x: 0.5 }).await.unwrap();
        assert_eq!((ann.value(&key).await, bob.value(&key).await), (json!(3), json!(3)));
        assert_eq!(store.begun(), 8, "each node runs its own");
    }
}

fn impatient() -> Limits {
    let mut limits = Limits::default();
    limits.broker_timeout = Duration::from_millis(200);
    limits
}

#[tokio::test]
async fn what_was_missed_while_the_link_was_down_is_caught_up_with_also_without_history() {
    for transport in BOTH {
        let (broker, store) = (MemoryBroker::new(), Store::new());
        let outage = Outage::new(broker.clone());
        let here = Server::start(Under::Tidewire, builder(&store).broker(outage.clone()).limits(impatient())).await;
        let there = Server::start(Under::Tidewire, builder(&store).broker(broker)).await;
        let mut ann = Link::signed_in(transport, here.address, "ann").await;
        let key = ann.look("boardCount", "board/a").await;
        assert_eq!(ann.value(&key).await, 0);
        outage.go_down();
        store.set("a", 1);
        there.realtime.channel(board("a")).publish(CursorMoved { x: 0.5 }).await.unwrap();
        ann.hears_nothing().await;
        outage.come_back();
        assert_eq!(ann.value(&key).await, 1);
        // Deliveries that nobody notices the loss of, until the next one comes.
        outage.lose_deliveries(true);
        store_and_tell(&there.realtime, &store, "a", 2).await;
        outage.lose_deliveries(false);
        store.set("a", 3);
        there.realtime.channel(board("a")).publish(CardChanged { id: "x".into() }).await.unwrap();
        ann.until_value(&key, &json!(3)).await;
    }
}

#[tokio::test]
async fn who_begins_while_the_broker_is_away_sees_what_is_stored_and_hears_later() {
    let (broker, store) = (MemoryBroker::new(), Store::new());
    let outage = Outage::new(broker);
    let server = Server::start(Under::Tidewire, builder(&store).broker(outage.clone()).limits(impatient())).await;
    let mut ann = Link::signed_in(Transport::WebSocket, server.address, "ann").await;
    outage.go_down();
    let key = ann.look("boardCount", "board/a").await;
    assert_eq!(ann.value(&key).await, 0, "a loader needs no broker");
    store.set("a", 1);
    outage.come_back();
    assert_eq!(ann.value(&key).await, 1, "nobody knows what came before");
    store_and_tell(&server.realtime, &store, "a", 2).await;
    assert_eq!(ann.value(&key).await, 2);
}
