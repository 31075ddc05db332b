//! Who loses what, and for how long.

use std::{borrow::Cow, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::RevokeError;
use crate::{channel::Publisher, contract::Channel, error::ChannelError};

/// The longest time that a revocation may last: so long the log keeps it.
pub(super) const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// As for the user of a grant.
const USER_BYTES: usize = 256;

/// Whom to take something from: a user or everybody, a channel or all of them, and for how long.
///
/// For [`Realtime::revoke_batch`](crate::Realtime::revoke_batch) and [`Realtime::restore_batch`](crate::Realtime::restore_batch); `revoke`, `revoke_user` and
/// `revoke_channel` make the usual ones.
///
/// ```
/// # use tidewire::realtime_events;
/// # #[realtime_events(name = "docs")]
/// # pub mod live {
/// #     #[event("message.sent")]
/// #     pub struct MessageSent { pub text: String }
/// #     #[channel("chat/{room_id}", events(MessageSent))]
/// #     pub struct Chat { pub room_id: String }
/// # }
/// use std::time::Duration;
/// use tidewire::Revocation;
///
/// let room = || live::Chat { room_id: "lobby".into() };
/// let [ann, bob, all] = [
///     Revocation::of("ann").on(room()).for_duration(Duration::from_secs(600)),
///     Revocation::of("bob"),
///     Revocation::everybody_on(room()),
/// ];
/// # drop([ann, bob, all]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a revocation does nothing before it is handed to the service"]
pub struct Revocation {
    user: Option<String>,
    place: Option<Place>,
    duration: Option<Duration>,
}

/// A channel, as somebody said it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Typed(&'static str, Vec<(&'static str, String)>),
    Named(Cow<'static, str>),
}

impl Revocation {
    /// Everything of this user, unless [`on`](Self::on) names a channel. The id is that of [`Grant::user`](crate::Grant::user).
    pub fn of(user: impl Into<String>) -> Self {
        Self { user: Some(user.into()), place: None, duration: None }
    }

    /// Everybody on this channel, those included who join later and those without a user.
    pub fn everybody_on<C: Channel>(channel: C) -> Self {
        Self { user: None, place: None, duration: None }.on(channel)
    }

    /// This channel alone.
    #[expect(clippy::needless_pass_by_value, reason = "an address is written in place; nobody needs the value afterwards")]
    pub fn on<C: Channel>(self, channel: C) -> Self {
        Self { place: Some(Place::Typed(C::PATTERN, channel.params())), ..self }
    }

    /// This channel alone, by its name on the wire, such as `chat/42`.
    pub fn on_name(self, channel: impl Into<Cow<'static, str>>) -> Self {
        Self { place: Some(Place::Named(channel.into())), ..self }
    }

    /// Everybody on this channel, by its name on the wire.
    pub fn everybody_on_name(channel: impl Into<Cow<'static, str>>) -> Self {
        Self { user: None, place: None, duration: None }.on_name(channel)
    }

    /// How long it lasts, up to 30 days; otherwise what [`RealtimeBuilder::revocation_duration`](crate::RealtimeBuilder::revocation_duration) says. It says nothing
    /// when something is restored.
    pub fn for_duration(self, duration: Duration) -> Self {
        Self { duration: Some(duration), ..self }
    }

    pub(super) fn duration_or(&self, otherwise: Duration) -> Result<Duration, RevokeError> {
        let duration = self.duration.unwrap_or(otherwise);
        if is_possible_duration(duration) { Ok(duration) } else { Err(RevokeError::Duration) }
    }

    /// Checks it, and finds the name of its channel.
    pub(super) fn subject(&self, publisher: &Publisher) -> Result<Subject, RevokeError> {
        if self.user.as_ref().is_some_and(|user| user.is_empty() || user.len() > USER_BYTES || user.contains(char::is_control)) {
            return Err(RevokeError::User);
        }
        let channel = match &self.place {
            None => None,
            Some(Place::Typed(pattern, params)) => Some(publisher.encode(pattern, params)?.1),
            Some(Place::Named(name)) => {
                publisher.registry().resolve(name).map_err(|unresolved| ChannelError::unresolved(name, unresolved))?;
                Some(name.clone().into_owned())
            }
        };
        Ok(Subject { user: self.user.as_deref().map(Into::into), channel: channel.map(Into::into) })
    }
}

/// Whether a revocation can last so long.
pub(crate) fn is_possible_duration(duration: Duration) -> bool {
    (Duration::from_millis(1)..=LONGEST).contains(&duration)
}

/// Whom a revocation hits. One of the two is there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Subject {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) channel: Option<Arc<str>>,
}
