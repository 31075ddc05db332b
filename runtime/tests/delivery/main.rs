//! What is published arrives once and in order, over event streams and WebSockets, whatever carries them.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod both_transports;
mod event_stream;
mod http_surface;
mod nodes;
mod passed_over;
mod planned_reconnect;
mod websocket;
