//! Who may come in, and what they may do.

mod address;
mod authorize;
mod credential;
mod grant;
mod grant_claim;
mod origin;
mod revocation;
mod service_key;
mod ticket;
mod token;
mod token_claims;
mod token_signature;

use std::sync::Arc;

use http::{HeaderMap, Uri, request::Parts};
use tidewire_schema::wire::WireCode;

pub use self::{
    address::{Addresses, AnyChannel},
    authorize::{ConnectRequest, Denied},
    grant::Grant,
    revocation::{Revocation, RevokeError},
    token::{Token, TokenError, Tokens},
};
pub(crate) use self::{
    authorize::Authorize,
    origin::Origins,
    revocation::{Follower, Log, REVOKED, Revocations, Sentence, is_possible_duration, revoked_on},
    service_key::ServiceKeys,
    token_claims::Unfit,
};
use self::{
    credential::{Ambiguous, Credential},
    ticket::{NotUsed, use_up},
    token_claims::Use,
};
use crate::{
    clock::unix_milliseconds,
    connection::{SharedRates, counted_address, too_often},
    contract::Known,
    observe,
    realtime::{Limits, Shared},
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

/// What somebody comes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coming {
    /// To begin something, which has to wait while it cannot be known what was revoked.
    Anew,
    /// To say something on a connection that it has. Each frame is held against the revocations by itself, as on a stream that goes both ways: some must not wait.
    Connected,
}

/// Where requests come in.
#[derive(Debug)]
pub(crate) struct Gate {
    access: Access,
    tokens: Option<Tokens>,
    origins: Origins,
    limits: Limits,
    // How often the service is asked about one address.
    questions: SharedRates,
    // One for everybody, where nobody is asked.
    everything: Arc<Grant>,
    revocations: Arc<Revocations>,
    services: ServiceKeys,
}

impl Gate {
    pub(crate) fn new(access: Access, tokens: Option<Tokens>, origins: Origins, limits: &Limits, revocations: Arc<Revocations>) -> Self {
        let (questions, services) = (SharedRates::new(limits.authorize_rate), ServiceKeys::default());
        Self { access, tokens, origins, limits: *limits, questions, everything: Arc::new(Grant::everything()), revocations, services }
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
        matches!(self.access, Access::Closed) && self.tokens.is_none()
    }

    /// Whether anybody may come in at all.
    pub(crate) fn admit(&self) -> Result<(), Refusal> {
        if self.is_closed() {
            return Err(Refusal::new(WireCode::Denied, "this service has not decided who may connect, so nobody may").hint(
                "call `.authorize(…)` or `.tokens(…)` on `Realtime::builder(…)`, or `.public()` if everybody may read every channel",
            ));
        }
        Ok(())
    }

    /// Keeps out what a page of somebody else makes a browser ask for, before anything is looked at.
    pub(crate) fn check_origin(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        self.admit()?;
        let proven = || self.tokens.is_some() && Credential::is_beside_authorization(uri, headers);
        self.origins.check(uri, headers, matches!(self.access, Access::Public) || proven())
    }

    /// Finds out what somebody may do: by the token of the request, or by asking the service. `question` is made only if there is somebody to ask.
    pub(crate) async fn authorize(
        &self,
        shared: &Shared,
        (parts, coming): (&Parts, Coming),
        question: impl FnOnce() -> ConnectRequest,
    ) -> Result<Arc<Grant>, Refusal> {
        self.admit()?;
        if let Some(tokens) = &self.tokens
            && let Some(credential) = Credential::find(&parts.uri, &parts.headers).map_err(|Ambiguous| refused(Unfit::Malformed))?
        {
            let grant = self.admit_with(tokens, shared, (credential, coming)).await?;
            return Ok(Arc::new(grant));
        }
        match &self.access {
            Access::Authorized(authorize) => {
                let grant = self.ask(authorize, shared, question()).await?;
                self.admit_user(grant.user_id(), coming)?;
                Ok(Arc::new(grant))
            }
            Access::Public => Ok(self.everything.clone()),
            Access::Closed => Err(Refusal::new(WireCode::Unauthenticated, "this needs a token")),
        }
    }

    /// Whether a user, or nobody, may come in with that, as far as revocations go.
    pub(crate) fn admit_user(&self, user: Option<&str>, coming: Coming) -> Result<(), Refusal> {
        match coming {
            Coming::Anew => self.revocations.admit(user),
            Coming::Connected => self.revocations.forbid_everything(user),
        }
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

    /// Asks the service about a request, and signs the answer.
    pub(crate) async fn sign(&self, shared: &Shared, question: impl FnOnce() -> ConnectRequest, as_ticket: bool) -> Result<Token, Refusal> {
        let (Some(tokens), Access::Authorized(authorize)) = (&self.tokens, &self.access) else {
            return Err(Refusal::new(WireCode::NotFound, "this service signs no tokens")
                .hint("call both `.tokens(…)` and `.authorize(…)` on `Realtime::builder(…)`"));
        };
        let grant = self.ask(authorize, shared, question()).await?;
        let signed = if as_ticket { tokens.sign_ticket(&grant) } else { tokens.sign(&grant) };
        signed.map_err(|error| {
            tracing::error!(%error, "a token was not signed");
            Refusal::new(WireCode::Internal, "the token could not be signed")
        })
    }

    /// The grant of a token that a connected client brings.
    pub(crate) fn renew(&self, shared: &Shared, token: &str) -> Result<Grant, Refusal> {
        let Some(tokens) = &self.tokens else { return Err(Refusal::new(WireCode::Denied, "this service takes no tokens")) };
        match tokens.read(token, unix_milliseconds()) {
            Ok((grant, Use::Connecting)) => Ok(accepted(shared, grant)),
            Ok((_, Use::Ticket(_))) => Err(refused(Unfit::Claims)),
            Err(unfit) => Err(refused(unfit)),
        }
    }

    async fn ask(&self, authorize: &Authorize, shared: &Shared, question: ConnectRequest) -> Result<Grant, Refusal> {
        if let Some(address) = question.peer.and_then(counted_address) {
            self.questions.take(address).map_err(|wait| too_often("requests from this address", wait))?;
        }
        authorize.ask(question, self.limits.authorize_timeout, &shared.registry).await
    }

    /// The grant of a token, or the use of a ticket: each where it belongs. Who was revoked is told so, and keeps the ticket.
    async fn admit_with(&self, tokens: &Tokens, shared: &Shared, (credential, coming): (Credential<'_>, Coming)) -> Result<Grant, Refusal> {
        let (Credential::Token(text) | Credential::Ticket(text)) = credential;
        let (grant, purpose) = tokens.read(text, unix_milliseconds()).map_err(refused)?;
        self.admit_user(grant.user_id(), coming)?;
        match (purpose, credential) {
            (Use::Connecting, Credential::Token(_)) => Ok(accepted(shared, grant)),
            (Use::Ticket(name), Credential::Ticket(_)) => match use_up(shared, name).await {
                Ok(()) => Ok(accepted(shared, grant)),
                Err(NotUsed::Unfit(unfit)) => Err(refused(unfit)),
                Err(NotUsed::Unknown(refusal)) => Err(refusal),
            },
            _ => Err(refused(Unfit::Claims)),
        }
    }
}

/// A grant that somebody signed. What the contract of this node does not have may be in it, because nodes are not all replaced at one moment; it gives nothing.
fn accepted(shared: &Shared, grant: Grant) -> Grant {
    observe::token("ok");
    if let Some(flaw) = grant.flaw_of_channels(&shared.registry) {
        tracing::warn!(flaw, "a token grants what this service does not have");
    }
    grant
}

/// What is told to somebody whose token opens nothing: whether a newer one would help, and no more. The log and a metric say what is wrong with it.
fn refused(unfit: Unfit) -> Refusal {
    observe::token(unfit.name());
    tracing::debug!(reason = unfit.name(), "a token is refused");
    match unfit {
        Unfit::Expired => Refusal::new(WireCode::TokenExpired, "the token has expired"),
        _ => Refusal::new(WireCode::InvalidToken, "the token is not accepted here"),
    }
}

/// What somebody is told who may not subscribe to a channel, or read it.
pub(crate) fn may_not_subscribe(channel: &str) -> Refusal {
    Refusal::new(WireCode::Denied, format!("you may not subscribe to channel `{channel}`"))
}
