//! What the macro needs besides the contract: the user's identifiers, and what was concluded about each item.

use proc_macro2::Ident;
use syn::Path;

/// What was concluded about one item of the module, at the same index.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for each item of a module, for as long as the macro runs")]
pub enum Surface {
    /// Nothing: an import, an `impl`, or an item that was refused.
    Other,
    /// A payload type or an event.
    Type(TypeSurface),
    /// A channel.
    Channel(ChannelSurface),
}

/// A payload type or an event.
#[derive(Debug)]
pub struct TypeSurface {
    /// What makes it an event.
    pub event: Option<EventSurface>,
    /// Its shape.
    pub body: Body,
}

/// What makes a type an event.
#[derive(Debug)]
pub struct EventSurface {
    /// The name on the wire.
    pub name: String,
    /// Whether the service may publish it.
    pub server: bool,
}

/// The shape of an item.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for each item of a module, for as long as the macro runs")]
pub enum Body {
    /// A signal.
    Unit,
    /// A tuple struct with one field, which travels as that field.
    Newtype(FieldSurface),
    /// A struct with named fields.
    Struct {
        /// The fields in their order.
        fields: Vec<FieldSurface>,
        /// Whether unknown fields are refused.
        closed: bool,
    },
    /// An enum of plain variants; their values on the wire in their order.
    Enum(Vec<String>),
    /// An enum with data.
    Union {
        /// The name of the tag field.
        tag: String,
        /// For each variant its value on the wire and its fields.
        variants: Vec<(String, Vec<FieldSurface>)>,
        /// Whether unknown fields are refused.
        closed: bool,
    },
}

/// One field.
#[derive(Debug)]
pub struct FieldSurface {
    /// The name on the wire.
    pub wire: String,
    /// Whether the field may be absent.
    pub optional: bool,
    /// Whether a 64-bit integer travels as text.
    pub int64: bool,
    /// The type as the parser read it, to be proved by the compiler; nothing where it could not be read.
    pub belief: Option<(syn::Type, Kind)>,
}

/// A channel.
#[derive(Debug)]
pub struct ChannelSurface {
    /// The pattern on the wire.
    pub pattern: String,
    /// The parameters, in the order of the fields.
    pub params: Vec<ParamSurface>,
    /// What it carries.
    pub carries: CarriesSurface,
}

/// One parameter of a channel.
#[derive(Debug)]
pub struct ParamSurface {
    /// The name on the wire.
    pub wire: String,
    /// The field.
    pub field: Ident,
    /// The type as the parser read it, to be proved by the compiler; nothing where it could not be read.
    pub belief: Option<(syn::Type, Kind)>,
}

/// What a channel carries.
#[derive(Debug)]
pub enum CarriesSurface {
    /// The events of the list.
    Events(Vec<Path>),
    /// Every shared event.
    AllShared,
    /// One payload that needs no event name.
    Payload {
        /// The type of the payload.
        path: Path,
        /// Whether the service may publish it.
        server: bool,
    },
    /// The unnamed signal.
    Signal,
}

/// What a Rust type looks like on the wire, as far as its spelling tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `String`
    Text,
    /// `bool`
    Boolean,
    /// Integers up to 32 bits.
    Integer,
    /// `i64` and `u64`.
    Wide,
    /// `f32` and `f64`
    Number,
    /// `Uuid`
    Uuid,
    /// `DateTime<Utc>`
    DateTime,
    /// `Json`
    Json,
    /// `Option<T>`
    Optional(Box<Self>),
    /// `Nullable<T>`
    Nullable(Box<Self>),
    /// `Vec<T>`
    List(Box<Self>),
    /// `BTreeMap<String, T>` and `HashMap<String, T>`
    Map(Box<Self>),
    /// A type of this module.
    Named(String),
}

impl Kind {
    /// What people call it.
    pub fn noun(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Boolean => "a boolean".to_owned(),
            Self::Integer => "an integer".to_owned(),
            Self::Wide => "a 64-bit integer".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Uuid => "a UUID".to_owned(),
            Self::DateTime => "a date-time".to_owned(),
            Self::Json => "JSON".to_owned(),
            Self::Optional(of) => format!("{}, or absent", of.noun()),
            Self::Nullable(of) => format!("{}, or null", of.noun()),
            Self::List(of) => format!("a list of {}", of.noun()),
            Self::Map(of) => format!("a map of {}", of.noun()),
            Self::Named(name) => format!("`{name}` of this module"),
        }
    }
}
