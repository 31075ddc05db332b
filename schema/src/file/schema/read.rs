//! A schema as it is written, keyword by keyword, with all that is wrong with it alone.

use super::keywords::{ANNOTATIONS, OF_ALL, instead, is_refused, speaks_of};
use super::{At, Id, Resource, Schema, Schemas, Step};
use crate::JsonType;
use crate::diagnostic::{Code, Diagnostic, did_you_mean_or_known};
use crate::file::value;
use crate::file::yaml::{Key, Kind, Node};

/// The versions of JSON Schema that are read, without `http://` or `https://` and `#`.
const DRAFT_2020: &str = "json-schema.org/draft/2020-12/schema";
const DRAFT_7: &str = "json-schema.org/draft-07/schema";

impl<'n> Schemas<'n, '_> {
    /// Reads what stands alone as a schema; the types inside are named after `name`.
    pub(super) fn read_resource(&mut self, node: &'n Node, name: &str) -> Id {
        let resource = self.resources.len();
        let root = self.arena.len();
        let draft7 = node.get("$schema").is_some_and(|(_, version)| self.is_draft7(version));
        self.resources.push(Resource { root, name: name.to_owned(), draft7 });
        self.read(node, resource, None)
    }

    fn is_draft7(&mut self, node: &Node) -> bool {
        let Some(text) = self.text(node) else { return false };
        let uri = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
        match uri.strip_suffix('#').unwrap_or(uri) {
            DRAFT_7 => true,
            DRAFT_2020 => false,
            _ => {
                let error =
                    Diagnostic::error(Code::Draft, node.span, format!("`{text}` is not a version of JSON Schema that is read here"));
                self.report(error.help(format!("leave `$schema` out for 2020-12, or write `http://{DRAFT_7}#`")));
                false
            }
        }
    }

    fn read(&mut self, node: &'n Node, resource: usize, parent: Option<(Id, Step<'n>)>) -> Id {
        let id = self.arena.len();
        self.arena.push(Schema { span: node.span, resource, parent, ..Schema::default() });
        self.steps.extend(parent.map(|step| (step, id)));
        let mut schema = Schema { span: node.span, resource, parent, ..Schema::default() };
        if node.is_plain("true") || node.is_plain("false") {
            schema.always = Some(node.is_plain("true"));
        } else if let Some(entries) = self.mapping(node, "a schema is a mapping, `true` or `false`") {
            let errors = self.reports[0];
            self.read_keywords(node, entries, id, &mut schema);
            schema.broken = self.reports[0] > errors;
        }
        self.arena[id] = schema;
        id
    }

    fn read_keywords(&mut self, node: &'n Node, entries: &'n [(Key, Node)], id: Id, schema: &mut Schema<'n>) {
        let draft7 = self.resources[schema.resource].draft7;
        let overridden = draft7 && node.get("$ref").is_some();
        if let Some((_, types)) = node.get("type").filter(|_| !overridden) {
            schema.types = self.read_types_of(types);
        }
        for (key, value) in entries {
            let word = key.text.as_str();
            if overridden && (speaks_of(word).is_some_and(|(word, _)| word != "$ref") || word == "default") {
                let message = format!("beside `$ref`, draft 7 ignores `{word}`");
                self.report(
                    Diagnostic::error(Code::Ignored, key.span, message)
                        .warning()
                        .help("remove it, or leave `$schema` out for 2020-12, where both apply"),
                );
            } else if ANNOTATIONS.contains(&word) {
                self.read_annotation(word, key, value, id, schema);
            } else if let Some((word, types)) = speaks_of(word) {
                let applies = types.is_empty() || schema.types.is_empty() || types.iter().any(|ty| schema.types.contains(ty));
                // Formats know themselves what they belong to.
                if applies || word == "format" {
                    self.read_keyword(word, key, value, id, schema);
                    continue;
                }
                let message = format!("`{word}` says nothing about {}", nouns(&schema.types));
                self.report(Diagnostic::error(Code::Ignored, key.span, message).warning().help("remove it, or change the `type`"));
                // It is read all the same, for what is wrong with it.
                let mut aside = Schema { resource: schema.resource, types: schema.types.clone(), ..Schema::default() };
                self.read_keyword(word, key, value, id, &mut aside);
            } else {
                self.refuse_keyword(key);
            }
        }
        if let Some(rest) = schema.rest {
            self.settle_rest(rest, schema);
        }
        self.settle_values(schema);
    }

    fn refuse_keyword(&mut self, key: &Key) {
        if is_refused(&key.text) {
            let error = Diagnostic::error(Code::UnsupportedKeyword, key.span, format!("the keyword `{}` is not supported", key.text));
            self.report(error.help(instead(&key.text)));
        } else {
            let known: Vec<&str> =
                OF_ALL.into_iter().chain(["description", "properties", "required", "items", "default", "deprecated"]).collect();
            let nearest = super::keywords::nearest(&key.text).map(|nearest| format!("did you mean `{nearest}`?"));
            let help = nearest.unwrap_or_else(|| did_you_mean_or_known(&key.text, &known));
            self.report(Diagnostic::error(Code::UnknownKey, key.span, format!("unknown key `{}`", key.text)).help(help));
        }
    }

    fn read_annotation(&mut self, word: &str, key: &'n Key, value: &'n Node, id: Id, schema: &mut Schema<'n>) {
        match word {
            "description" => schema.description = self.description(value),
            "deprecated" => schema.deprecated = self.deprecated(value),
            "x-open" => schema.open = self.flag(value).filter(|open| *open).map(|_| key.span),
            "default" => schema.default = Some((value::json(value, &mut |error| self.report(error)), value.span)),
            "$defs" | "definitions" => {
                self.read_map(key, value, id, schema.resource);
            }
            "$schema" if schema.parent.is_some() => {
                let error = Diagnostic::error(Code::UnsupportedKeyword, key.span, "`$schema` stands inside another schema");
                self.report(error.help("write it at the top of the outer schema, or define this part under `types` on its own"));
            }
            _ => {}
        }
    }

    fn read_types_of(&mut self, node: &Node) -> Vec<JsonType> {
        let single = std::slice::from_ref(node);
        let items = match &node.kind {
            Kind::List(items) => items.as_slice(),
            _ => single,
        };
        let mut types = Vec::new();
        for item in items {
            let Some(name) = self.text(item) else { continue };
            match JsonType::named(name) {
                Some(ty) if types.contains(&ty) => {
                    self.report(Diagnostic::error(Code::DuplicateName, item.span, format!("`{name}` stands twice")).help("remove one"));
                }
                Some(ty) => types.push(ty),
                None => {
                    let known: Vec<&str> = JsonType::ALL.iter().map(|(name, _)| *name).collect();
                    let error = Diagnostic::error(Code::WrongValue, item.span, format!("there is no type `{name}` in JSON Schema"));
                    self.report(error.help(did_you_mean_or_known(name, &known)));
                }
            }
        }
        if items.is_empty() {
            self.report(Diagnostic::error(Code::WrongValue, node.span, "a list of types holds at least one").help("write `type: string`"));
        }
        types
    }

    /// A keyword that says something about values.
    fn read_keyword(&mut self, word: &'static str, key: &'n Key, value: &'n Node, id: Id, schema: &mut Schema<'n>) {
        let draft7 = self.resources[schema.resource].draft7;
        schema.keywords.push((word, key.span));
        match word {
            "$ref" => self.unresolved.push((id, value)),
            "enum" | "const" => self.read_values(word, value, schema),
            "minLength" => schema.rules.min_length = self.whole(value),
            "maxLength" => schema.rules.max_length = self.whole(value),
            "minItems" => schema.rules.min_items = self.whole(value),
            "maxItems" => schema.rules.max_items = self.whole(value),
            "minProperties" => schema.rules.min_properties = self.whole(value),
            "maxProperties" => schema.rules.max_properties = self.whole(value),
            "uniqueItems" => schema.rules.unique_items = self.flag(value) == Some(true),
            "pattern" => schema.rules.pattern = self.text_of_pattern(value),
            "format" => self.read_format(key, value, schema),
            "minimum" => schema.rules.minimum = max(schema.rules.minimum, self.bound(value, schema)),
            "maximum" => schema.rules.maximum = min(schema.rules.maximum, self.bound(value, schema)),
            "exclusiveMinimum" => schema.rules.exclusive_minimum = self.bound(value, schema),
            "exclusiveMaximum" => schema.rules.exclusive_maximum = self.bound(value, schema),
            "multipleOf" => schema.rules.multiple_of = self.divisor(value),
            "items" => self.read_items(key, value, id, schema),
            "prefixItems" if !draft7 => schema.prefix = self.read_list(key, value, id, schema.resource),
            "additionalItems" if draft7 => schema.rest = Some(self.read(value, schema.resource, Some((id, (&key.text, At::Alone))))),
            "prefixItems" | "additionalItems" => {
                let (draft, other) = if draft7 { ("draft 7", "a list as `items`") } else { ("2020-12", "`prefixItems` and `items`") };
                let error = Diagnostic::error(Code::UnsupportedKeyword, key.span, format!("{draft} has no `{word}`"));
                self.report(error.help(format!("use {other}, or change `$schema`")));
            }
            "allOf" => schema.all_of = self.read_list(key, value, id, schema.resource),
            "anyOf" => schema.any_of = self.read_list(key, value, id, schema.resource),
            "oneOf" => schema.one_of = self.read_list(key, value, id, schema.resource),
            "properties" => schema.properties = self.read_map(key, value, id, schema.resource),
            "patternProperties" => {
                schema.patterns = self.read_map(key, value, id, schema.resource);
                self.check_patterns(value);
            }
            "additionalProperties" => schema.additional = Some(self.read(value, schema.resource, Some((id, (&key.text, At::Alone))))),
            "required" => self.read_required(value, schema),
            // `type` was read first, because the others depend on it.
            _ => {}
        }
    }

    fn read_required(&mut self, node: &'n Node, schema: &mut Schema<'n>) {
        let Kind::List(items) = &node.kind else {
            // `required: true` on a field is what an old draft had, and names none.
            let help = match &node.kind {
                Kind::Scalar { text, .. } if !matches!(text.as_str(), "" | "true" | "false" | "null") => {
                    format!("write `required: [{text}]`")
                }
                _ => "name the fields, beside `properties`: `required: [id, title]`".to_owned(),
            };
            let error = Diagnostic::error(Code::WrongValue, node.span, format!("`required` is a list of fields, not {}", node.noun()));
            self.report(error.help(help));
            return;
        };
        for item in items {
            if let Kind::Scalar { text, .. } = &item.kind {
                schema.required.push((text, item.span));
            } else {
                self.text(item);
            }
        }
    }

    fn read_items(&mut self, key: &'n Key, value: &'n Node, id: Id, schema: &mut Schema<'n>) {
        let draft7 = self.resources[schema.resource].draft7;
        match &value.kind {
            Kind::List(_) if draft7 => schema.prefix = self.read_list(key, value, id, schema.resource),
            Kind::List(_) => {
                let error = Diagnostic::error(Code::WrongValue, value.span, "`items` is one schema, for every item");
                self.report(error.help("a list with a schema for each position is `prefixItems`, with `items: false` behind it"));
            }
            _ => schema.items = Some(self.read(value, schema.resource, Some((id, (&key.text, At::Alone))))),
        }
    }

    /// `additionalItems` is what follows the positions of a list of `items`. Without such a list it says nothing.
    fn settle_rest(&mut self, rest: Id, schema: &mut Schema<'n>) {
        if !schema.prefix.is_empty() {
            schema.items = Some(rest);
            return;
        }
        let place = schema.place_of("additionalItems").unwrap_or(schema.span);
        schema.keywords.retain(|(word, _)| *word != "additionalItems");
        let warning = Diagnostic::error(Code::Ignored, place, "`additionalItems` says nothing where `items` is not a list");
        self.report(warning.warning().help("remove it, or give `items` a list"));
    }

    fn read_list(&mut self, key: &'n Key, node: &'n Node, id: Id, resource: usize) -> Vec<Id> {
        match &node.kind {
            Kind::List(items) if !items.is_empty() => {
                let items = items.iter().enumerate();
                items.map(|(at, item)| self.read(item, resource, Some((id, (&key.text, At::Position(at)))))).collect()
            }
            _ => {
                let message = format!(
                    "`{}` is a list of schemas, not {}",
                    key.text,
                    if matches!(node.kind, Kind::List(_)) { "an empty one".to_owned() } else { node.noun() }
                );
                self.report(
                    Diagnostic::error(Code::WrongValue, node.span, message).help("write one schema a line, each beginning with `-`"),
                );
                Vec::new()
            }
        }
    }

    fn read_map(&mut self, key: &'n Key, node: &'n Node, id: Id, resource: usize) -> Vec<(&'n str, Id)> {
        let entries = self.mapping(node, &format!("`{}` is a mapping from names to schemas", key.text)).unwrap_or_default();
        let entries = entries.iter();
        entries
            .map(|(name, value)| (name.text.as_str(), self.read(value, resource, Some((id, (&key.text, At::Name(&name.text)))))))
            .collect()
    }
}

fn max(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.zip(b).map(|(a, b)| a.max(b)).or(a).or(b)
}

fn min(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.zip(b).map(|(a, b)| a.min(b)).or(a).or(b)
}

/// `a string` or `a string or an integer`.
fn nouns(types: &[JsonType]) -> String {
    let noun = |ty: &JsonType| match ty {
        JsonType::Null => "null".to_owned(),
        JsonType::Integer | JsonType::Array | JsonType::Object => format!("an {}", ty.name()),
        other => format!("a {}", other.name()),
    };
    types.iter().map(noun).collect::<Vec<_>>().join(" or ")
}
