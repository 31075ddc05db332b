//! Middleware that looks at connects, subscriptions and publishes: over each transport, under `authorize` and `public`.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::support::{
    Carrier, Server, Under,
    client::get_with,
    link::{BOTH, Link, Transport},
    live::{self, chat, message},
    within,
};
use serde_json::{Value, json};
use tidewire::{
    ConnectRequest, Denied, Grant, History, Limits, MemoryBroker, Middleware, PublishError, PublishOptions, PublishRequest, Realtime,
    RealtimeBuilder, Start, SubscribeRequest, TurnedAway,
};

pub(super) type Log = Arc<Mutex<Vec<String>>>;

pub(super) fn take(log: &Log) -> Vec<String> {
    std::mem::take(&mut *log.lock().unwrap())
}

/// Writes down what it sees.
struct Audit(Log);

impl Audit {
    fn note(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

impl Middleware for Audit {
    async fn connect(&self, request: &ConnectRequest, grant: &mut Grant) -> Result<(), TurnedAway> {
        self.note(format!("connect {:?} {} {:?}", grant.user_id(), request.uri().path(), request.channels()));
        Ok(())
    }

    async fn subscribe(&self, request: &SubscribeRequest) -> Result<(), Denied> {
        let (user, connected, room) = (request.user_id(), request.connection().is_some(), request.param("roomId"));
        let start = match request.start() {
            Start::After(_) => "After".to_owned(),
            start => format!("{start:?}"),
        };
        self.note(format!("subscribe {user:?} {connected} {} {} {room:?} {start}", request.channel(), request.pattern()));
        Ok(())
    }

    async fn publish(&self, request: &mut PublishRequest) -> Result<(), Denied> {
        let (by_client, room) = (request.connection().is_some(), request.param("roomId"));
        let data = request.data().map(Value::to_string);
        self.note(format!("publish {:?} {by_client} {room:?} {} {data:?}", request.sender(), request.event()));
        Ok(())
    }

    fn publishes_of_service(&self) -> bool {
        true
    }
}

/// Refuses rude events, softens others, and lets nobody into room `vault`.
struct Moderation;

impl Middleware for Moderation {
    async fn subscribe(&self, request: &SubscribeRequest) -> Result<(), Denied> {
        tokio::task::yield_now().await;
        if request.param("roomId") == Some("vault") { Err(Denied::forbidden().message("nobody may look into the vault")) } else { Ok(()) }
    }

    async fn publish(&self, request: &mut PublishRequest) -> Result<(), Denied> {
        let Some(text) = request.data_mut().as_mut().and_then(|data| data.get_mut("text")) else { return Ok(()) };
        match text.as_str() {
            Some("rude") => return Err(Denied::forbidden().message("be polite")),
            Some("empty") => *text = json!(""),
            Some("large") => *text = json!("x".repeat(2000)),
            Some(other) => *text = json!(other.replace("darn", "d***")),
            None => {}
        }
        Ok(())
    }
}

/// Adds its letter to texts.
struct Letter(&'static str);

impl Middleware for Letter {
    async fn publish(&self, request: &mut PublishRequest) -> Result<(), Denied> {
        let data = request.data_mut().as_mut().unwrap();
        data["text"] = json!(format!("{}{}", data["text"].as_str().unwrap(), self.0));
        Ok(())
    }

    fn publishes_of_service(&self) -> bool {
        true
    }
}

/// Fails wherever a name says how.
pub(super) struct Failing;

async fn fail(how: &str) -> Result<(), Denied> {
    match how {
        "panic" => panic!("secret text of the service"),
        "broken" => Err(Denied::failed(std::io::Error::other("password=hunter2"))),
        "hang" => std::future::pending().await,
        _ => Ok(()),
    }
}

impl Middleware for Failing {
    async fn connect(&self, request: &ConnectRequest, _: &mut Grant) -> Result<(), TurnedAway> {
        let token = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(fail(token).await?)
    }

    async fn subscribe(&self, request: &SubscribeRequest) -> Result<(), Denied> {
        fail(request.param("roomId").unwrap_or_default()).await
    }

    async fn publish(&self, request: &mut PublishRequest) -> Result<(), Denied> {
        fail(request.data().and_then(|data| data["text"].as_str()).unwrap_or_default()).await
    }

    fn publishes_of_service(&self) -> bool {
        true
    }
}

pub(super) async fn named(request: ConnectRequest) -> Result<Grant, Denied> {
    let token = request.headers().get("authorization").and_then(|value| value.to_str().ok()).map(str::to_owned);
    Ok(Grant::everything().for_user(token.ok_or(Denied::unauthenticated())?))
}

pub(super) fn authorized() -> RealtimeBuilder {
    Realtime::builder(live::contract()).authorize(named)
}

pub(super) fn open() -> RealtimeBuilder {
    Realtime::builder(live::contract()).public()
}

pub(super) async fn link(transport: Transport, server: &Server, query: &str, user: &str) -> Link {
    Link::open_with(transport, server.address, query, None, &[("authorization", user)]).await
}

pub(super) fn publish(text: &str) -> Value {
    json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "x", "text": text } })
}

pub(super) fn code(reply: &Value) -> (&str, u64) {
    (reply["type"].as_str().unwrap(), reply["error"]["code"].as_u64().unwrap_or_default())
}

async fn stored(server: &Server) -> Vec<String> {
    let page = server.realtime.channel(chat("a")).history(History::latest(50)).await.unwrap();
    page.events.iter().map(|event| event.data.as_ref().unwrap()["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_audit_sees_everything_that_is_asked_for() {
    for transport in BOTH {
        let log = Log::default();
        let server = Server::start(Under::Tidewire, authorized().middleware(Audit(log.clone()))).await;
        let mut ann = link(transport, &server, "channel=chat/a&last=3", "ann").await;
        let cursor = ann.expect("subscribed").await["cursor"].as_str().unwrap().to_owned();
        let route = if transport == Transport::Sse { "/events" } else { "/socket" };
        assert_eq!(
            take(&log),
            [
                format!(r#"connect Some("ann") {route} ["chat/a"]"#),
                r#"subscribe Some("ann") true chat/a chat/{roomId} Some("a") Last(3)"#.into()
            ]
        );
        ann.ask(json!({ "type": "subscribe", "channel": "chat/b" })).await;
        ann.ask(json!({ "type": "subscribe", "channel": "chat/b", "events": ["typing"] })).await;
        ann.ask(publish("hi")).await;
        let mut lines = take(&log);
        // Frames of an event stream come by requests of their own.
        lines.retain(|line| line != r#"connect Some("ann") /send []"#);
        assert_eq!(
            lines,
            [
                r#"subscribe Some("ann") true chat/b chat/{roomId} Some("b") Now"#,
                r#"publish Some("ann") true Some("a") message.sent Some("{\"author\":\"x\",\"text\":\"hi\"}")"#,
            ],
            "a filter that changes is no subscription"
        );
        drop(ann);
        let mut ann = link(transport, &server, &format!("channel=chat/a&lastEventId={cursor}"), "ann").await;
        ann.expect("subscribed").await;
        assert_eq!(take(&log)[1], r#"subscribe Some("ann") true chat/a chat/{roomId} Some("a") After"#);
        let options = PublishOptions::new().sender("bot");
        server.realtime.channel(chat("a")).publish_with(message("x"), options).await.unwrap();
        let mut batch = server.realtime.batch();
        batch.add(&server.realtime.channel(chat("a")), live::Typing);
        assert!(batch.publish().await[0].is_ok());
        let (status, _) = get_with(server.address, "/realtime/history?channel=chat/a", &[("authorization", b"bob")]).await;
        assert_eq!(status, 200);
        assert_eq!(
            take(&log),
            [
                r#"publish Some("bot") false Some("a") message.sent Some("{\"author\":\"ann\",\"text\":\"x\"}")"#,
                r#"publish None false Some("a") typing None"#,
                r#"connect Some("bob") /history ["chat/a"]"#,
                r#"subscribe Some("bob") false chat/a chat/{roomId} Some("a") History"#,
            ]
        );
    }
}

#[tokio::test]
async fn a_moderator_changes_and_refuses_what_clients_publish_and_the_result_is_checked() {
    for builder in [open, authorized] {
        for transport in BOTH {
            let mut limits = Limits::default();
            limits.event_bytes = 1000;
            let server = Server::start(Under::Tidewire, builder().limits(limits).middleware(Moderation)).await;
            let mut ann = link(transport, &server, "channel=chat/a", "ann").await;
            ann.expect("subscribed").await;
            assert_eq!(ann.ask(publish("darn it")).await["stored"], true);
            assert_eq!(ann.texts(1).await, ["d*** it"]);
            let refused = ann.ask(publish("rude")).await;
            assert_eq!((code(&refused), &refused["error"]["message"]), (("error", 4002), &json!("be polite")));
            assert_eq!(code(&ann.ask(publish("empty")).await), ("error", 4008), "what a hook leaves is checked");
            assert_eq!(code(&ann.ask(publish("large")).await), ("error", 4010));
            assert_eq!(ann.ask(json!({ "type": "publish", "channel": "chat/a", "event": "typing" })).await["type"], "ack");
            ann.expect("event").await;
            // It did not ask for what the service publishes.
            server.realtime.channel(chat("a")).publish(message("rude")).await.unwrap();
            assert_eq!(stored(&server).await, ["d*** it", "rude"]);
        }
    }
}

#[tokio::test]
async fn a_hook_sees_data_before_it_is_checked_and_nothing_that_is_refused_before() {
    let log = Log::default();
    let server = Server::start(Under::Tidewire, open().middleware(Audit(log.clone()))).await;
    let mut link = Link::open(Transport::WebSocket, server.address, "").await;
    take(&log);
    let odd = json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "__proto__": 1 } });
    assert_eq!(code(&link.ask(odd).await), ("error", 4008));
    assert_eq!(take(&log), [r#"publish None true Some("a") message.sent Some("{\"__proto__\":1}")"#]);
    for (channel, event) in [("chat/a", "no.such"), ("chat/A", "typing"), ("nowhere", "typing"), ("default", "notification.alert")] {
        let frame = json!({ "type": "publish", "channel": channel, "event": event, "data": {} });
        assert_eq!(link.ask(frame).await["type"], "error");
    }
    assert_eq!(code(&link.ask(json!({ "type": "subscribe", "channel": "chat/A" })).await), ("denied", 4006));
    assert!(take(&log).is_empty());
}

#[tokio::test]
async fn a_channel_that_a_hook_refuses_is_refused_wherever_it_is_named() {
    for transport in BOTH {
        let server = Server::start(Under::Tidewire, open().middleware(Moderation)).await;
        let mut link = Link::open(transport, server.address, "channel=chat/vault&channel=chat/a").await;
        let (mut seen, first) = (Vec::new(), link.frame().await);
        seen.extend([first, link.frame().await]);
        let denied = seen.iter().find(|frame| frame["type"] == "denied").unwrap();
        assert_eq!((&denied["channel"], code(denied)), (&json!("chat/vault"), ("denied", 4002)));
        assert_eq!(denied["error"]["message"], "nobody may look into the vault");
        assert!(seen.iter().any(|frame| frame["type"] == "subscribed" && frame["channel"] == "chat/a"));
        let denied = link.ask(json!({ "type": "subscribe", "channel": "chat/vault", "last": 5 })).await;
        assert_eq!(code(&denied), ("denied", 4002));
        server.realtime.channel(chat("vault")).publish(message("secret")).await.unwrap();
        server.realtime.channel(chat("a")).publish(message("open")).await.unwrap();
        assert_eq!(link.texts(1).await, ["open"]);
        for target in ["history?channel=chat/vault", "events?channel=chat/a&channel=chat/vault"] {
            let (status, body) = get_with(server.address, &format!("/realtime/{target}"), &[]).await;
            assert_eq!((status, &body["error"]["message"]), (403, &json!("nobody may look into the vault")), "{target}");
        }
    }
}

#[tokio::test]
async fn hooks_come_in_the_order_in_which_they_were_added() {
    let log = Log::default();
    let builder = open().middleware(Letter("1")).middleware(Audit(log.clone())).middleware(Letter("2"));
    let server = Server::start(Under::Tidewire, builder).await;
    let mut link = Link::open(Transport::WebSocket, server.address, "").await;
    assert_eq!(link.ask(publish("x")).await["stored"], true);
    server.realtime.channel(chat("a")).publish(message("y")).await.unwrap();
    assert_eq!(stored(&server).await, ["x12", "y12"]);
    let lines = take(&log);
    assert!(lines[1].contains("x1\\\"") && lines[2].contains("y1\\\""), "{lines:?}");
    let publisher = Realtime::builder(live::contract()).middleware(Letter("!")).broker(MemoryBroker::new()).publisher().unwrap();
    let room = publisher.channel(chat("a"));
    room.publish(message("z")).await.unwrap();
    let page = room.history(History::latest(1)).await.unwrap();
    assert_eq!(page.events[0].data.as_ref().unwrap()["text"], "z!", "without serving, too");
}

#[tokio::test]
async fn what_the_service_publishes_is_refused_where_a_hook_wants_that() {
    struct Quiet;
    impl Middleware for Quiet {
        async fn publish(&self, request: &mut PublishRequest) -> Result<(), Denied> {
            match request.data().and_then(|data| data["text"].as_str()) {
                Some("odd") => *request.data_mut() = Some(json!({ "text": 5 })),
                Some("fine") | None => {}
                Some(_) => return Err(Denied::forbidden().message("it is night")),
            }
            Ok(())
        }
        fn publishes_of_service(&self) -> bool {
            true
        }
    }
    let mut limits = Limits::default();
    limits.hook_timeout = Duration::from_millis(100);
    let server = Server::start(Under::Tidewire, open().limits(limits).middleware(Failing).middleware(Quiet)).await;
    let room = server.realtime.channel(chat("a"));
    let refused = room.publish(message("loud")).await.unwrap_err();
    assert!(matches!(&refused, PublishError::Refused(denied) if denied.to_string() == "it is night"), "{refused:?}");
    assert!(matches!(room.publish(message("odd")).await, Err(PublishError::Invalid { .. })));
    for how in ["panic", "hang"] {
        let failed = within(room.publish(message(how))).await.unwrap_err();
        assert!(failed.is_retryable() && !failed.to_string().contains("secret"), "{failed}");
    }
    let mut batch = server.realtime.batch();
    batch.add(&room, message("loud")).add(&room, message("fine")).add(&room, message("panic"));
    let outcomes = batch.publish().await;
    assert!(outcomes[0].is_err() && outcomes[1].is_ok() && outcomes[2].is_err(), "{outcomes:?}");
    assert_eq!(stored(&server).await, ["fine"]);
}

#[tokio::test]
async fn what_goes_wrong_in_a_hook_is_the_trouble_of_who_asked_alone() {
    for carrier in [Carrier::Socket, Carrier::Body, Carrier::Axum] {
        for transport in BOTH {
            let mut limits = Limits::default();
            limits.hook_timeout = Duration::from_millis(50);
            let server = Server::carried(carrier, open().limits(limits).middleware(Failing)).await;
            let mut ann = Link::open(transport, server.address, "channel=chat/a&channel=chat/panic&channel=chat/hang").await;
            let mut denied = 0;
            while denied < 2 {
                let frame = ann.frame().await;
                if frame["type"] == "denied" {
                    assert_eq!(code(&frame), ("denied", 4100));
                    assert!(!frame.to_string().contains("secret"), "{frame}");
                    denied += 1;
                }
            }
            let mut bob = Link::open(transport, server.address, "channel=chat/b").await;
            bob.expect("subscribed").await;
            for how in ["panic", "broken", "hang"] {
                let answer = ann.ask(publish(how)).await;
                assert_eq!(code(&answer), ("error", 4100), "{how} over {transport:?}: {answer}");
                assert!(!["secret", "hunter2", "panic"].iter().any(|word| answer.to_string().contains(word)), "{answer}");
                let denied = ann.ask(json!({ "type": "subscribe", "channel": format!("chat/{how}") })).await;
                assert_eq!(code(&denied), ("denied", 4100), "{how}: {denied}");
            }
            server.realtime.channel(chat("b")).publish(message("still there")).await.unwrap();
            assert_eq!(bob.texts(1).await, ["still there"]);
            assert_eq!(ann.ask(publish("fine")).await["stored"], true);
            assert_eq!(stored(&server).await, ["fine"]);
        }
    }
}

/// Holds a thread until it is told to let go.
struct Blocking {
    begun: Arc<tokio::sync::Semaphore>,
    go: Mutex<std::sync::mpsc::Receiver<()>>,
}

impl Middleware for Blocking {
    async fn publish(&self, _: &mut PublishRequest) -> Result<(), Denied> {
        self.begun.add_permits(1);
        self.go.lock().unwrap().recv_timeout(crate::support::DEADLINE).unwrap();
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_hook_that_never_yields_holds_up_no_other_connection() {
    for carrier in [Carrier::Socket, Carrier::Axum] {
        for transport in BOTH {
            let (release, go) = std::sync::mpsc::channel();
            let begun = Arc::new(tokio::sync::Semaphore::new(0));
            let mut limits = Limits::default();
            limits.hook_timeout = Duration::from_secs(60);
            let builder = open().limits(limits).middleware(Blocking { begun: begun.clone(), go: Mutex::new(go) });
            let server = Server::carried(carrier, builder).await;
            let mut ann = Link::open(transport, server.address, "").await;
            // One at least for each worker.
            let mut others = Vec::new();
            for _ in 0..6 {
                let mut other = Link::open(transport, server.address, "channel=chat/b").await;
                other.expect("subscribed").await;
                others.push(other);
            }
            let asked = tokio::spawn(async move { ann.ask(publish("slowly")).await });
            within(begun.acquire()).await.unwrap().forget();
            for number in 0..10 {
                server.realtime.channel(chat("b")).publish(message(number.to_string())).await.unwrap();
                for other in &mut others {
                    assert_eq!(other.texts(1).await, [number.to_string()], "{carrier:?} {transport:?}");
                }
            }
            assert!(!asked.is_finished() && stored(&server).await.is_empty());
            release.send(()).unwrap();
            assert_eq!(within(asked).await.unwrap()["stored"], true);
        }
    }
}

#[tokio::test]
async fn a_right_that_goes_while_a_hook_thinks_is_gone() {
    struct Slow(Arc<tokio::sync::Semaphore>, Arc<tokio::sync::Semaphore>);
    impl Middleware for Slow {
        async fn publish(&self, _: &mut PublishRequest) -> Result<(), Denied> {
            self.0.add_permits(1);
            self.1.acquire().await.unwrap().forget();
            Ok(())
        }
        async fn subscribe(&self, _: &SubscribeRequest) -> Result<(), Denied> {
            self.0.add_permits(1);
            self.1.acquire().await.unwrap().forget();
            Ok(())
        }
    }
    for transport in BOTH {
        let (asked, go) = (Arc::new(tokio::sync::Semaphore::new(0)), Arc::new(tokio::sync::Semaphore::new(0)));
        let server = Server::start(Under::Tidewire, authorized().middleware(Slow(asked.clone(), go.clone()))).await;
        let mut ann = link(transport, &server, "channel=chat/b", "ann").await;
        let connection = server.realtime.connection(ann.connection.parse().unwrap());
        let begins = async {
            asked.acquire().await.unwrap().forget();
            // Then the hook ends, too: nobody waits for it any more.
            connection.set_grant(Grant::user("ann").subscribe("chat/a").publish("chat/a")).await.unwrap();
        };
        let (denied, ()) = within(async { tokio::join!(ann.expect("denied"), begins) }).await;
        assert_eq!(denied["channel"], "chat/b", "{transport:?}");
        for frame in [publish("x"), json!({ "type": "subscribe", "channel": "chat/a" })] {
            let takes = async {
                asked.acquire().await.unwrap().forget();
                connection.set_grant(Grant::user("ann")).await.unwrap();
                go.add_permits(1);
            };
            connection.set_grant(Grant::user("ann").subscribe("chat/a").publish("chat/a")).await.unwrap();
            let (answer, ()) = within(async { tokio::join!(ann.ask(frame), takes) }).await;
            assert_eq!(code(&answer).1, 4002, "{transport:?}: {answer}");
        }
        assert!(stored(&server).await.is_empty());
    }
}

#[tokio::test]
async fn a_channel_that_is_revoked_while_a_hook_thinks_is_not_handed_out() {
    struct Slow(Arc<tokio::sync::Semaphore>, Arc<tokio::sync::Semaphore>);
    impl Middleware for Slow {
        async fn subscribe(&self, _: &SubscribeRequest) -> Result<(), Denied> {
            self.0.add_permits(1);
            self.1.acquire().await.unwrap().forget();
            Ok(())
        }
    }
    let (asked, go) = (Arc::new(tokio::sync::Semaphore::new(0)), Arc::new(tokio::sync::Semaphore::new(0)));
    let server = Server::start(Under::Tidewire, authorized().middleware(Slow(asked.clone(), go.clone()))).await;
    server.realtime.channel(chat("a")).publish(message("secret")).await.unwrap();
    for target in ["events?channel=chat/a&last=1", "history?channel=chat/a"] {
        let revokes = async {
            asked.acquire().await.unwrap().forget();
            server.realtime.revoke("ann", chat("a")).await.unwrap();
            go.add_permits(1);
        };
        let target = format!("/realtime/{target}");
        let ((status, body), ()) =
            within(async { tokio::join!(get_with(server.address, &target, &[("authorization", b"ann")]), revokes) }).await;
        assert_eq!((status, body["error"]["code"].as_u64()), (403, Some(4015)), "{target}");
        server.realtime.restore("ann", chat("a")).await.unwrap();
    }
}
