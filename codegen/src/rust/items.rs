//! Named types as structs and enums.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use tidewire_schema::{EnumValue, Field, NamedType, Object, Type, Variant};

use super::anonymous::Held;
use super::attributes;
use super::names::{Scope, type_name};
use super::shape::{Shape, Shaped};
use super::{Error, types};

/// The variant that an open enum gets for what it does not know.
const UNKNOWN: &str = "Unknown";

/// Prints one type; `role` is the attribute that makes it more than a type.
pub(super) fn item(named: &NamedType, made: &Shaped, held: &Held, role: Option<&TokenStream>) -> Result<TokenStream, Error> {
    let said = attributes::said(named.description.as_deref(), named.deprecated.as_deref());
    let name = type_name(&named.name);
    let body = body(named, made, held, &name).ok_or_else(|| Error::shape(&named.name))?;
    Ok(quote!(#said #role #body))
}

fn body(named: &NamedType, made: &Shaped, held: &Held, name: &Ident) -> Option<TokenStream> {
    Some(match (&named.ty, made) {
        (Type::Object(object), Shaped::Struct(shape)) => {
            let fields = fields(object, shape, &quote!(pub))?;
            let closed = closed(object.closed);
            quote!(#closed pub struct #name { #(#fields),* })
        }
        (Type::Enum { values, open }, Shaped::Enum(_)) => {
            let variants = values_of(values, *open);
            let open = attribute_open(*open);
            quote!(#open pub enum #name { #(#variants),* })
        }
        (Type::Union { tag, variants, open }, Shaped::Enum(shapes)) => {
            let closed = closed(!variants.is_empty() && variants.iter().all(|variant| variant.object.closed));
            let held = |value: &str| held.get(&(named.name.clone(), value.to_owned()));
            let variants = variants_of(variants, shapes, held, *open)?;
            let open = attribute_open(*open);
            quote!(#open #[serde(tag = #tag)] #closed pub enum #name { #(#variants),* })
        }
        (Type::Choice { of }, Shaped::Enum(shapes)) => {
            let variants = alternatives(of, shapes)?;
            quote!(#[serde(untagged)] pub enum #name { #(#variants),* })
        }
        (ty, Shaped::Newtype(shaped)) => {
            let constraints = attributes::field(ty, None);
            let inner = types::field(ty, shaped)?;
            quote!(pub struct #name(#constraints pub #inner);)
        }
        _ => return None,
    })
}

fn closed(closed: bool) -> Option<TokenStream> {
    closed.then(|| quote!(#[serde(deny_unknown_fields)]))
}

fn attribute_open(open: bool) -> Option<TokenStream> {
    open.then(|| quote!(#[rt(open)]))
}

/// The variants of one enum; an open one has a variant of its own already.
fn scope(open: bool) -> Scope {
    Scope::with(open.then(|| UNKNOWN.to_owned()))
}

fn values_of(values: &[EnumValue], open: bool) -> Vec<TokenStream> {
    let mut scope = scope(open);
    let variant = |EnumValue { value, description }: &EnumValue| {
        let ident = scope.pascal(value);
        let said = attributes::said(description.as_deref(), None);
        let rename = attributes::variant_name(&ident, value);
        quote!(#said #rename #ident)
    };
    values.iter().map(variant).collect()
}

fn variants_of<'a>(
    variants: &[Variant],
    shapes: &[Shape],
    held: impl Fn(&str) -> Option<&'a String>,
    open: bool,
) -> Option<Vec<TokenStream>> {
    let mut scope = scope(open);
    let mut printed = Vec::new();
    for (variant, shape) in variants.iter().zip(shapes) {
        let ident = scope.pascal(&variant.value);
        let said = attributes::said(variant.description.as_deref(), variant.deprecated.as_deref());
        let rename = attributes::variant_name(&ident, &variant.value);
        let content = match held(&variant.value) {
            Some(name) => {
                let inner = types::field(&Type::Ref { name: name.clone() }, shape.first()?)?;
                Some(quote!((#inner)))
            }
            None if variant.object.fields.is_empty() => None,
            None => {
                let fields = fields(&variant.object, shape, &TokenStream::new())?;
                Some(quote!({ #(#fields),* }))
            }
        };
        printed.push(quote!(#said #rename #ident #content));
    }
    Some(printed)
}

/// The variants of a choice, called after what they hold.
fn alternatives(of: &[Type], shapes: &[Shape]) -> Option<Vec<TokenStream>> {
    let mut scope = Scope::default();
    let alternatives = of.iter().zip(shapes).map(|(ty, shape)| {
        let ident = scope.pascal(called(ty));
        let constraints = attributes::field(ty, None);
        let inner = types::field(ty, shape.first()?)?;
        Some(quote!(#ident(#constraints #inner)))
    });
    alternatives.collect()
}

fn called(ty: &Type) -> &str {
    match ty {
        Type::String { .. } => "text",
        Type::DateTime => "date_time",
        Type::Uuid => "uuid",
        Type::Int64 { .. } | Type::Integer { .. } => "integer",
        Type::Number { .. } => "number",
        Type::Boolean => "flag",
        Type::List { .. } => "list",
        Type::Tuple { .. } => "tuple",
        Type::Map { .. } => "map",
        Type::Ref { name } => name,
        Type::Nullable { of } => called(of),
        _ => "json",
    }
}

fn fields(object: &Object, shape: &Shape, visibility: &TokenStream) -> Option<Vec<TokenStream>> {
    let mut scope = Scope::default();
    let fields = object.fields.iter().zip(shape).map(|(field, shaped)| {
        let Field { name, description, deprecated, optional, default, ty } = field;
        let ident = scope.field(name);
        let said = attributes::said(description.as_deref(), deprecated.as_deref());
        let rename = attributes::field_name(&ident, name);
        // A 64-bit integer that may be absent stands inside another type, where its own type says that it is text.
        let (constraints, ty) = if *optional {
            let inner = types::value(ty, shaped)?;
            (attributes::alone(ty), quote!(::std::option::Option<#inner>))
        } else {
            (Some(attributes::field(ty, default.as_ref())), types::field(ty, shaped)?)
        };
        Some(quote!(#said #rename #constraints #visibility #ident: #ty))
    });
    fields.collect()
}
