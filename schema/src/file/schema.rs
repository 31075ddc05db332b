//! JSON Schema, the subset that holds in both languages, becomes types: which kind of schema it is, and what its type is called.

use super::Span;
use super::envelope;
use super::keywords::{ANNOTATIONS, OF_ARRAY, OF_INTEGER, OF_NUMBER, OF_OBJECT, OF_STRING, REFUSED, SHAPES, TYPES, instead};
use super::yaml::{Key, Kind, Node};
use crate::assemble::{DraftType, empty_range};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean, did_you_mean_or_known};
use crate::{NamedType, Type};

/// Reads schemas, and collects the types that inline schemas become.
pub(super) struct Schemas<'a> {
    known: Vec<String>,
    inline: Vec<DraftType<Span>>,
    diagnostics: &'a mut Diagnostics<Span>,
}

impl<'a> Schemas<'a> {
    /// `known` are the names under `types`.
    pub(super) fn new(known: &[&str], diagnostics: &'a mut Diagnostics<Span>) -> Self {
        Self { known: known.iter().map(|name| (*name).to_owned()).collect(), inline: Vec::new(), diagnostics }
    }

    pub(super) fn into_types(self) -> Vec<DraftType<Span>> {
        self.inline
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic<Span>) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn unknown(&mut self, key: &Key, known: &[&str]) {
        self.report(
            Diagnostic::error(Code::UnknownKey, key.span, format!("unknown key `{}`", key.text))
                .help(did_you_mean_or_known(&key.text, known)),
        );
    }

    pub(super) fn not_yet(&mut self, key: &Key, what: &str) {
        self.report(Diagnostic::error(Code::NotYet, key.span, format!("{what} is not supported yet")).help("leave it out for now"));
    }

    pub(super) fn mapping<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(Key, Node)]> {
        envelope::mapping(node, what, self.diagnostics)
    }

    pub(super) fn text<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        match &node.kind {
            Kind::Scalar { text, plain } if !(*plain && text.is_empty()) => Some(text),
            _ => {
                self.report(
                    Diagnostic::error(Code::WrongValue, node.span, format!("expected a text, found {}", node.noun()))
                        .help("quote the text if it begins with a special character"),
                );
                None
            }
        }
    }

    pub(super) fn description(&mut self, node: &Node) -> Option<String> {
        self.text(node)
            .map(|text| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    /// A length or a count.
    pub(super) fn whole(&mut self, node: &Node) -> Option<u32> {
        let number = match &node.kind {
            Kind::Scalar { text, plain: true } => text.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            let message = format!("expected a whole number from 0 to {}, found {}", u32::MAX, node.noun());
            self.report(Diagnostic::error(Code::WrongValue, node.span, message).help("write it without quotes and without a point"));
        }
        number
    }

    pub(super) fn flag(&mut self, node: &Node) -> Option<bool> {
        match &node.kind {
            Kind::Scalar { text, plain: true } if text == "true" || text == "false" => Some(text == "true"),
            _ => {
                self.report(
                    Diagnostic::error(Code::WrongValue, node.span, format!("expected `true` or `false`, found {}", node.noun()))
                        .help("booleans are written without quotes"),
                );
                None
            }
        }
    }

    /// A reference to the named type `name`, which stands at `place`.
    pub(super) fn named_type(&mut self, name: &str, place: Span) -> Type {
        if self.known.iter().any(|known| known == name) {
            return Type::Ref { name: name.to_owned() };
        }
        let nearest = did_you_mean(name, self.known.iter().map(String::as_str));
        self.report(
            Diagnostic::error(Code::UnknownType, place, format!("there is no type `{name}`"))
                .label("nothing is defined here")
                .help("define it under `types`")
                .maybe_help(nearest),
        );
        Type::Any
    }

    /// A schema under `types`: its type, and its documentation.
    pub(super) fn named(&mut self, node: &Node, name: &str) -> (Type, Option<String>) {
        let description = node.get("description").and_then(|(_, text)| self.description(text));
        (self.shape(node, name), description)
    }

    /// A schema inside another one. Objects, enums and unions become named types called `name`.
    pub(super) fn nested(&mut self, node: &Node, name: &str) -> (Type, Option<String>) {
        let (ty, description) = self.named(node, name);
        (self.lift(ty, name, node.span, description.clone()), description)
    }

    fn lift(&mut self, ty: Type, name: &str, place: Span, description: Option<String>) -> Type {
        match ty {
            Type::Nullable { of } => Type::Nullable { of: Box::new(self.lift(*of, name, place, description)) },
            Type::Object(_) | Type::Enum { .. } | Type::Union { .. } => self.give_name(ty, name, place, description),
            other => other,
        }
    }

    fn give_name(&mut self, ty: Type, name: &str, place: Span, description: Option<String>) -> Type {
        self.inline.push(DraftType { named: NamedType { name: name.to_owned(), description, deprecated: None, ty }, place });
        Type::Ref { name: name.to_owned() }
    }

    /// The payload of an event: whatever is written inline becomes a type called `name`. Event and payload lend each other their documentation.
    pub(super) fn payload(&mut self, node: &Node, name: &str, place: Span, description: &mut Option<String>) -> Option<Type> {
        if node.get("type").is_some_and(|(_, ty)| matches!(&ty.kind, Kind::Scalar { text, .. } if text == "null")) {
            self.report(
                Diagnostic::error(Code::NullPayload, node.span, "a payload that is always null says nothing")
                    .help("leave `payload` out: the event is a signal"),
            );
            return None;
        }
        let (ty, own) = self.named(node, name);
        if matches!(ty, Type::Any) && matches!(&node.kind, Kind::Mapping(entries) if entries.is_empty()) {
            self.report(
                Diagnostic::error(Code::AnyJson, node.span, "this payload may be any JSON, and nothing checks it")
                    .help("describe its shape, or leave `payload` out for a signal")
                    .warning(),
            );
        }
        if matches!(ty, Type::Ref { .. }) {
            return Some(ty);
        }
        if description.is_none() {
            description.clone_from(&own);
        }
        Some(self.give_name(ty, name, place, own.or_else(|| description.clone())))
    }

    fn shape(&mut self, node: &Node, name: &str) -> Type {
        let Some(entries) = self.mapping(node, "a schema is a mapping") else { return Type::Any };
        if entries.is_empty() {
            return Type::Any;
        }
        if let Some((_, reference)) = node.get("$ref") {
            self.only(entries, &["$ref", "description"], "a reference");
            return self.reference(reference);
        }
        if let Some((_, values)) = node.get("enum") {
            self.only(entries, &["enum", "type", "description"], "an enum");
            if let Some((_, ty)) = node.get("type").filter(|(_, ty)| !matches!(&ty.kind, Kind::Scalar { text, .. } if text == "string")) {
                self.report(
                    Diagnostic::error(Code::WrongValue, ty.span, "an enum is a list of strings")
                        .help("write `type: string`, or leave it out"),
                );
            }
            return self.enumeration(values);
        }
        if let Some((_, branches)) = node.get("oneOf") {
            self.only(entries, &["oneOf", "description"], "a union");
            return self.union(branches, name);
        }
        let Some((_, ty)) = node.get("type") else {
            // Read on as if the type were there: the rest of the schema may have errors of its own.
            return self.without_type(node, entries).map_or(Type::Any, |ty| self.typed(ty, node, node, name));
        };
        match &ty.kind {
            Kind::List(items) => self.nullable(items, ty, node, name),
            _ => match self.text(ty) {
                Some(kind) => self.typed(kind.to_owned().as_str(), ty, node, name),
                None => Type::Any,
            },
        }
    }

    /// `type: [string, "null"]`
    fn nullable(&mut self, items: &[Node], list: &Node, node: &Node, name: &str) -> Type {
        let names: Vec<&str> = items.iter().filter_map(|item| self.text(item)).collect();
        match names.as_slice() {
            [one, "null"] | ["null", one] => {
                let of = self.typed(one, list, node, name);
                // What is named is named inside: null is no part of the type called so.
                let description = node.get("description").and_then(|(_, text)| self.description(text));
                Type::Nullable { of: Box::new(self.lift(of, &format!("{name}Value"), list.span, description)) }
            }
            _ => {
                self.report(
                    Diagnostic::error(Code::WrongValue, list.span, "a list of types is one type and `\"null\"`")
                        .help("write `type: [string, \"null\"]`; several shapes are a `oneOf` with a tag"),
                );
                Type::Any
            }
        }
    }

    fn typed(&mut self, kind: &str, place: &Node, node: &Node, name: &str) -> Type {
        let Kind::Mapping(entries) = &node.kind else { return Type::Any };
        let keywords: &[&str] = match kind {
            "string" => &OF_STRING,
            "integer" => &OF_INTEGER,
            "number" => &OF_NUMBER,
            "boolean" => &[],
            "array" => &OF_ARRAY,
            "object" => &OF_OBJECT,
            _ => {
                let message = if kind == "null" {
                    "a value that is always null says nothing".to_owned()
                } else {
                    format!("there is no type `{kind}` in JSON Schema")
                };
                self.report(Diagnostic::error(Code::WrongValue, place.span, message).help(did_you_mean_or_known(kind, &TYPES)));
                return Type::Any;
            }
        };
        let allowed: Vec<&str> = ANNOTATIONS.iter().chain(keywords).copied().collect();
        let article = if matches!(kind, "array" | "object" | "integer") { "an" } else { "a" };
        self.only(entries, &allowed, &format!("{article} {kind}"));
        let ty = match kind {
            "string" => self.string(node),
            "integer" => self.integer(node),
            "number" => Type::Number {
                min: self.number_at(node, "minimum"),
                max: self.number_at(node, "maximum"),
                exclusive_min: None,
                exclusive_max: None,
                multiple_of: None,
            },
            "boolean" => Type::Boolean,
            "array" => self.array(node, place, name),
            _ => self.object(node, name),
        };
        if let Some(message) = empty_range(&ty) {
            self.report(Diagnostic::error(Code::EmptyRange, place.span, message).help("swap the bounds"));
        }
        ty
    }

    /// Reports what is wrong with a schema that says nothing of its type. Its other keywords may tell which one was meant.
    fn without_type(&mut self, node: &Node, entries: &[(Key, Node)]) -> Option<&'static str> {
        let meant = [("object", &OF_OBJECT[..]), ("array", &OF_ARRAY), ("string", &OF_STRING), ("integer", &OF_INTEGER)];
        for (key, _) in entries {
            if let Some((ty, _)) = meant.iter().find(|(_, keywords)| keywords.contains(&key.text.as_str())) {
                let message = format!("`{}` needs a `type` beside it", key.text);
                self.report(Diagnostic::error(Code::MissingKey, key.span, message).help(format!("add `type: {ty}`")));
                return Some(ty);
            }
        }
        let known: Vec<&str> = SHAPES.iter().chain(&ANNOTATIONS).copied().collect();
        let before = self.diagnostics.iter().count();
        self.only(entries, &known, "a schema");
        if self.diagnostics.iter().count() == before {
            let error = Diagnostic::error(Code::MissingKey, node.span, "this schema does not say what it describes");
            self.report(error.help("add `type`, `$ref`, `enum` or `oneOf`; `{}` alone is any JSON"));
        }
        None
    }

    /// Reports every key that is not allowed here.
    pub(super) fn only(&mut self, entries: &[(Key, Node)], allowed: &[&str], what: &str) {
        for (key, _) in entries.iter().filter(|(key, _)| !allowed.contains(&key.text.as_str())) {
            let elsewhere = [&OF_STRING[..], &OF_INTEGER, &OF_ARRAY, &OF_OBJECT, &SHAPES].concat().contains(&key.text.as_str());
            if REFUSED.contains(&key.text.as_str()) {
                let error = Diagnostic::error(Code::UnsupportedKeyword, key.span, format!("the keyword `{}` is not supported", key.text));
                self.report(error.help(instead(&key.text)));
            } else if elsewhere {
                self.report(
                    Diagnostic::error(Code::Constraint, key.span, format!("`{}` does not belong to {what}", key.text))
                        .help(format!("allowed here: {}", allowed.join(", "))),
                );
            } else {
                self.unknown(key, allowed);
            }
        }
    }

    fn reference(&mut self, node: &Node) -> Type {
        let Some(text) = self.text(node) else { return Type::Any };
        let Some(name) = text.strip_prefix("#/types/").filter(|name| !name.contains('/')) else {
            let error = Diagnostic::error(Code::BadReference, node.span, format!("`{text}` does not point at a type of this file"));
            self.report(error.help("write `$ref: \"#/types/Name\"`; files are not fetched and not followed"));
            return Type::Any;
        };
        self.named_type(name, node.span)
    }
}
