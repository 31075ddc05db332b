//! What happens to publishes and to the link when Redis fails.

use std::time::{Duration, Instant};

use crate::support::{
    eventually,
    redis::{Recorder, RedisServer, draft},
};
use tidewire::{Broker, BrokerError, IdempotencyKey, Link, Range, ReadRequest, Receipt, RedisBroker};

const CHANNEL: &str = "chat/1";

/// Publishes; no answer may take longer than two seconds.
async fn publish(broker: &RedisBroker) -> Result<Receipt, BrokerError> {
    let begin = Instant::now();
    let answer = broker.publish(CHANNEL, draft(1)).await;
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    answer
}

/// Publishes until it works; how long that took.
async fn works_again(broker: &RedisBroker) -> Duration {
    let begin = Instant::now();
    while publish(broker).await.is_err() {
        assert!(begin.elapsed() < crate::support::DEADLINE);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    begin.elapsed()
}

/// Publishes until the answer comes at once that Redis is down.
async fn fails_fast(broker: &RedisBroker) {
    let deadline = Instant::now() + crate::support::DEADLINE;
    loop {
        let begin = Instant::now();
        let error = publish(broker).await.unwrap_err();
        if matches!(error, BrokerError::Unavailable(_)) && begin.elapsed() < Duration::from_millis(50) {
            return;
        }
        assert!(Instant::now() < deadline);
    }
}

async fn started(redis: &RedisServer) -> (RedisBroker, std::sync::Arc<Recorder>) {
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    let recorder = Recorder::attach(&broker).await;
    broker.subscribe(CHANNEL).await.unwrap();
    (broker, recorder)
}

#[tokio::test]
async fn a_server_that_lost_everything_begins_a_new_epoch() {
    let mut redis = RedisServer::start();
    let (broker, recorder) = started(&redis).await;
    let before = publish(&broker).await.unwrap().cursor.unwrap();
    recorder.receives(CHANNEL, 1).await;
    let changes = recorder.changes();
    redis.kill();
    recorder.doubted(changes).await;
    fails_fast(&broker).await;
    assert!(matches!(broker.subscribe("chat/2").await, Err(BrokerError::Unavailable(_))));
    redis.run();
    assert!(works_again(&broker).await < Duration::from_millis(1500));
    recorder.proven().await;
    let after = publish(&broker).await.unwrap().cursor.unwrap();
    assert_eq!((after.number(), after.epoch() == before.epoch()), (2, false));
    recorder.receives(CHANNEL, 2).await;
    assert_eq!(redis.clients().len(), 2, "{:?}", redis.clients());
}

#[tokio::test]
async fn a_server_that_kept_everything_goes_on() {
    let mut redis = RedisServer::with(&["--save", "", "--appendonly", "yes", "--appendfsync", "always"]);
    let (broker, recorder) = started(&redis).await;
    let before = publish(&broker).await.unwrap().cursor.unwrap();
    redis.kill();
    redis.run();
    works_again(&broker).await;
    recorder.proven().await;
    let after = publish(&broker).await.unwrap().cursor.unwrap();
    assert_eq!(after.epoch(), before.epoch());
    let request = ReadRequest { range: Range::After(before), limit: 10, bytes: 1 << 20 };
    let page = broker.read(CHANNEL, request).await.unwrap();
    assert!(page.entries[0].follows(&before), "not a single event is missing");
    recorder.receives(CHANNEL, after.number()).await;
}

#[tokio::test]
async fn a_link_that_is_cut_is_made_anew() {
    let redis = RedisServer::start();
    let (broker, recorder) = started(&redis).await;
    for kind in ["pubsub", "normal"] {
        let changes = recorder.changes();
        redis.command::<i64>(&["CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes"]);
        if kind == "pubsub" {
            recorder.doubted(changes).await;
        }
        recorder.proven().await;
        works_again(&broker).await;
        let number = publish(&broker).await.unwrap().cursor.unwrap().number();
        recorder.receives(CHANNEL, number).await;
    }
    assert_eq!(redis.clients().len(), 2);
}

#[tokio::test]
async fn a_pause_leaves_publishes_in_doubt_and_nothing_broken() {
    let redis = RedisServer::start();
    let (broker, recorder) = started(&redis).await;
    redis.command::<String>(&["CLIENT", "PAUSE", "2500", "ALL"]);
    let key = || Some(IdempotencyKey::new("me", "a").unwrap());
    let paused = broker.publish(CHANNEL, tidewire::Draft { key: key(), ..draft(1) }).await;
    assert!(matches!(paused, Err(BrokerError::Unknown(_))), "{paused:?}");
    works_again(&broker).await;
    // Whether the first attempt was stored or not, there is one event under the key.
    let again = broker.publish(CHANNEL, tidewire::Draft { key: key(), ..draft(1) }).await.unwrap();
    let third = broker.publish(CHANNEL, tidewire::Draft { key: key(), ..draft(1) }).await.unwrap();
    assert_eq!((again.cursor, third.duplicate), (third.cursor, true));
    recorder.proven().await;
    let number = publish(&broker).await.unwrap().cursor.unwrap().number();
    recorder.receives(CHANNEL, number).await;
}

#[tokio::test]
async fn a_frozen_server_is_noticed_and_found_again() {
    let redis = RedisServer::start();
    let (broker, recorder) = started(&redis).await;
    let changes = recorder.changes();
    let frozen = Instant::now();
    redis.signal("STOP");
    let first = publish(&broker).await;
    assert!(matches!(first, Err(BrokerError::Unknown(_))), "{first:?}");
    fails_fast(&broker).await;
    eventually("the link is doubted", || recorder.links.lock().unwrap()[changes..].contains(&Link::Unproven)).await;
    assert!(frozen.elapsed() < Duration::from_secs(10));
    redis.signal("CONT");
    assert!(works_again(&broker).await < Duration::from_millis(1500));
    recorder.proven().await;
    let number = publish(&broker).await.unwrap().cursor.unwrap().number();
    recorder.receives(CHANNEL, number).await;
    assert_eq!(redis.clients().len(), 2);
}

#[tokio::test]
async fn a_server_that_refuses_to_write_did_nothing() {
    let redis = RedisServer::start();
    let (broker, recorder) = started(&redis).await;
    publish(&broker).await.unwrap();
    redis.command::<String>(&["CONFIG", "SET", "maxmemory", "1"]);
    let full = publish(&broker).await;
    assert!(matches!(full, Err(BrokerError::Unavailable(_))), "{full:?}");
    let request = ReadRequest { range: Range::Newest(9), limit: 10, bytes: 1 << 20 };
    assert_eq!(broker.read(CHANNEL, request).await.unwrap().entries.len(), 1, "a full server can be read");
    redis.command::<String>(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(publish(&broker).await.unwrap().cursor.unwrap().number(), 2);

    redis.command::<String>(&["REPLICAOF", "127.0.0.1", "1"]);
    let demoted = publish(&broker).await;
    assert!(matches!(demoted, Err(BrokerError::Unavailable(_))), "{demoted:?}");
    redis.command::<String>(&["REPLICAOF", "NO", "ONE"]);
    works_again(&broker).await;
    recorder.proven().await;
}

#[tokio::test]
async fn forgotten_scripts_are_sent_again() {
    let redis = RedisServer::start();
    let (broker, _recorder) = started(&redis).await;
    for round in 0..3 {
        redis.command::<String>(&["SCRIPT", "FLUSH"]);
        let batch = (0..10).map(|number| (std::sync::Arc::from(CHANNEL), draft(number))).collect();
        let receipts = broker.publish_batch(batch).await;
        let numbers: Vec<_> = receipts.into_iter().map(|receipt| receipt.unwrap().cursor.unwrap().number()).collect();
        assert_eq!(numbers, (round * 10 + 1..=round * 10 + 10).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_link_over_which_nothing_comes_is_asked_and_stays() {
    let redis = RedisServer::start();
    let mut links = Vec::new();
    for _ in 0..10 {
        links.push(started(&redis).await);
    }
    let before: Vec<usize> = links.iter().map(|(_, recorder)| recorder.changes()).collect();
    // Longer than a link may be silent, and than the answer may take then.
    tokio::time::sleep(Duration::from_millis(9500)).await;
    let after: Vec<usize> = links.iter().map(|(_, recorder)| recorder.changes()).collect();
    assert_eq!(after, before, "nothing was wrong with any of them");
}
