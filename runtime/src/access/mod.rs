//! Who may come in, and what they may do.

mod address;
mod authorize;
mod grant;
mod origin;
mod revocation;
mod service_key;

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, Uri};
use tidewire_schema::wire::WireCode;

pub use self::{
    address::{Addresses, AnyChannel},
    authorize::{ConnectRequest, Denied},
    grant::Grant,
    revocation::{Revocation, RevokeError},
};
pub(crate) use self::{
    authorize::Authorize,
    origin::Origins,
    revocation::{Follower, Log, REVOKED, Revocations, Sentence, is_possible_duration, revoked_on},
    service_key::ServiceKeys,
};
use crate::{
    contract::{Known, Registry},
    transport::Refusal,
};

/// How a service decides who may connect. Closed until it says otherwise, so that forgetting it cannot publish anything.
#[derive(Clone, Debug, Default)]
pub(crate) enum Access {
    /// Nobody chose.
    #[default]
    Closed,
    /// Everybody may do everything that the contract lets clients do.
    Public,
    /// The service is asked.
    Authorized(Authorize),
}

/// Where requests come in.
#[derive(Debug)]
pub(crate) struct Gate {
    access: Access,
    origins: Origins,
    patience: Duration,
    // One for everybody, where nobody is asked.
    everything: Arc<Grant>,
    revocations: Arc<Revocations>,
    services: ServiceKeys,
}

impl Gate {
    pub(crate) fn new(access: Access, origins: Origins, patience: Duration, revocations: Arc<Revocations>) -> Self {
        Self { access, origins, patience, everything: Arc::new(Grant::everything()), revocations, services: ServiceKeys::default() }
    }

    /// Lets other services in, too, that have one of these keys.
    pub(crate) fn with_services(self, services: ServiceKeys) -> Self {
        Self { services, ..self }
    }

    /// Lets a request of another service in, and no other.
    pub(crate) fn admit_service(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        self.services.admit(headers)
    }

    /// Whether a request is one of another service. It is then not one of a page, wherever it says that it comes from.
    pub(crate) fn is_service(&self, headers: &HeaderMap) -> bool {
        self.services.are_in(headers)
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.access, Access::Closed)
    }

    /// Whether anybody may come in at all.
    pub(crate) fn admit(&self) -> Result<(), Refusal> {
        if self.is_closed() {
            return Err(Refusal::new(WireCode::Denied, "this service has not decided who may connect, so nobody may")
                .hint("call `.authorize(…)` on `Realtime::builder(…)`, or `.public()` if everybody may read every channel"));
        }
        Ok(())
    }

    /// Keeps out what a page of somebody else makes a browser ask for, before anything is looked at.
    pub(crate) fn check_origin(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        self.admit()?;
        self.origins.check(uri, headers, matches!(self.access, Access::Public))
    }

    /// Asks the service what somebody may do. `request` is made only if there is somebody to ask.
    pub(crate) async fn authorize(&self, registry: &Registry, request: impl FnOnce() -> ConnectRequest) -> Result<Arc<Grant>, Refusal> {
        self.admit()?;
        let Access::Authorized(authorize) = &self.access else { return Ok(self.everything.clone()) };
        let request = request();
        let grant = authorize.ask(request, self.patience, registry).await.map(Arc::new)?;
        self.revocations.admit(grant.user_id())?;
        Ok(grant)
    }

    /// Whether a client with this grant may subscribe to a channel, and read it: the grant says so, and nothing of it was revoked.
    pub(crate) fn may_subscribe(&self, grant: &Grant, known: &Known, channel: &str) -> Result<(), Refusal> {
        if !grant.may_subscribe(known, channel) {
            return Err(may_not_subscribe(channel));
        }
        self.revocations.check(grant.user_id(), channel)
    }

    /// Whether a client with this grant may be present on a channel.
    pub(crate) fn may_be_present(&self, grant: &Grant, known: &Known, channel: &str) -> Result<(), Refusal> {
        if !grant.may_be_present(known, channel) {
            return Err(Refusal::new(WireCode::Denied, format!("you may not be present on channel `{channel}`")));
        }
        self.revocations.check(grant.user_id(), channel)
    }

    /// What was taken away.
    pub(crate) fn revocations(&self) -> &Revocations {
        &self.revocations
    }
}

/// What somebody is told who may not subscribe to a channel, or read it.
pub(crate) fn may_not_subscribe(channel: &str) -> Refusal {
    Refusal::new(WireCode::Denied, format!("you may not subscribe to channel `{channel}`"))
}
