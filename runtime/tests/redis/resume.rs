//! Every way in which a history can have changed while a client was away, made in a real Redis, as the client sees it.

use crate::support::{
    Server, Under,
    client::EventStream,
    eventually,
    live::{self, chat, message},
    redis::RedisServer,
};
use serde_json::Value;
use tidewire::{Limits, Realtime, RedisBroker};

struct Scene {
    redis: RedisServer,
    server: Server,
    // The cursor after each event; the first one before them.
    cursors: Vec<String>,
}

impl Scene {
    /// A server whose channel has so many events, the texts of which are their numbers.
    async fn with(events: usize, arguments: &[&str], limits: &Limits) -> Self {
        let redis = RedisServer::with(arguments);
        let broker = RedisBroker::connect(redis.url()).await.unwrap();
        let builder = Realtime::builder(live::contract()).public().broker(broker).limits(*limits);
        let server = Server::start(Under::Tidewire, builder).await;
        let mut stream = EventStream::open(server.address, "channel=chat/bar").await.welcomed().await;
        let cursors = vec![stream.expect("subscribed").await["cursor"].as_str().unwrap().to_owned()];
        drop(stream);
        let mut scene = Self { redis, server, cursors };
        // Once nobody listens the ring is gone, and what a client is told comes from the store.
        scene.publish(events).await;
        scene
    }

    async fn new(events: usize) -> Self {
        Self::with(events, &["--save", "", "--appendonly", "no"], &Limits::default()).await
    }

    async fn publish(&mut self, events: usize) {
        for _ in 0..events {
            let text = self.cursors.len().to_string();
            let published = self.server.realtime.channel(chat("bar")).publish(message(text)).await.unwrap();
            self.cursors.push(published.id.unwrap().to_string());
        }
    }

    fn key(&self, kind: &str) -> String {
        let keys: Vec<String> = self.redis.command(&["KEYS", &format!("tw:{{p*}}:{kind}:chat/bar")]);
        keys[0].clone()
    }

    fn delete(&self, event: usize) {
        let id = self.cursors[event].rsplit('.').next().unwrap().to_owned();
        assert_eq!(self.redis.command::<i64>(&["XDEL", &self.key("l"), &id]), 1);
    }

    async fn resume(&self, event: usize) -> EventStream {
        let query = format!("channel=chat/bar&lastEventId={}", self.cursors[event]);
        EventStream::open(self.server.address, &query).await.welcomed().await
    }

    /// What a client that had seen `event` gets until `last`: the numbers of events, and the reasons of gaps with their counts.
    async fn told(&self, event: usize, last: &str) -> Vec<String> {
        let mut stream = self.resume(event).await;
        let mut told = Vec::new();
        loop {
            let frame = stream.frame().await;
            let entry = describe(&frame);
            let done = entry == last;
            told.push(entry);
            if done {
                return told;
            }
        }
    }

    /// Loses what was not saved, as a crash does.
    async fn crash(&mut self) {
        self.redis.kill();
        self.redis.run();
        let address = self.server.realtime.channel(chat("elsewhere"));
        let deadline = std::time::Instant::now() + crate::support::DEADLINE;
        while address.publish(message("x")).await.is_err() {
            assert!(std::time::Instant::now() < deadline);
        }
    }
}

fn describe(frame: &Value) -> String {
    match frame["type"].as_str().unwrap() {
        "event" => frame["data"]["text"].as_str().unwrap().to_owned(),
        "subscribed" => frame["outcome"].as_str().unwrap().to_owned(),
        "gap" => match frame.get("missed") {
            Some(missed) => format!("{} {missed}", frame["reason"].as_str().unwrap()),
            None => frame["reason"].as_str().unwrap().to_owned(),
        },
        other => other.to_owned(),
    }
}

#[tokio::test]
async fn whoever_missed_nothing_or_something_that_is_there_resumes() {
    let scene = Scene::new(5).await;
    assert_eq!(scene.told(5, "resumed").await, ["resumed"]);
    assert_eq!(scene.told(3, "5").await, ["resumed", "4", "5"]);
    assert_eq!(scene.told(0, "5").await, ["resumed", "1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn a_flushed_store_is_another_epoch() {
    let mut scene = Scene::new(3).await;
    scene.redis.command::<String>(&["FLUSHALL"]);
    assert_eq!(scene.told(3, "epoch").await, ["epoch"], "also while the channel has no event");
    scene.publish(2).await;
    assert_eq!(scene.told(3, "5").await, ["epoch", "4", "5"]);
}

#[tokio::test]
async fn a_state_that_is_lost_alone_is_another_epoch() {
    let mut scene = Scene::new(3).await;
    scene.redis.command::<i64>(&["DEL", &scene.key("s")]);
    scene.publish(1).await;
    assert_eq!(scene.told(3, "4").await, ["epoch", "4"], "and nothing of the old one is left");
}

#[tokio::test]
async fn events_that_expired_are_told() {
    let mut scene = Scene::new(5).await;
    scene.redis.command::<i64>(&["DEL", &scene.key("l")]);
    assert_eq!(scene.told(5, "resumed").await, ["resumed"]);
    assert_eq!(scene.told(2, "expired 3").await, ["expired 3"]);
    scene.publish(1).await;
    assert_eq!(scene.told(2, "6").await, ["trimmed 3", "6"]);
    assert_eq!(scene.told(5, "6").await, ["resumed", "6"]);
}

#[tokio::test]
async fn events_that_were_trimmed_are_counted() {
    let scene = Scene::new(8).await;
    scene.redis.command::<i64>(&["XTRIM", &scene.key("l"), "MAXLEN", "=", "3"]);
    assert_eq!(scene.told(2, "8").await, ["trimmed 3", "6", "7", "8"]);
    assert_eq!(scene.told(5, "8").await, ["resumed", "6", "7", "8"]);
}

#[tokio::test]
async fn a_hole_is_told_where_it_is() {
    let scene = Scene::new(6).await;
    scene.delete(4);
    assert_eq!(scene.told(2, "6").await, ["resumed", "3", "hole 1", "5", "6"]);
    assert_eq!(scene.told(4, "6").await, ["resumed", "5", "6"], "who had it misses nothing");
}

#[tokio::test]
async fn a_lost_tail_is_told_before_anything_newer() {
    let mut scene = Scene::new(5).await;
    scene.delete(5);
    assert_eq!(scene.told(3, "tail 1").await, ["resumed", "4", "tail 1"]);
    assert_eq!(scene.told(5, "resumed").await, ["resumed"], "who had it misses nothing");
    scene.publish(1).await;
    assert_eq!(scene.told(3, "6").await, ["resumed", "4", "hole 1", "6"]);
}

#[tokio::test]
async fn more_than_is_replayed_is_a_gap() {
    let mut limits = Limits::default();
    limits.replay_events = 4;
    let scene = Scene::with(10, &["--save", "", "--appendonly", "no"], &limits).await;
    assert_eq!(scene.told(2, "10").await, ["limit 4", "7", "8", "9", "10"]);
    assert_eq!(scene.told(6, "10").await, ["resumed", "7", "8", "9", "10"]);
}

#[tokio::test]
async fn a_rollback_is_told_however_long_the_new_branch_is() {
    let mut scene = Scene::new(3).await;
    scene.redis.command::<String>(&["SAVE"]);
    scene.publish(3).await;
    scene.crash().await;
    assert_eq!(scene.told(6, "rollback").await, ["rollback"], "the store is behind the client");
    assert_eq!(scene.told(3, "resumed").await, ["resumed"]);
    for more in [2, 1, 4] {
        scene.publish(more).await;
        // The events of the lost branch are 4 to 6, those of the new one come after them in `cursors`.
        let last = (scene.cursors.len() - 1).to_string();
        let told = scene.told(6, &last).await;
        assert_eq!(told[0], "rollback", "{told:?}");
        let told = scene.told(5, &last).await;
        assert_eq!(told[0], "rollback", "{told:?}");
        assert_eq!(scene.told(3, &last).await[..2], ["resumed".to_owned(), "7".to_owned()]);
    }
}

#[tokio::test]
async fn a_replayed_journal_that_lost_its_end_is_a_rollback() {
    let mut scene = Scene::with(3, &["--save", "", "--appendonly", "yes", "--appendfsync", "always"], &Limits::default()).await;
    let journal = || {
        let folder = scene.redis.folder().join("appendonlydir");
        std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path())
            .find(|path| path.to_string_lossy().ends_with(".incr.aof"))
            .unwrap()
    };
    let journal = journal();
    let length = std::fs::metadata(&journal).unwrap().len();
    scene.publish(2).await;
    scene.redis.kill();
    std::fs::OpenOptions::new().write(true).open(&journal).unwrap().set_len(length).unwrap();
    scene.redis.run();
    eventually("redis is back", || scene.redis.clients().len() == 2).await;
    scene.publish(1).await;
    assert_eq!(scene.told(5, "6").await, ["rollback", "6"]);
}

#[tokio::test]
async fn whoever_stayed_connected_is_told_of_a_rollback_before_the_new_branch() {
    let mut scene = Scene::new(3).await;
    scene.redis.command::<String>(&["SAVE"]);
    let mut stream = scene.resume(3).await;
    assert_eq!(describe(&stream.frame().await), "resumed");
    scene.publish(2).await;
    assert_eq!(stream.texts(2).await, ["4", "5"]);
    scene.crash().await;
    scene.publish(1).await;
    let mut told = Vec::new();
    while told.last().is_none_or(|last| last != "6") {
        let entry = describe(&stream.frame().await);
        if entry != "status" {
            told.push(entry);
        }
    }
    assert_eq!(told, ["rollback", "6"]);
}

#[tokio::test]
async fn whoever_stayed_connected_is_told_of_a_new_epoch() {
    let mut scene = Scene::new(2).await;
    let mut stream = scene.resume(2).await;
    assert_eq!(describe(&stream.frame().await), "resumed");
    scene.redis.command::<String>(&["FLUSHALL"]);
    scene.publish(1).await;
    assert_eq!([describe(&stream.frame().await), describe(&stream.frame().await)], ["epoch", "3"]);
}
