#![doc = include_str!("docs/crate.md")]
#![doc = include_str!("docs/metrics.md")]

mod access;
mod broker;
mod channel;
mod clock;
mod connection;
mod contract;
mod cursor;
mod error;
mod hub;
mod identity;
mod live;
mod middleware;
mod observe;
mod plugin;
mod presence;
mod realtime;
mod serve;
mod session;
mod transport;
mod workers;

pub use chrono::{DateTime, Utc};
/// JSON of unknown shape.
pub use serde_json::Value as Json;
#[doc = include_str!("docs/contract.md")]
pub use tidewire_macros::contract;
#[doc = include_str!("docs/realtime_events.md")]
pub use tidewire_macros::realtime_events;
/// Each does for one item what [`realtime_events`] does for all items of a module; [`contract!`](macro@contract) joins them.
pub use tidewire_macros::{Channel, Event, Payload};
pub use tidewire_schema::{
    Contract, History as Retention,
    check::Issue,
    wire::{GapReason, Retry, WireCode},
};
pub use uuid::Uuid;

pub use self::{
    access::{Addresses, AnyChannel, ConnectRequest, Denied, Grant, Revocation, RevokeError, Token, TokenError, Tokens},
    broker::{
        Appearance, Appeared, Attendee, BoxFuture, Broker, Delivery, Draft, Entry, IdempotencyKey, Lease, Link, MalformedKey, MemoryBounds,
        MemoryBroker, Page as BrokerPage, Range, ReadRequest, Receipt, Recipient, RosterChange, Routing, Sink, StoredMember, StoredRoster,
        changes_of,
    },
    channel::{
        Address, Batch, DecodeError, DynamicSubscription, Gap, History, Page, PublishOptions, Published, Publisher, Publishes, Publishing,
        Received, StoredEvent, SubscribeError, Subscribing, SubscribingDynamic, Subscription, Undecoded,
    },
    connection::{
        Accepted, CallError, CallFailed, Caller, CallerConnection, Calling, ClientMessage, Connecting, Connection, ConnectionError,
        DisconnectReason, InvalidState, MalformedCaller, Subscriber,
    },
    contract::{
        Call, Carries, Channel, ClientCall, ConnectionState, DefaultChannel, Event, EventEnum, Greeting, HasPresence, Int64, Nullable,
        Opening, ServerCall, ServerEvent, Signal, Subscribable, Uint64,
    },
    cursor::{Cursor, Epoch, EventId},
    error::{BrokerError, BuildError, Cause, ChannelError, HistoryError, MalformedCursor, PluginFault, PublishError},
    hub::Wakeup,
    identity::{ConnectionId, MalformedId, NodeId},
    live::{LiveAnswer, LiveContext, LiveOptions, LiveQuery, Loader},
    middleware::{Deliver, Middleware, Outgoing, PublishRequest, Start, SubscribeRequest, TurnedAway},
    observe::{NotReady, Readiness},
    plugin::{Plugin, PluginContext, PluginError, PluginHooks, PluginState, PluginStatus},
    presence::{Member, PresenceError, Roster},
    realtime::{Limits, RateLimit, Realtime, RealtimeBuilder},
    serve::{Serve, serve},
    transport::{AttachError, Attached, Frame, FrameParts, Uplink, UplinkClosed},
};

#[cfg(feature = "conformance")]
pub use self::broker::conformance;
#[cfg(feature = "redis")]
pub use self::broker::{ConnectCause, ConnectError, RedisBroker, RedisBrokerBuilder};

/// Includes the events module that a build script made of a schema file with `tidewire_codegen::build::module`.
///
/// The text is the contract's name with `_` for `-`, which is also what the module is called.
///
/// ```ignore
/// tidewire::include_events!("acme_live");
///
/// let realtime = tidewire::Realtime::builder(acme_live::contract());
/// ```
#[macro_export]
macro_rules! include_events {
    ($name:literal) => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/", $name, ".rs"));
    };
}

/// Whole services, from an empty folder.
#[cfg(any(doc, doctest))]
pub mod guides {
    #[doc = include_str!("docs/guides/board.md")]
    pub mod board {}

    #[doc = include_str!("docs/guides/live_auction.md")]
    pub mod live_auction {}

    #[doc = include_str!("docs/guides/own_broker.md")]
    pub mod own_broker {}

    #[doc = include_str!("docs/guides/own_plugin.md")]
    pub mod own_plugin {}

    #[doc = include_str!("docs/guides/live_counter.md")]
    pub mod live_counter {}

    // Compiled by `tidewire-postgres`, which its service needs.
    #[cfg(not(doctest))]
    #[doc = include_str!("docs/guides/postgres.md")]
    pub mod postgres {}

    #[doc = include_str!("docs/guides/presence.md")]
    pub mod presence {}

    #[doc = include_str!("docs/guides/team_chat.md")]
    pub mod team_chat {}
}

/// What the expansion of [`realtime_events`] names. Not for anybody else.
#[doc(hidden)]
pub mod __private {
    pub use serde;
    pub use serde_json;
    pub use tidewire_macros::contract_items;

    pub use crate::contract::{
        Encoded, ParamValue,
        object::{Fields, Object, Writer, object},
        read_optional_param, read_param,
        serde::{choice, default, int64, present, unknown},
        wire_type::{Forms, Kind, WireType},
    };

    /// Reads the contract that the macro wrote.
    ///
    /// # Panics
    ///
    /// When the text is not a contract, which the macro rules out.
    pub fn contract(json: &str) -> tidewire_schema::Contract {
        serde_json::from_str(json).expect("the macro wrote a contract")
    }
}
