//! Structs and enums: payload types and events.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Attribute, Fields, FieldsNamed, Generics, Item, ItemEnum, ItemStruct, Lit};

use super::Spot;
use super::attributes::{self, Argument, Value};
use super::surface::{Body, EventSurface, FieldSurface, Surface, TypeSurface};
use super::types::{self, Known};
use super::{payload_of, span_of};
use crate::assemble::{Draft, DraftEvent, DraftType};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean_or_known};
use crate::names::Case;
use crate::{EnumValue, Event, Field, NamedType, Object, Publishers, Type, Variant};

/// Reads items into a draft, one after the other.
pub(super) struct Reader<'a> {
    pub(super) known: &'a Known,
    pub(super) draft: &'a mut Draft<Spot>,
    pub(super) diagnostics: &'a mut Diagnostics<Spot>,
}

/// What the serde attributes of an item say.
#[derive(Default)]
struct Serde {
    rename: Option<String>,
    rename_all: Option<Case>,
    rename_all_fields: Option<Case>,
    tag: Option<String>,
    closed: bool,
}

/// Where a serde attribute stands decides what it may say.
#[derive(Clone, Copy)]
struct Allowed(&'static [&'static str]);

const ON_STRUCT: Allowed = Allowed(&["rename_all", "deny_unknown_fields"]);
const ON_NEWTYPE: Allowed = Allowed(&["transparent"]);
const ON_ENUM: Allowed = Allowed(&["rename_all", "rename_all_fields", "tag", "deny_unknown_fields"]);
const ON_VARIANT: Allowed = Allowed(&["rename", "rename_all"]);
const ON_FIELD: Allowed = Allowed(&["rename"]);

/// What was read of a named field: how it travels, and how the expansion writes it.
type ReadFields = (Vec<Field>, Vec<FieldSurface>);

impl Reader<'_> {
    pub(super) fn item(&mut self, item: &Item) -> Surface {
        match item {
            Item::Struct(item) if has(&item.attrs, "channel") => Surface::Other,
            Item::Struct(item) => self.item_struct(item),
            Item::Enum(item) => self.item_enum(item),
            Item::Use(_) | Item::Impl(_) => Surface::Other,
            other => {
                let error =
                    Diagnostic::error(Code::WrongItem, span_of(other), "only structs, enums, `use` and `impl` stand in an events module");
                self.diagnostics.push(error.help("move this out of the module"));
                Surface::Other
            }
        }
    }

    fn item_struct(&mut self, item: &ItemStruct) -> Surface {
        self.outside(&item.attrs, &item.generics);
        let description = attributes::documentation(&item.attrs);
        let (ty, body) = match &item.fields {
            Fields::Unit => {
                self.serde(&item.attrs, Allowed(&[]));
                (None, Body::Unit)
            }
            Fields::Unnamed(fields) => {
                self.serde(&item.attrs, ON_NEWTYPE);
                let (1, Some(field)) = (fields.unnamed.len(), fields.unnamed.first()) else {
                    let error = Diagnostic::error(
                        Code::TupleStruct,
                        Spot::of(fields),
                        "a tuple struct with several fields has no form in JSON here",
                    );
                    self.diagnostics.push(error.help("name the fields"));
                    return Surface::Other;
                };
                self.serde(&field.attrs, Allowed(&[]));
                let Some(read) = types::field(&item.ident, field, self.known, self.diagnostics) else { return Surface::Other };
                if read.optional {
                    let error = Diagnostic::error(Code::NoWireForm, Spot::of(&field.ty), "only a named field can be absent");
                    self.diagnostics.push(error.help("write `Nullable<…>` for a value that may be null"));
                    return Surface::Other;
                }
                let surface = FieldSurface { wire: String::new(), optional: false, int64: read.int64, belief: Some(read.belief) };
                (Some(read.ty), Body::Newtype(surface))
            }
            Fields::Named(fields) => {
                let serde = self.serde(&item.attrs, ON_STRUCT);
                let (object, surface) = self.fields(&item.ident, fields, serde.rename_all.unwrap_or(Case::Camel));
                (
                    Some(Type::Object(Object { fields: object, closed: serde.closed })),
                    Body::Struct { fields: surface, closed: serde.closed },
                )
            }
        };
        self.register(&item.ident, &item.attrs, description, ty, body)
    }

    fn item_enum(&mut self, item: &ItemEnum) -> Surface {
        self.outside(&item.attrs, &item.generics);
        let description = attributes::documentation(&item.attrs);
        let serde = self.serde(&item.attrs, ON_ENUM);
        if item.variants.is_empty() {
            self.diagnostics.push(
                Diagnostic::error(Code::EmptyRange, item.ident.span(), "an enum without variants has no value").help("add a variant"),
            );
            return Surface::Other;
        }
        let plain = item.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit));
        let case = serde.rename_all.unwrap_or(Case::Camel);
        let (ty, body) = match serde.tag {
            None if plain => self.plain_enum(item, case),
            None => {
                let error = Diagnostic::error(
                    Code::Untagged,
                    item.ident.span(),
                    format!("`{}` has variants with data and no tag to tell them apart", item.ident),
                );
                self.diagnostics.push(error.help("add `#[serde(tag = \"type\")]`"));
                return Surface::Other;
            }
            Some(tag) => {
                let fields_case = serde.rename_all_fields.unwrap_or(Case::Camel);
                self.union(item, &tag, case, fields_case, serde.closed)
            }
        };
        self.register(&item.ident, &item.attrs, description, Some(ty), body)
    }

    fn plain_enum(&mut self, item: &ItemEnum, case: Case) -> (Type, Body) {
        let mut values: Vec<EnumValue> = Vec::new();
        for variant in &item.variants {
            self.outside(&variant.attrs, &Generics::default());
            let serde = self.serde(&variant.attrs, Allowed(&["rename"]));
            let value = serde.rename.unwrap_or_else(|| case.of_variant(&variant.ident.unraw().to_string()));
            if values.iter().any(|other| other.value == value) {
                self.duplicate(variant.ident.span(), &value);
            }
            values.push(EnumValue { value, description: attributes::documentation(&variant.attrs) });
        }
        let surface = values.iter().map(|value| value.value.clone()).collect();
        (Type::Enum { values, open: false }, Body::Enum(surface))
    }

    fn union(&mut self, item: &ItemEnum, tag: &str, case: Case, fields_case: Case, closed: bool) -> (Type, Body) {
        let mut variants: Vec<Variant> = Vec::new();
        let mut surface = Vec::new();
        for variant in &item.variants {
            self.outside(&variant.attrs, &Generics::default());
            let serde = self.serde(&variant.attrs, ON_VARIANT);
            let value = serde.rename.unwrap_or_else(|| case.of_variant(&variant.ident.unraw().to_string()));
            if variants.iter().any(|other| other.value == value) {
                self.duplicate(variant.ident.span(), &value);
            }
            let (fields, fields_surface) = match &variant.fields {
                Fields::Unit => (Vec::new(), Vec::new()),
                Fields::Named(fields) => self.fields(&item.ident, fields, serde.rename_all.unwrap_or(fields_case)),
                Fields::Unnamed(fields) => {
                    let error = Diagnostic::error(Code::TupleStruct, Spot::of(fields), "a variant of a tagged enum names its fields");
                    self.diagnostics.push(error.help(format!("write `{} {{ … }}`", variant.ident)));
                    (Vec::new(), Vec::new())
                }
            };
            if fields.iter().any(|field| field.name == tag) {
                let error = Diagnostic::error(
                    Code::DuplicateName,
                    variant.ident.span(),
                    format!("a field of `{}` has the name of the tag, `{tag}`", variant.ident),
                );
                self.diagnostics.push(error.help("rename one of them"));
            }
            variants.push(Variant {
                value: value.clone(),
                description: attributes::documentation(&variant.attrs),
                deprecated: None,
                object: Object { fields, closed },
            });
            surface.push((value, fields_surface));
        }
        (Type::Union { tag: tag.to_owned(), variants, open: false }, Body::Union { tag: tag.to_owned(), variants: surface, closed })
    }

    fn fields(&mut self, item: &Ident, fields: &FieldsNamed, case: Case) -> ReadFields {
        let mut wire: Vec<Field> = Vec::new();
        let mut surface = Vec::new();
        for field in &fields.named {
            self.outside(&field.attrs, &Generics::default());
            let Some(ident) = &field.ident else { continue };
            let serde = self.serde(&field.attrs, ON_FIELD);
            let name = serde.rename.unwrap_or_else(|| case.of_field(&ident.unraw().to_string()));
            if wire.iter().any(|other| other.name == name) {
                self.duplicate(ident.span(), &name);
            }
            let read = types::field(item, field, self.known, self.diagnostics);
            let (optional, int64) = read.as_ref().map_or((false, false), |read| (read.optional, read.int64));
            let (ty, belief) = read.map_or((Type::Any, None), |read| (read.ty, Some(read.belief)));
            wire.push(Field {
                name: name.clone(),
                description: attributes::documentation(&field.attrs),
                deprecated: None,
                optional,
                default: None,
                ty,
            });
            surface.push(FieldSurface { wire: name, optional, int64, belief });
        }
        (wire, surface)
    }

    /// Puts a type, and the event that it may be, into the draft.
    fn register(&mut self, ident: &Ident, attributes: &[Attribute], description: Option<String>, ty: Option<Type>, body: Body) -> Surface {
        let name = ident.unraw().to_string();
        let event = self.event(ident, attributes, description.clone(), ty.is_none());
        if event.is_none() && ty.is_none() {
            let error = Diagnostic::error(Code::WrongItem, ident.span(), format!("`{name}` carries nothing and is no event"));
            self.diagnostics.push(error.help("give it `#[event(\"…\")]`: a unit struct is a signal"));
            return Surface::Other;
        }
        let wraps_named = event.is_some() && self.known.types.get(&name).is_some_and(Option::is_some);
        if let Some(ty) = ty.filter(|_| !wraps_named) {
            self.draft.types.push(DraftType { named: NamedType { name, description, deprecated: None, ty }, place: ident.span().into() });
        }
        Surface::Type(TypeSurface { event, body })
    }

    fn event(&mut self, ident: &Ident, attributes: &[Attribute], description: Option<String>, signal: bool) -> Option<EventSurface> {
        let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("event"))?;
        let mut name: Option<(String, Spot)> = None;
        let mut publish = Publishers::SERVER;
        let mut transient = false;
        for argument in attributes::arguments_of(attribute, self.diagnostics) {
            match (argument.key().as_str(), &argument.value) {
                ("", Value::Literal(Lit::Str(text))) if name.is_none() => name = Some((text.value(), text.span().into())),
                ("publish", _) => publish = publishers(argument, self.diagnostics),
                ("history", Value::Path(path)) if path.is_ident("off") => transient = true,
                ("history", _) => {
                    let error = Diagnostic::error(Code::BadHistory, argument.span, "the history of an event can only be `off`");
                    self.diagnostics.push(error.help("how much is kept is said on the channel: `history(max = 500, ttl = \"7d\")`"));
                }
                ("latest", _) => self.not_yet(argument.span, "keep-latest events"),
                _ => argument.unknown(&["publish", "history"], self.diagnostics),
            }
        }
        let (name, place) = name.unwrap_or_else(|| {
            let error = Diagnostic::error(Code::MissingKey, attribute.path().span(), "the name on the wire comes first");
            let example = crate::names::camel(&ident.to_string());
            self.diagnostics.push(error.help(format!("write `#[event(\"{example}\")]`")));
            (crate::names::camel(&ident.to_string()), ident.span().into())
        });
        let payload = (!signal).then(|| payload_of(&ident.unraw().to_string(), self.known));
        let event = Event { name: name.clone(), description, deprecated: None, publish, transient, payload };
        self.draft.events.push(DraftEvent { event, place, shared: None });
        Some(EventSurface { name, server: publish.server })
    }

    fn not_yet(&mut self, span: Spot, what: &str) {
        self.diagnostics.push(Diagnostic::error(Code::NotYet, span, format!("{what} are not supported yet")).help("leave it out for now"));
    }

    fn duplicate(&mut self, span: Span, name: &str) {
        let error = Diagnostic::error(Code::DuplicateName, span, format!("`{name}` stands twice on the wire"));
        self.diagnostics.push(error.help("rename one of them: `#[serde(rename = \"…\")]`"));
    }

    /// What no item of an events module may carry: generics, and attributes that decide at compile time what is there.
    fn outside(&mut self, attributes: &[Attribute], generics: &Generics) {
        if !generics.params.is_empty() {
            let error = Diagnostic::error(Code::Generic, Spot::of(generics), "an item of an events module has no generics");
            self.diagnostics.push(error.help("write one type for each payload, with owned fields"));
        }
        for attribute in attributes {
            if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
                let error = Diagnostic::error(Code::WrongAttribute, attribute.path().span(), "a contract is the same in every build");
                self.diagnostics.push(error.help("remove the condition, or put it on the whole module"));
            } else if attribute.path().is_ident("deprecated") {
                self.not_yet(Spot::of(attribute.path()), "deprecations");
            }
        }
    }

    fn serde(&mut self, attributes: &[Attribute], allowed: Allowed) -> Serde {
        let mut serde = Serde::default();
        for argument in attributes::collect(attributes, "serde", self.diagnostics) {
            let key = argument.key();
            if !allowed.0.contains(&key.as_str()) {
                self.refuse_serde(&argument, allowed);
                continue;
            }
            match key.as_str() {
                "deny_unknown_fields" => serde.closed = true,
                "transparent" => {}
                "rename" => serde.rename = argument.text(self.diagnostics).map(|text| text.value()),
                "tag" => serde.tag = argument.text(self.diagnostics).map(|text| text.value()),
                "rename_all" => serde.rename_all = self.case(&argument),
                _ => serde.rename_all_fields = self.case(&argument),
            }
        }
        serde
    }

    fn case(&mut self, argument: &Argument) -> Option<Case> {
        let text = argument.text(self.diagnostics)?;
        let case = Case::NAMES.iter().find(|(name, _)| *name == text.value()).map(|(_, case)| *case);
        if case.is_none() {
            let known = Case::NAMES.map(|(name, _)| name);
            let error = Diagnostic::error(Code::WrongAttribute, text.span(), format!("`{}` is not a spelling rule", text.value()));
            self.diagnostics.push(error.help(did_you_mean_or_known(&text.value(), &known)));
        }
        case
    }

    fn refuse_serde(&mut self, argument: &Argument, allowed: Allowed) {
        let key = argument.key();
        let help = match key.as_str() {
            "default" | "skip_serializing_if" => "leave it out: an `Option<…>` field may be absent by itself".to_owned(),
            "flatten" => "write the fields here".to_owned(),
            "untagged" | "content" => "only a tag inside the object is supported: `#[serde(tag = \"type\")]`".to_owned(),
            _ if allowed.0.is_empty() => "no serde attribute is honoured here".to_owned(),
            _ => did_you_mean_or_known(&key, allowed.0),
        };
        self.diagnostics.push(Diagnostic::error(Code::SerdeAttribute, argument.span, format!("`{key}` is not honoured here")).help(help));
    }
}

pub(super) fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident(name))
}

/// `publish(server, client)`
pub(super) fn publishers(argument: Argument, diagnostics: &mut Diagnostics<Spot>) -> Publishers {
    let span = argument.span;
    let mut publish = Publishers { server: false, client: false };
    for who in argument.list(diagnostics) {
        match who.key().as_str() {
            "server" => publish.server = true,
            "client" => publish.client = true,
            _ => who.unknown(&["server", "client"], diagnostics),
        }
    }
    if !publish.server && !publish.client {
        diagnostics.push(
            Diagnostic::error(Code::WrongAttribute, span, "nobody may publish this")
                .help("write `publish(server)`, `publish(client)` or both"),
        );
        return Publishers::SERVER;
    }
    publish
}
