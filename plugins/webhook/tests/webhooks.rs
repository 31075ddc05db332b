//! Deliveries to a receiver that is there, is not, and is hostile.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

#[allow(dead_code, missing_docs, unreachable_pub, reason = "the runtime's, of which this uses a part")]
#[path = "../../../runtime/tests/support/outage.rs"]
mod outage;
mod receiver;
mod tls;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use receiver::{Receiver, SECRET, eventually, within};
use tidewire::{BuildError, History, PublishOptions, Realtime, RealtimeBuilder};
use tidewire_webhook::{DeadLetter, DeadReason, Endpoint, Verifier, Webhook};

#[tidewire::realtime_events(name = "shop")]
#[allow(unreachable_pub, missing_docs, reason = "the types are what a service has in its own modules")]
mod live {
    #[event("order.paid", publish(server, client))]
    pub struct OrderPaid {
        pub cents: u32,
    }

    #[event("order.seen")]
    pub struct OrderSeen {
        pub cents: u32,
    }

    #[channel("orders/{shop}", events(OrderPaid, OrderSeen))]
    pub struct Orders {
        pub shop: String,
    }

    #[channel("brief/{shop}", events(OrderPaid), history(max = 3, ttl = "1h"))]
    pub struct Brief {
        pub shop: String,
    }

    #[channel("news", events(OrderSeen))]
    pub struct News;
}

fn orders(shop: &str) -> live::Orders {
    live::Orders { shop: shop.to_owned() }
}

fn paid(cents: u32) -> live::OrderPaid {
    live::OrderPaid { cents }
}

fn builder() -> RealtimeBuilder {
    Realtime::builder(live::contract()).public()
}

/// Quick, so that a test of many attempts is.
fn endpoint(receiver: &Receiver) -> Endpoint {
    Endpoint::new("shop", receiver.url(), SECRET)
        .pauses(Duration::from_millis(5), Duration::from_millis(20))
        .timeout(Duration::from_millis(500))
}

fn orders_to(receiver: &Receiver) -> Endpoint {
    endpoint(receiver).event::<live::Orders, live::OrderPaid>()
}

#[derive(Clone, Default)]
struct Dead(Arc<Mutex<Vec<DeadLetter>>>);

impl Dead {
    fn watch(&self, webhook: Webhook) -> Webhook {
        let letters = self.0.clone();
        webhook.on_dead_letter(move |letter| letters.lock().unwrap().push(letter))
    }

    fn reasons(&self) -> Vec<DeadReason> {
        self.0.lock().unwrap().iter().map(|letter| letter.reason).collect()
    }
}

#[tokio::test]
async fn a_chosen_event_is_posted_signed_and_nothing_else_is() {
    let receiver = Receiver::start().await;
    let realtime = builder().plugin(Webhook::new().endpoint(orders_to(&receiver))).build().await.unwrap();
    realtime.channel(orders("a")).publish(live::OrderSeen { cents: 1 }).await.unwrap();
    let published = realtime.channel(orders("a")).publish_with(paid(990), PublishOptions::new().sender("till")).await.unwrap();
    realtime.channel(live::Brief { shop: "a".into() }).publish(paid(1)).await.unwrap();
    realtime.channel(orders("b")).publish(paid(2)).await.unwrap();
    eventually("two came", || receiver.taken().len() == 2).await;

    let mut taken = receiver.taken();
    taken.sort_by_key(|delivery| delivery.body["channel"].to_string());
    let first = &taken[0];
    let body = serde_json::json!({
        "type": "order.paid", "timestamp": first.body["timestamp"], "channel": "orders/a", "number": 2, "cursor": published.id.unwrap().to_string(),
        "sender": "till", "data": { "cents": 990 },
    });
    assert_eq!(first.body, body);
    let time = first.body["timestamp"].as_str().unwrap().parse::<tidewire::DateTime<tidewire::Utc>>().unwrap();
    assert_eq!(time, published.time);
    assert_eq!(first.headers["content-type"], "application/json");
    assert_eq!(Verifier::new(SECRET).unwrap().verify(&first.headers, &first.bytes), Ok(first.id().as_str()));
    assert!(Verifier::new("another secret of at least 24 bytes").unwrap().verify(&first.headers, &first.bytes).is_err());
    assert_eq!(taken[1].body["channel"], "orders/b");
    assert_ne!(taken[0].id(), taken[1].id());
    realtime.stop_plugins().await;
    assert_eq!(receiver.taken().len(), 2);
}

#[tokio::test]
async fn order_and_id_survive_a_receiver_that_fails_for_a_while() {
    let receiver = Receiver::start().await;
    let dead = Dead::default();
    receiver.answer([500, 503, 429, 408, 0, 0]);
    let realtime = builder().plugin(dead.watch(Webhook::new().endpoint(orders_to(&receiver)))).build().await.unwrap();
    for cents in 0..50 {
        realtime.channel(orders("a")).publish(paid(cents)).await.unwrap();
    }
    eventually("all came", || receiver.taken().len() == 50).await;
    let cents: Vec<u64> = receiver.taken().iter().map(|delivery| delivery.body["data"]["cents"].as_u64().unwrap()).collect();
    assert_eq!(cents, (0..50).collect::<Vec<_>>());
    let heard = receiver.heard();
    assert_eq!(heard.len(), 56, "six attempts came to nothing");
    assert!(heard[..7].iter().all(|delivery| delivery.id() == heard[0].id()), "each attempt is the same delivery");
    assert!(dead.reasons().is_empty());
}

#[tokio::test]
async fn one_channel_does_not_wait_for_another_nor_one_endpoint() {
    let (stuck, quick) = (Receiver::start().await, Receiver::start().await);
    stuck.answer([500; 1000]);
    let webhook = Webhook::new().endpoint(orders_to(&stuck).attempts(1000));
    let other = Endpoint::new("other", quick.url(), SECRET).channel::<live::Orders>();
    let realtime = builder().plugin(webhook.endpoint(other)).build().await.unwrap();
    for shop in ["a", "b", "c"] {
        realtime.channel(orders(shop)).publish(paid(1)).await.unwrap();
        realtime.channel(orders(shop)).publish(live::OrderSeen { cents: 1 }).await.unwrap();
    }
    eventually("the other gets all", || quick.taken().len() == 6).await;
    let channels = || stuck.heard().iter().map(|delivery| delivery.body["channel"].to_string()).collect::<std::collections::BTreeSet<_>>();
    eventually("each channel is tried", || channels().len() == 3).await;
    assert!(stuck.taken().is_empty());
}

#[tokio::test]
async fn what_is_not_taken_is_a_dead_letter_and_the_next_goes_on() {
    let receiver = Receiver::start().await;
    let dead = Dead::default();
    // A redirect, which would lead to the receiver itself; no; never.
    receiver.answer([302, 410, 500, 500, 500]);
    let webhook = dead.watch(Webhook::new().endpoint(orders_to(&receiver).attempts(3)));
    let realtime = builder().plugin(webhook).build().await.unwrap();
    for cents in 0..4 {
        realtime.channel(orders("a")).publish(paid(cents)).await.unwrap();
    }
    eventually("the last came", || receiver.taken().len() == 1).await;
    assert_eq!(receiver.taken()[0].body["data"]["cents"], 3);
    let reasons = dead.reasons();
    assert_eq!(
        reasons,
        [DeadReason::Refused(http::StatusCode::FOUND), DeadReason::Refused(http::StatusCode::GONE), DeadReason::GaveUp { attempts: 3 }]
    );
    let letters = dead.0.lock().unwrap();
    assert_eq!((letters[0].endpoint.as_str(), letters[0].channel.as_str()), ("shop", "orders/a"));
    let body: serde_json::Value = serde_json::from_slice(letters[2].body.as_ref().unwrap()).unwrap();
    assert_eq!(body["data"]["cents"], 2);
    assert_eq!(letters[2].id.as_deref(), Some(receiver.heard()[2].id().as_str()));
    assert!(!format!("{letters:?}").contains("cents"), "payloads do not belong into logs");
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_given_up() {
    let receiver = Receiver::start().await;
    let dead = Dead::default();
    receiver.hang();
    let endpoint = orders_to(&receiver).attempts(2).timeout(Duration::from_millis(30));
    let realtime = builder().plugin(dead.watch(Webhook::new().endpoint(endpoint))).build().await.unwrap();
    realtime.channel(orders("a")).publish(paid(1)).await.unwrap();
    eventually("it is dead", || dead.reasons() == [DeadReason::GaveUp { attempts: 2 }]).await;
    assert_eq!(receiver.heard().len(), 2);
}

#[tokio::test]
async fn what_the_history_does_not_hold_any_more_is_told() {
    let receiver = Receiver::start().await;
    let dead = Dead::default();
    receiver.answer([500; 40]);
    let endpoint = endpoint(&receiver).channel::<live::Brief>().attempts(100);
    let mut limits = tidewire::Limits::default();
    limits.ring_events = 2;
    let builder = builder().limits(limits).plugin(dead.watch(Webhook::new().endpoint(endpoint)));
    let realtime = builder.build().await.unwrap();
    let brief = realtime.channel(live::Brief { shop: "a".into() });
    for cents in 0..20 {
        brief.publish(paid(cents)).await.unwrap();
    }
    eventually("the newest came", || receiver.taken().last().is_some_and(|last| last.body["number"] == 20)).await;
    let missed: u64 = dead
        .reasons()
        .iter()
        .map(|reason| if let DeadReason::Missed { count: Some(count) } = reason { *count } else { panic!("{reason:?}") })
        .sum();
    assert_eq!(receiver.taken().len() as u64 + missed, 20, "each came, or is told");
    assert!(missed > 0);
}

#[tokio::test]
async fn what_is_there_already_is_still_delivered_at_the_end() {
    let receiver = Receiver::start().await;
    let realtime = builder().plugin(Webhook::new().endpoint(orders_to(&receiver))).build().await.unwrap();
    for cents in 0..20 {
        realtime.channel(orders("a")).publish(paid(cents)).await.unwrap();
    }
    within(realtime.stop_plugins()).await;
    assert_eq!(receiver.taken().len(), 20);
}

#[tokio::test]
async fn a_service_that_ends_while_a_receiver_is_away_goes_on_where_it_was() {
    let receiver = Receiver::start().await;
    let broker = tidewire::MemoryBroker::new();
    let (dead, delivered) = (Dead::default(), Arc::new(Mutex::new(None)));
    let at = delivered.clone();
    let webhook = dead.watch(Webhook::new().endpoint(orders_to(&receiver))).on_delivered(move |delivered| {
        *at.lock().unwrap() = delivered.cursor;
    });
    let realtime = builder().broker(broker.clone()).plugin(webhook).build().await.unwrap();
    realtime.channel(orders("a")).publish(paid(0)).await.unwrap();
    eventually("the first came", || delivered.lock().unwrap().is_some()).await;
    receiver.answer([500; 2]);
    for cents in 1..4 {
        realtime.channel(orders("a")).publish(paid(cents)).await.unwrap();
    }
    within(realtime.stop_plugins()).await;
    drop(realtime);
    receiver.answer([]);
    let before = receiver.taken().len();

    let realtime = builder().broker(broker).plugin(Webhook::new().endpoint(orders_to(&receiver))).build().await.unwrap();
    let last = *delivered.lock().unwrap();
    let webhook = realtime.plugin::<Webhook>().unwrap();
    webhook.follow("shop", orders("a"), last).await.unwrap();
    eventually("all came", || receiver.taken().len() == 4).await;
    let cents: Vec<u64> = receiver.taken().iter().map(|delivery| delivery.body["data"]["cents"].as_u64().unwrap()).collect();
    assert_eq!(cents, [0, 1, 2, 3]);
    assert!(before == 4 || dead.reasons() == [DeadReason::Stopped]);
    assert_eq!(realtime.channel(orders("a")).history(History::latest(10)).await.unwrap().events.len(), 4);
}

#[tokio::test]
async fn a_channel_without_parameters_is_heard_whichever_node_publishes() {
    let receiver = Receiver::start().await;
    let broker = tidewire::MemoryBroker::new();
    let webhook = Webhook::new().endpoint(endpoint(&receiver).channel::<live::News>());
    let _listening = builder().broker(broker.clone()).plugin(webhook).build().await.unwrap();
    let other = builder().broker(broker).build().await.unwrap();
    other.channel(live::News).publish(live::OrderSeen { cents: 5 }).await.unwrap();
    eventually("it came", || receiver.taken().len() == 1).await;
}

/// Takes the broker away before the next plugin starts.
struct Cutting(outage::Outage);

impl tidewire::Plugin for Cutting {
    fn name(&self) -> &'static str {
        "cutting"
    }

    async fn start(&self, _: tidewire::PluginContext) -> Result<(), tidewire::PluginError> {
        self.0.go_down();
        Ok(())
    }
}

#[tokio::test]
async fn a_broker_that_is_away_keeps_neither_the_service_from_starting_nor_events_from_those_who_want_them() {
    let receiver = Receiver::start().await;
    let broker = outage::Outage::new(tidewire::MemoryBroker::new());
    let dead = Dead::default();
    let endpoint = endpoint(&receiver).channel::<live::News>().channel::<live::Orders>();
    let mut limits = tidewire::Limits::default();
    limits.broker_timeout = Duration::from_millis(200);
    let builder = builder()
        .limits(limits)
        .broker(broker.clone())
        .plugin(Cutting(broker.clone()))
        .plugin(dead.watch(Webhook::new().endpoint(endpoint)));
    let realtime = within(builder.build()).await.unwrap();
    assert!(realtime.channel(orders("a")).publish(paid(1)).await.is_err());
    assert_eq!(dead.reasons(), [DeadReason::NotFollowed]);

    broker.come_back();
    realtime.channel(orders("a")).publish(paid(2)).await.unwrap();
    eventually("what was published afterwards came", || receiver.taken().len() == 1).await;
    let news = realtime.channel(live::News);
    // It is followed from some moment on, and then each comes.
    let mut came = 0;
    while came == 0 {
        news.publish(live::OrderSeen { cents: 1 }).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        came = receiver.taken().iter().filter(|delivery| delivery.body["channel"] == "news").count();
    }
}

#[tokio::test]
async fn two_nodes_give_a_delivery_the_same_id() {
    let receiver = Receiver::start().await;
    let broker = tidewire::MemoryBroker::new();
    let node = async || {
        let webhook = Webhook::new().endpoint(orders_to(&receiver));
        builder().broker(broker.clone()).plugin(webhook).build().await.unwrap()
    };
    let (one, two) = (node().await, node().await);
    one.channel(orders("a")).publish(paid(1)).await.unwrap();
    two.channel(orders("a")).publish(paid(2)).await.unwrap();
    eventually("three came", || receiver.taken().len() == 3).await;
    let ids: std::collections::BTreeSet<String> = receiver.taken().iter().map(receiver::Delivery::id).collect();
    assert_eq!(ids.len(), 2, "the second was heard by both");
}

#[tokio::test]
async fn more_channels_than_may_be_followed_are_told() {
    let receiver = Receiver::start().await;
    let dead = Dead::default();
    let webhook = dead.watch(Webhook::new().endpoint(orders_to(&receiver).channels_at_once(2)));
    let realtime = builder().plugin(webhook).build().await.unwrap();
    for shop in ["a", "b", "c", "a"] {
        realtime.channel(orders(shop)).publish(paid(1)).await.unwrap();
    }
    eventually("three came", || receiver.taken().len() == 3).await;
    assert_eq!(dead.reasons(), [DeadReason::TooManyChannels]);
}

#[tokio::test]
async fn an_endpoint_that_cannot_work_is_a_build_error_that_names_it_and_no_secret() {
    const URL: &str = "https://user-token.example.com/very-secret";
    let good = || Endpoint::new("good", "http://127.0.0.1:1/", SECRET).channel::<live::Orders>();
    let wrong = [
        (Endpoint::new("Odd name", URL, SECRET).channel::<live::Orders>(), "needs a name"),
        (Endpoint::new("odd", "ftp://very-secret.example.com", SECRET).channel::<live::Orders>(), "needs an address"),
        (Endpoint::new("odd", "https://ann:very-secret@example.com/", SECRET).channel::<live::Orders>(), "user or password"),
        (Endpoint::new("odd", URL, "very-secret").channel::<live::Orders>(), "has a secret that is none"),
        (Endpoint::new("odd", URL, SECRET).channel_named("nowhere"), "`nowhere`"),
        (Endpoint::new("odd", URL, SECRET).event_named("news", "order.paid"), "`order.paid`"),
        (Endpoint::new("odd", URL, SECRET), "wants no events"),
        (good(), "two endpoints are called `good`"),
    ];
    for (endpoint, said) in wrong {
        let error = builder().plugin(Webhook::new().endpoint(good()).endpoint(endpoint)).build().await.unwrap_err();
        assert!(matches!(error, BuildError::Plugin { name: "webhook", .. }));
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains(said), "{cause}");
        assert!(!format!("{error:?} {cause}").contains("very-secret"), "{error:?} {cause}");
    }
    assert!(!format!("{:?}", Webhook::new().endpoint(Endpoint::new("a", URL, "very-secret"))).contains("secret"));
}
