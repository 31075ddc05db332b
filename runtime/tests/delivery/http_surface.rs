//! What requests get that are wrong, odd or hostile; and the two routes that answer JSON.

use crate::support::{
    Server, Under,
    client::{EventStream, get, get_with, send},
    live::{self, chat, message},
};
use hyper::{Method, header};
use serde_json::{Value, json};
use tidewire::{Cursor, Epoch, EventId, Realtime};

fn error(body: &Value) -> (u64, &str) {
    (body["error"]["code"].as_u64().unwrap(), body["error"]["name"].as_str().unwrap())
}

#[tokio::test]
async fn without_a_decision_everything_is_refused() {
    let server = Server::start(Under::Tidewire, Realtime::builder(live::contract())).await;
    for route in ["events?channel=chat/a", "history?channel=chat/a", "contract.json", "events", "history"] {
        let (status, body) = get(server.address, &format!("/realtime/{route}")).await;
        assert_eq!((status, error(&body)), (403, (4002, "denied")), "{route}");
        assert!(body["error"]["hint"].as_str().unwrap().contains(".public()"), "{body}");
    }
    server.realtime.channel(chat("a")).publish(message("the service itself may")).await.unwrap();
}

#[tokio::test]
async fn wrong_requests_get_a_code_under_both_servers() {
    for under in [Under::Tidewire, Under::Axum] {
        let server = Server::public(under).await;
        let long = "a".repeat(201);
        let query = format!("events?channel={}", "a".repeat(8200));
        let many = (0..33).map(|room| format!("channel=chat/{room}")).collect::<Vec<_>>().join("&");
        for (target, status, expected) in [
            ("events", 400, (4003, "missing_parameter")),
            ("events?", 400, (4003, "missing_parameter")),
            ("events?channel=", 400, (4006, "invalid_channel")),
            ("events?channel=chta/bar", 404, (4005, "unknown_channel")),
            ("events?channel=chat", 404, (4005, "unknown_channel")),
            ("events?channel=chat/bar/baz", 404, (4005, "unknown_channel")),
            ("events?channel=chat/UPPER", 400, (4006, "invalid_channel")),
            ("events?channel=chat/a&channel=chat/UPPER", 400, (4006, "invalid_channel")),
            ("events?channel=brief/007", 400, (4006, "invalid_channel")),
            ("events?channel=brief/-1", 400, (4006, "invalid_channel")),
            ("events?channel=refresh/x", 400, (4006, "invalid_channel")),
            ("events?channel=chat/%00", 400, (4006, "invalid_channel")),
            ("events?channel=chat/%0A", 400, (4006, "invalid_channel")),
            ("events?channel=chat/%0Aid:%20x", 400, (4006, "invalid_channel")),
            ("events?channel=chat/..%2f..%2fetc", 400, (4006, "invalid_channel")),
            ("events?channel=../../etc/passwd", 400, (4006, "invalid_channel")),
            ("events?channel=..%2F", 400, (4006, "invalid_channel")),
            ("events?channel=chat/%2500", 400, (4006, "invalid_channel")),
            ("events?channel=chat/%25zz", 400, (4006, "invalid_channel")),
            ("events?channel=chat/a+b", 400, (4006, "invalid_channel")),
            ("events?channel=chat/%C3%A4", 400, (4006, "invalid_channel")),
            ("events?channel=chat/%FF", 400, (4000, "bad_request")),
            ("events?channel=chat/%zz", 400, (4000, "bad_request")),
            ("events?channel=chat/a&channel=chat/a", 400, (4000, "bad_request")),
            ("events?channel=chat/a&ids=1", 400, (4000, "bad_request")),
            ("events?channel=chat/a&lastEventId=garbage", 400, (4004, "malformed_cursor")),
            ("events?channel=$system", 400, (4006, "invalid_channel")),
            (&format!("events?channel={long}"), 400, (4006, "invalid_channel")),
            (&format!("events?{many}"), 400, (4007, "too_many_channels")),
            (&query, 413, (4010, "too_large")),
            ("history", 400, (4003, "missing_parameter")),
            ("history?channel=nowhere", 404, (4005, "unknown_channel")),
            ("history?channel=chat/a&limit=0", 400, (4000, "bad_request")),
            ("history?channel=chat/a&limit=1001", 400, (4000, "bad_request")),
            ("history?channel=chat/a&after=x", 400, (4004, "malformed_cursor")),
            ("sockets", 404, (4011, "not_found")),
            ("contract.json/x", 404, (4011, "not_found")),
            ("events/", 404, (4011, "not_found")),
        ] {
            let (got, body) = get(server.address, &format!("/realtime/{target}")).await;
            assert_eq!((got, error(&body)), (status, expected), "{target:.60} under {under:?}: {body}");
        }
    }
}

#[tokio::test]
async fn near_misses_get_a_hint() {
    let server = Server::public(Under::Tidewire).await;
    for (target, hint) in [
        ("events?channel=chta/bar", "did you mean `chat/bar`?"),
        ("events?channel=defualt", "did you mean `default`?"),
        ("events?chanel=chat/bar", "did you mean `channel` by `chanel`?"),
        ("history?Channel=chat/bar", "did you mean `channel` by `Channel`?"),
    ] {
        let (_, body) = get(server.address, &format!("/realtime/{target}")).await;
        assert_eq!(body["error"]["hint"], hint, "{body}");
    }
    let (_, body) = get(server.address, "/realtime/events?channel=elephant/bar").await;
    assert_eq!(body["error"].get("hint"), None, "nothing is near: {body}");
}

#[tokio::test]
async fn an_unreadable_cursor_is_final_only_for_those_who_can_repair_it() {
    let server = Server::public(Under::Tidewire).await;
    server.realtime.channel(chat("a")).publish(message("stored")).await.unwrap();
    let garbage: (&str, &[u8]) = ("last-event-id", b"\xff\xfe=garbage");
    let (status, body) = get_with(server.address, "/realtime/events?channel=chat/a", &[garbage]).await;
    assert_eq!((status, error(&body)), (400, (4004, "malformed_cursor")));
    let browser: (&str, &[u8]) = ("accept", b"text/event-stream");
    let (status, _) = get_with(server.address, "/realtime/events?channel=chat/a&ids=0", &[garbage, browser]).await;
    assert_eq!(status, 400);
    let mut stream = EventStream::open_with(server.address, "channel=chat/a&channel=chat/b", &[garbage, browser]).await.welcomed().await;
    for (channel, texts) in [("chat/a", 1), ("chat/b", 0)] {
        let gap = stream.expect("gap").await;
        assert_eq!((&gap["channel"], &gap["reason"], &gap["from"]), (&json!(channel), &json!("no_state"), &json!(null)));
        assert_eq!(stream.texts(texts).await.len(), texts);
    }
}

#[tokio::test]
async fn methods_other_than_get_are_refused_and_head_answers_at_once() {
    let server = Server::public(Under::Tidewire).await;
    for route in ["events?channel=chat/a", "history?channel=chat/a", "contract.json"] {
        let target = format!("/realtime/{route}");
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let answer = send(server.address, method, &target, &[]).await;
            assert_eq!((answer.status().as_u16(), &answer.headers()[header::ALLOW]), (405, &header::HeaderValue::from_static("GET, HEAD")));
            assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json");
            assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        }
        let answer = send(server.address, Method::HEAD, &target, &[]).await;
        assert_eq!(answer.status(), 200);
        assert!(hyper::body::Body::is_end_stream(answer.body()), "{route}");
    }
    let answer = send(server.address, Method::HEAD, "/realtime/events?channel=chat/a", &[]).await;
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
    assert!(format!("{:?}", server.realtime).contains("seated: 0"), "a HEAD opens no stream");
    assert_eq!(send(server.address, Method::HEAD, "/realtime/events?channel=nowhere", &[]).await.status(), 404);
}

#[tokio::test]
async fn history_pages_lead_from_one_to_the_next_and_into_a_stream() {
    let server = Server::public(Under::Tidewire).await;
    let room = server.realtime.channel(chat("a"));
    let (status, empty) = get(server.address, "/realtime/history?channel=chat/a").await;
    assert_eq!((status, &empty["events"]), (200, &json!([])));
    let start = empty["cursor"].as_str().unwrap().to_owned();
    for number in 1..=7 {
        room.publish(message(number.to_string())).await.unwrap();
        room.publish(live::Typing).await.unwrap();
    }
    let texts = |page: &Value| {
        page["events"].as_array().unwrap().iter().map(|event| event["data"]["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    let (_, latest) = get(server.address, "/realtime/history?channel=chat/a&limit=3").await;
    assert_eq!(texts(&latest), ["5", "6", "7"]);
    assert_eq!(latest["cursor"], latest["events"][2]["id"]);
    assert_eq!(latest["events"][0]["type"], "event");
    let before = latest["events"][0]["id"].as_str().unwrap();
    let (_, older) = get(server.address, &format!("/realtime/history?channel=chat/a&limit=3&before={before}")).await;
    assert_eq!(texts(&older), ["2", "3", "4"]);

    let mut cursor = start;
    let mut walked = Vec::new();
    loop {
        let (_, page) = get(server.address, &format!("/realtime/history?channel=chat/a&limit=2&after={cursor}")).await;
        assert_eq!(page.get("gap"), None);
        cursor = page["cursor"].as_str().unwrap().to_owned();
        if texts(&page).is_empty() {
            break;
        }
        walked.extend(texts(&page));
    }
    assert_eq!(walked, ["1", "2", "3", "4", "5", "6", "7"]);
    let mut stream = EventStream::open(server.address, &format!("channel=chat/a&lastEventId={cursor}")).await.welcomed().await;
    assert_eq!(stream.expect("subscribed").await["outcome"], "resumed");
    room.publish(message("8")).await.unwrap();
    assert_eq!(stream.texts(1).await, ["8"]);
}

#[tokio::test]
async fn history_tells_what_is_no_longer_there() {
    let server = Server::public(Under::Tidewire).await;
    let brief = server.realtime.channel(live::Brief { id: 1 });
    let first = brief.publish(message("1")).await.unwrap().id.unwrap();
    for number in 2..=10 {
        brief.publish(message(number.to_string())).await.unwrap();
    }
    let (_, page) = get(server.address, &format!("/realtime/history?channel=brief/1&after={first}")).await;
    assert_eq!(page["gap"], json!({ "reason": "trimmed", "missed": 4 }));
    assert_eq!(page["events"][0]["number"], 6);
    let elsewhere = Cursor::start(Epoch::from(1));
    let (_, page) = get(server.address, &format!("/realtime/history?channel=brief/1&after={elsewhere}")).await;
    assert_eq!((&page["gap"], page["events"].as_array().unwrap().len()), (&json!({ "reason": "epoch" }), 5));
    let (_, page) = get(server.address, &format!("/realtime/history?channel=brief/1&before={elsewhere}")).await;
    assert_eq!((&page["gap"]["reason"], &page["events"]), (&json!("epoch"), &json!([])));
}

#[tokio::test]
async fn who_reads_backwards_learns_whether_it_is_the_beginning() {
    let server = Server::public(Under::Tidewire).await;
    let brief = server.realtime.channel(live::Brief { id: 1 });
    let mut ids = Vec::new();
    let before = async |id: Cursor| get(server.address, &format!("/realtime/history?channel=brief/1&before={id}")).await.1;
    let numbers =
        |page: &Value| page["events"].as_array().unwrap().iter().map(|event| event["number"].as_u64().unwrap()).collect::<Vec<_>>();
    for number in 1..=3 {
        ids.push(brief.publish(message(number.to_string())).await.unwrap().id.unwrap());
    }
    let (whole, empty) = (before(ids[2]).await, before(ids[0]).await);
    assert_eq!((numbers(&whole), whole.get("gap")), (vec![1, 2], None));
    assert_eq!((numbers(&empty), empty.get("gap")), (vec![], None), "nothing ever was before the first");
    for number in 4..=10 {
        ids.push(brief.publish(message(number.to_string())).await.unwrap().id.unwrap());
    }
    // Five are kept: 6 to 10.
    for (at, expected, gap) in [
        (10, vec![6, 7, 8, 9], None),
        (7, vec![6], None),
        (6, vec![], Some(json!({ "reason": "trimmed", "missed": 5 }))),
        (3, vec![], Some(json!({ "reason": "trimmed", "missed": 2 }))),
        (1, vec![], None),
    ] {
        let page = before(ids[at - 1]).await;
        assert_eq!((numbers(&page), page.get("gap")), (expected, gap.as_ref()), "before {at}");
    }
    let beyond = Cursor::new(ids[9].epoch(), 99, EventId::new(u64::from(u32::MAX) * 4096, 0));
    let page = before(beyond).await;
    assert_eq!((numbers(&page), &page["gap"]), (vec![6, 7, 8, 9, 10], &json!({ "reason": "rollback" })));
}

#[tokio::test]
async fn a_page_holds_at_most_a_mebibyte() {
    let server = Server::public(Under::Tidewire).await;
    let room = server.realtime.channel(chat("a"));
    for _ in 0..5 {
        room.publish(message("x".repeat(400_000))).await.unwrap();
    }
    let (_, page) = get(server.address, "/realtime/history?channel=chat/a").await;
    let numbers: Vec<_> = page["events"].as_array().unwrap().iter().map(|event| event["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [4, 5], "the newest that fit");
}

#[tokio::test]
async fn the_contract_is_served_with_its_hash() {
    let server = Server::public(Under::Tidewire).await;
    let (status, body) = get(server.address, "/realtime/contract.json").await;
    assert_eq!((status, &body["name"]), (200, &json!("acme-live")));
    assert_eq!(body["hash"], format!("{:032x}", live::contract().hash()));
    assert_eq!(body["channels"].as_array().unwrap().len(), live::contract().channels.len());
}
