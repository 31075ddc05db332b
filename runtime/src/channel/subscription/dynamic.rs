//! Subscribing by name, for those who have no types.

use std::{
    future::{IntoFuture, poll_fn},
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

use super::{
    Feed, Start,
    received::{self, Received, SubscribeError, Undecoded},
};
use crate::{cursor::Cursor, error::ChannelError, realtime::Realtime};

impl Realtime {
    /// Subscribes to a channel whose name is known at run time alone: for bridges and plugins. What comes has names and JSON, and the same promises as what
    /// [`Address::subscribe`](crate::Address::subscribe) hands out.
    ///
    /// ```
    /// # use tidewire::{Realtime, SubscribeError};
    /// # async fn relay(realtime: Realtime, channel: &str) -> Result<(), SubscribeError> {
    /// let mut events = realtime.subscribe_dynamic(channel).await?;
    /// while let Some(item) = events.next().await {
    ///     match item {
    ///         Ok(received) => println!("{} {:?}", received.event.name, received.event.data),
    ///         Err(SubscribeError::Gap { missed, .. }) => println!("{missed:?} events are missing"),
    ///         Err(error) => println!("{error}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Address::subscribe`](crate::Address::subscribe), and [`SubscribeError::Channel`] if there is no such channel: correct the name.
    ///
    /// # Cancel safety
    ///
    /// As [`Address::subscribe`](crate::Address::subscribe).
    pub fn subscribe_dynamic(&self, channel: impl Into<String>) -> SubscribingDynamic {
        SubscribingDynamic { realtime: self.clone(), channel: channel.into(), start: Start::Now }
    }
}

/// A subscription by name that is about to begin; made by [`Realtime::subscribe_dynamic`]. Await it.
///
/// Without [`after`](Self::after) and [`latest`](Self::latest) it begins now. Of the two the one that is called last holds.
#[derive(Debug)]
#[must_use = "nothing is subscribed to unless this is awaited"]
pub struct SubscribingDynamic {
    realtime: Realtime,
    channel: String,
    start: Start,
}

impl SubscribingDynamic {
    /// As [`Subscribing::after`](crate::Subscribing::after).
    pub fn after(self, cursor: Cursor) -> Self {
        Self { start: Start::After(cursor), ..self }
    }

    /// As [`Subscribing::latest`](crate::Subscribing::latest).
    pub fn latest(self, count: usize) -> Self {
        Self { start: Start::Latest(count), ..self }
    }
}

impl IntoFuture for SubscribingDynamic {
    type Output = Result<DynamicSubscription, SubscribeError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { realtime, channel, start } = self;
            let resolved = realtime.shared().registry.resolve(&channel);
            let retention = resolved.map_err(|unresolved| ChannelError::unresolved(&channel, unresolved))?.retention;
            Ok(DynamicSubscription { feed: Feed::open(realtime.clone(), (&channel, retention), start).await? })
        })
    }
}

/// The events of a channel, by name; made by awaiting [`Realtime::subscribe_dynamic`]. Dropping it unsubscribes.
///
/// In everything but the type of its items it is a [`Subscription`](crate::Subscription).
#[derive(Debug)]
pub struct DynamicSubscription {
    feed: Feed,
}

impl DynamicSubscription {
    /// Waits for the next item. Payloads are those that were validated when they were published.
    ///
    /// # Errors
    ///
    /// As [`Subscription::next`](crate::Subscription::next).
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped before it answers.
    pub async fn next(&mut self) -> Option<Result<Received<Undecoded>, SubscribeError>> {
        poll_fn(|cx| self.feed.poll_item(cx, received::read_undecoded).map(Some)).await
    }

    /// As [`Subscription::cursor`](crate::Subscription::cursor).
    pub fn cursor(&self) -> Option<Cursor> {
        self.feed.position
    }
}

impl Stream for DynamicSubscription {
    type Item = Result<Received<Undecoded>, SubscribeError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().feed.poll_item(cx, received::read_undecoded).map(Some)
    }
}
