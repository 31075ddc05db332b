//! Setting a service up.

use std::{
    fmt,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use tidewire_schema::{Contract, History};

use super::{Limits, Realtime, Shared};
use crate::{
    access::{
        Access, Authorize, ConnectRequest, Denied, Follower, Gate, Grant, Log, Origins, Revocations, ServiceKeys, Tokens,
        is_possible_duration,
    },
    broker::{Broker, MemoryBroker, Reads},
    channel::Publisher,
    connection::{self, Callbacks, Connections},
    contract::Registry,
    error::BuildError,
    hub::{Hub, RingBounds, Roster},
    live::{Live, Loaders},
    middleware::{Hooks, Middleware, Stack},
    observe::{Metrics, Watched},
    plugin::{Candidate, Plugins},
    presence::Presence,
};

/// What is kept of a channel whose contract is silent about it.
const DEFAULT_HISTORY: History = History::Keep { max: 1000, ttl: 60 * 60 };

/// The shortest life of a connection that makes sense. Below it a client would be on its way back more often than not.
const SHORTEST: Duration = Duration::from_secs(1);

/// How long a revocation lasts that does not say, unless tokens last longer.
const REVOCATION: Duration = Duration::from_secs(3600);

/// Sets a [`Realtime`] up; made by [`Realtime::builder`].
#[must_use = "nothing is served before `build` is called"]
pub struct RealtimeBuilder {
    contract: &'static Contract,
    broker: Option<Arc<dyn Broker>>,
    access: Access,
    origins: Origins,
    // One of them was none.
    odd_origin: bool,
    default_history: History,
    limits: Limits,
    max_duration: Option<Duration>,
    tokens: Option<Tokens>,
    revocation_duration: Option<Duration>,
    services: ServiceKeys,
    // One of their keys was too short.
    short_key: bool,
    middleware: Vec<Arc<dyn Hooks>>,
    pub(crate) callbacks: Callbacks,
    pub(crate) loaders: Loaders,
    pub(crate) plugins: Vec<Candidate>,
}

impl RealtimeBuilder {
    pub(super) fn new(contract: &'static Contract) -> Self {
        Self {
            contract,
            broker: None,
            access: Access::default(),
            origins: Origins::default(),
            odd_origin: false,
            default_history: DEFAULT_HISTORY,
            limits: Limits::default(),
            max_duration: None,
            tokens: None,
            revocation_duration: None,
            services: ServiceKeys::default(),
            short_key: false,
            middleware: Vec::new(),
            callbacks: Callbacks::default(),
            loaders: Loaders::default(),
            plugins: Vec::new(),
        }
    }

    /// Stores and orders events with this broker. A [`MemoryBroker`] of this process unless set.
    pub fn broker(mut self, broker: impl Broker) -> Self {
        self.broker = Some(Arc::new(broker));
        self
    }

    /// Lets everybody read every channel, and publish what the contract lets clients publish, in nobody's name.
    ///
    /// Without this, [`authorize`](Self::authorize) or [`tokens`](Self::tokens) every request is refused: what a service shows to strangers is a decision, not an
    /// accident. Of this and `authorize`, what is called last holds.
    pub fn public(mut self) -> Self {
        self.access = Access::Public;
        self
    }

    #[doc = include_str!("../docs/authorize.md")]
    pub fn authorize<F, D>(mut self, decide: F) -> Self
    where
        F: Fn(ConnectRequest) -> D + Send + Sync + 'static,
        D: Future<Output = Result<Grant, Denied>> + Send + 'static,
    {
        self.access = Access::Authorized(Authorize::new(decide));
        self
    }

    /// Takes [tokens](Tokens): a request that carries one goes by it, and [`authorize`](Self::authorize) is asked about the others. Without `authorize` they are refused as
    /// `unauthenticated`; what is [`public`](Self::public) stays so.
    ///
    /// With both, `POST /auth` asks `authorize` about the request and answers a signed token, or a ticket.
    pub fn tokens(mut self, tokens: Tokens) -> Self {
        self.tokens = Some(tokens);
        self
    }

    #[doc = include_str!("../docs/allow_origins.md")]
    pub fn allow_origins<O: AsRef<str>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        for origin in origins {
            self.odd_origin |= self.origins.allow(origin.as_ref()).is_none();
        }
        self
    }

    /// What is kept of channels whose contract does not say. The newest 1000 events of the last hour unless set.
    pub fn default_history(mut self, retention: History) -> Self {
        self.default_history = retention;
        self
    }

    /// The limits to go by instead of the [default ones](Limits).
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long a connection lasts at most: at least 1 s, and without an end unless set.
    ///
    /// Many platforms cut requests off after a fixed time, however alive they are. A connection that comes close to `duration`, by up to a tenth at
    /// random, is asked to reconnect (the frame `reconnect`, half a second of delay at most) and ends; its client resumes, and nothing is lost. So
    /// set it some seconds below the platform's limit, which is then never reached:
    ///
    /// ```
    /// # use std::time::Duration;
    /// # fn set_up(builder: tidewire::RealtimeBuilder) -> tidewire::RealtimeBuilder {
    /// // The platform ends every request after five minutes.
    /// builder.max_duration(Duration::from_secs(290))
    /// # }
    /// ```
    pub fn max_duration(mut self, duration: Duration) -> Self {
        self.max_duration = Some(duration);
        self
    }

    /// Hangs a [`Middleware`] behind those that were added before: its hooks see what theirs left.
    ///
    /// ```
    /// # use tidewire::{Denied, Middleware, PublishRequest, RealtimeBuilder};
    /// struct Audit;
    ///
    /// impl Middleware for Audit {
    ///     async fn publish(&self, request: &mut PublishRequest) -> Result<(), Denied> {
    ///         println!("{:?} publishes {} on {}", request.sender(), request.event(), request.channel());
    ///         Ok(())
    ///     }
    /// }
    ///
    /// # fn set_up(builder: RealtimeBuilder) -> RealtimeBuilder {
    /// builder.middleware(Audit)
    /// # }
    /// ```
    pub fn middleware(mut self, middleware: impl Middleware) -> Self {
        self.middleware.push(Arc::new(middleware));
        self
    }

    #[doc = include_str!("../docs/service_key.md")]
    pub fn service_key(mut self, key: impl AsRef<str>) -> Self {
        self.short_key |= self.services.add(key.as_ref()).is_none();
        self
    }

    /// How long something stays revoked where [`Revocation::for_duration`](crate::Revocation::for_duration) does not say: an hour, or the
    /// lifetime of [tokens](Self::tokens) if that is longer, unless set; at most 30 days.
    ///
    /// At least as long as whatever proves to `authorize` who somebody is stays good: a cookie that lives for a day brings its owner back after an hour.
    pub fn revocation_duration(mut self, duration: Duration) -> Self {
        self.revocation_duration = Some(duration);
        self
    }

    /// Makes a handle that publishes and does nothing else: see [`Publisher`].
    ///
    /// Set the same `default_history` as the services that share the broker. Access plays no part here.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn publisher(self) -> Result<Publisher, BuildError> {
        self.limits.check()?;
        let registry = Arc::new(Registry::new(self.contract, self.default_history)?);
        Metrics::describe();
        let broker = watched(self.broker, &self.limits);
        let hooks = Stack::new(&self.middleware, registry.clone(), self.limits.hook_timeout);
        Ok(Publisher::new(registry, broker, &self.limits, hooks))
    }

    /// Sets everything up, and starts the heartbeat and the [plugins](Self::plugin).
    ///
    /// Gives a broker of another process [`Limits::broker_timeout`] to prove its link. One that is away is no error: the service begins without it.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if a limit, an origin, the tokens or the contract cannot work, or if a plugin does not start. All of them are mistakes in the program, or in what a plugin was given: report and end.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Nothing is left behind when the future is dropped. Plugins that were started by then end without their `stop`.
    pub async fn build(self) -> Result<Realtime, BuildError> {
        self.limits.check()?;
        if self.max_duration.is_some_and(|duration| duration < SHORTEST) {
            return Err(BuildError::Limit { name: "max_duration", requirement: "at least 1 s" });
        }
        let longest_token = self.tokens.as_ref().map_or(Duration::ZERO, Tokens::longest);
        let revocation = self.revocation_duration.unwrap_or(REVOCATION.max(longest_token));
        if !is_possible_duration(revocation) {
            return Err(BuildError::Limit { name: "revocation_duration", requirement: "1 ms to 30 days" });
        }
        if self.short_key {
            return Err(BuildError::Limit { name: "service_key", requirement: "at least 32 bytes long, so that nobody guesses it" });
        }
        if self.odd_origin {
            return Err(BuildError::Limit { name: "allow_origins", requirement: "a list of origins such as `https://example.com`" });
        }
        if let Some(requirement) = self.tokens.as_ref().and_then(Tokens::flaw) {
            return Err(BuildError::Tokens { requirement });
        }
        let registry = Arc::new(Registry::new(self.contract, self.default_history)?);
        self.callbacks.handlers.check(&registry)?;
        self.loaders.check(&registry)?;
        let mut middleware = self.middleware;
        let plugins = Plugins::assemble(self.plugins, &registry, self.limits.plugin_timeout, &mut middleware).await?;
        // First, so that what is counted by the others is described when they register it.
        let metrics = Metrics::register();
        let broker = watched(self.broker, &self.limits);
        let hooks = Stack::new(&middleware, registry.clone(), self.limits.hook_timeout);
        let publisher = Publisher::new(registry.clone(), broker.clone(), &self.limits, hooks);
        let bounds = RingBounds { events: self.limits.ring_events, bytes: self.limits.ring_bytes };
        let hub = Hub::attach(broker, bounds, self.limits.broker_timeout);
        hub.look_after();
        let roster = Roster::new(self.max_duration);
        roster.beat_every(self.limits.heartbeat);
        roster.part_in_time();
        roster.check_watched(self.limits.stall);
        let revocations = Arc::new(Revocations::new());
        hub.on_link({
            let (roster, revocations) = (Arc::downgrade(&roster), revocations.clone());
            move |degraded| {
                if let Some(roster) = roster.upgrade() {
                    roster.tell_degraded(degraded || revocations.is_paused());
                }
            }
        });
        greet(&hub, self.limits.broker_timeout).await;
        if hub.is_degraded() {
            // It was said before anybody listened.
            roster.tell_degraded(true);
        }
        let connections = Connections::new(&self.limits);
        connections.look_after();
        // Where everybody may do everything there is nothing to protect from somebody who was revoked a moment ago.
        let strict = matches!(self.access, Access::Authorized(_)) || self.tokens.is_some();
        let log = Log::new((hub.clone(), roster.clone()), publisher.clone(), connections.clone(), revocations.clone(), revocation);
        let follower = Follower::begin(log, FIRST_LOOK, strict).await;
        let gate = Gate::new(self.access, self.tokens, self.origins, &self.limits, revocations).with_services(self.services);
        if gate.is_closed() {
            tracing::warn!(
                "every request will be refused: call `.authorize(…)` or `.tokens(…)` on the builder, or `.public()` if everybody may read every channel"
            );
        }
        tracing::debug!(contract = %self.contract.name, hash = registry.hash(), "realtime is set up");
        let (limits, callbacks, began) = (self.limits, self.callbacks, Instant::now());
        let (revocations, presence) = (follower, Presence::new(hub.clone(), publisher.clone(), &limits));
        let live = Live::new(hub.clone(), publisher.clone(), registry.clone(), self.loaders, &limits);
        let shared = Shared {
            registry,
            publisher,
            reads: Reads::taking(self.limits.broker_timeout),
            hub,
            roster,
            connections,
            presence,
            limits,
            gate,
            metrics,
            began,
            revocations,
            callbacks,
            live,
            plugins,
        };
        let shared = Arc::new(shared);
        shared.hub.on_told({
            let shared = Arc::downgrade(&shared);
            move |message| {
                if let Some(shared) = shared.upgrade() {
                    connection::told(&Realtime { shared }, &message);
                }
            }
        });
        shared.plugins.start(self.contract, &shared).await?;
        Ok(Realtime { shared })
    }
}

/// How long the beginning of a service may take for the log of revocations. A long log is read on afterwards, and nobody who needs rights comes in before.
const FIRST_LOOK: Duration = Duration::from_secs(5);

/// Gives a broker of another process a moment to prove its link, so that a service does not begin with an alarm.
async fn greet(hub: &Hub, patience: Duration) {
    let proven = async {
        while hub.is_degraded() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    // It may be away. The service begins all the same: its clients are told, and readiness is red.
    let _ = tokio::time::timeout(patience, proven).await;
}

fn watched(broker: Option<Arc<dyn Broker>>, limits: &Limits) -> Arc<dyn Broker> {
    let broker = broker.unwrap_or_else(|| Arc::new(MemoryBroker::new()));
    Arc::new(Watched::new(broker, limits.broker_timeout))
}

impl fmt::Debug for RealtimeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RealtimeBuilder")
            .field("contract", &self.contract.name)
            .field("access", &self.access)
            .field("origins", &self.origins)
            .field("default_history", &self.default_history)
            .field("limits", &self.limits)
            .field("max_duration", &self.max_duration)
            .field("tokens", &self.tokens)
            .field("middleware", &self.middleware.iter().map(|hooks| hooks.name()).collect::<Vec<_>>())
            .field("callbacks", &self.callbacks)
            .field("loaders", &self.loaders)
            .field("plugins", &self.plugins)
            .finish_non_exhaustive()
    }
}
