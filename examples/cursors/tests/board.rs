//! The board as somebody meets it who is not what they say.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report, in its helpers as well")]

use axum::{Router, http::StatusCode};
use reception::visit::{Browser, Listener};
use serde_json::{Value, json};

async fn app() -> Router {
    cursors::app().await.unwrap()
}

async fn on_board(app: &Router, name: &str) -> (Browser, Listener) {
    let (browser, _) = Browser::signed_in(app, name).await;
    let mut stream = browser.listen("channel=board/lobby").await;
    stream.frame("subscribed").await;
    (browser, stream)
}

fn publish(event: &str, data: &Value) -> Value {
    json!({ "type": "publish", "ref": 1, "channel": "board/lobby", "event": event, "data": data })
}

#[tokio::test]
async fn a_pointer_is_its_owners_whatever_the_frame_says() {
    let app = app().await;
    let ((_, ann), (_, mut bob)) = (on_board(&app, "ann").await, on_board(&app, "bob").await);
    let mut frame = publish("cursor.moved", &json!({ "at": [10, 20.5], "sender": "bob" }));
    frame["sender"] = json!("bob");
    assert_eq!(ann.send(frame).await["type"], "ack");
    let event = bob.event("cursor.moved").await;
    assert_eq!((&event["sender"], &event["data"]), (&json!("ann"), &json!({ "at": [10, 20.5] })));
}

#[tokio::test]
async fn ink_is_remembered_and_pointers_are_not() {
    let app = app().await;
    let (browser, ann) = on_board(&app, "ann").await;
    ann.send(publish("cursor.moved", &json!({ "at": [1, 1] }))).await;
    let ink = json!({ "places": [[0, 0], [1600, 1000]], "hue": 200 });
    assert_eq!(ann.send(publish("ink.drawn", &ink)).await["type"], "ack");
    let (_, history) = browser.get("/realtime/history?channel=board/lobby").await;
    let events = history["events"].as_array().unwrap();
    assert_eq!((events.len(), &events[0]["data"], &events[0]["sender"]), (1, &ink, &json!("ann")));
}

#[tokio::test]
async fn what_is_not_on_the_board_is_refused() {
    let app = app().await;
    let (browser, ann) = on_board(&app, "ann").await;
    let places = |count: usize| vec![json!([1, 1]); count];
    for (event, data) in [
        ("cursor.moved", json!({ "at": [1601, 0] })),
        ("cursor.moved", json!({ "at": [0, -1] })),
        ("cursor.moved", json!({ "at": [0] })),
        ("cursor.moved", json!({ "at": ["1", 1] })),
        ("ink.drawn", json!({ "places": [], "hue": 0 })),
        ("ink.drawn", json!({ "places": places(65), "hue": 0 })),
        ("ink.drawn", json!({ "places": places(1), "hue": 360 })),
        ("ink.drawn", json!({ "__proto__": { "places": places(1), "hue": 1 } })),
    ] {
        assert_eq!(ann.send(publish(event, &data)).await["error"]["name"], "invalid_payload", "{event} {data:.60}");
    }
    let (_, history) = browser.get("/realtime/history?channel=board/lobby").await;
    assert_eq!(history["events"], json!([]));
}

#[tokio::test]
async fn who_is_nobody_or_comes_from_elsewhere_sees_no_board() {
    let app = app().await;
    let (ann, stream) = on_board(&app, "ann").await;
    for cookie in [None, Some(format!("cursors-session={}", "0".repeat(64)))] {
        let stranger = Browser { cookie, ..ann.clone() };
        let (status, answer) = stranger.get("/realtime/events?channel=board/lobby").await;
        assert_eq!((status, &answer["error"]["name"]), (StatusCode::UNAUTHORIZED, &json!("unauthenticated")));
        assert_eq!(stream.send_as(&stranger, publish("board.wiped", &Value::Null)).await["error"]["name"], "unauthenticated");
    }
    let elsewhere = Browser { origin: "http://127.0.0.1:4000".to_owned(), ..ann.clone() };
    assert_eq!(elsewhere.get("/realtime/events?channel=board/lobby").await.1["error"]["name"], "denied");
    assert_eq!(stream.send_as(&elsewhere, publish("board.wiped", &Value::Null)).await["error"]["name"], "denied");
    let (bob, _) = Browser::signed_in(&app, "bob").await;
    assert_eq!(stream.send_as(&bob, publish("board.wiped", &Value::Null)).await["error"]["name"], "denied");
}
