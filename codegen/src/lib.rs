//! Generates typed clients from a Tidewire contract.
//!
//! Everything here is a pure function from a [`Contract`](tidewire_schema::Contract) to a [`Package`]: files by path, nothing written. The command line
//! (feature `cli`) reads, writes and compares; `cargo run -p codegen` is three lines around it:
//!
//! ```no_run
//! # #[cfg(feature = "cli")]
//! fn main() -> std::process::ExitCode {
//!     tidewire_codegen::cli::main()
//! }
//! # #[cfg(not(feature = "cli"))]
//! # fn main() {}
//! ```
//!
//! Instead of files it takes a compiled contract as well: `cli::with(my_events::live::CONTRACT)`.

#[cfg(feature = "build")]
pub mod build;
#[cfg(feature = "cli")]
pub mod cli;
mod package;
pub mod postgres;
pub mod rust;
pub mod source;
mod typescript;

pub use package::{MANIFEST, Package};
pub use typescript::{Emit, Form, client_package, client_package_as};
