//! The plugin against a real PostgreSQL: what is written to tables is compared with what the broker stored.
#![expect(clippy::unwrap_used, reason = "tests outside of `#[test]` functions, too")]

mod configuration;
mod faults;
mod half_open;
mod import;
#[rustfmt::skip]
#[allow(dead_code, unreachable_pub, clippy::enum_variant_names, reason = "as `import postgres` writes it for somebody else's library")]
mod imported;
mod lifecycle;
mod logical;
mod order;
mod payloads;
mod processes;
mod recorder;
mod support;
mod tls;
