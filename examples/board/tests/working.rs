//! The board as somebody meets it who does not play by the rules.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report, in its helpers as well")]

use axum::{
    Router,
    http::{Method, StatusCode},
};
use reception::visit::{Browser, Listener, json_of};
use serde_json::{Value, json};

const CARDS: &str = "/boards/harbour/cards";

async fn app() -> Router {
    board::app().await.unwrap()
}

async fn signed_in(app: &Router, name: &str) -> Browser {
    Browser::signed_in(app, name).await.0
}

/// Somebody who looks at the board, and what they see first.
async fn looking(browser: &Browser) -> (Listener, Value) {
    let mut stream = browser.listen("channel=board/harbour").await;
    stream.frame("subscribed").await;
    let ack = stream.send(json!({ "type": "live", "ref": 1, "query": "boardCards", "channel": "board/harbour" })).await;
    assert_eq!(ack["type"], "ack", "{ack}");
    let first = stream.frame("live").await["data"].clone();
    (stream, first)
}

/// The titles of a column, from the top.
fn titles(contents: &Value, column: &str) -> Vec<String> {
    let cards = contents["cards"].as_array().unwrap().iter();
    cards.filter(|card| card["column"] == column).map(|card| card["title"].as_str().unwrap().to_owned()).collect()
}

/// What is on the board when it was changed so many times.
async fn after(stream: &mut Listener, revision: u32) -> Value {
    stream.find("the change", |frame| frame["type"] == "live" && frame["data"]["revision"] == revision).await["data"].clone()
}

#[tokio::test]
async fn whoever_looks_sees_each_change_and_whoever_made_it_knows_which_one_it_is() {
    let app = app().await;
    let (ann, bob) = (signed_in(&app, "ann").await, signed_in(&app, "bob").await);
    let (mut stream, first) = looking(&bob).await;
    assert_eq!((&first["revision"], first["cards"].as_array().unwrap().len()), (&json!(0), 8));
    let (status, done) = ann.post(CARDS, json!({ "title": "  Fly \u{7}the\n flag ", "column": "next" })).await;
    assert_eq!((status, &done), (StatusCode::CREATED, &json!({ "revision": 1, "id": 9 })));
    let added = after(&mut stream, 1).await;
    assert_eq!(added["cards"][8], json!({ "id": 9, "title": "Fly the flag", "column": "next", "author": "ann" }));
    assert_eq!(ann.post(&format!("{CARDS}/9/place"), json!({ "to": "done", "above": 8 })).await.1["revision"], 2);
    let event = stream.find("the move", |frame| frame["data"]["change"] == "moved").await;
    assert_eq!(event["data"], json!({ "change": "moved", "by": "ann", "title": "Fly the flag", "from": "next", "to": "done" }));
    assert_eq!(titles(&after(&mut stream, 2).await, "done"), ["Fly the flag", "New wick and oil for the stern lantern"]);
    assert_eq!(ann.post(&format!("{CARDS}/9"), json!({ "title": "Strike it" })).await.1["revision"], 3);
    assert_eq!(titles(&after(&mut stream, 3).await, "done")[0], "Strike it");
    assert_eq!(json_of(ann.request(Method::DELETE, &format!("{CARDS}/9"), None).await).await["revision"], 4);
    assert_eq!(titles(&after(&mut stream, 4).await, "done").len(), 1);
    assert_eq!(bob.post("/boards/harbour/clear", "").await.1, json!({ "revision": 5, "cards": 1 }));
    assert_eq!(stream.event("board.cleared").await["data"], json!({ "by": "bob", "cards": 1 }));
    assert!(titles(&after(&mut stream, 5).await, "done").is_empty());
}

#[tokio::test]
async fn two_who_look_cost_one_read_and_other_boards_are_others() {
    let app = app().await;
    let ann = signed_in(&app, "ann").await;
    let (mut first, _) = looking(&ann).await;
    let (mut second, _) = looking(&signed_in(&app, "bob").await).await;
    let before = ann.get("/boards/harbour/reads").await.1["reads"].as_u64().unwrap();
    ann.post(CARDS, json!({ "title": "One more", "column": "ideas" })).await;
    for stream in [&mut first, &mut second] {
        after(stream, 1).await;
    }
    assert_eq!(ann.get("/boards/harbour/reads").await.1["reads"], before + 1);
    assert_eq!(ann.get("/boards/elsewhere/reads").await.1["reads"], 0);
    ann.post("/boards/elsewhere/cards", json!({ "title": "Somewhere else", "column": "ideas" })).await;
    assert_eq!(ann.post(CARDS, json!({ "title": "And one", "column": "ideas" })).await.1["revision"], 2);
}

#[tokio::test]
async fn what_is_against_the_rules_changes_nothing_and_says_why() {
    let app = app().await;
    let ann = signed_in(&app, "ann").await;
    let (mut stream, _) = looking(&ann).await;
    assert_eq!(ann.post(&format!("{CARDS}/4/place"), json!({ "to": "doing", "above": null })).await.0, StatusCode::OK);
    after(&mut stream, 1).await;
    let full = json!({ "refused": { "reason": "column_full", "column": "doing", "most": 3 } });
    assert_eq!(ann.post(&format!("{CARDS}/5/place"), json!({ "to": "doing" })).await, (StatusCode::CONFLICT, full.clone()));
    assert_eq!(ann.post(CARDS, json!({ "title": "In a hurry", "column": "doing" })).await, (StatusCode::CONFLICT, full));
    let gone = (StatusCode::CONFLICT, json!({ "refused": { "reason": "gone" } }));
    assert_eq!(ann.post(&format!("{CARDS}/77/place"), json!({ "to": "done" })).await, gone);
    assert_eq!(ann.post(&format!("{CARDS}/77"), json!({ "title": "x" })).await, gone);
    for (path, body, status) in [
        (CARDS.to_owned(), json!({ "title": "", "column": "next" }).to_string(), 422),
        (CARDS.to_owned(), json!({ "title": " \u{1}\u{2000} ", "column": "next" }).to_string(), 422),
        (CARDS.to_owned(), json!({ "title": "x".repeat(121), "column": "next" }).to_string(), 422),
        (CARDS.to_owned(), json!({ "title": "x".repeat(5000), "column": "next" }).to_string(), 413),
        (CARDS.to_owned(), json!({ "title": "x", "column": "Done" }).to_string(), 422),
        (CARDS.to_owned(), json!({ "title": "x", "column": "next", "author": "bob" }).to_string(), 422),
        (CARDS.to_owned(), r#"{"title":"x","column":"next","__proto__":{}}"#.to_owned(), 422),
        (CARDS.to_owned(), "{".to_owned(), 400),
        (format!("{CARDS}/5/place"), json!({ "to": "done", "above": -1 }).to_string(), 422),
        (format!("{CARDS}/-5/place"), json!({ "to": "done" }).to_string(), 400),
        (format!("{CARDS}/99999999999"), json!({ "title": "x" }).to_string(), 400),
        ("/boards/Harbour/cards".to_owned(), json!({ "title": "x", "column": "next" }).to_string(), 404),
        (format!("/boards/{}/cards", "x".repeat(41)), json!({ "title": "x", "column": "next" }).to_string(), 404),
        ("/boards/a%2Fb/cards".to_owned(), json!({ "title": "x", "column": "next" }).to_string(), 404),
    ] {
        assert_eq!(ann.post(&path, &body).await.0.as_u16(), status, "{path} {body:.80}");
    }
    // That nothing of it was stored is proved by the number of the next change.
    assert_eq!(ann.post(&format!("{CARDS}/5"), json!({ "title": "y".repeat(120) })).await.1["revision"], 2);
    assert_eq!(titles(&after(&mut stream, 2).await, "next"), ["y".repeat(120)]);
}

#[tokio::test]
async fn nobody_changes_a_board_without_a_session_or_from_a_page_of_another_origin() {
    let app = app().await;
    let ann = signed_in(&app, "ann").await;
    let body = json!({ "title": "x", "column": "next" });
    for cookie in [None, Some("board-session=ann".to_owned()), Some(format!("board-session={}", "f".repeat(64)))] {
        let stranger = Browser { cookie, ..ann.clone() };
        for path in [CARDS, "/boards/harbour/cards/1", "/boards/harbour/cards/1/place", "/boards/harbour/clear"] {
            assert_eq!(stranger.post(path, &body).await.0, StatusCode::UNAUTHORIZED, "{path}");
        }
        assert_eq!(stranger.request(Method::DELETE, "/boards/harbour/cards/1", None).await.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(stranger.get("/boards/harbour/reads").await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(stranger.get("/realtime/events?channel=board/harbour").await.0, StatusCode::UNAUTHORIZED);
    }
    for origin in ["http://127.0.0.1:3000.evil.example", "http://127.0.0.1:3001", "null"] {
        let elsewhere = Browser { origin: origin.to_owned(), ..ann.clone() };
        assert_eq!(elsewhere.post(CARDS, &body).await.0, StatusCode::FORBIDDEN, "{origin}");
        assert_eq!(elsewhere.request(Method::DELETE, "/boards/harbour/cards/1", None).await.status(), StatusCode::FORBIDDEN, "{origin}");
    }
    assert_eq!(ann.post(CARDS, &body).await.1, json!({ "revision": 1, "id": 9 }));
}

#[tokio::test]
async fn a_page_publishes_nothing_whatever_its_frames_say() {
    let app = app().await;
    let ann = signed_in(&app, "ann").await;
    let (mut stream, _) = looking(&ann).await;
    let channel = "board/harbour";
    for frame in [
        json!({ "type": "publish", "ref": 2, "channel": channel, "event": "board.cleared", "data": { "by": "bob", "cards": 8 } }),
        json!({ "type": "publish", "ref": 2, "channel": channel, "event": "card.changed", "data": { "change": "removed", "by": "bob", "title": "x" } }),
    ] {
        assert_eq!(stream.send(frame.clone()).await["error"]["name"], "denied", "{frame}");
    }
    let refused = stream.send(json!({ "type": "live", "ref": 3, "query": "boardCards", "channel": "board/Not A Board" })).await;
    assert_eq!(refused["error"]["name"], "invalid_channel", "{refused}");
    ann.post(CARDS, json!({ "title": "x", "column": "next" })).await;
    assert_eq!(stream.frame("event").await["data"]["by"], "ann");
}

#[tokio::test]
async fn whoever_founds_board_after_board_is_stopped_and_the_first_one_goes_on() {
    let app = app().await;
    let ann = signed_in(&app, "ann").await;
    let add = async |board: String| ann.post(&format!("/boards/{board}/cards"), json!({ "title": "x", "column": "next" })).await;
    let mut refused = None;
    for number in 0..400 {
        let (status, answer) = add(format!("b-{number}")).await;
        if status == StatusCode::CONFLICT {
            refused = Some(answer);
            break;
        }
    }
    assert_eq!(refused, Some(json!({ "refused": { "reason": "too_many_boards" } })));
    assert_eq!(add("harbour".to_owned()).await.0, StatusCode::CREATED);
    assert_eq!(add("b-0".to_owned()).await.0, StatusCode::CREATED);
}
