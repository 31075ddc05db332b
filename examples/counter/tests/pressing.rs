//! The counter as its page meets it, and as somebody does who is no page of it.

use axum::http::StatusCode;
use reception::visit::{Browser, Listener};
use serde_json::{Value, json};

/// Somebody who looks at the number.
async fn looking(browser: &Browser) -> Listener {
    let stream = browser.listen("channel=counter").await;
    let ack = stream.send(json!({ "type": "live", "ref": 1, "query": "count", "channel": "counter" })).await;
    assert_eq!(ack["type"], "ack", "{ack}");
    stream
}

async fn shows(stream: &mut Listener, count: u32) {
    stream.find(&format!("number {count}"), |frame| frame["type"] == "live" && frame["data"] == count).await;
}

#[tokio::test]
async fn whoever_looks_sees_the_stored_number() {
    let browser = Browser::new(&counter::app().await.unwrap());
    let mut ann = looking(&browser).await;
    shows(&mut ann, 0).await;
    assert_eq!(browser.post("/press", "").await, (StatusCode::OK, json!(1)));
    shows(&mut ann, 1).await;
    let mut bob = looking(&browser).await;
    shows(&mut bob, 1).await;
    for _ in 0..20 {
        browser.post("/press", "").await;
    }
    for stream in [&mut ann, &mut bob] {
        shows(stream, 21).await;
    }
}

#[tokio::test]
async fn nobody_presses_from_a_page_of_another_origin_or_by_a_frame() {
    let browser = Browser::new(&counter::app().await.unwrap());
    let mut stream = looking(&browser).await;
    shows(&mut stream, 0).await;
    let elsewhere = Browser { origin: "http://127.0.0.1:3001".to_owned(), ..browser.clone() };
    assert_eq!(elsewhere.post("/press", "").await.0, StatusCode::FORBIDDEN);
    let refused = stream.send(json!({ "type": "publish", "ref": 2, "channel": "counter", "event": "pressed", "data": Value::Null })).await;
    assert_eq!(refused["error"]["name"], "denied", "{refused}");
    assert_eq!(browser.post("/press", "").await.1, 1);
}
