//! Which shape a schema has. It is decided from keywords alone, before anything is built, so a schema without a shape leaves no trace.

use std::rc::Rc;

use super::objects::Part;
use super::texts::types_of;
use super::unions::Union;
use super::{Id, Schema, Schemas};
use crate::JsonType;
use crate::file::Span;

/// Alternatives that lead to alternatives by reference are followed this far.
const MAX_DEPTH: usize = 100;

/// The shape of a schema.
#[derive(Debug)]
pub(super) enum Plan {
    /// Nothing is said about values.
    Any,
    /// A named type.
    Reference(Id),
    /// The shape of the one schema that it consists of.
    Same(Id),
    /// One type with its keywords.
    One(JsonType),
    /// Strings of a list, perhaps `null`.
    Texts { nullable: bool },
    /// An object that the parts make together.
    Object(Vec<Part>),
    /// Objects told apart by a tag.
    Union(Union),
    /// Alternatives of different JSON types, perhaps `null`.
    Choice { of: Vec<Alternative>, nullable: bool },
    /// No shape: JSON that is checked.
    Json(Why),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Alternative {
    /// A schema inside.
    Schema(Id),
    /// This schema, where it speaks of one type.
    OfType(JsonType),
}

/// Why a schema has no shape.
#[derive(Clone, Debug)]
pub(super) struct Why {
    /// Goes on after a colon.
    pub(super) because: String,
    pub(super) at: Option<Span>,
    pub(super) help: String,
}

impl Why {
    pub(super) fn new(because: impl Into<String>, at: Option<Span>, help: impl Into<String>) -> Self {
        Self { because: because.into(), at, help: help.into() }
    }

    /// A keyword that has no part in any shape, beside what it stands.
    pub(super) fn keyword((word, span): (&'static str, Span), beside: &str) -> Self {
        let help = match word {
            "allOf" => "an `allOf` becomes a type when it joins open objects with different fields",
            "anyOf" | "oneOf" => "alternatives become a type when nothing but `description` stands beside them",
            "patternProperties" => "one pattern, with `additionalProperties: false` beside it and no `properties`, becomes a map",
            "additionalProperties" | "minProperties" | "maxProperties" => {
                "put the arbitrary keys into a field of their own, or list all `properties`"
            }
            "$ref" => "two schemas become one type when both are open objects with different fields",
            _ => "leave the keyword out to get a type",
        };
        Self::new(format!("`{word}` has no typed form {beside}"), Some(span), help)
    }
}

impl Schemas<'_, '_> {
    /// The shape of a schema.
    pub(super) fn plan(&mut self, id: Id) -> Rc<Plan> {
        if let Some(plan) = &self.plans[id] {
            return Rc::clone(plan);
        }
        if self.planning[id] || self.plan_depth > MAX_DEPTH {
            return Rc::new(Plan::Json(Why::new("it leads back to itself", None, "let a field or an item stand between")));
        }
        self.planning[id] = true;
        self.plan_depth += 1;
        let plan = Rc::new(self.decide(id).unwrap_or_else(Plan::Json));
        self.plan_depth -= 1;
        self.planning[id] = false;
        self.plans[id] = Some(Rc::clone(&plan));
        plan
    }

    fn decide(&mut self, id: Id) -> Result<Plan, Why> {
        let schema = self.schema(id);
        match schema.always {
            Some(true) => return Ok(Plan::Any),
            Some(false) => return Err(Why::new("nothing passes `false`", None, "describe what may stand here")),
            None => {}
        }
        let Some(&first) = schema.keywords.first() else { return Ok(Plan::Any) };
        if schema.has("$ref") {
            match schema.reference {
                // The reference was reported, and what it would say is unknown.
                None => return Ok(Plan::Any),
                Some(target) if schema.keywords.len() == 1 => return Ok(Plan::Reference(target)),
                Some(_) => {}
            }
        }
        if schema.has("$ref") || !schema.all_of.is_empty() {
            return self.conjunction(id);
        }
        if let Some(values) = &schema.values {
            return enumeration(schema, values.iter().map(|(value, _)| value));
        }
        if !schema.one_of.is_empty() || !schema.any_of.is_empty() {
            return self.alternatives(id);
        }
        if schema.types.is_empty() {
            return Err(without_type(schema, first));
        }
        self.of_types(id)
    }

    /// What is said by type alone.
    fn of_types(&mut self, id: Id) -> Result<Plan, Why> {
        let mut types = self.schema(id).types.clone();
        if types.contains(&JsonType::Number) {
            types.retain(|ty| *ty != JsonType::Integer);
        }
        let nullable = types.contains(&JsonType::Null);
        types.retain(|ty| *ty != JsonType::Null);
        for ty in &types {
            match ty {
                JsonType::Array => self.list_shape(id)?,
                JsonType::Object => drop(self.object_shape(id)?),
                _ => {}
            }
        }
        match types.as_slice() {
            [] => Err(Why::new(
                "a value that is always null has no type of its own",
                None,
                "leave it out, or name the other type: `type: [string, \"null\"]`",
            )),
            [JsonType::Object] if !nullable => self.object_shape(id),
            [one] if !nullable => Ok(Plan::One(*one)),
            _ => Ok(Plan::Choice { of: types.into_iter().map(Alternative::OfType).collect(), nullable }),
        }
    }

    /// Whether a list has one schema for its items, or one for each of a fixed number of positions.
    fn list_shape(&self, id: Id) -> Result<(), Why> {
        let schema = self.schema(id);
        let Some(&place) = schema.keywords.iter().find(|(word, _)| matches!(*word, "prefixItems" | "items")) else { return Ok(()) };
        if schema.prefix.is_empty() || self.is_tuple(id) {
            return Ok(());
        }
        let length = schema.prefix.len();
        let help = if self.resources[schema.resource].draft7 {
            format!("a tuple is a list of `items` with `additionalItems: false` and `minItems: {length}`")
        } else {
            format!("a tuple is `prefixItems` with `items: false` and `minItems: {length}`")
        };
        Err(Why::new("it lets lists of several lengths through", Some(place.1), help))
    }

    /// Whether a list has exactly the items of its prefix.
    pub(super) fn is_tuple(&self, id: Id) -> bool {
        let schema = self.schema(id);
        let length = u32::try_from(schema.prefix.len()).ok();
        let ends = schema.items.is_some_and(|items| self.schema(items).always == Some(false));
        let bounded = schema.rules.max_items.is_none_or(|max| Some(max) >= length);
        !schema.prefix.is_empty()
            && schema.rules.min_items == length
            && bounded
            && (ends || schema.rules.max_items == length)
            && !schema.rules.unique_items
    }

    /// `anyOf` and `oneOf`.
    fn alternatives(&mut self, id: Id) -> Result<Plan, Why> {
        let schema = self.schema(id);
        let one_of = !schema.one_of.is_empty();
        let (word, branches) = if one_of { ("oneOf", schema.one_of.clone()) } else { ("anyOf", schema.any_of.clone()) };
        let objects = schema.types == [JsonType::Object];
        if let Some(keyword) = schema.beside(&[word, if objects { "type" } else { word }]) {
            return Err(Why::keyword(keyword, &format!("beside `{word}`")));
        }
        let place = schema.place_of(word);
        if let ([only], true) = (branches.as_slice(), schema.types.is_empty())
            && self.tag_of(*only).is_none()
        {
            return Ok(Plan::Same(*only));
        }
        if let Some(tag) = branches.first().and_then(|first| self.tag_of(*first)) {
            let union = self.union(tag, &branches, one_of, objects);
            let no_object = |schemas: &mut Self, branch: Id| {
                schemas.is_null(branch) || schemas.kind(branch).is_some_and(|kind| kind != JsonType::Object)
            };
            // A tag in the first branch of `oneOf` says what is meant; with `anyOf`, or beside texts or null, it may be something else.
            if union.problems.is_empty() || (one_of && !branches.iter().any(|branch| no_object(self, *branch))) {
                return Ok(Plan::Union(union));
            }
        }
        let mut of = Vec::new();
        let mut kinds = Vec::new();
        let mut nullable = false;
        for branch in branches {
            let kind = if self.is_null(branch) { Some(JsonType::Null) } else { self.kind(branch) };
            let Some(kind) = kind.filter(|kind| !kinds.contains(kind)) else {
                let span = self.schema(branch).span;
                let because = if kind.is_some() {
                    "has two alternatives of one JSON type"
                } else {
                    "has an alternative that is not of one JSON type"
                };
                return Err(Why::new(
                    format!("`{word}` {because}"),
                    place.or(Some(span)),
                    "alternatives become a type when their `type`s differ, or when each is an object with a `const` of its own in one required field",
                ));
            };
            kinds.push(kind);
            if kind == JsonType::Null {
                nullable = true;
            } else {
                of.push(Alternative::Schema(branch));
            }
        }
        if objects {
            return Err(Why::new(
                format!("`{word}` stands beside `type: object`, and its branches have no tag"),
                place,
                "give each branch one required field with a `const` of its own",
            ));
        }
        Ok(Plan::Choice { of, nullable })
    }

    /// The one JSON type of a schema's values, if it has a shape. Integers and numbers are one.
    pub(super) fn kind(&mut self, id: Id) -> Option<JsonType> {
        let mut at = id;
        for _ in 0..MAX_DEPTH {
            let plan = self.plan(at);
            match &*plan {
                Plan::Reference(next) | Plan::Same(next) => at = *next,
                Plan::One(JsonType::Integer) => return Some(JsonType::Number),
                Plan::One(ty) => return Some(*ty),
                Plan::Texts { nullable: false } => return Some(JsonType::String),
                Plan::Object(_) | Plan::Union(_) => return Some(JsonType::Object),
                _ => return None,
            }
        }
        None
    }

    /// Whether `null` is all that passes.
    pub(super) fn is_null(&self, id: Id) -> bool {
        let schema = self.schema(id);
        let only_null = schema.values.as_ref().is_some_and(|values| matches!(values.as_slice(), [(crate::json::Value::Null, _)]));
        (schema.types == [JsonType::Null] && schema.beside(&["type", "enum", "const"]).is_none() && schema.values.is_none())
            || (only_null && schema.beside(&["type", "enum", "const"]).is_none())
    }

    /// What a reference, or one that stands alone in an `allOf`, leads to.
    pub(super) fn referred(&mut self, id: Id) -> Option<Id> {
        let mut at = id;
        for _ in 0..MAX_DEPTH {
            match &*self.plan(at) {
                Plan::Reference(target) => return Some(*target),
                Plan::Same(next) => at = *next,
                _ => return None,
            }
        }
        None
    }
}

/// Strings of a list have a type; other values are checked.
fn enumeration<'v>(schema: &Schema<'_>, values: impl Iterator<Item = &'v crate::json::Value>) -> Result<Plan, Why> {
    if let Some(keyword) = schema.beside(&["enum", "const", "type"]) {
        return Err(Why::keyword(keyword, "beside a list of values"));
    }
    let (mut texts, mut nullable) = (0, false);
    for value in values {
        match types_of(value) {
            [JsonType::String] => texts += 1,
            [JsonType::Null] => nullable = true,
            _ => {
                let place = schema.place_of("enum").or_else(|| schema.place_of("const"));
                return Err(Why::new(
                    format!("`{value}` is not a string, and lists of values have a type when they hold strings"),
                    place,
                    "write the values in quotes, or give a `type` and bounds",
                ));
            }
        }
    }
    if texts == 0 {
        return Err(Why::new("no string is among its values", schema.place_of("enum"), "list at least one string"));
    }
    Ok(Plan::Texts { nullable })
}

fn without_type(schema: &Schema<'_>, first: (&'static str, Span)) -> Why {
    let meant = schema.keywords.iter().find_map(|(word, _)| super::keywords::meant_type(word));
    let help = meant.map_or_else(|| "add a `type`".to_owned(), |ty| format!("add `type: {ty}`"));
    Why::new(format!("`{}` stands without a `type`, so it says nothing about values of other types", first.0), Some(first.1), help)
}
