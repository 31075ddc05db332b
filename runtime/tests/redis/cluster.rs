//! Three servers of a cluster. Takes half a minute: `cargo test -p tidewire --features redis,conformance --test redis cluster -- --ignored`

use std::{
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::support::redis::{Recorder, RedisServer, draft};
use tidewire::{Broker, Draft, IdempotencyKey, RedisBroker, Retention, conformance};

struct Cluster {
    servers: Vec<RedisServer>,
}

impl Cluster {
    async fn start() -> Self {
        let servers: Vec<_> =
            (0..3).map(|_| RedisServer::on_a_port(&["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"])).collect();
        let addresses = servers.iter().map(|server| format!("127.0.0.1:{}", server.port()));
        let created = Command::new("redis-cli").args(["--cluster", "create"]).args(addresses).args(["--cluster-yes"]).output().unwrap();
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stdout));
        let ready = |server: &RedisServer| server.command::<String>(&["CLUSTER", "INFO"]).contains("cluster_state:ok");
        patiently("the cluster is ready", async || servers.iter().all(ready)).await;
        Self { servers }
    }

    async fn broker(&self) -> RedisBroker {
        let url = self.servers[0].tcp_url().replace("redis://", "redis-cluster://");
        RedisBroker::connect(url).await.unwrap()
    }
}

async fn patiently(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let begin = Instant::now();
    while !condition().await {
        assert!(begin.elapsed() < Duration::from_secs(30), "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
#[ignore = "starts three servers"]
async fn it_is_a_broker() {
    let cluster = Cluster::start().await;
    conformance::run(async || cluster.broker().await).await;
    conformance::run_shared(async || cluster.broker().await).await;
    for server in &cluster.servers {
        assert!(server.command::<i64>(&["DBSIZE"]) > 0, "every server has its share");
    }
}

#[tokio::test]
#[ignore = "starts three servers"]
async fn every_server_has_two_connections_and_an_equal_share() {
    let cluster = Cluster::start().await;
    let broker = cluster.broker().await;
    let recorder = Recorder::attach(&broker).await;
    for number in 0..300 {
        let channel = format!("chat/{number}");
        broker.subscribe(&channel).await.unwrap();
        broker.publish(&channel, draft(1)).await.unwrap();
        recorder.receives(&channel, 1).await;
    }
    let batch = (0..300).map(|number| (Arc::from(format!("chat/{number}")), draft(2))).collect();
    for receipt in broker.publish_batch(batch).await {
        assert_eq!(receipt.unwrap().cursor.unwrap().number(), 2);
    }
    for server in &cluster.servers {
        let mut names = server.clients();
        names.sort();
        assert_eq!(names, ["tidewire-commands", "tidewire-link"]);
        let keys = server.command::<i64>(&["DBSIZE"]);
        assert!((140..=260).contains(&keys), "{keys} of 600");
    }
}

#[tokio::test]
#[ignore = "starts three servers"]
async fn channels_follow_their_slot_to_another_server() {
    let cluster = Cluster::start().await;
    let broker = cluster.broker().await;
    let recorder = Recorder::attach(&broker).await;
    let channels: Vec<_> = (0..60).map(|number| format!("chat/{number}")).collect();
    for channel in &channels {
        broker.subscribe(channel).await.unwrap();
        broker.publish(channel, draft(1)).await.unwrap();
    }
    let ids: Vec<String> = cluster.servers.iter().map(|server| server.command(&["CLUSTER", "MYID"])).collect();
    let moved = Command::new("redis-cli")
        .args(["--cluster", "reshard", &format!("127.0.0.1:{}", cluster.servers[0].port())])
        .args(["--cluster-from", &ids[0], "--cluster-to", &ids[1], "--cluster-slots", "3000", "--cluster-yes"])
        .output()
        .unwrap();
    assert!(moved.status.success(), "{}", String::from_utf8_lossy(&moved.stdout));
    for channel in &channels {
        patiently("the channel is found", async || broker.publish(channel, draft(2)).await.is_ok()).await;
    }
    recorder.proven().await;
    for channel in &channels {
        let last = broker.publish(channel, draft(3)).await.unwrap().cursor.unwrap();
        assert!(last.number() >= 3, "the history moved along");
        recorder.receives(channel, last.number()).await;
    }
}

#[tokio::test]
#[ignore = "starts three servers"]
async fn a_batch_keeps_its_order_while_its_slot_moves() {
    let cluster = Cluster::start().await;
    let broker = cluster.broker().await;
    broker.publish("chat/1", draft(1)).await.unwrap();
    let states = |server: &RedisServer| server.command::<Vec<String>>(&["KEYS", "*:s:chat/1"]);
    let from = cluster.servers.iter().find(|server| !states(server).is_empty()).unwrap();
    let to = cluster.servers.iter().find(|server| states(server).is_empty()).unwrap();
    let slot = from.command::<i64>(&["CLUSTER", "KEYSLOT", &states(from)[0]]).to_string();
    let [source, target]: [String; 2] = [from, to].map(|server| server.command(&["CLUSTER", "MYID"]));
    to.command::<String>(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &source]);
    from.command::<String>(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &target]);
    // The record of a new key is on neither server: the event that has one is refused, those beside it are not.
    let keyed = Draft { key: Some(IdempotencyKey::new("me", "k").unwrap()), ..draft(3) };
    let batch = [draft(2), keyed, draft(4), Draft { retention: Retention::Off, ..draft(5) }, draft(6)];
    let publishing = {
        let broker = broker.clone();
        tokio::spawn(async move { broker.publish_batch(batch.map(|draft| (Arc::from("chat/1"), draft)).into()).await })
    };
    patiently("an event is refused", async || from.command::<String>(&["INFO", "errorstats"]).contains("errorstat_TRYAGAIN")).await;
    for server in [from, to] {
        server.command::<String>(&["CLUSTER", "SETSLOT", &slot, "STABLE"]);
    }
    let receipts = publishing.await.unwrap().into_iter().map(|receipt| receipt.unwrap().cursor.map(|cursor| cursor.number()));
    assert_eq!(receipts.collect::<Vec<_>>(), [Some(2), Some(3), Some(4), None, Some(5)]);
}

#[tokio::test]
#[ignore = "starts three servers"]
async fn a_server_that_fails_does_not_concern_the_others() {
    let mut cluster = Cluster::start().await;
    for server in &cluster.servers {
        server.command::<String>(&["CONFIG", "SET", "cluster-require-full-coverage", "no"]);
    }
    let broker = cluster.broker().await;
    let recorder = Recorder::attach(&broker).await;
    let channels: Vec<_> = (0..30).map(|number| format!("chat/{number}")).collect();
    for channel in &channels {
        broker.subscribe(channel).await.unwrap();
    }
    let changes = recorder.changes();
    cluster.servers[1].kill();
    recorder.doubted(changes).await;
    let mut reached = 0;
    for channel in &channels {
        let begin = Instant::now();
        let answer = broker.publish(channel, draft(1)).await;
        assert!(begin.elapsed() < Duration::from_secs(2));
        reached += usize::from(answer.is_ok());
    }
    assert!((12..=28).contains(&reached), "{reached} of 30");
    cluster.servers[1].run();
    for channel in &channels {
        patiently("the channel is found", async || broker.publish(channel, draft(2)).await.is_ok()).await;
    }
    recorder.proven().await;
    for channel in &channels {
        let last = broker.publish(channel, draft(3)).await.unwrap().cursor.unwrap();
        recorder.receives(channel, last.number()).await;
    }
}
