//! Definitions from the tables of a PostgreSQL database: a row type for each, and the events that `tidewire-postgres` makes of its changes by default.
//!
//! [`read`] asks the catalog, which needs the feature `postgres`; [`scaffold`] is a pure function of what was read.

#[cfg(feature = "postgres")]
mod connect;
mod naming;
mod shape;
mod yaml;

use std::collections::BTreeMap;

#[cfg(feature = "postgres")]
pub use self::connect::{Error, read};
pub use self::yaml::{Scaffold, scaffold};

/// What the catalog says of some tables, and of the types that they use.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The tables, in the order in which they were asked for.
    pub tables: Vec<Table>,
    /// Types by their numbers.
    pub types: BTreeMap<u32, Kind>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The schema that it is in.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its comment.
    pub comment: Option<String>,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
}

/// A column of a table, or an attribute of a composite type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its comment.
    pub comment: Option<String>,
    /// The number of its type.
    pub ty: u32,
    /// What the type was given in parentheses, as the catalog writes it; -1 for nothing.
    pub modifier: i32,
    /// How many dimensions it was declared with.
    pub dimensions: u16,
    /// Whether it is `NOT NULL`.
    pub required: bool,
}

/// A type of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One that PostgreSQL brings, by its name; of others those whose values become JSON as text.
    Base(String),
    /// One with a cast to `json`, so that nobody knows what its values become.
    Json,
    /// A list.
    Array(u32),
    /// An enumeration.
    Enum {
        /// Its name.
        name: String,
        /// Its values, in their order.
        labels: Vec<String>,
    },
    /// A type with rules of its own.
    Domain {
        /// What it is made of.
        of: u32,
        /// What that was given in parentheses.
        modifier: i32,
        /// How many dimensions that was declared with.
        dimensions: u16,
        /// Whether it is `NOT NULL`.
        required: bool,
    },
    /// A row.
    Composite {
        /// Its name.
        name: String,
        /// Its attributes, in their order.
        attributes: Vec<Column>,
    },
}
