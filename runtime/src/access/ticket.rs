//! Tickets, which are good once on all nodes.

use tidewire_schema::History;

use super::Unfit;
use crate::{
    broker::{Draft, IdempotencyKey},
    realtime::Shared,
    transport::{Refusal, unavailable},
};

/// Where it is written down which tickets were used. No client can name it.
const CHANNEL: &str = "$tickets";

/// Why a ticket was not taken.
#[derive(Debug)]
pub(super) enum NotUsed {
    Unfit(Unfit),
    /// Nobody knows whether it was used before.
    Unknown(Refusal),
}

/// Uses a ticket up: the broker remembers names for longer than a ticket is good, whichever node asks.
pub(super) async fn use_up(shared: &Shared, name: String) -> Result<(), NotUsed> {
    let key = IdempotencyKey::new("ticket", name).map_err(|_| NotUsed::Unfit(Unfit::Claims))?;
    let draft = Draft {
        event: "used",
        sender: None,
        origin: None,
        exclude: None,
        data: None,
        retention: History::Off,
        latest: false,
        key: Some(key),
    };
    let used = shared.in_time(shared.hub.broker().publish(CHANNEL, draft)).await.map_err(|error| NotUsed::Unknown(unavailable(&error)))?;
    if used.duplicate { Err(NotUsed::Unfit(Unfit::Used)) } else { Ok(()) }
}
