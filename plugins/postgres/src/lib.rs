//! Changes of PostgreSQL tables as events of a [Tidewire](tidewire) service: see [`PostgresSync`].

mod builder;
mod connect;
mod emitter;
mod error;
mod mapping;
mod name;
mod source;
mod sync;
mod table;
mod value;

pub use self::{
    builder::PostgresSyncBuilder,
    error::{ConfigError, SyncError},
    sync::PostgresSync,
    table::{Operation, Table},
};

// The guide lies beside the others; its service needs this package, so it is compiled here.
#[cfg(doctest)]
#[doc = include_str!("../../../runtime/src/docs/guides/postgres.md")]
mod guide {}
