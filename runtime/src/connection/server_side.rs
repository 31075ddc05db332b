//! Channels that the service gives to one client.

use super::{
    Connection, ConnectionError,
    errand::{Errand, Outcome},
};
use crate::{contract::Channel, cursor::Cursor, error::BrokerError};

impl Connection {
    #[doc = include_str!("../docs/connection_subscribe.md")]
    pub async fn subscribe<C: Channel>(&self, channel: C) -> Result<(), ConnectionError> {
        self.give(&channel, None).await
    }

    /// As [`subscribe`](Self::subscribe), from a position on: what was stored after `cursor` comes first. The page that a service rendered
    /// with events up to there goes on without a hole.
    ///
    /// # Errors
    ///
    /// As [`subscribe`](Self::subscribe). A cursor that nothing continues is no error: the client is told of the gap.
    ///
    /// # Cancel safety
    ///
    /// As [`subscribe`](Self::subscribe).
    pub async fn subscribe_after<C: Channel>(&self, channel: C, cursor: Cursor) -> Result<(), ConnectionError> {
        self.give(&channel, Some(cursor)).await
    }

    /// Takes a channel from this client: ends the subscription, whoever began it, and with it the right that [`subscribe`](Self::subscribe) implied. The
    /// client is told, with `"by":"server"`. What its grant allows it may ask for again: see [`set_grant`](Self::set_grant).
    ///
    /// A channel that it does not have is no error.
    ///
    /// # Errors
    ///
    /// As [`subscribe`](Self::subscribe), but for [`ConnectionError::TooManyChannels`].
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it answers, the channel was taken away or not.
    pub async fn unsubscribe<C: Channel>(&self, channel: C) -> Result<(), ConnectionError> {
        let (_, channel) = self.realtime.as_publisher().locate(&channel).map_err(ConnectionError::Channel)?;
        self.settle(Errand::Unsubscribe { channel }).await
    }

    async fn give<C: Channel>(&self, channel: &C, after: Option<Cursor>) -> Result<(), ConnectionError> {
        let (_, channel) = self.realtime.as_publisher().locate(channel).map_err(ConnectionError::Channel)?;
        self.settle(Errand::Subscribe { channel, after: after.map(|cursor| cursor.to_string()) }).await
    }

    /// Has it done by the node that has the connection.
    pub(super) async fn run(&self, errand: Errand) -> Result<Outcome, ConnectionError> {
        let connections = &self.realtime.shared().connections;
        match connections.find(self.id) {
            Some(handle) => Ok(errand.run(&self.realtime, &handle).await),
            None => Ok(connections.relay().errand(&self.realtime, self.id, errand).await?),
        }
    }

    async fn settle(&self, errand: Errand) -> Result<(), ConnectionError> {
        match self.run(errand).await? {
            Outcome::Done => Ok(()),
            Outcome::Fixed => Err(ConnectionError::Fixed),
            Outcome::TooMany => Err(ConnectionError::TooManyChannels),
            Outcome::Full => Err(ConnectionError::Full),
            Outcome::Gone => Err(ConnectionError::NotConnected),
            Outcome::Unavailable => Err(ConnectionError::Broker(BrokerError::unavailable("the channel could not be opened"))),
            // Its node was built from another contract, or is another version.
            Outcome::Unknown | Outcome::Other => {
                Err(ConnectionError::Broker(BrokerError::unknown("the node of the client does not know how")))
            }
        }
    }
}
