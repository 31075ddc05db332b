//! The service calls one client, from any node, and whatever the client makes of that.

use std::time::Duration;

use crate::support::{
    Server, Under,
    link::{BOTH, Link, Transport},
    services::live,
    within,
};
use serde_json::{Value, json};
use tidewire::{CallFailed, Connection, MemoryBroker, Realtime};
use tokio::task::JoinHandle;

async fn nodes() -> (Server, Server) {
    let broker = MemoryBroker::new();
    let node = async || Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().broker(broker.clone())).await;
    (node().await, node().await)
}

fn of(server: &Server, link: &Link) -> Connection {
    server.realtime.connection(link.connection.parse().unwrap())
}

type Answering = JoinHandle<Result<live::Answer, CallFailed>>;

/// Asks, and reads the frame that the client gets.
async fn ask(connection: &Connection, link: &mut Link) -> (Answering, Value) {
    let (connection, question) = (connection.clone(), live::Confirm { question: "sure?".into() });
    let asking = tokio::spawn(async move { connection.call(question).timeout(Duration::from_secs(5)).await });
    let frame = link.expect("call").await;
    (asking, frame)
}

#[expect(clippy::needless_pass_by_value, reason = "an answer is written in place")]
fn reply(id: &Value, data: Value) -> Value {
    json!({ "type": "reply", "id": id, "data": data })
}

#[tokio::test]
async fn the_answer_of_a_client_comes_back_typed_from_any_node() {
    for transport in BOTH {
        let (here, there) = nodes().await;
        let mut link = Link::open(transport, here.address, "").await;
        for server in [&here, &there] {
            let (asking, frame) = ask(&of(server, &link), &mut link).await;
            assert_eq!(
                (&frame["call"], &frame["data"], &frame["timeout"]),
                (&json!("confirm"), &json!({ "question": "sure?" }), &json!(5000))
            );
            let ack = link.ask(reply(&frame["id"], json!({ "yes": true, "extra": 1 }))).await;
            assert_eq!(ack["type"], "ack", "{ack}");
            assert_eq!(within(asking).await.unwrap().unwrap(), live::Answer { yes: true, why: None });
            // A question without data, and an answer without.
            let connection = of(server, &link);
            let asking = tokio::spawn(async move { connection.call(live::Reload).await });
            let frame = link.expect("call").await;
            assert!(frame.get("data").is_none() && frame["timeout"] == 10_000, "{frame}");
            // Over another node than that of the connection.
            let ack = link.send_from(there.address, json!({ "type": "reply", "ref": 9, "id": frame["id"] })).await;
            assert_eq!(ack, json!({ "type": "ack", "ref": 9 }));
            within(asking).await.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn a_client_says_no_or_something_else_than_it_should() {
    for transport in BOTH {
        let (here, there) = nodes().await;
        let mut link = Link::open(transport, here.address, "").await;
        for server in [&here, &there] {
            let connection = of(server, &link);
            let (asking, frame) = ask(&connection, &mut link).await;
            let error = json!({ "name": "unknown_call", "message": "x".repeat(5000) });
            assert_eq!(link.ask(json!({ "type": "reply", "id": frame["id"], "error": error })).await["type"], "ack");
            let Err(CallFailed::Refused { message }) = within(asking).await.unwrap() else { panic!("it refused") };
            assert_eq!(message, "x".repeat(1024), "no more of it than anybody reads");
            for wrong in [json!({}), json!({ "yes": 1 }), json!([]), Value::Null, json!({ "yes": true, "why": "far too long a text" })] {
                let (asking, frame) = ask(&connection, &mut link).await;
                let refused = link.ask(reply(&frame["id"], wrong.clone())).await;
                assert_eq!(refused["error"]["name"], "invalid_payload", "{wrong}");
                assert!(matches!(within(asking).await.unwrap(), Err(CallFailed::InvalidReply { .. })), "{wrong}");
            }
        }
    }
}

#[tokio::test]
async fn a_reply_that_nobody_asked_for_is_refused_and_changes_nothing() {
    for transport in BOTH {
        let (here, _) = nodes().await;
        let mut link = Link::open(transport, here.address, "").await;
        let mut other = Link::open(transport, here.address, "").await;
        let (asking, frame) = ask(&of(&here, &link), &mut link).await;
        let id = frame["id"].clone();
        let yes = json!({ "yes": true });
        for (foreign, frame, expected) in [
            (true, reply(&id, yes.clone()), "unknown_call"),
            (false, reply(&json!("99"), yes.clone()), "unknown_call"),
            (false, reply(&json!(format!("0{}", id.as_str().unwrap())), yes.clone()), "unknown_call"),
            (false, reply(&json!("__proto__"), yes.clone()), "unknown_call"),
            (false, reply(&json!(1), yes.clone()), "bad_request"),
            (false, json!({ "type": "reply", "data": yes }), "bad_request"),
            (false, json!({ "type": "reply", "id": id, "error": "no" }), "bad_request"),
            (false, json!({ "type": "reply", "id": id, "error": {} }), "bad_request"),
            (false, json!({ "type": "reply", "id": id, "error": { "message": "no" }, "data": yes }), "bad_request"),
        ] {
            let error = if foreign { &mut other } else { &mut link }.ask(frame.clone()).await;
            assert_eq!(error["error"]["name"], expected, "{frame}");
        }
        assert_eq!(link.ask(reply(&id, yes.clone())).await["type"], "ack");
        assert!(within(asking).await.unwrap().unwrap().yes);
        assert_eq!(link.ask(reply(&id, json!({ "yes": false }))).await["error"]["name"], "unknown_call", "once");
    }
}

#[tokio::test]
async fn who_does_not_answer_is_not_waited_for() {
    for transport in BOTH {
        let (here, there) = nodes().await;
        for server in [&here, &there] {
            let mut link = Link::open(transport, here.address, "").await;
            let connection = of(server, &link);
            let question = || live::Confirm { question: "sure?".into() };
            let late = within(connection.call(question()).timeout(Duration::from_millis(100)).into_future()).await;
            assert!(matches!(late, Err(CallFailed::Timeout)), "{late:?}");
            let frame = link.expect("call").await;
            let error = link.ask(reply(&frame["id"], json!({ "yes": true }))).await;
            assert_eq!(error["error"]["name"], "unknown_call", "it comes too late");
            // Sixteen wait, and no more; all of them end with the connection.
            let mut asking = Vec::new();
            for _ in 0..16 {
                asking.push(ask(&connection, &mut link).await.0);
            }
            assert!(matches!(within(connection.call(question()).into_future()).await, Err(CallFailed::Full)));
            drop(link);
            for one in asking {
                let gone = within(one).await.unwrap();
                assert!(matches!(gone, Err(CallFailed::NotConnected)), "{transport:?} {gone:?}");
            }
            let gone = within(connection.call(question()).into_future()).await;
            assert!(matches!(gone, Err(CallFailed::NotConnected)), "{gone:?}");
        }
    }
}

#[tokio::test]
async fn a_question_that_is_wrong_does_not_leave() {
    let (here, there) = nodes().await;
    let link = Link::open(Transport::WebSocket, here.address, "").await;
    for server in [&here, &there] {
        let empty = of(server, &link).call(live::Confirm { question: String::new() }).await;
        let Err(CallFailed::Invalid { issues }) = empty else { panic!("{empty:?}") };
        assert_eq!(issues.len(), 1);
    }
    let other = Server::public(Under::Tidewire).await;
    let unknown = of(&other, &link).call(live::Reload).await;
    assert!(matches!(unknown, Err(CallFailed::UnknownCall { name: "page.reload" })));
}
