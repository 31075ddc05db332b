//! Calls, and what a connection carries besides events, as Rust types.

use serde::{Serialize, de::DeserializeOwned};

/// What a call of a contract asks with. Implemented by [`realtime_events`](crate::realtime_events) where it sees `#[call(…)]`, not by hand.
#[diagnostic::on_unimplemented(message = "`{Self}` is no call", label = "nobody can ask this", note = "give `{Self}` a `#[call(\"…\")]`")]
pub trait Call: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name on the wire.
    const NAME: &'static str;
    /// Whether the name says it all.
    const SIGNAL: bool;
    /// What is answered; `()` where that it was done says it all.
    type Reply: Serialize + DeserializeOwned + Send + Sync + 'static;
}

/// A call that clients may make: its `from` lists `client`, or it has none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no call that clients may make",
    label = "no client can ask `{Self}`",
    note = "list `client` in the `from` of the `#[call(…)]` of `{Self}`"
)]
pub trait ClientCall: Call {}

/// A call that the service may make: its `from` lists `server`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no call that the service may make",
    label = "no client knows how to answer `{Self}`",
    note = "list `server` in the `from` of the `#[call(…)]` of `{Self}`"
)]
pub trait ServerCall: Call {}

/// What a client says of itself when it connects. Implemented by [`realtime_events`](crate::realtime_events) where it sees `#[connection(opening)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what clients of this contract say when they connect",
    label = "no client says this",
    note = "give `{Self}` a `#[connection(opening)]`"
)]
pub trait Opening: Serialize + DeserializeOwned + Send + Sync + 'static {}

/// What the service answers to a client that connects or subscribes. Implemented by [`realtime_events`](crate::realtime_events) where it sees
/// `#[connection(greeting)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not how this contract greets a client",
    label = "no client expects this",
    note = "give `{Self}` a `#[connection(greeting)]`"
)]
pub trait Greeting: Serialize + DeserializeOwned + Send + Sync + 'static {}

/// What the service keeps about a connection. Implemented by [`realtime_events`](crate::realtime_events) where it sees `#[connection(state)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what this contract keeps about a connection",
    label = "no connection has this",
    note = "give `{Self}` a `#[connection(state)]`"
)]
pub trait ConnectionState: Serialize + DeserializeOwned + Send + Sync + 'static {}
