//! The application as a stranger meets it: over HTTP, without a browser.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report, in its helpers as well")]

use std::collections::BTreeSet;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use reception::visit::{Browser, json_of, text_of};
use serde_json::{Value, json};

const HOST_KEY: &str = "only the host knows this one, and this test";

async fn app() -> Router {
    chat::app(HOST_KEY).await.unwrap()
}

async fn ann(app: &Router) -> Browser {
    Browser::signed_in(app, "ann").await.0
}

async fn host(app: &Router) -> Browser {
    Browser::signed_in_with(app, json!({ "name": "Hosea", "key": HOST_KEY })).await.0
}

async fn say(who: &Browser, room: &str, text: &str) -> (StatusCode, Value) {
    who.post(&format!("/api/rooms/{room}/messages"), json!({ "text": text })).await
}

async fn history(who: &Browser, channel: &str) -> Value {
    who.get(&format!("/realtime/history?channel={channel}")).await.1["events"].clone()
}

#[tokio::test]
async fn a_message_reaches_listeners_and_the_history_with_its_sender() {
    let app = app().await;
    let ann = ann(&app).await;
    let mut stream = ann.listen("channel=chat/bar").await;
    assert_eq!(stream.frame("subscribed").await["outcome"], "fresh");

    let (status, stored) = say(&ann, "bar", "hi").await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(stored["number"], 1);

    let event = stream.event("message.sent").await;
    assert_eq!((&event["data"], &event["sender"]), (&json!({ "text": "hi" }), &json!("ann")));
    for field in ["id", "number", "time"] {
        assert_eq!(event[field], stored[field], "{field} of the answer is the event's");
    }
    assert_eq!(history(&ann, "chat/bar").await, json!([event]));
    assert_eq!(history(&ann, "chat/baz").await, json!([]), "another room hears nothing");
}

#[tokio::test]
async fn a_page_publishes_under_its_own_name_whatever_its_frames_say() {
    let app = app().await;
    let (ann, (bob, _)) = (ann(&app).await, Browser::signed_in(&app, "bob").await);
    let mut heard = bob.listen("channel=chat/bar").await;
    heard.frame("subscribed").await;
    let stream = ann.listen("channel=chat/bar").await;
    let frame = json!({ "type": "publish", "ref": 1, "channel": "chat/bar", "event": "message.sent", "sender": "bob", "data": { "text": "hi", "author": "bob", "sender": "bob" } });
    assert_eq!(stream.send(frame.clone()).await["type"], "ack");
    let event = heard.event("message.sent").await;
    assert_eq!((&event["sender"], &event["data"]), (&json!("ann"), &json!({ "text": "hi" })));
    // A session's key in the hands of somebody else is worth nothing.
    assert_eq!(stream.send_as(&bob, frame.clone()).await["error"]["name"], "denied");
    assert_eq!(stream.send_as(&Browser::new(&app), frame).await["error"]["name"], "unauthenticated");
}

#[tokio::test]
async fn who_is_in_a_room_is_seen_there_under_their_own_name() {
    let app = app().await;
    let (ann, (bob, _)) = (ann(&app).await, Browser::signed_in(&app, "bob").await);
    let stream = ann.listen("channel=chat/bar").await;
    let show = json!({ "type": "presence", "ref": 1, "channel": "chat/bar", "id": "bob", "user": "bob", "state": { "typing": true } });
    assert_eq!(stream.send(show).await["type"], "ack");
    let (_, roster) = bob.get("/realtime/presence?channel=chat/bar").await;
    assert_eq!(roster["members"].as_array().map(Vec::len), Some(1));
    assert_eq!((&roster["members"][0]["id"], &roster["members"][0]["state"]), (&json!("ann"), &json!({ "typing": true })));
    for state in [json!({ "typing": 1 }), json!({}), json!({ "__proto__": { "typing": true } })] {
        let reply = stream.send(json!({ "type": "presence", "ref": 2, "channel": "chat/bar", "state": state })).await;
        assert_eq!(reply["error"]["name"], "invalid_payload", "{state}");
    }
    assert_eq!(history(&ann, "chat/bar").await, json!([]));
}

#[tokio::test]
async fn only_the_host_shows_somebody_out_and_that_holds_for_everything_that_they_could_do_there() {
    let app = app().await;
    let (ann, host, (bob, _)) = (ann(&app).await, host(&app).await, Browser::signed_in(&app, "bob").await);
    let bob_out = json!({ "name": "bob" });
    for who in [&ann, &bob] {
        assert_eq!(who.post("/api/rooms/bar/removals", &bob_out).await.1["error"]["name"], "denied");
    }
    let forged = Browser { cookie: Some(format!("chat-session={}", "0".repeat(64))), ..host.clone() };
    assert_eq!(forged.post("/api/rooms/bar/removals", &bob_out).await.1["error"]["name"], "unauthenticated");
    let elsewhere = Browser { origin: "http://127.0.0.1:4000".to_owned(), ..host.clone() };
    assert_eq!(elsewhere.post("/api/rooms/bar/removals", &bob_out).await.1["error"]["name"], "denied");
    assert_eq!(host.post("/api/rooms/Bar/removals", &bob_out).await.1["error"]["name"], "invalid_channel");
    assert_eq!(host.post("/api/rooms/bar/removals", json!({ "name": "Hosea" })).await.0, StatusCode::UNPROCESSABLE_ENTITY);

    let mut stream = bob.listen("channel=chat/bar&channel=chat/baz").await;
    stream.frame("subscribed").await;
    say(&ann, "bar", "goodbye").await;
    let (status, answer) = host.post("/api/rooms/bar/removals", &bob_out).await;
    assert_eq!((status, answer["until"].is_i64()), (StatusCode::OK, true));
    assert_eq!(stream.event("message.sent").await["data"]["text"], "goodbye", "what was said before comes before");
    assert_eq!(stream.frame("revoked").await["channel"], "chat/bar");
    assert_eq!(say(&bob, "bar", "hello?").await.1["error"]["name"], "revoked");
    assert_eq!(bob.get("/realtime/history?channel=chat/bar").await.1["error"]["name"], "revoked");
    assert_eq!(bob.get("/realtime/events?channel=chat/bar").await.1["error"]["name"], "revoked");
    let other = bob.listen("channel=chat/baz").await;
    let publish = |room: &str| json!({ "type": "publish", "ref": 1, "channel": format!("chat/{room}"), "event": "message.sent", "data": { "text": "hello?" } });
    assert_eq!(other.send(publish("bar")).await["error"]["name"], "revoked");
    assert_eq!(other.send(publish("baz")).await["type"], "ack", "other rooms go on");
    assert_eq!(say(&ann, "bar", "still here").await.0, StatusCode::CREATED);

    assert_eq!(host.request(Method::DELETE, "/api/rooms/bar/removals", Some(bob_out.to_string())).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(say(&bob, "bar", "thank you").await.0, StatusCode::CREATED);
    assert_eq!(other.send(publish("bar")).await["type"], "ack");
}

#[tokio::test]
async fn without_a_session_there_is_nothing_to_hear_and_nothing_to_say() {
    let app = app().await;
    let ann = ann(&app).await;
    for cookie in [None, Some("chat-session=ann".to_owned()), Some(format!("chat-session={}", "0".repeat(64)))] {
        let stranger = Browser { cookie, ..ann.clone() };
        for path in ["/realtime/events?channel=chat/bar", "/realtime/history?channel=chat/bar"] {
            let (status, answer) = stranger.get(path).await;
            assert_eq!((status, &answer["error"]["name"]), (StatusCode::UNAUTHORIZED, &json!("unauthenticated")), "{path}");
        }
        let (status, answer) = say(&stranger, "bar", "hi").await;
        assert_eq!((status, &answer["error"]["name"]), (StatusCode::UNAUTHORIZED, &json!("unauthenticated")));
    }
    for origin in ["http://127.0.0.1:3001", "https://evil.example", "null"] {
        let elsewhere = Browser { origin: origin.to_owned(), ..ann.clone() };
        assert_eq!(say(&elsewhere, "bar", "hi").await.1["error"]["name"], "denied", "{origin}");
        assert_eq!(elsewhere.get("/realtime/events?channel=chat/bar").await.1["error"]["name"], "denied", "{origin}");
        assert_eq!(elsewhere.get("/realtime/history?channel=chat/bar").await.1["error"]["name"], "denied", "{origin}");
    }
    assert_eq!(history(&ann, "chat/bar").await, json!([]));
}

#[tokio::test]
async fn only_the_host_announces_and_everybody_reads_it() {
    let app = app().await;
    let (ann, host) = (ann(&app).await, host(&app).await);
    let mut stream = ann.listen("channel=announcements").await;
    stream.frame("subscribed").await;
    assert_eq!(say(&ann, "announcements", "free cake").await.1["error"]["name"], "denied");
    let frame =
        json!({ "type": "publish", "ref": 1, "channel": "announcements", "event": "message.sent", "data": { "text": "free cake" } });
    assert_eq!(stream.send(frame.clone()).await["error"]["name"], "denied");
    assert_eq!(host.listen("channel=announcements").await.send(frame).await["type"], "ack");
    assert_eq!(say(&host, "announcements", "at four").await.0, StatusCode::CREATED);
    for text in ["free cake", "at four"] {
        let event = stream.event("message.sent").await;
        assert_eq!((&event["sender"], &event["data"]["text"]), (&json!("Hosea"), &json!(text)));
    }
}

#[tokio::test]
async fn what_violates_the_contract_is_refused_and_not_stored() {
    let app = app().await;
    let ann = ann(&app).await;
    let long = |length: usize| "é".repeat(length);
    let accepted = [json!({ "text": long(2000) }), json!({ "text": "<b>\u{0}</b>" })];
    for body in &accepted {
        assert_eq!(ann.post("/api/rooms/bar/messages", body).await.0, StatusCode::CREATED, "{body:.80}");
    }
    for (body, status, name) in [
        (json!({ "text": "" }).to_string(), 422, "invalid_payload"),
        (json!({ "text": long(2001) }).to_string(), 422, "invalid_payload"),
        (json!({ "author": "ann" }).to_string(), 422, "invalid_payload"),
        (json!({ "text": 1 }).to_string(), 422, "invalid_payload"),
        (json!([]).to_string(), 422, "invalid_payload"),
        ("{".to_owned(), 400, "bad_request"),
        (String::new(), 400, "bad_request"),
        (r#"{"text":"hi"} and more"#.to_owned(), 400, "bad_request"),
        (json!({ "text": long(9000) }).to_string(), 413, "too_large"),
    ] {
        let (got, answer) = ann.post("/api/rooms/bar/messages", &body).await;
        assert_eq!((got.as_u16(), &answer["error"]["name"]), (status, &json!(name)), "{body:.80}");
        assert!(answer["error"]["code"].is_u64() && answer["error"]["message"].is_string(), "{answer}");
    }
    assert_eq!(history(&ann, "chat/bar").await.as_array().map(Vec::len), Some(accepted.len()));
}

#[tokio::test]
async fn a_violation_is_told_with_its_place() {
    let app = app().await;
    let (_, answer) = say(&ann(&app).await, "bar", "").await;
    let issues = answer["error"]["issues"].as_array().unwrap();
    assert!(issues.len() == 1 && issues[0].as_str().unwrap().starts_with("/text: "), "{answer}");
}

#[tokio::test]
async fn a_room_that_cannot_be_is_refused() {
    let app = app().await;
    let ann = ann(&app).await;
    for room in ["Bar", "a%2Fb", "a%20b", "%00", "..%2F", &"a".repeat(41)] {
        let (status, answer) = say(&ann, room, "hi").await;
        assert_eq!((status.as_u16(), &answer["error"]["name"]), (400, &json!("invalid_channel")), "{room}");
    }
    assert_eq!(say(&ann, "%ff", "hi").await.1["error"]["name"], "bad_request");
}

#[tokio::test]
async fn other_requests_get_an_answer_that_says_so() {
    let app = app().await;
    let ann = ann(&app).await;
    for (path, status) in [
        ("/api/rooms/bar/messages", 405),
        ("/api/nothing", 404),
        ("/nothing", 404),
        ("/assets/nothing.js", 404),
        ("/assets/..%2fsrc%2fmain.rs", 404),
        ("/assets/../Cargo.toml", 404),
        ("/reception/../Cargo.toml", 404),
    ] {
        let (got, answer) = ann.get(path).await;
        assert_eq!((got.as_u16(), answer["error"]["code"].is_u64()), (status, true), "{path}");
    }
    let cookie = ann.cookie.clone().unwrap();
    let untyped = Request::post("/api/rooms/bar/messages").header(header::COOKIE, cookie).body(Body::from(r#"{"text":"hi"}"#)).unwrap();
    let response = ann.ask(untyped).await;
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(json_of(response).await["error"]["code"].is_u64());
}

#[tokio::test]
async fn everything_that_the_page_loads_is_there() {
    let app = app().await;
    let browser = Browser::new(&app);
    let mut open = vec!["/".to_owned()];
    let mut known = BTreeSet::new();
    while let Some(path) = open.pop() {
        if !known.insert(path.clone()) {
            continue;
        }
        let response = browser.request(Method::GET, &path, None).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let (kind, tag) = (response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned(), response.headers()[header::ETAG].clone());
        let expected = match path.rsplit('.').next() {
            Some("js") => "text/javascript",
            Some("css") => "text/css",
            Some("svg") => "image/svg+xml",
            _ => "text/html",
        };
        assert!(kind.starts_with(expected), "{path} is {kind}");
        let text = text_of(response).await;
        let again = Request::get(&path).header(header::IF_NONE_MATCH, tag).body(Body::empty()).unwrap();
        assert_eq!(browser.ask(again).await.status(), StatusCode::NOT_MODIFIED, "{path}");
        open.extend(references(&path, &text));
    }
    for needed in ["/assets/realtime/contract.js", "/reception/identity.js"] {
        assert!(known.contains(needed), "the page uses {needed}: {known:?}");
    }
}

/// The addresses that a page or a module loads.
fn references(path: &str, text: &str) -> Vec<String> {
    let quoted = |line: &str, mark: &str| Some(line.split_once(mark)?.1.split_once('"')?.0.to_owned());
    let (folder, file) = path.rsplit_once('/').unwrap();
    let marks: &[&str] = match file.rsplit('.').next() {
        Some("js") => &["} from \"", "* from \""],
        Some("") => &["src=\"", "href=\""],
        _ => &[],
    };
    let found = text.lines().flat_map(|line| marks.iter().filter_map(|mark| quoted(line, mark)).collect::<Vec<_>>());
    let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
    let resolve = |target: String| match (target.strip_prefix("./"), target.strip_prefix("../")) {
        (Some(name), _) => format!("{folder}/{name}"),
        (_, Some(name)) => format!("{above}/{name}"),
        _ => target,
    };
    found.map(resolve).collect()
}
