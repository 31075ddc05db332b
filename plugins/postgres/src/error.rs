//! What can be wrong with a configuration, and what a database can refuse.

use std::{error::Error, fmt};

use crate::table::Operation;

/// The configuration does not fit PostgreSQL, or the contract of the service. Nothing was started; correct it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The address of the database is not one.
    Address {
        /// What is wrong with it; never the address itself, which may hold a password.
        reason: String,
    },
    /// The address asks for encryption (`sslmode=require`), and nothing was given that encrypts: see [`PostgresSyncBuilder::tls`](crate::PostgresSyncBuilder::tls).
    NoTls,
    /// No table is watched.
    NoTables,
    /// A name that PostgreSQL cannot have.
    Name {
        /// What it names: `table`, `schema`, `column`, `outbox` or `slot`.
        kind: &'static str,
        /// The name.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// The same table is watched twice.
    TableTwice {
        /// Its schema and name.
        table: String,
    },
    /// A number is out of its bounds.
    Limit {
        /// The function of the builder.
        name: &'static str,
        /// What it must be.
        requirement: &'static str,
    },
    /// The contract has no channel with this pattern.
    UnknownChannel {
        /// The table.
        table: String,
        /// The pattern.
        pattern: String,
        /// A pattern that may have been meant.
        suggestion: Option<String>,
    },
    /// The channel does not carry this event.
    UnknownEvent {
        /// The table.
        table: String,
        /// The operation that leads to the event.
        operation: Operation,
        /// The event.
        event: String,
        /// The channel's pattern.
        channel: String,
        /// An event of the channel that may have been meant.
        suggestion: Option<String>,
    },
    /// Only clients may publish this event.
    NotAllowed {
        /// The table.
        table: String,
        /// The event.
        event: String,
    },
    /// The channel has no parameter of this name.
    UnknownParam {
        /// The table.
        table: String,
        /// The parameter.
        param: String,
        /// The channel's pattern.
        channel: String,
    },
    /// A truncation has no row that could fill the parameters of the channel.
    TruncateNeedsParams {
        /// The table.
        table: String,
        /// The channel's pattern.
        channel: String,
    },
    /// The payload of the event cannot be a row.
    Payload {
        /// The table.
        table: String,
        /// The event.
        event: String,
        /// What it is.
        found: &'static str,
    },
    /// The payload needs a field that none of the chosen columns fills.
    MissingField {
        /// The table.
        table: String,
        /// The event.
        event: String,
        /// The field.
        field: String,
    },
    /// A chosen column fills no field of any event, and no parameter of the channel.
    UnknownColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
}

/// ` (did you mean …?)`, where there is something to mean.
struct Perhaps<'a>(&'a Option<String>);

impl fmt::Display for Perhaps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |name| write!(f, "; did you mean `{name}`?"))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { reason } => write!(f, "the address of the database cannot be used: {reason}"),
            Self::NoTls => f.write_str("the address asks for encryption, and the builder was given no `tls`"),
            Self::NoTables => f.write_str("no table is watched"),
            Self::Name { kind, name, reason } => write!(f, "{} cannot be the name of the {kind}: {reason}", name.escape_debug()),
            Self::TableTwice { table } => write!(f, "the table `{table}` is watched twice"),
            Self::Limit { name, requirement } => write!(f, "`{name}` must be {requirement}"),
            Self::UnknownChannel { table, pattern, suggestion } => {
                write!(f, "table `{table}`: the contract has no channel `{pattern}`{}", Perhaps(suggestion))
            }
            Self::UnknownEvent { table, operation, event, channel, suggestion } => {
                let operation = operation.name();
                write!(f, "table `{table}`: channel `{channel}` carries no event `{event}` for its {operation}s{}", Perhaps(suggestion))
            }
            Self::NotAllowed { table, event } => write!(f, "table `{table}`: only clients may publish the event `{event}`"),
            Self::UnknownParam { table, param, channel } => {
                write!(f, "table `{table}`: channel `{channel}` has no parameter `{param}`")
            }
            Self::TruncateNeedsParams { table, channel } => {
                write!(f, "table `{table}`: a truncation has no row for the parameters of channel `{channel}`")
            }
            Self::Payload { table, event, found } => {
                write!(f, "table `{table}`: the payload of `{event}` is {found}, a row is an object")
            }
            Self::MissingField { table, event, field } => {
                write!(f, "table `{table}`: no chosen column fills the field `{field}` of `{event}`")
            }
            Self::UnknownColumn { table, column } => {
                write!(f, "table `{table}`: the chosen column `{column}` fills no field of an event, and no parameter of the channel")
            }
        }
    }
}

impl Error for ConfigError {}

/// The database did not do what it was asked.
///
/// The cause is for logs: it may hold text of the database, which is nothing that a client should see.
#[derive(Debug)]
#[non_exhaustive]
pub enum SyncError {
    /// It refused, or cannot be reached. What was asked is undone as a whole; try again.
    Database(tokio_postgres::Error),
    /// It did not answer in time. Try again.
    Timeout,
    /// The outbox was written by a later version of this package. Run that one, or uninstall the outbox with it first.
    Version {
        /// The version that was found.
        found: i32,
    },
    /// Logical replication needs `wal_level = logical`, which takes a restart of the database; or use the outbox.
    WalLevel {
        /// What it is set to.
        found: String,
    },
    /// The name of the slot is taken by something that this package did not make, and leaves alone. Choose another one.
    Foreign {
        /// The name.
        name: String,
        /// What there is.
        reason: &'static str,
    },
    /// The log of the database holds what this package cannot read. Nothing is skipped, so nothing goes on; report it.
    Message {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The database's encoding is `SQL_ASCII`, in which nobody knows what bytes mean. Use one with an encoding.
    Encoding,
}

impl fmt::Display for SyncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(_) => f.write_str("the database refused, or cannot be reached"),
            Self::Timeout => f.write_str("the database did not answer in time"),
            Self::Version { found } => write!(f, "the outbox has version {found}, which this version does not know"),
            Self::WalLevel { found } => write!(f, "logical replication needs wal_level = logical, and it is `{found}`"),
            Self::Foreign { name, reason } => write!(f, "`{name}` cannot be the name of the slot: {reason}"),
            Self::Message { reason } => write!(f, "the log of the database cannot be read: {reason}"),
            Self::Encoding => f.write_str("the database has the encoding SQL_ASCII, so its texts have no meaning"),
        }
    }
}

impl Error for SyncError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Database(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<tokio_postgres::Error> for SyncError {
    fn from(cause: tokio_postgres::Error) -> Self {
        Self::Database(cause)
    }
}

/// The cause as text, for the log: what the server says in one line.
pub(crate) fn cause_of(error: &SyncError) -> String {
    match error {
        SyncError::Database(cause) => cause.as_db_error().map_or_else(
            || cause.source().map_or_else(|| cause.to_string(), |source| format!("{cause}: {source}")),
            |server| format!("{} ({})", server.message(), server.code().code()),
        ),
        other => other.to_string(),
    }
}
