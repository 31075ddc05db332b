//! What the gate and the fuzzer share: the generated package and the generated crate, asked about payloads.

pub(crate) mod types;
pub(crate) mod typescript;
