//! Whether a node should get requests.

use serde::Serialize;

use crate::realtime::Shared;

/// Whether a node should get requests; made by [`Realtime::readiness`](crate::Realtime::readiness).
///
/// ```
/// # async fn look(realtime: tidewire::Realtime) {
/// let readiness = realtime.readiness();
/// for reason in readiness.reasons() {
///     println!("{}: {}", reason.name(), reason.summary());
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    reasons: Vec<NotReady>,
}

/// Why a node should not get requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotReady {
    /// The link to the broker is down or doubtful. It is tried again all the time.
    Broker,
    /// The service, or a server of it, shuts down.
    Stopping,
    /// The log of revocations cannot be followed, so nothing that needs rights is handed out. It is tried again all the time.
    Revocations,
}

impl NotReady {
    /// The name in the answer of `GET /ready`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Stopping => "stopping",
            Self::Revocations => "revocations",
        }
    }

    /// One sentence about it.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Broker => "the link to the broker is down or doubtful",
            Self::Stopping => "this node is about to stop",
            Self::Revocations => "it cannot be known what was revoked",
        }
    }
}

impl Readiness {
    pub(crate) fn of(shared: &Shared) -> Self {
        let reasons = [
            (NotReady::Broker, shared.hub.is_degraded()),
            (NotReady::Stopping, shared.roster.is_stopping()),
            (NotReady::Revocations, shared.gate.revocations().is_paused()),
        ];
        Self { reasons: reasons.into_iter().filter(|(_, holds)| *holds).map(|(reason, _)| reason).collect() }
    }

    /// Whether nothing speaks against it.
    pub fn is_ready(&self) -> bool {
        self.reasons.is_empty()
    }

    /// What speaks against it.
    pub fn reasons(&self) -> &[NotReady] {
        &self.reasons
    }

    pub(super) fn body(&self) -> Answer {
        let reasons = self.reasons.iter().map(|reason| Reason { name: reason.name(), message: reason.summary() });
        Answer { ready: self.is_ready(), reasons: reasons.collect() }
    }
}

/// What `GET /ready` answers.
#[derive(Serialize)]
pub(super) struct Answer {
    ready: bool,
    reasons: Vec<Reason>,
}

#[derive(Serialize)]
struct Reason {
    name: &'static str,
    message: &'static str,
}
