//! The contract: what front ends produce and back ends print.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A compiled contract: types, events and channels under one name.
///
/// Both front ends produce it, so everything behind it (hash, validators, generated code) is the same for a schema file and for a Rust module.
/// Types, events and channels are sorted by name; fields, values and variants keep the order of the definition, which readers see.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contract {
    /// The name of the contract, such as `acme-live`.
    pub name: String,
    /// Every named type.
    pub types: Vec<NamedType>,
    /// Every named event. A channel's one unnamed event is in the channel.
    pub events: Vec<Event>,
    /// Every channel, `default` included.
    pub channels: Vec<Channel>,
}

/// A type with a name that both languages use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedType {
    /// The name, in `PascalCase`.
    pub name: String,
    /// The documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it looks like on the wire.
    #[serde(rename = "type")]
    pub ty: Type,
}

/// What a value looks like on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Type {
    /// Text; lengths count Unicode code points.
    String {
        /// At least this many code points.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_length: Option<u32>,
        /// At most this many code points.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_length: Option<u32>,
        /// A regular expression of the subset in [`crate::regexp`], searched for anywhere in the text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<String>,
    },
    /// Text that is an RFC 3339 date and time with an offset.
    DateTime,
    /// Text that is a UUID, hyphenated.
    Uuid,
    /// A 64-bit integer as decimal text, because a JavaScript number would round it.
    Int64 {
        /// Whether negative values are in.
        signed: bool,
    },
    /// An integer within ±(2^53 − 1), as a JSON number that JavaScript does not round.
    Integer {
        /// The least value.
        min: i64,
        /// The greatest value.
        max: i64,
    },
    /// A finite number.
    Number {
        /// The least value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// The greatest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
    },
    /// `true` or `false`.
    Boolean,
    /// JSON of unknown shape.
    Any,
    /// One of a list of strings.
    Enum {
        /// The values, in the order of the definition.
        values: Vec<EnumValue>,
    },
    /// An object with known fields.
    Object(Object),
    /// One of several objects, told apart by the text in one field.
    Union {
        /// The name of that field.
        tag: String,
        /// The alternatives, in the order of the definition.
        variants: Vec<Variant>,
    },
    /// A list of values of one type.
    List {
        /// The type of each item.
        items: Box<Self>,
        /// At least this many items.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_items: Option<u32>,
        /// At most this many items.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_items: Option<u32>,
    },
    /// An object with arbitrary keys and values of one type.
    Map {
        /// The type of each value.
        values: Box<Self>,
    },
    /// A named type of this contract.
    Ref {
        /// Its name.
        name: String,
    },
    /// The inner type, or `null`.
    Nullable {
        /// The type when it is not `null`.
        of: Box<Self>,
    },
}

/// One value of an enumeration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnumValue {
    /// The text on the wire.
    pub value: String,
    /// The documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The fields of an object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// The fields, in the order of the definition.
    pub fields: Vec<Field>,
    /// Whether a field that is not listed is an error; otherwise it is dropped.
    #[serde(default, skip_serializing_if = "is_false")]
    pub closed: bool,
}

/// One alternative of a union.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// The text in the tag field.
    pub value: String,
    /// The documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The other fields.
    #[serde(flatten)]
    pub object: Object,
}

/// A field of an object, or a parameter of a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The name on the wire.
    pub name: String,
    /// The documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether the field may be absent.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    /// What it looks like on the wire when it is there.
    #[serde(rename = "type")]
    pub ty: Type,
}

/// A named, typed message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The name on the wire; [`UNNAMED`] for a channel's one unnamed event.
    pub name: String,
    /// The documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who may publish it.
    pub publish: Publishers,
    /// Whether it is kept out of the history: unnumbered, for those who listen at this moment.
    #[serde(default, skip_serializing_if = "is_false")]
    pub transient: bool,
    /// What it carries; nothing for a signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Type>,
}

/// The wire name of the event of a channel that declares a payload, or nothing, instead of a list of events.
pub const UNNAMED: &str = "message";

/// The name of the channel that carries every shared event unless the contract says otherwise.
pub const DEFAULT_CHANNEL: &str = "default";

/// Who may publish an event, exclusively.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// The pattern, such as `chat/{roomId}`.
    pub pattern: String,
    /// The documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The parameters, in the order of the pattern.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Field>,
    /// What is kept; the service's default where the contract is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// The named type of a member's state, for channels with presence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<String>,
    /// What it carries.
    pub carries: Carries,
}

/// What a channel carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Carries {
    /// The named events of this list, sorted.
    Events(Vec<String>),
    /// One event that needs no name in code.
    Unnamed(Event),
}

/// How much of a channel is kept, as a promise of at least this much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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

impl Type {
    /// Text without constraints.
    pub const TEXT: Self = Self::String { min_length: None, max_length: None, pattern: None };

    /// A number without bounds.
    pub const NUMBER: Self = Self::Number { min: None, max: None };

    /// What people call this kind of value in an error message.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::String { .. } => "a string",
            Self::DateTime => "a date-time",
            Self::Uuid => "a UUID",
            Self::Int64 { .. } => "a 64-bit integer as text",
            Self::Integer { .. } => "an integer",
            Self::Number { .. } => "a number",
            Self::Boolean => "a boolean",
            Self::Any => "any JSON",
            Self::Enum { .. } => "one of a list of strings",
            Self::Object(_) | Self::Map { .. } | Self::Union { .. } => "an object",
            Self::List { .. } => "a list",
            Self::Ref { .. } => "a named type",
            Self::Nullable { .. } => "a value or null",
        }
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}
