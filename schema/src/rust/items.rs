//! Structs and enums: payload types, and what makes them events, calls or parts of a connection.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Attribute, Fields, FieldsNamed, Generics, Item, ItemStruct};

use super::Spot;
use super::attributes;
use super::defaults;
use super::markers::{self, Role};
use super::serde::{self, Omit, Serde};
use super::shapes::{Part, Parts, Reason, Shape, Shaped};
use super::surface::{Body, ConnectionSurface, DefaultSurface, FieldSurface, Surface, TypeSurface};
use super::types::{self, Concluded, Known};
use super::{HELPERS, span_of};
use crate::assemble::Draft;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::json::Value;
use crate::names::Case;
use crate::{Field, NamedType, Type};

/// Reads items into a draft, one after the other.
pub(super) struct Reader<'a> {
    pub(super) known: &'a Known,
    pub(super) draft: &'a mut Draft<Spot>,
    pub(super) diagnostics: &'a mut Diagnostics<Spot>,
    /// The types read so far.
    pub(super) shapes: Vec<Shape>,
    /// The defaults read so far, each with its type and its place.
    pub(super) defaults: Vec<(Type, Value, Spot)>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(known: &'a Known, draft: &'a mut Draft<Spot>, diagnostics: &'a mut Diagnostics<Spot>) -> Self {
        Self { known, draft, diagnostics, shapes: Vec::new(), defaults: Vec::new() }
    }

    pub(super) fn item(&mut self, item: &Item) -> Surface {
        match item {
            Item::Struct(item) if has(&item.attrs, "channel") => {
                self.outside(&item.attrs, &item.generics);
                self.misplaced(&item.attrs, &["event", "channel", "call", "connection"], "a struct");
                self.not_open(&item.attrs);
                self.serde(&item.attrs, serde::NOTHING);
                item.fields.iter().for_each(|field| self.inside(&field.attrs));
                Surface::Other
            }
            Item::Struct(item) => self.item_struct(item),
            Item::Enum(item) => self.item_enum(item),
            Item::Type(item) if has(&item.attrs, "live") => {
                self.misplaced(&item.attrs, &["live"], "a live query");
                self.serde(&item.attrs, serde::NOTHING);
                self.outside(&item.attrs, &item.generics)
            }
            Item::Use(_) | Item::Impl(_) => Surface::Other,
            other => {
                let error =
                    Diagnostic::error(Code::WrongItem, span_of(other), "only structs, enums, `use` and `impl` stand in an events module");
                self.diagnostics.push(error.help(match other {
                    Item::Type(_) => "write the type where it is used, or name a live query: `#[live(name = \"…\", channel = …)]`",
                    _ => "move this out of the module",
                }));
                Surface::Other
            }
        }
    }

    fn item_struct(&mut self, item: &ItemStruct) -> Surface {
        self.outside(&item.attrs, &item.generics);
        self.misplaced(&item.attrs, &["event", "call", "connection"], "a struct");
        self.not_open(&item.attrs);
        let (shape, body) = match &item.fields {
            Fields::Unit => {
                self.serde(&item.attrs, serde::NOTHING);
                (None, Body::Unit)
            }
            Fields::Unnamed(fields) => {
                self.serde(&item.attrs, serde::ON_NEWTYPE);
                let (1, Some(field)) = (fields.unnamed.len(), fields.unnamed.first()) else {
                    let error = Diagnostic::error(
                        Code::TupleStruct,
                        Spot::of(fields),
                        "a tuple struct with several fields has no form in JSON here",
                    );
                    let types: Vec<String> = fields.unnamed.iter().map(|field| spelled(&field.ty)).collect();
                    self.diagnostics.push(error.help(format!("name the fields, or wrap a tuple: `({})`", types.join(", "))));
                    return Surface::Other;
                };
                let Some((ty, surface)) = self.lone(&item.ident, field) else { return Surface::Other };
                (Some(Shaped::Done(ty)), Body::Newtype(surface))
            }
            Fields::Named(fields) => {
                let serde = self.serde(&item.attrs, serde::ON_STRUCT);
                let (parts, surface) = self.fields(&item.ident, fields, serde.rename_all.unwrap_or(Case::Camel), serde.closed);
                let closed = parts.closed;
                (Some(Shaped::Object(parts)), Body::Struct { fields: surface, closed })
            }
        };
        self.register(&item.ident, &item.attrs, shape, body)
    }

    /// Reads a field without a name, which is the whole value.
    pub(super) fn lone(&mut self, item: &Ident, field: &syn::Field) -> Option<(Type, FieldSurface)> {
        self.inside(&field.attrs);
        self.serde(&field.attrs, serde::NOTHING);
        if has(&field.attrs, "deprecated") {
            let error = Diagnostic::error(Code::WrongAttribute, Spot::of(&field.ty), "a field without a name is not deprecated by itself");
            self.diagnostics.push(error.help("deprecate the whole item"));
        }
        let mut read = types::field(item, (&field.ty, &field.attrs), self.known, self.diagnostics)?;
        defaults::refuse(&mut read, "a value without a name is never absent", "give the field that holds it a default", self.diagnostics);
        if read.optional {
            let error = Diagnostic::error(Code::NoWireForm, Spot::of(&field.ty), "only a named field can be absent");
            self.diagnostics.push(error.help("write `Nullable<…>` for a value that may be null"));
            return None;
        }
        Some((read.ty, FieldSurface { int64: read.int64, belief: Some(read.belief), ..FieldSurface::default() }))
    }

    /// Reads named fields: how each travels, and how the expansion writes it.
    pub(super) fn fields(&mut self, item: &Ident, fields: &FieldsNamed, case: Case, closed: Option<Spot>) -> (Parts, Vec<FieldSurface>) {
        let mut parts = Parts { list: Vec::new(), closed: closed.is_some() };
        let mut surface = Vec::new();
        for field in &fields.named {
            self.inside(&field.attrs);
            let Some(ident) = &field.ident else { continue };
            let serde = self.serde(&field.attrs, serde::ON_FIELD);
            if serde.skip.is_some() {
                surface.push(self.skipped(field, &serde));
                continue;
            }
            let read = types::field(item, (&field.ty, &field.attrs), self.known, self.diagnostics);
            if let Some(span) = serde.flatten {
                if let Some(place) = closed {
                    let error = Diagnostic::error(Code::SerdeAttribute, span, "a struct that refuses unknown fields flattens nothing");
                    let error = error.label("flattened here").also(place, "refused here");
                    self.diagnostics.push(error.help("write the fields here, or take `deny_unknown_fields` away"));
                }
                surface.extend(read.and_then(|read| self.flattened(read, &serde, ident, &mut parts)));
                continue;
            }
            let wire = serde.rename.clone().unwrap_or_else(|| case.of_field(&ident.unraw().to_string()));
            let (mut ty, mut written) = (Type::Any, FieldSurface { wire: Some(wire.clone()), ..FieldSurface::default() });
            let mut default = None;
            if let Some(mut read) = read {
                if let Some((value, surface, place)) = defaults::of(&mut read, serde.default, self.diagnostics) {
                    self.defaults.push((read.ty.clone(), value.clone(), place));
                    (default, written.default) = (Some(value), Some(surface));
                }
                written.omits_empty = self.omits_empty(&read, &serde, written.default.as_ref());
                (written.optional, written.int64, written.belief) = (read.optional, read.int64, Some(read.belief));
                ty = read.ty;
            }
            let (description, deprecated) = (attributes::documentation(&field.attrs), attributes::deprecated(&field.attrs));
            let field = Field { name: wire, description, deprecated, optional: written.optional, default, ty };
            parts.list.push(Part::Field(field, ident.span().into()));
            surface.push(written);
        }
        (parts, surface)
    }

    /// A field that stays in Rust: whatever its type is.
    fn skipped(&mut self, field: &syn::Field, serde: &Serde) -> FieldSurface {
        let beside = serde.rename.is_some() || serde.default.is_some() || serde.flatten.is_some() || serde.omit.is_some();
        if let Some(span) = serde.skip.filter(|_| beside || has(&field.attrs, "rt")) {
            let error = Diagnostic::error(Code::SerdeAttribute, span, "a field that is not on the wire needs no other attribute");
            self.diagnostics.push(error.help("keep `skip` alone: Rust's `Default` fills the field"));
        }
        FieldSurface { skipped: true, ..FieldSurface::default() }
    }

    /// A field whose own fields stand in its place.
    fn flattened(&mut self, mut read: Concluded, serde: &Serde, ident: &Ident, parts: &mut Parts) -> Option<FieldSurface> {
        let help = "the fields inside have their own";
        defaults::refuse(&mut read, "a flattened struct is not a field, and has no default", help, self.diagnostics);
        if let Some(span) = serde.default.or(serde.omit.map(|(_, span)| span)).filter(|_| !read.optional) {
            let error = Diagnostic::error(Code::SerdeAttribute, span, "a flattened struct is not a field, and is never left out");
            self.diagnostics.push(error.help(help));
        }
        if serde.rename.is_some() {
            let error = Diagnostic::error(Code::SerdeAttribute, ident.span(), "a flattened struct has no name on the wire");
            self.diagnostics.push(error.help("take `rename` away"));
        }
        if read.optional || !matches!(read.ty, Type::Ref { .. }) {
            let error = Diagnostic::error(Code::SerdeAttribute, ident.span(), "only a struct of this module can be flattened");
            self.diagnostics.push(error.help("without `Option`: make the fields inside optional instead; a map needs a field of its own"));
            return None;
        }
        parts.list.push(Part::Fields(read.ty, ident.span().into(), Reason::Flatten));
        Some(FieldSurface { flattened: true, belief: Some(read.belief), ..FieldSurface::default() })
    }

    /// Whether an empty list is left out, as `skip_serializing_if` says.
    fn omits_empty(&mut self, read: &Concluded, serde: &Serde, default: Option<&DefaultSurface>) -> bool {
        let Some((omit, span)) = serde.omit else { return false };
        let (fits, message, help) = match omit {
            Omit::None => (read.optional, "this field is no `Option`", "take the attribute away"),
            Omit::Empty if !matches!(read.ty, Type::List { .. }) || read.optional => {
                (false, "this field is no `Vec`", "take the attribute away")
            }
            Omit::Empty => {
                let empty = match default {
                    Some(DefaultSurface::Own) => true,
                    Some(DefaultSurface::Json(json)) => json == "[]",
                    None => false,
                };
                (
                    empty,
                    "a list that is left out has to come back",
                    "add `default`: `#[serde(default, skip_serializing_if = \"Vec::is_empty\")]`",
                )
            }
        };
        if !fits {
            self.diagnostics.push(Diagnostic::error(Code::SerdeAttribute, span, message).help(help));
        }
        fits && omit == Omit::Empty
    }

    /// Puts a type, and what it is besides, into the draft.
    pub(super) fn register(&mut self, ident: &Ident, attributes: &[Attribute], shape: Option<Shaped>, body: Body) -> Surface {
        let name = ident.unraw().to_string();
        let (description, deprecated) = (attributes::documentation(attributes), attributes::deprecated(attributes));
        let role = markers::Reader { known: self.known, draft: self.draft, diagnostics: self.diagnostics }.role(
            ident,
            attributes,
            (description.clone(), deprecated.clone()),
            shape.is_none(),
        );
        if role.is_none() && shape.is_none() {
            let error = Diagnostic::error(Code::WrongItem, ident.span(), format!("`{name}` carries nothing and is no event"));
            self.diagnostics.push(error.help("give it `#[event(\"…\")]`: a unit struct is a signal"));
            return Surface::Other;
        }
        let wraps_named = role.is_some() && self.known.types.get(&name).is_some_and(Option::is_some);
        if let Some(body) = shape.filter(|_| !wraps_named) {
            let named = NamedType { name, description, deprecated, ty: Type::Any };
            self.shapes.push(Shape { named, place: ident.span().into(), body });
        }
        let mut surface = TypeSurface { event: None, call: None, connection: ConnectionSurface::default(), body };
        match role {
            Some(Role::Event(event)) => surface.event = Some(event),
            Some(Role::Call(call)) => surface.call = Some(call),
            Some(Role::Connection(connection)) => surface.connection = connection,
            None => {}
        }
        Surface::Type(surface)
    }

    /// What no item of an events module may carry: generics, and attributes that decide at compile time what is there.
    pub(super) fn outside(&mut self, attributes: &[Attribute], generics: &Generics) -> Surface {
        if !generics.params.is_empty() {
            let error = Diagnostic::error(Code::Generic, Spot::of(generics), "an item of an events module has no generics");
            self.diagnostics.push(error.help("write one type for each payload, with owned fields"));
        }
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr")) {
            let error = Diagnostic::error(Code::WrongAttribute, attribute.path().span(), "a contract is the same in every build");
            self.diagnostics.push(error.help("remove the condition, or put it on the whole module"));
        }
        Surface::Other
    }

    /// What no variant and no field may carry.
    pub(super) fn inside(&mut self, attributes: &[Attribute]) {
        self.outside(attributes, &Generics::default());
        self.misplaced(attributes, &[], "a field or a variant");
    }

    /// Reports attributes of ours that mean nothing on `what`, or that stand there twice.
    pub(super) fn misplaced(&mut self, attributes: &[Attribute], allowed: &[&str], what: &str) {
        let mut seen: Vec<&str> = Vec::new();
        for attribute in attributes {
            let Some(name) = HELPERS.iter().find(|helper| attribute.path().is_ident(helper)) else { continue };
            let repeats = !["rt", "serde"].contains(name) && seen.contains(name);
            if repeats {
                let error = Diagnostic::error(Code::WrongAttribute, attribute.path().span(), format!("`#[{name}]` stands here twice"));
                self.diagnostics.push(error.help("keep one of them"));
            } else if !allowed.contains(name) && !["rt", "serde"].contains(name) {
                let error =
                    Diagnostic::error(Code::WrongAttribute, attribute.path().span(), format!("`#[{name}]` means nothing on {what}"));
                self.diagnostics.push(error.help(place_of(name)));
            }
            seen.push(name);
        }
    }

    /// `#[rt(…)]` on a struct says nothing.
    fn not_open(&mut self, attributes: &[Attribute]) {
        for argument in attributes::collect(attributes, "rt", self.diagnostics) {
            let error = Diagnostic::error(Code::WrongAttribute, argument.span, format!("`{}` cannot stand on a struct", argument.key()));
            self.diagnostics
                .push(error.help("constraints stand on fields, and in a newtype on its field: `pub struct Name(#[rt(…)] pub String);`"));
        }
    }

    pub(super) fn serde(&mut self, attributes: &[Attribute], allowed: serde::Allowed) -> Serde {
        serde::read(attributes, allowed, self.diagnostics)
    }
}

/// Where an attribute of ours stands.
fn place_of(name: &str) -> &'static str {
    match name {
        "channel" => "it makes a struct a channel",
        "live" => "it stands on a type alias: `#[live(channel = Board)] pub type BoardCards = Vec<Card>;`",
        _ => "it stands on a struct or an enum",
    }
}

/// A type as people write it.
pub(super) fn spelled(ty: &syn::Type) -> String {
    quote::ToTokens::to_token_stream(ty).to_string().replace(' ', "").replace(',', ", ")
}

pub(super) fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident(name))
}
