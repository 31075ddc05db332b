//! Types of payloads that Rust and serde have no words for.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, IntoDeserializer as _, Visitor},
};

/// A field that is always there and may be `null`.
///
/// Unlike an `Option`, which may be absent. `Option<Nullable<T>>` has all three states.
///
/// ```
/// use tidewire::Nullable;
///
/// let due: Nullable<u32> = serde_json::from_str("null")?;
/// assert_eq!(due, Nullable::Null);
/// assert_eq!(Nullable::from(Some(5)).into_option(), Some(5));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nullable<T> {
    /// `null`.
    #[default]
    Null,
    /// Anything else.
    Value(T),
}

impl<T> Nullable<T> {
    /// The value, if there is one.
    pub fn into_option(self) -> Option<T> {
        match self {
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }

    /// The value by reference, if there is one.
    pub const fn as_ref(&self) -> Option<&T> {
        match self {
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }

    /// Whether it is `null`.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl<T> From<Option<T>> for Nullable<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

impl<T: Serialize> Serialize for Nullable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not by way of `Option`: serde would take a field that is absent for `null`, and it must stay an error.
        deserializer.deserialize_any(NullableVisitor(PhantomData))
    }
}

struct NullableVisitor<T>(PhantomData<T>);

macro_rules! visit_values {
    ($($method:ident: $type:ty,)*) => {$(
        fn $method<E: de::Error>(self, value: $type) -> Result<Self::Value, E> {
            T::deserialize(value.into_deserializer()).map(Nullable::Value)
        }
    )*};
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for NullableVisitor<T> {
    type Value = Nullable<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Nullable::Null)
    }

    visit_values! {
        visit_bool: bool,
        visit_i64: i64,
        visit_u64: u64,
        visit_f64: f64,
        visit_str: &str,
        visit_string: String,
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        T::deserialize(de::value::SeqAccessDeserializer::new(items)).map(Nullable::Value)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        T::deserialize(de::value::MapAccessDeserializer::new(entries)).map(Nullable::Value)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::de::DeserializeOwned;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Card {
        due: Nullable<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        color: Option<Nullable<String>>,
    }

    fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Nullable<String>>, D::Error> {
        Nullable::deserialize(deserializer).map(Some)
    }

    #[test]
    fn null_absent_and_a_value_stay_three_things() {
        for (json, card) in [
            (r#"{"due":null}"#, Card { due: Nullable::Null, color: None }),
            (r#"{"due":1,"color":null}"#, Card { due: Nullable::Value(1), color: Some(Nullable::Null) }),
            (r#"{"due":1,"color":"red"}"#, Card { due: Nullable::Value(1), color: Some(Nullable::Value("red".into())) }),
        ] {
            assert_eq!(serde_json::from_str::<Card>(json).unwrap(), card);
            assert_eq!(serde_json::to_string(&card).unwrap(), json);
        }
        assert!(serde_json::from_str::<Card>("{}").is_err(), "a nullable field is still required");
    }

    #[test]
    fn values_of_every_shape_pass() {
        #[derive(Debug, PartialEq, Deserialize)]
        #[serde(rename_all = "camelCase")]
        enum Color {
            DarkRed,
        }
        fn read<T: DeserializeOwned>(json: &str) -> Nullable<T> {
            serde_json::from_str(json).unwrap()
        }
        assert_eq!(read::<Vec<i32>>("[1,-2]"), Nullable::Value(vec![1, -2]));
        assert_eq!(read::<BTreeMap<String, bool>>(r#"{"a":true}"#), Nullable::Value(BTreeMap::from([("a".into(), true)])));
        assert_eq!(read::<f64>("1.5"), Nullable::Value(1.5));
        assert_eq!(read::<f64>("1"), Nullable::Value(1.0));
        assert_eq!(read::<Color>(r#""darkRed""#), Nullable::Value(Color::DarkRed));
        assert_eq!(read::<uuid::Uuid>(r#""00000000-0000-0000-0000-000000000001""#), Nullable::Value(uuid::Uuid::from_u128(1)));
        assert_eq!(read::<Card>(r#"{"due":null}"#), Nullable::Value(Card { due: Nullable::Null, color: None }));
        assert_eq!(read::<Nullable<u8>>("null"), Nullable::Null);
        assert!(serde_json::from_str::<Nullable<u8>>("300").is_err());
    }
}
