//! A channel, addressed by its type.

mod event_frame;
mod history;
mod subscription;

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use chrono::{DateTime, Utc};

pub use self::history::{DecodeError, Gap, History, Page, StoredEvent};
pub(crate) use self::history::{HistoryPart, read_history};
pub use self::subscription::{Received, SubscribeError, Subscribing, Subscription, Undecoded};
use crate::{
    broker::{BoxFuture, Draft, Receipt},
    contract::{Carries, Channel, ServerEvent, Signal},
    cursor::Cursor,
    error::{ChannelError, HistoryError, PublishError},
    realtime::Realtime,
};

/// A channel of a running service; made by [`Realtime::channel`].
pub struct Address<C> {
    realtime: Realtime,
    // Which channel of the contract, and the name with its parameters.
    place: Result<(usize, String), ChannelError>,
    channel: PhantomData<fn() -> C>,
}

impl<C: Channel> Address<C> {
    pub(crate) fn new(realtime: Realtime, channel: &C) -> Self {
        let place = realtime.locate(channel);
        Self { realtime, place, channel: PhantomData }
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
    /// - [`PublishError::Broker`]: the broker did not confirm in time. The event may have been stored or not; try again if twice is better than never.
    ///
    /// # Cancel safety
    ///
    /// The event is checked at once, and published when the future is awaited. When the future is dropped before it answers, the event may have been published or
    /// not; when it was never awaited, it was not.
    // A future with a name: rustc reports a wrong event once, and not again for the future and for its `await`.
    #[expect(clippy::needless_pass_by_value, reason = "an event is written in place; nobody needs the value afterwards")]
    pub fn publish<E>(&self, event: E) -> Publishing
    where
        E: ServerEvent,
        C: Carries<E>,
    {
        let draft = self.draft(&event);
        let realtime = self.realtime.clone();
        Publishing(Box::pin(async move {
            let (name, draft) = draft?;
            realtime.store(&name, draft).await
        }))
    }

    fn draft<E: ServerEvent>(&self, event: &E) -> Result<(String, Draft), PublishError> {
        let (index, name) = self.place()?;
        let draft = self.realtime.draft(self.realtime.shared().registry.at(index), name, event)?;
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
        read_history(self.realtime.shared(), name, request).await.map(Page::from).map_err(HistoryError::Broker)
    }

    fn place(&self) -> Result<(usize, &str), ChannelError> {
        self.place.as_ref().map(|(index, name)| (*index, name.as_str())).map_err(Clone::clone)
    }
}

impl<C> Clone for Address<C> {
    fn clone(&self) -> Self {
        Self { realtime: self.realtime.clone(), place: self.place.clone(), channel: PhantomData }
    }
}

impl<C> fmt::Debug for Address<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").field("place", &self.place).finish_non_exhaustive()
    }
}

/// A publish under way; made by [`Address::publish`]. Await it.
#[must_use = "nothing is published unless this is awaited"]
pub struct Publishing(BoxFuture<'static, Result<Published, PublishError>>);

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

fn instant(milliseconds: u64) -> DateTime<Utc> {
    i64::try_from(milliseconds).ok().and_then(DateTime::from_timestamp_millis).unwrap_or(DateTime::UNIX_EPOCH)
}
