//! Publishing for the test, which is told what came of it.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use tidewire::{PublishError, PublishOptions, Published};

use super::{Shared, live::live};

/// What to publish.
#[derive(Deserialize)]
pub(crate) struct Order {
    channel: String,
    event: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    body: String,
    key: Option<String>,
}

/// Does something with the channel and the event that an order names.
macro_rules! dispatch {
    ($realtime:ident, $order:ident, $work:ident) => {{
        let Order { channel, event, token, body, .. } = $order;
        let (kind, id) = channel.split_once('/').map(|(kind, id)| (kind, id.to_owned())).unwrap_or_default();
        match (kind, event.as_str()) {
            ("room", "noted") => Ok($work!($realtime.channel(live::Room { id }), live::Noted { token, body })),
            ("room", "moved") => Ok($work!($realtime.channel(live::Room { id }), live::Moved { token, body })),
            ("room", "signalled") => Ok($work!($realtime.channel(live::Room { id }), live::Signalled)),
            ("room", "blinked") => Ok($work!($realtime.channel(live::Room { id }), live::Blinked { token })),
            ("small", "noted") => Ok($work!($realtime.channel(live::Small { id }), live::Noted { token, body })),
            ("deep", "noted") => Ok($work!($realtime.channel(live::Deep { id }), live::Noted { token, body })),
            ("brief", "noted") => Ok($work!($realtime.channel(live::Brief { id }), live::Noted { token, body })),
            ("quiet", "noted") => Ok($work!($realtime.channel(live::Quiet { id }), live::Noted { token, body })),
            _ => Err(format!("{channel} {event}")),
        }
    }};
}

/// What came of it.
#[derive(Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Answer {
    Stored { id: String, number: u64, duplicate: bool },
    Passed,
    Failed { code: u16, name: &'static str, cause: String },
}

/// Does something with the channel of a name.
macro_rules! dispatch_channel {
    ($realtime:expr, $channel:expr, $work:ident) => {{
        let (kind, id) = $channel.split_once('/').map(|(kind, id)| (kind, id.to_owned())).unwrap_or_default();
        match kind {
            "room" => $work!($realtime.channel(live::Room { id })),
            "small" => $work!($realtime.channel(live::Small { id })),
            "deep" => $work!($realtime.channel(live::Deep { id })),
            "brief" => $work!($realtime.channel(live::Brief { id })),
            "quiet" => $work!($realtime.channel(live::Quiet { id })),
            _ => Err($channel.clone()),
        }
    }};
}
pub(crate) use dispatch_channel;

pub(crate) async fn one(State(node): State<Shared>, Json(order): Json<Order>) -> Json<Answer> {
    let (realtime, options) = (&node.realtime, order.options());
    macro_rules! publish {
        ($address:expr, $event:expr) => {
            $address.publish_with($event, options).await
        };
    }
    Json(dispatch!(realtime, order, publish).map_or_else(|cause| Answer::Failed { code: 0, name: "no_such_event", cause }, answer))
}

pub(crate) async fn batch(State(node): State<Shared>, Json(orders): Json<Vec<Order>>) -> Result<Json<Vec<Answer>>, String> {
    let realtime = &node.realtime;
    let mut batch = realtime.batch();
    for order in orders {
        let options = order.options();
        macro_rules! add {
            ($address:expr, $event:expr) => {
                batch.add_with(&$address, $event, options)
            };
        }
        dispatch!(realtime, order, add)?;
    }
    Ok(Json(batch.publish().await.into_iter().map(answer).collect()))
}

impl Order {
    fn options(&self) -> PublishOptions {
        let options = PublishOptions::new();
        if let Some(key) = &self.key { options.key(key) } else { options }
    }
}

fn answer(published: Result<Published, PublishError>) -> Answer {
    match published {
        Ok(Published { id: Some(id), number: Some(number), duplicate, .. }) => Answer::Stored { id: id.to_string(), number, duplicate },
        Ok(_) => Answer::Passed,
        Err(error) => {
            let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            Answer::Failed { code: error.code().number(), name: error.code().name(), cause }
        }
    }
}
