//! Channels that the service gives to one client.

use super::{
    Connection, ConnectionError,
    errand::{Errand, Outcome},
};
use crate::{
    contract::{Channel, ConnectionState, listed, to_json},
    cursor::Cursor,
    error::BrokerError,
};

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

    /// What the service keeps about this connection; `None` before it set anything.
    ///
    /// It is with the node that has the connection, so this is what was there a moment ago: whoever reads, changes and writes may undo what somebody else wrote
    /// meanwhile. The functions that act for a connection have it at hand: [`Caller::state`](crate::Caller::state).
    ///
    /// # Errors
    ///
    /// - [`ConnectionError::NotConnected`]: no node has this client. What was kept about it ended with its connection.
    /// - [`ConnectionError::State`]: what is kept there is no `S`, because its node has another contract.
    /// - [`ConnectionError::Broker`]: the other nodes could not be asked. Try again later.
    ///
    /// # Cancel safety
    ///
    /// Nothing changes.
    pub async fn state<S: ConnectionState>(&self) -> Result<Option<S>, ConnectionError> {
        let Outcome::State { state } = self.run(Errand::State).await? else { return Err(ConnectionError::NotConnected) };
        let read = state.map(|state| serde_json::from_str(&state)).transpose();
        read.map_err(|error| ConnectionError::State { reason: error.to_string() })
    }

    /// Replaces what the service keeps about this connection, whatever that was. It ends with the connection.
    ///
    /// # Errors
    ///
    /// - [`ConnectionError::State`]: the state violates the contract. Nothing changed; correct it.
    /// - [`ConnectionError::NotConnected`]: no node has this client.
    /// - [`ConnectionError::Broker`]: the other nodes could not be asked. Try again later.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it answers, the state was replaced or not.
    pub async fn set_state<S: ConnectionState>(&self, state: S) -> Result<(), ConnectionError> {
        let checked = to_json(&state).and_then(|state| self.realtime.shared().registry.check_state(state));
        let state = checked.map_err(|issues| ConnectionError::State { reason: listed(&issues) })?;
        self.settle(Errand::SetState { state }).await
    }

    async fn give<C: Channel>(&self, channel: &C, after: Option<Cursor>) -> Result<(), ConnectionError> {
        let (_, channel) = self.realtime.as_publisher().locate(channel).map_err(ConnectionError::Channel)?;
        self.settle(Errand::Subscribe { channel, after: after.map(|cursor| cursor.to_string()) }).await
    }

    /// Has it done by the node that has the connection.
    pub(super) async fn run(&self, errand: Errand) -> Result<Outcome, ConnectionError> {
        let connections = &self.realtime.shared().connections;
        match connections.find(self.id) {
            Some(handle) => Ok(errand.run(&self.realtime, &handle, self.realtime.shared().hub.node()).await),
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
            Outcome::Denied { message, .. } => Err(ConnectionError::Denied { message }),
            Outcome::Invalid => Err(ConnectionError::State { reason: "its node has another contract".to_owned() }),
            Outcome::Unavailable => Err(ConnectionError::Broker(BrokerError::unavailable("the channel could not be opened"))),
            // Its node was built from another contract, or is another version.
            _ => Err(ConnectionError::Broker(BrokerError::unknown("the node of the client does not know how"))),
        }
    }
}
