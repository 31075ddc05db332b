//! The handle of a service.

mod builder;
mod limits;

use std::{fmt, sync::Arc};

use axum::Router;
use tidewire_schema::Contract;

pub use self::{
    builder::RealtimeBuilder,
    limits::{Limits, RateLimit},
};
use crate::{
    access::Access,
    broker::{BoxFuture, Draft},
    channel::{Address, Published, Publishing},
    connection::Connections,
    contract::{Carries, Channel, DefaultChannel, Known, Registry, ServerEvent, holds_null, non_finite},
    error::{BrokerError, ChannelError, PublishError},
    hub::{Hub, Roster},
    transport,
};

#[doc = include_str!("../docs/realtime.md")]
#[derive(Clone)]
pub struct Realtime {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) registry: Registry,
    pub(crate) hub: Arc<Hub>,
    pub(crate) roster: Arc<Roster>,
    pub(crate) connections: Arc<Connections>,
    pub(crate) limits: Limits,
    pub(crate) access: Access,
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

    /// Ends every event stream with a `reconnect` frame, spread so that clients do not come back all at once, and refuses new ones.
    ///
    /// [`serve`](crate::serve) does this by itself when it shuts down. Call it before the graceful shutdown of another server: an open
    /// stream would keep that waiting for ever.
    pub fn shutdown(&self) {
        tracing::info!("ending all event streams");
        self.shared.roster.close(None);
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Checks an event and makes what the broker is given. Does nothing else.
    pub(crate) fn draft<E: ServerEvent>(&self, known: &Known, channel: &str, event: &E) -> Result<Draft, PublishError> {
        let Some(declared) = known.event(E::NAME) else {
            return Err(PublishError::NotCarried { event: E::NAME, channel: channel.to_owned() });
        };
        if !declared.publish.server {
            return Err(PublishError::NotAllowed { event: E::NAME, channel: channel.to_owned() });
        }
        let serialize = |cause| PublishError::Serialize { event: E::NAME, cause: Arc::new(cause) };
        let value = if E::SIGNAL { None } else { Some(serde_json::to_value(event).map_err(serialize)?) };
        // A number that JSON does not have has become null by now, so an event without one is not looked at again.
        if value.as_ref().is_some_and(holds_null)
            && let Some(issue) = non_finite(event)
        {
            return Err(PublishError::Invalid { event: E::NAME, issues: vec![issue] });
        }
        let value =
            self.shared.registry.checker().payload(declared, value).map_err(|issues| PublishError::Invalid { event: E::NAME, issues })?;
        let data = value.map(|value| value.to_string());
        let (bytes, limit) = (data.as_ref().map_or(0, String::len), self.shared.limits.event_bytes);
        if bytes > limit {
            return Err(PublishError::TooLarge { event: E::NAME, bytes, limit });
        }
        Ok(Draft {
            event: E::NAME,
            sender: None,
            origin: None,
            exclude: None,
            data,
            retention: known.retention_of(declared),
            latest: false,
            key: None,
        })
    }

    /// Hands a draft to the broker.
    pub(crate) async fn store(&self, channel: &str, draft: Draft) -> Result<Published, PublishError> {
        let event = draft.event;
        let receipt = self.in_time(self.shared.hub.broker().publish(channel, draft)).await.map_err(|cause| {
            tracing::warn!(event, cause = cause.source_text(), "an event was not confirmed by the broker");
            PublishError::Broker(cause)
        })?;
        tracing::trace!(event, channel, number = receipt.cursor.map(|cursor| cursor.number()), "published");
        Ok(Published::from(receipt))
    }

    /// Waits for the broker, but not for ever.
    pub(crate) async fn in_time<T>(&self, answer: BoxFuture<'_, Result<T, BrokerError>>) -> Result<T, BrokerError> {
        self.shared.in_time(answer).await
    }

    pub(crate) fn locate<C: Channel>(&self, channel: &C) -> Result<(usize, String), ChannelError> {
        let registry = &self.shared.registry;
        let index = registry.by_pattern(C::PATTERN).ok_or(ChannelError::Unknown { pattern: C::PATTERN })?;
        let known = registry.at(index);
        let params = channel.params();
        for (name, value) in &params {
            let Some(field) = known.channel.params.iter().find(|field| field.name == *name) else { continue };
            registry.checker().param(&field.ty, value).map_err(|issue| ChannelError::Parameter { name, issue })?;
        }
        let name = known.pattern.encode(&params).map_err(ChannelError::Address)?;
        Ok((index, name))
    }
}

impl Shared {
    pub(crate) async fn in_time<T>(&self, answer: BoxFuture<'_, Result<T, BrokerError>>) -> Result<T, BrokerError> {
        tokio::time::timeout(self.limits.broker_timeout, answer).await.unwrap_or_else(|elapsed| Err(BrokerError::unknown(elapsed)))
    }
}

impl fmt::Debug for Realtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Realtime")
            .field("registry", &self.shared.registry)
            .field("roster", &self.shared.roster)
            .field("access", &self.shared.access)
            .finish_non_exhaustive()
    }
}
