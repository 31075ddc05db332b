//! Shapes become types. What gets a name is built later, from a list, so that nothing is built in the depth of something else.

use std::collections::HashSet;

use super::naming::{inside, joined};
use super::objects::{Part, Values, nearest_field};
use super::plan::{Alternative, Plan, Why};
use super::{Id, Schemas, WideFormat};
use crate::assemble::{DraftType, empty_range};
use crate::diagnostic::{Code, Diagnostic};
use crate::file::Span;
use crate::json::Value;
use crate::{EnumValue, Field, JsonType, MAX_SAFE, NamedType, Object, Type, Variant};

/// How much of a schema a type is made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece {
    Whole,
    /// Without the `null` that it lets through.
    NotNull,
    /// Where it speaks of one type.
    OfType(JsonType),
}

/// A named type to be built.
pub(super) struct Job {
    id: Id,
    piece: Piece,
    name: String,
    place: Span,
}

impl Schemas<'_, '_> {
    /// Asks for a named type.
    pub(super) fn give(&mut self, id: Id, piece: Piece, name: String, place: Span) {
        self.jobs.push(Job { id, piece, name, place });
    }

    pub(super) fn build_all(&mut self) {
        let mut done = 0;
        // Jobs bring jobs with them.
        while done < self.jobs.len() {
            let Job { id, piece, name, place } =
                std::mem::replace(&mut self.jobs[done], Job { id: 0, piece: Piece::Whole, name: String::new(), place: Span::default() });
            done += 1;
            let ty = self.piece(id, piece, &name);
            let schema = self.schema(id);
            let deprecated = schema.deprecated.clone().filter(|_| schema.parent.is_none() || self.names.is_target(id));
            let description = schema.description.clone();
            self.types.push(DraftType { named: NamedType { name, description, deprecated, ty }, place });
        }
    }

    /// A type by its name.
    pub(super) fn refer(&mut self, id: Id) -> Type {
        let Some(name) = self.names.of_target(id).map(str::to_owned) else { return Type::Any };
        // The roots of resources are asked for by those who hold them.
        if self.schema(id).parent.is_some() && !self.built.contains_key(&id) {
            self.built.insert(id, Type::Any);
            let place = self.schema(id).span;
            self.give(id, Piece::Whole, name.clone(), place);
        }
        Type::Ref { name }
    }

    /// A schema inside another one. Objects, enums, unions and choices become named types called `name`.
    pub(super) fn nested(&mut self, id: Id, name: &str) -> Type {
        if self.names.is_target(id) {
            let named = self.refer(id);
            if self.schema(id).parent.is_none() && !self.built.contains_key(&id) {
                self.built.insert(id, Type::Any);
                let place = self.schema(id).span;
                self.give(id, Piece::Whole, name.to_owned(), place);
            }
            return named;
        }
        if let Some(built) = self.built.get(&id) {
            return built.clone();
        }
        let plan = self.plan(id);
        let ty = match &*plan {
            Plan::Same(inner) => self.nested(*inner, name),
            Plan::Texts { nullable: false } | Plan::Object(_) | Plan::Union(_) | Plan::Choice { nullable: false, .. } => {
                self.lifted(id, Piece::Whole, name.to_owned())
            }
            _ => self.piece(id, Piece::Whole, name),
        };
        self.built.insert(id, ty.clone());
        ty
    }

    fn lifted(&mut self, id: Id, piece: Piece, name: String) -> Type {
        let name = self.names.inline(name);
        let place = self.schema(id).span;
        self.give(id, piece, name.clone(), place);
        Type::Ref { name }
    }

    fn piece(&mut self, id: Id, piece: Piece, name: &str) -> Type {
        let plan = self.plan(id);
        self.check_open(id, &plan);
        let ty = match (&*plan, piece) {
            (_, Piece::OfType(ty)) => self.of_type(id, ty, name),
            (Plan::One(ty), _) => self.of_type(id, *ty, name),
            (Plan::Any, _) => Type::Any,
            (Plan::Reference(target), _) => self.refer(*target),
            (Plan::Same(inner), _) => self.piece(*inner, Piece::Whole, name),
            (Plan::Json(why), _) => self.checked(id, why),
            (Plan::Texts { nullable: true } | Plan::Choice { nullable: true, .. }, Piece::Whole) => {
                // What is named is named inside: null is no part of the type called so.
                Type::Nullable { of: Box::new(self.without_null(id, &plan, &joined(name, "Value"))) }
            }
            (Plan::Texts { .. }, _) => self.texts(id),
            (Plan::Choice { of, .. }, _) => Type::Choice { of: of.iter().map(|one| self.alternative(id, *one, name)).collect() },
            (Plan::Object(parts), _) => Type::Object(self.object(parts, name, None)),
            (Plan::Union(union), _) => {
                for problem in &union.problems {
                    self.report(problem.clone());
                }
                let open = self.schema(id).open.is_some();
                let variants = union.branches.iter().map(|branch| self.variant(branch, &union.tag, name)).collect();
                Type::Union { tag: union.tag.clone(), variants, open }
            }
        };
        if let Some(message) = empty_range(&ty) {
            let schema = self.schema(id);
            let place = schema.place_of("type").unwrap_or(schema.span);
            self.report(Diagnostic::error(Code::EmptyRange, place, message).help("swap the bounds"));
        }
        ty
    }

    fn without_null(&mut self, id: Id, plan: &Plan, name: &str) -> Type {
        match plan {
            Plan::Choice { of, .. } => match of.as_slice() {
                // The name is that of the nullable type, as if the alternative stood alone.
                [Alternative::Schema(only)] => self.nested(*only, name),
                [Alternative::OfType(JsonType::Object)] if self.map_values(id).is_none() => {
                    self.lifted(id, Piece::OfType(JsonType::Object), name.to_owned())
                }
                [Alternative::OfType(ty)] => self.of_type(id, *ty, name),
                _ => self.lifted(id, Piece::NotNull, name.to_owned()),
            },
            _ => self.lifted(id, Piece::NotNull, name.to_owned()),
        }
    }

    /// One type of several. What gets a name has its JSON type in it, because no other alternative is of that one.
    fn alternative(&mut self, id: Id, alternative: Alternative, name: &str) -> Type {
        match alternative {
            Alternative::OfType(JsonType::Object) if self.map_values(id).is_none() => {
                self.lifted(id, Piece::OfType(JsonType::Object), joined(name, "Object"))
            }
            Alternative::OfType(ty) => self.of_type(id, ty, name),
            Alternative::Schema(inner) => {
                let word = match self.kind(inner) {
                    Some(JsonType::Object) if !matches!(&*self.plan(inner), Plan::One(_)) => "Object",
                    Some(JsonType::String) => "Text",
                    _ => "",
                };
                self.nested(inner, &joined(name, word))
            }
        }
    }

    fn checked(&mut self, id: Id, why: &Why) -> Type {
        let schema = self.exact(id);
        if self.schema(id).broken {
            return Type::Json { schema };
        }
        let warning = Diagnostic::error(
            Code::Untyped,
            self.schema(id).span,
            format!("this is checked, and has no type in either language: {}", why.because),
        );
        let warning = warning.warning().help(why.help.clone());
        self.report(match why.at {
            Some(place) => warning.also(place, "because of this"),
            None => warning,
        });
        Type::Json { schema }
    }

    fn check_open(&mut self, id: Id, plan: &Plan) {
        let Some(place) = self.schema(id).open else { return };
        if !matches!(plan, Plan::Texts { .. } | Plan::Union(_)) {
            let error = Diagnostic::error(Code::Constraint, place, "`x-open` says that later contracts have more values or variants");
            self.report(error.help("it stands on an `enum` of strings, or on a `oneOf` with a tag"));
        }
    }

    fn texts(&self, id: Id) -> Type {
        let schema = self.schema(id);
        let values = schema.values.iter().flatten().filter_map(|(value, _)| match value {
            Value::String(value) => Some(EnumValue { value: value.clone(), description: None }),
            _ => None,
        });
        Type::Enum { values: values.collect(), open: schema.open.is_some() }
    }

    fn of_type(&mut self, id: Id, ty: JsonType, name: &str) -> Type {
        let rules = &self.schema(id).rules;
        match ty {
            JsonType::String => self.string(id),
            JsonType::Integer => self.integer(id),
            JsonType::Number => Type::Number {
                min: rules.minimum,
                max: rules.maximum,
                exclusive_min: rules.exclusive_minimum,
                exclusive_max: rules.exclusive_maximum,
                multiple_of: rules.multiple_of,
            },
            JsonType::Array => self.list(id, name),
            JsonType::Object => match self.map_values(id) {
                Some(values) => self.map(id, values, name),
                None => Type::Object(self.object(&[Part { id, from: None }], name, None)),
            },
            JsonType::Boolean | JsonType::Null => Type::Boolean,
        }
    }

    fn string(&mut self, id: Id) -> Type {
        let schema = self.schema(id);
        let (min_length, max_length, format) = (schema.rules.min_length, schema.rules.max_length, schema.rules.format);
        let pattern = schema.rules.pattern.clone();
        let plain = min_length.is_none() && max_length.is_none() && pattern.is_none();
        if let Some(wide) = schema.wide {
            if let Some((word, place)) = schema.beside(&["type", "format"]) {
                let error = Diagnostic::error(Code::Constraint, place, format!("`{word}` does not go with this format"));
                self.report(error.help("the format says it all; remove one of them"));
            }
            return Type::Int64 { signed: wide == WideFormat::Int64 };
        }
        match format {
            Some(crate::Format::DateTime) if plain => Type::DateTime,
            Some(crate::Format::Uuid) if plain => Type::Uuid,
            _ => Type::String { min_length, max_length, pattern, format },
        }
    }

    /// The whole numbers within the bounds; exclusive and broken bounds become the next whole number.
    fn integer(&self, id: Id) -> Type {
        let rules = &self.schema(id).rules;
        #[expect(clippy::cast_possible_truncation, reason = "bounds of integers are read within 2^53")]
        let whole = |bound: f64| bound as i64;
        let lows = [rules.minimum.map(|min| whole(min.ceil())), rules.exclusive_minimum.map(|min| whole(min.floor()) + 1)];
        let highs = [rules.maximum.map(|max| whole(max.floor())), rules.exclusive_maximum.map(|max| whole(max.ceil()) - 1)];
        let min = lows.into_iter().flatten().max().unwrap_or(-MAX_SAFE);
        let max = highs.into_iter().flatten().min().unwrap_or(MAX_SAFE);
        Type::Integer { min, max, multiple_of: rules.multiple_of }
    }

    fn list(&mut self, id: Id, name: &str) -> Type {
        let schema = self.schema(id);
        let (min_items, max_items, unique) = (schema.rules.min_items, schema.rules.max_items, schema.rules.unique_items);
        let items = schema.items;
        if !schema.prefix.is_empty() {
            let prefix = schema.prefix.clone().into_iter().enumerate();
            return Type::Tuple { items: prefix.map(|(at, item)| self.nested(item, &joined(name, &format!("Item{}", at + 1)))).collect() };
        }
        let items = items.map_or(Type::Any, |items| self.nested(items, &joined(name, "Item")));
        Type::List { items: Box::new(items), min_items, max_items, unique }
    }

    fn map(&mut self, id: Id, values: Values, name: &str) -> Type {
        let schema = self.schema(id);
        let (min_entries, max_entries) = (schema.rules.min_properties, schema.rules.max_properties);
        let keys = schema.patterns.first().map(|(pattern, _)| (*pattern).to_owned());
        let values = match values {
            Values::Any => Type::Any,
            Values::Like(values) => self.nested(values, &joined(name, "Value")),
        };
        Type::Map { values: Box::new(values), keys, min_entries, max_entries }
    }

    fn variant(&mut self, branch: &super::unions::Branch, tag: &str, name: &str) -> Variant {
        let schema = self.schema(branch.id);
        let target = branch.target.map(|target| self.schema(target));
        let description = schema.description.clone().or_else(|| target.and_then(|target| target.description.clone()));
        let deprecated = schema.deprecated.clone().or_else(|| target.and_then(|target| target.deprecated.clone()));
        let object = self.object(&branch.parts, &inside(name, &branch.value), Some(tag));
        Variant { value: branch.value.clone(), description, deprecated, object }
    }

    /// The fields of an object, without the tag where it is a branch of a union.
    fn object(&mut self, parts: &[Part], name: &str, tag: Option<&str>) -> Object {
        let properties: Vec<(&str, Id, Option<Id>)> =
            parts.iter().flat_map(|part| self.arena[part.id].properties.iter().map(|(name, id)| (*name, *id, part.from))).collect();
        let required: Vec<(&str, Span)> = parts.iter().flat_map(|part| &self.arena[part.id].required).copied().collect();
        let names: HashSet<&str> = properties.iter().map(|(name, ..)| *name).collect();
        for (name, span) in required.iter().filter(|(name, _)| !names.contains(name)) {
            let nearest = nearest_field(name, &names, &required, &mut self.comparisons).map(|nearest| format!("did you mean `{nearest}`?"));
            let error = Diagnostic::error(Code::UnknownKey, *span, format!("`{name}` is required, and there is no such field"));
            self.report(error.help("describe it under `properties`").maybe_help(nearest));
        }
        let closed = parts.iter().filter_map(|part| self.schema(part.id).additional).any(|id| self.schema(id).always == Some(false));
        if let ([part], true) = (parts, properties.is_empty() && !closed)
            && !self.schema(part.id).broken
        {
            let place = self.schema(part.id).span;
            let warning = Diagnostic::error(Code::NoFields, place, "this object has no fields, so nothing that it holds is kept").warning();
            self.report(warning.help("describe its `properties`; for any fields write `additionalProperties: true`, or what they are: `additionalProperties: { type: string }`"));
        }
        let required: HashSet<&str> = required.into_iter().map(|(name, _)| name).collect();
        let mut fields = Vec::new();
        for (field, id, from) in properties.into_iter().filter(|(field, ..)| Some(*field) != tag) {
            let owner = from.and_then(|from| self.names.of_target(from)).unwrap_or(name).to_owned();
            let ty = self.nested(id, &inside(&owner, field));
            fields.push(self.field(field, id, ty, required.contains(field)));
        }
        Object { fields, closed }
    }

    fn field(&mut self, name: &str, id: Id, ty: Type, required: bool) -> Field {
        let default = self.default_of(id, &ty, required);
        let schema = self.schema(id);
        Field {
            name: name.to_owned(),
            description: schema.description.clone(),
            deprecated: schema.deprecated.clone(),
            optional: !required && default.is_none(),
            default,
            ty,
        }
    }
}
