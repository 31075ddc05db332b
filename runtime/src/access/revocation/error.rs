//! Why a revocation did not come about.

use std::{error::Error, fmt};

use tidewire_schema::wire::WireCode;

use crate::error::{BrokerError, ChannelError};

/// Something was not revoked, or not restored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RevokeError {
    /// The channel's parameters are wrong, or there is no such channel. Nothing was changed.
    Channel(ChannelError),
    /// The id of a user has 1 to 256 bytes and no control characters. Nothing was changed.
    User,
    /// A revocation lasts 1 ms to 30 days. Nothing was changed.
    Duration,
    /// The broker did not confirm it: it may be in force or not. Repeat it.
    Broker(BrokerError),
}

impl RevokeError {
    /// The code that says the same on the wire.
    pub const fn code(&self) -> WireCode {
        match self {
            Self::Channel(cause) => cause.code(),
            Self::User | Self::Duration => WireCode::BadRequest,
            // Repeating is safe, whatever became of it.
            Self::Broker(cause) => cause.reading_code(),
        }
    }
}

impl fmt::Display for RevokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(cause) => fmt::Display::fmt(cause, f),
            Self::User => f.write_str("the id of a user has 1 to 256 bytes and no control characters"),
            Self::Duration => f.write_str("a revocation lasts 1 ms to 30 days"),
            Self::Broker(_) => f.write_str("the broker did not confirm the revocation"),
        }
    }
}

impl Error for RevokeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Channel(cause) => cause.source(),
            Self::Broker(cause) => Some(cause),
            Self::User | Self::Duration => None,
        }
    }
}

impl From<ChannelError> for RevokeError {
    fn from(cause: ChannelError) -> Self {
        Self::Channel(cause)
    }
}
