//! Who may do what.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::http::HeaderMap;
use reception::{Refusal, Sessions, Visitor};
use tidewire::{AnyChannel as _, ConnectRequest, Denied, Grant, Realtime, Revocation, RevokeError, WireCode};

use crate::events::chat;

/// The room that only the host writes in.
pub(crate) const ANNOUNCEMENTS: &str = "announcements";

/// Whoever is shown out of a room stays out for so long.
const REMOVED_FOR: Duration = Duration::from_secs(5 * 60);

/// What a page may do over its connection: read every room and write in every room, and in the announcements if it is the host's.
pub(crate) fn grant(sessions: &Sessions, request: &ConnectRequest) -> Result<Grant, Denied> {
    let visitor = sessions.visitor(request.headers()).ok_or(Denied::unauthenticated())?;
    let grant = Grant::user(visitor.name).subscribe_and_publish(chat::Chat::any()).subscribe(chat::Announcements);
    Ok(if visitor.is_host { grant.publish(chat::Announcements) } else { grant })
}

/// The same for requests that come without a connection, and who was shown out.
#[derive(Clone)]
pub(crate) struct Rights {
    realtime: Realtime,
    sessions: Sessions,
    // Tidewire holds its own list against every connection. What the service publishes in somebody's name is for the service to hold back.
    removed: Arc<Mutex<HashMap<(String, String), SystemTime>>>,
}

impl Rights {
    pub(crate) fn new(realtime: Realtime, sessions: Sessions) -> Self {
        Self { realtime, sessions, removed: Arc::default() }
    }

    pub(crate) fn realtime(&self) -> &Realtime {
        &self.realtime
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    pub(crate) fn known_host(&self, headers: &HeaderMap) -> Result<Visitor, Refusal> {
        let visitor = self.sessions.known(headers)?;
        if visitor.is_host { Ok(visitor) } else { Err(Refusal::denied("only the host may do this")) }
    }

    pub(crate) fn may_write(&self, visitor: &Visitor, room: &str) -> Result<(), Refusal> {
        if room == ANNOUNCEMENTS && !visitor.is_host {
            return Err(Refusal::denied("only the host writes in this room"));
        }
        let until = self.removed().get(&(visitor.name.clone(), room.to_owned())).copied();
        if until.is_some_and(|until| until > SystemTime::now()) {
            return Err(Refusal::new(WireCode::Revoked, "the host has shown you out of this room"));
        }
        Ok(())
    }

    /// Shows somebody out of a room, on every page of theirs; answers until when, in milliseconds since 1970.
    pub(crate) async fn remove(&self, name: &str, room: String) -> Result<i64, Refusal> {
        let now = SystemTime::now();
        let until = now + REMOVED_FOR;
        let revocation = Revocation::of(name).on(chat::Chat { room: room.clone() }).for_duration(REMOVED_FOR);
        self.realtime.revoke_batch([revocation]).await.map_err(refusal)?;
        let mut removed = self.removed();
        removed.retain(|_, until| *until > now);
        removed.insert((name.to_owned(), room), until);
        Ok(i64::try_from(until.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(i64::MAX))
    }

    /// Lets them in again before their time.
    pub(crate) async fn readmit(&self, name: &str, room: String) -> Result<(), Refusal> {
        self.realtime.restore(name, chat::Chat { room: room.clone() }).await.map_err(refusal)?;
        self.removed().remove(&(name.to_owned(), room));
        Ok(())
    }

    fn removed(&self) -> MutexGuard<'_, HashMap<(String, String), SystemTime>> {
        self.removed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The broker's words are for the log.
#[expect(clippy::needless_pass_by_value, reason = "a function for `map_err`")]
fn refusal(error: RevokeError) -> Refusal {
    match &error {
        RevokeError::Channel(_) => Refusal::new(WireCode::InvalidChannel, "there can be no such room"),
        RevokeError::User => Refusal::invalid("nobody can be called that"),
        _ => Refusal::new(WireCode::BrokerUnavailable, "it could not be done now; try again"),
    }
}
