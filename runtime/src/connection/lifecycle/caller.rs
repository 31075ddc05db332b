//! A connection, as the functions of the service see it that act for it.

use std::{error::Error, fmt, sync::Arc};

use tidewire_schema::check::Issue;

use crate::{
    connection::{Connection, Handle},
    contract::{ConnectionState, Registry, listed, to_json},
    identity::ConnectionId,
    realtime::Realtime,
};

/// Whose call, channel or goodbye it is: a connection of this node, which the functions of [`RealtimeBuilder`](crate::RealtimeBuilder) act for.
///
/// It may be kept, and keeps nothing alive: a client that has gone is one that nothing reaches.
#[derive(Clone)]
pub struct Caller {
    realtime: Realtime,
    handle: Arc<Handle>,
}

impl Caller {
    pub(in crate::connection) fn new(realtime: &Realtime, handle: &Arc<Handle>) -> Self {
        Self { realtime: realtime.clone(), handle: handle.clone() }
    }

    /// The client's name.
    pub fn id(&self) -> ConnectionId {
        self.handle.connection()
    }

    /// In whose name the client is connected; `None` if in nobody's.
    pub fn user(&self) -> Option<String> {
        self.handle.grant().user_id().map(str::to_owned)
    }

    /// The client as any node can address it: to send to it, to call it, to give it channels.
    pub fn connection(&self) -> Connection {
        self.realtime.connection(self.id())
    }

    /// The handle of the service.
    pub fn realtime(&self) -> &Realtime {
        &self.realtime
    }

    /// What the service keeps about the connection; `None` before it set anything.
    ///
    /// ```
    /// # use tidewire::{Caller, realtime_events};
    /// # #[realtime_events(name = "docs")]
    /// # pub mod live {
    /// #     #[connection(state)]
    /// #     pub struct Seen { pub pages: u32 }
    /// # }
    /// # fn count(caller: &Caller) -> Result<(), tidewire::InvalidState> {
    /// let before = caller.state::<live::Seen>().map_or(0, |seen| seen.pages);
    /// caller.set_state(live::Seen { pages: before + 1 })
    /// # }
    /// ```
    pub fn state<S: ConnectionState>(&self) -> Option<S> {
        let kept = self.handle.kept()?;
        // What was set as another type is no state of this one.
        serde_json::from_value(kept.as_ref().clone()).ok()
    }

    /// Replaces what the service keeps about the connection. It ends with the connection: a client that comes back begins without.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if the state violates the contract, which may be another one than the service's. Nothing changed; correct it.
    #[expect(clippy::needless_pass_by_value, reason = "a state is written in place; nobody needs the value afterwards")]
    pub fn set_state<S: ConnectionState>(&self, state: S) -> Result<(), InvalidState> {
        let kept = to_json(&state).and_then(|state| self.realtime.shared().registry.check_state(state));
        self.handle.keep_state(kept.map_err(|issues| InvalidState { issues })?);
        Ok(())
    }

    pub(in crate::connection) fn registry(&self) -> Arc<Registry> {
        self.realtime.shared().registry.clone()
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("id", &self.id()).finish_non_exhaustive()
    }
}

/// A state that violates the contract.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InvalidState {
    /// Every violation.
    pub issues: Vec<Issue>,
}

impl fmt::Display for InvalidState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the state violates the contract: {}", listed(&self.issues))
    }
}

impl Error for InvalidState {}
