//! What a service does with its connections: hooks, calls, channels it gives them, who is present.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

#[path = "../support/mod.rs"]
mod support;

mod attached;
mod calls;
mod connect_hooks;
mod deliver_hooks;
mod hooks;
mod lifecycle;
mod presence;
mod presence_nodes;
mod server_subscriptions;
