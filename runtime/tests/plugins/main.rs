//! Plugins begin before a service serves, end after it, and take nothing else down.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

#[path = "../support/mod.rs"]
mod support;

mod failures;
mod hooks;
mod lifecycle;
mod probe;
mod service;
