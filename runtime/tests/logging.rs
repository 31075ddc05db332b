//! What is logged, and what never is. One test, because there is one log for the process.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

mod support;

use std::time::Duration;

use serde_json::json;
use support::{
    Server, Under,
    client::{get, get_with},
    eventually,
    link::{BOTH, Link, post},
    live::{self, chat, message},
    log::{Line, Log},
    outage::Outage,
};
use tidewire::{Limits, MemoryBroker, PublishOptions, Realtime};
use tracing::Level;

const PAYLOAD: &str = "a-payload-that-nobody-else-should-read";
const KEY: &str = "an-idempotency-key-of-somebody";

#[tokio::test]
async fn what_is_secret_stays_out_and_what_matters_is_said_once() {
    let log = Log::default();
    tracing::subscriber::set_global_default(log.clone()).unwrap();
    let broker = Outage::new(MemoryBroker::new());
    let mut limits = Limits::default();
    limits.broker_timeout = Duration::from_millis(300);
    let server = Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().limits(limits).broker(broker.clone())).await;
    let room = server.realtime.channel(chat("a"));
    let mut secrets = vec![PAYLOAD.to_owned(), KEY.to_owned()];
    let mut events = room.subscribe().await.unwrap();

    for transport in BOTH {
        let mut link = Link::open(transport, server.address, "channel=chat/a").await;
        let subscribed = link.expect("subscribed").await;
        let secret = link.session.split_once('.').unwrap().1.to_owned();
        secrets.push(secret);
        let publish = |event: &str, data: serde_json::Value| json!({ "type": "publish", "channel": "chat/a", "event": event, "data": data, "key": KEY });
        assert_eq!(link.ask(publish("message.sent", json!({ "author": "ann", "text": PAYLOAD }))).await["type"], "ack");
        assert_eq!(link.ask(publish("message.sent", json!({ "author": 5, "text": [PAYLOAD] }))).await["type"], "error");
        assert_eq!(link.ask(publish(PAYLOAD, json!(PAYLOAD))).await["type"], "error");
        room.publish_with(message(PAYLOAD), PublishOptions::new().key(format!("{KEY}-{transport:?}"))).await.unwrap();
        room.publish(message("")).await.unwrap_err();
        link.texts(2).await;
        let cursor = subscribed["cursor"].as_str().unwrap().to_owned();
        secrets.push(cursor.clone());
        let session = link.session.clone();
        drop(link);
        let mut again =
            Link::open_as(transport, server.address, &format!("channel=chat/a&lastEventId=chat/a={cursor}"), Some(&session)).await;
        again.expect("subscribed").await;
        again.texts(2).await;
        // Over `/send` in any case, with what is right and with what is not.
        let (status, _) = post(
            server.address,
            "/realtime/send",
            json!({ "session": session, "frames": [publish("message.sent", json!(PAYLOAD))] }).to_string(),
        )
        .await;
        assert_eq!(status, 200);
        let (status, _) = post(server.address, "/realtime/send", format!("{{\"session\":\"{session}\",\"frames\":\"{PAYLOAD}\"}}")).await;
        assert_eq!(status, 400);
    }
    for _ in 0..4 {
        assert!(events.next().await.unwrap().is_ok());
    }
    get(server.address, "/realtime/history?channel=chat/a").await;
    let (status, _) = get_with(server.address, "/realtime/history?channel=nothing/like/it", &[]).await;
    assert_eq!(status, 404);

    broker.go_down();
    for _ in 0..5 {
        room.publish(message(PAYLOAD)).await.unwrap_err();
    }
    broker.come_back();
    room.publish(message("back")).await.unwrap();
    broker.fall_silent();
    for _ in 0..3 {
        room.publish(message(PAYLOAD)).await.unwrap_err();
    }
    broker.come_back();
    room.publish(message("back again")).await.unwrap();

    eventually("the connections are gone", || log.says(Level::DEBUG, "connection closed") >= 3).await;
    for line in log.lines() {
        for secret in &secrets {
            assert!(!line.text.contains(secret.as_str()), "{line:?} holds {secret}");
        }
    }
    assert_eq!(log.says(Level::DEBUG, "connection opened"), 4, "one line for each");
    assert!(log.says(Level::DEBUG, "code=\"unknown_channel\"") == 1, "a refusal is told with its code");
    assert_eq!(log.says(Level::WARN, "the broker does not answer"), 2, "once for each outage: {:#?}", log.lines());
    assert_eq!(log.says(Level::INFO, "the broker answers again"), 2);
    assert_eq!(log.says(Level::WARN, "the link to the broker is down"), 1);
    assert!(log.says(Level::DEBUG, "span connection id=c-") >= 4, "a connection has a span");
    assert!(log.says(Level::DEBUG, "span publish event=\"message.sent\" channel=\"chat/a\"") >= 4, "and so has a publish");
    assert!(log.says(Level::DEBUG, "span broker call=\"publish\"") >= 4, "and so has a call of the broker");
    let loud: Vec<Line> = log.lines().into_iter().filter(|line| line.level <= Level::WARN).collect();
    assert!(loud.len() <= 4, "nothing that a request does is worth a warning: {loud:#?}");
}
