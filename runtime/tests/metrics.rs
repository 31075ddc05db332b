//! What is counted while a service works. One test, because there is one exporter for the process.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]
#![expect(clippy::float_cmp, reason = "gauges here count, and counts are exact")]

mod support;

use std::time::Duration;

use serde_json::json;
use support::{
    Server, Under,
    client::{EventStream, get},
    eventually,
    link::{BOTH, Link, Transport, post},
    live::{self, chat, message},
    outage::Outage,
    recorder::recorder,
};
use tidewire::{Limits, MemoryBroker, Plugin, PublishError, PublishOptions, Realtime};

struct Idle;

impl Plugin for Idle {
    fn name(&self) -> &'static str {
        "idle"
    }
}

#[tokio::test]
async fn everything_is_counted_where_it_happens() {
    let counted = recorder();
    let broker = Outage::new(MemoryBroker::new());
    let mut limits = Limits::default();
    (limits.broker_timeout, limits.ring_events) = (Duration::from_millis(300), 4);
    let mut server =
        Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().limits(limits).broker(broker.clone()).plugin(Idle))
            .await;
    assert!(counted.names().is_subset(&counted.described()), "what is registered is described");
    assert_eq!(counted.gauge("tidewire_broker_link_proven"), 1.0);
    let room = server.realtime.channel(chat("a"));

    for (transport, name) in BOTH.into_iter().zip(["event_stream", "web_socket"]) {
        let begun = counted.counter("tidewire_subscribed_total{outcome=fresh}");
        let mut link = Link::open(transport, server.address, "channel=chat/a&contract=00").await;
        link.expect("subscribed").await;
        assert_eq!(counted.counter("tidewire_subscribed_total{outcome=fresh}"), begun + 1);
        assert_eq!(counted.gauge(&format!("tidewire_connections{{transport={name}}}")), 1.0);
        assert_eq!((counted.gauge("tidewire_channels"), counted.gauge("tidewire_subscriptions")), (1.0, 1.0));
        for text in ["one", "two", "three"] {
            room.publish(message(text)).await.unwrap();
        }
        assert_eq!(link.texts(3).await, ["one", "two", "three"]);
        assert_eq!(counted.counter(&format!("tidewire_delivered_total{{transport={name}}}")), 3);
        assert!(counted.counter(&format!("tidewire_delivered_bytes_total{{transport={name}}}")) > 300);

        let publish =
            |event: &str| json!({ "type": "publish", "channel": "chat/a", "event": event, "data": { "author": "ann", "text": "x" } });
        assert_eq!(link.ask(publish("message.sent")).await["type"], "ack");
        assert_eq!(link.ask(publish("nothing.like.it")).await["type"], "error");
        assert_eq!(link.ask(json!({ "type": "subscribe", "channel": "chat/UPPER" })).await["type"], "denied");
        drop(link);
        eventually("the connection is gone", || counted.gauge(&format!("tidewire_connections{{transport={name}}}")) == 0.0).await;
        assert_eq!(counted.counter(&format!("tidewire_connections_opened_total{{transport={name}}}")), 1);
        assert_eq!(counted.counter(&format!("tidewire_connections_closed_total{{transport={name},reason=client}}")), 1);
        eventually("the channel is let go", || counted.gauge("tidewire_subscriptions") == 0.0).await;
    }
    assert_eq!(counted.counter("tidewire_contract_mismatches_total"), 2);
    assert_eq!(counted.counter("tidewire_refused_total{code=unknown_event}"), 2);
    assert_eq!(counted.counter("tidewire_refused_total{code=invalid_channel}"), 2);
    assert_eq!(counted.counter("tidewire_published_total{by=service,outcome=ok}"), 6);
    assert_eq!(counted.counter("tidewire_published_total{by=client,outcome=ok}"), 2);
    assert_eq!(counted.gauge("tidewire_channels"), 0.0);

    // What the service itself does.
    let keyed = |text| room.publish_with(message(text), PublishOptions::new().key("k"));
    let first = keyed("once").await.unwrap();
    assert!(keyed("once").await.unwrap().duplicate);
    assert!(keyed("another").await.is_err());
    assert!(matches!(room.publish(message("")).await, Err(PublishError::Invalid { .. })));
    for (outcome, times) in [("duplicate", 1), ("idempotency_conflict", 1), ("invalid_payload", 1)] {
        assert_eq!(counted.counter(&format!("tidewire_published_total{{by=service,outcome={outcome}}}")), times, "{outcome}");
    }
    room.history(tidewire::History::latest(5)).await.unwrap();
    get(server.address, "/realtime/history?channel=chat/a").await;
    assert_eq!(counted.counter("tidewire_history_reads_total{for=service}"), 1);
    assert_eq!(counted.counter("tidewire_history_reads_total{for=client}"), 1);

    // Behind the ring, resumed, and gone too long.
    for number in 0..10 {
        room.publish(message(number.to_string())).await.unwrap();
    }
    let cursor = first.id.unwrap();
    let mut stream = EventStream::open(server.address, &format!("channel=chat/a&lastEventId={cursor}")).await.welcomed().await;
    stream.expect("subscribed").await;
    stream.texts(10).await;
    assert_eq!(counted.counter("tidewire_subscribed_total{outcome=resumed}"), 1);
    assert_eq!((counted.counter("tidewire_history_reads_total{for=replay}"), counted.counter("tidewire_replayed_total")), (1, 10));
    for number in 0..10 {
        room.publish(message(number.to_string())).await.unwrap();
    }
    stream.texts(10).await;
    assert!(counted.counter("tidewire_ring_evictions_total") >= 6, "a ring holds 4");
    let mut other =
        EventStream::open(server.address, "channel=chat/a&lastEventId=00c0ffee00c0ffee.12.1732153200000-0").await.welcomed().await;
    other.expect("gap").await;
    assert_eq!(counted.counter("tidewire_gaps_total{reason=epoch}"), 1);
    assert_eq!(counted.counter("tidewire_subscribed_total{outcome=gap}"), 1);

    // Without the broker.
    assert!(counted.measured("tidewire_broker_call_seconds{call=publish,outcome=ok}") >= 20);
    broker.go_down();
    assert_eq!(counted.gauge("tidewire_broker_link_proven"), 0.0);
    room.publish(message("lost")).await.unwrap_err();
    assert_eq!(counted.measured("tidewire_broker_call_seconds{call=publish,outcome=unavailable}"), 1);
    assert_eq!(counted.counter("tidewire_published_total{by=service,outcome=broker_unavailable}"), 1);
    broker.fall_silent();
    room.publish(message("unknown")).await.unwrap_err();
    assert_eq!(counted.measured("tidewire_broker_call_seconds{call=publish,outcome=timeout}"), 1);
    broker.come_back();
    assert_eq!(counted.gauge("tidewire_broker_link_proven"), 1.0);

    let (status, _) = post(server.address, "/realtime/send", "{}").await;
    assert_eq!((status, counted.counter("tidewire_refused_total{code=bad_request}")), (400, 1));
    let _kept = Link::open(Transport::WebSocket, server.address, "channel=chat/a").await;
    assert_eq!(counted.gauge("tidewire_stopping"), 0.0);
    server.signal();
    eventually("it stops", || counted.gauge("tidewire_stopping") == 1.0).await;
    drop((stream, other));
    server.ended().await.unwrap();
    assert_eq!(counted.counter("tidewire_connections_closed_total{transport=web_socket,reason=reconnect}"), 1);

    let mut described = counted.described();
    // This contract has none; `tests/live/counted.rs` counts them.
    described.retain(|name| !name.starts_with("tidewire_live_"));
    assert_eq!(counted.names(), described, "everything described happened or is there as zero");
    assert!(!counted.series().iter().any(|series| series.contains("chat/")), "no label holds a channel");
}
