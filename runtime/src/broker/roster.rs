//! Who is present on a channel, as a broker keeps it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidewire_schema::History;

use super::Draft;
use crate::{
    cursor::Cursor,
    identity::{ConnectionId, MalformedId, NodeId},
};

/// The event that a change of a roster is stored as.
pub(crate) const CHANGED: &str = "changed";

/// What is kept of a roster's changes. Whoever needs an older one reads the roster anew.
pub(crate) const CHANGES: History = History::Keep { max: 256, ttl: 10 * 60 };

/// A text that a node lives as long as it renews: what is present under it goes when it is not renewed in time.
///
/// Not the node's name: a node that doubts what the store knows of it begins a new lease, and whatever the old one still holds goes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lease(NodeId);

impl Lease {
    /// Chooses one at random.
    pub fn random() -> Self {
        Self(NodeId::random())
    }
}

impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Lease {
    type Err = MalformedId;

    /// Reads exactly the form that [`Display`](fmt::Display) writes.
    ///
    /// # Errors
    ///
    /// [`MalformedId`] for everything else.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A connection that is present, and in whose name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attendee {
    /// The user; all connections of one user are one member. `None` for nobody, who is a member for each connection.
    pub user: Option<String>,
    /// The connection, the same across reconnects.
    pub connection: ConnectionId,
}

impl Attendee {
    /// What its member is called in a roster.
    pub fn id(&self) -> String {
        self.user.clone().unwrap_or_else(|| self.connection.to_string())
    }
}

/// That a connection is present, or shows something else than before.
#[derive(Clone)]
pub struct Appearance {
    /// Who.
    pub attendee: Attendee,
    /// Under which lease. The lease that came last has the connection.
    pub lease: Lease,
    /// What it shows, as compact JSON.
    pub state: String,
    /// Whether the connection says again what it said before. Among several of one user the newest state is shown; one that was only repeated is no newer.
    pub again: bool,
    /// How many members the roster may have, and how many connections a member.
    pub most: usize,
}

/// States are payloads, which do not belong into logs.
impl fmt::Debug for Appearance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Appearance").field("attendee", &self.attendee).field("lease", &self.lease).finish_non_exhaustive()
    }
}

/// What became of an [`Appearance`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appeared {
    /// The connection is present.
    Present,
    /// The roster has as many members as it may have. Nothing changed.
    Full,
    /// The lease does not hold, because it was never taken for this channel, or ran out. Nothing changed.
    Lapsed,
}

/// A member of a roster; its JSON is what clients see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredMember {
    /// The user's id, or nobody's connection.
    pub id: String,
    /// The user; `None` for nobody.
    pub user: Option<String>,
    /// How many connections of the user are present.
    pub connections: u64,
    /// Since when, in milliseconds since 1970.
    pub since: u64,
    /// What is shown: the state set last by a connection that is still present.
    pub state: Value,
}

/// A roster at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRoster {
    /// The position of the channel of its changes at this instant.
    pub position: Cursor,
    /// Everybody who is present, in no order.
    pub members: Vec<StoredMember>,
}

/// What leads from one roster to the next; the payload of the event `changed` on the [channel of changes](changes_of).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RosterChange {
    /// Members that were not there before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<StoredMember>,
    /// Members that show something else, or have more or fewer connections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<StoredMember>,
    /// The ids of members that are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
}

impl RosterChange {
    /// Whether nothing changed that anybody would see.
    pub fn is_empty(&self) -> bool {
        self.joined.is_empty() && self.changed.is_empty() && self.left.is_empty()
    }

    /// The event to store.
    ///
    /// # Panics
    ///
    /// Never: what a change holds is JSON.
    pub fn draft(&self) -> Draft {
        let data = serde_json::to_string(self).expect("text, numbers and JSON always serialize");
        Draft { event: CHANGED, sender: None, origin: None, exclude: None, data: Some(data), retention: CHANGES, latest: false, key: None }
    }
}

/// The system's channel that carries the changes of a channel's roster.
pub fn changes_of(channel: &str) -> String {
    format!("$presence/{channel}")
}
