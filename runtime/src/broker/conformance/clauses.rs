//! Storing, ordering, announcing.

use std::{collections::HashSet, sync::Arc, time::Duration};

use bytes::Bytes;
use tidewire_schema::History;

use super::recorder::{KEEP, Node, draft, eventually, fresh, numbers, publish, read};
use crate::{
    broker::{Broker, Delivery, Draft, IdempotencyKey, Range, Recipient, Routing},
    cursor::EventId,
    error::BrokerError,
    identity::NodeId,
};

fn keyed(scope: &str, key: &str, data: &str) -> Draft {
    Draft { key: Some(IdempotencyKey::new(scope, key).expect("a good key")), ..draft(data) }
}

pub(super) async fn an_event_that_is_answered_is_stored_and_announced(broker: Arc<dyn Broker>) {
    let (node, channel) = (Node::attach(&broker).await, fresh());
    broker.subscribe(&channel).await.expect("subscribing");
    for number in 1..=20 {
        let cursor = publish(&broker, &channel, draft(number)).await;
        assert_eq!(cursor.number(), number);
        let page = read(&broker, &channel, Range::Newest(1)).await;
        assert_eq!((page.head, numbers(&page.entries)), (cursor, vec![number]));
    }
    assert_eq!(numbers(&node.received(&channel, 20).await), (1..=20).collect::<Vec<_>>());
}

pub(super) async fn concurrent_publishes_get_one_order(broker: Arc<dyn Broker>) {
    let (node, channel) = (Node::attach(&broker).await, fresh());
    broker.subscribe(&channel).await.expect("subscribing");
    let publishers: Vec<_> = (0..8)
        .map(|publisher| {
            let (broker, channel) = (broker.clone(), channel.clone());
            tokio::spawn(async move {
                let mut got = Vec::new();
                for number in 0..25 {
                    got.push(publish(&broker, &channel, draft(publisher * 100 + number)).await.number());
                }
                got
            })
        })
        .collect();
    let mut all = HashSet::new();
    for publisher in publishers {
        let got = publisher.await.expect("publishing");
        assert!(got.is_sorted(), "publishes that wait for each other keep their order");
        all.extend(got);
    }
    assert_eq!(all.len(), 200, "no two events have one number");
    assert_eq!(numbers(&node.received(&channel, 200).await), (1..=200).collect::<Vec<_>>());
}

pub(super) async fn what_is_delivered_is_what_is_read(broker: Arc<dyn Broker>) {
    let (node, channel) = (Node::attach(&broker).await, fresh());
    broker.subscribe(&channel).await.expect("subscribing");
    for number in 0..10 {
        publish(&broker, &channel, draft(number)).await;
    }
    let delivered = node.received(&channel, 10).await;
    let stored = read(&broker, &channel, Range::Newest(10)).await.entries;
    for (delivered, stored) in delivered.iter().zip(&stored) {
        assert_eq!((delivered.cursor, delivered.previous, delivered.routing), (stored.cursor, stored.previous, stored.routing));
        assert_eq!(delivered.frame.block(), stored.frame.block());
    }
}

pub(super) async fn stored_events_are_linked_and_ids_rise(broker: Arc<dyn Broker>) {
    let channel = fresh();
    let mut position = read(&broker, &channel, Range::Before(None)).await.head;
    for number in 0..50 {
        let cursor = publish(&broker, &channel, draft(number)).await;
        assert!(cursor.id() > position.id() && cursor.epoch() == position.epoch());
        position = cursor;
    }
    let page = read(&broker, &channel, Range::Newest(50)).await;
    assert_eq!(page.entries[0].previous, EventId::ZERO, "the first one follows nothing");
    assert!(page.entries.windows(2).all(|pair| pair[1].follows(&pair[0].cursor)));
    assert_eq!(page.entries.last().map(|entry| entry.cursor), Some(page.head));
}

pub(super) async fn a_quiet_channel_has_a_position(broker: Arc<dyn Broker>) {
    let channels: Vec<Arc<str>> = (0..1200).map(|_| Arc::from(fresh())).collect();
    let positions = broker.positions(&channels).await.expect("asking for positions");
    assert_eq!(positions.len(), channels.len());
    for at in [0, 7, 700, 1199] {
        let channel = &channels[at];
        assert_eq!((positions[at].number(), positions[at].id()), (0, EventId::ZERO));
        assert_eq!(read(&broker, channel, Range::Newest(5)).await.head, positions[at]);
        assert_eq!(broker.subscribe(channel).await.expect("subscribing"), positions[at]);
    }
    let event = publish(&broker, &channels[7], draft(1)).await;
    assert_eq!((event.epoch(), event.number()), (positions[7].epoch(), 1));
    let mut expected = positions;
    expected[7] = event;
    assert_eq!(broker.positions(&channels).await.expect("asking for positions"), expected, "in the order of the question");
    assert!(broker.positions(&[]).await.expect("asking for nothing").is_empty());
}

pub(super) async fn every_channel_has_an_epoch_of_its_own(broker: Arc<dyn Broker>) {
    let channels: Vec<Arc<str>> = (0..100).map(|_| Arc::from(fresh())).collect();
    let positions = broker.positions(&channels).await.expect("asking for positions");
    let epochs: HashSet<_> = positions.iter().map(|position| position.epoch().to_string()).collect();
    assert_eq!(epochs.len(), channels.len());
}

pub(super) async fn no_event_falls_between_a_subscription_and_its_position(broker: Arc<dyn Broker>) {
    let node = Node::attach(&broker).await;
    for _ in 0..5 {
        let channel = fresh();
        let publisher = {
            let (broker, channel) = (broker.clone(), channel.clone());
            tokio::spawn(async move {
                for number in 0..60 {
                    publish(&broker, &channel, draft(number)).await;
                }
            })
        };
        eventually_published(&broker, &channel).await;
        let position = broker.subscribe(&channel).await.expect("subscribing");
        publisher.await.expect("publishing");
        let missing = |number: &u64| !numbers(&node.stored(&channel)).contains(number);
        eventually(|| (position.number() + 1..=60).find(missing).is_none()).await;
        assert!(numbers(&node.stored(&channel)).is_sorted_by(|a, b| a < b), "once, and in order");
    }
}

async fn eventually_published(broker: &Arc<dyn Broker>, channel: &str) {
    while read(broker, channel, Range::Before(None)).await.head.number() < 5 {
        tokio::task::yield_now().await;
    }
}

pub(super) async fn at_least_the_newest_events_are_kept(broker: Arc<dyn Broker>) {
    let channel = fresh();
    for number in 0..300 {
        publish(&broker, &channel, Draft { retention: History::Keep { max: 5, ttl: 60 }, ..draft(number) }).await;
    }
    let page = read(&broker, &channel, Range::Before(None)).await;
    let kept = numbers(&page.entries);
    assert!(kept.ends_with(&[296, 297, 298, 299, 300]), "{kept:?}");
    assert!(kept.len() < 300, "nothing was forgotten");
    assert_eq!(page.head.number(), 300);
    let once = fresh();
    publish(&broker, &once, Draft { retention: History::Keep { max: 0, ttl: 60 }, ..draft(1) }).await;
    assert_eq!(read(&broker, &once, Range::Newest(9)).await.entries.len(), 1, "the newest event always stays");
}

pub(super) async fn transient_events_are_announced_in_their_place_and_not_numbered(broker: Arc<dyn Broker>) {
    let (node, channel) = (Node::attach(&broker).await, fresh());
    let start = broker.subscribe(&channel).await.expect("subscribing");
    for number in 0..6 {
        let retention = if number % 2 == 0 { KEEP } else { History::Off };
        let receipt = broker.publish(&channel, Draft { retention, ..draft(number) }).await.expect("publishing");
        assert_eq!(receipt.cursor.is_none(), number % 2 == 1);
        assert!(receipt.time > 1_600_000_000_000, "the time in milliseconds");
    }
    eventually(|| node.delivered(&channel).len() == 6).await;
    let order: Vec<_> = node.delivered(&channel).iter().map(|delivery| matches!(delivery, Delivery::Stored(_))).collect();
    assert_eq!(order, [true, false, true, false, true, false]);
    let page = read(&broker, &channel, Range::After(start)).await;
    assert_eq!((numbers(&page.entries), page.head.number()), (vec![1, 2, 3], 3));
}

pub(super) async fn one_key_stores_one_event(broker: Arc<dyn Broker>) {
    let (node, channel) = (Node::attach(&broker).await, fresh());
    broker.subscribe(&channel).await.expect("subscribing");
    for retention in [KEEP, History::Off] {
        let attempts: Vec<_> = (0..5)
            .map(|_| {
                let (broker, channel) = (broker.clone(), channel.clone());
                let draft = Draft { retention, ..keyed("me", if retention == KEEP { "a" } else { "b" }, "1") };
                tokio::spawn(async move { broker.publish(&channel, draft).await.expect("publishing") })
            })
            .collect();
        let mut receipts = Vec::new();
        for attempt in attempts {
            receipts.push(attempt.await.expect("publishing"));
        }
        assert_eq!(receipts.iter().filter(|receipt| !receipt.duplicate).count(), 1);
        assert!(receipts.iter().all(|receipt| (receipt.cursor, receipt.time) == (receipts[0].cursor, receipts[0].time)));
    }
    // Something after them, so that one too many would have come by now.
    publish(&broker, &channel, draft(2)).await;
    assert_eq!(numbers(&node.received(&channel, 2).await), [1, 2]);
    assert_eq!(node.delivered(&channel).len(), 3);
}

pub(super) async fn keys_of_other_publishers_and_channels_are_other_keys(broker: Arc<dyn Broker>) {
    let (channel, other) = (fresh(), fresh());
    for (channel, scope, key, number) in
        [(&channel, "me", "a", 1), (&channel, "you", "a", 2), (&channel, "me", "b", 3), (&channel, "", "a", 4), (&other, "me", "a", 1)]
    {
        let receipt = broker.publish(channel, keyed(scope, key, &number.to_string())).await.expect("publishing");
        assert_eq!((receipt.duplicate, receipt.cursor.map(|cursor| cursor.number())), (false, Some(number)));
    }
}

pub(super) async fn a_key_that_was_used_for_another_event_is_a_conflict(broker: Arc<dyn Broker>) {
    let channel = fresh();
    let first = broker.publish(&channel, keyed("me", "a", "1")).await.expect("publishing");
    let others = [
        keyed("me", "a", "2"),
        Draft { event: "other", ..keyed("me", "a", "1") },
        Draft { sender: Some("ann".to_owned()), ..keyed("me", "a", "1") },
        Draft { data: None, ..keyed("me", "a", "1") },
    ];
    for other in others {
        assert!(matches!(broker.publish(&channel, other).await, Err(BrokerError::Conflict)));
    }
    let again = broker.publish(&channel, keyed("me", "a", "1")).await.expect("publishing");
    assert_eq!((again.duplicate, again.cursor), (true, first.cursor));
    assert_eq!(read(&broker, &channel, Range::Newest(9)).await.entries.len(), 1);
}

pub(super) async fn a_batch_is_answered_and_stored_in_its_order(broker: Arc<dyn Broker>) {
    let channels: [Arc<str>; 3] = [(); 3].map(|()| Arc::from(fresh()));
    let mut batch: Vec<_> = (0..1500).map(|at| (channels[at % 3].clone(), draft(at))).collect();
    batch.push((channels[0].clone(), keyed("me", "a", "1")));
    batch.push((channels[0].clone(), keyed("me", "a", "1")));
    batch.push((channels[0].clone(), keyed("me", "a", "2")));
    batch.push((channels[1].clone(), Draft { retention: History::Off, ..draft(1) }));
    let receipts = broker.publish_batch(batch).await;
    assert_eq!(receipts.len(), 1504);
    for (at, receipt) in receipts[..1500].iter().enumerate() {
        let number = receipt.as_ref().expect("publishing").cursor.expect("it is stored").number();
        assert_eq!(number, at as u64 / 3 + 1);
    }
    let duplicate = |at: usize| receipts[at].as_ref().expect("publishing").duplicate;
    assert!(!duplicate(1500) && duplicate(1501));
    assert!(matches!(receipts[1502], Err(BrokerError::Conflict)));
    assert_eq!(receipts[1503].as_ref().expect("publishing").cursor, None);
    for (at, channel) in channels.iter().enumerate() {
        let page = read(&broker, channel, Range::Newest(500)).await;
        assert_eq!(page.head.number(), if at == 0 { 501 } else { 500 });
    }
    assert!(broker.publish_batch(Vec::new()).await.is_empty());
}

pub(super) async fn every_sink_gets_every_event_once(broker: Arc<dyn Broker>) {
    let (nodes, channel) = ([Node::attach(&broker).await, Node::attach(&broker).await], fresh());
    broker.subscribe(&channel).await.expect("subscribing");
    broker.subscribe(&channel).await.expect("subscribing");
    for number in 0..20 {
        publish(&broker, &channel, draft(number)).await;
    }
    for node in &nodes {
        assert_eq!(numbers(&node.received(&channel, 20).await), (1..=20).collect::<Vec<_>>());
    }
    // A node that is gone is no reason to fail.
    let [kept, gone] = nodes;
    drop(gone);
    publish(&broker, &channel, draft(20)).await;
    assert_eq!(kept.received(&channel, 21).await.len(), 21);
}

pub(super) async fn subscriptions_are_counted(broker: Arc<dyn Broker>) {
    let (node, channel) = (Node::attach(&broker).await, fresh());
    for _ in 0..2 {
        broker.subscribe(&channel).await.expect("subscribing");
    }
    broker.unsubscribe(&channel);
    publish(&broker, &channel, draft(1)).await;
    node.received(&channel, 1).await;
    broker.unsubscribe(&channel);
    // Nobody asked for it any more, so it may come or not; but whoever asks anew gets what follows.
    publish(&broker, &channel, draft(2)).await;
    let position = broker.subscribe(&channel).await.expect("subscribing");
    assert_eq!(position.number(), 2);
    publish(&broker, &channel, draft(3)).await;
    eventually(|| numbers(&node.stored(&channel)).contains(&3)).await;
    // One too many, or of a channel that was never subscribed to, disturbs nobody.
    broker.unsubscribe(&channel);
    broker.unsubscribe(&channel);
    broker.unsubscribe(&fresh());
    broker.subscribe(&channel).await.expect("subscribing");
    publish(&broker, &channel, draft(4)).await;
    eventually(|| numbers(&node.stored(&channel)).contains(&4)).await;
}

pub(super) async fn the_last_of_racing_subscriptions_counts(broker: Arc<dyn Broker>) {
    let (node, channel) = (Node::attach(&broker).await, fresh());
    for number in 1..=50 {
        let position = broker.subscribe(&channel).await.expect("subscribing");
        assert_eq!(position.number(), number - 1);
        publish(&broker, &channel, draft(number)).await;
        eventually(|| numbers(&node.stored(&channel)).contains(&number)).await;
        broker.unsubscribe(&channel);
    }
}

pub(super) async fn a_subscription_that_is_given_up_disturbs_nobody(broker: Arc<dyn Broker>) {
    let (node, channel) = (Node::attach(&broker).await, fresh());
    for _ in 0..20 {
        // No time at all: polled once, so that it has begun.
        let _ = tokio::time::timeout(Duration::ZERO, broker.subscribe(&channel)).await;
    }
    broker.subscribe(&channel).await.expect("subscribing");
    publish(&broker, &channel, draft(1)).await;
    assert_eq!(node.received(&channel, 1).await.len(), 1);
}

pub(super) async fn messages_reach_the_node_they_are_for(broker: Arc<dyn Broker>) {
    let nodes = [Node::attach(&broker).await, Node::attach(&broker).await];
    let message = |text: &'static str| Bytes::from_static(text.as_bytes());
    broker.tell(Recipient::Node(nodes[0].id), message("\0one \u{e9}")).await.expect("telling");
    broker.tell(Recipient::Node(nodes[1].id), message("other")).await.expect("telling");
    broker.tell(Recipient::Node(NodeId::random()), message("nobody")).await.expect("a message may be lost");
    broker.tell(Recipient::Everybody, message("all")).await.expect("telling");
    for (node, own) in nodes.iter().zip(["\0one \u{e9}", "other"]) {
        eventually(|| node.messages().len() >= 2).await;
        // Others may talk to everybody at the same time, if brokers share a store.
        assert!(
            node.messages().contains(&message(own))
                && node.messages().contains(&message("all"))
                && !node.messages().contains(&message("nobody"))
        );
    }
}

pub(super) async fn routing_and_origin_arrive(broker: Arc<dyn Broker>) {
    let (node, channel) = (Node::attach(&broker).await, fresh());
    broker.subscribe(&channel).await.expect("subscribing");
    let client = |text: &str| Some(text.parse().expect("a good id"));
    let sent = Draft {
        sender: Some("ann \"\\\u{2028}\n".to_owned()),
        origin: client("c-000000000000000a"),
        exclude: client("c-000000000000000b"),
        latest: true,
        ..draft(1)
    };
    let cursor = publish(&broker, &channel, sent.clone()).await;
    publish(&broker, &channel, draft(2)).await;
    let delivered = node.received(&channel, 2).await;
    for entries in [&delivered, &read(&broker, &channel, Range::Newest(2)).await.entries] {
        assert_eq!((entries[0].routing, entries[1].routing), (sent.routing(), Routing::default()));
        let json: serde_json::Value = serde_json::from_slice(entries[0].frame.json()).expect("a frame is JSON");
        assert_eq!(json["sender"], "ann \"\\\u{2028}\n");
        assert_eq!(json["origin"], "c-000000000000000a");
        assert_eq!(json["id"], cursor.to_string());
        assert_eq!((&json["channel"], json.get("exclude")), (&serde_json::Value::from(channel.as_str()), None));
    }
}

pub(super) async fn any_content_arrives_unchanged(broker: Arc<dyn Broker>) {
    let node = Node::attach(&broker).await;
    for suffix in ["", "/a:b", "/c~%7B@x"] {
        let channel = fresh() + suffix;
        broker.subscribe(&channel).await.expect("subscribing");
        let contents =
            [Some(r#"{"b":1.0,"a":[1e400,null,"\u0000é\u2028"],"a":2}"#), Some("\"\""), Some("null"), None, Some("12345678901234567890")];
        for content in contents {
            publish(&broker, &channel, Draft { data: content.map(str::to_owned), ..draft(0) }).await;
        }
        let delivered = node.received(&channel, contents.len()).await;
        let stored = read(&broker, &channel, Range::Newest(9)).await.entries;
        for ((delivered, stored), content) in delivered.iter().zip(&stored).zip(contents) {
            let json = String::from_utf8_lossy(stored.frame.json()).into_owned();
            let ends = content.map_or_else(|| r#""sender":null}"#.to_owned(), |content| format!("\"data\":{content}}}"));
            assert!(json.ends_with(&ends), "{json}");
            assert_eq!(delivered.frame.block(), stored.frame.block());
            assert_eq!(stored.frame.event(), "checked");
        }
    }
}

pub(super) async fn brokers_of_one_store_are_one(first: Arc<dyn Broker>, second: Arc<dyn Broker>) {
    let (here, there, channel) = (Node::attach(&first).await, Node::attach(&second).await, fresh());
    let position = first.subscribe(&channel).await.expect("subscribing");
    assert_eq!(second.subscribe(&channel).await.expect("subscribing"), position);
    for number in 0..50 {
        publish(if number % 2 == 0 { &first } else { &second }, &channel, draft(number)).await;
    }
    let received = [here.received(&channel, 50).await, there.received(&channel, 50).await];
    for (here, there) in received[0].iter().zip(&received[1]) {
        assert_eq!((here.cursor, here.frame.block()), (there.cursor, there.frame.block()));
    }
    let a = first.publish(&channel, keyed("me", "a", "1")).await.expect("publishing");
    let b = second.publish(&channel, keyed("me", "a", "1")).await.expect("publishing");
    assert_eq!((a.cursor, b.duplicate), (b.cursor, true));
    first.tell(Recipient::Node(there.id), Bytes::from_static(b"across")).await.expect("telling");
    second.tell(Recipient::Everybody, Bytes::from_static(b"all")).await.expect("telling");
    eventually(|| there.messages() == ["across", "all"] && here.messages() == ["all"]).await;
}
