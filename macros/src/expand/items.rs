//! The user's items: helper attributes taken off, derives and serde's instructions put on.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Fields, Item, Path, Token, Variant, parse_quote};
use tidewire_schema::rust::{Body, DefaultSurface, FieldSurface, HELPERS, Surface, without_self};

use super::{object, support};

/// Derives that every item gets. What the user derives as well stands once.
const ALWAYS: [&str; 3] = ["Clone", "Debug", "PartialEq"];
/// Derives that are ours alone: they have to name our re-export of serde.
const OURS: [&str; 2] = ["Serialize", "Deserialize"];

/// One item of the module as it comes out.
///
/// With errors in the module nothing is known of the types that it names. serde's traits are then there in name only, so that the only errors are those of the module.
pub(super) fn definition(at: usize, item: &Item, surface: &Surface, failed: bool) -> TokenStream {
    let mut item = item.clone();
    let body = body_of(surface).filter(|_| !failed);
    let serde = if failed { Some(stub(&item)) } else { body.and_then(|body| object::impls(&item, body)) };
    // What has serde's traits already needs no derives, and no instructions for them.
    let body = body.filter(|_| serde.is_none());
    match &mut item {
        Item::Struct(item) => attributes(&mut item.attrs, body),
        Item::Enum(item) => {
            attributes(&mut item.attrs, body);
            item.variants.iter_mut().for_each(|variant| strip(&mut variant.attrs));
        }
        Item::Type(item) => strip(&mut item.attrs),
        _ => {}
    }
    instruct(at, &mut item, body);
    if let Item::Enum(item) = &mut item {
        item.variants.extend(unknown(at, surface, failed));
    }
    quote!(#item #serde)
}

/// Gives serde its instructions for the variants and fields of an item.
pub(super) fn instruct(at: usize, item: &mut Item, body: Option<&Body>) {
    match item {
        Item::Struct(item) => match body {
            Some(Body::Struct { fields: surfaces, .. }) => fields((at, 0), &mut item.fields, surfaces),
            Some(Body::Newtype(surface)) => fields((at, 0), &mut item.fields, std::slice::from_ref(surface)),
            _ => fields((at, 0), &mut item.fields, &[]),
        },
        Item::Enum(item) => {
            for (index, variant) in item.variants.iter_mut().enumerate() {
                let (value, surfaces): (Option<&String>, &[FieldSurface]) = match body {
                    Some(Body::Enum { values, .. }) => (values.get(index), &[]),
                    Some(Body::Union { variants, .. }) => {
                        variants.get(index).map_or((None, &[][..]), |(value, fields)| (Some(value), fields))
                    }
                    Some(Body::Choice(fields)) => (None, fields.get(index).map_or(&[][..], std::slice::from_ref)),
                    _ => (None, &[]),
                };
                if let Some(value) = value {
                    variant.attrs.push(parse_quote!(#[serde(rename = #value)]));
                }
                fields((at, index), &mut variant.fields, surfaces);
            }
        }
        _ => {}
    }
}

/// serde's traits without anything behind them.
pub(super) fn stub(item: &Item) -> TokenStream {
    let (ident, generics) = match item {
        Item::Struct(item) => (&item.ident, &item.generics),
        Item::Enum(item) => (&item.ident, &item.generics),
        _ => return TokenStream::new(),
    };
    if !generics.params.is_empty() {
        return TokenStream::new();
    }
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::tidewire::__private::serde::Serialize for #ident {
            fn serialize<__S: ::tidewire::__private::serde::Serializer>(&self, _: __S) -> ::core::result::Result<__S::Ok, __S::Error> {
                ::core::unreachable!()
            }
        }
        #[automatically_derived]
        #[allow(deprecated)]
        impl<'de> ::tidewire::__private::serde::Deserialize<'de> for #ident {
            fn deserialize<__D: ::tidewire::__private::serde::Deserializer<'de>>(_: __D) -> ::core::result::Result<Self, __D::Error> {
                ::core::unreachable!()
            }
        }
    }
}

/// The variant that an open enum gets, for what a later contract adds.
fn unknown(at: usize, surface: &Surface, failed: bool) -> Option<Variant> {
    let serde = |instructions: TokenStream| if failed { TokenStream::new() } else { quote!(#[serde(untagged #instructions)]) };
    match body_of(surface) {
        Some(Body::Enum { open: true, .. }) => {
            let serde = serde(TokenStream::new());
            Some(parse_quote! {
                /// A value that this contract does not list, as it came.
                #serde
                Unknown(::std::string::String)
            })
        }
        Some(Body::Union { open: true, .. }) => {
            let read = support::unknown_name(at).to_string();
            let serde = serde(quote!(, deserialize_with = #read));
            Some(parse_quote! {
                /// An object whose tag this contract does not list, whole, as it came.
                #serde
                Unknown(::tidewire::Json)
            })
        }
        _ => None,
    }
}

fn body_of(surface: &Surface) -> Option<&Body> {
    match surface {
        Surface::Type(surface) => Some(&surface.body),
        _ => None,
    }
}

/// serde's instructions for the item as a whole.
fn container(body: &Body) -> TokenStream {
    match body {
        Body::Struct { closed, .. } => closed.then(|| quote!(, deny_unknown_fields)).unwrap_or_default(),
        Body::Union { tag, content, closed, .. } => {
            let content = content.as_ref().map(|content| quote!(, content = #content));
            let closed = closed.then(|| quote!(, deny_unknown_fields));
            quote!(, tag = #tag #content #closed)
        }
        Body::Choice(_) => quote!(, untagged),
        // Not only shorter: `Nullable` hands on what it has read, and that is no newtype.
        Body::Newtype(_) => quote!(, transparent),
        _ => TokenStream::new(),
    }
}

fn attributes(attributes: &mut Vec<Attribute>, body: Option<&Body>) {
    strip(attributes);
    let mut derived: Vec<String> = Vec::new();
    for attribute in attributes.iter_mut().filter(|attribute| attribute.path().is_ident("derive")) {
        let Ok(list) = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated) else { continue };
        let kept: Punctuated<Path, Token![,]> = list.into_iter().filter(|path| !OURS.contains(&name_of(path).as_str())).collect();
        derived.extend(kept.iter().map(name_of));
        *attribute = parse_quote!(#[derive(#kept)]);
    }
    let missing = ALWAYS.iter().filter(|name| !derived.iter().any(|derived| derived == *name)).map(|name| quote::format_ident!("{name}"));
    attributes.push(parse_quote!(#[derive(#(#missing),*)]));
    // What only clients or plugins publish is in the contract all the same. First, so that what the user says of it holds.
    attributes.insert(0, parse_quote!(#[allow(dead_code)]));
    if let Some(body) = body {
        let instructions = container(body);
        attributes.push(derives(body));
        attributes.push(parse_quote!(#[serde(crate = "::tidewire::__private::serde" #instructions)]));
    }
}

/// serde's derives. A choice is read by the JSON type of its value, not by trying one variant after the other.
fn derives(body: &Body) -> Attribute {
    let reads = (!matches!(body, Body::Choice(_))).then(|| quote!(, ::tidewire::__private::serde::Deserialize));
    parse_quote!(#[derive(::tidewire::__private::serde::Serialize #reads)])
}

/// The item once more under the name `__Mirror`, for serde to look at in place of the item, which a derive cannot change.
pub(super) fn mirror(item: &Item, body: &Body) -> TokenStream {
    let mut item = item.clone();
    let own = match &mut item {
        Item::Struct(item) => {
            item.attrs.clear();
            std::mem::replace(&mut item.ident, quote::format_ident!("__Mirror"))
        }
        Item::Enum(item) => {
            item.attrs.clear();
            item.variants.iter_mut().for_each(|variant| variant.attrs.clear());
            std::mem::replace(&mut item.ident, quote::format_ident!("__Mirror"))
        }
        _ => return TokenStream::new(),
    };
    let each: Vec<&mut Fields> = match &mut item {
        Item::Struct(item) => vec![&mut item.fields],
        Item::Enum(item) => item.variants.iter_mut().map(|variant| &mut variant.fields).collect(),
        _ => Vec::new(),
    };
    for field in each.into_iter().flatten() {
        field.attrs.clear();
        field.ty = without_self(&field.ty, &own);
    }
    instruct(0, &mut item, Some(body));
    if let (Item::Enum(item), Body::Enum { open: true, .. } | Body::Union { open: true, .. }) = (&mut item, body)
        && let Some(unknown) = item.variants.last_mut()
    {
        let read = matches!(body, Body::Union { .. }).then(|| {
            let read = support::unknown_name(0).to_string();
            quote!(, deserialize_with = #read)
        });
        unknown.attrs.push(parse_quote!(#[serde(untagged #read)]));
    }
    let (instructions, derives, remote) = (container(body), derives(body), own.unraw().to_string());
    quote! {
        #derives
        #[serde(crate = "::tidewire::__private::serde", remote = #remote #instructions)]
        #[allow(dead_code)]
        #item
    }
}

fn name_of(path: &Path) -> String {
    path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
}

fn strip(attributes: &mut Vec<Attribute>) {
    attributes.retain(|attribute| !HELPERS.iter().any(|helper| attribute.path().is_ident(helper)));
}

fn fields(owner: (usize, usize), fields: &mut Fields, surfaces: &[FieldSurface]) {
    let mut surfaces = surfaces.iter();
    for (at, field) in fields.iter_mut().enumerate() {
        strip(&mut field.attrs);
        let Some(surface) = surfaces.next() else { continue };
        let mut say = |instruction: TokenStream| field.attrs.push(parse_quote!(#[serde(#instruction)]));
        if surface.skipped {
            say(quote!(skip));
        }
        if surface.flattened {
            say(quote!(flatten));
        }
        if let Some(wire) = &surface.wire {
            say(quote!(rename = #wire));
        }
        if surface.optional {
            // serde reads null as absent where it sees an `Option`; ours keeps the two apart.
            say(quote!(
                default,
                skip_serializing_if = "::core::option::Option::is_none",
                deserialize_with = "::tidewire::__private::present"
            ));
        }
        match &surface.default {
            Some(DefaultSurface::Own) => say(quote!(default)),
            Some(DefaultSurface::Json(_)) => {
                let function = support::default_name(owner, at).to_string();
                say(quote!(default = #function));
            }
            None => {}
        }
        if surface.omits_empty {
            say(quote!(skip_serializing_if = "::std::vec::Vec::is_empty"));
        }
        if surface.int64 {
            say(quote!(with = "::tidewire::__private::int64"));
        }
    }
}
