//! Channels as Rust types.

use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{Event, EventEnum};

/// A Rust type that is a channel of a contract; its fields are the parameters. Implemented by [`realtime_events`](crate::realtime_events), not by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no channel of a contract",
    label = "clients know no channel `{Self}`",
    note = "give `{Self}` a `#[channel(\"…\", events(…))]`, in a module with `#[tidewire::realtime_events]`"
)]
pub trait Channel: Send + Sync + 'static {
    /// The pattern, such as `chat/{roomId}`.
    const PATTERN: &'static str;

    /// The parameters by their names on the wire, as text; an optional one that is absent is left out.
    fn params(&self) -> Vec<(&'static str, String)>;
}

/// That a channel carries an event. This is what makes publishing the wrong event a compile error.
#[diagnostic::on_unimplemented(
    message = "channel `{Self}` does not carry event `{E}`",
    label = "`{E}` cannot be published here",
    note = "add `{E}` to `events(…)` in the `#[channel(…)]` of `{Self}`"
)]
pub trait Carries<E: Event>: Channel {}

/// A channel that Rust code can subscribe to: its events have an enum. Implemented by [`realtime_events`](crate::realtime_events), not by hand.
///
/// The enum of `Chat` is called `ChatEvent` and stands beside it, with a variant for each event, called like the event's type and holding it.
#[diagnostic::on_unimplemented(
    message = "channel `{Self}` has no enum of its events",
    label = "nobody can subscribe to `{Self}` in Rust",
    note = "declare the default channel to subscribe to it: `#[channel(\"default\", events = all)] pub struct Everyone;`"
)]
pub trait Subscribable: Channel {
    /// The enum.
    type Event: EventEnum;
}

/// A channel that has presence: its contract says what a member shows. Implemented by [`realtime_events`](crate::realtime_events), not by hand.
#[diagnostic::on_unimplemented(
    message = "channel `{Self}` has no presence",
    label = "nobody can be present on `{Self}`",
    note = "add `presence = Member`, where `Member` is what a member shows, to the `#[channel(…)]` of `{Self}`"
)]
pub trait HasPresence: Channel {
    /// What a member shows.
    type Member: Serialize + DeserializeOwned + Send + Sync + 'static;
}

/// The channel `default`, which carries every shared event unless the contract says otherwise. It needs no Rust type of its own:
/// [`Realtime::publish`](crate::Realtime::publish) addresses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DefaultChannel;

impl Channel for DefaultChannel {
    const PATTERN: &'static str = tidewire_schema::DEFAULT_CHANNEL;

    fn params(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// A value that can stand in a channel's name.
pub trait ParamValue: Sized {
    /// Its text, before it is encoded for the name.
    fn to_param(&self) -> String;

    /// The value of a text that stood in a name.
    fn from_param(text: &str) -> Option<Self>;
}

/// The parameter `name` among those of a channel's name.
pub fn read_param<T: ParamValue>(values: &[(&str, String)], name: &str) -> Option<T> {
    T::from_param(&values.iter().find(|(param, _)| *param == name)?.1)
}

/// The same of one that may be left out.
pub fn read_optional_param<T: ParamValue>(values: &[(&str, String)], name: &str) -> Option<Option<T>> {
    match values.iter().find(|(param, _)| *param == name) {
        Some((_, text)) => T::from_param(text).map(Some),
        None => Some(None),
    }
}

macro_rules! params_by_display {
    ($($type:ty),*) => {$(
        impl ParamValue for $type {
            fn to_param(&self) -> String {
                self.to_string()
            }

            fn from_param(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )*};
}

params_by_display!(String, bool, i8, i16, i32, i64, u8, u16, u32, u64, Uuid);
