//! What ties Rust types to a contract: the traits that `#[realtime_events]` implements, and the contract as the service looks things up in it.

mod channel;
mod event;
mod registry;
mod types;
pub(crate) mod wire_type;

pub(crate) use self::registry::{Known, Registry, Unresolved};
pub use self::{
    channel::{Carries, Channel, DefaultChannel, ParamValue},
    event::{Event, ServerEvent, Signal},
    types::Nullable,
};
