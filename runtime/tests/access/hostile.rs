//! Clients that do all they should not, at once and as fast as they can, and everybody else, who does not notice.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::support::{
    Server, Under,
    link::{BOTH, Link, socket_with},
    presence::{self, Chat, appear, room},
    within,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tidewire::{AnyChannel as _, ConnectRequest, Denied, Grant, Limits, RateLimit, Realtime, RealtimeBuilder};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{mpsc, watch},
};
use tokio_tungstenite::tungstenite::Message;

/// How many messages each of those that flood has sent before the siege may end.
const FLOOD: u64 = 2_000;
/// How many broken frames were sent by then.
const BROKEN: u64 = 20;
/// How many events the others have got by then.
const EVENTS: u32 = 50;
/// How long all of that may take, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(60);

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

/// Sends as fast as it is let, and reads what comes.
async fn flood(
    server: SocketAddr,
    user: &'static str,
    over: watch::Receiver<()>,
    (sent, message): (Arc<AtomicU64>, impl Fn(u64) -> Message),
) {
    while over.has_changed().is_ok() {
        let target = "/realtime/socket?channel=chat/a";
        let Ok(mut stream) = socket_with(server, target, &["tidewire.v1"], &[("authorization", user)]).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        while over.has_changed().is_ok() {
            let at = sent.load(Ordering::Relaxed);
            // A socket that takes nothing is no reason to wait for the end of the siege.
            if !matches!(tokio::time::timeout(Duration::from_millis(50), stream.feed(message(at))).await, Ok(Ok(()))) {
                break;
            }
            sent.store(at + 1, Ordering::Relaxed);
            if at.is_multiple_of(64) {
                let _ = tokio::time::timeout(Duration::from_millis(50), stream.flush()).await;
                while let Ok(Some(Ok(_))) = tokio::time::timeout(Duration::ZERO, stream.next()).await {}
            }
        }
    }
}

/// Writes raw bytes behind handshakes, again and again: what is no frame at all.
async fn batter(server: SocketAddr, over: watch::Receiver<()>, sent: Arc<AtomicU64>) {
    let unmasked = vec![0x81, 2, b'h', b'i'];
    let huge = [&[0x81, 0xFF][..], &u64::MAX.to_be_bytes(), &[0, 0, 0, 0]].concat();
    while over.has_changed().is_ok() {
        for bytes in [&unmasked, &huge] {
            let mut stream = TcpStream::connect(server).await.unwrap();
            let request = "GET /realtime/socket HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nauthorization: viewer\r\n\
                           sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n";
            // It may hang up before everything is written.
            let _ = stream.write_all(request.as_bytes()).await;
            let _ = stream.write_all(bytes).await;
            let mut answer = Vec::new();
            // Nobody is kept who speaks no language.
            let _ = within(stream.read_to_end(&mut answer)).await;
            sent.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The next event that the service published. Nothing else may come but what mallory has the right to say, in her own name, and that she is there.
async fn true_event(link: &mut Link) -> Value {
    loop {
        let frame = link.frame().await;
        match frame["type"].as_str().unwrap() {
            "event" if frame["sender"].is_null() => return frame["data"]["text"].clone(),
            "event" => assert_eq!(frame["sender"], "mallory", "{frame}"),
            other => assert_eq!(other, "presence", "{frame}"),
        }
    }
}

/// Reads on whatever happens, and passes on what the service published.
async fn watch_truly(mut link: Link, heard: mpsc::UnboundedSender<Value>) {
    while heard.send(true_event(&mut link).await).is_ok() {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_siege_costs_the_others_nothing_and_changes_nothing() {
    let mut limits = Limits::default();
    // What she says with every right is no part of the siege, and everybody can keep up with it.
    limits.user_publish_rate = RateLimit { per_second: 20, burst: 20 };
    let server = Server::start(Under::Tidewire, guarded().limits(limits)).await;
    let mut watchers = Vec::new();
    for transport in BOTH {
        let mut link = Link::open_with(transport, server.address, "channel=chat/a&presence=1", None, &[("authorization", "viewer")]).await;
        link.until_type("presence").await;
        let (passed_on, hears) = mpsc::unbounded_channel();
        watchers.push((tokio::spawn(watch_truly(link, passed_on)), hears));
    }
    let (ending, over) = watch::channel(());
    let text = |largest: usize| {
        let hostile: Vec<String> = frames().into_iter().filter(|frame| frame.len() <= largest).collect();
        move |at: u64| Message::text(hostile[usize::try_from(at).unwrap() % hostile.len()].clone())
    };
    let ping = |_: u64| Message::Ping(vec![b'x'; 125].into());
    let sent: [Arc<AtomicU64>; 4] = std::array::from_fn(|_| Arc::default());
    // In tasks of their own: in one with the others they would take their turns.
    let siege = [
        tokio::spawn(flood(server.address, "viewer", over.clone(), (sent[0].clone(), text(usize::MAX)))),
        tokio::spawn(flood(server.address, "mallory", over.clone(), (sent[1].clone(), text(10_000)))),
        tokio::spawn(flood(server.address, "mallory", over.clone(), (sent[2].clone(), ping))),
        tokio::spawn(batter(server.address, over, sent[3].clone())),
    ];
    let have_sent = |least: [u64; 4]| sent.iter().zip(least).all(|(sent, least)| sent.load(Ordering::Relaxed) >= least);
    // Nobody of the siege stops before the others have got everything, so none of it can have waited for the end.
    let others = async {
        while !have_sent([1; 4]) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut number = 0;
        while number < EVENTS || !have_sent([FLOOD, FLOOD, FLOOD, BROKEN]) {
            number += 1;
            let said = format!("true {number}");
            server.realtime.channel(room("a")).publish(presence::events::MessageSent { text: said.clone() }).await.unwrap();
            for (_, hears) in &mut watchers {
                assert_eq!(hears.recv().await.expect("a watcher was disturbed"), said);
            }
        }
        drop(ending);
        number
    };
    let number = tokio::time::timeout(PATIENCE, others).await.unwrap_or_else(|_| panic!("it never ended: {sent:?}"));
    println!("{sent:?} hostile frames, pings and broken frames; {number} events");
    within(futures_util::future::try_join_all(siege)).await.unwrap();
    for (watching, _) in &watchers {
        assert!(!watching.is_finished(), "a watcher was disturbed");
        watching.abort();
    }
    // Who could only read said nothing, and nobody is there who should not be.
    let page = server.realtime.channel(room("a")).history(tidewire::History::latest(1000)).await.unwrap();
    assert!(page.events.iter().all(|event| matches!(event.sender.as_deref(), None | Some("mallory"))));
    let roster = server.realtime.channel(room("a")).presence().await.unwrap();
    assert!(roster.members.iter().all(|member| member.id == "mallory" && member.state.name == "m"), "{roster:?}");
}

#[tokio::test]
async fn each_of_these_frames_is_refused_with_its_code_and_says_nothing_else() {
    let server = Server::start(Under::Tidewire, guarded()).await;
    for transport in BOTH {
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
