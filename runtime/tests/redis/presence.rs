//! Rosters that several nodes share through Redis: two of them, one that dies, and a Redis that dies and comes back.

use std::{collections::BTreeMap, time::Duration};

use crate::support::{
    Server, Under,
    link::{BOTH, Link, Transport},
    presence::{Watcher, appear, appears, builder, leaves, returning, roster_of, signed_in},
    redis::RedisServer,
    within,
};
use serde_json::{Value, json};
use tidewire::{Limits, RedisBroker};
use tokio::sync::oneshot;

async fn node(redis: &RedisServer, grace: u64, lease: u64) -> Server {
    node_at(redis.url(), grace, lease).await
}

async fn node_at(url: String, grace: u64, lease: u64) -> Server {
    let mut limits = Limits::default();
    limits.presence_grace = Duration::from_millis(grace);
    limits.presence_lease = Duration::from_millis(lease);
    let broker = RedisBroker::connect(url).await.unwrap();
    Server::start(Under::Tidewire, builder().broker(broker).limits(limits)).await
}

async fn watcher(transport: Transport, server: &Server) -> Watcher {
    let mut watcher = Watcher::new(signed_in(transport, server, "viewer", "channel=chat/a&presence=1").await);
    watcher.until(|_| true).await;
    watcher
}

fn named(name: &str) -> Value {
    json!({ "name": name })
}

/// Says it until it is heard.
async fn appears_in_time(link: &mut Link, name: &str) {
    let saying = async {
        while appear(link, "a", named(name)).await["type"] != "ack" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    within(saying).await;
}

#[tokio::test]
async fn two_nodes_have_one_roster() {
    let redis = RedisServer::start();
    for transport in BOTH {
        let (here, there) = (node(&redis, 1500, 30_000).await, node(&redis, 1500, 30_000).await);
        let mut watcher = watcher(transport, &there).await;
        let mut ann = signed_in(transport, &here, "ann", "").await;
        let mut bob = signed_in(transport, &here, "bob", "").await;
        appears(&mut ann, "a", json!({ "name": "Ann", "typing": true })).await;
        appears(&mut bob, "a", named("Bob")).await;
        watcher.until(|roster| roster.len() == 2).await;
        assert_eq!(roster_of(&there, "a").await.member("ann").unwrap().state.typing, Some(true));
        let session = ann.session.clone();
        drop(ann);
        let mut back = returning(transport, &there, "ann", "", Some(&session)).await;
        appears(&mut back, "a", json!({ "name": "Ann", "typing": true })).await;
        drop(bob);
        watcher.until(|roster| roster.len() == 1).await;
        assert_eq!((&watcher.left[..], watcher.refreshes), (&["bob".to_owned()][..], 0));
        leaves(&mut back, "a").await;
        watcher.until(BTreeMap::is_empty).await;
    }
}

#[tokio::test]
async fn a_node_that_is_killed_takes_its_members_with_it_when_its_lease_ends() {
    let redis = RedisServer::start();
    let lives = node(&redis, 60_000, 1500).await;
    let mut watcher = watcher(Transport::WebSocket, &lives).await;
    let (tell_address, address) = oneshot::channel();
    let url = redis.url();
    let (die, death) = std::sync::mpsc::channel::<()>();
    let dies = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let server = runtime.block_on(node_at(url, 60_000, 1500));
        tell_address.send(server.address).unwrap();
        death.recv().unwrap();
        // All its tasks end in the middle of what they do, and nobody says a word to Redis.
        runtime.shutdown_background();
        drop(server);
    });
    let address = address.await.unwrap();
    let mut ann = Link::open_with(Transport::WebSocket, address, "", None, &[("authorization", "ann")]).await;
    appears(&mut ann, "a", named("Ann")).await;
    watcher.until(|roster| roster.contains_key("ann")).await;
    die.send(()).unwrap();
    dies.join().unwrap();
    watcher.until(BTreeMap::is_empty).await;
    let left: Vec<String> = redis.command(&["KEYS", "*:r:*"]);
    assert!(left.is_empty(), "nothing remains of the roster: {left:?}");
}

#[tokio::test]
async fn a_redis_that_lost_everything_is_told_everything_again() {
    let mut redis = RedisServer::start();
    let (here, there) = (node(&redis, 500, 3000).await, node(&redis, 500, 3000).await);
    let mut watchers = [watcher(Transport::WebSocket, &here).await, watcher(Transport::Sse, &there).await];
    let mut ann = signed_in(Transport::WebSocket, &here, "ann", "").await;
    let mut bob = signed_in(Transport::Sse, &there, "bob", "").await;
    appears(&mut ann, "a", named("Ann")).await;
    appears(&mut bob, "a", named("Bob")).await;
    for watcher in &mut watchers {
        watcher.until(|roster| roster.len() == 2).await;
    }
    redis.kill();
    let refused = appear(&mut ann, "a", named("nobody hears this")).await;
    assert_eq!(refused["type"], "error", "{refused}");
    redis.run();
    appears_in_time(&mut ann, "Ann, heard").await;
    for watcher in &mut watchers {
        watcher.until(|roster| roster.len() == 2 && roster["ann"]["state"]["name"] == "Ann, heard").await;
    }
    assert_eq!(roster_of(&here, "a").await.members.len(), 2);
}

#[tokio::test]
async fn who_went_while_redis_was_dead_is_no_ghost() {
    let mut redis = RedisServer::with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let server = node(&redis, 100, 1500).await;
    let mut watcher = watcher(Transport::WebSocket, &server).await;
    let mut ann = signed_in(Transport::WebSocket, &server, "ann", "").await;
    let mut bob = signed_in(Transport::WebSocket, &server, "bob", "").await;
    appears(&mut ann, "a", named("Ann")).await;
    appears(&mut bob, "a", named("Bob")).await;
    watcher.until(|roster| roster.len() == 2).await;
    redis.kill();
    drop(bob);
    tokio::time::sleep(Duration::from_millis(300)).await;
    // It comes back with what it had on disk: both of them.
    redis.run();
    watcher.until(|roster| roster.len() == 1 && roster.contains_key("ann")).await;
    assert_eq!(roster_of(&server, "a").await.members.len(), 1);
}

#[tokio::test]
async fn rosters_expire_when_nobody_looks_at_them() {
    let redis = RedisServer::start();
    let server = node(&redis, 500, 30_000).await;
    let mut ann = signed_in(Transport::WebSocket, &server, "ann", "").await;
    appears(&mut ann, "a", named("Ann")).await;
    let keys: Vec<String> = redis.command(&["KEYS", "*"]);
    for key in keys {
        let left: i64 = redis.command(&["TTL", &key]);
        assert!(left > 0, "{key} would stay for ever");
    }
}
