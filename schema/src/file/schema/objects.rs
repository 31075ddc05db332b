//! Objects with known fields, put together from parts, and objects with arbitrary keys.

use std::collections::HashSet;

use super::keywords::speaks_of;
use super::plan::{Plan, Why};
use super::{Id, Schemas};
use crate::JsonType;
use crate::file::Span;
use crate::suggest::nearest;

/// An object is put together from at most so many schemas.
const MAX_PARTS: usize = 64;

/// So many fields are taken over into other objects, in one file. More would make a contract much larger than its file.
const MAX_MERGED: usize = 20_000;

/// The keywords of an object with known fields.
const OF_PLAIN_OBJECT: [&str; 4] = ["type", "properties", "required", "additionalProperties"];

/// A schema that contributes fields to an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) id: Id,
    /// The schema that `$ref` points at through which the part came in: its types are named after that one.
    pub(super) from: Option<Id>,
}

/// The values of an object with arbitrary keys.
#[derive(Clone, Copy)]
pub(super) enum Values {
    Any,
    Like(Id),
}

impl Schemas<'_, '_> {
    /// `type: object` with nothing that joins it to others: known fields, or arbitrary keys.
    pub(super) fn object_shape(&mut self, id: Id) -> Result<Plan, Why> {
        if self.map_values(id).is_some() {
            let schema = self.schema(id);
            return match schema.place_of("required").filter(|_| !schema.required.is_empty()) {
                Some(place) => Err(Why::keyword(("required", place), "beside arbitrary keys")),
                None => Ok(Plan::One(JsonType::Object)),
            };
        }
        let parts = vec![Part { id, from: None }];
        self.plain_object(&parts, &["type"], true)?;
        Ok(Plan::Object(parts))
    }

    /// What is said of the values of an object with arbitrary keys. Nothing for known fields.
    pub(super) fn map_values(&self, id: Id) -> Option<Values> {
        let schema = self.schema(id);
        if !schema.properties.is_empty() {
            return None;
        }
        let closed = schema.additional.is_some_and(|additional| self.schema(additional).always == Some(false));
        match (schema.patterns.as_slice(), schema.additional) {
            ([], Some(values)) if !closed => Some(Values::Like(values)),
            ([], None) if schema.rules.min_properties.is_some() || schema.rules.max_properties.is_some() => Some(Values::Any),
            ([(_, values)], _) if closed => Some(Values::Like(*values)),
            _ => None,
        }
    }

    /// Whether a schema lets every value through.
    fn is_trivial(&self, id: Id) -> bool {
        let schema = self.schema(id);
        schema.always == Some(true) || (schema.always.is_none() && schema.keywords.is_empty())
    }

    /// `$ref` with something beside it, and `allOf`.
    pub(super) fn conjunction(&mut self, id: Id) -> Result<Plan, Why> {
        let schema = self.schema(id);
        let own = schema.beside(&["$ref", "allOf", "type"]);
        let others: Vec<Id> = schema.reference.iter().chain(&schema.all_of).copied().collect();
        let types = schema.types.clone();
        if let ([only], None) = (others.as_slice(), own) {
            let fits = match types.as_slice() {
                [] => true,
                [one] => self.kind(*only) == Some(*one),
                _ => false,
            };
            if fits {
                let is_reference = self.schema(id).reference == Some(*only);
                return Ok(if is_reference { Plan::Reference(*only) } else { Plan::Same(*only) });
            }
        }
        let mut parts = Vec::new();
        self.collect(id, None, &mut parts, &mut HashSet::new())?;
        self.plain_object(&parts, &["type", "$ref", "allOf"], false)?;
        Ok(Plan::Object(parts))
    }

    /// Every schema that a value of this one obeys as well, each once.
    pub(super) fn collect(&self, id: Id, from: Option<Id>, parts: &mut Vec<Part>, seen: &mut HashSet<Id>) -> Result<(), Why> {
        if !seen.insert(id) || self.is_trivial(id) {
            return Ok(());
        }
        if parts.len() == MAX_PARTS {
            return Err(Why::new(format!("it joins more than {MAX_PARTS} schemas"), None, "write the fields in fewer objects"));
        }
        parts.push(Part { id, from });
        let schema = self.schema(id);
        if let Some(target) = schema.reference {
            self.collect(target, Some(target), parts, seen)?;
        }
        schema.all_of.iter().try_for_each(|part| self.collect(*part, from, parts, seen))
    }

    /// Whether the parts make an object with known fields, whose values are exactly those that obey them all.
    /// `joining` are the keywords that led to the parts. An object that `is_object` is one for other reasons than its parts'.
    pub(super) fn plain_object(&mut self, parts: &[Part], joining: &[&str], is_object: bool) -> Result<(), Why> {
        self.count_merged(parts)?;
        let mut names = HashSet::new();
        let mut required = Vec::new();
        let (mut typed, mut closed, mut with_fields) = (is_object, None, 0);
        for Part { id, .. } in parts {
            let schema = self.schema(*id);
            if schema.always == Some(false) {
                return Err(Why::new("nothing passes `false`", Some(schema.span), "leave it out"));
            }
            let own = is_object && parts.len() == 1 && schema.types.contains(&JsonType::Object);
            if !schema.types.is_empty() && schema.types != [JsonType::Object] && !own {
                let place = schema.place_of("type");
                return Err(Why::new(
                    "it joins schemas that are not all objects",
                    place,
                    "write the keywords in one schema; what is joined becomes a type when all parts are objects",
                ));
            }
            typed |= schema.types == [JsonType::Object];
            // Beside several types, keywords of the others are none of the object's business.
            let elsewhere = |word: &str| {
                schema.types.len() > 1 && speaks_of(word).is_some_and(|(_, types)| !types.is_empty() && !types.contains(&JsonType::Object))
            };
            let expected = |word: &str| joining.contains(&word) || OF_PLAIN_OBJECT.contains(&word) || elsewhere(word);
            if let Some(keyword) = schema.keywords.iter().find(|(word, _)| !expected(word)) {
                return Err(Why::keyword(*keyword, "beside known fields"));
            }
            if let Some(additional) = schema.additional.filter(|additional| !self.is_trivial(*additional)) {
                if self.schema(additional).always != Some(false) {
                    let place = schema.place_of("additionalProperties").unwrap_or(schema.span);
                    return Err(Why::keyword(("additionalProperties", place), "beside known fields"));
                }
                closed = Some(*id);
            }
            with_fields += usize::from(!schema.properties.is_empty());
            for (name, _) in &schema.properties {
                if !names.insert(*name) {
                    return Err(Why::new(format!("`{name}` is described twice"), Some(schema.span), "describe each field in one place"));
                }
            }
            required.extend(schema.required.iter().copied());
        }
        if !typed {
            let place = parts.first().map(|part| self.schema(part.id).span);
            return Err(Why::new("no part says `type: object`", place, "add `type: object`"));
        }
        if let Some(closed) = closed {
            let own = usize::from(!self.schema(closed).properties.is_empty());
            if with_fields > own {
                return Err(Why::new(
                    "`additionalProperties: false` knows nothing of the fields of other parts",
                    self.schema(closed).place_of("additionalProperties"),
                    "leave it out, or write the fields in one object",
                ));
            }
        }
        if let Some((name, span)) = required.iter().find(|(name, _)| !names.contains(name)).copied()
            // A name that is nearly one of the fields is a typing error, and reported as one when the object is built.
            && nearest_field(name, &names, &required, &mut self.comparisons).is_none()
        {
            return Err(Why::new(
                format!("`{name}` is required, and nothing describes it"),
                Some(span),
                format!("describe it under `properties`: `{name}: {{}}` is any JSON"),
            ));
        }
        Ok(())
    }

    /// Counts the fields that an object has from elsewhere, before anybody looks at them.
    fn count_merged(&mut self, parts: &[Part]) -> Result<(), Why> {
        if parts.len() > 1 || parts.iter().any(|part| part.from.is_some()) {
            self.merged = parts.iter().fold(self.merged, |merged, part| merged + self.schema(part.id).properties.len());
        }
        if self.merged <= MAX_MERGED {
            return Ok(());
        }
        Err(Why::new(
            format!("objects take over more than {MAX_MERGED} fields from others in this file"),
            None,
            "refer to the shared part from a field",
        ))
    }
}

/// The field that was probably meant by a name in `required`: one that is not required by its own name, too.
pub(super) fn nearest_field<'a>(
    name: &str,
    fields: &HashSet<&'a str>,
    required: &[(&str, Span)],
    comparisons: &mut usize,
) -> Option<&'a str> {
    *comparisons = comparisons.saturating_add(fields.len() + required.len());
    // Two names of one letter are not alike.
    if *comparisons > super::MAX_COMPARISONS || name.chars().count() < 3 {
        return None;
    }
    let required: HashSet<&str> = required.iter().map(|(name, _)| *name).collect();
    nearest(name, fields.iter().copied().filter(|field| !required.contains(field)))
}
