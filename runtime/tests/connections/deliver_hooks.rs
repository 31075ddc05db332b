//! Middleware that fits events to each client: live, replayed, resumed, in pages of history, over each transport and carrier.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::support::{
    Carrier, Server, Under,
    client::{EventStream, get_with},
    link::{BOTH, Link, Transport},
    live::{self, chat, message},
};
use serde_json::{Value, json};
use tidewire::{ConnectRequest, Deliver, Denied, Grant, Limits, Middleware, Outgoing, Realtime, RealtimeBuilder};

const SECRET: &str = "the code is 4711";

/// Cuts secrets out for everybody but their author, whom the text names.
struct Redaction;

impl Middleware for Redaction {
    fn delivers(&self, pattern: &str) -> bool {
        pattern == "chat/{roomId}"
    }

    fn deliver(&self, event: &Outgoing<'_>) -> Deliver {
        assert_eq!(event.pattern(), "chat/{roomId}");
        assert_eq!(event.channel(), format!("chat/{}", event.param("roomId").unwrap()));
        let Some(data) = event.data() else { return Deliver::Pass };
        if event.user_id() == Some("ann") || !data["text"].as_str().unwrap().contains(SECRET) {
            return Deliver::Pass;
        }
        Deliver::Change(json!({ "author": data["author"], "text": "[cut]" }))
    }
}

/// Leaves out, splits, spoils and panics, as the text says.
struct Scissors;

impl Middleware for Scissors {
    fn delivers(&self, pattern: &str) -> bool {
        pattern == "chat/{roomId}"
    }

    fn deliver(&self, event: &Outgoing<'_>) -> Deliver {
        let Some(data) = event.data() else { return Deliver::Pass };
        let text = data["text"].as_str().unwrap();
        let piece = |text: &str| json!({ "author": "ann", "text": text });
        match text.split_once(' ') {
            _ if text == "none" => Deliver::Drop,
            _ if text == "nothing" => Deliver::Split(Vec::new()),
            _ if text == "panic" => panic!("secret text of the service"),
            _ if text == "spoilt" => Deliver::Change(json!({ "text": SECRET })),
            Some(("split", words)) => Deliver::Split(words.split(' ').map(piece).collect()),
            _ => Deliver::Pass,
        }
    }
}

/// Puts a letter behind every text.
struct Letter(&'static str);

impl Middleware for Letter {
    fn delivers(&self, _: &str) -> bool {
        true
    }

    fn deliver(&self, event: &Outgoing<'_>) -> Deliver {
        let Some(data) = event.data() else { return Deliver::Pass };
        let mut data = data.clone();
        data["text"] = json!(format!("{}{}", data["text"].as_str().unwrap(), self.0));
        Deliver::Change(data)
    }
}

async fn named(request: ConnectRequest) -> Result<Grant, Denied> {
    let token = request.headers().get("authorization").and_then(|value| value.to_str().ok()).map(str::to_owned);
    Ok(Grant::everything().for_user(token.ok_or(Denied::unauthenticated())?))
}

fn redacted() -> RealtimeBuilder {
    Realtime::builder(live::contract()).authorize(named).middleware(Redaction)
}

fn cut() -> RealtimeBuilder {
    Realtime::builder(live::contract()).public().middleware(Scissors)
}

async fn link(transport: Transport, server: &Server, query: &str, user: &str) -> Link {
    Link::open_with(transport, server.address, query, None, &[("authorization", user)]).await
}

async fn say(server: &Server, text: &str) {
    server.realtime.channel(chat("a")).publish(message(text)).await.unwrap();
}

async fn page(server: &Server, query: &str, user: &str) -> Value {
    let target = format!("/realtime/history?channel=chat/a{query}");
    let (status, page) = get_with(server.address, &target, &[("authorization", user.as_bytes())]).await;
    assert_eq!(status, 200, "{page}");
    page
}

fn texts(page: &Value) -> Vec<&str> {
    page["events"].as_array().unwrap().iter().map(|event| event["data"]["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_secret_reaches_those_it_is_for_live_replayed_resumed_and_in_history() {
    for carrier in [Carrier::Socket, Carrier::Body, Carrier::Axum] {
        for transport in BOTH {
            // A ring so short that who comes back has to read the history.
            for ring_events in [1, 256] {
                let mut limits = Limits::default();
                limits.ring_events = ring_events;
                let server = Server::carried(carrier, redacted().limits(limits)).await;
                let mut ann = link(transport, &server, "channel=chat/a", "ann").await;
                let mut eve = link(transport, &server, "channel=chat/a", "eve").await;
                let cursor = eve.expect("subscribed").await["cursor"].as_str().unwrap().to_owned();
                ann.expect("subscribed").await;
                for text in ["hi", SECRET, "bye"] {
                    say(&server, text).await;
                    let (hers, others) = (ann.expect("event").await, eve.expect("event").await);
                    assert_eq!(hers["data"]["text"], text);
                    assert_eq!(others["data"]["text"], if text == SECRET { "[cut]" } else { text });
                    for member in ["id", "number", "time", "sender", "channel", "event"] {
                        assert_eq!(hers[member], others[member], "{member}");
                    }
                }
                drop((ann, eve));
                for query in [format!("channel=chat/a&lastEventId={cursor}"), "channel=chat/a&last=3".to_owned()] {
                    let mut eve = link(transport, &server, &query, "eve").await;
                    eve.expect("subscribed").await;
                    assert_eq!(eve.texts(3).await, ["hi", "[cut]", "bye"], "{carrier:?} {transport:?} {query}");
                    let mut ann = link(transport, &server, &query, "ann").await;
                    ann.expect("subscribed").await;
                    assert_eq!(ann.texts(3).await, ["hi", SECRET, "bye"]);
                }
                let mut late = link(transport, &server, "", "eve").await;
                late.ask(json!({ "type": "subscribe", "channel": "chat/a", "last": 2 })).await;
                late.expect("subscribed").await;
                assert_eq!(late.texts(2).await, ["[cut]", "bye"]);
                let (hers, others) = (page(&server, "", "ann").await, page(&server, "", "eve").await);
                assert_eq!((texts(&hers), texts(&others)), (vec!["hi", SECRET, "bye"], vec!["hi", "[cut]", "bye"]));
                assert_eq!((&hers["cursor"], &hers["number"]), (&others["cursor"], &others["number"]));
                assert!(!others.to_string().contains("4711"));
            }
        }
    }
}

#[tokio::test]
async fn a_page_that_several_read_together_is_fitted_to_each() {
    let mut limits = Limits::default();
    limits.ring_events = 1;
    let server = Server::start(Under::Tidewire, redacted().limits(limits)).await;
    let mut first = link(Transport::Sse, &server, "channel=chat/a", "eve").await;
    let cursor = first.expect("subscribed").await["cursor"].as_str().unwrap().to_owned();
    drop(first);
    for text in ["hi", SECRET, "bye"] {
        say(&server, text).await;
    }
    let query = format!("channel=chat/a&lastEventId={cursor}");
    let clients = (0..20).map(|number| {
        let (user, transport) = (if number % 5 == 0 { "ann" } else { "eve" }, BOTH[number % 2]);
        let (server, query) = (&server, &query);
        async move {
            let mut link = link(transport, server, query, user).await;
            link.expect("subscribed").await;
            assert_eq!(link.texts(3).await, ["hi", if user == "ann" { SECRET } else { "[cut]" }, "bye"]);
        }
    });
    futures_util::future::join_all(clients).await;
}

#[tokio::test]
async fn a_plain_event_source_gets_fitted_events_with_ids_that_resume() {
    for carrier in [Carrier::Socket, Carrier::Body, Carrier::Axum] {
        let server = Server::carried(carrier, redacted()).await;
        for query in ["channel=chat/a", "channel=chat/a&channel=chat/b"] {
            let user: (&str, &[u8]) = ("authorization", b"eve");
            let mut stream = EventStream::open_with(server.address, query, &[user]).await.welcomed().await;
            for _ in query.split('&') {
                stream.expect("subscribed").await;
            }
            say(&server, SECRET).await;
            say(&server, "bye").await;
            let (cut, bye) = (stream.block().await.unwrap(), stream.block().await.unwrap());
            assert_eq!((&cut.frame["data"]["text"], &bye.frame["data"]["text"]), (&json!("[cut]"), &json!("bye")), "{carrier:?}");
            let id = cut.id.unwrap();
            assert!(id.contains(cut.frame["id"].as_str().unwrap()), "{id}");
            drop(stream);
            let last = id.into_bytes();
            let mut stream = EventStream::open_with(server.address, query, &[user, ("last-event-id", &last)]).await.welcomed().await;
            for _ in query.split('&') {
                stream.expect("subscribed").await;
            }
            assert_eq!(stream.texts(1).await, ["bye"], "{carrier:?}: nothing twice, nothing lost");
        }
    }
}

#[tokio::test]
async fn what_a_hook_leaves_out_is_no_hole_and_costs_no_resume() {
    for transport in BOTH {
        let mut limits = Limits::default();
        limits.replay_events = 40;
        let server = Server::start(Under::Tidewire, cut().limits(limits)).await;
        let mut link = Link::open(transport, server.address, "channel=chat/a").await;
        let mut cursor = link.expect("subscribed").await["cursor"].as_str().unwrap().to_owned();
        for number in 0..100 {
            say(&server, if number % 2 == 0 { "none" } else { "nothing" }).await;
            if number % 10 == 9 {
                // As with a filter: now and then it learns where it stands.
                cursor = link.expect("position").await["cursor"].as_str().unwrap().to_owned();
            }
        }
        drop(link);
        say(&server, "none").await;
        say(&server, "seen").await;
        let mut link = Link::open(transport, server.address, &format!("channel=chat/a&lastEventId={cursor}")).await;
        assert_eq!(link.expect("subscribed").await["outcome"], "resumed");
        let event = link.expect("event").await;
        assert_eq!((&event["data"]["text"], &event["number"]), (&json!("seen"), &json!(102)), "{transport:?}");
        let page = page(&server, "&limit=3", "x").await;
        assert_eq!((texts(&page), &page["number"]), (vec!["seen"], &json!(102)));
    }
}

#[tokio::test]
async fn more_than_a_turn_holds_may_be_left_out() {
    for transport in BOTH {
        let mut limits = Limits::default();
        (limits.ring_bytes, limits.ring_events) = (4 << 20, 1000);
        let server = Server::start(Under::Tidewire, cut().limits(limits)).await;
        let mut link = Link::open(transport, server.address, "channel=chat/a").await;
        let cursor = link.expect("subscribed").await["cursor"].as_str().unwrap().to_owned();
        let large = live::MessageSent { author: "x".repeat(64), text: "none".to_owned() };
        let mut batch = server.realtime.batch();
        for _ in 0..900 {
            batch.add(&server.realtime.channel(chat("a")), large.clone());
        }
        assert!(batch.publish().await.iter().all(Result::is_ok));
        say(&server, "seen").await;
        loop {
            let frame = link.frame().await;
            if frame["type"] != "position" {
                assert_eq!(frame["data"]["text"], "seen");
                break;
            }
        }
        let mut link = Link::open(transport, server.address, &format!("channel=chat/a&lastEventId={cursor}")).await;
        assert_eq!(link.expect("subscribed").await["outcome"], "resumed");
        loop {
            let frame = link.frame().await;
            if frame["type"] != "position" {
                assert_eq!(frame["data"]["text"], "seen", "{transport:?}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_split_event_has_its_id_and_number_on_the_last_piece() {
    for transport in BOTH {
        let server = Server::start(Under::Tidewire, cut()).await;
        let mut link = Link::open(transport, server.address, "channel=chat/a").await;
        let cursor = link.expect("subscribed").await["cursor"].as_str().unwrap().to_owned();
        say(&server, "split one two three").await;
        say(&server, "after").await;
        let live = [link.expect("event").await, link.expect("event").await, link.expect("event").await];
        let resumed = format!("channel=chat/a&lastEventId={cursor}");
        let mut again = Link::open(transport, server.address, &resumed).await;
        again.expect("subscribed").await;
        let replayed = [again.expect("event").await, again.expect("event").await, again.expect("event").await];
        let page = page(&server, "", "x").await;
        let read: Vec<Value> = page["events"].as_array().unwrap()[..3].to_vec();
        for pieces in [&live[..], &replayed[..], &read[..]] {
            let words: Vec<&str> = pieces.iter().map(|piece| piece["data"]["text"].as_str().unwrap()).collect();
            assert_eq!(words, ["one", "two", "three"], "{transport:?}");
            for piece in &pieces[..2] {
                assert!(piece.get("id").is_none() && piece.get("number").is_none(), "{piece}");
            }
            assert_eq!(pieces[2]["number"], 1);
            assert!(pieces.iter().all(|piece| piece["time"] == pieces[2]["time"] && piece["event"] == "message.sent"));
        }
        let id = live[2]["id"].as_str().unwrap();
        let mut after = Link::open(transport, server.address, &format!("channel=chat/a&lastEventId={id}")).await;
        after.expect("subscribed").await;
        assert_eq!(after.texts(1).await, ["after"]);
        assert_eq!(texts(&page), ["one", "two", "three", "after"]);
    }
    let server = Server::start(Under::Tidewire, cut()).await;
    let mut stream = EventStream::open(server.address, "channel=chat/a").await.welcomed().await;
    stream.expect("subscribed").await;
    say(&server, "split one two").await;
    let (one, two) = (stream.block().await.unwrap(), stream.block().await.unwrap());
    assert!(one.id.is_none() && two.id.is_some_and(|id| two.frame["id"] == id));
}

#[tokio::test]
async fn a_deliver_hook_that_fails_withholds_the_event_and_nothing_else() {
    for carrier in [Carrier::Socket, Carrier::Axum] {
        for transport in BOTH {
            let server = Server::carried(carrier, cut()).await;
            let mut link = Link::open(transport, server.address, "channel=chat/a&channel=brief/1").await;
            link.expect("subscribed").await;
            link.expect("subscribed").await;
            for text in ["one", "panic", "spoilt", "two"] {
                say(&server, text).await;
            }
            server.realtime.channel(live::Brief { id: 1 }).publish(message("panic")).await.unwrap();
            let mut seen = [link.expect("event").await, link.expect("event").await, link.expect("event").await];
            seen.sort_by_key(|event| event["channel"].to_string());
            let seen: Vec<&str> = seen.iter().map(|event| event["data"]["text"].as_str().unwrap()).collect();
            assert_eq!(seen, ["panic", "one", "two"], "{carrier:?} {transport:?}");
            assert_eq!(texts(&page(&server, "", "x").await), ["one", "two"]);
            assert_eq!(link.ask(json!({ "type": "pong" })).await["type"], "ack");
        }
    }
}

#[tokio::test]
async fn deliver_hooks_come_in_order_and_see_what_those_before_them_left() {
    let builder = cut().middleware(Letter("1")).middleware(Letter("2"));
    let server = Server::start(Under::Tidewire, builder).await;
    let mut link = Link::open(Transport::WebSocket, server.address, "channel=chat/a&channel=brief/1").await;
    link.expect("subscribed").await;
    link.expect("subscribed").await;
    for text in ["x", "split y z", "none"] {
        say(&server, text).await;
    }
    assert_eq!(link.texts(3).await, ["x12", "y12", "z12"]);
    server.realtime.channel(live::Brief { id: 1 }).publish(message("brief")).await.unwrap();
    assert_eq!(link.texts(1).await, ["brief12"]);
    // A signal has nothing to change, and what the service reads itself is as it is stored.
    server.realtime.channel(chat("a")).publish(live::Typing).await.unwrap();
    assert_eq!(link.expect("event").await["event"], "typing");
    let page = server.realtime.channel(chat("a")).history(tidewire::History::latest(3)).await.unwrap();
    assert_eq!(page.events[1].data.as_ref().unwrap()["text"], "split y z");
}

#[tokio::test]
async fn a_hook_is_asked_for_each_client_and_only_about_its_channels() {
    struct Counting(Arc<AtomicUsize>);
    impl Middleware for Counting {
        fn delivers(&self, pattern: &str) -> bool {
            pattern == "brief/{id}"
        }
        fn deliver(&self, event: &Outgoing<'_>) -> Deliver {
            assert!(event.connection().is_some() && event.id().is_some() && event.origin().is_none() && event.sender().is_none());
            self.0.fetch_add(1, Ordering::SeqCst);
            Deliver::Pass
        }
    }
    let count = Arc::new(AtomicUsize::new(0));
    let builder = Realtime::builder(live::contract()).public().middleware(Counting(count.clone()));
    let server = Server::start(Under::Tidewire, builder).await;
    let mut links = Vec::new();
    for transport in BOTH {
        let mut link = Link::open(transport, server.address, "channel=chat/a&channel=brief/1").await;
        link.expect("subscribed").await;
        link.expect("subscribed").await;
        links.push(link);
    }
    say(&server, "hi").await;
    server.realtime.channel(live::Brief { id: 1 }).publish(message("brief")).await.unwrap();
    for link in &mut links {
        link.expect("event").await;
        link.expect("event").await;
    }
    assert_eq!(count.load(Ordering::SeqCst), 2);
}
