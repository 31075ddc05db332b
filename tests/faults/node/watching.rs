//! A subscriber in Rust, told over the network: what it sees in the form of an event stream, so that the test can hold it to the same promises.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    extract::{Query, State},
};
use futures_util::stream;
use serde_json::{Value, json};
use tidewire::{Channel, Cursor, History, Received, SubscribeError};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};

use super::{Shared, live::live, publishing::dispatch_channel};

/// What is known of an event of any channel.
pub(crate) trait Described {
    /// Its name, its token and its body.
    fn describe(&self) -> (&'static str, Option<&str>, &str);
}

macro_rules! described {
    ($event:ty, $($variant:ident => $described:expr),*) => {
        impl Described for $event {
            fn describe(&self) -> (&'static str, Option<&str>, &str) {
                match self {
                    $(Self::$variant(event) => $described(event),)*
                }
            }
        }
    };
}

fn noted(event: &live::Noted) -> (&'static str, Option<&str>, &str) {
    ("noted", Some(&event.token), &event.body)
}

fn moved(event: &live::Moved) -> (&'static str, Option<&str>, &str) {
    ("moved", Some(&event.token), &event.body)
}

fn signalled(_: &live::Signalled) -> (&'static str, Option<&'static str>, &'static str) {
    ("signalled", None, "")
}

fn blinked(event: &live::Blinked) -> (&'static str, Option<&str>, &str) {
    ("blinked", Some(&event.token), "")
}

described!(live::RoomEvent, Noted => noted, Moved => moved, Signalled => signalled, Blinked => blinked);
described!(live::SmallEvent, Noted => noted);
described!(live::BriefEvent, Noted => noted);
described!(live::QuietEvent, Noted => noted);
described!(live::DeepEvent, Noted => noted);

type Lines = mpsc::Sender<Bytes>;

pub(crate) async fn watch(State(node): State<Shared>, Query(query): Query<Vec<(String, String)>>) -> Body {
    let (lines, received) = mpsc::channel(16);
    let known: Vec<(String, String)> = query
        .iter()
        .filter(|(name, _)| name == "lastEventId")
        .flat_map(|(_, list)| list.split(',').filter_map(|pair| pair.split_once('=')))
        .map(|(channel, cursor)| (channel.to_owned(), cursor.to_owned()))
        .collect();
    tell(&lines, &json!({ "type": "welcome" })).await;
    tokio::spawn(beat(node.clone(), lines.clone()));
    for (_, channel) in query.into_iter().filter(|(name, _)| name == "channel") {
        let after = known.iter().find(|(name, _)| *name == channel).and_then(|(_, cursor)| cursor.parse().ok());
        tokio::spawn(until_stopped(node.clone(), channel, after, lines.clone()));
    }
    Body::from_stream(stream::unfold(received, async |mut received| Some((Ok::<_, Infallible>(received.recv().await?), received))))
}

async fn beat(node: Shared, lines: Lines) {
    let mut stopping = node.stopping.subscribe();
    let mut ticks = interval(node.heartbeat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            _ = ticks.tick() => {}
        }
        if lines.send(Bytes::from_static(b":\n\n")).await.is_err() {
            return;
        }
    }
}

async fn until_stopped(node: Shared, channel: String, after: Option<Cursor>, lines: Lines) {
    let mut stopping = node.stopping.subscribe();
    let closed = lines.clone();
    tokio::select! {
        () = closed.closed() => {}
        _ = stopping.wait_for(|stopping| *stopping) => {}
        () = async {
            macro_rules! follow {
                ($address:expr) => {
                    follow($address, &channel, after, &lines).await
                };
            }
            let followed = dispatch_channel!(node.realtime, channel, follow);
            if let Err(error) = followed {
                tell(&lines, &json!({ "type": "error", "error": { "message": error } })).await;
            }
        } => {}
    }
}

/// Follows a channel; ends only when that cannot begin.
async fn follow<C>(address: tidewire::Address<C>, channel: &str, after: Option<Cursor>, lines: &Lines) -> Result<(), String>
where
    C: Channel + tidewire::Subscribable,
    C::Event: Described,
{
    let (outcome, cursor) = if let Some(after) = after {
        ("resumed", after)
    } else {
        // A snapshot, and what comes after it: there is nothing in between to be missed.
        ("fresh", address.history(History::latest(1)).await.map_err(|error| error.to_string())?.cursor)
    };
    let mut events = address.subscribe().after(cursor).await.map_err(|error| error.to_string())?;
    tell(lines, &json!({ "type": "subscribed", "channel": channel, "outcome": outcome, "cursor": cursor })).await;
    while let Some(item) = events.next().await {
        match item {
            Ok(received) => tell(lines, &event(channel, &received)).await,
            Err(SubscribeError::Gap { reason, from, to, missed }) => {
                let mut frame = json!({ "type": "gap", "channel": channel, "reason": reason.name(), "from": from, "cursor": to });
                if let Some(missed) = missed {
                    frame["missed"] = missed.into();
                }
                tell(lines, &frame).await;
            }
            // Nothing in these tests explains it, and a connection that ends is noticed.
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(())
}

fn event<E: Described>(channel: &str, received: &Received<E>) -> Value {
    let (name, token, body) = received.event.describe();
    let mut frame = json!({ "type": "event", "channel": channel, "event": name, "data": { "token": token, "body": body } });
    if let Some(id) = received.id {
        frame["id"] = id.to_string().into();
    }
    frame
}

async fn tell(lines: &Lines, frame: &Value) {
    // Whoever does not listen any more is found out by the task's other half.
    let _ = lines.send(Bytes::from(format!("data: {frame}\n\n"))).await;
}
