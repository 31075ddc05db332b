//! What a connection may do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Addresses;
use crate::contract::{Known, Registry};

/// The longest id of a user, in bytes: it travels with every event that the user publishes.
const USER_BYTES: usize = 256;

/// What a connection may do, and in whose name: the answer of [`RealtimeBuilder::authorize`](crate::RealtimeBuilder::authorize).
///
/// The rights to subscribe and to publish are independent, and there are none before they are given. The right to subscribe includes the
/// channel's history and its roster. Publishing also needs an event that clients may publish at all, which is for the contract to say; the right to it includes
/// the right to be present.
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
/// use tidewire::{AnyChannel as _, Grant};
///
/// let viewer = Grant::anonymous().subscribe(live::Chat::any());
/// let member = Grant::user("ann").subscribe("chat/{roomId}").publish(live::Chat { room_id: "lobby".into() });
/// assert_eq!((viewer.user_id(), member.user_id()), (None, Some("ann")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[must_use = "a grant does nothing before it is answered"]
pub struct Grant {
    user: Option<Box<str>>,
    pub(super) subscribe: Rights,
    pub(super) publish: Rights,
    // A node of an older version does not say.
    #[serde(default)]
    pub(super) present: Rights,
    // In milliseconds since 1970; without it, it does not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Rights {
    Everything,
    To(Vec<Addresses>),
}

impl Default for Rights {
    fn default() -> Self {
        Self::To(Vec::new())
    }
}

impl Grant {
    /// Nothing yet, in the name of this user. The id is shown to others as the `sender` of what the user publishes: 1 to 256 bytes, without control characters.
    pub fn user(id: impl Into<String>) -> Self {
        Self { user: Some(id.into().into()), ..Self::anonymous() }
    }

    /// Nothing yet, in nobody's name.
    pub fn anonymous() -> Self {
        Self { user: None, subscribe: Rights::default(), publish: Rights::default(), present: Rights::default(), expires: None }
    }

    /// Every channel, in nobody's name; [`for_user`](Self::for_user) gives it one.
    pub fn everything() -> Self {
        Self { user: None, subscribe: Rights::Everything, publish: Rights::Everything, present: Rights::Everything, expires: None }
    }

    /// The same rights in the name of this user.
    pub fn for_user(self, id: impl Into<String>) -> Self {
        Self { user: Some(id.into().into()), ..self }
    }

    /// Adds the right to subscribe to these channels, and to read what is stored of them.
    pub fn subscribe(mut self, channels: impl Into<Addresses>) -> Self {
        self.subscribe.add(channels.into());
        self
    }

    /// Adds the right to publish on these channels, subscribed to or not.
    pub fn publish(mut self, channels: impl Into<Addresses>) -> Self {
        self.publish.add(channels.into());
        self
    }

    /// Adds the right to be present on these channels, which the right to publish on them includes.
    pub fn present(mut self, channels: impl Into<Addresses>) -> Self {
        self.present.add(channels.into());
        self
    }

    /// Adds the rights to subscribe and to publish.
    pub fn subscribe_and_publish(self, channels: impl Into<Addresses>) -> Self {
        let channels = channels.into();
        self.subscribe(channels.clone()).publish(channels)
    }

    /// Ends it at this time: the client hears of it 30 s before, and its connection ends with `token_expired` unless it got another grant by then.
    pub fn until(self, end: DateTime<Utc>) -> Self {
        self.ending(u64::try_from(end.timestamp_millis()).unwrap_or_default())
    }

    /// The same until this time, in milliseconds since 1970.
    pub(crate) fn ending(self, expires: u64) -> Self {
        Self { expires: Some(expires), ..self }
    }

    /// When it ends, in milliseconds since 1970; `None` if it does not.
    pub(crate) fn ends(&self) -> Option<u64> {
        self.expires
    }

    /// In whose name; `None` if in nobody's.
    pub fn user_id(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// What it gives, but for whom and until when, as a text: two grants with one text give the same.
    pub(crate) fn rights(&self) -> String {
        serde_json::to_string(&(&self.subscribe, &self.publish, &self.present)).expect("addresses are text")
    }

    pub(crate) fn may_subscribe(&self, known: &Known, channel: &str) -> bool {
        self.subscribe.cover(known, channel)
    }

    pub(crate) fn may_publish(&self, known: &Known, channel: &str) -> bool {
        self.publish.cover(known, channel)
    }

    pub(crate) fn may_be_present(&self, known: &Known, channel: &str) -> bool {
        self.publish.cover(known, channel) || self.present.cover(known, channel)
    }

    /// Why it cannot be used. It is then the service that is wrong, so nobody gets in by it.
    pub(crate) fn flaw(&self, registry: &Registry) -> Option<String> {
        let of_user = self.flaw_of_user();
        of_user.or_else(|| self.flaw_of_channels(registry))
    }

    /// Why it cannot be in this name.
    pub(super) fn flaw_of_user(&self) -> Option<String> {
        let user = self.user.as_deref()?;
        let flawed = user.is_empty() || user.len() > USER_BYTES || user.contains(char::is_control);
        flawed.then(|| format!("the id of a user has 1 to {USER_BYTES} bytes and no control characters"))
    }

    /// Which of its channels the contract does not have.
    pub(super) fn flaw_of_channels(&self, registry: &Registry) -> Option<String> {
        [&self.subscribe, &self.publish, &self.present].into_iter().find_map(|rights| match rights {
            Rights::Everything => None,
            Rights::To(channels) => channels.iter().find_map(|addresses| addresses.flaw(registry)),
        })
    }
}

impl Rights {
    fn add(&mut self, channels: Addresses) {
        if let Self::To(list) = self {
            list.push(channels);
        }
    }

    fn cover(&self, known: &Known, channel: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::To(list) => list.iter().any(|addresses| addresses.hold(known, channel)),
        }
    }
}
