//! Checked JSON: values without a typed shape that obey a JSON Schema.

use std::collections::BTreeMap;

#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

#[cfg(feature = "serde")]
use super::is_false;
use crate::json::Value;

/// What JSON of unknown shape obeys. Serialised as JSON Schema 2020-12 itself.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(untagged))]
pub enum JsonSchema {
    /// Everything, or nothing.
    Always(bool),
    /// Everything that breaks none of these rules.
    Rules(Box<Rules>),
}

/// The rules of one schema. All of them hold; a rule about texts says nothing about numbers.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase", deny_unknown_fields))]
#[expect(missing_docs, reason = "the fields are the keywords of JSON Schema, with its meaning")]
pub struct Rules {
    #[cfg_attr(feature = "serde", serde(rename = "$ref", default, skip_serializing_if = "Option::is_none", with = "reference"))]
    pub reference: Option<String>,
    #[cfg_attr(feature = "serde", serde(rename = "type", default, skip_serializing_if = "Option::is_none"))]
    pub types: Option<Vec<JsonType>>,
    #[cfg_attr(feature = "serde", serde(rename = "enum", default, skip_serializing_if = "Option::is_none"))]
    pub values: Option<Vec<Value>>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub min_length: Option<u32>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub max_length: Option<u32>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub pattern: Option<String>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub format: Option<Format>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub minimum: Option<f64>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub maximum: Option<f64>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub exclusive_minimum: Option<f64>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub exclusive_maximum: Option<f64>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub multiple_of: Option<f64>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub prefix_items: Vec<JsonSchema>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub items: Option<JsonSchema>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub min_items: Option<u32>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub max_items: Option<u32>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
    pub unique_items: bool,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeMap::is_empty"))]
    pub properties: BTreeMap<String, JsonSchema>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub required: Vec<String>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeMap::is_empty"))]
    pub pattern_properties: BTreeMap<String, JsonSchema>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub additional_properties: Option<JsonSchema>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub min_properties: Option<u32>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub max_properties: Option<u32>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub all_of: Vec<JsonSchema>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub any_of: Vec<JsonSchema>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub one_of: Vec<JsonSchema>,
}

/// The types of JSON values that schemas tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "lowercase"))]
#[expect(missing_docs, reason = "the names are JSON Schema's")]
pub enum JsonType {
    Null,
    Boolean,
    /// A number without a fraction, however it is written.
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// Forms of text that both languages decide alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "kebab-case"))]
pub enum Format {
    /// RFC 3339 `date-time`.
    DateTime,
    /// RFC 3339 `full-date`.
    Date,
    /// RFC 9562, hyphenated.
    Uuid,
    /// RFC 5321 address, ASCII.
    Email,
    /// RFC 3986 URI with a scheme.
    Uri,
    /// Four decimal octets.
    Ipv4,
    /// RFC 4291 text, without a zone.
    Ipv6,
}

impl Format {
    /// Every format and its name in JSON Schema.
    pub const ALL: [(&'static str, Self); 7] = [
        ("date-time", Self::DateTime),
        ("date", Self::Date),
        ("uuid", Self::Uuid),
        ("email", Self::Email),
        ("uri", Self::Uri),
        ("ipv4", Self::Ipv4),
        ("ipv6", Self::Ipv6),
    ];

    /// The format called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// The name in JSON Schema.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}

impl JsonType {
    /// Every type and its name in JSON Schema.
    pub const ALL: [(&'static str, Self); 7] = [
        ("null", Self::Null),
        ("boolean", Self::Boolean),
        ("integer", Self::Integer),
        ("number", Self::Number),
        ("string", Self::String),
        ("array", Self::Array),
        ("object", Self::Object),
    ];

    /// The type called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, ty)| *ty)
    }

    /// The name in JSON Schema.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}

impl JsonSchema {
    /// The rules; nothing for a schema that accepts or refuses everything.
    pub fn rules(&self) -> Option<&Rules> {
        match self {
            Self::Always(_) => None,
            Self::Rules(rules) => Some(rules),
        }
    }

    /// The schemas directly inside this one.
    pub fn parts(&self) -> impl Iterator<Item = &Self> {
        self.rules().into_iter().flat_map(Rules::parts)
    }

    /// Calls `visit` with this schema and every schema inside it, outer ones first.
    pub fn each<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        for part in self.parts() {
            part.each(visit);
        }
    }

    /// The names of the contract's types that it refers to for the very value that it describes.
    pub fn in_place(&self) -> Vec<&str> {
        let Some(rules) = self.rules() else { return Vec::new() };
        let branches = rules.all_of.iter().chain(&rules.any_of).chain(&rules.one_of);
        branches.flat_map(Self::in_place).chain(rules.reference.as_deref()).collect()
    }

    /// The names of the contract's types that it refers to, at any depth.
    pub fn references(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.each(&mut |schema| names.extend(schema.rules().and_then(|rules| rules.reference.as_deref())));
        names
    }
}

impl Rules {
    /// The schemas directly inside.
    pub fn parts(&self) -> impl Iterator<Item = &JsonSchema> {
        let lists = self.prefix_items.iter().chain(&self.all_of).chain(&self.any_of).chain(&self.one_of);
        let objects = self.properties.values().chain(self.pattern_properties.values());
        lists.chain(objects).chain(&self.items).chain(&self.additional_properties)
    }

    /// The schemas directly inside, to be changed.
    pub fn parts_mut(&mut self) -> impl Iterator<Item = &mut JsonSchema> {
        let lists = self.prefix_items.iter_mut().chain(&mut self.all_of).chain(&mut self.any_of).chain(&mut self.one_of);
        let objects = self.properties.values_mut().chain(self.pattern_properties.values_mut());
        lists.chain(objects).chain(&mut self.items).chain(&mut self.additional_properties)
    }
}

impl From<Rules> for JsonSchema {
    fn from(rules: Rules) -> Self {
        Self::Rules(Box::new(rules))
    }
}

/// `Name` in memory, `#/types/Name` in text.
#[cfg(feature = "serde")]
mod reference {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "the signature serde asks for")]
    pub(super) fn serialize<S: Serializer>(name: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
        name.as_ref().map(|name| format!("#/types/{name}")).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.strip_prefix("#/types/") {
            Some(name) => Ok(Some(name.to_owned())),
            None => Err(D::Error::custom(format!("`{text}` is not of the form `#/types/Name`"))),
        }
    }
}
