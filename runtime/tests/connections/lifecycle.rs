//! The functions of the service that follow a connection: opening, greeting, state, and the end of it all, once.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::support::{
    Server, Under,
    client::{EventStream, get_with},
    eventually,
    link::{BOTH, Link, Transport, socket},
    services::{chat, live, message},
    within,
};
use serde_json::{Value, json};
use tidewire::{
    Accepted, Caller, ClientMessage, Connecting, ConnectionError, Denied, DisconnectReason, Limits, MemoryBroker, Realtime,
    RealtimeBuilder, Subscriber, WireCode,
};

/// What the service was told, in order.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn note(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    fn read(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    async fn reads(&self, expected: &[&str]) {
        eventually(&format!("the diary is {expected:?}"), || self.read() == expected).await;
    }
}

async fn connected(connecting: Connecting) -> Result<Accepted, Denied> {
    let hello: live::Hello = connecting.opening().unwrap();
    let device = hello.device.unwrap_or_else(|| "unknown".into());
    match device.as_str() {
        "banned" => Err(Denied::forbidden().message("not with this")),
        "broken" => Err(Denied::failed("password=hunter2")),
        "panic" => panic!("secret text of the service"),
        "slow" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(Accepted::new())
        }
        "silent" => Ok(Accepted::new()),
        "verbose" => Ok(Accepted::new().greeting(live::Greeting { text: "x".repeat(41) })),
        "moody" => Ok(Accepted::new().state(live::Session { device, calls: 101 })),
        "given" => Ok(Accepted::new().subscribe(chat("given"))),
        _ => Ok(Accepted::new().greeting(live::Greeting { text: format!("hello {device}") }).state(live::Session { device, calls: 0 })),
    }
}

fn service(diary: &Diary) -> RealtimeBuilder {
    let [joins, leaves, hears, goes] = [(); 4].map(|()| diary.clone());
    Realtime::builder(live::contract())
        .public()
        .on_connect(connected)
        .on_subscribe(move |subscriber: Subscriber| {
            joins.note(format!("+{}", subscriber.channel()));
            async move {
                let caller = subscriber.caller();
                assert!(subscriber.is::<live::Chat>());
                let state = caller.state::<live::Session>();
                match subscriber.param("roomId").unwrap() {
                    "secret" => Err(Denied::forbidden().message("not this one")),
                    "quiet" => Ok(Accepted::new()),
                    "more" => Ok(Accepted::new().subscribe(chat("quiet"))),
                    room => Ok(Accepted::new()
                        .greeting(live::Greeting { text: format!("{room} for {}", state.map_or("nobody".into(), |state| state.device)) })),
                }
            }
        })
        .on_unsubscribe(move |subscriber: Subscriber| {
            leaves.note(format!("-{}", subscriber.channel()));
            async {}
        })
        .on_message(move |message: ClientMessage, caller: Caller| {
            let (hears, state) = (hears.clone(), caller.state::<live::Session>());
            async move {
                match message {
                    ClientMessage::Publish { event, data, .. } if data == Some(json!({ "text": "forbidden" })) => {
                        hears.note(format!("no {event}"));
                        Err(Denied::forbidden())
                    }
                    ClientMessage::Publish { event, .. } => {
                        hears.note(event);
                        let state = state.unwrap();
                        caller.set_state(live::Session { calls: state.calls + 1, ..state }).map_err(Denied::failed)
                    }
                    ClientMessage::Call { name, .. } => {
                        hears.note(name);
                        Ok(())
                    }
                    _ => Ok(()),
                }
            }
        })
        .on_disconnect(move |caller: Caller, reason: DisconnectReason| {
            let device = caller.state::<live::Session>().map(|state| format!("{} after {}", state.device, state.calls));
            goes.note(format!("gone: {reason:?}, {device:?}"));
            async {}
        })
        .on_call(|_: live::Reload, _: Caller| async { Ok(()) })
}

/// The query that says so of a client.
fn opening(device: &str) -> String {
    format!("opening=%7B%22device%22:%22{device}%22%7D")
}

async fn raw(transport: Transport, server: &Server, query: &str) -> (Value, Option<EventStream>) {
    match transport {
        Transport::Sse => {
            let mut stream = EventStream::open(server.address, &format!("ids=0&{query}")).await;
            (stream.expect("welcome").await, Some(stream))
        }
        Transport::WebSocket => {
            let mut stream = socket(server.address, &format!("/realtime/socket?{query}"), &["tidewire.v1"]).await.unwrap();
            let first = within(futures_util::StreamExt::next(&mut stream)).await.unwrap().unwrap();
            (serde_json::from_str(first.to_text().unwrap()).unwrap(), None)
        }
    }
}

#[tokio::test]
async fn the_opening_is_read_and_the_greeting_stands_in_the_welcome() {
    for transport in BOTH {
        let server = Server::start(Under::Tidewire, service(&Diary::default())).await;
        let (welcome, _) = raw(transport, &server, &opening("phone")).await;
        assert_eq!(welcome["greeting"], json!({ "text": "hello phone" }));
        let (welcome, _) = raw(transport, &server, "").await;
        assert_eq!(welcome["greeting"], json!({ "text": "hello unknown" }), "who says nothing says enough here");
        let (welcome, _) = raw(transport, &server, &opening("silent")).await;
        assert!(welcome.get("greeting").is_none());
    }
}

#[tokio::test]
async fn an_opening_that_is_not_one_is_refused_before_anybody_is_asked() {
    let diary = Diary::default();
    let server = Server::start(Under::Tidewire, service(&diary)).await;
    for (query, expected) in [
        ("opening=%7B%22device%22:1%7D", (422, 4008)),
        ("opening=%7B%22version%22:10%7D", (422, 4008)),
        ("opening=[]", (422, 4008)),
        ("opening=null", (422, 4008)),
        ("opening=", (422, 4008)),
        ("opening=%7B%22device%22:%22a%22,%22device%22:%22b%22%7D", (422, 4008)),
        ("opening=%7B%7D&opening=%7B%7D", (400, 4000)),
        (&format!("opening={}", "[".repeat(2000)), (422, 4008)),
        (&format!("opening=%22{}%22", "x".repeat(2050)), (413, 4010)),
    ] {
        for route in ["events?ids=0", "events?channel=chat/a", "socket?"] {
            let upgrade: &[(&str, &[u8])] = &[
                ("connection", b"upgrade"),
                ("upgrade", b"websocket"),
                ("sec-websocket-version", b"13"),
                ("sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
            ];
            let headers = if route == "socket?" { upgrade } else { &[] };
            let (status, body) = get_with(server.address, &format!("/realtime/{route}&{query}"), headers).await;
            assert_eq!((status, body["error"]["code"].as_u64().unwrap()), expected, "{route} {query:.80}: {body}");
        }
    }
    let tricky = "opening=%7B%22__proto__%22:%7B%22device%22:%22x%22%7D%7D";
    assert_eq!(raw(Transport::Sse, &server, tricky).await.0["greeting"]["text"], "hello unknown");
}

#[tokio::test]
async fn the_service_may_say_no_and_its_mistakes_say_nothing() {
    let diary = Diary::default();
    let mut limits = Limits::default();
    limits.authorize_timeout = Duration::from_millis(100);
    let server = Server::start(Under::Tidewire, service(&diary).limits(limits)).await;
    for (device, expected) in [
        ("banned", (403, 4002)),
        ("broken", (500, 4100)),
        ("panic", (500, 4100)),
        ("slow", (500, 4100)),
        ("verbose", (500, 4100)),
        ("moody", (500, 4100)),
    ] {
        for route in ["events?ids=0", "events?channel=chat/a"] {
            let (status, body) = get_with(server.address, &format!("/realtime/{route}&{}", opening(device)), &[]).await;
            assert_eq!((status, body["error"]["code"].as_u64().unwrap()), expected, "{device}: {body}");
            assert!(!["secret", "hunter2", "xxxx"].iter().any(|word| body.to_string().contains(word)), "{body}");
        }
    }
    drop(server);
    assert!(diary.read().is_empty(), "who did not come in does not go: {:?}", diary.read());
}

#[tokio::test]
async fn each_channel_is_greeted_before_it_begins_and_everything_that_ends_is_told_once() {
    for transport in BOTH {
        let diary = Diary::default();
        let server = Server::start(Under::Tidewire, service(&diary)).await;
        let mut link = Link::open(transport, server.address, &format!("channel=chat/a&{}", opening("phone"))).await;
        assert_eq!(link.expect("greeting").await, json!({ "type": "greeting", "channel": "chat/a", "data": { "text": "a for phone" } }));
        link.expect("subscribed").await;
        assert_eq!(link.ask(json!({ "type": "subscribe", "channel": "chat/b" })).await["type"], "ack");
        assert_eq!(link.expect("greeting").await["data"]["text"], "b for phone");
        link.expect("subscribed").await;
        let denied = link.ask(json!({ "type": "subscribe", "channel": "chat/secret" })).await;
        assert_eq!((&denied["type"], &denied["error"]["message"]), (&json!("denied"), &json!("not this one")));
        assert_eq!(link.ask(json!({ "type": "unsubscribe", "channel": "chat/b" })).await["type"], "ack");
        link.expect("unsubscribed").await;
        let publish = |text: &str| json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "text": text } });
        assert_eq!(link.ask(publish("hi")).await["stored"], true);
        assert_eq!(link.ask(publish("forbidden")).await["error"]["name"], "denied");
        assert_eq!(link.ask(publish("")).await["error"]["name"], "invalid_payload", "what is wrong is not shown");
        assert_eq!(link.ask(json!({ "type": "call", "call": "page.reload" })).await["type"], "ack");
        drop(link);
        let told = [
            "+chat/a",
            "+chat/b",
            "+chat/secret",
            "-chat/b",
            "message.sent",
            "no message.sent",
            "page.reload",
            "-chat/a",
            "gone: Client, Some(\"phone after 1\")",
        ];
        diary.reads(&told).await;
        server.realtime.shutdown();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(diary.read(), told, "and nothing twice");
    }
}

#[tokio::test]
async fn a_plain_stream_is_greeted_too_and_refused_as_a_whole() {
    let diary = Diary::default();
    let server = Server::start(Under::Tidewire, service(&diary)).await;
    let mut stream = EventStream::open(server.address, &format!("channel=chat/a&{}", opening("tv"))).await;
    assert_eq!(stream.expect("welcome").await["greeting"]["text"], "hello tv");
    assert_eq!(stream.expect("greeting").await["data"]["text"], "a for tv");
    stream.expect("subscribed").await;
    drop(stream);
    diary.reads(&["+chat/a", "-chat/a", "gone: Client, Some(\"tv after 0\")"]).await;
    let (status, body) = get_with(server.address, "/realtime/events?channel=chat/a&channel=chat/secret", &[]).await;
    assert_eq!((status, body["error"]["message"].as_str()), (403, Some("not this one")));
    eventually("what had begun ended", || diary.read().len() == 7).await;
}

#[tokio::test]
async fn why_a_connection_ended_is_told() {
    for transport in BOTH {
        let diary = Diary::default();
        let mut server = Server::start(Under::Tidewire, service(&diary)).await;
        let link = Link::open(transport, server.address, &opening("a")).await;
        server.realtime.connection(link.connection.parse().unwrap()).close().await.unwrap();
        diary.reads(&["gone: Ended(Denied), Some(\"a after 0\")"]).await;
        let old = Link::open(transport, server.address, &opening("b")).await;
        let new = Link::open_as(transport, server.address, &opening("c"), Some(&old.session)).await;
        eventually("the older one was replaced", || diary.read().last().unwrap() == "gone: Ended(Replaced), Some(\"b after 0\")").await;
        server.signal();
        eventually("the server stops", || diary.read().last().unwrap() == "gone: Reconnect, Some(\"c after 0\")").await;
        assert_eq!(diary.read().len(), 3);
        drop((old, new));
        assert_eq!(DisconnectReason::Ended(WireCode::Replaced), DisconnectReason::Ended(WireCode::Replaced));
    }
}

#[tokio::test]
async fn channels_that_the_service_gives_are_asked_about_and_told_of() {
    for transport in BOTH {
        let diary = Diary::default();
        let broker = MemoryBroker::new();
        let here = Server::start(Under::Tidewire, service(&diary).broker(broker.clone())).await;
        let there = Server::start(Under::Tidewire, service(&diary).broker(broker)).await;
        let mut link = Link::open(transport, here.address, &opening("given")).await;
        assert_eq!(link.expect("greeting").await["channel"], "chat/given");
        assert_eq!(link.expect("subscribed").await["by"], "server");
        let connection = there.realtime.connection(link.connection.parse().unwrap());
        let refused = connection.subscribe(chat("secret")).await;
        assert!(matches!(&refused, Err(ConnectionError::Denied { message }) if message == "not this one"), "{refused:?}");
        assert_eq!(link.ask(json!({ "type": "subscribe", "channel": "chat/more" })).await["type"], "ack");
        link.expect("subscribed").await;
        let further = link.expect("subscribed").await;
        assert_eq!((&further["channel"], &further["by"]), (&json!("chat/quiet"), &json!("server")));
        connection.unsubscribe(chat("given")).await.unwrap();
        link.expect("unsubscribed").await;
        there.realtime.channel(chat("quiet")).publish(message("hi")).await.unwrap();
        link.texts(1).await;
        drop(link);
        eventually("all of it ended", || diary.read().last().is_some_and(|last| last.starts_with("gone"))).await;
        let (came, went): (Vec<_>, Vec<_>) = diary.read().into_iter().partition(|line| line.starts_with('+'));
        assert_eq!(came, ["+chat/given", "+chat/secret", "+chat/more", "+chat/quiet"]);
        assert_eq!(went.len(), 4, "each but the refused one, and the connection: {went:?}");
    }
}

#[tokio::test]
async fn the_state_of_a_connection_is_read_and_replaced_from_any_node() {
    for transport in BOTH {
        let broker = MemoryBroker::new();
        let here = Server::start(Under::Tidewire, service(&Diary::default()).broker(broker.clone())).await;
        let there = Server::start(Under::Tidewire, service(&Diary::default()).broker(broker)).await;
        let link = Link::open(transport, here.address, &opening("phone")).await;
        let state = |calls| live::Session { device: "phone".into(), calls };
        for (calls, server) in [(0, &here), (1, &there)] {
            let connection = server.realtime.connection(link.connection.parse().unwrap());
            assert_eq!(connection.state().await.unwrap(), Some(state(calls)), "{transport:?}");
            connection.set_state(state(calls + 1)).await.unwrap();
            assert!(matches!(connection.set_state(state(101)).await, Err(ConnectionError::State { .. })));
        }
        let silent = Link::open(transport, here.address, &opening("silent")).await;
        let connection = there.realtime.connection(silent.connection.parse().unwrap());
        assert_eq!(connection.state::<live::Session>().await.unwrap(), None);
        drop(silent);
        let gone = async {
            while connection.state::<live::Session>().await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        within(gone).await;
    }
}
