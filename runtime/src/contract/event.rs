//! Events as Rust types.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A Rust type that is an event of a contract. Implemented by [`realtime_events`](crate::realtime_events), not by hand.
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name on the wire.
    const NAME: &'static str;
    /// Whether it carries nothing.
    const SIGNAL: bool;
}

/// An event that the service itself may publish: its `publish(…)` lists `server`, or nothing.
#[diagnostic::on_unimplemented(
    message = "event `{Self}` may only be published by clients",
    label = "the service may not publish `{Self}`",
    note = "add `server` to the `publish(…)` in the `#[event(…)]` of `{Self}`"
)]
pub trait ServerEvent: Event {}

/// The event of a channel that declares neither events nor a payload: it says that something happened, and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Signal;

impl Event for Signal {
    const NAME: &'static str = tidewire_schema::UNNAMED;
    const SIGNAL: bool = true;
}

impl ServerEvent for Signal {}
