//! What can go wrong, for the caller of each operation.

use std::{error::Error, fmt, sync::Arc};

use tidewire_schema::{
    address::AddressError,
    check::Issue,
    wire::{Retry, WireCode},
};

use crate::{access::Denied, broker::MalformedKey, contract::Unresolved, transport::excerpt};

/// A text that is not a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedCursor;

impl fmt::Display for MalformedCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a cursor that this server could have handed out")
    }
}

impl Error for MalformedCursor {}

/// The broker did not do what it was asked.
///
/// The cause is for logs: it may hold text of the store, which is nothing that a client should see.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum BrokerError {
    /// The store cannot be reached. It was not asked, so nothing happened; try again later.
    Unavailable(Cause),
    /// The store was asked and did not answer. A publish may have been stored or not; repeating it under the same key is safe.
    Unknown(Cause),
    /// The key was used before, for another event. Nothing was stored; choose another key.
    Conflict,
    /// What is stored is not what a broker wrote, for example because something else uses the same keys. Repeating does not help.
    Corrupt(Cause),
    /// The broker cannot do this at all, such as keep rosters. Use another one.
    Unsupported,
}

/// What a store reported.
pub type Cause = Arc<dyn Error + Send + Sync>;

impl BrokerError {
    /// The store was not reached: see [`Unavailable`](Self::Unavailable).
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(Arc::from(cause.into()))
    }

    /// The store did not answer: see [`Unknown`](Self::Unknown).
    pub fn unknown(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unknown(Arc::from(cause.into()))
    }

    /// The store holds something else: see [`Corrupt`](Self::Corrupt).
    pub fn corrupt(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Corrupt(Arc::from(cause.into()))
    }

    /// The code that says the same on the wire about a publish.
    pub const fn code(&self) -> WireCode {
        match self {
            Self::Unavailable(_) => WireCode::BrokerUnavailable,
            Self::Unknown(_) => WireCode::UnknownOutcome,
            Self::Conflict => WireCode::IdempotencyConflict,
            Self::Corrupt(_) | Self::Unsupported => WireCode::Internal,
        }
    }

    /// The same about an operation that changes nothing.
    pub(crate) const fn reading_code(&self) -> WireCode {
        match self {
            Self::Corrupt(_) | Self::Unsupported => WireCode::Internal,
            _ => WireCode::BrokerUnavailable,
        }
    }

    /// The cause as text, for the log.
    pub(crate) fn source_text(&self) -> String {
        self.source().map_or_else(|| self.to_string(), ToString::to_string)
    }
}

impl fmt::Display for BrokerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable(_) => "the broker cannot be reached",
            Self::Unknown(_) => "the broker did not answer in time",
            Self::Conflict => "the idempotency key was used for another event",
            Self::Corrupt(_) => "the broker holds something that it did not write",
            Self::Unsupported => "the broker cannot do this",
        })
    }
}

impl Error for BrokerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unavailable(cause) | Self::Unknown(cause) | Self::Corrupt(cause) => Some(&**cause),
            Self::Conflict | Self::Unsupported => None,
        }
    }
}

/// A channel's address cannot be formed from its parameters.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ChannelError {
    /// The contract of this service has no channel with this pattern. The type belongs to another contract.
    Unknown {
        /// The pattern of the type.
        pattern: &'static str,
    },
    /// A parameter violates the contract.
    Parameter {
        /// The parameter's name on the wire.
        name: &'static str,
        /// What is wrong with its value.
        issue: Issue,
    },
    /// The parameters do not make a channel name, for example because it would be longer than 200 bytes.
    Address(AddressError),
    /// No channel of the contract has this name.
    NoSuchName {
        /// The name.
        name: String,
        /// A name that may have been meant.
        suggestion: Option<String>,
    },
    /// The text is not a channel name, or a parameter in it violates the contract.
    MalformedName {
        /// What is wrong with it.
        reason: String,
    },
}

impl ChannelError {
    pub(crate) fn unresolved(name: &str, unresolved: Unresolved) -> Self {
        match unresolved {
            Unresolved::Invalid(reason) => Self::MalformedName { reason },
            Unresolved::Unknown(suggestion) => Self::NoSuchName { name: name.to_owned(), suggestion },
        }
    }

    /// The code that says the same on the wire.
    pub const fn code(&self) -> WireCode {
        match self {
            Self::NoSuchName { .. } => WireCode::UnknownChannel,
            _ => WireCode::InvalidChannel,
        }
    }
}

impl fmt::Display for ChannelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { pattern } => write!(f, "the contract of this service has no channel `{pattern}`"),
            Self::Parameter { name, issue } => write!(f, "parameter `{name}` of the channel violates the contract: {issue}"),
            Self::Address(_) => f.write_str("the parameters do not make a channel name"),
            Self::NoSuchName { name, .. } => write!(f, "there is no channel `{name}`"),
            Self::MalformedName { reason } => f.write_str(reason),
        }
    }
}

impl Error for ChannelError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Address(cause) => Some(cause),
            _ => None,
        }
    }
}

/// An event was not published.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PublishError {
    /// The channel's parameters are wrong. Nothing was stored.
    Channel(ChannelError),
    /// The channel does not carry this event: the types belong to another contract than the service's. Nothing was stored.
    NotCarried {
        /// The event's name.
        event: &'static str,
        /// The channel's name.
        channel: String,
    },
    /// On this channel only clients may publish the event. Nothing was stored.
    NotAllowed {
        /// The event's name.
        event: &'static str,
        /// The channel's name.
        channel: String,
    },
    /// The payload violates the contract. Nothing was stored.
    Invalid {
        /// The event's name.
        event: &'static str,
        /// Every violation.
        issues: Vec<Issue>,
    },
    /// The payload cannot be written as JSON, for example because a map has a key that is not text. Nothing was stored.
    Serialize {
        /// The event's name.
        event: &'static str,
        /// What serde reported.
        cause: Arc<serde_json::Error>,
    },
    /// The payload is larger than [`Limits::event_bytes`](crate::Limits). Nothing was stored.
    TooLarge {
        /// The event's name.
        event: &'static str,
        /// The payload's size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The broker did not store the event, or did not say so: see [`BrokerError`].
    Broker(BrokerError),
    /// The idempotency key is not one. Nothing was stored.
    Key(MalformedKey),
    /// The channel does not carry an event of this name. Nothing was stored.
    UnknownEvent {
        /// The name that was given.
        event: String,
        /// The channel's name.
        channel: String,
    },
    /// A [`Middleware`](crate::Middleware) of this service refused the event. Nothing was stored.
    Refused(Denied),
}

impl PublishError {
    /// The code that says the same on the wire, for services that hand the error on: it has a number, a name and an HTTP status.
    ///
    /// ```
    /// use tidewire::PublishError;
    ///
    /// fn status(error: &PublishError) -> u16 {
    ///     error.code().status()
    /// }
    /// ```
    pub const fn code(&self) -> WireCode {
        match self {
            Self::Channel(cause) => cause.code(),
            Self::NotCarried { .. } | Self::UnknownEvent { .. } => WireCode::UnknownEvent,
            Self::NotAllowed { .. } => WireCode::Denied,
            Self::Invalid { .. } | Self::Serialize { .. } => WireCode::InvalidPayload,
            Self::TooLarge { .. } => WireCode::TooLarge,
            Self::Broker(cause) => cause.code(),
            Self::Key(_) => WireCode::BadRequest,
            Self::Refused(denied) => denied.code(),
        }
    }

    /// Whether publishing the same event again can succeed. Under an idempotency key that is safe: it is stored once, also when the first attempt was stored
    /// without an answer.
    pub fn is_retryable(&self) -> bool {
        self.code().retry() != Retry::Never
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(cause) => fmt::Display::fmt(cause, f),
            Self::NotAllowed { event, channel } => write!(f, "only clients may publish event `{event}` on channel `{channel}`"),
            Self::NotCarried { event, channel } => write!(f, "channel `{channel}` does not carry event `{event}`"),
            Self::Invalid { event, issues } => {
                write!(f, "the payload of `{event}` violates the contract")?;
                for (at, issue) in issues.iter().enumerate() {
                    write!(f, "{} {issue}", if at == 0 { ":" } else { ";" })?;
                }
                Ok(())
            }
            Self::Serialize { event, .. } => write!(f, "the payload of `{event}` cannot be written as JSON"),
            Self::TooLarge { event, bytes, limit } => write!(f, "the payload of `{event}` has {bytes} bytes, the limit is {limit}"),
            Self::Broker(_) => f.write_str("the broker did not confirm the event"),
            Self::Key(cause) => fmt::Display::fmt(cause, f),
            Self::UnknownEvent { event, channel } => write!(f, "channel `{channel}` does not carry event {}", excerpt(event)),
            Self::Refused(denied) => fmt::Display::fmt(denied, f),
        }
    }
}

impl Error for PublishError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Channel(cause) => cause.source(),
            Self::Serialize { cause, .. } => Some(&**cause),
            Self::Broker(cause) => Some(cause),
            Self::Refused(denied) => denied.source(),
            Self::NotCarried { .. }
            | Self::NotAllowed { .. }
            | Self::Invalid { .. }
            | Self::TooLarge { .. }
            | Self::Key(_)
            | Self::UnknownEvent { .. } => None,
        }
    }
}

impl From<ChannelError> for PublishError {
    fn from(cause: ChannelError) -> Self {
        Self::Channel(cause)
    }
}

/// A channel's history could not be read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum HistoryError {
    /// The channel's parameters are wrong.
    Channel(ChannelError),
    /// The broker did not answer. Reading again is safe.
    Broker(BrokerError),
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(cause) => fmt::Display::fmt(cause, f),
            Self::Broker(_) => f.write_str("the history could not be read"),
        }
    }
}

impl Error for HistoryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Channel(cause) => cause.source(),
            Self::Broker(cause) => Some(cause),
        }
    }
}

impl From<ChannelError> for HistoryError {
    fn from(cause: ChannelError) -> Self {
        Self::Channel(cause)
    }
}

/// A service could not be set up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// A limit is zero, or smaller than makes sense.
    Limit {
        /// The field of [`Limits`](crate::Limits), or the function of the builder.
        name: &'static str,
        /// What it must be.
        requirement: &'static str,
    },
    /// The contract is not one that the macro or the generator made.
    Contract {
        /// The pattern of the channel that cannot be used.
        pattern: String,
        /// Why.
        reason: String,
    },
    /// What tokens are made with is not complete.
    Tokens {
        /// What is missing or wrong.
        requirement: &'static str,
    },
    /// A call was given a handler that it cannot have.
    Call {
        /// The call's name.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// A live query was given a loader that it cannot have.
    Live {
        /// The query's name.
        name: String,
        /// Why.
        reason: String,
    },
    /// A plugin did not start. Those that were started before it are stopped.
    Plugin {
        /// The plugin's name.
        name: &'static str,
        /// Why.
        fault: PluginFault,
    },
}

/// Why a plugin did not start.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PluginFault {
    /// Its name is not 1 to 40 bytes of `a–z 0–9 _ -`.
    Name,
    /// A plugin of this name or type was added before. One plugin that does several things does them all by itself.
    Twice,
    /// It reported an error: see [`source`](Error::source) of the [`BuildError`].
    Failed(Cause),
    /// It panicked, in its start, or while it was asked for its name or its hooks. The log says where. A plugin that has no name thereby is called as its type.
    Panicked,
    /// It took longer than [`Limits::plugin_timeout`](crate::Limits).
    TooLate,
}

impl fmt::Display for PluginFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "its name must be 1 to 40 of `a-z 0-9 _ -`",
            Self::Twice => "a plugin of this name or type was added before",
            Self::Failed(_) => "it reported an error",
            Self::Panicked => "it panicked",
            Self::TooLate => "it took too long",
        })
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit { name, requirement } => write!(f, "the limit `{name}` must be {requirement}"),
            Self::Tokens { requirement } => write!(f, "tokens need {requirement}"),
            Self::Contract { pattern, reason } => write!(f, "the channel `{pattern}` of the contract cannot be used: {reason}"),
            Self::Call { name, reason } => write!(f, "the call `{name}` cannot be answered: {reason}"),
            Self::Live { name, reason } => write!(f, "the live query `{name}` cannot be loaded: {reason}"),
            Self::Plugin { name, fault } => write!(f, "the plugin `{name}` does not start: {fault}"),
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Plugin { fault: PluginFault::Failed(cause), .. } => Some(&**cause),
            _ => None,
        }
    }
}
