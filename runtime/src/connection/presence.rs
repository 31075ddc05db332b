//! What clients and the service say about who is present.

use std::sync::Arc;

use serde_json::Value;
use tidewire_schema::wire::WireCode;

use super::{Connection, ConnectionError, Handle, Operation, execute::post, publish::too_often};
use crate::{
    contract::{HasPresence, Known, Registry},
    presence::{NotPresent, PresenceError, Watching},
    realtime::Realtime,
    transport::{Refusal, resolve, unavailable},
};

/// What a client says about its presence on a channel.
#[derive(Debug, PartialEq)]
pub(crate) struct Presenting {
    pub(crate) channel: String,
    pub(crate) act: Act,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Act {
    /// It is there, and shows this.
    Appear(Value),
    /// It is not there any more.
    Leave,
    /// It wants the whole roster again.
    Refresh,
}

/// Does what a client says. The order of the checks is part of the protocol: names, rights, allowance, payload, size, roster.
pub(super) async fn present(realtime: &Realtime, handle: &Arc<Handle>, presenting: Presenting) -> Result<(), Refusal> {
    let shared = realtime.shared();
    let Presenting { channel, act } = presenting;
    let resolved = resolve(shared, &channel);
    let permit = |known: &Known| match act {
        Act::Appear(_) => shared.gate.may_be_present(&handle.grant(), known, &channel),
        Act::Refresh => shared.gate.may_subscribe(&handle.grant(), known, &channel),
        // Whoever goes needs no right.
        Act::Leave => Ok(()),
    };
    if let Ok(known) = &resolved {
        permit(known)?;
    }
    handle.rates(&shared.limits).presence.take().map_err(|wait| too_often("changes of presence", wait))?;
    let known = resolved?;
    if known.presence.is_none() {
        return Err(has_none(&channel));
    }
    let name: Arc<str> = channel.as_str().into();
    match &act {
        Act::Refresh => {
            if handle.has(&channel) {
                post(handle, Operation::Roster(Watching::Refresh(name)))?;
            }
            Ok(())
        }
        Act::Leave => shared.presence.leave(handle, &name).await.map_err(refused),
        Act::Appear(state) => {
            let state =
                check(&shared.registry, known, state.clone(), shared.limits.presence_bytes).map_err(|error| refused_state(&error))?;
            shared.presence.appear(handle, &name, state, false).await.map_err(refused)?;
            // It may have been replaced meanwhile.
            if let Err(lost) = permit(known) {
                shared.presence.leave(handle, &name).await.map_err(refused)?;
                return Err(lost);
            }
            Ok(())
        }
    }
}

/// Has a connection of this node show something on a roster, or nothing any more, because the service wants it.
pub(super) async fn show(realtime: &Realtime, handle: &Arc<Handle>, channel: &Arc<str>, state: Option<String>) -> Result<(), NotPresent> {
    let presence = &realtime.shared().presence;
    match state {
        Some(state) => presence.appear(handle, channel, state, true).await,
        None => presence.leave(handle, channel).await,
    }
}

impl Connection {
    /// Has this client present on the roster of `channel`, or replaces what it shows there, whether or not it has the right to do that itself. It stays until it
    /// goes, leaves, unsubscribes, or somebody calls [`clear_presence`](Self::clear_presence).
    ///
    /// ```
    /// # use tidewire::{ConnectionId, Realtime, realtime_events};
    /// # #[realtime_events(name = "docs")]
    /// # pub mod live {
    /// #     pub struct Member { pub name: String }
    /// #     #[event("message.sent")]
    /// #     pub struct MessageSent { pub text: String }
    /// #     #[channel("chat/{room_id}", events(MessageSent), presence = Member)]
    /// #     pub struct Chat { pub room_id: String }
    /// # }
    /// # async fn seat(realtime: Realtime, id: ConnectionId) -> Result<(), tidewire::PresenceError> {
    /// let lobby = live::Chat { room_id: "lobby".into() };
    /// realtime.connection(id).set_presence(lobby, live::Member { name: "Ann".into() }).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`PresenceError::Channel`], [`PresenceError::Invalid`], [`PresenceError::TooLarge`]: the parameters or the state violate the contract, or a limit. Correct them.
    /// - [`PresenceError::Full`]: the roster has as many members as it may have. Try again when somebody has left.
    /// - [`PresenceError::Connection`] with [`ConnectionError::NotConnected`]: no node has this client, or the one that has it did not reach the broker; within two
    ///   seconds, when other nodes have to be asked. With [`ConnectionError::Broker`]: the broker was not reached. Try again later.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before it answers, the client is present or not. Repeating it is safe.
    pub async fn set_presence<C: HasPresence>(&self, channel: C, state: C::Member) -> Result<(), PresenceError> {
        let publisher = self.realtime.as_publisher();
        let (index, name) = publisher.locate(&channel).map_err(PresenceError::Channel)?;
        let state = serde_json::to_value(&state).map_err(|_| PresenceError::Invalid { issues: Vec::new() })?;
        let shared = self.realtime.shared();
        let state = check(&shared.registry, shared.registry.at(index), state, shared.limits.presence_bytes)?;
        self.present(name, Some(state)).await
    }

    /// Takes this client off the roster of `channel`, if it is on it.
    ///
    /// # Errors
    ///
    /// As [`set_presence`](Self::set_presence), without those about a state.
    ///
    /// # Cancel safety
    ///
    /// As [`set_presence`](Self::set_presence).
    pub async fn clear_presence<C: HasPresence>(&self, channel: C) -> Result<(), PresenceError> {
        let (_, name) = self.realtime.as_publisher().locate(&channel).map_err(PresenceError::Channel)?;
        self.present(name, None).await
    }

    async fn present(&self, channel: String, state: Option<String>) -> Result<(), PresenceError> {
        let connections = &self.realtime.shared().connections;
        let Some(handle) = connections.find(self.id) else {
            let asked = connections.relay().present(&self.realtime, self.id, channel, state).await;
            let taken = asked.map_err(|unanswered| PresenceError::Connection(unanswered.into()))?;
            return if taken { Ok(()) } else { Err(PresenceError::Full) };
        };
        show(&self.realtime, &handle, &channel.into(), state).await.map_err(|not_present| match not_present {
            NotPresent::Full | NotPresent::TooMany => PresenceError::Full,
            NotPresent::Ending => PresenceError::Connection(ConnectionError::NotConnected),
            NotPresent::Broker(cause) => PresenceError::Connection(ConnectionError::Broker(cause)),
        })
    }
}

/// Begins to watch the roster of a channel that the connection has.
pub(super) fn watch(realtime: &Realtime, handle: &Handle, channel: &str) -> Result<(), Refusal> {
    let watch = realtime.shared().presence.watch(channel, handle.outlet().clone());
    post(handle, Operation::Roster(Watching::Begin(watch)))
}

/// What a client hears that asks for the roster of a channel without one.
pub(crate) fn has_none(channel: &str) -> Refusal {
    Refusal::new(WireCode::BadRequest, format!("channel `{channel}` has no presence"))
}

/// Checks a state against the contract; as the JSON to keep.
pub(super) fn check(registry: &Registry, known: &Known, state: Value, limit: usize) -> Result<String, PresenceError> {
    let Some(ty) = &known.presence else { return Err(PresenceError::Invalid { issues: Vec::new() }) };
    let state = registry.checker().value(ty, state).map_err(|issues| PresenceError::Invalid { issues })?.to_string();
    if state.len() > limit {
        return Err(PresenceError::TooLarge { bytes: state.len(), limit });
    }
    Ok(state)
}

fn refused_state(error: &PresenceError) -> Refusal {
    let code = if let PresenceError::TooLarge { .. } = error { WireCode::TooLarge } else { WireCode::InvalidPayload };
    Refusal::new(code, error.to_string())
}

fn refused(not_present: NotPresent) -> Refusal {
    match not_present {
        NotPresent::Full => Refusal::new(WireCode::RosterFull, "the channel has as many members present as it may have"),
        NotPresent::TooMany => Refusal::new(WireCode::TooManyChannels, "the connection is present on as many channels as one may be"),
        NotPresent::Ending => Refusal::new(WireCode::UnknownSession, "the connection is ending"),
        NotPresent::Broker(error) => unavailable(&error),
    }
}
