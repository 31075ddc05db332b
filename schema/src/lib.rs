//! The contract of Tidewire: one model in the middle, two front ends that produce it, and what everybody needs of it.
//!
//! - [`model`]: types, events and channels under one name.
//! - `file` (feature `parse-file`) and `rust` (feature `parse-rust`): a schema file and a Rust module become the same [`Contract`].
//! - [`diagnostic`]: what is wrong with a definition, with a code, a place and a way out.
//! - [`address`], [`names`], [`regexp`]: channel patterns, spellings, patterns of text.
//! - `check` (feature `check`): the validator.
//! - [`json`]: the values in a contract, without serde; with it behind the feature `serde`, like serde's traits for the contract.
//! - `wire` (feature `serde`): what both ends of the wire agree on besides the contract.
//!
//! Nothing in here does I/O.

pub mod address;
pub mod assemble;
#[cfg(feature = "check")]
pub mod check;
pub mod diagnostic;
#[cfg(feature = "parse-file")]
pub mod file;
mod graph;
mod hash;
pub mod json;
pub mod model;
pub mod names;
pub mod regexp;
#[cfg(feature = "parse-rust")]
pub mod rust;
pub mod suggest;
#[cfg(feature = "serde")]
pub mod wire;

pub use model::*;
