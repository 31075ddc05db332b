//! Publishing and reading from Rust: what is checked, what is answered.

use crate::support::live::{self, Stray, chat, message};
use tidewire::{ChannelError, GapReason, History, HistoryError, Limits, PublishError, Realtime, Retention};

async fn realtime() -> Realtime {
    Realtime::builder(live::contract()).build().await.unwrap()
}

#[tokio::test]
async fn published_events_are_numbered_and_can_be_read_back() {
    let realtime = realtime().await;
    let room = realtime.channel(chat("a"));
    assert_eq!(room.name().unwrap(), "chat/a");
    let first = room.publish(message("one")).await.unwrap();
    let second = room.publish(message("two")).await.unwrap();
    assert_eq!((first.number, second.number), (Some(1), Some(2)));
    assert_eq!(first.id.unwrap().epoch(), second.id.unwrap().epoch());
    assert!(room.publish(live::Typing).await.unwrap().id.is_none());

    let page = room.history(History::latest(50)).await.unwrap();
    assert_eq!((page.events.len(), page.cursor, page.gap), (2, second.id.unwrap(), None));
    let event = &page.events[1];
    assert_eq!(
        (event.name.as_str(), event.number, event.id, event.time, &event.sender),
        ("message.sent", 2, second.id.unwrap(), second.time, &None)
    );
    assert_eq!(event.decode::<live::MessageSent>().unwrap(), message("two"));
    assert!(event.decode::<live::Alert>().unwrap_err().to_string().contains("is `message.sent`, not `notification.alert`"));

    let after = room.history(History::after(first.id.unwrap(), 1)).await.unwrap();
    assert_eq!(after.events.iter().map(|event| event.number).collect::<Vec<_>>(), [2]);
    let before = room.history(History::before(second.id.unwrap(), 1)).await.unwrap();
    assert_eq!(before.events.iter().map(|event| event.number).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn a_payload_that_violates_the_contract_stores_nothing() {
    let realtime = realtime().await;
    let room = realtime.channel(chat("a"));
    let empty = live::MessageSent { author: String::new(), text: String::new() };
    let error = room.publish(empty).await.unwrap_err();
    let PublishError::Invalid { event: "message.sent", issues } = &error else { panic!("{error:?}") };
    assert_eq!(issues.len(), 2, "every violation is told");
    assert!(error.to_string().contains("author") && error.to_string().contains("text"), "{error}");
    assert_eq!(room.history(History::latest(1)).await.unwrap().events.len(), 0);
}

#[tokio::test]
async fn a_channel_with_bad_parameters_is_reported_by_what_is_done_with_it() {
    let realtime = realtime().await;
    let room = realtime.channel(chat("Not Allowed"));
    assert!(matches!(room.name(), Err(ChannelError::Parameter { name: "roomId", .. })));
    assert!(matches!(room.publish(message("x")).await, Err(PublishError::Channel(ChannelError::Parameter { .. }))));
    assert!(matches!(room.history(History::latest(1)).await, Err(HistoryError::Channel(ChannelError::Parameter { .. }))));
    assert!(realtime.channel(chat("")).name().is_err());
}

#[tokio::test]
async fn events_too_large_are_refused() {
    let mut limits = Limits::default();
    limits.event_bytes = 100;
    let realtime = Realtime::builder(live::contract()).limits(limits).build().await.unwrap();
    let error = realtime.channel(chat("a")).publish(message("x".repeat(100))).await.unwrap_err();
    assert!(matches!(error, PublishError::TooLarge { limit: 100, bytes: 101.., .. }), "{error:?}");
}

#[tokio::test]
async fn the_default_channel_takes_what_it_carries() {
    let realtime = realtime().await;
    assert_eq!(realtime.publish(live::Alert { text: "fire".into() }).await.unwrap().number, Some(1));
}

#[tokio::test]
async fn types_of_another_contract_are_told() {
    let realtime = realtime().await;
    let error = realtime.publish(Stray {}).await.unwrap_err();
    assert!(matches!(error, PublishError::NotCarried { event: "stray", .. }), "{error:?}");
    assert_eq!(error.to_string(), "channel `default` does not carry event `stray`");
}

#[tokio::test]
async fn the_default_history_is_the_services_choice() {
    let realtime = Realtime::builder(live::contract()).default_history(Retention::Off).build().await.unwrap();
    assert_eq!(realtime.publish(live::Alert { text: "fire".into() }).await.unwrap().number, None);
    assert_eq!(realtime.channel(chat("a")).publish(message("kept by the contract")).await.unwrap().number, Some(1));
}

#[tokio::test(start_paused = true)]
async fn events_expire_with_their_channels_time_to_live() {
    let retention = Retention::Keep { max: 10, ttl: 60 };
    let realtime = Realtime::builder(live::contract()).default_history(retention).build().await.unwrap();
    let refresh = realtime.channel(live::Refresh { id: tidewire::Uuid::nil() });
    let first = refresh.signal().await.unwrap().id.unwrap();
    refresh.signal().await.unwrap();
    tokio::time::advance(std::time::Duration::from_secs(61)).await;
    let page = refresh.history(History::after(first, 10)).await.unwrap();
    assert_eq!((page.events.len(), page.gap.unwrap().reason, page.gap.unwrap().missed), (0, GapReason::Expired, Some(1)));
    assert_eq!(page.cursor.number(), 2);
}

#[tokio::test]
async fn limits_that_cannot_work_are_refused() {
    let mut limits = Limits::default();
    limits.ring_events = 0;
    let error = Realtime::builder(live::contract()).limits(limits).build().await.unwrap_err();
    assert_eq!(error.to_string(), "the limit `ring_events` must be at least 1");
}
