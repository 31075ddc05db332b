//! What a Rust type looks like on the wire, so that the compiler can prove what `#[realtime_events]` concluded from a type's name.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeZone};
use serde_json::Value;
use uuid::Uuid;

use super::{Int64, Nullable, Uint64};

/// The form of a type on the wire, as far as the expansion of `#[realtime_events]` relies on it.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text without further form.
    Text,
    /// `true` or `false`.
    Boolean,
    /// An integer of at most 32 bits: the least and the greatest value.
    Integer(i64, i64),
    /// An integer of 64 bits, and whether it has a sign.
    Wide(bool),
    /// An integer of 64 bits as decimal text, and whether it has a sign.
    Decimal(bool),
    /// A floating-point number.
    Number,
    /// A UUID.
    Uuid,
    /// A date and time.
    DateTime,
    /// Any JSON.
    Json,
    /// A field that may be absent.
    Optional(&'static Self),
    /// A value that may be null.
    Nullable(&'static Self),
    /// A list.
    List(&'static Self),
    /// A map with text keys.
    Map(&'static Self),
    /// A list of fixed length.
    Tuple(&'static [Self]),
    /// A type of an events module, by its path.
    Named(&'static str),
    /// What an item that stands alone believes of such a type: its name, in whatever module.
    Called(&'static str),
}

impl Kind {
    /// Whether two kinds are the same; usable where the compiler evaluates constants.
    pub const fn same(a: &Self, b: &Self) -> bool {
        match (a, b) {
            (Self::Text, Self::Text)
            | (Self::Boolean, Self::Boolean)
            | (Self::Number, Self::Number)
            | (Self::Uuid, Self::Uuid)
            | (Self::DateTime, Self::DateTime)
            | (Self::Json, Self::Json) => true,
            (Self::Integer(a_min, a_max), Self::Integer(b_min, b_max)) => *a_min == *b_min && *a_max == *b_max,
            (Self::Wide(a), Self::Wide(b)) | (Self::Decimal(a), Self::Decimal(b)) => *a == *b,
            (Self::Tuple(a), Self::Tuple(b)) => same_kinds(a, b),
            (Self::Optional(a), Self::Optional(b))
            | (Self::Nullable(a), Self::Nullable(b))
            | (Self::List(a), Self::List(b))
            | (Self::Map(a), Self::Map(b)) => Self::same(a, b),
            (Self::Named(a), Self::Named(b)) => same_text(a.as_bytes(), b.as_bytes()),
            (Self::Named(path), Self::Called(name)) => ends_with(path.as_bytes(), name.as_bytes()),
            _ => false,
        }
    }
}

const fn same_kinds(a: &[Kind], b: &[Kind]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if !Kind::same(&a[at], &b[at]) {
            return false;
        }
        at += 1;
    }
    true
}

/// Whether `name` is the last part of a path; both are in the text whole.
const fn ends_with(path: &[u8], name: &[u8]) -> bool {
    if path.len() < name.len() + 2 {
        return false;
    }
    let start = path.len() - name.len();
    let mut at = 0;
    while at < name.len() {
        if path[start + at] != name[at] {
            return false;
        }
        at += 1;
    }
    path[start - 1] == b':'
}

const fn same_text(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// A type with a form on the wire.
#[diagnostic::on_unimplemented(
    message = "[TW0301] `{Self}` has no form in JSON here",
    label = "this type cannot travel in an event",
    note = "is the name shadowed, or imported from elsewhere? use a type of the events module, or one of the documented list"
)]
pub trait WireType {
    /// Its form.
    const KIND: Kind;
    /// What its values are in JSON.
    const FORMS: Forms;
}

/// JSON types, as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forms(u8);

impl Forms {
    /// No type.
    pub const NONE: Self = Self(0);
    /// `null`
    pub const NULL: Self = Self(1);
    /// `true` and `false`
    pub const BOOLEAN: Self = Self(2);
    /// Every number.
    pub const NUMBER: Self = Self(4);
    /// Text.
    pub const TEXT: Self = Self(8);
    /// `[…]`
    pub const LIST: Self = Self(16);
    /// `{…}`
    pub const OBJECT: Self = Self(32);
    /// Every type.
    pub const ALL: Self = Self(63);

    /// What is in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the JSON type of `value` is one of these.
    pub const fn has(self, value: &Value) -> bool {
        let form = match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(_) => Self::NUMBER,
            Value::String(_) => Self::TEXT,
            Value::Array(_) => Self::LIST,
            Value::Object(_) => Self::OBJECT,
        };
        self.0 & form.0 != 0
    }
}

macro_rules! kinds {
    ($($type:ty => $kind:expr, $forms:ident;)*) => {
        $(impl WireType for $type { const KIND: Kind = $kind; const FORMS: Forms = Forms::$forms; })*
    };
}

kinds! {
    String => Kind::Text, TEXT;
    bool => Kind::Boolean, BOOLEAN;
    i64 => Kind::Wide(true), NUMBER;
    u64 => Kind::Wide(false), NUMBER;
    Int64 => Kind::Decimal(true), TEXT;
    Uint64 => Kind::Decimal(false), TEXT;
    f32 => Kind::Number, NUMBER;
    f64 => Kind::Number, NUMBER;
    Uuid => Kind::Uuid, TEXT;
    Value => Kind::Json, ALL;
}

macro_rules! integers {
    ($($type:ty),*) => {
        $(impl WireType for $type {
            const KIND: Kind = Kind::Integer(<$type>::MIN as i64, <$type>::MAX as i64);
            const FORMS: Forms = Forms::NUMBER;
        })*
    };
}

integers!(i8, i16, i32, u8, u16, u32);

macro_rules! tuples {
    ($(($($item:ident),*)),* $(,)?) => {
        $(impl<$($item: WireType),*> WireType for ($($item,)*) {
            const KIND: Kind = Kind::Tuple(&[$($item::KIND),*]);
            const FORMS: Forms = Forms::LIST;
        })*
    };
}

tuples! {
    (A), (A, B), (A, B, C), (A, B, C, D), (A, B, C, D, E), (A, B, C, D, E, F), (A, B, C, D, E, F, G), (A, B, C, D, E, F, G, H),
}

impl<Tz: TimeZone> WireType for DateTime<Tz> {
    const KIND: Kind = Kind::DateTime;
    const FORMS: Forms = Forms::TEXT;
}

impl<T: WireType> WireType for Option<T> {
    const KIND: Kind = Kind::Optional(&T::KIND);
    const FORMS: Forms = T::FORMS;
}

impl<T: WireType> WireType for Nullable<T> {
    const KIND: Kind = Kind::Nullable(&T::KIND);
    const FORMS: Forms = T::FORMS.or(Forms::NULL);
}

impl<T: WireType> WireType for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);
    const FORMS: Forms = Forms::LIST;
}

impl<T: WireType> WireType for BTreeMap<String, T> {
    const KIND: Kind = Kind::Map(&T::KIND);
    const FORMS: Forms = Forms::OBJECT;
}

impl<T: WireType, S> WireType for HashMap<String, T, S> {
    const KIND: Kind = Kind::Map(&T::KIND);
    const FORMS: Forms = Forms::OBJECT;
}

impl<T: WireType + ?Sized> WireType for Box<T> {
    const KIND: Kind = T::KIND;
    const FORMS: Forms = T::FORMS;
}
