//! Schemas of lists, objects and unions.

use super::schema::Schemas;
use super::yaml::{Key, Kind, Node};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::{Field, Object, Type, Variant, names};

impl Schemas<'_> {
    pub(super) fn array(&mut self, node: &Node, place: &Node, name: &str) -> Type {
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
        Type::List { items: Box::new(items), min_items, max_items, unique: false }
    }

    pub(super) fn object(&mut self, node: &Node, name: &str) -> Type {
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
            return Type::map_of(self.nested(values, &format!("{name}Value")).0);
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
            fields.push(Field {
                name: key.text.clone(),
                description,
                deprecated: None,
                optional: !required.contains(&key.text),
                default: None,
                ty,
            });
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

    pub(super) fn union(&mut self, node: &Node, name: &str) -> Type {
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
        Type::Union { tag: tag.to_owned(), variants, open: false }
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
        Some(Variant { value, description, deprecated: None, object: Object { fields, closed } })
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
