//! JSON Schema, the subset that holds in both languages, becomes types.

use std::str::FromStr;

use super::Span;
use super::envelope;
use super::yaml::{Key, Kind, Node};
use crate::assemble::{DraftType, empty_range};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean, did_you_mean_or_known};
use crate::{EnumValue, Field, NamedType, Object, Type, Variant, names, regexp};

/// Every keyword that is read, by the type it belongs to.
const ANNOTATIONS: [&str; 2] = ["type", "description"];
const OF_STRING: [&str; 4] = ["minLength", "maxLength", "pattern", "format"];
const OF_INTEGER: [&str; 3] = ["minimum", "maximum", "format"];
const OF_NUMBER: [&str; 2] = ["minimum", "maximum"];
const OF_ARRAY: [&str; 3] = ["items", "minItems", "maxItems"];
const OF_OBJECT: [&str; 3] = ["properties", "required", "additionalProperties"];
const SHAPES: [&str; 4] = ["type", "$ref", "enum", "oneOf"];
const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];
const FORMATS: [&str; 4] = ["date-time", "uuid", "int64", "uint64"];

/// Keywords of JSON Schema that are known and refused, so that nobody takes the refusal for a typing error.
const REFUSED: [&str; 38] = [
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicRef",
    "$id",
    "$schema",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "default",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "else",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "if",
    "maxProperties",
    "minProperties",
    "multipleOf",
    "not",
    "nullable",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "readOnly",
    "then",
    "title",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "x-open",
];

const MAX_SAFE: i64 = 9_007_199_254_740_991;

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

    pub(super) fn whole<N: FromStr>(&mut self, node: &Node) -> Option<N> {
        let number = match &node.kind {
            Kind::Scalar { text, plain: true } => text.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.report(
                Diagnostic::error(Code::WrongValue, node.span, format!("expected a number, found {}", node.noun()))
                    .help("lengths and counts are whole numbers from 0 to 4294967295"),
            );
        }
        number
    }

    fn flag(&mut self, node: &Node) -> Option<bool> {
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
        self.inline.push(DraftType { named: NamedType { name: name.to_owned(), description, ty }, place });
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
            let known: Vec<&str> = SHAPES.iter().chain(&ANNOTATIONS).copied().collect();
            let before = self.diagnostics.iter().count();
            self.only(entries, &known, "a schema");
            if self.diagnostics.iter().count() == before {
                self.report(
                    Diagnostic::error(Code::MissingKey, node.span, "this schema does not say what it describes")
                        .help("add `type`, `$ref`, `enum` or `oneOf`; `{}` alone is any JSON"),
                );
            }
            return Type::Any;
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
            "number" => Type::Number { min: self.number_at(node, "minimum"), max: self.number_at(node, "maximum") },
            "boolean" => Type::Boolean,
            "array" => self.array(node, place, name),
            _ => self.object(node, name),
        };
        if let Some(message) = empty_range(&ty) {
            self.report(Diagnostic::error(Code::EmptyRange, place.span, message).help("swap the bounds"));
        }
        ty
    }

    /// Reports every key that is not allowed here.
    fn only(&mut self, entries: &[(Key, Node)], allowed: &[&str], what: &str) {
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

    fn enumeration(&mut self, node: &Node) -> Type {
        let Kind::List(items) = &node.kind else {
            self.report(
                Diagnostic::error(Code::WrongValue, node.span, format!("`enum` is a list of strings, not {}", node.noun()))
                    .help("write `enum: [open, done]`"),
            );
            return Type::Any;
        };
        let mut values: Vec<EnumValue> = Vec::new();
        for item in items {
            let Some(value) = self.text(item) else { continue };
            if values.iter().any(|known| known.value == value) {
                self.report(Diagnostic::error(Code::DuplicateName, item.span, format!("`{value}` stands twice")).help("remove one"));
            } else {
                values.push(EnumValue { value: value.to_owned(), description: None });
            }
        }
        if items.is_empty() {
            self.report(
                Diagnostic::error(Code::EmptyRange, node.span, "an enum without values has no value").help("list at least one string"),
            );
        }
        Type::Enum { values }
    }

    fn string(&mut self, node: &Node) -> Type {
        let min_length = node.get("minLength").and_then(|(_, value)| self.whole(value));
        let max_length = node.get("maxLength").and_then(|(_, value)| self.whole(value));
        let pattern = node.get("pattern").and_then(|(_, value)| self.pattern(value));
        let Some((_, format)) = node.get("format") else { return Type::String { min_length, max_length, pattern } };
        let ty = match self.text(format) {
            Some("date-time") => Type::DateTime,
            Some("uuid") => Type::Uuid,
            Some("int64") => Type::Int64 { signed: true },
            Some("uint64") => Type::Int64 { signed: false },
            Some(other) => {
                let error =
                    Diagnostic::error(Code::UnknownFormat, format.span, format!("the format `{other}` is not enforced in both languages"));
                self.report(error.help(did_you_mean_or_known(other, &FORMATS)));
                Type::TEXT
            }
            None => Type::TEXT,
        };
        for key in ["minLength", "maxLength", "pattern"] {
            if let Some((key, _)) = node.get(key) {
                let error = Diagnostic::error(Code::Constraint, key.span, format!("`{}` does not go with a format", key.text));
                self.report(error.help("the format says it all; remove one of them"));
            }
        }
        ty
    }

    fn pattern(&mut self, node: &Node) -> Option<String> {
        use crate::diagnostic::Place as _;
        let text = match &node.kind {
            Kind::Scalar { text, .. } => text.as_str(),
            _ => self.text(node)?,
        };
        match regexp::translate(text) {
            Ok(_) => Some(text.to_owned()),
            Err(error) => {
                let diagnostic = Diagnostic::error(Code::BadRegexp, node.span.part(&error.at), error.message);
                self.report(diagnostic.help("patterns are ECMAScript's, without look-around and back-references"));
                None
            }
        }
    }

    /// Without bounds an integer has 32 bits, as `i32`; with `minimum: 0` and no maximum it is a `u32`.
    fn integer(&mut self, node: &Node) -> Type {
        let (low, high) = match node.get("format").and_then(|(_, format)| self.text(format).map(|text| (text.to_owned(), format.span))) {
            None => (None, None),
            Some((format, _)) if format == "int32" => (Some(i64::from(i32::MIN)), Some(i64::from(i32::MAX))),
            Some((format, _)) if format == "uint32" => (Some(0), Some(i64::from(u32::MAX))),
            Some((format, span)) => {
                let help = if matches!(format.as_str(), "int64" | "uint64") {
                    format!("64 bits travel as text: `type: string, format: {format}`")
                } else {
                    did_you_mean_or_known(&format, &["int32", "uint32"])
                };
                self.report(Diagnostic::error(Code::UnknownFormat, span, format!("an integer has no format `{format}`")).help(help));
                (None, None)
            }
        };
        let minimum = self.safe(node, "minimum");
        let maximum = self.safe(node, "maximum");
        let unsigned = low.or(minimum).is_some_and(|min| min >= 0);
        let min = minimum.or(low).unwrap_or_else(|| i64::from(i32::MIN).min(maximum.unwrap_or_default()));
        let max = maximum.or(high).unwrap_or(if unsigned { i64::from(u32::MAX) } else { i64::from(i32::MAX) });
        Type::Integer { min, max }
    }

    fn safe(&mut self, node: &Node, key: &str) -> Option<i64> {
        let (_, value) = node.get(key)?;
        let number = self.whole::<i64>(value)?;
        if number.abs() > MAX_SAFE {
            let error = Diagnostic::error(Code::Wide, value.span, format!("{number} does not fit a JavaScript number"));
            self.report(
                error.label("values above 9007199254740991 would be rounded").help("64 bits travel as text: `type: string, format: int64`"),
            );
        }
        Some(number)
    }

    fn number_at(&mut self, node: &Node, key: &str) -> Option<f64> {
        let (_, value) = node.get(key)?;
        let number = match &value.kind {
            // Rust also reads `inf` and `nan`, which are no numbers of JSON.
            Kind::Scalar { text, plain: true }
                if text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) =>
            {
                text.parse::<f64>().ok().filter(|number| number.is_finite())
            }
            _ => None,
        };
        if number.is_none() {
            self.report(
                Diagnostic::error(Code::WrongValue, value.span, format!("expected a number, found {}", value.noun()))
                    .help("write it as in JSON: `0.5`"),
            );
        }
        number
    }

    fn array(&mut self, node: &Node, place: &Node, name: &str) -> Type {
        let items = if let Some((_, items)) = node.get("items") {
            self.nested(items, &format!("{name}Item")).0
        } else {
            self.report(
                Diagnostic::error(Code::MissingKey, place.span, "this array does not say what its items are")
                    .help("add `items`; `items: {}` is any JSON"),
            );
            Type::Any
        };
        let min_items = node.get("minItems").and_then(|(_, value)| self.whole(value));
        let max_items = node.get("maxItems").and_then(|(_, value)| self.whole(value));
        Type::List { items: Box::new(items), min_items, max_items }
    }

    fn object(&mut self, node: &Node, name: &str) -> Type {
        let additional = node.get("additionalProperties").map(|(_, value)| value);
        if let Some(values) = additional.filter(|value| matches!(value.kind, Kind::Mapping(_))) {
            for key in ["properties", "required"] {
                if let Some((key, _)) = node.get(key) {
                    let error =
                        Diagnostic::error(Code::UnsupportedKeyword, key.span, "an object has known fields or arbitrary keys, not both");
                    self.report(
                        error
                            .label("known fields")
                            .also(values.span, "arbitrary keys")
                            .help("put the arbitrary keys into a field of their own"),
                    );
                }
            }
            return Type::Map { values: Box::new(self.nested(values, &format!("{name}Value")).0) };
        }
        if additional.is_none()
            && !node
                .get("properties")
                .is_some_and(|(_, properties)| matches!(&properties.kind, Kind::Mapping(entries) if !entries.is_empty()))
        {
            let warning =
                Diagnostic::error(Code::NoFields, node.span, "this object has no fields, so nothing that it holds is kept").warning();
            self.report(warning.help("describe its `properties`, or write `additionalProperties: {}` for arbitrary content"));
        }
        let closed = additional.and_then(|value| self.flag(value)).is_some_and(|open| !open);
        Type::Object(Object { fields: self.fields(node, name, None), closed })
    }

    /// The fields of an object, without the tag where it is a branch of a union.
    fn fields(&mut self, node: &Node, name: &str, tag: Option<&str>) -> Vec<Field> {
        let properties = node
            .get("properties")
            .and_then(|(_, value)| self.mapping(value, "`properties` is a mapping from names to schemas"))
            .unwrap_or_default();
        let required = self.required(node, properties);
        let mut fields = Vec::new();
        for (key, value) in properties.iter().filter(|(key, _)| Some(key.text.as_str()) != tag) {
            let (ty, description) = self.nested(value, &format!("{name}{}", names::pascal(&key.text)));
            fields.push(Field { name: key.text.clone(), description, optional: !required.contains(&key.text), ty });
        }
        fields
    }

    fn required(&mut self, node: &Node, properties: &[(Key, Node)]) -> Vec<String> {
        let Some((_, list)) = node.get("required") else { return Vec::new() };
        let Kind::List(items) = &list.kind else {
            self.report(
                Diagnostic::error(Code::WrongValue, list.span, format!("`required` is a list of fields, not {}", list.noun()))
                    .help("write `required: [id, title]`"),
            );
            return Vec::new();
        };
        let mut required: Vec<String> = Vec::new();
        for item in items {
            let Some(name) = self.text(item) else { continue };
            if !properties.iter().any(|(key, _)| key.text == name) {
                let nearest = did_you_mean(name, properties.iter().map(|(key, _)| key.text.as_str()));
                let error = Diagnostic::error(Code::UnknownKey, item.span, format!("`{name}` is required, and there is no such field"));
                self.report(error.help("describe it under `properties`").maybe_help(nearest));
            }
            required.push(name.to_owned());
        }
        required
    }

    fn union(&mut self, node: &Node, name: &str) -> Type {
        let Kind::List(branches) = &node.kind else {
            self.report(
                Diagnostic::error(Code::WrongValue, node.span, format!("`oneOf` is a list of schemas, not {}", node.noun()))
                    .help("write one branch a line, each beginning with `-`"),
            );
            return Type::Any;
        };
        let Some(tag) = branches.first().and_then(tag_of) else {
            let error =
                Diagnostic::error(Code::Untagged, branches.first().unwrap_or(node).span, "the branches cannot be told apart by a tag");
            self.report(error.help("give each branch one required field with a `const` of its own: `properties: { op: { const: add }, … }`; branches are written inline"));
            return Type::Any;
        };
        let mut variants: Vec<Variant> = Vec::new();
        for branch in branches {
            let Some(variant) = self.variant(branch, tag, name) else { continue };
            if variants.iter().any(|known| known.value == variant.value) {
                let error = Diagnostic::error(Code::DuplicateName, branch.span, format!("two branches have the tag `{}`", variant.value));
                self.report(error.help("give one of them another `const`"));
            } else {
                variants.push(variant);
            }
        }
        Type::Union { tag: tag.to_owned(), variants }
    }

    fn variant(&mut self, branch: &Node, tag: &str, name: &str) -> Option<Variant> {
        let untagged = |this: &mut Self, span| {
            let error = Diagnostic::error(Code::Untagged, span, format!("this branch has no `{tag}` with a `const` of its own"));
            this.report(error.help(format!("every branch is an object with a required `{tag}: {{ const: … }}`, written inline")));
        };
        let entries = self.mapping(branch, "a branch of `oneOf` is a schema")?;
        let constant = branch
            .get("properties")
            .and_then(|(_, properties)| properties.get(tag))
            .and_then(|(_, schema)| schema.get("const").map(|(_, value)| (schema, value)));
        let Some((schema, constant)) = constant else {
            untagged(self, branch.span);
            return None;
        };
        self.only(entries, &["type", "description", "properties", "required", "additionalProperties"], "a branch");
        if let Some((_, ty)) = branch.get("type").filter(|(_, ty)| !matches!(&ty.kind, Kind::Scalar { text, .. } if text == "object")) {
            self.report(
                Diagnostic::error(Code::WrongValue, ty.span, "a branch is an object").help("write `type: object`, or leave it out"),
            );
        }
        if let Kind::Mapping(entries) = &schema.kind {
            self.only(entries, &["const", "type", "description"], "a tag");
        }
        let value = self.text(constant)?.to_owned();
        let closed = branch.get("additionalProperties").and_then(|(_, value)| self.flag(value)).is_some_and(|open| !open);
        let description = branch.get("description").and_then(|(_, text)| self.description(text));
        let fields = self.fields(branch, &format!("{name}{}", names::pascal(&value)), Some(tag));
        let is_required = branch.get("required").is_some_and(|(_, list)| matches!(&list.kind, Kind::List(items) if items.iter().any(|item| matches!(&item.kind, Kind::Scalar { text, .. } if text == tag))));
        if !is_required {
            self.report(
                Diagnostic::error(Code::Untagged, schema.span, format!("the tag `{tag}` is not required in this branch"))
                    .help(format!("add it: `required: [{tag}]`")),
            );
        }
        Some(Variant { value, description, object: Object { fields, closed } })
    }
}

/// The first property of a branch that has a `const`.
fn tag_of(branch: &Node) -> Option<&str> {
    let (_, properties) = branch.get("properties")?;
    match &properties.kind {
        Kind::Mapping(entries) => entries.iter().find(|(_, schema)| schema.get("const").is_some()).map(|(key, _)| key.text.as_str()),
        _ => None,
    }
}

/// The nearest supported form of a keyword that is refused.
fn instead(keyword: &str) -> &'static str {
    match keyword {
        "const" => "an `enum` with one value says the same; as a tag it stands in the branches of `oneOf`",
        "anyOf" | "not" | "if" | "then" | "else" => "use `oneOf` with a tag",
        "allOf" => "write the fields in one object",
        "nullable" => "write `type: [string, \"null\"]`",
        "title" | "$comment" | "examples" => "use `description`",
        "exclusiveMinimum" => "use `minimum`",
        "exclusiveMaximum" => "use `maximum`",
        "$defs" | "definitions" => "define it under `types` and refer to it: `$ref: \"#/types/Name\"`",
        "prefixItems" => "use an object with named fields",
        "patternProperties" | "propertyNames" => "use `additionalProperties` with a schema, for arbitrary keys",
        "default" => "let the field be absent",
        _ => "leave it out: what cannot be enforced in both languages is refused, never ignored",
    }
}
