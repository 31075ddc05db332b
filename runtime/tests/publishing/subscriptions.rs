//! Subscribing in Rust: what comes, from where, and what happens when it cannot.
#![allow(unreachable_pub, reason = "the types are what a service has in its own modules")]

use std::{
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::support::within;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use tidewire::{
    BoxFuture, Broker, BrokerError, BrokerPage, ChannelError, Cursor, Draft, GapReason, Limits, MemoryBroker, NodeId, PublishOptions,
    ReadRequest, Realtime, Receipt, Received, Recipient, Sink, SubscribeError, Subscription,
};

#[tidewire::realtime_events(name = "subscriptions")]
mod live {
    #[event("message.sent")]
    pub struct MessageSent {
        pub text: String,
    }

    #[event("typing", history = off)]
    pub struct Typing;

    #[event("alert")]
    pub struct Alert {
        pub level: u8,
    }

    pub struct Tick {
        pub cents: u32,
    }

    #[channel("chat/{room_id}", events(MessageSent, Typing), history(max = 2000, ttl = "1h"))]
    pub struct Chat {
        #[rt(pattern = "^[a-z]+$")]
        pub room_id: String,
    }

    #[channel("brief", events(MessageSent), history(max = 3, ttl = "1h"), event_enum = Briefly)]
    pub struct Brief;

    #[channel("prices/{symbol}", payload = Tick)]
    pub struct Prices {
        pub symbol: String,
    }

    #[channel("refresh")]
    pub struct Refresh;

    #[channel("default", events = all)]
    pub struct Everyone;
}

/// The same channel in a contract that came before.
#[tidewire::realtime_events(name = "subscriptions")]
mod older {
    #[event("message.sent")]
    pub struct MessageSent {
        pub text: tidewire::Json,
    }

    #[event("typing", history = off)]
    pub struct Typing;

    #[event("message.withdrawn")]
    pub struct Withdrawn;

    #[channel("chat/{room_id}", events(MessageSent, Typing, Withdrawn), history(max = 2000, ttl = "1h"))]
    pub struct Chat {
        pub room_id: String,
    }
}

use live::{ChatEvent, MessageSent};

async fn realtime() -> Realtime {
    Realtime::builder(live::contract()).build().await.unwrap()
}

fn chat() -> live::Chat {
    live::Chat { room_id: "a".into() }
}

fn message(text: impl std::fmt::Display) -> MessageSent {
    MessageSent { text: text.to_string() }
}

async fn next(subscription: &mut Subscription<live::Chat>) -> Result<Received<ChatEvent>, SubscribeError> {
    within(subscription.next()).await.unwrap()
}

fn text(received: Received<ChatEvent>) -> String {
    match received.event {
        ChatEvent::MessageSent(message) => message.text,
        ChatEvent::Typing(_) => "…".to_owned(),
    }
}

async fn texts(subscription: &mut Subscription<live::Chat>, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    for _ in 0..count {
        texts.push(text(next(subscription).await.unwrap()));
    }
    texts
}

async fn nothing_more(subscription: &mut Subscription<live::Chat>) {
    tokio::task::yield_now().await;
    assert!(subscription.next().now_or_never().is_none(), "nothing is due");
}

#[tokio::test]
async fn events_of_the_same_process_come_once_and_in_order_with_what_is_known_about_them() {
    let realtime = realtime().await;
    let room = realtime.channel(chat());
    room.publish(message("before")).await.unwrap();
    let mut events = room.subscribe().await.unwrap();
    let begun = events.cursor().unwrap();
    let sent = room.publish_with(message("one"), PublishOptions::new().sender("bot")).await.unwrap();
    room.publish(live::Typing).await.unwrap();
    room.publish(message("two")).await.unwrap();

    let first = next(&mut events).await.unwrap();
    assert_eq!(first.event, ChatEvent::MessageSent(message("one")));
    assert_eq!(
        (first.id, first.number, first.time, first.sender.as_deref(), first.origin),
        (sent.id, Some(2), sent.time, Some("bot"), None)
    );
    assert_eq!((events.cursor(), begun.number()), (sent.id, 1));
    let signal = next(&mut events).await.unwrap();
    assert_eq!((signal.event, signal.id, signal.number), (ChatEvent::Typing(live::Typing), None, None));
    assert_eq!(events.cursor(), sent.id, "what is not stored moves no position");
    assert_eq!(texts(&mut events, 1).await, ["two"]);
    nothing_more(&mut events).await;
}

#[tokio::test]
async fn a_subscriber_that_was_away_resumes_where_it_stopped() {
    let realtime = realtime().await;
    let room = realtime.channel(chat());
    let mut events = room.subscribe().await.unwrap();
    for number in 0..700 {
        room.publish(message(number)).await.unwrap();
    }
    assert_eq!(texts(&mut events, 300).await, (0..300).map(|number| number.to_string()).collect::<Vec<_>>());
    let cursor = events.cursor().unwrap();
    drop(events);
    room.publish(message(700)).await.unwrap();

    let mut events = room.subscribe().after(cursor).await.unwrap();
    assert_eq!(events.cursor(), Some(cursor));
    room.publish(message(701)).await.unwrap();
    assert_eq!(texts(&mut events, 402).await, (300..702).map(|number| number.to_string()).collect::<Vec<_>>());
    nothing_more(&mut events).await;
}

#[tokio::test]
async fn the_newest_events_may_come_first() {
    let realtime = realtime().await;
    let room = realtime.channel(chat());
    let mut events = room.subscribe().latest(3).await.unwrap();
    nothing_more(&mut events).await;
    for number in 0..10 {
        room.publish(message(number)).await.unwrap();
    }
    let mut events = room.subscribe().latest(3).await.unwrap();
    room.publish(message(10)).await.unwrap();
    assert_eq!(texts(&mut events, 4).await, ["7", "8", "9", "10"]);
    let mut events = room.subscribe().latest(0).await.unwrap();
    nothing_more(&mut events).await;
    let mut events = room.subscribe().latest(usize::MAX).await.unwrap();
    assert_eq!(texts(&mut events, 11).await[0], "0");
}

#[tokio::test]
async fn what_is_lost_is_told_in_its_place_and_the_subscription_goes_on() {
    let realtime = realtime().await;
    let brief = realtime.channel(live::Brief);
    let cursor = brief.publish(message(1)).await.unwrap().id.unwrap();
    for number in 2..=6 {
        brief.publish(message(number)).await.unwrap();
    }
    let mut events = brief.subscribe().after(cursor).await.unwrap();
    let Err(SubscribeError::Gap { reason, from, to, missed, .. }) = within(events.next()).await.unwrap() else {
        panic!("a gap comes first")
    };
    assert_eq!((reason, from, to.number(), missed), (GapReason::Trimmed, Some(cursor), 3, Some(2)));
    assert_eq!(events.cursor(), Some(to));
    let live::Briefly::MessageSent(first) = within(events.next()).await.unwrap().unwrap().event;
    assert_eq!(first, message(4));

    let elsewhere: Cursor = "00c0ffee00c0ffee.12.1732153200000-0".parse().unwrap();
    let mut events = brief.subscribe().after(elsewhere).await.unwrap();
    let gap = within(events.next()).await.unwrap().unwrap_err();
    assert!(matches!(gap, SubscribeError::Gap { reason: GapReason::Epoch, missed: None, .. }), "{gap}");
}

#[tokio::test]
async fn who_falls_behind_the_ring_reads_on_in_the_history() {
    let mut limits = Limits::default();
    (limits.ring_events, limits.replay_events) = (4, 50);
    let realtime = Realtime::builder(live::contract()).limits(limits).build().await.unwrap();
    let room = realtime.channel(chat());
    let mut events = room.subscribe().await.unwrap();
    for number in 0..40 {
        room.publish(message(number)).await.unwrap();
    }
    assert_eq!(texts(&mut events, 40).await, (0..40).map(|number| number.to_string()).collect::<Vec<_>>());

    let brief = realtime.channel(live::Brief);
    let mut events = brief.subscribe().await.unwrap();
    for number in 0..40 {
        brief.publish(message(number)).await.unwrap();
    }
    let gap = within(events.next()).await.unwrap().unwrap_err();
    assert!(matches!(gap, SubscribeError::Gap { reason: GapReason::Slow, missed: Some(_), .. }), "{gap}");
    assert!(within(events.next()).await.unwrap().is_ok());
}

#[tokio::test]
async fn an_event_of_another_contract_is_an_item_and_ends_nothing() {
    let broker = MemoryBroker::new();
    let before = Realtime::builder(older::contract()).broker(broker.clone()).build().await.unwrap();
    let now = Realtime::builder(live::contract()).broker(broker).build().await.unwrap();
    let old = before.channel(older::Chat { room_id: "a".into() });
    let mut events = now.channel(chat()).subscribe().await.unwrap();
    old.publish(older::MessageSent { text: serde_json::json!({ "password": "hunter2" }) }).await.unwrap();
    old.publish(older::Withdrawn).await.unwrap();
    let last = old.publish(older::MessageSent { text: "fits".into() }).await.unwrap();

    let Err(SubscribeError::Undecodable { event, cause }) = next(&mut events).await else { panic!("a number is no text") };
    assert_eq!(
        (event.number, event.event.name.as_str(), event.event.data.clone()),
        (Some(1), "message.sent", Some(serde_json::json!({ "text": { "password": "hunter2" } })))
    );
    assert_eq!(cause.to_string(), "the event `message.sent` does not fit its type");
    assert!(!format!("{event:?}").contains("hunter2"), "a payload stays out of logs");
    let Err(unknown @ SubscribeError::Undecodable { .. }) = next(&mut events).await else { panic!("nobody knows this event") };
    assert_eq!(unknown.to_string(), "the event `message.withdrawn` is none of the channel's");
    assert_eq!(text(next(&mut events).await.unwrap()), "fits");
    assert_eq!(events.cursor(), last.id);
}

#[tokio::test]
async fn shared_events_and_channels_without_names_have_enums_too() {
    let realtime = realtime().await;
    let mut shared = realtime.channel(live::Everyone).subscribe().await.unwrap();
    realtime.publish(live::Alert { level: 3 }).await.unwrap();
    let received = within(shared.next()).await.unwrap().unwrap();
    assert_eq!(received.event, live::EveryoneEvent::Alert(live::Alert { level: 3 }));

    let mut signals = realtime.channel(live::Refresh).subscribe().await.unwrap();
    realtime.channel(live::Refresh).signal().await.unwrap();
    assert_eq!(within(signals.next()).await.unwrap().unwrap().event, live::RefreshEvent::Signal(tidewire::Signal));

    let prices = |symbol: &str| realtime.channel(live::Prices { symbol: symbol.to_owned() });
    let (acme, initech) = (prices("acme").subscribe().await.unwrap(), prices("initech").subscribe().await.unwrap());
    let mut all = stream::select_all([acme, initech]);
    prices("initech").publish(live::Tick { cents: 7 }).await.unwrap();
    assert_eq!(within(all.next()).await.unwrap().unwrap().event, live::PricesEvent::Tick(live::Tick { cents: 7 }));
    prices("acme").publish(live::Tick { cents: 8 }).await.unwrap();
    assert_eq!(within(all.next()).await.unwrap().unwrap().event, live::PricesEvent::Tick(live::Tick { cents: 8 }));
}

#[tokio::test]
async fn a_channel_with_bad_parameters_is_not_subscribed_to() {
    let realtime = realtime().await;
    let error = realtime.channel(live::Chat { room_id: "UPPER".into() }).subscribe().await.unwrap_err();
    assert!(matches!(error, SubscribeError::Channel(ChannelError::Parameter { name: "roomId", .. })), "{error}");
}

#[tokio::test]
async fn dropping_it_in_the_middle_of_a_wait_loses_nothing() {
    let realtime = realtime().await;
    let room = realtime.channel(chat());
    let mut events = room.subscribe().await.unwrap();
    for number in 0..20 {
        assert!(tokio::time::timeout(Duration::from_millis(1), events.next()).await.is_err());
        room.publish(message(number)).await.unwrap();
        assert_eq!(text(next(&mut events).await.unwrap()), number.to_string());
    }
}

#[tokio::test]
async fn a_channel_that_is_never_quiet_lets_others_run() {
    let realtime = realtime().await;
    let room = realtime.channel(chat());
    let mut events = room.subscribe().await.unwrap();
    for number in 0..900 {
        room.publish(message(number)).await.unwrap();
    }
    let ran = Arc::new(AtomicBool::new(false));
    let other = ran.clone();
    tokio::spawn(async move { other.store(true, Ordering::Relaxed) });
    for _ in 0..900 {
        let _ = events.next().await;
    }
    assert!(ran.load(Ordering::Relaxed), "900 items in a row kept the other task from running");
}

/// A broker that can be taken away, and that counts who follows what.
#[derive(Clone)]
struct Fragile {
    inner: MemoryBroker,
    away: Arc<AtomicBool>,
    followed: Arc<Mutex<i32>>,
}

impl Fragile {
    fn new() -> Self {
        Self { inner: MemoryBroker::new(), away: Arc::default(), followed: Arc::default() }
    }

    fn guarded<'a, T>(&self, call: BoxFuture<'a, Result<T, BrokerError>>) -> BoxFuture<'a, Result<T, BrokerError>> {
        if self.away.load(Ordering::Relaxed) { Box::pin(async { Err(BrokerError::unavailable("away")) }) } else { call }
    }
}

impl Broker for Fragile {
    fn attach(&self, node: NodeId, sink: Weak<dyn Sink>) {
        self.inner.attach(node, sink);
    }

    fn publish<'a>(&'a self, channel: &'a str, draft: Draft) -> BoxFuture<'a, Result<Receipt, BrokerError>> {
        self.inner.publish(channel, draft)
    }

    fn read<'a>(&'a self, channel: &'a str, request: ReadRequest) -> BoxFuture<'a, Result<BrokerPage, BrokerError>> {
        self.guarded(self.inner.read(channel, request))
    }

    fn positions<'a>(&'a self, channels: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<Cursor>, BrokerError>> {
        self.inner.positions(channels)
    }

    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Cursor, BrokerError>> {
        *self.followed.lock().unwrap() += i32::from(!channel.starts_with('$'));
        self.guarded(self.inner.subscribe(channel))
    }

    fn unsubscribe(&self, channel: &str) {
        *self.followed.lock().unwrap() -= i32::from(!channel.starts_with('$'));
        self.inner.unsubscribe(channel);
    }

    fn tell(&self, to: Recipient, message: bytes::Bytes) -> BoxFuture<'_, Result<(), BrokerError>> {
        self.inner.tell(to, message)
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_broker_is_waited_for_and_costs_no_event() {
    let broker = Fragile::new();
    let mut limits = Limits::default();
    limits.ring_events = 4;
    let realtime = Realtime::builder(live::contract()).broker(broker.clone()).limits(limits).build().await.unwrap();
    let room = realtime.channel(chat());
    let mut events = room.subscribe().await.unwrap();
    for number in 0..40 {
        room.publish(message(number)).await.unwrap();
    }
    broker.away.store(true, Ordering::Relaxed);
    assert!(tokio::time::timeout(Duration::from_secs(60), events.next()).await.is_err(), "it waits");
    assert!(matches!(realtime.channel(chat()).subscribe().latest(1).await, Err(SubscribeError::Broker(_))));
    broker.away.store(false, Ordering::Relaxed);
    assert_eq!(texts(&mut events, 40).await, (0..40).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn dropping_a_subscription_lets_go_of_the_channel() {
    let broker = Fragile::new();
    let realtime = Realtime::builder(live::contract()).broker(broker.clone()).build().await.unwrap();
    let room = realtime.channel(chat());
    let (first, second) = (room.subscribe().await.unwrap(), room.subscribe().await.unwrap());
    assert_eq!(*broker.followed.lock().unwrap(), 1);
    drop(first);
    assert_eq!(*broker.followed.lock().unwrap(), 1);
    drop(second);
    assert_eq!(*broker.followed.lock().unwrap(), 0);
}

#[tokio::test]
async fn whoever_knows_a_channel_by_its_name_alone_gets_the_same_events_without_types() {
    let realtime = Realtime::builder(live::contract()).build().await.unwrap();
    let room = realtime.channel(chat());
    let name = room.name().unwrap().to_owned();
    room.publish(message(1)).await.unwrap();
    let mut events = realtime.subscribe_dynamic(&name).latest(1).await.unwrap();
    room.publish_with(message(2), PublishOptions::new().sender("ann")).await.unwrap();
    let first = events.next().await.unwrap().unwrap();
    let second = events.next().await.unwrap().unwrap();
    assert_eq!((first.event.name.as_str(), first.number, first.sender), ("message.sent", Some(1), None));
    assert_eq!(second.event.data.unwrap()["text"], "2");
    assert_eq!((second.number, second.sender.as_deref(), events.cursor()), (Some(2), Some("ann"), second.id));
    let mut again = realtime.subscribe_dynamic(&name).after(first.id.unwrap()).await.unwrap();
    assert_eq!(again.next().await.unwrap().unwrap().number, Some(2));
    assert!(matches!(realtime.subscribe_dynamic("no/such").await, Err(SubscribeError::Channel(_))));
}
