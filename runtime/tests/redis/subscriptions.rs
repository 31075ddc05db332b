//! Subscriptions in Rust while Redis has its troubles: what can be had comes, what cannot is told.

use crate::support::{
    live::{self, Chat, ChatEvent, chat, message},
    redis::RedisServer,
    within,
};
use tidewire::{GapReason, Realtime, RedisBroker, SubscribeError, Subscription};

async fn node(redis: &RedisServer) -> Realtime {
    let broker = RedisBroker::connect(redis.url()).await.unwrap();
    Realtime::builder(live::contract()).broker(broker).build().await.unwrap()
}

async fn texts(events: &mut Subscription<Chat>, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    for _ in 0..count {
        let ChatEvent::MessageSent(message) = within(events.next()).await.unwrap().unwrap().event else {
            panic!("only messages were sent")
        };
        texts.push(message.text);
    }
    texts
}

async fn gap(events: &mut Subscription<Chat>) -> GapReason {
    match within(events.next()).await.unwrap() {
        Err(SubscribeError::Gap { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_killed_redis_is_waited_for_and_costs_no_event() {
    let mut redis = RedisServer::with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let (here, there) = (node(&redis).await, node(&redis).await);
    let mut events = here.channel(chat("a")).subscribe().await.unwrap();
    there.channel(chat("a")).publish(message("one")).await.unwrap();
    assert_eq!(texts(&mut events, 1).await, ["one"]);
    redis.kill();
    there.channel(chat("a")).publish(message("lost")).await.unwrap_err();
    redis.run();
    // Whoever publishes may be connected again before the subscriber is.
    let sending = async {
        while there.channel(chat("a")).publish(message("two")).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    within(sending).await;
    assert_eq!(texts(&mut events, 1).await, ["two"]);
}

#[tokio::test]
async fn what_redis_lost_is_told_and_the_subscription_goes_on() {
    let mut redis = RedisServer::start();
    let (here, there) = (node(&redis).await, node(&redis).await);
    let room = there.channel(chat("a"));
    let first = room.publish(message("one")).await.unwrap().id.unwrap();
    let mut events = here.channel(chat("a")).subscribe().after(first).await.unwrap();
    room.publish(message("two")).await.unwrap();
    assert_eq!(texts(&mut events, 1).await, ["two"]);
    // It keeps nothing on disk, so it comes back empty.
    redis.kill();
    redis.run();
    let sending = async {
        while room.publish(message("three")).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    within(sending).await;
    assert_eq!(gap(&mut events).await, GapReason::Epoch);
    assert_eq!(texts(&mut events, 1).await, ["three"]);

    let mut late = here.channel(chat("a")).subscribe().after(first).await.unwrap();
    assert_eq!(gap(&mut late).await, GapReason::Epoch);
    assert_eq!(texts(&mut late, 1).await, ["three"]);
    let mut newest = here.channel(chat("a")).subscribe().latest(5).await.unwrap();
    assert_eq!(texts(&mut newest, 1).await, ["three"]);
}
