//! Clients for whom nothing was lately: they learn where they stand, so that they resume from there and are told of no loss that was none.

use std::time::Duration;

use crate::support::{
    Server, Under,
    client::EventStream,
    link::{BOTH, Link},
    live::{self, chat, message},
};
use serde_json::{Value, json};
use tidewire::{Limits, PublishOptions, Realtime};

/// More than a resume replays, and than the ring of a channel holds; in portions, so that nobody is too slow for it.
const MANY: u64 = 500;
const PORTION: u64 = 20;
const REPLAYED: usize = 40;
/// How far the position that a client knows may be behind.
const BEHIND: u64 = REPLAYED as u64 / 4;

async fn serve(heartbeat: Duration) -> Server {
    let mut limits = Limits::default();
    (limits.replay_events, limits.heartbeat) = (REPLAYED, heartbeat);
    Server::start(Under::Tidewire, Realtime::builder(live::contract()).public().limits(limits)).await
}

async fn publish(server: &Server, room: &str, count: u64) {
    for number in 0..count {
        server.realtime.channel(chat(room)).publish(message(number.to_string())).await.unwrap();
    }
}

/// The number in a cursor. Clients take cursors for opaque; a test may look.
fn number(cursor: &str) -> u64 {
    cursor.split('.').nth(1).unwrap().parse().unwrap()
}

fn seldom() -> Duration {
    Duration::from_secs(15)
}

#[tokio::test]
async fn who_filters_everything_away_resumes_without_a_gap() {
    for transport in BOTH {
        let server = serve(seldom()).await;
        let mut link = Link::open(transport, server.address, "channel=chat/a&event=typing").await;
        let mut cursor = link.expect("subscribed").await["cursor"].as_str().unwrap().to_owned();
        let mut frames = 0;
        for published in (1..=MANY / PORTION).map(|portion| portion * PORTION) {
            publish(&server, "a", PORTION).await;
            while number(&cursor) + BEHIND <= published {
                let position = link.expect("position").await;
                assert_eq!(position, json!({ "type": "position", "channel": "chat/a", "cursor": position["cursor"] }));
                position["cursor"].as_str().unwrap().clone_into(&mut cursor);
                frames += 1;
            }
        }
        assert!(frames <= MANY / BEHIND, "{frames} frames, which is not seldom");
        drop(link);
        publish(&server, "a", 5).await;
        let mut link = Link::open(transport, server.address, &format!("channel=chat/a&event=typing&lastEventId={cursor}")).await;
        assert_eq!(link.expect("subscribed").await["outcome"], "resumed", "{transport:?}");
        // Without a filter the same cursor leaves nothing out.
        let query = format!("channel=chat/a&lastEventId={cursor}");
        let mut link = Link::open(transport, server.address, &query).await;
        link.expect("subscribed").await;
        let mut following = number(&cursor);
        while following < MANY + 5 {
            following += 1;
            assert_eq!(link.expect("event").await["number"], following);
        }
    }
}

#[tokio::test]
async fn who_is_left_out_of_what_it_causes_resumes_without_a_gap() {
    for transport in BOTH {
        let server = serve(seldom()).await;
        let mut link = Link::open(transport, server.address, "channel=chat/a").await;
        let mut cursor = link.expect("subscribed").await["cursor"].as_str().unwrap().to_owned();
        let own = link.connection.parse().unwrap();
        for published in 1..=MANY {
            server.realtime.channel(chat("a")).publish_with(message("mine"), PublishOptions::new().exclude(own)).await.unwrap();
            while number(&cursor) + BEHIND <= published {
                link.expect("position").await["cursor"].as_str().unwrap().clone_into(&mut cursor);
            }
        }
        let session = link.session.clone();
        drop(link);
        let query = format!("channel=chat/a&lastEventId={cursor}");
        let mut link = Link::open_as(transport, server.address, &query, Some(&session)).await;
        assert_eq!(link.expect("subscribed").await["outcome"], "resumed", "{transport:?}");
        publish(&server, "a", 1).await;
        assert_eq!(link.texts(1).await, ["0"]);
    }
}

#[tokio::test]
async fn the_heartbeat_tells_of_few_events_and_says_nothing_when_nothing_moved() {
    let heartbeat = Duration::from_millis(100);
    for transport in BOTH {
        let server = serve(heartbeat).await;
        let mut link = Link::open(transport, server.address, "channel=chat/a&channel=chat/b&event=typing").await;
        link.expect("subscribed").await;
        link.expect("subscribed").await;
        publish(&server, "a", 3).await;
        let position = link.expect("position").await;
        // The heartbeat may come between the events.
        let mut told = number(position["cursor"].as_str().unwrap());
        while told < 3 {
            told = number(link.expect("position").await["cursor"].as_str().unwrap());
        }
        // Some heartbeats later there is still nothing to tell.
        tokio::time::sleep(heartbeat * 4).await;
        server.realtime.channel(chat("b")).publish(live::Typing).await.unwrap();
        assert_eq!(link.expect("event").await["event"], "typing", "{transport:?}");
        drop(link);
        let mut link = Link::open(transport, server.address, "channel=chat/a").await;
        link.expect("subscribed").await;
        publish(&server, "a", 3).await;
        link.texts(3).await;
        tokio::time::sleep(heartbeat * 4).await;
        publish(&server, "a", 1).await;
        assert_eq!(link.texts(1).await, ["0"], "who gets everything knows where it stands");
    }
}

#[tokio::test]
async fn a_planned_end_tells_positions_first() {
    for transport in BOTH {
        let server = serve(seldom()).await;
        let mut link = Link::open(transport, server.address, "channel=chat/a&event=typing").await;
        link.expect("subscribed").await;
        publish(&server, "a", 3).await;
        server.realtime.channel(chat("a")).publish(live::Typing).await.unwrap();
        link.expect("event").await;
        server.realtime.shutdown();
        assert_eq!(number(link.expect("position").await["cursor"].as_str().unwrap()), 3);
        link.expect("reconnect").await;
    }
}

#[tokio::test]
async fn a_plain_event_source_that_filters_comes_back_with_a_position_that_is_worth_something() {
    for query in ["channel=chat/a&event=typing", "channel=chat/quiet&channel=chat/a&event=typing"] {
        let server = serve(seldom()).await;
        let mut stream = EventStream::open(server.address, query).await.welcomed().await;
        let channels = query.matches("channel=").count();
        for _ in 0..channels {
            stream.expect("subscribed").await;
        }
        let mut last_id = String::new();
        for published in (1..=MANY / PORTION).map(|portion| portion * PORTION) {
            publish(&server, "a", PORTION).await;
            while last_id.is_empty() || number(last_id.rsplit('=').next().unwrap()) + BEHIND <= published {
                let block = stream.block().await.unwrap();
                assert_eq!(block.frame["type"], "position");
                last_id = block.id.unwrap();
                assert_eq!(block.frame["cursor"], last_id.rsplit('=').next().unwrap());
            }
        }
        drop(stream);
        let mut stream = EventStream::open_with(server.address, query, &[("last-event-id", last_id.as_bytes())]).await.welcomed().await;
        for _ in 0..channels {
            assert_eq!(stream.expect("subscribed").await["outcome"], "resumed", "{query}");
        }
    }
}

#[tokio::test]
async fn a_channel_that_keeps_few_events_does_not_wait_until_they_are_gone() {
    for transport in BOTH {
        let server = serve(seldom()).await;
        // It carries one event alone, which a client may leave out when it caused it.
        let mut link = Link::open(transport, server.address, "channel=brief/7").await;
        link.expect("subscribed").await;
        let own = link.connection.parse().unwrap();
        let mut cursor = Value::Null;
        for number in 1..=20 {
            server.realtime.channel(live::Brief { id: 7 }).publish_with(message("x"), PublishOptions::new().exclude(own)).await.unwrap();
            let position = link.expect("position").await;
            assert_eq!(self::number(position["cursor"].as_str().unwrap()), number);
            cursor = position["cursor"].clone();
        }
        drop(link);
        let query = format!("channel=brief/7&lastEventId={}", cursor.as_str().unwrap());
        let mut link = Link::open(transport, server.address, &query).await;
        assert_eq!(link.expect("subscribed").await["outcome"], "resumed");
    }
}
