//! Clients that do all they should not, at once and as fast as they can, and everybody else, who does not notice.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::support::{
    Server, Under,
    link::{Link, Transport, socket_with},
    presence::{self, Chat, appear, room},
    within,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tidewire::{AnyChannel as _, ConnectRequest, Denied, Grant, Realtime, RealtimeBuilder};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
};
use tokio_tungstenite::tungstenite::Message;

/// How long hostile clients go on.
const SIEGE: Duration = Duration::from_secs(4);
/// How many messages a second each of those that flood tries to send.
const FLOOD: u64 = 10_000;
/// How late an event may be while all of that goes on, on a machine that has other things to do.
const LATE: Duration = Duration::from_secs(5);

async fn decide(request: ConnectRequest) -> Result<Grant, Denied> {
    match request.headers().get("authorization").and_then(|value| value.to_str().ok()) {
        Some("viewer") => Ok(Grant::user("viewer").subscribe(Chat::any())),
        Some("mallory") => Ok(Grant::user("mallory").subscribe_and_publish(Chat::any())),
        _ => Err(Denied::unauthenticated()),
    }
}

fn guarded() -> RealtimeBuilder {
    Realtime::builder(presence::contract()).authorize(decide)
}

fn publish(data: &Value) -> Value {
    json!({ "type": "publish", "ref": 1, "channel": "chat/a", "event": "message.sent", "data": data })
}

/// Frames that ask for what must not be: as text, because some are not what a JSON library writes.
fn frames() -> Vec<String> {
    let text = json!({ "text": "x" });
    let mut forged = publish(&text);
    for (name, value) in
        [("sender", "viewer"), ("user", "viewer"), ("origin", "c-0000000000000001"), ("__proto__", "x"), ("constructor", "x")]
    {
        forged[name] = json!(value);
    }
    vec![
        publish(&text).to_string(),
        forged.to_string(),
        publish(&json!({ "text": "x".repeat(60_000) })).to_string(),
        r#"{"type":"publish","ref":2,"channel":"chat/a","event":"message.sent","data":{"__proto__":{"text":"x"}}}"#.to_owned(),
        r#"{"type":"publish","ref":3,"channel":"__proto__","event":"__proto__","data":{}}"#.to_owned(),
        r#"{"__proto__":{"type":"publish"},"ref":4,"channel":"chat/a","event":"message.sent","data":{"text":"x"}}"#.to_owned(),
        json!({ "type": "presence", "ref": 5, "channel": "chat/a", "state": { "name": "x".repeat(2000) } }).to_string(),
        r#"{"type":"presence","ref":6,"channel":"chat/a","state":{"name":"m","__proto__":{"name":"viewer"}}}"#.to_owned(),
        json!({ "type": "subscribe", "ref": 7, "channel": "chat/b" }).to_string(),
        json!({ "type": "call", "ref": 8, "call": "nobody.answers" }).to_string(),
        json!({ "type": "auth", "ref": 9, "token": "x.y.z" }).to_string(),
        json!({ "type": "reply", "id": "__proto__", "data": {} }).to_string(),
    ]
}

/// Sends as fast as it is let, at most so many a second, and reads what comes. How many left.
async fn flood(server: SocketAddr, user: &'static str, over: watch::Receiver<()>, message: impl Fn(u64) -> Message) -> u64 {
    let mut sent = 0;
    while over.has_changed().is_ok() {
        let target = "/realtime/socket?channel=chat/a";
        let Ok(mut stream) = socket_with(server, target, &["tidewire.v1"], &[("authorization", user)]).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let began = Instant::now();
        let mut here = 0;
        while over.has_changed().is_ok() {
            if here * 1000 > FLOOD * u64::try_from(began.elapsed().as_millis()).unwrap() {
                tokio::time::sleep(Duration::from_millis(1)).await;
                continue;
            }
            // A socket that takes nothing is no reason to wait for the end of the siege.
            if !matches!(tokio::time::timeout(Duration::from_millis(50), stream.feed(message(sent))).await, Ok(Ok(()))) {
                break;
            }
            (sent, here) = (sent + 1, here + 1);
            if sent.is_multiple_of(64) {
                let _ = tokio::time::timeout(Duration::from_millis(50), stream.flush()).await;
                while let Ok(Some(Ok(_))) = tokio::time::timeout(Duration::ZERO, stream.next()).await {}
            }
        }
    }
    sent
}

/// Writes raw bytes behind handshakes, again and again: what is no frame at all.
async fn batter(server: SocketAddr, over: watch::Receiver<()>) -> u64 {
    let unmasked = vec![0x81, 2, b'h', b'i'];
    let huge = [&[0x81, 0xFF][..], &u64::MAX.to_be_bytes(), &[0, 0, 0, 0]].concat();
    let mut sent = 0;
    while over.has_changed().is_ok() {
        for bytes in [&unmasked, &huge] {
            let mut stream = TcpStream::connect(server).await.unwrap();
            let request = "GET /realtime/socket HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nauthorization: viewer\r\n\
                           sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n";
            // It may hang up before everything is written.
            let _ = stream.write_all(request.as_bytes()).await;
            let _ = stream.write_all(bytes).await;
            let mut answer = Vec::new();
            let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
            sent += 1;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    sent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it wants both cores for itself: `cargo test -p tidewire --test access siege -- --ignored --nocapture`"]
async fn a_siege_costs_the_others_nothing_and_changes_nothing() {
    let server = Server::start(Under::Tidewire, guarded()).await;
    let mut watchers = Vec::new();
    for transport in [Transport::Sse, Transport::WebSocket] {
        let mut link = Link::open_with(transport, server.address, "channel=chat/a&presence=1", None, &[("authorization", "viewer")]).await;
        link.until_type("presence").await;
        watchers.push(link);
    }
    let (ending, over) = watch::channel(());
    let hostile = frames();
    let text = move |at: u64| Message::text(hostile[usize::try_from(at).unwrap() % hostile.len()].clone());
    let others = async {
        let (began, mut number, mut worst) = (Instant::now(), 0_u32, Duration::ZERO);
        while began.elapsed() < SIEGE {
            let said = Instant::now();
            number += 1;
            server.realtime.channel(room("a")).publish(presence::events::MessageSent { text: format!("true {number}") }).await.unwrap();
            for link in &mut watchers {
                // What mallory has the right to say comes, too, in her own name.
                loop {
                    let event = link.until_type("event").await;
                    if event["sender"].is_null() {
                        assert_eq!(event["data"]["text"], format!("true {number}"));
                        break;
                    }
                    assert_eq!(event["sender"], "mallory", "{event}");
                }
            }
            worst = worst.max(said.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(ending);
        (number, worst)
    };
    // In tasks of their own: in one with the others they would take their turns.
    let floods = [
        tokio::spawn(flood(server.address, "viewer", over.clone(), text.clone())),
        tokio::spawn(flood(server.address, "mallory", over.clone(), text)),
        tokio::spawn(flood(server.address, "mallory", over.clone(), |_| Message::Ping(vec![b'x'; 125].into()))),
    ];
    let battering = tokio::spawn(batter(server.address, over));
    let (number, worst) = others.await;
    let [viewer, mallory, pings] = floods;
    let (viewer, mallory, pings, battered) = within(async { tokio::try_join!(viewer, mallory, pings, battering) }).await.unwrap();
    println!("{viewer} and {mallory} hostile frames, {pings} pings, {battered} broken frames; {number} events, the latest after {worst:?}");
    assert!(viewer.min(mallory).min(pings) > 100 && battered > 2, "nobody laid siege: {viewer} {mallory} {pings} {battered}");
    assert!(worst < LATE, "an event came after {worst:?}");
    // Who could only read said nothing, and nobody is there who should not be.
    let page = server.realtime.channel(room("a")).history(tidewire::History::latest(1000)).await.unwrap();
    assert!(page.events.iter().all(|event| matches!(event.sender.as_deref(), None | Some("mallory"))));
    let roster = server.realtime.channel(room("a")).presence().await.unwrap();
    assert!(roster.members.iter().all(|member| member.id == "mallory" && member.state.name == "m"), "{roster:?}");
}

#[tokio::test]
async fn each_of_these_frames_is_refused_with_its_code_and_says_nothing_else() {
    let server = Server::start(Under::Tidewire, guarded()).await;
    for transport in [Transport::Sse, Transport::WebSocket] {
        let mut link = Link::open_with(transport, server.address, "", None, &[("authorization", "viewer")]).await;
        let mut codes = Vec::new();
        for frame in frames() {
            let error = link.ask(serde_json::from_str(&frame).unwrap()).await;
            let text = error["error"]["message"].as_str().unwrap_or_default().to_owned();
            assert!(!text.contains("hint") && !text.contains("::") && text.len() < 300, "{text}");
            codes.push(error["error"]["name"].as_str().unwrap_or("ack").to_owned());
        }
        let expected = [
            "denied",
            "denied",
            "denied",
            "denied",
            "bad_request",
            "bad_request",
            "denied",
            "denied",
            "ack",
            "unknown_call",
            "denied",
            "unknown_call",
        ];
        assert_eq!(codes, expected, "{transport:?}");
        // Nobody listens in the room `b`, but the frame that asked for it was a right one.
        within(link.until_type("subscribed")).await;
        let error = appear(&mut link, "a", json!({ "name": "viewer" })).await;
        assert_eq!(error["error"]["name"], "denied");
    }
}
