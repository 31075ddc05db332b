//! How calls fail, for whoever answers and for whoever asks.

use std::{borrow::Cow, error::Error, fmt, sync::Arc};

use tidewire_schema::{check::Issue, wire::WireCode};

use crate::{
    connection::{ConnectionError, relay::Unanswered},
    error::{BrokerError, Cause},
};

/// A handler could not do what a client asked for. The client gets the code and the message, never the cause.
///
/// ```
/// use tidewire::CallError;
///
/// fn rename(name: &str) -> Result<(), CallError> {
///     if name == "admin" {
///         return Err(CallError::refused("this name is taken"));
///     }
///     std::fs::write("/tmp/name", name).map_err(CallError::failed)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct CallError {
    code: WireCode,
    message: Cow<'static, str>,
    cause: Option<Cause>,
}

impl CallError {
    /// It cannot be done: code 4018 (`call_failed`). The client shows the message, or acts upon it; asking again does not help.
    pub fn refused(message: impl Into<Cow<'static, str>>) -> Self {
        Self { code: WireCode::CallFailed, message: message.into(), cause: None }
    }

    /// Something went wrong, for example because a database is away: code 4100 (`internal`). The client may ask again later. The cause goes to the log alone.
    pub fn failed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { code: WireCode::Internal, message: "the call could not be answered".into(), cause: Some(Arc::from(cause.into())) }
    }

    /// Says it in other words, which the client sees.
    #[must_use]
    pub fn message(self, message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// The code on the wire.
    pub const fn code(&self) -> WireCode {
        self.code
    }

    pub(super) fn timeout() -> Self {
        Self { code: WireCode::CallTimeout, message: "the call was not answered in time".into(), cause: None }
    }

    pub(super) fn panicked() -> Self {
        Self { code: WireCode::Internal, message: "the call could not be answered".into(), cause: None }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as &(dyn Error + 'static))
    }
}

/// A client did not answer a call of the service.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CallFailed {
    /// The request violates the contract. The client was not asked; correct the request.
    Invalid {
        /// Every violation.
        issues: Vec<Issue>,
    },
    /// The contract of this service has no such call, or not for the service to make: the type belongs to another contract.
    UnknownCall {
        /// Its name.
        name: &'static str,
    },
    /// No node has the client, or it went before it answered. It may have done what was asked.
    NotConnected,
    /// The client does not keep up with what is sent to it, or has too many calls to answer. It was not asked.
    Full,
    /// The client did not answer in time. It may have done what was asked.
    Timeout,
    /// The client could not do what was asked, or has nobody who answers.
    Refused {
        /// Why, in the words of the client: shorten and escape it like everything that comes from outside.
        message: String,
    },
    /// What the client answered violates the contract. It may have done what was asked.
    InvalidReply {
        /// What is wrong with it.
        reason: String,
    },
    /// The other nodes could not be asked for the client.
    Broker(BrokerError),
}

impl CallFailed {
    /// How it came out, in a word.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "invalid",
            Self::UnknownCall { .. } => "unknown",
            Self::NotConnected => "not_connected",
            Self::Full => "full",
            Self::Timeout => "timeout",
            Self::Refused { .. } => "refused",
            Self::InvalidReply { .. } => "invalid_reply",
            Self::Broker(_) => "broker",
        }
    }
}

impl From<Unanswered> for CallFailed {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::NotAsked(cause) => Self::Broker(cause),
            Unanswered::Silence => Self::NotConnected,
        }
    }
}

impl From<ConnectionError> for CallFailed {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::Broker(cause) => Self::Broker(cause),
            ConnectionError::Full => Self::Full,
            _ => Self::NotConnected,
        }
    }
}

impl fmt::Display for CallFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { issues } => {
                f.write_str("the request violates the contract")?;
                for (at, issue) in issues.iter().enumerate() {
                    write!(f, "{} {issue}", if at == 0 { ":" } else { ";" })?;
                }
                Ok(())
            }
            Self::UnknownCall { name } => write!(f, "the contract of this service has no call `{name}` that it may make"),
            Self::NotConnected => f.write_str("the client is not connected"),
            Self::Full => f.write_str("the client does not keep up with what it is asked"),
            Self::Timeout => f.write_str("the client did not answer in time"),
            Self::Refused { message } => write!(f, "the client refused: {message}"),
            Self::InvalidReply { reason } => write!(f, "the reply of the client violates the contract: {reason}"),
            Self::Broker(_) => f.write_str("the other nodes could not be asked for the client"),
        }
    }
}

impl Error for CallFailed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Broker(cause) => Some(cause),
            _ => None,
        }
    }
}
