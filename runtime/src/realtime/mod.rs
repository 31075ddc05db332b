//! The handle of a service.

mod builder;
mod limits;
mod revoke;

use std::{fmt, sync::Arc, time::Instant};

use axum::Router;
use tidewire_schema::Contract;

pub use self::{
    builder::RealtimeBuilder,
    limits::{Limits, RateLimit},
};
use crate::{
    access::{Follower, Gate},
    broker::{BoxFuture, Reads},
    channel::{Address, Batch, Published, Publisher, Publishing},
    connection::{Callbacks, Connections},
    contract::{Carries, Channel, DefaultChannel, Registry, ServerEvent},
    error::{BrokerError, PublishError},
    hub::{Hub, Roster},
    live::Live,
    observe::{self, Metrics, Readiness},
    plugin::Plugins,
    presence::Presence,
    transport,
};

#[doc = include_str!("../docs/realtime.md")]
#[derive(Clone)]
pub struct Realtime {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) registry: Arc<Registry>,
    pub(crate) publisher: Publisher,
    /// What clients read of histories and rosters, beside their subscriptions.
    pub(crate) reads: Reads,
    pub(crate) hub: Arc<Hub>,
    pub(crate) roster: Arc<Roster>,
    pub(crate) connections: Arc<Connections>,
    pub(crate) presence: Arc<Presence>,
    pub(crate) limits: Limits,
    pub(crate) gate: Gate,
    pub(crate) metrics: Metrics,
    pub(crate) began: Instant,
    pub(crate) revocations: Follower,
    pub(crate) callbacks: Callbacks,
    pub(crate) live: Arc<Live>,
    pub(crate) plugins: Arc<Plugins>,
}

impl Realtime {
    /// Begins to set a service up for a contract, usually the `contract()` of a module with [`realtime_events`](crate::realtime_events).
    pub fn builder(contract: &'static Contract) -> RealtimeBuilder {
        RealtimeBuilder::new(contract)
    }

    /// The routes of the service, to be nested where clients expect them: `/realtime` unless they are told otherwise.
    ///
    /// Works under [`serve`](crate::serve), under `axum::serve`, and in any tower stack. `PROTOCOL.md` describes the routes.
    ///
    /// ```
    /// # async fn routes(realtime: tidewire::Realtime) {
    /// let app: axum::Router = axum::Router::new().nest("/realtime", realtime.router());
    /// # }
    /// ```
    pub fn router<S>(&self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        transport::router(self.clone())
    }

    /// Addresses a channel.
    ///
    /// Nothing is looked up yet: parameters that violate the contract are reported by what is done with the address.
    #[expect(clippy::needless_pass_by_value, reason = "an address is written in place; nobody needs the value afterwards")]
    pub fn channel<C: Channel>(&self, channel: C) -> Address<C> {
        Address::new(self.clone(), &channel)
    }

    /// Publishes an event on the channel `default`, which carries the events that the contract shares.
    ///
    /// # Errors
    ///
    /// As [`Address::publish`].
    ///
    /// # Cancel safety
    ///
    /// As [`Address::publish`].
    pub fn publish<E>(&self, event: E) -> Publishing
    where
        E: ServerEvent,
        DefaultChannel: Carries<E>,
    {
        self.channel(DefaultChannel).publish(event)
    }

    /// Publishes one event on several channels of a kind, in one round trip to the broker. The answers stand in the order of the channels.
    ///
    /// ```
    /// # use tidewire::{Realtime, realtime_events};
    /// # #[realtime_events(name = "docs")]
    /// # pub mod live {
    /// #     #[event("message.sent")]
    /// #     pub struct MessageSent { pub text: String }
    /// #     #[channel("chat/{room_id}", events(MessageSent))]
    /// #     pub struct Chat { pub room_id: String }
    /// # }
    /// # async fn announce(realtime: Realtime) {
    /// let rooms = ["lobby", "bar"].map(|room| live::Chat { room_id: room.into() });
    /// let outcomes = realtime.publish_to(rooms, live::MessageSent { text: "we close in ten minutes".into() }).await;
    /// assert!(outcomes.iter().all(Result::is_ok));
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Each answer has those of [`Address::publish`].
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it answers, the event may have been published on each of the channels or not.
    pub async fn publish_to<C, E>(&self, channels: impl IntoIterator<Item = C>, event: E) -> Vec<Result<Published, PublishError>>
    where
        C: Carries<E>,
        E: ServerEvent + Clone,
    {
        let mut batch = self.batch();
        for channel in channels {
            batch.add(&self.channel(channel), event.clone());
        }
        batch.publish().await
    }

    /// Begins a batch: several events for one round trip to the broker.
    pub fn batch(&self) -> Batch {
        self.as_publisher().batch()
    }

    /// The part of this service that publishes, without the part that serves.
    pub fn publisher(&self) -> Publisher {
        self.as_publisher().clone()
    }

    pub(crate) fn as_publisher(&self) -> &Publisher {
        &self.shared.publisher
    }

    #[doc = include_str!("../docs/admin_router.md")]
    pub fn admin_router<S>(&self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        observe::admin_router(self.clone())
    }

    /// Whether this node should get requests, and if not, why: what `GET /ready` of the [admin router](Self::admin_router) answers.
    pub fn readiness(&self) -> Readiness {
        Readiness::of(&self.shared)
    }

    /// Ends every event stream and WebSocket with a `reconnect` frame, spread so that clients do not come back all at once, and refuses new ones. A client that
    /// does not take it within 5 s is cut off.
    ///
    /// [`serve`](crate::serve) does this by itself when it shuts down. Call it before the graceful shutdown of another server: an open
    /// stream would keep that waiting for ever. Plugins go on: [`stop_plugins`](Self::stop_plugins) comes after that server.
    pub fn shutdown(&self) {
        tracing::info!("ending all event streams");
        self.shared.roster.close(None);
    }

    pub(crate) fn of(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl Shared {
    pub(crate) async fn in_time<T>(&self, answer: BoxFuture<'_, Result<T, BrokerError>>) -> Result<T, BrokerError> {
        self.publisher.in_time(answer).await
    }
}

impl fmt::Debug for Realtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Realtime")
            .field("registry", &self.shared.registry)
            .field("roster", &self.shared.roster)
            .field("gate", &self.shared.gate)
            .finish_non_exhaustive()
    }
}
