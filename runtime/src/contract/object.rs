//! Structs as JSON objects. The expansion of `#[realtime_events]` says of each struct what its fields are; everything else is here, once.
//!
//! serde's derives do the same with code of their own for every struct, most of which the compiler translates again for every format: a type that knows
//! the names of the fields, a visitor, a way to read a list in place of an object. A service with 50 events waits longer for that than for its routes.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, Visitor},
    ser::SerializeStruct,
};

use super::serde::int64;

/// A struct that is an object in JSON.
pub trait Object: Sized {
    /// Its name, for errors.
    const NAME: &'static str;
    /// The names of its fields on the wire.
    const FIELDS: &'static [&'static str];
    /// Whether it refuses fields with any other name.
    const CLOSED: bool;

    /// Takes the fields as they come, and makes the struct of them.
    ///
    /// # Errors
    ///
    /// If a field is missing, stands twice or is refused by its type.
    fn read<'de, A: MapAccess<'de>>(fields: &mut Fields<A>) -> Result<Self, A::Error>;
}

/// Deserialises a struct.
///
/// # Errors
///
/// If it is no object, or [`Object::read`] refuses it.
pub fn object<'de, T: Object, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_struct(T::NAME, T::FIELDS, ObjectVisitor(PhantomData))
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "struct {}", T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read(&mut Fields { map, name: FieldName { known: T::FIELDS, closed: T::CLOSED } })
    }
}

/// The fields of an object that is being read.
#[derive(Debug)]
pub struct Fields<A> {
    map: A,
    name: FieldName,
}

impl<'de, A: MapAccess<'de>> Fields<A> {
    /// The place for one field.
    pub fn slot<T>(&self) -> Slot<T> {
        Slot(None)
    }

    /// Which field comes next, by its place among the names. Fields without a place are left out.
    ///
    /// # Errors
    ///
    /// If the input is broken, or there is a field too many in a struct that is closed.
    pub fn next_field(&mut self) -> Result<Option<usize>, A::Error> {
        loop {
            match self.map.next_key_seed(self.name)? {
                Some(None) => self.map.next_value::<IgnoredAny>()?,
                Some(known) => return Ok(known),
                None => return Ok(None),
            };
        }
    }

    /// Reads the field that [`next_field`](Self::next_field) has announced.
    ///
    /// # Errors
    ///
    /// If it has been read before, or its type refuses the value.
    pub fn read<T: Deserialize<'de>>(&mut self, at: usize, slot: &mut Slot<T>) -> Result<(), A::Error> {
        self.once(at, slot.0.is_some())?;
        slot.0 = Some(self.map.next_value()?);
        Ok(())
    }

    /// Reads the field that [`next_field`](Self::next_field) has announced, a 64-bit integer as decimal text.
    ///
    /// # Errors
    ///
    /// If it has been read before, or is no such text.
    pub fn read_int64<T: FromStr + fmt::Display>(&mut self, at: usize, slot: &mut Slot<T>) -> Result<(), A::Error> {
        self.once(at, slot.0.is_some())?;
        slot.0 = Some(self.map.next_value_seed(DecimalText(PhantomData))?);
        Ok(())
    }

    /// What was read into the slot of a field that is always there.
    ///
    /// # Errors
    ///
    /// If nothing was.
    pub fn needed<T>(&self, at: usize, slot: Slot<T>) -> Result<T, A::Error> {
        slot.0.ok_or_else(|| de::Error::missing_field(self.name.known[at]))
    }

    fn once(&self, at: usize, again: bool) -> Result<(), A::Error> {
        if again { Err(de::Error::duplicate_field(self.name.known[at])) } else { Ok(()) }
    }
}

/// The place for one field of an object that is being read.
#[derive(Debug)]
pub struct Slot<T>(Option<T>);

impl<T> Slot<T> {
    /// What was read, if the field was there.
    pub fn value(self) -> Option<T> {
        self.0
    }
}

/// Tells a field by its name, or that the name is not known.
#[derive(Clone, Copy, Debug)]
struct FieldName {
    known: &'static [&'static str],
    closed: bool,
}

impl<'de> DeserializeSeed<'de> for FieldName {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for FieldName {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("field identifier")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        match self.known.iter().position(|known| *known == name) {
            None if self.closed => Err(E::unknown_field(name, self.known)),
            found => Ok(found),
        }
    }
}

struct DecimalText<T>(PhantomData<T>);

impl<'de, T: FromStr + fmt::Display> DeserializeSeed<'de> for DecimalText<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        int64::deserialize(deserializer)
    }
}

/// A struct that is being written. It keeps the first error for the end, so that the expansion need not look for one behind each field.
#[derive(Debug)]
pub struct Writer<S: SerializeStruct>(Result<S, S::Error>);

impl<S: SerializeStruct> Writer<S> {
    /// Begins an object of `always` fields and those of the others that are there.
    pub fn new<O>(serializer: O, name: &'static str, always: usize, others: &[bool]) -> Self
    where
        O: Serializer<SerializeStruct = S, Ok = S::Ok, Error = S::Error>,
    {
        Self(serializer.serialize_struct(name, always + others.iter().filter(|there| **there).count()))
    }

    /// Writes a field.
    #[must_use]
    pub fn field<T: Serialize + ?Sized>(mut self, name: &'static str, value: &T) -> Self {
        if let Ok(object) = &mut self.0
            && let Err(error) = object.serialize_field(name, value)
        {
            self.0 = Err(error);
        }
        self
    }

    /// Writes a field if it is there.
    #[must_use]
    pub fn field_if<T: Serialize + ?Sized>(mut self, there: bool, name: &'static str, value: &T) -> Self {
        if there {
            return self.field(name, value);
        }
        if let Ok(object) = &mut self.0
            && let Err(error) = object.skip_field(name)
        {
            self.0 = Err(error);
        }
        self
    }

    /// Writes a 64-bit integer as decimal text.
    #[must_use]
    pub fn int64<T: fmt::Display>(self, name: &'static str, value: &T) -> Self {
        self.field(name, &Displayed(value))
    }

    /// Ends the object.
    ///
    /// # Errors
    ///
    /// Whatever the serializer refused first.
    pub fn end(self) -> Result<S::Ok, S::Error> {
        self.0?.end()
    }
}

struct Displayed<'a, T>(&'a T);

impl<T: fmt::Display> Serialize for Displayed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        int64::serialize(self.0, serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// As the expansion writes it for fields of each kind.
    #[derive(Debug, PartialEq)]
    struct Card {
        title: String,
        due: Option<u8>,
        tags: Vec<String>,
        id: i64,
    }

    impl Serialize for Card {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            Writer::new(serializer, "Card", 2, &[self.due.is_some(), !self.tags.is_empty()])
                .field("title", &self.title)
                .field_if(self.due.is_some(), "due", &self.due)
                .field_if(!self.tags.is_empty(), "tags", &self.tags)
                .int64("id", &self.id)
                .end()
        }
    }

    impl Object for Card {
        const NAME: &'static str = "Card";
        const FIELDS: &'static [&'static str] = &["title", "due", "tags", "id"];
        const CLOSED: bool = false;

        fn read<'de, A: MapAccess<'de>>(fields: &mut Fields<A>) -> Result<Self, A::Error> {
            let (mut title, mut due, mut tags, mut id) = (fields.slot(), fields.slot(), fields.slot(), fields.slot());
            while let Some(at) = fields.next_field()? {
                match at {
                    0 => fields.read(0, &mut title)?,
                    1 => fields.read(1, &mut due)?,
                    2 => fields.read(2, &mut tags)?,
                    3 => fields.read_int64(3, &mut id)?,
                    _ => {}
                }
            }
            Ok(Self {
                title: fields.needed(0, title)?,
                due: due.value(),
                tags: tags.value().unwrap_or_default(),
                id: fields.needed(3, id)?,
            })
        }
    }

    impl<'de> Deserialize<'de> for Card {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            object(deserializer)
        }
    }

    /// The same with serde's derives: what is refused, and in which words, should not tell the two apart.
    #[derive(Debug, Deserialize, Serialize)]
    struct Derived {
        title: String,
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::super::serde::present")]
        due: Option<u8>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tags: Vec<String>,
        #[serde(with = "int64")]
        id: i64,
    }

    #[test]
    fn objects_are_written_and_read_as_derives_do() {
        for json in [
            r#"{"title":"a","due":1,"tags":["x"],"id":"-5"}"#,
            r#"{"id":"7","title":"a","later":{"a":[1,{}]}}"#,
            r#"{"title":"a"}"#,
            r#"{"title":"a","id":"1","title":"b"}"#,
            r#"{"title":"a","id":"1","due":null}"#,
            r#"{"title":"a","id":"01"}"#,
            r#"{"title":null,"id":"1"}"#,
            r#"{"title":"a","id":"1""#,
            "5",
            "null",
        ] {
            let (own, derived) = (serde_json::from_str::<Card>(json), serde_json::from_str::<Derived>(json));
            match (own, derived) {
                (Ok(own), Ok(derived)) => {
                    assert_eq!(serde_json::to_string(&own).unwrap(), serde_json::to_string(&derived).unwrap(), "{json}");
                }
                (Err(own), Err(derived)) => assert_eq!(own.to_string().replace("Card", "Derived"), derived.to_string(), "{json}"),
                (own, derived) => panic!("{json}: {own:?}, {derived:?}"),
            }
        }
    }

    #[test]
    fn a_list_is_no_object() {
        let error = serde_json::from_value::<Card>(json!(["a", 1, [], "5"])).unwrap_err();
        assert_eq!(error.to_string(), "invalid type: sequence, expected struct Card");
    }

    #[test]
    fn a_closed_object_refuses_what_it_does_not_know() {
        let name = FieldName { known: &["a", "b"], closed: true };
        let error = name.deserialize(de::value::StrDeserializer::<de::value::Error>::new("c")).unwrap_err();
        assert_eq!(error.to_string(), "unknown field `c`, expected `a` or `b`");
    }

    #[test]
    fn the_first_error_of_a_writer_comes_out_at_the_end() {
        struct Broken(&'static str);
        impl Serialize for Broken {
            fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom(self.0))
            }
        }
        let written =
            Writer::new(serde_json::value::Serializer, "Two", 2, &[]).field("a", &Broken("first")).field("b", &Broken("second")).end();
        assert_eq!(written.unwrap_err().to_string(), "first");
    }
}
