//! Who may do what: grants, tokens, origins, and rights that are taken away.
#![allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]

#[path = "../support/mod.rs"]
mod support;

mod cut_log;
mod grants;
mod hostile;
mod origins;
mod renewal_while_paused;
mod revocation;
mod revocation_log;
mod service_routes;
mod token_expiry;
mod tokens;
