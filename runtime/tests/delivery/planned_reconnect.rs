//! Connections that end before a platform would end them: their clients come back, and miss nothing.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use crate::support::{
    Server, Under,
    client::EventStream,
    link::{Link, Transport},
    live::{self, chat, message},
};
use serde_json::Value;
use tidewire::{BuildError, Realtime};

const LONGEST: Duration = Duration::from_secs(1);
/// How often each client has to come back.
const RETURNS: usize = 3;
/// How long that may take. Each time takes a second and a half at most, unless the machine is busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client that comes back for as long as it is asked to.
#[derive(Clone, Copy, Debug)]
enum Client {
    KeepsCursors(Transport),
    /// As a browser does it: it repeats the last id, and knows nothing of frames.
    EventSource(&'static str),
}

/// What a client saw on one connection after the other.
#[derive(Default)]
struct Seen {
    texts: Vec<String>,
    // How long each connection lasted that was ended.
    lasted: Vec<Duration>,
    outcomes: Vec<String>,
}

/// What clients and whoever publishes know of each other.
#[derive(Default)]
struct Course {
    // How many clients subscribed.
    begun: AtomicUsize,
    // How many were sent away often enough.
    returned: AtomicUsize,
    published: AtomicUsize,
    over: AtomicBool,
}

impl Client {
    fn channels(self) -> usize {
        if let Self::EventSource(query) = self { query.matches("channel=").count() } else { 1 }
    }

    async fn follow(self, server: &Server, course: &Course) -> Seen {
        let (mut seen, mut position, mut session) = (Seen::default(), None::<String>, None::<String>);
        loop {
            let opened = Instant::now();
            let mut connection = Connected::open(self, server, position.as_deref(), session.as_deref()).await;
            let after = loop {
                let (frame, id) = connection.next().await;
                if let Some(id) = id {
                    position = Some(id);
                }
                match frame["type"].as_str().unwrap() {
                    "welcome" => session = frame["session"].as_str().map(str::to_owned),
                    "subscribed" => {
                        seen.outcomes.push(frame["outcome"].as_str().unwrap().to_owned());
                        if seen.outcomes.len() == self.channels() {
                            course.begun.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                    "event" => seen.texts.push(frame["data"]["text"].as_str().unwrap().to_owned()),
                    "reconnect" => break frame["after"].as_u64().unwrap(),
                    _ => panic!("{self:?}: {frame}"),
                }
                if course.over.load(Ordering::SeqCst) && seen.texts.len() >= course.published.load(Ordering::SeqCst) {
                    return seen;
                }
            };
            assert!(after <= 500, "{after} ms");
            seen.lasted.push(opened.elapsed());
            if seen.lasted.len() == RETURNS {
                course.returned.fetch_add(1, Ordering::SeqCst);
            }
            connection.ended().await;
            tokio::time::sleep(Duration::from_millis(after)).await;
        }
    }
}

enum Connected {
    Link(Box<Link>),
    Stream(Box<EventStream>),
}

impl Connected {
    async fn open(client: Client, server: &Server, position: Option<&str>, session: Option<&str>) -> Self {
        match client {
            Client::KeepsCursors(transport) => {
                let mut link = Link::open_as(transport, server.address, "", session).await;
                let mut subscribe = serde_json::json!({ "type": "subscribe", "channel": "chat/a" });
                if let Some(position) = position {
                    subscribe["after"] = position.into();
                }
                assert_eq!(link.ask(subscribe).await["type"], "ack");
                Self::Link(Box::new(link))
            }
            Client::EventSource(query) => {
                let position = position.map(|id| ("last-event-id", id.as_bytes()));
                Self::Stream(Box::new(EventStream::open_with(server.address, query, position.as_slice()).await))
            }
        }
    }

    /// The next frame, and the position that it brings.
    async fn next(&mut self) -> (Value, Option<String>) {
        match self {
            Self::Link(link) => {
                let frame = link.frame().await;
                let position = frame["id"].as_str().or(frame["cursor"].as_str()).map(str::to_owned);
                (frame, position)
            }
            Self::Stream(stream) => loop {
                let block = stream.block().await.unwrap();
                if !block.comment {
                    return (block.frame, block.id);
                }
            },
        }
    }

    /// Waits for the end that was announced.
    async fn ended(&mut self) {
        match self {
            Self::Link(link) => assert_eq!(link.next().await, None),
            Self::Stream(stream) => assert_eq!(stream.block().await, None),
        }
    }
}

#[tokio::test]
async fn a_connection_ends_before_its_longest_duration_and_nothing_is_lost_or_comes_twice() {
    for under in [Under::Tidewire, Under::Axum] {
        let server = Server::start(under, Realtime::builder(live::contract()).public().max_duration(LONGEST)).await;
        let course = Course::default();
        let clients = [
            Client::KeepsCursors(Transport::Sse),
            Client::KeepsCursors(Transport::WebSocket),
            Client::EventSource("channel=chat/a"),
            Client::EventSource("channel=chat/quiet&channel=chat/a"),
        ];
        let publishing = async {
            // From their first subscription on all are due the same events.
            crate::support::eventually("everybody listens", || course.begun.load(Ordering::SeqCst) == clients.len()).await;
            let until = Instant::now() + PATIENCE;
            while course.returned.load(Ordering::SeqCst) < clients.len() && Instant::now() < until {
                let number = course.published.load(Ordering::SeqCst);
                server.realtime.channel(chat("a")).publish(message(number.to_string())).await.unwrap();
                course.published.store(number + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(4)).await;
            }
            course.over.store(true, Ordering::SeqCst);
            // For those who have everything already and wait for a frame to notice.
            course.published.fetch_add(1, Ordering::SeqCst);
            server.realtime.channel(chat("a")).publish(message("last")).await.unwrap();
        };
        let [one, two, three, four] = clients.map(|client| client.follow(&server, &course));
        let ((), one, two, three, four) = tokio::join!(publishing, one, two, three, four);
        let count = course.published.load(Ordering::SeqCst) - 1;
        let expected: Vec<String> = (0..count).map(|number| number.to_string()).chain(["last".to_owned()]).collect();
        for (client, Seen { texts, lasted, outcomes }) in clients.iter().zip([one, two, three, four]) {
            assert_eq!(texts, expected, "{client:?} under {under:?}");
            assert!(lasted.len() >= RETURNS, "{client:?} came back {} times", lasted.len());
            assert!(lasted.iter().all(|lasted| *lasted >= LONGEST.mul_f64(0.9)), "{client:?}: {lasted:?}");
            let (first, later) = outcomes.split_at(client.channels());
            assert!(first.iter().all(|outcome| outcome == "fresh") && later.iter().all(|outcome| outcome == "resumed"), "{client:?}");
        }
    }
}

#[tokio::test]
async fn a_quiet_connection_ends_in_time_too_and_one_without_a_limit_stays() {
    let limited = Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().max_duration(LONGEST)).await;
    let free = Server::public(Under::Tidewire).await;
    for transport in crate::support::link::BOTH {
        let mut staying = Link::open(transport, free.address, "channel=chat/a").await;
        staying.expect("subscribed").await;
        let mut link = Link::open(transport, limited.address, "channel=chat/a").await;
        link.expect("subscribed").await;
        link.expect("reconnect").await;
        if transport == Transport::WebSocket {
            assert_eq!(link.close_frame().await.map(|frame| u16::from(frame.code)), Some(1012));
        } else {
            assert_eq!(link.next().await, None);
        }
        free.realtime.channel(chat("a")).publish(message("still here")).await.unwrap();
        assert_eq!(staying.texts(1).await, ["still here"]);
    }
}

#[tokio::test]
async fn a_duration_too_short_to_work_is_a_mistake_of_the_program() {
    let build = |duration| Realtime::builder(live::contract()).public().max_duration(duration).build();
    let error = build(Duration::from_millis(999)).await.unwrap_err();
    assert!(matches!(error, BuildError::Limit { name: "max_duration", .. }), "{error}");
    assert!(build(Duration::from_secs(1)).await.is_ok() && build(Duration::MAX).await.is_ok());
}
