//! What went wrong, and whether the event may have been stored nevertheless.

use std::{error::Error, fmt, sync::Arc};

use redis::{RedisError, ServerError};

use crate::error::{BrokerError, Cause};

/// Why a call did not do what it should.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// It was not sent, so nothing happened.
    NotSent(Cause),
    /// It was sent and not answered.
    NoAnswer(Cause),
    /// The server refused it.
    Refused(ServerError),
    /// The answer cannot be read.
    Malformed(Malformed),
}

impl Fault {
    pub(super) fn not_sent(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::NotSent(Arc::new(cause))
    }

    pub(super) fn no_answer(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::NoAnswer(Arc::new(cause))
    }

    /// Whether the same may be done a moment later: it is not what was asked for that is wrong.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::NoAnswer(_) => true,
            Self::Refused(error) => is_refusal_to_work(error),
            Self::Malformed(_) => false,
        }
    }
}

/// A part of an answer that no broker wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an unreadable {} under the broker's keys", self.0)
    }
}

impl Error for Malformed {}

/// An own bound was reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Late(pub(super) &'static str);

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "redis did not {} in time", self.0)
    }
}

impl Error for Late {}

impl From<Malformed> for Fault {
    fn from(cause: Malformed) -> Self {
        Self::Malformed(cause)
    }
}

impl From<Fault> for BrokerError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotSent(cause) => Self::Unavailable(cause),
            Fault::NoAnswer(cause) => Self::Unknown(cause),
            Fault::Malformed(cause) => Self::corrupt(cause),
            Fault::Refused(error) => refused(error),
        }
    }
}

/// Whether the server refuses commands of this kind before it looks at them, so that certainly nothing happened.
pub(super) fn is_refusal_to_work(error: &ServerError) -> bool {
    matches!(
        error.code(),
        "OOM"
            | "READONLY"
            | "LOADING"
            | "MASTERDOWN"
            | "CLUSTERDOWN"
            | "MISCONF"
            | "NOREPLICAS"
            | "BUSY"
            | "NOSCRIPT"
            | "MOVED"
            | "ASK"
            | "TRYAGAIN"
            | "NOAUTH"
            | "NOPERM"
            | "WRONGPASS"
    )
}

fn refused(error: ServerError) -> BrokerError {
    if error.code() == "CONFLICT" {
        return BrokerError::Conflict;
    }
    let refused_to_work = is_refusal_to_work(&error);
    let cause = RedisError::from(error);
    // A script that failed halfway did so at something that it did not expect under its keys.
    if refused_to_work { BrokerError::unavailable(cause) } else { BrokerError::corrupt(cause) }
}
