//! A channel, addressed by its type.

mod dynamic;
mod event_frame;
mod history;
mod publisher;
mod subscription;

use std::{fmt, marker::PhantomData};

use chrono::{DateTime, Utc};

pub(crate) use self::{
    event_frame::EventFrame,
    history::{HistoryPart, read_history},
};
pub use self::{
    history::{DecodeError, Gap, History, Page, StoredEvent},
    publisher::{Batch, PublishOptions, Publisher, Publishes, Publishing},
    subscription::{DynamicSubscription, Received, SubscribeError, Subscribing, SubscribingDynamic, Subscription, Undecoded},
};
use crate::{
    broker::{Draft, Receipt},
    contract::{Carries, Channel, ServerEvent, Signal},
    cursor::Cursor,
    error::{ChannelError, HistoryError, PublishError},
    observe,
    realtime::Realtime,
};

/// A channel of a service; made by [`Realtime::channel`] and [`Publisher::channel`].
pub struct Address<C, H = Realtime> {
    handle: H,
    // Which channel of the contract, and the name with its parameters.
    place: Result<(usize, String), ChannelError>,
    channel: PhantomData<fn() -> C>,
}

impl<C: Channel, H: Publishes> Address<C, H> {
    pub(crate) fn new(handle: H, channel: &C) -> Self {
        let place = handle.publisher().locate(channel);
        Self { handle, place, channel: PhantomData }
    }

    /// The channel's name on the wire, such as `chat/42`.
    ///
    /// # Errors
    ///
    /// [`ChannelError`] if the parameters violate the contract. The values are wrong; repeating does not help.
    pub fn name(&self) -> Result<&str, ChannelError> {
        self.place().map(|(_, name)| name)
    }

    /// Publishes an event.
    ///
    /// The payload is checked against the contract first. When this answers, the event is stored, unless its history is off, and on its way to everybody who
    /// listens. Two publishes of which the second begins after the first was answered arrive in that order.
    ///
    /// # Errors
    ///
    /// - [`PublishError::Channel`]: the channel's parameters violate the contract. Nothing was stored; correct them.
    /// - [`PublishError::Invalid`], [`PublishError::Serialize`], [`PublishError::TooLarge`]: the payload is wrong. Nothing was stored; correct it.
    /// - [`PublishError::NotAllowed`]: on this channel only clients may publish it. Nothing was stored.
    /// - [`PublishError::Broker`]: the broker did not store the event, or did not say so in time: [`BrokerError`](crate::BrokerError) tells which. Try again, under a
    ///   [key](PublishOptions::key) if twice is worse than never.
    ///
    /// # Cancel safety
    ///
    /// The event is checked at once, and published when the future is awaited. When the future is dropped before it answers, the event may have been published or
    /// not; when it was never awaited, it was not.
    // A future with a name: rustc reports a wrong event once, and not again for the future and for its `await`.
    pub fn publish<E>(&self, event: E) -> Publishing
    where
        E: ServerEvent,
        C: Carries<E>,
    {
        self.publish_with(event, PublishOptions::new())
    }

    /// Publishes an event in the name of somebody, to all but one, or at most once: see [`PublishOptions`].
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish), and:
    ///
    /// - [`PublishError::Key`]: the idempotency key is not one. Nothing was stored; correct it.
    /// - [`PublishError::Broker`] with [`BrokerError::Conflict`](crate::BrokerError::Conflict): the key was used for another event. Nothing was stored.
    ///
    /// # Cancel safety
    ///
    /// As [`publish`](Self::publish). Under a key repeating it is safe.
    #[expect(clippy::needless_pass_by_value, reason = "an event is written in place; nobody needs the value afterwards")]
    pub fn publish_with<E>(&self, event: E, options: PublishOptions) -> Publishing
    where
        E: ServerEvent,
        C: Carries<E>,
    {
        let draft = self.draft(&event, options);
        let publisher = self.handle.publisher().clone();
        Publishing(Box::pin(async move {
            let (name, draft) = draft.inspect_err(|error| publisher.count(false, &Err(error.clone())))?;
            publisher.store(&name, draft).await
        }))
    }

    fn draft<E: ServerEvent>(&self, event: &E, options: PublishOptions) -> Result<(String, Draft), PublishError> {
        let (index, name) = self.place()?;
        let publisher = self.handle.publisher();
        let draft = publisher.draft(publisher.registry().at(index), name, event, options)?;
        Ok((name.to_owned(), draft))
    }

    /// Publishes the signal of a channel that carries nothing else.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    ///
    /// # Cancel safety
    ///
    /// As [`publish`](Self::publish).
    pub fn signal(&self) -> Publishing
    where
        C: Carries<Signal>,
    {
        self.publish(Signal)
    }

    /// Reads stored events, oldest first.
    ///
    /// # Errors
    ///
    /// - [`HistoryError::Channel`]: the channel's parameters violate the contract; correct them.
    /// - [`HistoryError::Broker`]: the broker did not answer in time; try again later.
    ///
    /// # Cancel safety
    ///
    /// Reading changes nothing; drop the future at any time.
    pub async fn history(&self, request: History) -> Result<Page, HistoryError> {
        let (_, name) = self.place()?;
        observe::history_read(false);
        read_history(self.handle.publisher(), name, request).await.map(Page::from).map_err(HistoryError::Broker)
    }

    pub(crate) fn publisher(&self) -> &Publisher {
        self.handle.publisher()
    }

    fn place(&self) -> Result<(usize, &str), ChannelError> {
        self.place.as_ref().map(|(index, name)| (*index, name.as_str())).map_err(Clone::clone)
    }
}

impl<C, H: Clone> Clone for Address<C, H> {
    fn clone(&self) -> Self {
        Self { handle: self.handle.clone(), place: self.place.clone(), channel: PhantomData }
    }
}

impl<C, H> fmt::Debug for Address<C, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").field("place", &self.place).finish_non_exhaustive()
    }
}

/// What became of a published event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// What subscribers see as the event's `id`: the position after it. `None` for an event that is not stored.
    pub id: Option<Cursor>,
    /// Its number in the channel. `None` for an event that is not stored.
    pub number: Option<u64>,
    /// The broker's clock when it took the event.
    pub time: DateTime<Utc>,
    /// Whether an earlier publish with the same idempotency key had stored it. The other members are those of the first time.
    pub duplicate: bool,
}

impl From<Receipt> for Published {
    fn from(receipt: Receipt) -> Self {
        let Receipt { cursor, time, duplicate } = receipt;
        Self { id: cursor, number: cursor.map(|cursor| cursor.number()), time: instant(time), duplicate }
    }
}

pub(crate) fn instant(milliseconds: u64) -> DateTime<Utc> {
    i64::try_from(milliseconds).ok().and_then(DateTime::from_timestamp_millis).unwrap_or(DateTime::UNIX_EPOCH)
}
