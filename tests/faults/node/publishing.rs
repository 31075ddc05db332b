//! Publishing for the test, which is told what came of it.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use tidewire::{PublishError, Published, Realtime};

use super::live::live;

/// What to publish.
#[derive(Deserialize)]
pub(crate) struct Order {
    channel: String,
    event: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    body: String,
}

/// What came of it.
#[derive(Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Answer {
    Stored { id: String, number: u64, duplicate: bool },
    Passed,
    Failed { code: u16, name: &'static str, cause: String },
}

pub(crate) async fn one(State(realtime): State<Realtime>, Json(order): Json<Order>) -> Json<Answer> {
    Json(publish(&realtime, order).await)
}

pub(crate) async fn batch(State(realtime): State<Realtime>, Json(orders): Json<Vec<Order>>) -> Json<Vec<Answer>> {
    let mut answers = Vec::new();
    for order in orders {
        answers.push(publish(&realtime, order).await);
    }
    Json(answers)
}

async fn publish(realtime: &Realtime, order: Order) -> Answer {
    let Order { channel, event, token, body } = order;
    let (kind, id) = channel.split_once('/').map(|(kind, id)| (kind, id.to_owned())).unwrap_or_default();
    let published = match (kind, event.as_str()) {
        ("room", "noted") => realtime.channel(live::Room { id }).publish(live::Noted { token, body }).await,
        ("room", "signalled") => realtime.channel(live::Room { id }).publish(live::Signalled).await,
        ("room", "blinked") => realtime.channel(live::Room { id }).publish(live::Blinked { token }).await,
        ("small", "noted") => realtime.channel(live::Small { id }).publish(live::Noted { token, body }).await,
        ("brief", "noted") => realtime.channel(live::Brief { id }).publish(live::Noted { token, body }).await,
        ("quiet", "noted") => realtime.channel(live::Quiet { id }).publish(live::Noted { token, body }).await,
        _ => return Answer::Failed { code: 0, name: "no_such_event", cause: format!("{channel} {event}") },
    };
    answer(published)
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
