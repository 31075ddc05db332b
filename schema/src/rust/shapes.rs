//! What can only be decided when every item has been read: fields that come from another struct, what tells the variants of a choice apart, and defaults of named types.

use std::collections::{HashMap, HashSet};

use super::defaults;
use super::{MAX_CHAIN, Spot};
use crate::assemble::DraftType;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::json::Value;
use crate::{Field, NamedType, Object, Type, Variant};

/// Structs are flattened into each other this far.
const MAX_FLATTENED: usize = 16;

/// A type as far as its own item tells.
pub(super) struct Shape {
    /// The type without its shape.
    pub(super) named: NamedType,
    pub(super) place: Spot,
    pub(super) body: Shaped,
}

pub(super) enum Shaped {
    /// Everything is known.
    Done(Type),
    Object(Parts),
    Union {
        tag: String,
        open: bool,
        /// For each variant what is known, and its fields.
        variants: Vec<(Variant, Parts, Spot)>,
    },
    /// An untagged enum.
    Choice(Vec<(Type, Spot)>),
}

/// The fields of an object.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) list: Vec<Part>,
    pub(super) closed: bool,
}

pub(super) enum Part {
    Field(Field, Spot),
    /// The fields of the struct that this type names, in place.
    Fields(Type, Spot, Reason),
}

/// The fields of one object, on the way.
struct Found {
    fields: Vec<(Field, Spot)>,
    /// The structs that lead to the one being read.
    way: Vec<String>,
    /// The structs whose fields are in, and where they were asked for.
    taken: HashMap<String, Spot>,
}

/// What JSON tells apart by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum JsonForm {
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
}

/// Why fields come from another struct.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// `#[serde(flatten)]`
    Flatten,
    /// `Variant(Struct)` beside a tag.
    Variant,
}

/// Completes every shape.
pub(super) fn finish(shapes: Vec<Shape>, defaults: &[(Type, Value, Spot)], diagnostics: &mut Diagnostics<Spot>) -> Vec<DraftType<Spot>> {
    let index = shapes.iter().enumerate().map(|(at, shape)| (shape.named.name.clone(), at)).rev().collect();
    let mut finisher = Finisher { shapes: &shapes, index, diagnostics };
    let types: Vec<Type> = shapes.iter().map(|shape| finisher.ty(shape)).collect();
    for shape in &shapes {
        if let Shaped::Choice(variants) = &shape.body {
            finisher.choice(variants);
        }
    }
    let Finisher { index, diagnostics, .. } = finisher;
    let named = |name: &str| index.get(name).and_then(|at| types.get(*at));
    for (ty, value, place) in defaults {
        defaults::check((ty, value, *place), &named, diagnostics);
    }
    shapes.into_iter().zip(types).map(|(shape, ty)| DraftType { named: NamedType { ty, ..shape.named }, place: shape.place }).collect()
}

struct Finisher<'a> {
    shapes: &'a [Shape],
    index: HashMap<String, usize>,
    diagnostics: &'a mut Diagnostics<Spot>,
}

impl<'a> Finisher<'a> {
    fn ty(&mut self, shape: &Shape) -> Type {
        match &shape.body {
            Shaped::Done(ty) => ty.clone(),
            Shaped::Object(parts) => {
                let fields = self.fields(parts, None, &shape.named.name);
                Type::Object(Object { fields, closed: parts.closed })
            }
            Shaped::Union { tag, open, variants } => {
                let variants = variants.iter().map(|(variant, parts, place)| {
                    let fields = self.fields(parts, Some((tag, *place)), &shape.named.name);
                    let closed = parts.closed || parts.list.iter().any(|part| self.closes(part));
                    Variant { object: Object { fields, closed }, ..variant.clone() }
                });
                Type::Union { tag: tag.clone(), variants: variants.collect(), open: *open }
            }
            Shaped::Choice(variants) => Type::Choice { of: variants.iter().map(|(ty, _)| ty.clone()).collect() },
        }
    }

    /// The fields of an object, those of other structs in place; reports names that stand twice.
    fn fields(&mut self, parts: &Parts, tag: Option<(&str, Spot)>, owner: &str) -> Vec<Field> {
        let mut found = Found { fields: Vec::new(), way: vec![owner.to_owned()], taken: HashMap::new() };
        self.collect(parts, None, &mut found);
        let mut first: HashMap<String, Spot> = HashMap::new();
        let mut fields = Vec::new();
        for (field, place) in found.fields {
            if let Some((tag, variant)) = tag.filter(|(tag, _)| *tag == field.name) {
                let error = Diagnostic::error(Code::DuplicateName, place, format!("a field has the name of the tag, `{tag}`"));
                self.diagnostics.push(error.label("this field").also(variant, "in this variant").help("rename one of them"));
            } else if let Some(first) = first.get(&field.name) {
                self.diagnostics.push(duplicate(&field.name, place, *first));
            } else {
                first.insert(field.name.clone(), place);
                fields.push(field);
            }
        }
        fields
    }

    /// Collects fields; those that come from elsewhere are placed at `from`, where they are asked for.
    fn collect(&mut self, parts: &Parts, from: Option<Spot>, found: &mut Found) {
        for part in &parts.list {
            match part {
                Part::Field(field, place) => found.fields.push((field.clone(), from.unwrap_or(*place))),
                Part::Fields(of, place, reason) => self.collect_from(of, from.unwrap_or(*place), *reason, found),
            }
        }
    }

    fn collect_from(&mut self, of: &Type, place: Spot, reason: Reason, found: &mut Found) {
        let Some(target) = self.shape_of(of) else { return };
        let name = &target.named.name;
        let Shaped::Object(inner) = &target.body else {
            self.diagnostics.push(no_struct(name, reason, place));
            return;
        };
        if found.way.contains(name) {
            let error = Diagnostic::error(Code::InfiniteType, place, format!("`{name}` always contains itself"));
            self.diagnostics.push(error.help("give the inner one a field of its own, which may be absent"));
        } else if found.way.len() > MAX_FLATTENED {
            let message = format!("structs are flattened into each other more than {MAX_FLATTENED} times");
            self.diagnostics.push(Diagnostic::error(Code::TooLarge, place, message).help("give one of them a field of its own"));
        } else if let Some(first) = found.taken.insert(name.clone(), place) {
            // Every field would stand twice; one of them says it.
            if let Some(Part::Field(field, _)) = inner.list.first() {
                self.diagnostics.push(duplicate(&field.name, place, first));
            }
        } else {
            if reason == Reason::Flatten && inner.closed {
                let message = format!("`{name}` refuses fields that it does not know, and here it stands among others");
                let error = Diagnostic::error(Code::SerdeAttribute, place, message);
                self.diagnostics.push(error.help("take its `deny_unknown_fields` away, or give it a field of its own"));
            }
            found.way.push(name.clone());
            self.collect(inner, Some(place), found);
            found.way.pop();
        }
    }

    /// Whether a variant is closed because the struct that it holds is.
    fn closes(&self, part: &Part) -> bool {
        matches!(part, Part::Fields(of, _, Reason::Variant)
            if matches!(self.shape_of(of).map(|shape| &shape.body), Some(Shaped::Object(Parts { closed: true, .. }))))
    }

    /// The shape that a type names, seen through names of names; nothing for a name whose item was refused.
    fn shape_of(&self, ty: &Type) -> Option<&'a Shape> {
        let mut ty = ty;
        let mut shape = None;
        for _ in 0..MAX_CHAIN {
            let Type::Ref { name } = ty else { break };
            let at = *self.index.get(name)?;
            shape = self.shapes.get(at);
            match &self.shapes.get(at)?.body {
                Shaped::Done(inner) => ty = inner,
                _ => break,
            }
        }
        shape
    }

    /// Reports JSON types that two variants of a choice have.
    fn choice(&mut self, variants: &[(Type, Spot)]) {
        let forms: Vec<Vec<JsonForm>> = variants.iter().map(|(ty, _)| self.forms(ty, 0, &mut HashSet::new())).collect();
        for (at, (_, place)) in variants.iter().enumerate() {
            let clash =
                (0..at).find_map(|earlier| forms[earlier].iter().find(|form| forms[at].contains(form)).map(|form| (earlier, *form)));
            if let Some((earlier, form)) = clash {
                let message = format!("{} could be either of two variants", noun(form));
                self.diagnostics.push(
                    Diagnostic::error(Code::Overlapping, *place, message)
                        .label("this variant")
                        .also(variants[earlier].1, "and this one")
                        .help("without a tag only the JSON type tells variants apart: add `#[serde(tag = \"type\", content = \"value\")]`"),
                );
            }
        }
    }

    /// What the values of a type are in JSON; `seen` are the types of this module that were looked at already, whose forms are in.
    fn forms(&self, ty: &Type, depth: usize, seen: &mut HashSet<usize>) -> Vec<JsonForm> {
        let all = |of: &mut dyn Iterator<Item = &Type>, seen: &mut HashSet<usize>| -> Vec<JsonForm> {
            let mut forms: Vec<JsonForm> = Vec::new();
            for form in of.flat_map(|ty| self.forms(ty, depth + 1, seen)) {
                if !forms.contains(&form) {
                    forms.push(form);
                }
            }
            forms
        };
        match ty {
            Type::String { .. } | Type::DateTime | Type::Uuid | Type::Int64 { .. } | Type::Enum { .. } => vec![JsonForm::Text],
            Type::Integer { .. } | Type::Number { .. } => vec![JsonForm::Number],
            Type::Boolean => vec![JsonForm::Boolean],
            Type::List { .. } | Type::Tuple { .. } => vec![JsonForm::List],
            Type::Object(_) | Type::Union { .. } | Type::Map { .. } => vec![JsonForm::Object],
            Type::Any | Type::Json { .. } => {
                vec![JsonForm::Null, JsonForm::Boolean, JsonForm::Number, JsonForm::Text, JsonForm::List, JsonForm::Object]
            }
            Type::Choice { of } => all(&mut of.iter(), seen),
            Type::Nullable { of } => {
                let mut forms = all(&mut std::iter::once(of.as_ref()), seen);
                if !forms.contains(&JsonForm::Null) {
                    forms.push(JsonForm::Null);
                }
                forms
            }
            Type::Ref { name } => {
                let Some(at) = self.index.get(name).copied().filter(|at| depth < MAX_CHAIN && seen.insert(*at)) else { return Vec::new() };
                match &self.shapes[at].body {
                    Shaped::Done(ty) => self.forms(ty, depth + 1, seen),
                    Shaped::Object(_) | Shaped::Union { .. } => vec![JsonForm::Object],
                    Shaped::Choice(of) => all(&mut of.iter().map(|(ty, _)| ty), seen),
                }
            }
        }
    }
}

/// Two fields, values or variants with one name on the wire.
pub(super) fn duplicate(name: &str, again: Spot, first: Spot) -> Diagnostic<Spot> {
    Diagnostic::error(Code::DuplicateName, again, format!("`{name}` stands twice on the wire"))
        .label("again here")
        .also(first, "first here")
        .help("rename one of them: `#[serde(rename = \"…\")]`")
}

fn no_struct(name: &str, reason: Reason, place: Spot) -> Diagnostic<Spot> {
    match reason {
        Reason::Flatten => {
            Diagnostic::error(Code::SerdeAttribute, place, format!("`{name}` is not a struct with fields, and cannot be flattened"))
                .help("give it a field of its own")
        }
        Reason::Variant => {
            Diagnostic::error(Code::TupleStruct, place, format!("`{name}` is not a struct whose fields could stand beside the tag"))
                .help("name the field, `Variant { value: … }`, or add `content = \"value\"` to the tag")
        }
    }
}

const fn noun(form: JsonForm) -> &'static str {
    match form {
        JsonForm::Null => "`null`",
        JsonForm::Boolean => "a boolean",
        JsonForm::Number => "a number",
        JsonForm::Text => "a text",
        JsonForm::List => "a list",
        JsonForm::Object => "an object",
    }
}
