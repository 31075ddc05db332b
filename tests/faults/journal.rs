//! What was published, and what clients saw of it.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    str::FromStr,
    time::Instant,
};

/// A cursor, read by a test that may know what a client may not: where in the history it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) epoch: u64,
    pub(crate) number: u64,
    pub(crate) id: (u64, u64),
}

impl FromStr for Position {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let mut parts = text.splitn(3, '.');
            let epoch = u64::from_str_radix(parts.next()?, 16).ok()?;
            let number = parts.next()?.parse().ok()?;
            let (milliseconds, sequence) = parts.next()?.split_once('-')?;
            Some(Self { epoch, number, id: (milliseconds.parse().ok()?, sequence.parse().ok()?) })
        };
        parse().ok_or_else(|| format!("`{text}` is not a cursor"))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}.{}.{}-{}", self.epoch, self.number, self.id.0, self.id.1)
    }
}

/// What an event holds, in short.
pub(crate) fn fingerprint(token: &str, body: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (token, body).hash(&mut hasher);
    hasher.finish()
}

/// How an event travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Stored,
    Transient,
}

/// An event that somebody wanted to publish, and what each attempt came to.
#[derive(Clone, Debug)]
pub(crate) struct Intent {
    /// Who: the publishes of one caller that wait for each other keep their order.
    pub(crate) caller: String,
    pub(crate) channel: String,
    /// The event's name.
    pub(crate) event: &'static str,
    pub(crate) kind: Kind,
    pub(crate) token: String,
    pub(crate) fingerprint: u64,
    /// Whether it goes out with an idempotency key, the same in each attempt.
    pub(crate) keyed: bool,
    /// The client that does not get it.
    pub(crate) excluded: Option<String>,
    pub(crate) attempts: Vec<Attempt>,
}

/// One try to publish.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
    pub(crate) answer: Answer,
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Stored {
        at: Position,
        duplicate: bool,
    },
    /// It went out and is not stored, which was the intention.
    Passed,
    /// It did not happen.
    Refused(u16),
    /// Nobody knows.
    Unknown,
}

/// What one client saw, in order.
#[derive(Clone, Debug)]
pub(crate) struct Diary {
    pub(crate) client: String,
    pub(crate) transport: &'static str,
    /// The only events that it asks for; all of them if none is named.
    pub(crate) filter: Vec<&'static str>,
    pub(crate) sights: Vec<Sight>,
}

/// Something that a client saw.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    pub(crate) at: Instant,
    pub(crate) seen: Seen,
}

impl Sight {
    /// Whether the client stands at this position of a channel after this.
    pub(crate) fn is_at(&self, of: &str, position: Position) -> bool {
        match &self.seen {
            Seen::Event { channel, at, .. } => channel == of && *at == Some(position),
            Seen::Gap { channel, cursor, .. } | Seen::Subscribed { channel, cursor, .. } => channel == of && *cursor == position,
            _ => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A connection began.
    Opened,
    /// The client asks for a channel, after a position if it has one.
    Asked {
        channel: String,
        after: Option<Position>,
    },
    Subscribed {
        channel: String,
        resumed: bool,
        cursor: Position,
    },
    Event {
        channel: String,
        event: String,
        at: Option<Position>,
        token: Option<String>,
        fingerprint: u64,
    },
    Gap {
        channel: String,
        reason: String,
        from: Option<Position>,
        cursor: Position,
        missed: Option<u64>,
    },
    /// The client was told where it stands, after events that were not for it.
    Position {
        channel: String,
        cursor: Position,
    },
    /// The client asked to leave a channel, and it was confirmed.
    Left {
        channel: String,
    },
    Status {
        degraded: bool,
    },
    /// The connection ended.
    Ended {
        why: String,
    },
}

/// What the store holds of a channel: positions, names of events and tokens.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    pub(crate) channel: String,
    pub(crate) entries: Vec<(Position, String, Option<String>)>,
    pub(crate) head: Position,
}
