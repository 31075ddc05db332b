//! One client, addressed by the service.

use std::{error::Error, fmt, time::SystemTime};

use super::{Dismissal, NotTaken, Operation, relay::Unanswered};
use crate::{
    channel::PublishOptions,
    contract::{Carries, ServerEvent},
    error::{BrokerError, PublishError},
    identity::ConnectionId,
    realtime::Realtime,
};

/// The connection of one client, on whatever node it is; made by [`Realtime::connection`].
#[derive(Clone, Debug)]
pub struct Connection {
    realtime: Realtime,
    id: ConnectionId,
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
                NotTaken::Ending => ConnectionError::NotConnected,
            });
        }
        let taken = connections.relay().message(&self.realtime, self.id, frame).await?;
        if taken { Ok(()) } else { Err(ConnectionError::Full) }
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
    /// The other nodes could not be asked.
    Broker(BrokerError),
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
            Self::Broker(_) => f.write_str("the other nodes could not be asked for the client"),
        }
    }
}

impl Error for ConnectionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Event(cause) => cause.source(),
            Self::Broker(cause) => Some(cause),
            Self::NotConnected | Self::Full => None,
        }
    }
}
