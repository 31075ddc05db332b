//! What the broker does to a server that it shares with others: keys, connections, commands.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::support::redis::{Recorder, RedisServer, draft};
use tidewire::{Broker, BrokerError, ConnectCause, Cursor, Draft, IdempotencyKey, Range, ReadRequest, RedisBroker, Retention};

const ALL: ReadRequest = ReadRequest { range: Range::Newest(100), limit: 100, bytes: 1 << 20 };

fn key_of(redis: &RedisServer, kind: &str, channel: &str) -> String {
    let keys: Vec<String> = redis.command(&["KEYS", &format!("tw:{{p*}}:{kind}:{channel}")]);
    assert_eq!(keys.len(), 1, "{keys:?}");
    keys[0].clone()
}

#[tokio::test]
async fn foreign_keys_are_errors_and_left_alone() {
    let redis = RedisServer::start();
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    broker.publish("a/1", draft(1)).await.unwrap();
    let (state, stream) = (key_of(&redis, "s", "a/1"), key_of(&redis, "l", "a/1"));
    let healthy: Vec<u8> = redis.command(&["DUMP", &state]);
    // Each a way in which something else may have used our names.
    let cases: [&[&[&str]]; 7] = [
        &[&["SET", &state, "foreign"]],
        &[&["HSET", &state, "foreign", "1"]],
        &[&["HSET", &state, "e", "zz", "q", "1", "i", "1-0"]],
        &[&["HSET", &state, "e", "00000000000000aa", "q", "-7", "i", "1-0"]],
        &[&["SET", &stream, "foreign"]],
        &[&["RPUSH", &stream, "foreign"], &["RESTORE", &state, "0"]],
        &[&["SET", &state, "x"], &["SET", &stream, "y"]],
    ];
    for case in cases {
        redis.command::<i64>(&["DEL", &state, &stream]);
        let mut connection = redis.connection();
        for command in case {
            let mut sent = redis::cmd(command[0]);
            sent.arg(&command[1..]);
            if command[0] == "RESTORE" {
                sent.arg(&healthy);
            }
            sent.exec(&mut connection).unwrap();
        }
        let before: [Option<Vec<u8>>; 2] = [&state, &stream].map(|key| redis.command(&["DUMP", key]));
        for (what, error) in [("publish", broker.publish("a/1", draft(2)).await.err()), ("read", broker.read("a/1", ALL).await.err())] {
            assert!(matches!(error, Some(BrokerError::Corrupt(_))), "{what} after {case:?}: {error:?}");
        }
        let after: [Option<Vec<u8>>; 2] = [&state, &stream].map(|key| redis.command(&["DUMP", key]));
        assert_eq!(before, after, "{case:?}");
        assert!(broker.publish("a/2", draft(2)).await.is_ok(), "other channels do not suffer");
    }
}

#[tokio::test]
async fn foreign_entries_and_messages_reach_nobody() {
    let redis = RedisServer::start();
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    let recorder = Recorder::attach(&broker).await;
    broker.subscribe("a/1").await.unwrap();
    broker.publish("a/1", draft(1)).await.unwrap();
    let topic = key_of(&redis, "s", "a/1").replace(":s:", ":c:");
    for message in
        ["", "\n", "nonsense", "00000000000000aa 2 9-0 1-0\n{\"event\":\"x y\"}", "00000000000000aa 2 9-0\n{}", "- 0 1-0 0-0\n{}"]
    {
        redis.command::<i64>(&["SPUBLISH", &topic, message]);
    }
    broker.publish("a/1", draft(2)).await.unwrap();
    recorder.receives("a/1", 2).await;
    assert_eq!(recorder.numbers.lock().unwrap().len(), 2);

    for fields in [&["foreign", "1"][..], &["q", "3", "p", "1-0", "d", "{}"], &["q", "x", "p", "1-0", "d", "{\"event\":\"a\"}"]] {
        let id: String = redis.command(&[&["XADD", &key_of(&redis, "l", "a/1"), "*"], fields].concat());
        assert!(matches!(broker.read("a/1", ALL).await, Err(BrokerError::Corrupt(_))), "{fields:?}");
        redis.command::<i64>(&["XDEL", &key_of(&redis, "l", "a/1"), &id]);
    }
    assert_eq!(broker.read("a/1", ALL).await.unwrap().entries.len(), 2);
}

#[tokio::test]
async fn every_key_expires_and_the_position_last() {
    let redis = RedisServer::start();
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    let kept = |ttl| Draft { retention: Retention::Keep { max: 10, ttl }, ..draft(1) };
    broker.publish("a/1", Draft { key: Some(IdempotencyKey::new("me", "a").unwrap()), ..kept(100) }).await.unwrap();
    broker.read("quiet", ALL).await.unwrap();
    for key in redis.command::<Vec<String>>(&["KEYS", "*"]) {
        assert!(redis.command::<i64>(&["TTL", &key]) > 0, "{key}");
    }
    let (state, stream) = (key_of(&redis, "s", "a/1"), key_of(&redis, "l", "a/1"));
    let ttl = |key: &str| redis.command::<i64>(&["TTL", key]);
    assert!((100..=113).contains(&ttl(&stream)) && ttl(&state) > ttl(&stream) + 3000);
    // A longer time to live counts from the next event on.
    broker.publish("a/1", kept(10_000)).await.unwrap();
    assert!(ttl(&stream) >= 10_000 && ttl(&state) > ttl(&stream));
    // As long as somebody follows the channel, its position does not expire; the events do.
    redis.command::<i64>(&["EXPIRE", &state, "5"]);
    redis.command::<i64>(&["EXPIRE", &stream, "5"]);
    broker.positions(&[Arc::from("a/1")]).await.unwrap();
    assert!(ttl(&state) > 3000 && ttl(&stream) <= 5);
}

/// The time and the sequence of an event's id.
fn parts(cursor: Cursor) -> (u64, u64) {
    let id = cursor.id().to_string();
    let (time, sequence) = id.split_once('-').unwrap();
    (time.parse().unwrap(), sequence.parse().unwrap())
}

#[tokio::test]
async fn ids_rise_after_a_stream_expired_and_the_clock_went_back() {
    let redis = RedisServer::start();
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    broker.publish("a/1", draft(1)).await.unwrap();
    let state = key_of(&redis, "s", "a/1");
    redis.command::<i64>(&["HSET", &state, "i", "99999999999999-7"]);
    redis.command::<i64>(&["DEL", &key_of(&redis, "l", "a/1")]);
    let ids = [broker.publish("a/1", draft(2)).await, broker.publish("a/1", draft(3)).await]
        .map(|receipt| parts(receipt.unwrap().cursor.unwrap()));
    assert!(ids.iter().all(|(time, _)| *time == 99_999_999_999_999), "{ids:?}");
    assert!(7 < ids[0].1 && ids[0].1 < ids[1].1, "{ids:?}");
    assert_eq!(broker.read("a/1", ALL).await.unwrap().entries.len(), 2);
}

#[tokio::test]
async fn ids_tell_what_was_lost_from_what_is_stored_in_its_place_also_while_the_clock_is_behind() {
    let redis = RedisServer::start();
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    broker.publish("a/1", draft(1)).await.unwrap();
    let (state, stream) = (key_of(&redis, "s", "a/1"), key_of(&redis, "l", "a/1"));
    redis.command::<i64>(&["HSET", &state, "i", "99999999999999-7"]);
    redis.command::<i64>(&["DEL", &stream]);
    broker.publish("a/1", draft(2)).await.unwrap();
    for key in [&state, &stream] {
        redis.command::<i64>(&["COPY", key, &format!("{key}-saved")]);
    }
    let lost = broker.publish("a/1", draft(3)).await.unwrap().cursor.unwrap();
    for key in [&state, &stream] {
        redis.command::<i64>(&["COPY", &format!("{key}-saved"), key, "REPLACE"]);
    }
    let kept = broker.publish("a/1", draft(4)).await.unwrap().cursor.unwrap();
    assert_eq!((lost.epoch(), lost.number()), (kept.epoch(), kept.number()));
    assert_ne!(lost.id(), kept.id(), "whoever saw the one would take the other for it");
    let several = (0..3).map(|number| (Arc::from("a/1"), draft(number))).collect();
    let batch = broker.publish_batch(several).await;
    let sequences: Vec<u64> = batch.into_iter().map(|receipt| parts(receipt.unwrap().cursor.unwrap()).1).collect();
    assert!(parts(kept).1 < sequences[0] && sequences.is_sorted_by(|before, after| before < after), "{sequences:?}");
}

#[tokio::test]
async fn a_service_has_two_connections_and_blocks_none() {
    let redis = RedisServer::start();
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    let (_first, recorder) = (Recorder::attach(&broker).await, Recorder::attach(&broker).await);
    let mut monitor = std::process::Command::new("redis-cli")
        .arg("-s")
        .arg(redis.folder().join("redis.sock"))
        .arg("MONITOR")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    crate::support::eventually("the monitor listens", || redis.command::<String>(&["CLIENT", "LIST"]).contains("cmd=monitor")).await;
    for number in 0..300 {
        let channel = format!("chat/{number}");
        broker.subscribe(&channel).await.unwrap();
        broker.publish(&channel, draft(1)).await.unwrap();
        broker.read(&channel, ALL).await.unwrap();
    }
    recorder.receives("chat/299", 1).await;
    broker.publish_batch((0..100).map(|number| (Arc::from(format!("chat/{number}")), draft(2))).collect()).await;
    broker.unsubscribe("chat/7");
    let mut names = redis.clients();
    names.sort();
    assert_eq!(names, ["tidewire-commands", "tidewire-link"]);
    monitor.kill().unwrap();
    let output = String::from_utf8(monitor.wait_with_output().unwrap().stdout).unwrap();
    let commands: BTreeSet<_> =
        output.lines().filter_map(|line| Some(line.split_once("] \"")?.1.split('"').next()?.to_uppercase())).collect();
    let allowed = [
        "CLIENT",
        "CONFIG",
        "DEL",
        "EVAL",
        "EVALSHA",
        "EXISTS",
        "EXPIRE",
        "HELLO",
        "HMGET",
        "HSET",
        "INFO",
        "PING",
        "SCRIPT",
        "SPUBLISH",
        "SSUBSCRIBE",
        "SUNSUBSCRIBE",
        "TIME",
        "TYPE",
        "XADD",
        "XLEN",
        "XRANGE",
        "XREVRANGE",
        "XTRIM",
        "GET",
        "SET",
        "XDEL",
    ];
    let unexpected: Vec<_> = commands.iter().filter(|command| !allowed.contains(&command.as_str())).collect();
    assert!(unexpected.is_empty() && commands.contains("EVALSHA"), "{unexpected:?}");
}

#[tokio::test]
async fn many_idempotency_keys_hold_up_nobody() {
    let redis = RedisServer::start();
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    let keyed = |number: u32| Draft { key: Some(IdempotencyKey::new("me", format!("k{number}")).unwrap()), ..draft(1) };
    broker.publish("a/1", keyed(0)).await.unwrap();
    // As 100 000 publishes would have left them, in less time.
    let copy = "local first = redis.call('GET', KEYS[1])
        for number = 1, 100000 do redis.call('SET', string.gsub(KEYS[1], 'k0', 'k' .. number), first, 'PX', 300000) end";
    redis.command::<Option<String>>(&["EVAL", copy, "1", &key_of(&redis, "k", "a/1*")]);
    let mut durations = Vec::new();
    for number in (1..200_000).step_by(1000) {
        let begin = Instant::now();
        let receipt = broker.publish("a/1", keyed(number)).await.unwrap();
        durations.push(begin.elapsed());
        assert_eq!(receipt.duplicate, number <= 100_000);
    }
    durations.sort();
    assert!(durations[durations.len() / 2] < Duration::from_millis(20), "{durations:?}");
}

#[tokio::test]
async fn services_with_other_prefixes_and_databases_do_not_notice_each_other() {
    let redis = RedisServer::start();
    let ours = RedisBroker::builder(redis.url()).prefix("ours").connect().await.unwrap();
    let others = [
        RedisBroker::builder(redis.url()).prefix("theirs").connect().await.unwrap(),
        RedisBroker::builder(format!("{}?db=3", redis.url())).prefix("ours").connect().await.unwrap(),
    ];
    let recorder = Recorder::attach(&ours).await;
    ours.subscribe("a/1").await.unwrap();
    for other in &others {
        assert_eq!(other.publish("a/1", draft(1)).await.unwrap().cursor.unwrap().number(), 1);
    }
    assert_eq!(ours.publish("a/1", draft(1)).await.unwrap().cursor.unwrap().number(), 1);
    recorder.receives("a/1", 1).await;
    assert_eq!(recorder.numbers.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_failed_connection_says_where_and_why_but_no_password() {
    let redis = RedisServer::start();
    redis.command::<String>(&["ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all"]);
    let socket = redis.folder().join("redis.sock").display().to_string();
    let cases = [
        ("redis://app:secret@127.0.0.1:1".to_owned(), "Unreachable", "127.0.0.1:1"),
        (format!("unix://{socket}?user=app&pass=wrong-secret"), "Denied", &socket),
        ("redis://app:se/cret@host".to_owned(), "Address", "host"),
        ("http://app:secret@host".to_owned(), "Address", "host"),
        ("rediss://app:secret@127.0.0.1:1".to_owned(), "", "127.0.0.1:1"),
        ("redis-cluster://app:secret@127.0.0.1:1,127.0.0.1:2".to_owned(), "Unreachable", "127.0.0.1"),
    ];
    for (url, cause, place) in cases {
        let error = RedisBroker::connect(url.clone()).await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(format!("{:?}", error.cause()).starts_with(cause), "{url}: {text}");
        assert!(error.to_string().contains(place) && !text.contains("secret") && !text.contains("cret@"), "{url}: {text}");
    }
    assert!(RedisBroker::connect(format!("unix://{socket}?user=app&pass=secret")).await.is_ok());
    assert!(RedisBroker::builder(redis.url()).prefix("a{b").connect().await.is_err());
    redis.command::<String>(&["REPLICAOF", "127.0.0.1", "1"]);
    let replica = RedisBroker::connect(redis.url()).await.unwrap_err();
    assert!(matches!(replica.cause(), ConnectCause::Replica), "{replica:?}");
}

#[tokio::test]
async fn a_batch_that_takes_longer_than_the_clock_needs_no_draw() {
    let redis = RedisServer::start();
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    let batch = (0..2000).map(|number| (Arc::from("a/1"), draft(number))).collect();
    let cursors: Vec<Cursor> = broker.publish_batch(batch).await.into_iter().map(|receipt| receipt.unwrap().cursor.unwrap()).collect();
    let sequence = |cursor: &Cursor| cursor.id().to_string().split_once('-').unwrap().1.parse::<u64>().unwrap();
    let highest = cursors.iter().map(sequence).max().unwrap();
    assert!(highest < 2000, "the clock was never behind: {highest}");
}
