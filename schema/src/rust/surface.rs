//! What the macro needs besides the contract: the user's identifiers, and what was concluded about each item.

use std::fmt;

use proc_macro2::Ident;
use syn::Path;

pub use super::kind::Kind;
use crate::Publishers;

/// What was concluded about one item of the module, at the same index.
#[expect(clippy::large_enum_variant, reason = "there is one for each item of a module, for as long as the macro runs")]
pub enum Surface {
    /// Nothing: an import, an `impl`, or an item that was refused.
    Other,
    /// A payload type or an event.
    Type(TypeSurface),
    /// A channel.
    Channel(ChannelSurface),
    /// The alias that names a live query.
    Live(Box<LiveSurface>),
}

/// A payload type or an event.
#[derive(Debug)]
pub struct TypeSurface {
    /// What makes it an event.
    pub event: Option<EventSurface>,
    /// What makes it what a call asks with.
    pub call: Option<Box<CallSurface>>,
    /// Which parts of the connection it is.
    pub connection: ConnectionSurface,
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

/// What makes a type what a call asks with.
pub struct CallSurface {
    /// The name on the wire.
    pub name: String,
    /// Who may ask.
    pub from: Publishers,
    /// The type of the answer as the parser read it, to be proved by the compiler; nothing where there is none, or it could not be read.
    pub reply: Option<(syn::Type, Kind)>,
}

/// What makes an alias a live query. Its types are as the parser read them, to be proved by the compiler.
pub struct LiveSurface {
    /// The name on the wire.
    pub name: String,
    /// The struct of its channel.
    pub channel: Ident,
    /// The type of its own parameters; nothing where there are none, or they could not be read.
    pub params: Option<(syn::Type, Kind)>,
    /// The type of what it yields.
    pub result: (syn::Type, Kind),
}

/// Which parts of the connection a type is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionSurface {
    /// What a client says of itself when it connects.
    pub opening: bool,
    /// What the service answers.
    pub greeting: bool,
    /// What the service keeps about the connection.
    pub state: bool,
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
    /// An enum of plain variants.
    Enum {
        /// The values on the wire, in the order of the variants.
        values: Vec<String>,
        /// Whether a variant for other values is added.
        open: bool,
    },
    /// An enum with data and a tag.
    Union {
        /// The name of the tag field.
        tag: String,
        /// The name of the field that holds the data, where it does not stand beside the tag.
        content: Option<String>,
        /// For each variant its value on the wire and its fields.
        variants: Vec<(String, Vec<FieldSurface>)>,
        /// Whether unknown fields are refused.
        closed: bool,
        /// Whether a variant for other tags is added.
        open: bool,
    },
    /// An enum with data and without a tag: for each variant its field.
    Choice(Vec<FieldSurface>),
}

/// One field.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an instruction to serde of its own")]
pub struct FieldSurface {
    /// The name on the wire, where the field has one of its own.
    pub wire: Option<String>,
    /// Whether the field may be absent.
    pub optional: bool,
    /// Whether a 64-bit integer travels as text.
    pub int64: bool,
    /// Whether it stays in Rust.
    pub skipped: bool,
    /// Whether its own fields stand in its place.
    pub flattened: bool,
    /// Whether an empty list is left out.
    pub omits_empty: bool,
    /// What stands in for it where it is absent.
    pub default: Option<DefaultSurface>,
    /// The type as the parser read it, to be proved by the compiler; nothing where it could not be read, or does not travel.
    pub belief: Option<(syn::Type, Kind)>,
}

/// What stands in for an absent field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefaultSurface {
    /// What Rust's own `Default` gives.
    Own,
    /// What this JSON stands for.
    Json(String),
}

/// A channel.
pub struct ChannelSurface {
    /// The pattern on the wire.
    pub pattern: String,
    /// The parameters, in the order of the fields.
    pub params: Vec<ParamSurface>,
    /// What it carries.
    pub carries: CarriesSurface,
    /// What the enum of its events is called; nothing where that name is taken.
    pub event_enum: Option<Ident>,
    /// The type of what a member of its roster shows.
    pub presence: Option<Path>,
}

/// One parameter of a channel.
pub struct ParamSurface {
    /// The name on the wire.
    pub wire: String,
    /// The field.
    pub field: Ident,
    /// Whether the field is an `Option`, because its segment may be left out.
    pub optional: bool,
    /// The type as the parser read it, to be proved by the compiler; nothing where it could not be read.
    pub belief: Option<(syn::Type, Kind)>,
}

/// What a channel carries.
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

/// What holds parts of the syntax shows its name alone: syn prints its own types only with a feature that takes longer to compile than our parser,
/// and everybody who uses the macro would wait for it.
macro_rules! opaque {
    ($($ty:ident),*) => {$(
        impl fmt::Debug for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($ty))
            }
        }
    )*};
}

opaque!(Surface, CallSurface, LiveSurface, FieldSurface, ChannelSurface, ParamSurface, CarriesSurface);
