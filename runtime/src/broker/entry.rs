//! Events before and after they are stored.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use tidewire_schema::History;

use crate::{
    cursor::{Cursor, EventId},
    identity::ConnectionId,
    transport::{Frame, FrameParts},
};

/// An event that is about to be published.
#[derive(Clone)]
pub struct Draft {
    /// The event's name.
    pub event: &'static str,
    /// Who sent it; `None` for the service itself.
    pub sender: Option<String>,
    /// The client that published it; `None` for the service itself.
    pub origin: Option<ConnectionId>,
    /// The client that does not get it.
    pub exclude: Option<ConnectionId>,
    /// The payload as compact JSON; `None` for a signal.
    pub data: Option<String>,
    /// How long to keep it.
    pub retention: History,
    /// Whether a subscriber that is behind is only due the newest of this event and sender.
    pub latest: bool,
    /// Under which key it is stored at most once.
    pub key: Option<IdempotencyKey>,
}

impl Draft {
    /// Encodes the event as the one at `cursor`, or as a transient one.
    pub fn frame(&self, channel: &str, cursor: Option<Cursor>, time: u64) -> Frame {
        let Self { event, sender, origin, data, .. } = self;
        Frame::encode(FrameParts { channel, event, cursor, time, sender: sender.as_deref(), origin: *origin, data: data.as_deref() })
    }

    /// Who is due the event.
    pub fn routing(&self) -> Routing {
        let latest = self.latest.then(|| Routing::newest_of(self.event, self.sender.as_deref(), self.origin));
        Routing { exclude: self.exclude, latest }
    }
}

/// Payloads and keys do not belong into logs, so this leaves them out.
impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft").field("event", &self.event).field("retention", &self.retention).finish_non_exhaustive()
    }
}

/// Who is due an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Routing {
    /// Everybody but this client.
    pub exclude: Option<ConnectionId>,
    /// A subscriber that is behind is only due the newest event with this mark.
    pub latest: Option<u64>,
}

impl Routing {
    /// The mark that events of one name and sender share. For [`latest`](Self::latest).
    pub fn newest_of(event: &str, sender: Option<&str>, origin: Option<ConnectionId>) -> u64 {
        // Compared within one process only, so any hash will do; two senders in one mark would take a value from a reader once in 2^64.
        let mut hasher = DefaultHasher::new();
        (event, sender, origin).hash(&mut hasher);
        hasher.finish()
    }
}

/// The key of an event that is stored at most once: who chose it, and what.
///
/// A broker remembers keys for at least five minutes, each in its channel.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    scope: String,
    // A broker that remembers keys has each in two places.
    key: Arc<str>,
}

impl IdempotencyKey {
    /// The longest key, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// The key `key` of the publisher `scope`; what others choose cannot collide with it.
    ///
    /// # Errors
    ///
    /// [`MalformedKey`] unless the key has 1 to 64 bytes of `A–Z a–z 0–9 _ -`.
    pub fn new(scope: impl Into<String>, key: impl Into<String>) -> Result<Self, MalformedKey> {
        let key = key.into();
        let good =
            (1..=Self::MAX_BYTES).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if good { Ok(Self { scope: scope.into(), key: key.into() }) } else { Err(MalformedKey) }
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.key, self.scope)
    }
}

/// A key may be derived from a secret, so this shows nothing of it.
impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotencyKey").finish_non_exhaustive()
    }
}

/// A text that cannot be an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedKey;

impl fmt::Display for MalformedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an idempotency key has 1 to 64 bytes of letters, digits, `_` and `-`")
    }
}

impl std::error::Error for MalformedKey {}

/// A stored event.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The position after it: its epoch, number and id.
    pub cursor: Cursor,
    /// The id of the event stored before it. Continuity is proven by this link, never assumed from numbers.
    pub previous: EventId,
    /// Its frame, shared by everybody.
    pub frame: Frame,
    /// Who is due it.
    pub routing: Routing,
}

impl Entry {
    /// Whether this event is the one right after `cursor`.
    pub fn follows(&self, cursor: &Cursor) -> bool {
        self.cursor.epoch() == cursor.epoch() && self.previous == cursor.id() && self.cursor.number() == cursor.number() + 1
    }

    /// The position before it.
    pub fn position_before(&self) -> Cursor {
        Cursor::new(self.cursor.epoch(), self.cursor.number().saturating_sub(1), self.previous)
    }
}
