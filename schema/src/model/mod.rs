//! The contract: what front ends produce and back ends print.

mod json_schema;
mod types;
#[cfg(feature = "parse-rust")]
mod written;

use std::fmt;

#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

pub use json_schema::{Format, JsonSchema, JsonType, Rules};
pub use types::{EnumValue, Field, MAX_SAFE, Object, Type, Variant};

/// A compiled contract: types, events and channels under one name.
///
/// Both front ends produce it, so everything behind it (hash, validators, generated code) is the same for a schema file and for a Rust module.
/// Types, events and channels are sorted by name; fields, values and variants keep the order of the definition, which readers see.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct Contract {
    /// The name of the contract, such as `acme-live`.
    pub name: String,
    /// Every named type.
    pub types: Vec<NamedType>,
    /// Every named event. A channel's one unnamed event is in the channel.
    pub events: Vec<Event>,
    /// Every channel, `default` included.
    pub channels: Vec<Channel>,
    /// Every live query.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub live: Vec<LiveQuery>,
    /// Every call.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub calls: Vec<Call>,
    /// What a connection carries besides events.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Connection::is_empty"))]
    pub connection: Connection,
}

/// A type with a name that both languages use.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct NamedType {
    /// The name, in `PascalCase`.
    pub name: String,
    /// The documentation.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
    /// Why it should not be used any more; empty where no reason is given.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub deprecated: Option<String>,
    /// What it looks like on the wire.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub ty: Type,
}

/// A named, typed message.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub struct Event {
    /// The name on the wire; [`UNNAMED`] for a channel's one unnamed event.
    pub name: String,
    /// The documentation.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
    /// Why it should not be used any more; empty where no reason is given.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub deprecated: Option<String>,
    /// Who may publish it.
    pub publish: Publishers,
    /// Whether it is kept out of the history: unnumbered, for those who listen at this moment.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
    pub transient: bool,
    /// Whether a subscriber that falls behind gets only the newest of each sender, on every channel that carries it.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
    pub latest: bool,
    /// What it carries; nothing for a signal.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub payload: Option<Type>,
}

/// The wire name of the event of a channel that declares a payload, or nothing, instead of a list of events.
pub const UNNAMED: &str = "message";

/// The name of the channel that carries every shared event unless the contract says otherwise.
pub const DEFAULT_CHANNEL: &str = "default";

/// Who may publish an event, exclusively.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub struct Publishers {
    /// The service itself.
    pub server: bool,
    /// Its clients.
    pub client: bool,
}

impl Publishers {
    /// The default: the service alone.
    pub const SERVER: Self = Self { server: true, client: false };
}

/// A typed address that carries events.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub struct Channel {
    /// The pattern, such as `chat/{roomId}`.
    pub pattern: String,
    /// The documentation.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
    /// Why it should not be used any more; empty where no reason is given.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub deprecated: Option<String>,
    /// The parameters, in the order of the pattern.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub params: Vec<Field>,
    /// What is kept; the service's default where the contract is silent.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub history: Option<History>,
    /// Whether every event that it carries is kept as the newest alone; see [`Channel::keeps_latest`].
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
    pub latest: bool,
    /// The named type of a member's state, for channels with presence.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub presence: Option<String>,
    /// What it carries.
    pub carries: Carries,
}

/// What a channel carries.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub enum Carries {
    /// The named events of this list, sorted.
    Events(Vec<String>),
    /// One event that needs no name in code.
    Unnamed(Event),
}

impl Channel {
    /// Whether `event` is kept as the newest alone on this channel: either of the two says so.
    ///
    /// A subscriber that falls behind then gets the newest of each event and sender, and nothing of what came before it: a backlog of cursors or
    /// prices is worth nothing. What is left out is no gap. Who keeps up gets every one of them, and the history has them all.
    ///
    /// ```
    /// use tidewire_schema::{Channel, Event};
    ///
    /// let room: Channel = serde_json::from_str(r#"{ "pattern": "room", "carries": { "events": ["cursor.moved", "said"] } }"#)?;
    /// let moved: Event = serde_json::from_str(r#"{ "name": "cursor.moved", "publish": { "server": true, "client": false }, "latest": true }"#)?;
    /// let said = Event { name: "said".to_owned(), latest: false, ..moved.clone() };
    /// assert!(room.keeps_latest(&moved) && !room.keeps_latest(&said));
    /// assert!(Channel { latest: true, ..room }.keeps_latest(&said));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub const fn keeps_latest(&self, event: &Event) -> bool {
        self.latest || event.latest
    }
}

/// A value that is kept current on a page: its loader runs again after each event of the channel.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub struct LiveQuery {
    /// The name, in `camelCase`.
    pub name: String,
    /// The documentation.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
    /// The pattern of the channel whose parameters it takes and whose events make it run again.
    pub channel: String,
    /// What it takes besides the channel's parameters: an object. Subscribers with equal ones share a run.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub params: Option<Type>,
    /// What it yields.
    pub result: Type,
}

/// A question with one answer.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub struct Call {
    /// The name on the wire; a name like an event's.
    pub name: String,
    /// The documentation.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
    /// Who may ask.
    pub from: Publishers,
    /// What is asked with; nothing where the name says it all.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub request: Option<Type>,
    /// What is answered; nothing where that it was done says it all.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub reply: Option<Type>,
}

/// What a connection carries besides events.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
pub struct Connection {
    /// What a client says of itself when it connects.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub opening: Option<Type>,
    /// What the service answers.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub greeting: Option<Type>,
    /// What the service keeps about the connection; it does not travel.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub state: Option<Type>,
}

impl Connection {
    /// Whether the contract says nothing about connections.
    pub const fn is_empty(&self) -> bool {
        self.opening.is_none() && self.greeting.is_none() && self.state.is_none()
    }
}

/// How much of a channel is kept, as a promise of at least this much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub enum History {
    /// Nothing: every event of the channel is transient.
    Off,
    /// The newest `max` events that are not older than `ttl` seconds.
    Keep {
        /// How many events.
        max: u32,
        /// For how many seconds.
        ttl: u64,
    },
}

impl History {
    /// What is kept where nobody says anything: 1000 events for an hour.
    pub const DEFAULT: (u32, u64) = (1000, 3600);

    /// How a length of time is written.
    pub const TTL_HELP: &'static str = "write a whole number and a unit: `90s`, `15m`, `1h`, `7d`";

    /// Reads a length of time such as `7d`, in seconds. At least a second, at most ten years.
    pub fn parse_ttl(text: &str) -> Option<u64> {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86400,
            _ => return None,
        };
        let number: u64 = number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok()).flatten()?;
        number.checked_mul(unit).filter(|seconds| (1..=3650 * 86400).contains(seconds))
    }
}

impl Contract {
    /// The named type `name`.
    pub fn type_named(&self, name: &str) -> Option<&NamedType> {
        self.types.binary_search_by(|ty| ty.name.as_str().cmp(name)).ok().map(|at| &self.types[at])
    }

    /// The named event `name`.
    pub fn event_named(&self, name: &str) -> Option<&Event> {
        self.events.binary_search_by(|event| event.name.as_str().cmp(name)).ok().map(|at| &self.events[at])
    }

    /// The channel with exactly this pattern.
    pub fn channel_with(&self, pattern: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.pattern == pattern)
    }

    /// Every type that is written somewhere: named ones, parameters, payloads, and what live queries, calls and connections carry.
    pub fn roots(&self) -> impl Iterator<Item = &Type> {
        let named = self.types.iter().map(|named| &named.ty);
        let params = self.channels.iter().flat_map(|channel| &channel.params).map(|param| &param.ty);
        let events = self.events.iter().chain(self.channels.iter().filter_map(|channel| match &channel.carries {
            Carries::Unnamed(event) => Some(event),
            Carries::Events(_) => None,
        }));
        let payloads = events.filter_map(|event| event.payload.as_ref());
        let live = self.live.iter().flat_map(|query| query.params.iter().chain([&query.result]));
        let calls = self.calls.iter().flat_map(|call| call.request.iter().chain(&call.reply));
        let Connection { opening, greeting, state } = &self.connection;
        named.chain(params).chain(payloads).chain(live).chain(calls).chain(opening).chain(greeting).chain(state)
    }

    /// The events that `channel` carries, sorted by name.
    pub fn events_of<'a>(&'a self, channel: &'a Channel) -> impl Iterator<Item = &'a Event> {
        let (named, unnamed) = match &channel.carries {
            Carries::Events(names) => (names.as_slice(), None),
            Carries::Unnamed(event) => (&[][..], Some(event)),
        };
        named.iter().filter_map(|name| self.event_named(name)).chain(unnamed)
    }

    /// Follows references until something else comes up. `None` for a dangling or circular chain, which no front end lets through.
    pub fn resolve<'a>(&'a self, mut ty: &'a Type) -> Option<&'a Type> {
        for _ in 0..=self.types.len() {
            match ty {
                Type::Ref { name } => ty = &self.type_named(name)?.ty,
                other => return Some(other),
            }
        }
        None
    }
}

impl fmt::Display for Publishers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.server, self.client) {
            (true, true) => "server and client",
            (true, false) => "server",
            (false, true) => "client",
            (false, false) => "nobody",
        })
    }
}

#[cfg(feature = "serde")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}
