//! Finds NaN and infinities before they are lost: JSON has no such numbers, and `serde_json` writes null for them, which a nullable field would take.

use std::{error::Error, fmt};

use serde::{
    Serialize, Serializer,
    ser::{self, Impossible},
};
use serde_json::Value;
use tidewire_schema::check::{Issue, IssueCode, PathPart};

/// Whether null stands anywhere in a value.
pub(crate) fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(fields) => fields.values().any(holds_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The first number in a value that JSON does not have.
pub(crate) fn non_finite<T: Serialize>(value: &T) -> Option<Issue> {
    match value.serialize(Probe) {
        Err(Found::Number { mut path, number }) => {
            path.reverse();
            Some(Issue { path, code: IssueCode::Type, message: format!("expected a finite number, got {number}") })
        }
        // What cannot be serialised at all says so when it is.
        Ok(()) | Err(Found::Nothing) => None,
    }
}

/// A serializer that writes nothing and only looks.
#[derive(Clone, Copy)]
struct Probe;

#[derive(Debug)]
enum Found {
    /// The way to the number, from the inside out.
    Number {
        path: Vec<PathPart>,
        number: f64,
    },
    Nothing,
}

impl Found {
    fn inside(self, part: impl FnOnce() -> PathPart) -> Self {
        match self {
            Self::Number { mut path, number } => {
                path.push(part());
                Self::Number { path, number }
            }
            Self::Nothing => Self::Nothing,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this number is not in JSON")
    }
}

impl Error for Found {}

impl ser::Error for Found {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Nothing
    }
}

fn field<T: Serialize + ?Sized>(name: &str, value: &T) -> Result<(), Found> {
    value.serialize(Probe).map_err(|found| found.inside(|| PathPart::Field(name.to_owned())))
}

macro_rules! nothing {
    ($($method:ident($($type:ty)?),)*) => {$(
        fn $method(self $(, _: $type)?) -> Result<(), Found> { Ok(()) }
    )*};
}

impl Serializer for Probe {
    type Ok = ();
    type Error = Found;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Impossible<(), Found>;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), Found>;

    nothing! {
        serialize_bool(bool), serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64), serialize_u8(u8), serialize_u16(u16),
        serialize_u32(u32), serialize_u64(u64), serialize_char(char), serialize_str(&str), serialize_bytes(&[u8]), serialize_none(), serialize_unit(),
        serialize_unit_struct(&'static str),
    }

    fn serialize_f32(self, number: f32) -> Result<(), Found> {
        self.serialize_f64(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<(), Found> {
        if number.is_finite() { Ok(()) } else { Err(Found::Number { path: Vec::new(), number }) }
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Found> {
        field(variant, value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items, Found> {
        Ok(Items { at: 0 })
    }

    fn serialize_tuple(self, _: usize) -> Result<Items, Found> {
        Ok(Items { at: 0 })
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items, Found> {
        Ok(Items { at: 0 })
    }

    // An enum of an events module writes its data as an object or as the bare value.
    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Impossible<(), Found>, Found> {
        Err(Found::Nothing)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Found> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Found> {
        Ok(self)
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Impossible<(), Found>, Found> {
        Err(Found::Nothing)
    }

    // Text is never looked at, so it need not be made.
    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<(), Found> {
        Ok(())
    }
}

/// The items of a list.
struct Items {
    at: usize,
}

impl ser::SerializeSeq for Items {
    type Ok = ();
    type Error = Found;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        let at = self.at;
        self.at += 1;
        value.serialize(Probe).map_err(|found| found.inside(|| PathPart::Item(at)))
    }

    fn end(self) -> Result<(), Found> {
        Ok(())
    }
}

impl ser::SerializeTuple for Items {
    type Ok = ();
    type Error = Found;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        ser::SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), Found> {
        Ok(())
    }
}

impl ser::SerializeTupleStruct for Items {
    type Ok = ();
    type Error = Found;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        ser::SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), Found> {
        Ok(())
    }
}

impl ser::SerializeMap for Probe {
    type Ok = ();
    type Error = Found;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        value.serialize(Self)
    }

    fn serialize_entry<K: Serialize + ?Sized, T: Serialize + ?Sized>(&mut self, key: &K, value: &T) -> Result<(), Found> {
        let name = || match serde_json::to_value(key) {
            Ok(Value::String(name)) => name,
            _ => String::new(),
        };
        value.serialize(Self).map_err(|found| found.inside(|| PathPart::Field(name())))
    }

    fn end(self) -> Result<(), Found> {
        Ok(())
    }
}

impl ser::SerializeStruct for Probe {
    type Ok = ();
    type Error = Found;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Found> {
        field(key, value)
    }

    fn end(self) -> Result<(), Found> {
        Ok(())
    }
}
