//! The tools of the fault tests, tested: a judge that cannot find anybody guilty, or a proxy that breaks nothing, would prove nothing.
#![allow(dead_code, reason = "the scenarios use the rest")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod journal;
mod oracle;
mod proxy;

mod carrying;
mod forged;
