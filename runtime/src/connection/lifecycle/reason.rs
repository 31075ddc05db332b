//! Why a connection ended.

use tidewire_schema::wire::WireCode;

/// Why a connection ended: what [`on_disconnect`](crate::RealtimeBuilder::on_disconnect) is told. The client may be back already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The client went, or its network did.
    Client,
    /// It took no data for too long.
    Slow,
    /// Nothing came from it for too long.
    Silent,
    /// It broke the rules of the protocol that carries the frames.
    Protocol,
    /// It was asked to reconnect: the server stops, or the connection lasted as long as one may.
    Reconnect,
    /// It was ended with this code: [`WireCode::Replaced`] when its client is connected anew, [`WireCode::Denied`] when the service closed it.
    Ended(WireCode),
}

impl DisconnectReason {
    /// Reads what the metrics call it.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "slow" => Self::Slow,
            "silent" => Self::Silent,
            "protocol" => Self::Protocol,
            "reconnect" => Self::Reconnect,
            other => WireCode::ALL.iter().find(|code| code.name() == other).map_or(Self::Client, |code| Self::Ended(*code)),
        }
    }
}
