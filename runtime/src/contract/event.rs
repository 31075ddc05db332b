//! Events as Rust types.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::channel::DecodeError;

/// A Rust type that is an event of a contract. Implemented by [`realtime_events`](crate::realtime_events), not by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no event of a contract",
    label = "clients know no event `{Self}`",
    note = "give `{Self}` an `#[event(\"…\")]`, in a module with `#[tidewire::realtime_events]`"
)]
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name on the wire.
    const NAME: &'static str;
    /// Whether it carries nothing.
    const SIGNAL: bool;
}

/// An event that the service itself may publish: its `publish(…)` lists `server`, or nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no event that the service may publish",
    label = "the service may not publish `{Self}`",
    note = "add `server` to the `publish(…)` in the `#[event(…)]` of `{Self}`"
)]
pub trait ServerEvent: Event {}

/// One type for all events of a channel. Implemented by [`realtime_events`](crate::realtime_events), not by hand.
pub trait EventEnum: Sized + Send + Sync + 'static {
    /// Reads an event as one of the variants.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if no variant is called so, or the payload does not fit its type.
    // Generic, so that a channel nobody subscribes to costs nothing to compile.
    #[doc(hidden)]
    fn read<E: Encoded>(event: E) -> Result<Self, DecodeError>;
}

/// An event before it has a type: what [`EventEnum`] reads.
#[doc(hidden)]
pub trait Encoded: Sized {
    /// Whether it is an `E`, by its name.
    fn is<E: Event>(&self) -> bool;
    /// Reads it as an `E`.
    fn read<E: Event>(self) -> Result<E, DecodeError>;
    /// That no variant fits.
    fn unknown(self) -> DecodeError;
}

/// The event of a channel that declares neither events nor a payload: it says that something happened, and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Signal;

impl Event for Signal {
    const NAME: &'static str = tidewire_schema::UNNAMED;
    const SIGNAL: bool = true;
}

impl ServerEvent for Signal {}
