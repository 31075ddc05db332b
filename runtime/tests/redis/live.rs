//! Live queries on several nodes over Redis: publishes from anywhere, and a Redis that dies and comes back.

use std::{sync::Arc, time::Duration};

use crate::support::{
    Server, Under,
    board::{Store, board, builder, live::CursorMoved, store_and_tell},
    link::{BOTH, Link},
    redis::RedisServer,
    within,
};
use serde_json::json;
use tidewire::{Limits, RedisBroker};

async fn node(redis: &RedisServer, store: &Arc<Store>) -> Server {
    node_at(redis.url(), store).await
}

async fn node_at(url: String, store: &Arc<Store>) -> Server {
    let mut limits = Limits::default();
    limits.broker_timeout = Duration::from_millis(500);
    let broker = RedisBroker::connect(url).await.unwrap();
    Server::start(Under::Tidewire, builder(store).broker(broker).limits(limits)).await
}

#[tokio::test]
async fn a_publish_on_any_node_reaches_who_looks_on_any_other() {
    let redis = RedisServer::start();
    for (at, transport) in BOTH.into_iter().enumerate() {
        let (store, name) = (Store::new(), format!("b{at}"));
        let (here, there) = (node(&redis, &store).await, node(&redis, &store).await);
        let mut ann = Link::signed_in(transport, here.address, "ann").await;
        let mut bob = Link::signed_in(transport, there.address, "bob").await;
        let channel = format!("board/{name}");
        let key = ann.look("boardCount", &channel).await;
        assert_eq!(bob.look("boardCount", &channel).await, key);
        assert_eq!((ann.value(&key).await, bob.value(&key).await), (json!(0), json!(0)));
        for (node, number) in [(&here, 1), (&there, 2)] {
            store_and_tell(&node.realtime, &store, &name, number).await;
            assert_eq!((ann.value(&key).await, bob.value(&key).await), (json!(number), json!(number)));
        }
        store.set(&name, 3);
        there.realtime.channel(board(&name)).publish(CursorMoved { x: 0.5 }).await.unwrap();
        assert_eq!((ann.value(&key).await, bob.value(&key).await), (json!(3), json!(3)));
    }
}

#[tokio::test]
async fn what_changed_while_redis_was_away_is_shown_when_it_is_back() {
    let mut redis = RedisServer::on_a_port(&[]);
    for (at, transport) in BOTH.into_iter().enumerate() {
        let (store, name) = (Store::new(), format!("b{at}"));
        let server = node_at(redis.tcp_url(), &store).await;
        let mut ann = Link::signed_in(transport, server.address, "ann").await;
        let key = ann.look("boardCount", &format!("board/{name}")).await;
        assert_eq!(ann.value(&key).await, 0);
        redis.kill();
        // The service goes on writing to its database, and cannot tell anybody.
        store.set(&name, 1);
        redis.run();
        assert_eq!(within(ann.value(&key)).await, 1);
        within(async {
            while server.realtime.channel(board(&name)).publish(CursorMoved { x: 0.5 }).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        store.set(&name, 2);
        server.realtime.channel(board(&name)).publish(CursorMoved { x: 0.5 }).await.unwrap();
        assert_eq!(ann.until_value(&key, &json!(2)).await.min(1), 1);
    }
}
