//! Publishing, apart from serving.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use serde_json::Value;
use tidewire_schema::Event;
use tracing::Instrument as _;

use super::{Address, Published};
use crate::{
    broker::{BoxFuture, Broker, Draft, IdempotencyKey},
    contract::{Carries, Channel, DefaultChannel, Known, Registry, ServerEvent, holds_null, non_finite},
    error::{BrokerError, ChannelError, PublishError},
    identity::ConnectionId,
    middleware::Stack,
    observe,
    realtime::{Limits, Realtime},
};

#[doc = include_str!("../docs/publisher.md")]
#[derive(Clone)]
pub struct Publisher {
    desk: Arc<Desk>,
}

struct Desk {
    registry: Arc<Registry>,
    broker: Arc<dyn Broker>,
    limits: Limits,
    published: observe::Published,
    hooks: Stack,
}

impl Publisher {
    pub(crate) fn new(registry: Arc<Registry>, broker: Arc<dyn Broker>, limits: &Limits, hooks: Stack) -> Self {
        Self { desk: Arc::new(Desk { registry, broker, limits: *limits, published: observe::Published::register(), hooks }) }
    }

    /// Addresses a channel.
    ///
    /// Nothing is looked up yet: parameters that violate the contract are reported by what is done with the address.
    #[expect(clippy::needless_pass_by_value, reason = "an address is written in place; nobody needs the value afterwards")]
    pub fn channel<C: Channel>(&self, channel: C) -> Address<C, Self> {
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

    /// Begins a batch: several events for one round trip to the broker.
    pub fn batch(&self) -> Batch {
        Batch { publisher: self.clone(), items: Vec::new() }
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.desk.registry
    }

    pub(crate) fn broker(&self) -> &Arc<dyn Broker> {
        &self.desk.broker
    }

    pub(crate) fn hooks(&self) -> &Stack {
        &self.desk.hooks
    }

    pub(crate) fn limits(&self) -> Limits {
        self.desk.limits
    }

    pub(crate) fn locate<C: Channel>(&self, channel: &C) -> Result<(usize, String), ChannelError> {
        self.encode(C::PATTERN, &channel.params())
    }

    /// The channel with this pattern and these parameters: which of the contract, and its name.
    pub(crate) fn encode(&self, pattern: &'static str, params: &[(&'static str, String)]) -> Result<(usize, String), ChannelError> {
        let registry = self.registry();
        let index = registry.by_pattern(pattern).ok_or(ChannelError::Unknown { pattern })?;
        let known = registry.at(index);
        for (name, value) in params {
            let Some(field) = known.channel.params.iter().find(|field| field.name == *name) else { continue };
            registry.checker().param(&field.ty, value).map_err(|issue| ChannelError::Parameter { name, issue })?;
        }
        let name = known.pattern.encode(params).map_err(ChannelError::Address)?;
        Ok((index, name))
    }

    /// Checks an event and makes what the broker is given. Does nothing else.
    pub(crate) fn draft<E: ServerEvent>(
        &self,
        known: &Known,
        channel: &str,
        event: &E,
        options: PublishOptions,
    ) -> Result<Draft, PublishError> {
        let Some(declared) = known.event(E::NAME) else {
            return Err(PublishError::NotCarried { event: E::NAME, channel: channel.to_owned() });
        };
        self.draft_of(known, channel, declared, options, || {
            let serialize = |cause| PublishError::Serialize { event: E::NAME, cause: Arc::new(cause) };
            let value = if E::SIGNAL { None } else { Some(serde_json::to_value(event).map_err(serialize)?) };
            // A number that JSON does not have has become null by now, so an event without one is not looked at again.
            if value.as_ref().is_some_and(holds_null)
                && let Some(issue) = non_finite(event)
            {
                return Err(PublishError::Invalid { event: E::NAME, issues: vec![issue] });
            }
            Ok(value)
        })
    }

    /// The same for an event of the contract, whose payload is made once everything else about it is right.
    pub(super) fn draft_of(
        &self,
        known: &Known,
        channel: &str,
        declared: &'static Event,
        options: PublishOptions,
        payload: impl FnOnce() -> Result<Option<Value>, PublishError>,
    ) -> Result<Draft, PublishError> {
        let event = declared.name.as_str();
        if !declared.publish.server {
            return Err(PublishError::NotAllowed { event, channel: channel.to_owned() });
        }
        let PublishOptions { sender, exclude, key } = options;
        let key = key.map(|key| IdempotencyKey::new("", key)).transpose().map_err(PublishError::Key)?;
        let value = self.registry().checker().payload(declared, payload()?).map_err(|issues| PublishError::Invalid { event, issues })?;
        let data = self.written(event, value)?;
        let (retention, latest) = (known.retention_of(declared), known.is_latest(declared));
        Ok(Draft { event, sender, origin: None, exclude, data, retention, latest, key })
    }

    /// Data as it is stored, if it is not too large for that.
    pub(crate) fn written(&self, event: &'static str, data: Option<Value>) -> Result<Option<String>, PublishError> {
        let data = data.map(|value| value.to_string());
        let (bytes, limit) = (data.as_ref().map_or(0, String::len), self.desk.limits.event_bytes);
        if bytes > limit { Err(PublishError::TooLarge { event, bytes, limit }) } else { Ok(data) }
    }

    /// Has the hooks that want to look at an event of the service. What they leave is checked anew.
    async fn looked_at(&self, channel: &str, mut draft: Draft) -> Result<Draft, PublishError> {
        if !self.desk.hooks.watches_service() || draft.origin.is_some() {
            return Ok(draft);
        }
        let Ok(known) = self.registry().resolve(channel) else { return Ok(draft) };
        let Some(declared) = known.event(draft.event) else { return Ok(draft) };
        let event = draft.event;
        let serialize = |cause| PublishError::Serialize { event, cause: Arc::new(cause) };
        let data = draft.data.as_deref().map(serde_json::from_str).transpose().map_err(serialize)?;
        let data = self.desk.hooks.publish_of_service(draft.sender.clone(), (known, channel), event, data).await;
        let data = self.registry().checker().payload(declared, data.map_err(PublishError::Refused)?);
        draft.data = self.written(event, data.map_err(|issues| PublishError::Invalid { event, issues })?)?;
        Ok(draft)
    }

    /// Hands a draft to the broker.
    pub(crate) async fn store(&self, channel: &str, draft: Draft) -> Result<Published, PublishError> {
        let (event, by_client) = (draft.event, draft.origin.is_some());
        let span = tracing::debug_span!("publish", event, channel);
        let looked_at = self.looked_at(channel, draft).instrument(span.clone()).await;
        let draft = looked_at.inspect_err(|error| self.count(by_client, &Err(error.clone())))?;
        let receipt = self.in_time(self.broker().publish(channel, draft)).instrument(span).await;
        let published = receipt.map(Published::from).map_err(|cause| unconfirmed(event, cause));
        self.count(by_client, &published);
        let published = published?;
        tracing::trace!(event, channel, number = published.number, "published");
        Ok(published)
    }

    pub(super) fn count(&self, by_client: bool, outcome: &Result<Published, PublishError>) {
        self.desk.published.count(by_client, outcome.as_ref().map(|published| published.duplicate));
    }

    /// Waits for the broker, but not for ever.
    pub(crate) async fn in_time<T>(&self, answer: BoxFuture<'_, Result<T, BrokerError>>) -> Result<T, BrokerError> {
        tokio::time::timeout(self.desk.limits.broker_timeout, answer).await.unwrap_or_else(|elapsed| Err(BrokerError::unknown(elapsed)))
    }
}

fn unconfirmed(event: &'static str, cause: BrokerError) -> PublishError {
    tracing::debug!(event, cause = cause.source_text(), "an event was not confirmed by the broker");
    PublishError::Broker(cause)
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher").field("registry", &self.desk.registry).finish_non_exhaustive()
    }
}

/// What an [`Address`] works with: a [`Realtime`], or a [`Publisher`] alone.
pub trait Publishes: Clone + Send + Sync + 'static + sealed::Sealed {
    #[doc(hidden)]
    fn publisher(&self) -> &Publisher;
}

impl Publishes for Publisher {
    fn publisher(&self) -> &Publisher {
        self
    }
}

impl Publishes for Realtime {
    fn publisher(&self) -> &Publisher {
        self.as_publisher()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Publisher {}
    impl Sealed for super::Realtime {}
}

/// How to publish an event.
///
/// ```
/// use tidewire::PublishOptions;
///
/// let options = PublishOptions::new().sender("bot").key("order-17-paid");
/// ```
#[derive(Clone, Default)]
#[must_use = "options do nothing by themselves"]
pub struct PublishOptions {
    sender: Option<String>,
    exclude: Option<ConnectionId>,
    key: Option<String>,
}

impl PublishOptions {
    /// As if they were not given: the service itself sends, to everybody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Who is shown as the sender. Nobody checks the name: it is the service that says so.
    pub fn sender(self, name: impl Into<String>) -> Self {
        Self { sender: Some(name.into()), ..self }
    }

    /// Leaves one client out, for example the one whose request led to the event. Holds for replays, too, and after the client has reconnected.
    pub fn exclude(self, connection: ConnectionId) -> Self {
        Self { exclude: Some(connection), ..self }
    }

    /// Stores the event at most once under this key and channel: 1 to 64 bytes of `A–Z a–z 0–9 _ -`, remembered for five minutes.
    ///
    /// A repeated publish answers what the first one did, marked as a [`duplicate`](Published::duplicate); another event under the key is an error. Keys
    /// of clients cannot collide with those of the service.
    pub fn key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }
}

/// A key may be derived from a secret, so this says only whether there is one.
impl fmt::Debug for PublishOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sender, exclude, key } = self;
        f.debug_struct("PublishOptions").field("sender", sender).field("exclude", exclude).field("key", &key.is_some()).finish()
    }
}

/// A publish under way; made by [`Address::publish`]. Await it.
#[must_use = "nothing is published unless this is awaited"]
pub struct Publishing(pub(super) BoxFuture<'static, Result<Published, PublishError>>);

impl Future for Publishing {
    type Output = Result<Published, PublishError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Publishing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publishing").finish_non_exhaustive()
    }
}

pub(super) type Prepared = Result<(Arc<str>, Draft), PublishError>;

/// Events that go to the broker in one round trip; made by [`Publisher::batch`] and [`Realtime::batch`].
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
/// # async fn announce(realtime: Realtime, rooms: Vec<String>) {
/// let mut batch = realtime.batch();
/// for room_id in rooms {
///     let chat = realtime.channel(live::Chat { room_id });
///     batch.add(&chat, live::MessageSent { text: "we close in ten minutes".into() });
/// }
/// for outcome in batch.publish().await {
///     if let Err(error) = outcome {
///         eprintln!("{error}");
///     }
/// }
/// # }
/// ```
#[must_use = "nothing is published before `publish` is called"]
pub struct Batch {
    publisher: Publisher,
    items: Vec<Prepared>,
}

impl Batch {
    /// Adds an event for a channel. It is checked now; what is wrong with it is told by [`publish`](Self::publish), in its place.
    pub fn add<C, E, H>(&mut self, address: &Address<C, H>, event: E) -> &mut Self
    where
        C: Carries<E>,
        E: ServerEvent,
        H: Publishes,
    {
        self.add_with(address, event, PublishOptions::new())
    }

    /// Adds an event with options.
    #[expect(clippy::needless_pass_by_value, reason = "an event is written in place; nobody needs the value afterwards")]
    pub fn add_with<C, E, H>(&mut self, address: &Address<C, H>, event: E, options: PublishOptions) -> &mut Self
    where
        C: Carries<E>,
        E: ServerEvent,
        H: Publishes,
    {
        self.items.push(address.draft(&event, options).map(|(channel, draft)| (channel.into(), draft)));
        self
    }

    pub(super) fn publisher(&self) -> &Publisher {
        &self.publisher
    }

    pub(super) fn push(&mut self, item: Prepared) -> &mut Self {
        self.items.push(item);
        self
    }

    /// How many events were added.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Publishes everything, in the order of adding. The answers stand in the same order.
    ///
    /// Events are independent: one that is wrong, or not confirmed, does not keep the others back. But for one case: on a cluster of Redis servers, an event of a channel
    /// that moves to another server may be kept back with one before it.
    ///
    /// # Errors
    ///
    /// Each answer has those of [`Address::publish`].
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it answers, each of the events may have been published or not.
    pub async fn publish(self) -> Vec<Result<Published, PublishError>> {
        let (mut good, mut answers) = (Vec::new(), Vec::with_capacity(self.items.len()));
        for item in self.items {
            match item {
                Ok((channel, draft)) => match self.publisher.looked_at(&channel, draft).await {
                    Ok(draft) => {
                        answers.push(Ok(draft.event));
                        good.push((channel, draft));
                    }
                    Err(error) => answers.push(Err(error)),
                },
                Err(error) => answers.push(Err(error)),
            }
        }
        let receipts = async { Ok(self.publisher.broker().publish_batch(good).await) };
        let receipts = self.publisher.in_time(Box::pin(receipts)).await;
        let mut stored = receipts.map(Vec::into_iter);
        let mut confirm = |event| match &mut stored {
            Ok(receipts) => match receipts.next() {
                Some(receipt) => receipt.map(Published::from).map_err(|cause| unconfirmed(event, cause)),
                None => Err(unconfirmed(event, BrokerError::unknown("the broker answered fewer events than it was given"))),
            },
            Err(cause) => Err(unconfirmed(event, cause.clone())),
        };
        let answers = answers.into_iter().map(|answer| answer.and_then(&mut confirm));
        answers.inspect(|answer| self.publisher.count(false, answer)).collect()
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("events", &self.items.len()).finish_non_exhaustive()
    }
}
