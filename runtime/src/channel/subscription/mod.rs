//! Subscribing in Rust.

mod driver;
mod dynamic;
mod received;

use std::{
    fmt,
    future::{IntoFuture, poll_fn},
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use tidewire_schema::History;

use self::driver::{Driver, Item};
pub use self::{
    dynamic::{DynamicSubscription, SubscribingDynamic},
    received::{Received, SubscribeError, Undecoded},
};
use super::Address;
use crate::{
    contract::{Channel, Subscribable},
    cursor::Cursor,
    realtime::Realtime,
    session::Beginning,
    transport::Frame,
};

impl<C: Channel> Address<C> {
    // The bound stands on the method, so that the compiler says what is missing.
    #[doc = include_str!("../../docs/subscribe.md")]
    pub fn subscribe(&self) -> Subscribing<C>
    where
        C: Subscribable,
    {
        Subscribing { address: self.clone(), start: Start::Now }
    }
}

/// A subscription about to begin; made by [`Address::subscribe`]. Await it.
///
/// Without [`after`](Self::after) and [`latest`](Self::latest) it begins now: the first item is the next event. Of the two the one that is called last holds.
#[must_use = "nothing is subscribed to unless this is awaited"]
pub struct Subscribing<C> {
    address: Address<C>,
    start: Start,
}

#[derive(Clone, Copy, Debug)]
enum Start {
    Now,
    After(Cursor),
    Latest(usize),
}

impl<C> Subscribing<C> {
    /// Resumes after a position, such as [`Received::id`] of the last event that was dealt with. What came since is replayed; what of it is lost is told
    /// by [`SubscribeError::Gap`].
    pub fn after(self, cursor: Cursor) -> Self {
        Self { start: Start::After(cursor), ..self }
    }

    /// Begins with the newest `count` stored events, fewer if there are fewer. At most [`Limits::replay_events`](crate::Limits), 1000 unless set.
    pub fn latest(self, count: usize) -> Self {
        Self { start: Start::Latest(count), ..self }
    }
}

impl<C: Subscribable> IntoFuture for Subscribing<C> {
    type Output = Result<Subscription<C>, SubscribeError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { address, start } = self;
            let (index, name) = address.place()?;
            let realtime = address.handle.clone();
            let retention = realtime.shared().registry.at(index).retention;
            Ok(Subscription { feed: Feed::open(realtime, (name, retention), start).await?, channel: PhantomData })
        })
    }
}

impl<C> fmt::Debug for Subscribing<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscribing").field("address", &self.address).field("start", &self.start).finish()
    }
}

/// The events of a channel, one after the other; made by awaiting [`Address::subscribe`]. Dropping it unsubscribes.
///
/// It is a [`Stream`], and has a [`next`](Self::next) of its own, so that nothing need be imported. It never ends by itself.
///
/// Events are pulled, never queued: a subscriber that takes its time costs a position. One that falls behind what the node holds in memory reads on in the
/// history, and is told by [`SubscribeError::Gap`] if it is too late for that.
pub struct Subscription<C> {
    feed: Feed,
    channel: PhantomData<fn() -> C>,
}

impl<C: Subscribable> Subscription<C> {
    /// Waits for the next item.
    ///
    /// # Errors
    ///
    /// An error is an item like an event: the subscription goes on behind it.
    ///
    /// - [`SubscribeError::Gap`]: events may be missing. Whoever keeps state of them loads it anew.
    /// - [`SubscribeError::Undecodable`]: an event does not fit its type, because it was stored under another contract. Skip it.
    /// - [`SubscribeError::Broker`]: what is stored cannot be understood. It is tried again; look into the store.
    ///
    /// While the broker cannot be reached this waits, and goes on without a hole afterwards.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped before it answers.
    pub async fn next(&mut self) -> Option<Result<Received<C::Event>, SubscribeError>> {
        poll_fn(|cx| self.poll_item(cx).map(Some)).await
    }

    /// The position behind what was handed out so far, to [resume](Subscribing::after) from. `None` until it is known where a subscription begins, which takes
    /// at most until its first item.
    pub fn cursor(&self) -> Option<Cursor> {
        self.feed.position
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received<C::Event>, SubscribeError>> {
        self.feed.poll_item(cx, received::read)
    }
}

/// What a subscription is before its events have types.
#[derive(Debug)]
struct Feed {
    driver: Driver,
    position: Option<Cursor>,
}

impl Feed {
    async fn open(realtime: Realtime, channel: (&str, History), start: Start) -> Result<Self, SubscribeError> {
        let beginning = match start {
            Start::Now | Start::Latest(0) => Beginning::Fresh,
            Start::After(cursor) => Beginning::After(cursor),
            Start::Latest(count) => Beginning::Last(count.min(realtime.shared().limits.replay_events)),
        };
        let driver = Driver::open(realtime, channel, beginning).await.map_err(SubscribeError::Broker)?;
        let position = match beginning {
            Beginning::After(cursor) => Some(cursor),
            _ => driver.begun_at(),
        };
        Ok(Self { driver, position })
    }

    fn poll_item<E>(&mut self, cx: &mut Context<'_>, read: Read<E>) -> Poll<Result<Received<E>, SubscribeError>> {
        // A channel that is never quiet must not keep the other tasks of this thread from running.
        let coop = ready!(tokio::task::coop::poll_proceed(cx));
        let item = loop {
            match ready!(self.driver.poll_next(cx)) {
                Item::Passed(cursor) => self.position = Some(cursor),
                Item::Event(frame, cursor) => {
                    self.position = cursor.or(self.position);
                    break read(&frame, cursor);
                }
                Item::Gap { reason, from, to, missed } => {
                    self.position = Some(to);
                    break Err(SubscribeError::Gap { reason, from, to, missed });
                }
                Item::Failed(error) => break Err(SubscribeError::Broker(error)),
            }
        };
        coop.made_progress();
        Poll::Ready(item)
    }
}

type Read<E> = fn(&Frame, Option<Cursor>) -> Result<Received<E>, SubscribeError>;

impl<C: Subscribable> Stream for Subscription<C> {
    type Item = Result<Received<C::Event>, SubscribeError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(cx).map(Some)
    }
}

impl<C> fmt::Debug for Subscription<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("feed", &self.feed).finish_non_exhaustive()
    }
}
