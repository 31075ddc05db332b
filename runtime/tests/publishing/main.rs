//! Publishing, from the service and from clients, and subscribing in Rust.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

#[path = "../support/mod.rs"]
mod support;

mod asking_clients;
mod client_publish;
mod outage;
mod publish_options;
mod publisher;
mod subscriptions;
