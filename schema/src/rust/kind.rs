//! What a Rust type looks like on the wire, as far as its spelling tells. The expansion has the compiler prove each of these.

/// What a Rust type looks like on the wire, as far as its spelling tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `String`
    Text,
    /// `bool`
    Boolean,
    /// Integers up to 32 bits.
    Integer {
        /// The least value.
        min: i64,
        /// The greatest value.
        max: i64,
    },
    /// `i64` and `u64`.
    Wide {
        /// Whether negative values are in.
        signed: bool,
    },
    /// `Int64` and `Uint64`: decimal text.
    Decimal {
        /// Whether negative values are in.
        signed: bool,
    },
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
    /// `(A, B)`
    Tuple(Vec<Self>),
    /// A type of this module.
    Named(String),
    /// A type that is defined somewhere, under this name.
    Called(String),
}

impl Kind {
    /// What people call it.
    pub fn noun(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Boolean => "a boolean".to_owned(),
            Self::Integer { min, max } => format!("an integer from {min} to {max}"),
            Self::Wide { .. } => "a 64-bit integer".to_owned(),
            Self::Decimal { .. } => "a 64-bit integer as text".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Uuid => "a UUID".to_owned(),
            Self::DateTime => "a date-time".to_owned(),
            Self::Json => "JSON".to_owned(),
            Self::Optional(of) => format!("{}, or absent", of.noun()),
            Self::Nullable(of) => format!("{}, or null", of.noun()),
            Self::List(of) => format!("a list of {}", of.noun()),
            Self::Map(of) => format!("a map of {}", of.noun()),
            Self::Tuple(of) => format!("a tuple of {}", of.iter().map(Self::noun).collect::<Vec<_>>().join(", ")),
            Self::Named(name) => format!("`{name}` of this module"),
            Self::Called(name) => format!("a type called `{name}`"),
        }
    }
}
