//! A primary that fails, and the replica that Sentinel promotes. Takes half a minute: `cargo test -p tidewire --features redis --test redis sentinel -- --ignored`

use std::time::{Duration, Instant};

use crate::support::redis::{Recorder, RedisServer, draft};
use tidewire::{Broker, Link, Range, ReadRequest, RedisBroker};

/// Waits for what takes Sentinel seconds.
async fn patiently(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let begin = Instant::now();
    while !condition().await {
        assert!(begin.elapsed() < Duration::from_secs(40), "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn failover(fail: impl FnOnce(&mut RedisServer, &RedisServer)) {
    let mut primary = RedisServer::on_a_port(&[]);
    let replica = RedisServer::on_a_port(&["--replicaof", "127.0.0.1", &primary.port().to_string(), "--repl-diskless-sync-delay", "0"]);
    let link_up = || replica.command::<String>(&["INFO", "replication"]).contains("master_link_status:up");
    patiently("the replica follows", async || link_up()).await;
    let configuration = format!(
        "sentinel monitor live 127.0.0.1 {} 2\nsentinel down-after-milliseconds live 1000\nsentinel failover-timeout live 5000\n",
        primary.port()
    );
    let sentinels: Vec<_> = (0..3).map(|_| RedisServer::sentinel(&configuration)).collect();
    let know_all = |sentinel: &RedisServer| {
        let line: String = sentinel.command(&["INFO", "sentinel"]);
        line.contains("slaves=1,sentinels=3")
    };
    patiently("the sentinels know each other", async || sentinels.iter().all(know_all)).await;

    let urls = sentinels.iter().map(RedisServer::tcp_url);
    let broker = RedisBroker::builder("redis://ignored").sentinel("live", urls).connect().await.unwrap();
    let recorder = Recorder::attach(&broker).await;
    let start = broker.subscribe("chat/1").await.unwrap();
    broker.publish("chat/1", draft(0)).await.unwrap();
    recorder.receives("chat/1", 1).await;
    assert_eq!(primary.command::<i64>(&["WAIT", "1", "5000"]), 1);

    let changes = recorder.changes();
    fail(&mut primary, &sentinels[0]);
    // Sentinel leaves a demoted primary as it is for eight seconds.
    patiently("the link is doubted", async || recorder.links.lock().unwrap()[changes..].contains(&Link::Unproven)).await;
    patiently("publishing works again", async || {
        let begin = Instant::now();
        let answer = broker.publish("chat/1", draft(1)).await;
        assert!(begin.elapsed() < Duration::from_secs(2));
        answer.is_ok() && replica.command::<String>(&["INFO", "replication"]).contains("role:master")
    })
    .await;
    recorder.proven().await;
    let last = broker.publish("chat/1", draft(2)).await.unwrap().cursor.unwrap();
    recorder.receives("chat/1", last.number()).await;
    assert_eq!(last.epoch(), start.epoch(), "the replica has the history");
    let page = broker.read("chat/1", ReadRequest { range: Range::After(start), limit: 1000, bytes: 1 << 20 }).await.unwrap();
    assert!(page.entries[0].follows(&start) && page.entries.windows(2).all(|pair| pair[1].follows(&pair[0].cursor)));
    let names = replica.clients();
    assert!(names.contains(&"tidewire-commands".to_owned()) && names.contains(&"tidewire-link".to_owned()), "{names:?}");
}

#[tokio::test]
#[ignore = "takes half a minute"]
async fn a_killed_primary_is_replaced() {
    failover(|primary, _| primary.kill()).await;
}

#[tokio::test]
#[ignore = "takes half a minute"]
async fn a_frozen_primary_is_replaced() {
    failover(|primary, _| primary.signal("STOP")).await;
}

/// The old primary stays reachable as a replica, and Sentinel does not cut its subscribers: a link that stayed there would go on hearing, but only what is replicated.
#[tokio::test]
#[ignore = "takes half a minute"]
async fn a_demoted_primary_is_left() {
    failover(|_, sentinel| assert_eq!(sentinel.command::<String>(&["SENTINEL", "FAILOVER", "live"]), "OK")).await;
}
