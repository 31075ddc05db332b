//! Publishing in the name of somebody, at most once, several events at a time, and without a server.

use crate::support::live::{self, Chat, chat, message};
use tidewire::{BrokerError, History, MemoryBroker, PublishError, PublishOptions, Realtime, WireCode};

async fn realtime() -> Realtime {
    Realtime::builder(live::contract()).build().await.unwrap()
}

#[tokio::test]
async fn the_service_may_name_a_sender() {
    let realtime = realtime().await;
    let room = realtime.channel(chat("a"));
    room.publish_with(message("hi"), PublishOptions::new().sender("bot")).await.unwrap();
    let page = room.history(History::latest(1)).await.unwrap();
    assert_eq!(page.events[0].sender.as_deref(), Some("bot"));
}

#[tokio::test]
async fn an_event_is_stored_once_under_a_key() {
    let realtime = realtime().await;
    let room = realtime.channel(chat("a"));
    let options = || PublishOptions::new().key("order-17");
    let (first, second) = tokio::join!(room.publish_with(message("paid"), options()), room.publish_with(message("paid"), options()));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((first.id, first.number, first.time), (second.id, second.number, second.time));
    assert_eq!([first.duplicate, second.duplicate].iter().filter(|duplicate| **duplicate).count(), 1);
    assert_eq!(room.history(History::latest(10)).await.unwrap().events.len(), 1);

    let conflict = room.publish_with(message("lost"), options()).await.unwrap_err();
    assert!(matches!(conflict, PublishError::Broker(BrokerError::Conflict)));
    assert_eq!((conflict.code(), conflict.is_retryable()), (WireCode::IdempotencyConflict, false));
    assert!(!realtime.channel(chat("b")).publish_with(message("paid"), options()).await.unwrap().duplicate, "keys belong to a channel");
}

#[tokio::test]
async fn transient_events_have_keys_too() {
    let room = realtime().await.channel(chat("a"));
    let first = room.publish_with(live::Typing, PublishOptions::new().key("k")).await.unwrap();
    let second = room.publish_with(live::Typing, PublishOptions::new().key("k")).await.unwrap();
    assert_eq!((first.id, first.duplicate, second.duplicate), (None, false, true));
}

#[tokio::test]
async fn a_key_is_checked_before_anything_is_stored() {
    let room = realtime().await.channel(chat("a"));
    for key in ["", "with space", "ä", &"x".repeat(65)] {
        let error = room.publish_with(message("hi"), PublishOptions::new().key(key)).await.unwrap_err();
        assert!(matches!(error, PublishError::Key(_)), "{key:?}");
    }
    assert!(room.publish_with(message("hi"), PublishOptions::new().key("x".repeat(64))).await.is_ok());
}

#[tokio::test]
async fn a_batch_keeps_its_order_and_tells_each_mistake_in_its_place() {
    let realtime = realtime().await;
    let (bar, lobby) = (realtime.channel(chat("bar")), realtime.channel(chat("lobby")));
    let mut batch = realtime.batch();
    batch.add(&bar, message("1")).add(&bar, message("")).add(&lobby, message("2")).add(&bar, message("3"));
    batch.add(&realtime.channel(chat("Not Allowed")), message("4"));
    assert_eq!(batch.len(), 5);
    let outcomes = batch.publish().await;
    let numbers: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().ok().and_then(|published| published.number)).collect();
    assert_eq!(numbers, [Some(1), None, Some(1), Some(2), None]);
    assert!(matches!(outcomes[1], Err(PublishError::Invalid { .. })) && matches!(outcomes[4], Err(PublishError::Channel(_))));
}

#[tokio::test]
async fn one_event_goes_to_many_channels() {
    let realtime = realtime().await;
    let rooms = || ["a", "b", "c"].map(chat);
    let outcomes = realtime.publish_to(rooms(), message("closing")).await;
    assert!(outcomes.iter().all(|outcome| outcome.as_ref().is_ok_and(|published| published.number == Some(1))));
    for room in rooms() {
        assert_eq!(realtime.channel(room).history(History::latest(5)).await.unwrap().events.len(), 1);
    }
}

#[tokio::test]
async fn a_publisher_reaches_the_services_that_share_its_broker() {
    let broker = MemoryBroker::new();
    let realtime = Realtime::builder(live::contract()).broker(broker.clone()).build().await.unwrap();
    let publisher = Realtime::builder(live::contract()).broker(broker).publisher().unwrap();
    let there = publisher.channel(Chat { room_id: "a".into() });
    there.publish(message("from a job")).await.unwrap();
    assert_eq!(realtime.channel(chat("a")).history(History::latest(5)).await.unwrap().events.len(), 1);
    assert_eq!(there.history(History::latest(5)).await.unwrap().events.len(), 1);
}
