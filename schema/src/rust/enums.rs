//! Enums: values, unions with a tag, choices without one.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::{Attribute, Fields, ItemEnum};

use super::Spot;
use super::attributes::{self, Value};
use super::items::{Reader, has};
use super::serde::{self, Serde};
use super::shapes::{Part, Parts, Reason, Shape, Shaped, duplicate};
use super::surface::{Body, FieldSurface, Surface};
use super::types::World;
use crate::diagnostic::{Code, Diagnostic};
use crate::names::Case;
use crate::{EnumValue, Field, NamedType, Object, Type, Variant};

/// The variant that `#[rt(open)]` adds.
const UNKNOWN: &str = "Unknown";

impl Reader<'_> {
    pub(super) fn item_enum(&mut self, item: &ItemEnum) -> Surface {
        self.outside(&item.attrs, &item.generics);
        self.misplaced(&item.attrs, &["event", "call", "connection"], "an enum");
        let serde = self.serde(&item.attrs, serde::ON_ENUM);
        let open = self.open(item, &serde);
        // Where a derive cannot add the variant, it stands there already.
        let listed = (open && self.known.world != World::Module).then(|| without_unknown(item));
        let item = listed.as_ref().unwrap_or(item);
        if item.variants.is_empty() {
            self.diagnostics.push(
                Diagnostic::error(Code::EmptyRange, item.ident.span(), "an enum without variants has no value").help("add a variant"),
            );
            return Surface::Other;
        }
        for variant in &item.variants {
            self.inside(&variant.attrs);
            for argument in attributes::collect(&variant.attrs, "rt", self.diagnostics) {
                let error =
                    Diagnostic::error(Code::WrongAttribute, argument.span, format!("`{}` cannot stand on a variant", argument.key()));
                self.diagnostics.push(error.help("`open` stands on the enum, constraints on fields"));
            }
        }
        let plain = item.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit));
        let read = match (&serde.tag, serde.untagged) {
            (Some(_), Some(span)) => {
                let error = Diagnostic::error(Code::SerdeAttribute, span, "an enum has a tag or none");
                self.diagnostics.push(error.help("keep `tag` or `untagged`"));
                None
            }
            (Some(tag), None) => Some(self.union(item, &tag.value(), &serde, open)),
            (None, Some(_)) => self.choice(item),
            (None, None) if serde.content.is_some() => {
                let error = Diagnostic::error(Code::Untagged, item.ident.span(), "a `content` without a `tag`");
                self.diagnostics.push(error.help("add `tag = \"type\"`"));
                None
            }
            (None, None) if plain => Some(self.plain_enum(item, serde.rename_all.unwrap_or(Case::Camel), &serde, open)),
            (None, None) => {
                let error = Diagnostic::error(
                    Code::Untagged,
                    item.ident.span(),
                    format!("`{}` has variants with data and no tag to tell them apart", item.ident),
                );
                self.diagnostics.push(error.help("add `#[serde(tag = \"type\")]`"));
                None
            }
        };
        match read {
            Some((shape, body)) => self.register(&item.ident, &item.attrs, Some(shape), body),
            None => Surface::Other,
        }
    }

    /// Whether the enum is open, as `#[rt(open)]` says.
    fn open(&mut self, item: &ItemEnum, serde: &Serde) -> bool {
        let mut open = false;
        for argument in attributes::collect(&item.attrs, "rt", self.diagnostics) {
            if argument.key() != "open" || !matches!(argument.value, Value::Nothing) {
                argument.unknown(&["open"], self.diagnostics);
            } else if serde.untagged.is_some() {
                let error = Diagnostic::error(Code::WrongAttribute, argument.span, "only an enum of values or with a tag can be open");
                self.diagnostics.push(error.help("add a tag: `#[serde(tag = \"type\", content = \"value\")]`"));
            } else {
                open = true;
            }
        }
        if open && self.known.world != World::Module {
            return self.has_unknown(item, serde);
        }
        if open && let Some(variant) = item.variants.iter().find(|variant| variant.ident.unraw() == UNKNOWN) {
            let message = "an open enum has an `Unknown` of its own";
            let help = "call this variant something else, and keep its name on the wire: `#[serde(rename = \"unknown\")]`";
            self.diagnostics.push(Diagnostic::error(Code::DuplicateName, variant.ident.span(), message).help(help));
            open = false;
        }
        if let Some(copy) = derived(&item.attrs, "Copy").filter(|_| open) {
            let error = Diagnostic::error(Code::WrongAttribute, copy, "an open enum keeps what it does not know, and is not `Copy`");
            self.diagnostics.push(error.help("take `Copy` away; `Clone` is derived anyway"));
            open = false;
        }
        open
    }

    /// Whether an enum that is open by a derive has the variant that keeps what it does not know, and has it last.
    fn has_unknown(&mut self, item: &ItemEnum, serde: &Serde) -> bool {
        let (ty, names): (&str, &[&str]) = if serde.tag.is_some() { ("Json", &["Json", "Value"]) } else { ("String", &["String"]) };
        let fine = item.variants.last().is_some_and(|variant| {
            let holds = match &variant.fields {
                Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first().map(|field| &field.ty),
                _ => None,
            };
            variant.ident.unraw() == UNKNOWN
                && matches!(holds, Some(syn::Type::Path(path)) if path.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name)))
        });
        if !fine {
            let message = "a derive cannot add the variant for what an open enum does not know";
            let error = Diagnostic::error(Code::MissingKey, item.ident.span(), message);
            self.diagnostics.push(error.help(format!("write it last: `{UNKNOWN}({ty})`")));
        }
        fine
    }

    fn plain_enum(&mut self, item: &ItemEnum, case: Case, serde: &Serde, open: bool) -> (Shaped, Body) {
        if let Some(span) = serde.closed {
            let error = Diagnostic::error(Code::SerdeAttribute, span, "values have no fields to refuse");
            self.diagnostics.push(error.help("take `deny_unknown_fields` away"));
        }
        let mut values: Vec<(EnumValue, Spot)> = Vec::new();
        for variant in &item.variants {
            let serde = self.serde(&variant.attrs, serde::ON_VALUE);
            let value = serde.rename.unwrap_or_else(|| case.of_variant(&variant.ident.unraw().to_string()));
            if has(&variant.attrs, "deprecated") {
                let error = Diagnostic::error(Code::NotYet, variant.ident.span(), "a value cannot be deprecated by itself yet");
                self.diagnostics.push(error.help("say it in its documentation"));
            }
            if let Some((_, first)) = values.iter().find(|(other, _)| other.value == value) {
                self.diagnostics.push(duplicate(&value, variant.ident.span().into(), *first));
            }
            values.push((EnumValue { value, description: attributes::documentation(&variant.attrs) }, variant.ident.span().into()));
        }
        let values: Vec<EnumValue> = values.into_iter().map(|(value, _)| value).collect();
        let surface = values.iter().map(|value| value.value.clone()).collect();
        (Shaped::Done(Type::Enum { values, open }), Body::Enum { values: surface, open })
    }

    fn union(&mut self, item: &ItemEnum, tag: &str, said: &Serde, open: bool) -> (Shaped, Body) {
        let (case, fields_case) = (said.rename_all.unwrap_or(Case::Camel), said.rename_all_fields.unwrap_or(Case::Camel));
        let content = said.content.as_ref().map(syn::LitStr::value);
        if content.as_deref() == Some(tag) {
            let error = Diagnostic::error(Code::DuplicateName, item.ident.span(), format!("tag and content are both called `{tag}`"));
            self.diagnostics.push(error.help("rename one of them"));
        }
        let mut variants: Vec<(Variant, Parts, Spot)> = Vec::new();
        let mut surface = Vec::new();
        for variant in &item.variants {
            let place: Spot = variant.ident.span().into();
            let serde = self.serde(&variant.attrs, serde::ON_VARIANT);
            let value = serde.rename.unwrap_or_else(|| case.of_variant(&variant.ident.unraw().to_string()));
            if let Some((_, _, first)) = variants.iter().find(|(other, _, _)| other.value == value) {
                self.diagnostics.push(duplicate(&value, place, *first));
            }
            let case = serde.rename_all.unwrap_or(fields_case);
            let (mut parts, fields) = match (&variant.fields, &content) {
                (Fields::Unit, _) => (Parts::default(), Vec::new()),
                (Fields::Named(fields), None) => self.fields(&item.ident, fields, case, said.closed),
                (Fields::Named(fields), Some(content)) => {
                    let (parts, surface) = self.fields(&item.ident, fields, case, said.closed);
                    (self.content_type(item, &variant.ident, content, parts), surface)
                }
                (Fields::Unnamed(fields), content) => {
                    if let (Some(field), 1) = (fields.unnamed.first(), fields.unnamed.len()) {
                        self.newtype_variant(&item.ident, field, content.as_deref())
                    } else {
                        let error = Diagnostic::error(Code::TupleStruct, Spot::of(fields), "a variant of a tagged enum names its fields");
                        self.diagnostics.push(error.help(format!("write `{} {{ … }}`", variant.ident)));
                        (Parts::default(), Vec::new())
                    }
                }
            };
            parts.closed = said.closed.is_some();
            let known = Variant {
                value: value.clone(),
                description: attributes::documentation(&variant.attrs),
                deprecated: attributes::deprecated(&variant.attrs),
                object: Object::default(),
            };
            variants.push((known, parts, place));
            surface.push((value, fields));
        }
        let shape = Shaped::Union { tag: tag.to_owned(), open, variants };
        (shape, Body::Union { tag: tag.to_owned(), content, variants: surface, closed: said.closed.is_some(), open })
    }

    /// `Variant(…)`: a field called like the content, or the fields of a struct beside the tag.
    fn newtype_variant(&mut self, item: &Ident, field: &syn::Field, content: Option<&str>) -> (Parts, Vec<FieldSurface>) {
        let Some((ty, surface)) = self.lone(item, field) else { return (Parts::default(), Vec::new()) };
        let place = Spot::of(&field.ty);
        let part = match (content, &ty) {
            (Some(content), _) => Part::Field(plain_field(content, ty), place),
            (None, Type::Ref { .. }) => Part::Fields(ty, place, Reason::Variant),
            (None, _) => {
                let message = format!("{} cannot stand beside the tag without a name", ty.noun());
                self.diagnostics.push(
                    Diagnostic::error(Code::TupleStruct, place, message)
                        .help("name the field, `Variant { value: … }`, or add `content = \"value\"` to the tag"),
                );
                return (Parts::default(), Vec::new());
            }
        };
        (Parts { list: vec![part], closed: false }, vec![surface])
    }

    /// The fields of a variant as a type of its own, which stands in the content.
    fn content_type(&mut self, item: &ItemEnum, variant: &Ident, content: &str, parts: Parts) -> Parts {
        let name = format!("{}{}", item.ident.unraw(), variant.unraw());
        let named = NamedType { name: name.clone(), description: None, deprecated: None, ty: Type::Any };
        let place: Spot = variant.span().into();
        self.shapes.push(Shape { named, place, body: Shaped::Object(parts) });
        Parts { list: vec![Part::Field(plain_field(content, Type::Ref { name }), place)], closed: false }
    }

    fn choice(&mut self, item: &ItemEnum) -> Option<(Shaped, Body)> {
        let (mut of, mut surface) = (Vec::new(), Vec::new());
        for variant in &item.variants {
            self.serde(&variant.attrs, serde::NOTHING);
            if has(&variant.attrs, "deprecated") {
                let error =
                    Diagnostic::error(Code::NotYet, variant.ident.span(), "a variant without a tag cannot be deprecated by itself yet");
                self.diagnostics.push(error.help("deprecate the type that it holds, or say it in the documentation of the enum"));
            }
            let field = match &variant.fields {
                Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first(),
                _ => None,
            };
            let Some(field) = field else {
                let message = "a variant of an untagged enum holds one value";
                let help =
                    format!("write `{}(String)`, with a struct of this module for several fields; `Nullable<…>` is null", variant.ident);
                self.diagnostics.push(Diagnostic::error(Code::Untagged, variant.ident.span(), message).help(help));
                continue;
            };
            if let Some((ty, field)) = self.lone(&item.ident, field) {
                of.push((ty, variant.ident.span().into()));
                surface.push(field);
            }
        }
        // With a variant missing nothing can be said of the whole.
        (of.len() == item.variants.len()).then(|| (Shaped::Choice(of), Body::Choice(surface)))
    }
}

fn without_unknown(item: &ItemEnum) -> ItemEnum {
    let mut item = item.clone();
    item.variants.pop();
    item
}

fn plain_field(name: &str, ty: Type) -> Field {
    Field { name: name.to_owned(), description: None, deprecated: None, optional: false, default: None, ty }
}

/// Where a trait is derived.
fn derived(attributes: &[Attribute], name: &str) -> Option<Spot> {
    let lists = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"))
        .filter_map(|attribute| attribute.parse_args_with(syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated).ok());
    lists.flatten().find(|path| path.segments.last().is_some_and(|last| last.ident == name)).map(|path| Spot::of(&path))
}
