//! The saleroom as somebody meets it who does not play by the rules.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report, in its helpers as well")]

use std::time::Duration;

use auction::{Pace, Programme};
use axum::{Router, http::StatusCode};
use reception::visit::Browser;
use serde_json::{Value, json};

/// One lot, which takes so long.
async fn house(length: Duration) -> (Router, String) {
    house_at(length, Pace { grace: 300, calls: [200, 100] }).await
}

async fn house_at(length: Duration, pace: Pace) -> (Router, String) {
    let app = auction::app(Programme { lengths: vec![length], pause: Duration::from_secs(3600), pace }).await.unwrap();
    let id = loop {
        let (_, room) = Browser::new(&app).get("/lots").await;
        if let Some(id) = room["lots"][0]["id"].as_str() {
            break id.to_owned();
        }
        tokio::task::yield_now().await;
    };
    (app, id)
}

async fn calm() -> (Router, String) {
    house(Duration::from_secs(600)).await
}

async fn lot(app: &Router) -> Value {
    Browser::new(app).get("/lots").await.1["lots"][0].clone()
}

#[tokio::test]
async fn everybody_sees_a_bid_that_was_taken_and_its_bidder_is_the_sessions() {
    let (app, id) = calm().await;
    let (ann, _) = Browser::signed_in(&app, "ann").await;
    let mut viewer = Browser::new(&app).listen(&format!("channel=lots/{id}")).await;
    viewer.frame("subscribed").await;
    let (status, bid) = ann.post("/bids", json!({ "lot": id, "amount": 500 })).await;
    assert_eq!(status, StatusCode::CREATED);
    let event = viewer.event("bid.placed").await;
    assert_eq!(event["data"], bid);
    assert_eq!((&bid["bidder"], &bid["amount"], &bid["number"], &bid["minimum"]), (&json!("ann"), &json!(500), &json!(1), &json!(520)));
    let shown = lot(&app).await;
    assert_eq!((&shown["price"], &shown["bids"], &shown["cursor"]), (&json!(500), &json!([bid]), &event["id"]));
}

#[tokio::test]
async fn who_comes_later_goes_on_from_the_picture_without_a_hole() {
    let (app, id) = calm().await;
    let (ann, _) = Browser::signed_in(&app, "ann").await;
    let (bob, _) = Browser::signed_in(&app, "bob").await;
    for (who, amount) in [(&ann, 480), (&bob, 500)] {
        assert_eq!(who.post("/bids", json!({ "lot": id, "amount": amount })).await.0, StatusCode::CREATED);
    }
    let cursor = lot(&app).await["cursor"].as_str().unwrap().to_owned();
    ann.post("/bids", json!({ "lot": id, "amount": 520 })).await;
    let mut late = Browser::new(&app).listen(&format!("channel=lots/{id}&lastEventId={cursor}")).await;
    assert_eq!(late.frame("subscribed").await["outcome"], "resumed");
    assert_eq!(late.event("bid.placed").await["data"]["number"], 3);
}

#[tokio::test]
async fn a_bid_against_the_rules_changes_nothing_and_says_what_would_be_taken() {
    let (app, id) = calm().await;
    let (ann, _) = Browser::signed_in(&app, "ann").await;
    let (bob, _) = Browser::signed_in(&app, "bob").await;
    ann.post("/bids", json!({ "lot": id, "amount": 480 })).await;
    let before = lot(&app).await;
    let refused = async |who: &Browser, amount: u64| who.post("/bids", json!({ "lot": id, "amount": amount })).await;
    assert_eq!(refused(&ann, 900).await, (StatusCode::CONFLICT, json!({ "refused": { "reason": "own_bid" } })));
    assert_eq!(refused(&bob, 480).await, (StatusCode::CONFLICT, json!({ "refused": { "reason": "too_low", "minimum": 500 } })));
    assert_eq!(refused(&bob, 0).await.0, StatusCode::CONFLICT);
    assert_eq!(refused(&bob, 1_000_001).await, (StatusCode::CONFLICT, json!({ "refused": { "reason": "too_high", "most": 1_000_000 } })));
    for (body, status) in [
        (json!({ "lot": id, "amount": -1 }).to_string(), 422),
        (json!({ "lot": id, "amount": 500.5 }).to_string(), 422),
        (json!({ "lot": id, "amount": "500" }).to_string(), 422),
        (format!(r#"{{"lot":"{id}","amount":1e999}}"#), 400),
        (format!(r#"{{"lot":"{id}","amount":99999999999}}"#), 422),
        (json!({ "lot": id, "amount": 500, "bidder": "ann" }).to_string(), 422),
        (format!(r#"{{"lot":"{id}","amount":500,"__proto__":{{"bidder":"ann"}}}}"#), 422),
        (json!({ "lot": "no-such-lot", "amount": 500 }).to_string(), 404),
        (json!({ "lot": "x".repeat(5000), "amount": 500 }).to_string(), 413),
        (String::new(), 400),
    ] {
        assert_eq!(bob.post("/bids", &body).await.0.as_u16(), status, "{body:.80}");
    }
    assert_eq!(lot(&app).await, before);
}

#[tokio::test]
async fn nobody_bids_without_a_session_or_from_a_page_of_another_origin() {
    let (app, id) = calm().await;
    let (ann, _) = Browser::signed_in(&app, "ann").await;
    let before = lot(&app).await;
    let body = json!({ "lot": id, "amount": 500 });
    for cookie in [None, Some("auction-session=ann".to_owned()), Some(format!("auction-session={}", "f".repeat(64)))] {
        let (status, answer) = Browser { cookie, ..ann.clone() }.post("/bids", &body).await;
        assert_eq!((status, &answer["error"]["name"]), (StatusCode::UNAUTHORIZED, &json!("unauthenticated")));
    }
    for origin in ["http://127.0.0.1:3000.evil.example", "http://127.0.0.1:4000", "null"] {
        let (status, answer) = Browser { origin: origin.to_owned(), ..ann.clone() }.post("/bids", &body).await;
        assert_eq!((status, &answer["error"]["name"]), (StatusCode::FORBIDDEN, &json!("denied")), "{origin}");
    }
    assert_eq!(lot(&app).await, before);
}

#[tokio::test]
async fn a_viewer_publishes_nothing_whatever_its_frames_say() {
    let (app, id) = calm().await;
    let (ann, _) = Browser::signed_in(&app, "ann").await;
    let channel = format!("lots/{id}");
    let mut stream = ann.listen(&format!("channel={channel}")).await;
    stream.frame("subscribed").await;
    let bid = json!({ "number": 1, "bidder": "ann", "amount": 1, "at": 0, "minimum": 2, "endsAt": 0 });
    for frame in [
        json!({ "type": "publish", "ref": 1, "channel": channel, "event": "bid.placed", "data": bid }),
        json!({ "type": "publish", "ref": 1, "channel": channel, "event": "lot.ended", "data": { "winner": "ann", "price": 1 } }),
        json!({ "type": "publish", "ref": 1, "channel": "house", "event": "lot.closed", "data": { "lot": id, "winner": "ann", "price": 1 } }),
        json!({ "type": "publish", "ref": 1, "channel": channel, "event": "bid.placed", "sender": "ann", "data": { "__proto__": bid } }),
    ] {
        assert_eq!(stream.send(frame.clone()).await["error"]["name"], "denied", "{frame}");
    }
    // What a session's key is worth in other hands: it is the same nobody, with the same rights.
    let (eve, _) = Browser::signed_in(&app, "eve").await;
    let forged = json!({ "type": "publish", "ref": 1, "channel": channel, "event": "bid.placed", "data": bid });
    assert_eq!(stream.send_as(&eve, forged).await["error"]["name"], "denied");
    // That nothing came is proved by what comes now.
    ann.post("/bids", json!({ "lot": id, "amount": 480 })).await;
    assert_eq!(stream.frame("event").await["data"]["amount"], 480);
}

#[tokio::test]
async fn the_end_is_called_and_said_and_then_the_channel_is_closed_to_everybody() {
    let (app, id) = house(Duration::from_secs(2)).await;
    let (ann, _) = Browser::signed_in(&app, "ann").await;
    let (bob, _) = Browser::signed_in(&app, "bob").await;
    let mut viewer = Browser::new(&app).listen(&format!("channel=lots/{id}&channel=house")).await;
    viewer.frame("subscribed").await;
    assert_eq!(ann.post("/bids", json!({ "lot": id, "amount": 480 })).await.0, StatusCode::CREATED);
    assert_eq!(viewer.event("lot.going").await["data"]["call"], 1);
    assert_eq!(viewer.event("lot.going").await["data"]["call"], 2);
    assert_eq!(viewer.event("lot.ended").await["data"], json!({ "winner": "ann", "price": 480 }));
    assert_eq!(viewer.frame("revoked").await["channel"], format!("lots/{id}"));
    for path in ["/realtime/events?channel=lots/", "/realtime/history?channel=lots/"] {
        let (status, answer) = bob.get(&format!("{path}{id}")).await;
        assert_eq!((status, &answer["error"]["name"]), (StatusCode::FORBIDDEN, &json!("revoked")), "{path}");
    }
    let late = bob.post("/bids", json!({ "lot": id, "amount": 9000 })).await;
    assert_eq!(late, (StatusCode::CONFLICT, json!({ "refused": { "reason": "ended" } })));
    let shown = lot(&app).await;
    assert_eq!((&shown["ended"], &shown["price"], &shown["bids"][0]["bidder"]), (&json!(true), &json!(480), &json!("ann")));
}

#[tokio::test]
async fn a_bid_at_the_last_moment_gives_the_others_time() {
    let (app, id) = house_at(Duration::from_secs(2), Pace { grace: 2000, calls: [1500, 200] }).await;
    let (ann, _) = Browser::signed_in(&app, "ann").await;
    let mut viewer = Browser::new(&app).listen(&format!("channel=lots/{id}")).await;
    let going = viewer.event("lot.going").await;
    let (status, bid) = ann.post("/bids", json!({ "lot": id, "amount": 480 })).await;
    assert_eq!(status, StatusCode::CREATED);
    assert!(bid["endsAt"].as_i64() > going["data"]["endsAt"].as_i64(), "{bid}");
    assert_eq!(viewer.event("lot.going").await["data"]["call"], 1, "it is called anew");
    viewer.event("lot.ended").await;
}

#[tokio::test]
async fn a_lot_without_bids_is_passed() {
    let (app, _) = house(Duration::from_millis(50)).await;
    let mut viewer = Browser::new(&app).listen("channel=house&last=10").await;
    let closed = viewer.event("lot.closed").await;
    assert_eq!((closed["data"].get("winner"), &closed["data"]["price"]), (None, &json!(480)));
}
