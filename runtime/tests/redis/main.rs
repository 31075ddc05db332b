//! Several nodes over a Redis of the test's own.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

#[path = "../support/mod.rs"]
mod support;

mod broker;
#[cfg(feature = "conformance")]
mod cluster;
#[cfg(feature = "conformance")]
mod conformance;
mod connections;
mod faults;
mod keys;
mod live;
mod live_bounds;
mod live_rights;
mod presence;
mod resume;
mod revocation;
mod sentinel;
mod servers;
mod subscriptions;
#[cfg(feature = "redis-tls")]
mod tls;
mod transports;
