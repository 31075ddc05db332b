//! The tools of the fault tests, tested: a judge that cannot find anybody guilty, or a proxy that breaks nothing, would prove nothing.

#[expect(dead_code, reason = "some of it serves the scenarios alone")]
mod journal;
mod oracle;

mod forged;
