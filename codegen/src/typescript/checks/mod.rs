//! Types of the contract as checks: calls of the functions in `runtime/checks.js`. Only those that are called are imported, so only those are bundled.

mod defaults;
mod order;

use std::collections::{BTreeMap, BTreeSet};

use tidewire_schema::{Contract, Field, Format, JsonSchema, Object, Type};

use super::declaration::Local;
use super::literal::{Literal, WIDTH};
use defaults::Defaults;
use order::Order;
pub(super) use order::references;

/// What an expression mentions.
#[derive(Default)]
struct Uses {
    /// Functions of the runtime.
    imports: BTreeSet<&'static str>,
    /// Constants of the module.
    locals: BTreeSet<String>,
}

/// A constant of the module, and what its value mentions.
struct Definition {
    local: Local,
    uses: Uses,
}

/// Prints the checks of one contract.
pub(super) struct Checks<'a> {
    contract: &'a Contract,
    order: Order<'a>,
    defaults: Defaults<'a>,
    definitions: Vec<Definition>,
    /// What was mentioned since the last definition.
    uses: Uses,
    /// The place of the named type that is being printed: later ones are not there yet.
    at: usize,
}

impl<'a> Checks<'a> {
    pub(super) fn new(contract: &'a Contract) -> Self {
        let order = Order::of(contract);
        let mut this =
            Self { contract, at: order.len(), order, defaults: Defaults::of(contract), definitions: Vec::new(), uses: Uses::default() };
        this.define();
        this
    }

    /// Defines the check of each named type, and what fills in its defaults.
    fn define(&mut self) {
        for (at, named) in self.order.types().enumerate() {
            self.at = at;
            let value = self.check(&named.ty);
            self.add(check_name(&named.name), "checks.Check", value);
            if let Some(value) = self.fill(&named.ty) {
                self.add(fill_name(&named.name), "defaults.Fill", value);
            }
        }
        self.at = self.order.len();
    }

    fn add(&mut self, name: String, ty: &str, value: Literal) {
        let uses = std::mem::take(&mut self.uses);
        self.definitions.push(Definition { local: Local { name, ty: ty.to_owned(), value }, uses });
    }

    /// The import statement and the constants of everything that was mentioned. What nothing mentions a strict compiler would complain of.
    pub(super) fn finish(self) -> (Vec<String>, Vec<Local>) {
        let Self { definitions, uses: Uses { mut imports, locals }, .. } = self;
        let by_name: BTreeMap<&str, &Uses> = definitions.iter().map(|one| (one.local.name.as_str(), &one.uses)).collect();
        let mut used = BTreeSet::new();
        let mut found: Vec<&str> = locals.iter().map(String::as_str).collect();
        while let Some(name) = found.pop() {
            if let Some(uses) = by_name.get(name).filter(|_| used.insert(name.to_owned())) {
                imports.extend(&uses.imports);
                found.extend(uses.locals.iter().map(String::as_str));
            }
        }
        let locals = definitions.into_iter().map(|one| one.local).filter(|local| used.contains(&local.name)).collect();
        (import(&imports), locals)
    }

    /// The check of a type.
    pub(super) fn check(&mut self, ty: &Type) -> Literal {
        match ty {
            Type::String { min_length, max_length, pattern, format } => self.text((*min_length, *max_length), pattern.as_deref(), *format),
            Type::DateTime => self.constant("dateTime"),
            Type::Uuid => self.constant("uuid"),
            Type::Int64 { signed } => self.constant(if *signed { "int64" } else { "uint64" }),
            Type::Integer { min, max, multiple_of } => {
                let bounds = [min, max].map(|bound| Literal::Number(bound.to_string()));
                let integer = self.call("integer", bounds);
                let multiple = multiple_of.map(|divisor| self.call("integerMultipleOf", [Literal::number(divisor)]));
                self.all(integer, multiple)
            }
            Type::Number { min, max, exclusive_min, exclusive_max, multiple_of } => {
                let bounds = bounds(*min, *max, "-Infinity", Literal::number);
                let number = self.call("number", bounds);
                let more = [("above", exclusive_min), ("below", exclusive_max), ("multipleOf", multiple_of)];
                let more: Vec<Literal> =
                    more.into_iter().filter_map(|(name, bound)| bound.map(|bound| self.call(name, [Literal::number(bound)]))).collect();
                self.all(number, more)
            }
            Type::Boolean => self.constant("boolean"),
            Type::Json { schema } => self.json(schema),
            // Any other text passes an open enumeration.
            Type::Enum { open: true, .. } => self.call("string", []),
            Type::Enum { values, .. } => self.call("oneOf", values.iter().map(|value| Literal::Text(value.value.clone()))),
            Type::Object(object) => self.object(object, None),
            Type::Union { tag, variants, open } => {
                let variants = variants.iter().map(|variant| (variant.value.clone(), self.object(&variant.object, Some(tag)))).collect();
                let other = open.then(|| self.constant("any"));
                self.call("union", [Literal::Text(tag.clone()), Literal::Object(variants)].into_iter().chain(other))
            }
            Type::Choice { of } => {
                let arms = of.iter().flat_map(|ty| self.json_types(ty).into_iter().map(move |name| (name, ty))).collect::<Vec<_>>();
                let arms = arms.into_iter().map(|(name, ty)| (name.to_owned(), self.check(ty))).collect();
                self.call("choice", [Literal::Object(arms)])
            }
            Type::List { items, min_items, max_items, unique } => {
                let list = self.sized("list", items, (*min_items, *max_items));
                let unique = unique.then(|| self.constant("unique"));
                self.all(list, unique)
            }
            Type::Tuple { items } => {
                let items: Vec<Literal> = items.iter().map(|item| self.check(item)).collect();
                self.call("tuple", items)
            }
            Type::Map { values, keys, min_entries, max_entries } => {
                let map = self.sized("map", values, (*min_entries, *max_entries));
                let keys = keys.as_ref().map(|pattern| self.call("keys", [Literal::Text(pattern.clone())]));
                self.all(map, keys)
            }
            Type::Ref { name } if self.is_later(name) => {
                let check = Literal::Expression(format!("() => {}", self.local(check_name(name))));
                self.call("ref", [check])
            }
            Type::Ref { name } => Literal::Expression(self.local(check_name(name))),
            Type::Nullable { of } => {
                let of = self.check(of);
                self.call("nullable", [of])
            }
            _ => self.constant("any"),
        }
    }

    fn text(&mut self, (min, max): (Option<u32>, Option<u32>), pattern: Option<&str>, format: Option<Format>) -> Literal {
        match (min, max, pattern, format) {
            (None, None, None, Some(Format::DateTime)) => return self.constant("dateTime"),
            (None, None, None, Some(Format::Uuid)) => return self.constant("uuid"),
            _ => {}
        }
        let bounds = bounds(min, max, "0", |bound| Literal::Number(bound.to_string()));
        let text = self.call("string", bounds);
        let pattern = pattern.map(|pattern| self.call("pattern", [Literal::Text(pattern.to_owned())]));
        let format = format.map(|format| self.constant(format_name(format)));
        self.all(text, pattern.into_iter().chain(format))
    }

    fn object(&mut self, object: &Object, tag: Option<&str>) -> Literal {
        let fields = object.fields.iter().map(|field| (field.name.clone(), self.field(field))).collect();
        let check = self.call("object", [Literal::Object(fields)]);
        let names = tag.into_iter().chain(object.fields.iter().map(|field| field.name.as_str()));
        let only = object.closed.then(|| self.call("only", names.map(|name| Literal::Text(name.to_owned()))));
        self.all(check, only)
    }

    fn field(&mut self, field: &Field) -> Literal {
        let check = self.check(&field.ty);
        if field.optional || field.default.is_some() { self.call("optional", [check]) } else { check }
    }

    fn sized(&mut self, name: &'static str, inner: &Type, (min, max): (Option<u32>, Option<u32>)) -> Literal {
        let inner = self.check(inner);
        let bounds = bounds(min, max, "0", |bound| Literal::Number(bound.to_string()));
        self.call(name, [inner].into_iter().chain(bounds))
    }

    fn json(&mut self, schema: &JsonSchema) -> Literal {
        let types: BTreeSet<&str> = schema.references().into_iter().collect();
        let types = types.into_iter().map(|name| (name.to_owned(), Literal::Expression(format!("() => {}", self.local(check_name(name))))));
        let types = types.collect::<Vec<_>>();
        let mut formats = BTreeSet::new();
        schema.each(&mut |schema| formats.extend(schema.rules().and_then(|rules| rules.format)));
        let formats = formats.into_iter().map(|format| (format.name().to_owned(), self.constant(format_name(format))));
        let scope = [("types", types), ("formats", formats.collect())];
        let scope: Vec<_> = scope
            .into_iter()
            .filter(|(_, entries)| !entries.is_empty())
            .map(|(key, entries)| (key.to_owned(), Literal::Object(entries)))
            .collect();
        // A schema is maps with text keys and finite numbers: nothing in it can fail to serialise.
        let schema = Literal::json(&serde_json::to_value(schema).unwrap_or_default().into());
        self.call("json", [schema].into_iter().chain((!scope.is_empty()).then_some(Literal::Object(scope))))
    }

    /// The JSON types that values of a type have; none for those of every JSON type at once, which no choice has.
    fn json_types(&self, ty: &Type) -> Vec<&'static str> {
        match self.contract.resolve(ty) {
            Some(Type::Nullable { of }) => [vec!["null"], self.json_types(of)].concat(),
            Some(Type::Choice { of }) => of.iter().flat_map(|ty| self.json_types(ty)).collect(),
            Some(Type::Boolean) => vec!["boolean"],
            Some(Type::Integer { .. } | Type::Number { .. }) => vec!["number"],
            Some(Type::List { .. } | Type::Tuple { .. }) => vec!["array"],
            Some(Type::Object(_) | Type::Union { .. } | Type::Map { .. }) => vec!["object"],
            Some(Type::String { .. } | Type::DateTime | Type::Uuid | Type::Int64 { .. } | Type::Enum { .. }) => vec!["string"],
            _ => Vec::new(),
        }
    }

    fn is_later(&self, name: &str) -> bool {
        self.order.position(name) >= self.at
    }

    /// Mentions a constant of the module.
    fn local(&mut self, name: String) -> String {
        self.uses.locals.insert(name.clone());
        name
    }

    fn constant(&mut self, name: &'static str) -> Literal {
        self.uses.imports.insert(name);
        Literal::Expression(name.to_owned())
    }

    fn call(&mut self, name: &'static str, arguments: impl IntoIterator<Item = Literal>) -> Literal {
        self.uses.imports.insert(name);
        Literal::Call(name, arguments.into_iter().collect())
    }

    /// A check and what else has to hold.
    fn all(&mut self, check: Literal, more: impl IntoIterator<Item = Literal>) -> Literal {
        let mut more = more.into_iter().peekable();
        if more.peek().is_none() { check } else { self.call("all", [check].into_iter().chain(more)) }
    }
}

/// The import statement of functions of the runtime.
fn import(names: &BTreeSet<&'static str>) -> Vec<String> {
    if names.is_empty() {
        return Vec::new();
    }
    let names: Vec<&str> = names.iter().copied().collect();
    let line = format!("import {{ {} }} from \"./runtime/checks.js\";", names.join(", "));
    let line = if line.len() > WIDTH { format!("import {{\n  {},\n}} from \"./runtime/checks.js\";", names.join(",\n  ")) } else { line };
    vec![line]
}

/// The constant that holds the check of a named type. Types begin with a capital, so this is neither one of theirs nor of the runtime's.
fn check_name(name: &str) -> String {
    format!("is{name}")
}

/// The constant that holds what fills in the defaults of a named type.
fn fill_name(name: &str) -> String {
    format!("fill{name}")
}

/// Two bounds as arguments: a word stands for the first where there is none, and the end of the list for the second.
fn bounds<T: Copy>(min: Option<T>, max: Option<T>, lowest: &str, print: impl Fn(T) -> Literal) -> Vec<Literal> {
    let min_or = min.map_or_else(|| Literal::Expression(lowest.to_owned()), &print);
    match (min, max) {
        (None, None) => Vec::new(),
        (_, None) => vec![min_or],
        (_, Some(max)) => vec![min_or, print(max)],
    }
}

/// The check of the runtime for texts of a format.
const fn format_name(format: Format) -> &'static str {
    match format {
        Format::DateTime => "asDateTime",
        Format::Date => "asDate",
        Format::Uuid => "asUuid",
        Format::Email => "asEmail",
        Format::Uri => "asUri",
        Format::Ipv4 => "asIpv4",
        Format::Ipv6 => "asIpv6",
    }
}
