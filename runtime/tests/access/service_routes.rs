//! What other services may do with their key, and nobody without one.

use crate::support::{
    Server, Under,
    client::get_with,
    link::{BOTH, Link, post_with},
    live::{self, Alert, chat, message},
};
use serde_json::{Value, json};
use tidewire::{
    AnyChannel as _, BuildError, ConnectRequest, Denied, Grant, Limits, PublishError, PublishOptions, Realtime, RealtimeBuilder, WireCode,
};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "fedcba9876543210fedcba9876543210-and-longer";

async fn decide(request: ConnectRequest) -> Result<Grant, Denied> {
    let user = request.headers().get("authorization").and_then(|value| value.to_str().ok()).ok_or(Denied::unauthenticated())?;
    Ok(Grant::user(user).subscribe_and_publish(live::Chat::any()))
}

fn keyed() -> RealtimeBuilder {
    Realtime::builder(live::contract()).authorize(decide).service_key(KEY).service_key(OTHER)
}

async fn server() -> Server {
    Server::start(Under::Tidewire, keyed()).await
}

async fn ask(server: &Server, route: &str, body: &Value) -> (u16, Value) {
    ask_as(server, route, &format!("Bearer {KEY}"), body.to_string()).await
}

async fn ask_as(server: &Server, route: &str, authorization: &str, body: String) -> (u16, Value) {
    post_with(server.address, &format!("/realtime/{route}"), &[("authorization", authorization)], body).await
}

fn event(text: &str) -> Value {
    json!({ "channel": "chat/a", "event": "message.sent", "data": { "author": "bot", "text": text } })
}

fn code(answer: &(u16, Value)) -> (u16, u64) {
    (answer.0, answer.1["error"]["code"].as_u64().unwrap_or_default())
}

#[tokio::test]
async fn an_event_arrives_and_its_receipt_says_where_it_is() {
    let server = server().await;
    for transport in BOTH {
        let mut ann = Link::open_with(transport, server.address, "channel=chat/a", None, &[("authorization", "ann")]).await;
        ann.expect("subscribed").await;
        let mut wanted = event("hi");
        wanted["sender"] = json!("bot");
        wanted["key"] = json!(format!("key-{transport:?}"));
        let (status, receipt) = ask(&server, "publish", &wanted).await;
        assert_eq!((status, &receipt["stored"]), (200, &json!(true)), "{receipt}");
        let arrived = ann.expect("event").await;
        for member in ["id", "number", "time"] {
            assert_eq!(arrived[member], receipt[member]);
        }
        assert_eq!((&arrived["sender"], arrived.get("origin")), (&json!("bot"), None));
        let (_, again) = ask(&server, "publish", &wanted).await;
        assert_eq!((&again["duplicate"], &again["id"]), (&json!(true), &receipt["id"]));
        wanted["data"]["text"] = json!("something else");
        assert_eq!(code(&ask(&server, "publish", &wanted).await), (409, 4013));
        let mut without = event("not for ann");
        without["exclude"] = json!(ann.connection);
        assert_eq!(ask(&server, "publish", &without).await.0, 200);
        let (status, receipt) = ask(&server, "publish", &json!({ "channel": "chat/a", "event": "typing" })).await;
        assert_eq!((status, &receipt["stored"], &receipt["id"]), (200, &json!(false), &json!(null)), "a signal that is not stored");
        assert_eq!(ann.expect("event").await["event"], "typing");
    }
}

#[tokio::test]
async fn only_a_key_opens_these_routes() {
    let server = server().await;
    let closed = Server::public(Under::Tidewire).await;
    let almost = format!("Bearer {}0", &KEY[..31]);
    for route in ["publish", "revoke", "restore"] {
        for wrong in [almost.as_str(), "Bearer ", KEY, "ann", &format!("Basic {KEY}"), &format!("Bearer {KEY}x")] {
            assert_eq!(code(&ask_as(&server, route, wrong, event("x").to_string()).await), (401, 4001), "{route} {wrong}");
        }
        let without = post_with(server.address, &format!("/realtime/{route}"), &[], event("x").to_string()).await;
        assert_eq!(code(&without), (401, 4001));
        assert_eq!(code(&ask(&closed, route, &event("x")).await), (403, 4002), "no key is configured");
        let (status, body) = get_with(server.address, &format!("/realtime/{route}"), &[]).await;
        assert_eq!((status, body["error"]["code"].as_u64()), (405, Some(4012)));
        // The body is not read before the key: a huge one costs nothing.
        let huge = "x".repeat(4 << 20);
        let refused = ask_as(&server, route, &almost, huge).await;
        assert_eq!(code(&refused), (401, 4001));
    }
    let headers = [("authorization", format!("bearer {OTHER}"))];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let foreign: Vec<(&str, &str)> = headers.iter().copied().chain([("origin", "https://evil.example"), ("cookie", "a=b")]).collect();
    for headers in [headers, foreign] {
        let (status, receipt) = post_with(server.address, "/realtime/publish", &headers, event("x").to_string()).await;
        assert_eq!(status, 200, "the key says enough, whatever the origin: {receipt}");
    }
}

#[tokio::test]
async fn keys_that_can_be_guessed_are_refused_at_the_start() {
    for short in ["", "secret", &KEY[..31]] {
        let built = Realtime::builder(live::contract()).public().service_key(KEY).service_key(short).build().await;
        assert!(matches!(built, Err(BuildError::Limit { name: "service_key", .. })), "{short}");
    }
    assert!(!format!("{:?}", keyed()).contains(KEY));
}

#[tokio::test]
async fn the_history_is_open_to_services_too() {
    let server = server().await;
    server.realtime.channel(chat("a")).publish(message("hi")).await.unwrap();
    let key = format!("Bearer {KEY}");
    let headers: [(&str, &[u8]); 2] = [("authorization", key.as_bytes()), ("origin", b"https://elsewhere.example")];
    let (status, page) = get_with(server.address, "/realtime/history?channel=chat/a", &headers).await;
    assert_eq!((status, page["events"][0]["data"]["text"].as_str()), (200, Some("hi")));
    assert_eq!(get_with(server.address, "/realtime/history?channel=no/such", &headers).await.0, 404);
    let (status, _) = get_with(server.address, "/realtime/history?channel=brief/1", &[("authorization", b"ann")]).await;
    assert_eq!(status, 403, "a user's request is one of a user");
}

#[tokio::test]
async fn what_is_wrong_with_an_event_has_the_same_codes_as_elsewhere() {
    let server = server().await;
    let with = |changes: Value| {
        let mut wanted = event("x");
        for (name, value) in changes.as_object().unwrap() {
            wanted[name] = value.clone();
        }
        wanted
    };
    let cases = [
        (with(json!({ "channel": "chta/a" })), (404, 4005)),
        (with(json!({ "channel": "chat/A" })), (400, 4006)),
        (with(json!({ "channel": "$revocations" })), (400, 4006)),
        (with(json!({ "event": "no.such" })), (422, 4009)),
        (with(json!({ "event": "__proto__" })), (422, 4009)),
        (with(json!({ "data": { "author": "" } })), (422, 4008)),
        (with(json!({ "data": null })), (422, 4008)),
        (with(json!({ "key": "no spaces" })), (400, 4000)),
        (with(json!({ "key": 1 })), (400, 4000)),
        (with(json!({ "sender": "" })), (400, 4000)),
        (with(json!({ "sender": "a\nb" })), (400, 4000)),
        (with(json!({ "sender": "x".repeat(257) })), (400, 4000)),
        (with(json!({ "exclude": "everybody" })), (400, 4000)),
        (with(json!({ "channel": 1 })), (400, 4000)),
        (json!({ "channel": "chat/a" }), (400, 4000)),
        (json!([]), (400, 4000)),
        (json!({ "events": 1 }), (400, 4000)),
        (json!({ "events": [1] }), (400, 4000)),
        (json!({ "events": vec![event("x"); 257] }), (400, 4000)),
    ];
    for (wanted, expected) in cases {
        assert_eq!(code(&ask(&server, "publish", &wanted).await), expected, "{wanted:.200}");
    }
    let key = format!("Bearer {KEY}");
    for text in ["", "{", "nul", r#"{"channel":"chat/a","channel":"chat/b"}"#, &"[".repeat(100_000)] {
        assert_eq!(code(&ask_as(&server, "publish", &key, text.to_owned()).await), (400, 4000), "{text:.20}");
    }
    let hinted = ask(&server, "publish", &with(json!({ "channel": "chta/a" }))).await.1;
    assert_eq!(hinted["error"]["hint"], "did you mean `chat/a`?");
    let (_, page) = get_with(server.address, "/realtime/history?channel=chat/a", &[("authorization", key.as_bytes())]).await;
    assert_eq!(page["events"], json!([]), "nothing was stored");
}

#[tokio::test]
async fn a_batch_has_a_receipt_for_each_and_one_bad_event_keeps_none_back() {
    let server = server().await;
    let mut bad = event("x");
    bad["data"] = json!({});
    let odd = json!({ "event": "message.sent" });
    let events = json!({ "events": [event("one"), bad, odd, event("two"), { "channel": "default", "event": "notification.alert", "data": { "text": "a" } }] });
    let (status, answer) = ask(&server, "publish", &events).await;
    assert_eq!(status, 200);
    let receipts = answer["receipts"].as_array().unwrap();
    assert_eq!(receipts.len(), 5);
    assert_eq!((&receipts[0]["number"], &receipts[3]["number"]), (&json!(1), &json!(2)), "{answer}");
    assert_eq!((&receipts[1]["error"]["code"], &receipts[2]["error"]["code"]), (&json!(4008), &json!(4000)));
    assert_eq!(receipts[4]["stored"], true, "an event that clients may not publish");
    assert_eq!(ask(&server, "publish", &json!({ "events": [] })).await, (200, json!({ "receipts": [] })));
    let full = json!({ "events": vec![event("x"); 256] });
    assert_eq!(ask(&server, "publish", &full).await.1["receipts"].as_array().unwrap().len(), 256);
}

#[tokio::test]
async fn a_body_may_have_a_mebibyte_and_not_a_byte_more() {
    let server = server().await;
    let key = format!("Bearer {KEY}");
    let limit = Limits::default().service_bytes;
    let frame = event("").to_string().len();
    let fitting = event(&"x".repeat(limit - frame)).to_string();
    assert_eq!(fitting.len(), 1 << 20);
    assert_eq!(ask_as(&server, "publish", &key, fitting.clone()).await.0, 200);
    assert_eq!(code(&ask_as(&server, "publish", &key, format!("{fitting} ")).await), (413, 4010));
    assert_eq!(code(&ask_as(&server, "revoke", &key, format!("{fitting} ")).await), (413, 4010));
}

#[tokio::test]
async fn access_is_revoked_and_restored() {
    let server = server().await;
    let mut ann = Link::open_with(BOTH[1], server.address, "channel=chat/a&channel=chat/b", None, &[("authorization", "ann")]).await;
    ann.expect("subscribed").await;
    ann.expect("subscribed").await;
    let here = json!({ "user": "ann", "channel": "chat/a", "seconds": 60 });
    assert_eq!(ask(&server, "revoke", &here).await, (200, json!({ "revoked": 1 })));
    let revoked = ann.expect("revoked").await;
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    assert!(u128::from(revoked["until"].as_u64().unwrap()).abs_diff(now) <= 60_000);
    assert_eq!(ask(&server, "restore", &here).await, (200, json!({ "restored": 1 })));
    assert_eq!(ask(&server, "restore", &here).await, (200, json!({ "restored": 0 })));
    assert_eq!(ann.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await["type"], "ack");
    ann.expect("subscribed").await;
    let many = json!({ "revocations": [{ "channel": "chat/b" }, { "user": "eve" }] });
    assert_eq!(ask(&server, "revoke", &many).await, (200, json!({ "revoked": 2 })));
    assert_eq!(ann.expect("revoked").await["channel"], "chat/b");
    let refused = get_with(server.address, "/realtime/events?ids=0", &[("authorization", b"eve")]).await;
    assert_eq!(code(&refused), (403, 4015));
    assert_eq!(ask(&server, "restore", &many).await, (200, json!({ "restored": 2 })));
    assert_eq!(ask(&server, "revoke", &json!({ "user": "ann" })).await.0, 200);
    assert_eq!(ann.expect("revoked").await["channel"], json!(null));
    let cases = [
        (json!({}), (400, 4000)),
        (json!({ "user": "" }), (400, 4000)),
        (json!({ "user": 1 }), (400, 4000)),
        (json!({ "user": "ann", "seconds": 0 }), (400, 4000)),
        (json!({ "user": "ann", "seconds": -1 }), (400, 4000)),
        (json!({ "user": "ann", "seconds": 1.5 }), (400, 4000)),
        (json!({ "user": "ann", "seconds": u64::MAX }), (400, 4000)),
        (json!({ "user": "ann", "channel": "chta/a" }), (404, 4005)),
        (json!({ "channel": "chat/A" }), (400, 4006)),
        (json!({ "revocations": [{ "user": "good" }, {}] }), (400, 4000)),
        (json!({ "revocations": vec![json!({ "user": "x" }); 4097] }), (400, 4000)),
    ];
    for (wanted, expected) in cases {
        assert_eq!(code(&ask(&server, "revoke", &wanted).await), expected, "{wanted:.100}");
    }
    assert_eq!(ask(&server, "restore", &json!({ "user": "good" })).await.1["restored"], 0, "all or nothing was checked first");
}

#[tokio::test]
async fn the_same_in_rust_without_types() {
    let server = server().await;
    let dynamic = async |channel: &str, event: &str, data: Value| {
        server.realtime.publish_dynamic(channel, event, data, PublishOptions::new().sender("bot")).await
    };
    let published = dynamic("chat/a", "message.sent", json!({ "author": "a", "text": "hi" })).await.unwrap();
    assert_eq!(published.number, Some(1));
    server.realtime.publish_dynamic("chat/a", "typing", None, PublishOptions::new()).await.unwrap();
    assert!(matches!(dynamic("chat/a", "notification.alert", json!({})).await, Err(PublishError::UnknownEvent { .. })));
    assert_eq!(dynamic("no/such", "typing", json!({})).await.unwrap_err().code(), WireCode::UnknownChannel);
    assert_eq!(dynamic("chat/\u{0}", "typing", json!({})).await.unwrap_err().code(), WireCode::InvalidChannel);
    let error = dynamic("chat/a", "message.sent", json!({ "author": 1 })).await.unwrap_err();
    assert_eq!(error.code(), WireCode::InvalidPayload);
    let mut batch = server.realtime.batch();
    batch.add_dynamic("chat/a", "message.sent", json!({ "author": "a", "text": "two" }), PublishOptions::new());
    batch.add(&server.realtime.channel(tidewire::DefaultChannel), Alert { text: "x".into() });
    assert!(batch.publish().await.iter().all(Result::is_ok));
}
