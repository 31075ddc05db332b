//! One client, addressed by the service.

use std::{error::Error, fmt, time::SystemTime};

use super::{Dismissal, NotTaken, Operation, relay::Unanswered};
use crate::{
    access::Grant,
    channel::PublishOptions,
    contract::{Carries, ServerEvent},
    error::{BrokerError, ChannelError, PublishError},
    identity::ConnectionId,
    realtime::Realtime,
};

/// The connection of one client, on whatever node it is; made by [`Realtime::connection`].
#[derive(Clone, Debug)]
pub struct Connection {
    pub(super) realtime: Realtime,
    pub(super) id: ConnectionId,
}

impl Realtime {
    /// Addresses one client by the id that its `welcome` gave it. Nothing is looked up yet.
    ///
    /// ```
    /// # use tidewire::{ConnectionId, Realtime, realtime_events};
    /// # #[realtime_events(name = "docs")]
    /// # pub mod live {
    /// #     #[event("report.ready")]
    /// #     pub struct ReportReady { pub url: String }
    /// #     #[channel("reports", events(ReportReady))]
    /// #     pub struct Reports {}
    /// # }
    /// # async fn answer(realtime: Realtime, id: ConnectionId) {
    /// let event = live::ReportReady { url: "/reports/17".into() };
    /// if let Err(error) = realtime.connection(id).send(live::Reports {}, event).await {
    ///     eprintln!("not delivered: {error}");
    /// }
    /// # }
    /// ```
    pub fn connection(&self, id: ConnectionId) -> Connection {
        Connection { realtime: self.clone(), id }
    }
}

impl Connection {
    /// The client's name.
    pub fn id(&self) -> ConnectionId {
        self.id
    }

    /// Hands an event to this client alone, as if it came on `channel`. It is not stored and has no number: a client that is away misses it.
    ///
    /// When this answers, the node that has the connection has taken the event; the client may still be cut off before it arrives.
    ///
    /// # Errors
    ///
    /// - [`ConnectionError::Event`]: the event or the channel's parameters violate the contract. Correct them.
    /// - [`ConnectionError::NotConnected`]: no node has this client; within a second, when other nodes have to be asked. It may come back, so try again, or let go.
    /// - [`ConnectionError::Full`]: the client does not keep up with what is sent to it. Try again later, or let go.
    /// - [`ConnectionError::Broker`]: the other nodes could not be asked. Try again later.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it answers, the event was handed over or not.
    pub async fn send<C, E>(&self, channel: C, event: E) -> Result<(), ConnectionError>
    where
        C: Carries<E>,
        E: ServerEvent,
    {
        let frame = self.frame(&channel, &event).map_err(ConnectionError::Event)?;
        let connections = &self.realtime.shared().connections;
        if let Some(handle) = connections.find(self.id) {
            return handle.post(Operation::Message(frame.into())).map_err(|not_taken| match not_taken {
                NotTaken::Full => ConnectionError::Full,
                NotTaken::Ending | NotTaken::Lost => ConnectionError::NotConnected,
            });
        }
        let taken = connections.relay().message(&self.realtime, self.id, frame).await?;
        if taken { Ok(()) } else { Err(ConnectionError::Full) }
    }

    /// Replaces what this client may do, from now on and until it reconnects: then `authorize` decides anew, so whoever takes a right away for good lets
    /// `authorize` know first.
    ///
    /// Channels whose right is gone end with `denied` before anything else is handed to the client; a plain `EventSource`, whose channels cannot come and go,
    /// is ended as a whole. The next publish without the right is refused. The user stays who it is, and a grant without an end of its own ends when the one before it would have.
    ///
    /// ```
    /// # use tidewire::{ConnectionId, Grant, Realtime};
    /// # async fn mute(realtime: Realtime, id: ConnectionId) -> Result<(), tidewire::ConnectionError> {
    /// realtime.connection(id).set_grant(Grant::user("ann").subscribe("chat/{roomId}")).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`ConnectionError::OtherUser`]: the grant is in another name than the connection. Nothing changed; close the connection instead.
    /// - [`ConnectionError::Grant`]: the grant cannot be used, for example because it names a channel that the contract does not have. Nothing changed; correct it.
    /// - [`ConnectionError::NotConnected`]: no node has this client, or one does that is too old to know grants; within a second, when other nodes have to be asked.
    /// - [`ConnectionError::Broker`]: the other nodes could not be asked. Try again later.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it answers, the grant was replaced or not.
    pub async fn set_grant(&self, grant: Grant) -> Result<(), ConnectionError> {
        let shared = self.realtime.shared();
        if let Some(reason) = grant.flaw(&shared.registry) {
            return Err(ConnectionError::Grant { reason });
        }
        let taken = match shared.connections.find(self.id) {
            Some(handle) => handle.set_grant(grant).ok_or(ConnectionError::NotConnected)?,
            None => shared.connections.relay().grant(&self.realtime, self.id, grant).await?,
        };
        if taken { Ok(()) } else { Err(ConnectionError::OtherUser) }
    }

    /// Ends the connection. The client is told `denied`, which is final: it does not come back by itself.
    ///
    /// # Errors
    ///
    /// - [`ConnectionError::NotConnected`]: no node has this client.
    /// - [`ConnectionError::Broker`]: the other nodes could not be asked. Try again later.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it answers, the connection was ended or not.
    pub async fn close(&self) -> Result<(), ConnectionError> {
        let connections = &self.realtime.shared().connections;
        if let Some(handle) = connections.find(self.id) {
            handle.dismiss(Dismissal::Closed);
            return Ok(());
        }
        connections.relay().close(&self.realtime, self.id).await?;
        Ok(())
    }

    /// Checks the event and writes its frame. Names and payload are JSON by now, or need no escaping.
    fn frame<C, E>(&self, channel: &C, event: &E) -> Result<String, PublishError>
    where
        C: Carries<E>,
        E: ServerEvent,
    {
        let publisher = self.realtime.as_publisher();
        let (index, name) = publisher.locate(channel).map_err(PublishError::Channel)?;
        let draft = publisher.draft(publisher.registry().at(index), &name, event, PublishOptions::new())?;
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let data = draft.data.map_or_else(String::new, |data| format!(r#","data":{data}"#));
        let (event, time) = (draft.event, since.as_millis());
        Ok(format!(r#"{{"type":"message","channel":"{name}","event":"{event}","time":{time},"sender":null{data}}}"#))
    }
}

/// A client was not reached.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The event or the channel is wrong.
    Event(PublishError),
    /// No node has the client.
    NotConnected,
    /// Too much waits for the client already.
    Full,
    /// The grant is in another name than the connection.
    OtherUser,
    /// The grant cannot be used.
    Grant {
        /// Why.
        reason: String,
    },
    /// The other nodes could not be asked, or the broker did not do what was needed.
    Broker(BrokerError),
    /// The channel's parameters are wrong.
    Channel(ChannelError),
    /// It is a plain `EventSource`: its channels are those of its URL.
    Fixed,
    /// It has as many channels as a connection may have.
    TooManyChannels,
    /// The service itself said no: its function for subscriptions did.
    Denied {
        /// In these words.
        message: String,
    },
    /// The state is not what the contract says.
    State {
        /// Why.
        reason: String,
    },
}

impl From<Unanswered> for ConnectionError {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::NotAsked(cause) => Self::Broker(cause),
            Unanswered::Silence => Self::NotConnected,
        }
    }
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(cause) => fmt::Display::fmt(cause, f),
            Self::NotConnected => f.write_str("the client is not connected"),
            Self::Full => f.write_str("the client does not keep up with what is sent to it"),
            Self::OtherUser => f.write_str("the grant is in another name than the connection"),
            Self::Grant { reason } => write!(f, "the grant cannot be used: {reason}"),
            Self::Broker(_) => f.write_str("the other nodes could not be asked for the client"),
            Self::Channel(cause) => fmt::Display::fmt(cause, f),
            Self::Fixed => f.write_str("the client is a plain `EventSource`, whose channels are those of its URL"),
            Self::TooManyChannels => f.write_str("the client has as many channels as a connection may have"),
            Self::Denied { message } => write!(f, "the service itself refused: {message}"),
            Self::State { reason } => write!(f, "the state violates the contract: {reason}"),
        }
    }
}

impl Error for ConnectionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Event(cause) => cause.source(),
            Self::Broker(cause) => Some(cause),
            Self::Channel(cause) => cause.source(),
            _ => None,
        }
    }
}
