//! What ties Rust types to a contract: the traits that `#[realtime_events]` implements, and the contract as the service looks things up in it.

mod call;
mod channel;
mod decimal;
mod event;
mod finite;
pub(crate) mod object;
mod registry;
pub(crate) mod serde;
mod typed;
mod types;
pub(crate) mod wire_type;

pub use self::{
    call::{Call, ClientCall, ConnectionState, Greeting, Opening, ServerCall},
    channel::{Carries, Channel, DefaultChannel, HasPresence, ParamValue, Subscribable, read_optional_param, read_param},
    decimal::{Int64, Uint64},
    event::{Encoded, Event, EventEnum, ServerEvent, Signal},
    types::Nullable,
};
pub(crate) use self::{
    finite::{holds_null, non_finite},
    registry::{Known, Registry, Unresolved},
    typed::{check_data, listed, to_json},
};
