//! An event stream over a real socket: delivery, resuming, gaps, ids, under both servers.

use std::time::Duration;

use crate::support::{
    Carrier, Server, Under,
    client::{EventStream, get},
    live::{self, chat, message},
    within,
};
use serde_json::{Value, json};
use tidewire::{Limits, MemoryBroker, Realtime};

async fn publish(server: &Server, room: &str, text: impl Into<String>) -> String {
    let published = server.realtime.channel(chat(room)).publish(message(text)).await.unwrap();
    published.id.unwrap().to_string()
}

#[tokio::test]
async fn a_published_event_reaches_a_subscriber_under_both_servers() {
    for under in [Under::Tidewire, Under::Axum] {
        let server = Server::public(under).await;
        let mut stream = EventStream::open(server.address, "channel=chat/bar").await;

        let first = stream.block().await.unwrap();
        assert_eq!(
            (&first.frame["type"], &first.frame["protocol"], &first.frame["heartbeat"]),
            (&json!("welcome"), &json!(1), &json!(15000))
        );
        assert_eq!(first.frame["contract"], format!("{:032x}", live::contract().hash()));
        assert!(first.frame["connection"].as_str().unwrap().starts_with("c-"));
        assert!((1000..=3000).contains(&first.retry.unwrap()), "a base of 2 s, give or take a half");
        assert_eq!(first.id, None);

        let second = stream.block().await.unwrap();
        assert_eq!(
            (&second.frame["type"], &second.frame["channel"], &second.frame["outcome"]),
            (&json!("subscribed"), &json!("chat/bar"), &json!("fresh"))
        );
        assert_eq!(second.frame["cursor"], second.id.unwrap(), "a channel without events has a cursor");

        let id = publish(&server, "bar", "hi").await;
        let block = stream.block().await.unwrap();
        assert_eq!(block.id.as_ref(), Some(&id));
        let mut frame = block.frame;
        assert!(frame["time"].as_u64().unwrap() > 1_700_000_000_000);
        frame["time"] = Value::Null;
        let expected = json!({
            "type": "event", "channel": "chat/bar", "event": "message.sent", "id": id, "number": 1, "time": null, "sender": null,
            "data": { "author": "ann", "text": "hi" },
        });
        assert_eq!(frame, expected);
    }
}

#[tokio::test]
async fn a_client_that_was_away_misses_nothing() {
    let server = Server::public(Under::Tidewire).await;
    let mut stream = EventStream::open(server.address, "channel=chat/bar").await.welcomed().await;
    // Nothing was ever published: the position of a quiet channel must survive, too.
    let cursor = stream.expect("subscribed").await["cursor"].as_str().unwrap().to_owned();
    drop(stream);
    for number in 0..3 {
        publish(&server, "bar", format!("missed {number}")).await;
    }
    let mut stream =
        EventStream::open_with(server.address, "channel=chat/bar", &[("last-event-id", cursor.as_bytes())]).await.welcomed().await;
    let subscribed = stream.expect("subscribed").await;
    assert_eq!(
        (&subscribed["outcome"], &subscribed["cursor"]),
        (&json!("resumed"), &json!(cursor)),
        "delivery starts at the cursor, not at the top"
    );
    assert_eq!(stream.texts(3).await, ["missed 0", "missed 1", "missed 2"]);
    publish(&server, "bar", "live").await;
    assert_eq!(stream.texts(1).await, ["live"]);
}

#[tokio::test]
async fn a_restarted_server_says_that_the_history_began_anew() {
    let server = Server::public(Under::Tidewire).await;
    let cursor = publish(&server, "bar", "before").await;
    drop(server);
    let server = Server::public(Under::Tidewire).await;
    publish(&server, "bar", "after").await;
    let mut stream = EventStream::open(server.address, &format!("channel=chat/bar&lastEventId={cursor}")).await.welcomed().await;
    let gap = stream.expect("gap").await;
    assert_eq!((&gap["reason"], &gap["from"], gap.get("missed")), (&json!("epoch"), &json!(cursor), None));
    assert_eq!(stream.texts(1).await, ["after"], "what is stored after the hole follows");
}

#[tokio::test]
async fn trimmed_events_are_counted_whether_or_not_somebody_else_listens() {
    let server = Server::public(Under::Tidewire).await;
    let address = server.realtime.channel(live::Brief { id: 7 });
    let cursor = address.publish(message("0")).await.unwrap().id.unwrap();
    let mut witness = EventStream::open(server.address, "channel=brief/7").await.welcomed().await;
    witness.expect("subscribed").await;
    for number in 1..=9 {
        address.publish(message(number.to_string())).await.unwrap();
    }
    assert_eq!(witness.texts(9).await.len(), 9);
    for witnessed in [true, false] {
        let mut stream = EventStream::open(server.address, &format!("channel=brief/7&lastEventId={cursor}")).await.welcomed().await;
        let gap = stream.expect("gap").await;
        assert_eq!(
            (&gap["reason"], &gap["missed"], &gap["from"]),
            (&json!("trimmed"), &json!(4), &json!(cursor.to_string())),
            "{witnessed}"
        );
        assert_eq!(stream.texts(5).await, ["5", "6", "7", "8", "9"]);
        if witnessed {
            drop(std::mem::replace(&mut witness, stream));
        }
    }
}

#[tokio::test]
async fn who_missed_more_than_is_replayed_gets_the_newest() {
    let mut limits = Limits::default();
    limits.replay_events = 10;
    let server = Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().limits(limits)).await;
    let cursor = publish(&server, "bar", "0").await;
    for number in 1..=25 {
        publish(&server, "bar", number.to_string()).await;
    }
    let mut stream = EventStream::open(server.address, &format!("channel=chat/bar&lastEventId={cursor}")).await.welcomed().await;
    let gap = stream.expect("gap").await;
    assert_eq!((&gap["reason"], &gap["missed"]), (&json!("limit"), &json!(15)));
    assert_eq!(stream.texts(10).await, (16..=25).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn several_channels_name_all_positions_in_every_id() {
    let server = Server::public(Under::Tidewire).await;
    let query = "channel=chat/a&channel=chat/b";
    let mut stream = EventStream::open(server.address, query).await.welcomed().await;
    stream.expect("subscribed").await;
    stream.expect("subscribed").await;
    publish(&server, "a", "a1").await;
    stream.texts(1).await;
    publish(&server, "b", "b1").await;
    let id = stream.block().await.unwrap().id.unwrap();
    assert!(id.starts_with("chat/a=") && id.contains(",chat/b="), "{id}");
    drop(stream);
    publish(&server, "a", "a2").await;
    publish(&server, "b", "b2").await;
    let mut stream = EventStream::open_with(server.address, query, &[("last-event-id", id.as_bytes())]).await.welcomed().await;
    // Each channel says how it begins before its first event; one may be ahead of the other.
    for channel in ["chat/a", "chat/b"] {
        let (subscribed, event) = (stream.expect("subscribed").await, stream.expect("event").await);
        assert_eq!((&subscribed["channel"], &subscribed["outcome"]), (&json!(channel), &json!("resumed")));
        assert_eq!((&event["channel"], &event["number"]), (&json!(channel), &json!(2)));
    }
}

#[tokio::test]
async fn clients_that_keep_cursors_get_no_id_lines() {
    let server = Server::public(Under::Tidewire).await;
    let mut stream = EventStream::open(server.address, "channel=chat/bar&ids=0&contract=0123").await.welcomed().await;
    stream.expect("subscribed").await;
    let id = publish(&server, "bar", "hi").await;
    let block = stream.block().await.unwrap();
    assert_eq!((block.id, &block.frame["id"]), (None, &json!(id)));
}

#[tokio::test]
async fn transient_events_reach_those_who_listen_and_move_nothing() {
    let server = Server::public(Under::Tidewire).await;
    let mut stream = EventStream::open(server.address, "channel=chat/bar").await.welcomed().await;
    let cursor = stream.expect("subscribed").await["cursor"].clone();
    let published = server.realtime.channel(chat("bar")).publish(live::Typing).await.unwrap();
    assert_eq!((published.id, published.number), (None, None));
    let block = stream.block().await.unwrap();
    assert_eq!(block.id, None);
    assert_eq!((block.frame.get("id"), block.frame.get("number"), block.frame.get("data")), (None, None, None));
    assert_eq!(block.frame["event"], "typing");
    drop(stream);
    let query = format!("channel=chat/bar&lastEventId={}", cursor.as_str().unwrap());
    let mut stream = EventStream::open(server.address, &query).await.welcomed().await;
    assert_eq!(stream.expect("subscribed").await["outcome"], "resumed");
    publish(&server, "bar", "stored").await;
    assert_eq!(stream.texts(1).await, ["stored"], "a transient event is not replayed");
}

#[tokio::test]
async fn signals_and_the_default_channel_work() {
    let server = Server::public(Under::Tidewire).await;
    let id = tidewire::Uuid::from_u128(0xabc);
    let mut stream = EventStream::open(server.address, &format!("channel=default&channel=refresh/{id}")).await.welcomed().await;
    stream.expect("subscribed").await;
    stream.expect("subscribed").await;
    server.realtime.channel(live::Refresh { id }).signal().await.unwrap();
    let frame = stream.expect("event").await;
    assert_eq!((&frame["event"], frame.get("data"), &frame["number"]), (&json!("message"), None, &json!(1)));
    server.realtime.publish(live::Alert { text: "fire".into() }).await.unwrap();
    let frame = stream.expect("event").await;
    assert_eq!(
        (&frame["channel"], &frame["event"], &frame["data"]["text"]),
        (&json!("default"), &json!("notification.alert"), &json!("fire"))
    );
}

#[tokio::test]
async fn a_silent_stream_has_a_heartbeat() {
    let mut limits = Limits::default();
    limits.heartbeat = Duration::from_millis(200);
    let server = Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().limits(limits)).await;
    let mut stream = EventStream::open(server.address, "channel=chat/bar").await.welcomed().await;
    stream.expect("subscribed").await;
    for _ in 0..3 {
        assert!(stream.block().await.unwrap().comment);
    }
}

#[tokio::test]
async fn a_flood_arrives_complete_and_in_order() {
    let server = Server::public(Under::Tidewire).await;
    let mut streams = Vec::new();
    for _ in 0..5 {
        let mut stream = EventStream::open(server.address, "channel=chat/bar").await.welcomed().await;
        stream.expect("subscribed").await;
        streams.push(stream);
    }
    // More than a ring holds, without giving the readers a turn: they fall behind and catch up from the history.
    let expected: Vec<String> = (0..900).map(|number| number.to_string()).collect();
    for text in &expected {
        publish(&server, "bar", text.as_str()).await;
    }
    for stream in &mut streams {
        assert_eq!(stream.texts(900).await, expected);
    }
}

#[tokio::test]
async fn large_events_pass_whole() {
    let server = Server::public(Under::Tidewire).await;
    let mut stream = EventStream::open(server.address, "channel=chat/bar").await.welcomed().await;
    stream.expect("subscribed").await;
    let text = "x".repeat(900_000);
    for _ in 0..3 {
        publish(&server, "bar", text.as_str()).await;
    }
    assert!(stream.texts(3).await.iter().all(|received| *received == text));
}

#[tokio::test]
async fn two_nodes_of_one_broker_see_the_same_stream() {
    let broker = MemoryBroker::new();
    let one = Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().broker(broker.clone())).await;
    let other = Server::start(Under::Axum, Realtime::builder(live::contract()).public().broker(broker)).await;
    let mut stream = EventStream::open(other.address, "channel=chat/bar").await.welcomed().await;
    let cursor = stream.expect("subscribed").await["cursor"].as_str().unwrap().to_owned();
    publish(&one, "bar", "first").await;
    publish(&other, "bar", "second").await;
    assert_eq!(stream.texts(2).await, ["first", "second"]);
    let (status, page) = get(one.address, &format!("/realtime/history?channel=chat/bar&after={cursor}")).await;
    assert_eq!((status, page["events"].as_array().unwrap().len()), (200, 2));
}

#[tokio::test]
async fn a_shutdown_sends_streams_away_and_ends() {
    for carrier in [Carrier::Socket, Carrier::Body] {
        let mut server = Server::carried(carrier, Realtime::builder(live::contract()).public()).await;
        let mut stream = EventStream::open(server.address, "channel=chat/bar").await.welcomed().await;
        stream.expect("subscribed").await;
        server.signal();
        let block = stream.block().await.unwrap();
        assert_eq!(block.frame["type"], "reconnect");
        let after = block.frame["after"].as_u64().unwrap();
        assert!(after <= 500 && block.retry == Some(after), "{block:?}");
        assert_eq!(stream.block().await, None);
        let address = server.address;
        server.ended().await.unwrap();
        assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}

#[tokio::test]
async fn other_servers_end_their_streams_by_hand() {
    let mut server = Server::public(Under::Axum).await;
    let mut stream = EventStream::open(server.address, "channel=chat/bar").await.welcomed().await;
    stream.expect("subscribed").await;
    server.realtime.shutdown();
    stream.expect("reconnect").await;
    assert_eq!(stream.block().await, None);
    let (status, refusal) = get(server.address, "/realtime/events?channel=chat/bar").await;
    assert_eq!((status, &refusal["error"]["code"]), (503, &json!(4200)));
    let mut excused =
        EventStream::open_with(server.address, "channel=chat/bar", &[("accept", b"text/event-stream")]).await.welcomed().await;
    assert_eq!(excused.expect("error").await["error"]["name"], "shutting_down", "a browser would never come back after a 503");
    assert_eq!(excused.block().await, None);
    server.signal();
    server.ended().await.unwrap();
}

#[tokio::test]
async fn dropping_a_stream_leaves_nothing_behind() {
    let server = Server::public(Under::Tidewire).await;
    let before = format!("{:?}", server.realtime);
    assert!(before.contains("seated: 0"), "{before}");
    let mut streams = Vec::new();
    for _ in 0..4 {
        streams.push(EventStream::open(server.address, "channel=chat/bar").await.welcomed().await);
    }
    assert!(format!("{:?}", server.realtime).contains("seated: 4"));
    drop(streams);
    within(crate::support::eventually("every seat is given up", || format!("{:?}", server.realtime).contains("seated: 0"))).await;
}
