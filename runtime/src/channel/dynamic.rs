//! Publishing by name, for those who have no types.

use std::sync::Arc;

use serde_json::Value;

use super::{Batch, PublishOptions, Published, Publisher};
use crate::{
    broker::Draft,
    error::{ChannelError, PublishError},
    realtime::Realtime,
};

impl Realtime {
    /// Publishes an event whose channel and name are known at run time alone: for bridges and admin tools.
    ///
    /// The same is checked as for a typed event, and the same codes tell what is wrong. `data` is the payload; a signal has none.
    ///
    /// ```
    /// # use tidewire::{PublishError, PublishOptions, Realtime};
    /// # async fn relay(realtime: Realtime, channel: &str, payload: tidewire::Json) -> Result<(), PublishError> {
    /// realtime.publish_dynamic(channel, "message.sent", payload, PublishOptions::new().sender("bot")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Address::publish`](crate::Address::publish), and:
    ///
    /// - [`PublishError::Channel`] with [`ChannelError::NoSuchName`] or [`ChannelError::MalformedName`]: there is no such channel. Nothing was stored; correct the name.
    /// - [`PublishError::UnknownEvent`]: the channel does not carry an event of this name. Nothing was stored; correct the name.
    ///
    /// # Cancel safety
    ///
    /// As [`Address::publish`](crate::Address::publish).
    pub async fn publish_dynamic(
        &self,
        channel: &str,
        event: &str,
        data: impl Into<Option<Value>>,
        options: PublishOptions,
    ) -> Result<Published, PublishError> {
        let publisher = self.as_publisher();
        let draft = publisher.draft_by_name(channel, event, data.into(), options)?;
        publisher.store(channel, draft).await
    }
}

impl Batch {
    /// Adds an event by the names of its channel and its own, as [`Realtime::publish_dynamic`] takes it.
    pub fn add_dynamic(&mut self, channel: &str, event: &str, data: impl Into<Option<Value>>, options: PublishOptions) -> &mut Self {
        let draft = self.publisher().draft_by_name(channel, event, data.into(), options);
        self.push(draft.map(|draft| (Arc::from(channel), draft)))
    }
}

impl Publisher {
    /// Checks an event that comes without a type. Does nothing else.
    fn draft_by_name(&self, channel: &str, event: &str, data: Option<Value>, options: PublishOptions) -> Result<Draft, PublishError> {
        let known = self.registry().resolve(channel).map_err(|unresolved| ChannelError::unresolved(channel, unresolved))?;
        let Some(declared) = known.event(event) else {
            return Err(PublishError::UnknownEvent { event: event.to_owned(), channel: channel.to_owned() });
        };
        self.draft_of(known, channel, declared, options, || Ok(data))
    }
}
