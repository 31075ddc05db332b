//! The tools of the fault tests, tested: a judge that cannot find anybody guilty, or a proxy that breaks nothing, would prove nothing.

mod journal;
mod oracle;
mod proxy;

mod carrying;
mod forged;
