//! The application as a stranger meets it: over HTTP, without a browser.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report, in its helpers as well")]

use std::{collections::BTreeSet, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode, header},
};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const PATIENCE: Duration = Duration::from_secs(5);

async fn app() -> Router {
    chat::app().await.unwrap()
}

async fn ask(app: &Router, request: Request<Body>) -> Response<Body> {
    tokio::time::timeout(PATIENCE, app.clone().oneshot(request)).await.expect("an answer in time").unwrap()
}

async fn get(app: &Router, path: &str) -> Response<Body> {
    ask(app, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn post(app: &Router, path: &str, body: impl Into<Body>) -> (StatusCode, Value) {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap();
    let response = ask(app, request).await;
    (response.status(), json_of(response).await)
}

async fn text_of(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}

async fn json_of(response: Response<Body>) -> Value {
    serde_json::from_str(&text_of(response).await).unwrap_or_default()
}

async fn history(app: &Router, room: &str) -> Value {
    json_of(get(app, &format!("/realtime/history?channel=chat/{room}")).await).await
}

/// Reads an event stream until a frame of this type has come.
async fn frame(body: &mut Body, seen: &mut String, kind: &str) -> Value {
    let read = async {
        loop {
            let mut lines = seen
                .lines()
                .filter_map(|line| line.strip_prefix("data: "))
                .map(|json| serde_json::from_str::<Value>(json).unwrap_or_default());
            if let Some(found) = lines.find(|frame| frame["type"] == kind) {
                return found;
            }
            let more = body.frame().await.expect("the stream goes on").unwrap();
            seen.push_str(std::str::from_utf8(&more.into_data().unwrap_or_default()).unwrap());
        }
    };
    tokio::time::timeout(PATIENCE, read).await.unwrap_or_else(|_| panic!("no `{kind}` in time; so far: {seen}"))
}

#[tokio::test]
async fn a_message_reaches_listeners_and_the_history() {
    let app = app().await;
    let mut stream = get(&app, "/realtime/events?channel=chat/bar").await.into_body();
    let mut seen = String::new();
    assert_eq!(frame(&mut stream, &mut seen, "subscribed").await["outcome"], "fresh");

    let (status, stored) = post(&app, "/api/rooms/bar/messages", json!({ "author": "ann", "text": "hi" }).to_string()).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(stored["number"], 1);

    let event = frame(&mut stream, &mut seen, "event").await;
    assert_eq!(event["event"], "message.sent");
    assert_eq!(event["data"], json!({ "author": "ann", "text": "hi" }));
    for field in ["id", "number", "time"] {
        assert_eq!(event[field], stored[field], "{field} of the answer is the event's");
    }
    assert_eq!(history(&app, "bar").await["events"], json!([event]));
    assert_eq!(history(&app, "baz").await["events"], json!([]), "another room hears nothing");
}

#[tokio::test]
async fn typing_is_delivered_and_not_stored() {
    let app = app().await;
    let mut stream = get(&app, "/realtime/events?channel=chat/bar").await.into_body();
    let mut seen = String::new();
    frame(&mut stream, &mut seen, "subscribed").await;

    assert_eq!(post(&app, "/api/rooms/bar/typing", r#"{"author":"ann"}"#).await.0, StatusCode::NO_CONTENT);

    let event = frame(&mut stream, &mut seen, "event").await;
    assert_eq!((&event["event"], &event["data"]), (&json!("typing"), &json!({ "author": "ann" })));
    assert_eq!(history(&app, "bar").await["events"], json!([]));
}

#[tokio::test]
async fn what_violates_the_contract_is_refused_and_not_stored() {
    let app = app().await;
    let long = |length: usize| "é".repeat(length);
    let accepted = [json!({ "author": long(40), "text": long(2000) }), json!({ "author": "a", "text": "<b>\u{0}</b>" })];
    for body in &accepted {
        assert_eq!(post(&app, "/api/rooms/bar/messages", body.to_string()).await.0, StatusCode::CREATED, "{body:.80}");
    }
    for (body, status, name) in [
        (json!({ "author": "", "text": "hi" }).to_string(), 422, "invalid_payload"),
        (json!({ "author": long(41), "text": "hi" }).to_string(), 422, "invalid_payload"),
        (json!({ "author": "ann", "text": "" }).to_string(), 422, "invalid_payload"),
        (json!({ "author": "ann", "text": long(2001) }).to_string(), 422, "invalid_payload"),
        (json!({ "author": "ann" }).to_string(), 422, "invalid_payload"),
        (json!({ "author": "ann", "text": 1 }).to_string(), 422, "invalid_payload"),
        (json!([]).to_string(), 422, "invalid_payload"),
        ("{".to_owned(), 400, "bad_request"),
        (String::new(), 400, "bad_request"),
        (r#"{"author":"ann","text":"hi"} and more"#.to_owned(), 400, "bad_request"),
        (json!({ "author": "ann", "text": long(9000) }).to_string(), 413, "too_large"),
    ] {
        let (got, answer) = post(&app, "/api/rooms/bar/messages", body.clone()).await;
        assert_eq!((got.as_u16(), &answer["error"]["name"]), (status, &json!(name)), "{body:.80}");
        assert!(answer["error"]["code"].is_u64() && answer["error"]["message"].is_string(), "{answer}");
    }
    assert_eq!(history(&app, "bar").await["events"].as_array().map(Vec::len), Some(accepted.len()));
}

#[tokio::test]
async fn a_violation_is_told_with_its_place() {
    let (_, answer) = post(&app().await, "/api/rooms/bar/messages", r#"{"author":"ann","text":""}"#).await;
    let issues = answer["error"]["issues"].as_array().unwrap();
    assert!(issues.len() == 1 && issues[0].as_str().unwrap().starts_with("/text: "), "{answer}");
}

#[tokio::test]
async fn a_room_that_cannot_be_is_refused() {
    let app = app().await;
    for room in ["Bar", "a%2Fb", "a%20b", "%00", "..%2F", &"a".repeat(41)] {
        for path in ["messages", "typing"] {
            let (status, answer) = post(&app, &format!("/api/rooms/{room}/{path}"), r#"{"author":"ann","text":"hi"}"#).await;
            assert_eq!((status.as_u16(), &answer["error"]["name"]), (400, &json!("invalid_channel")), "{room}");
        }
    }
    assert_eq!(post(&app, "/api/rooms/%ff/messages", "{}").await.1["error"]["name"], "bad_request");
}

#[tokio::test]
async fn other_requests_get_an_answer_that_says_so() {
    let app = app().await;
    for (request, status) in [
        (Request::get("/api/rooms/bar/messages").body(Body::empty()).unwrap(), 405),
        (Request::get("/api/nothing").body(Body::empty()).unwrap(), 404),
        (Request::get("/nothing").body(Body::empty()).unwrap(), 404),
        (Request::get("/assets/nothing.js").body(Body::empty()).unwrap(), 404),
        (Request::get("/assets/..%2fsrc%2fmain.rs").body(Body::empty()).unwrap(), 404),
        (Request::get("/assets/../Cargo.toml").body(Body::empty()).unwrap(), 404),
        (Request::post("/api/rooms/bar/messages").body(Body::from(r#"{"author":"ann","text":"hi"}"#)).unwrap(), 415),
    ] {
        let what = format!("{} {}", request.method(), request.uri());
        let response = ask(&app, request).await;
        assert_eq!(response.status().as_u16(), status, "{what}");
        assert!(json_of(response).await["error"]["code"].is_u64(), "{what}");
    }
}

#[tokio::test]
async fn everything_that_the_page_loads_is_there() {
    let app = app().await;
    let mut open = vec!["/".to_owned()];
    let mut known = BTreeSet::new();
    while let Some(path) = open.pop() {
        if !known.insert(path.clone()) {
            continue;
        }
        let response = get(&app, &path).await;
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
        assert_eq!(ask(&app, again).await.status(), StatusCode::NOT_MODIFIED, "{path}");
        open.extend(references(&path, &text));
    }
    assert!(known.contains("/assets/realtime/contract.js"), "the page uses the generated client: {known:?}");
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
