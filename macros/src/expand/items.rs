//! The user's items: helper attributes taken off, derives and serde's instructions put on.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Fields, Item, Path, Token, parse_quote};
use tidewire_schema::rust::{Body, FieldSurface, HELPERS, Surface};

/// Derives that every item gets. What the user derives as well stands once.
const ALWAYS: [&str; 3] = ["Clone", "Debug", "PartialEq"];
/// Derives that are ours alone: they have to name our re-export of serde.
const OURS: [&str; 2] = ["Serialize", "Deserialize"];

/// One item of the module as it comes out.
pub(super) fn definition(item: &Item, surface: &Surface) -> TokenStream {
    let mut item = item.clone();
    match &mut item {
        Item::Struct(item) => {
            let travels = matches!(surface, Surface::Type(_));
            let instructions = body_of(surface).map(container).unwrap_or_default();
            attributes(&mut item.attrs, travels, &instructions);
            match body_of(surface) {
                Some(Body::Struct { fields: surfaces, .. }) => fields(&mut item.fields, surfaces),
                Some(Body::Newtype(surface)) => fields(&mut item.fields, std::slice::from_ref(surface)),
                _ => fields(&mut item.fields, &[]),
            }
        }
        Item::Enum(item) => {
            let travels = matches!(surface, Surface::Type(_));
            let instructions = body_of(surface).map(container).unwrap_or_default();
            attributes(&mut item.attrs, travels, &instructions);
            for (at, variant) in item.variants.iter_mut().enumerate() {
                let (value, surfaces): (Option<&String>, &[FieldSurface]) = match body_of(surface) {
                    Some(Body::Enum(values)) => (values.get(at), &[]),
                    Some(Body::Union { variants, .. }) => variants.get(at).map_or((None, &[][..]), |(value, fields)| (Some(value), fields)),
                    _ => (None, &[]),
                };
                strip(&mut variant.attrs);
                if let Some(value) = value {
                    variant.attrs.push(parse_quote!(#[serde(rename = #value)]));
                }
                fields(&mut variant.fields, surfaces);
            }
        }
        _ => {}
    }
    item.into_token_stream()
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
        Body::Struct { closed: true, .. } => quote!(, deny_unknown_fields),
        Body::Union { tag, closed: true, .. } => quote!(, tag = #tag, deny_unknown_fields),
        Body::Union { tag, closed: false, .. } => quote!(, tag = #tag),
        _ => TokenStream::new(),
    }
}

fn attributes(attributes: &mut Vec<Attribute>, travels: bool, instructions: &TokenStream) {
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
    if travels {
        attributes.push(parse_quote!(#[derive(::tidewire::__private::serde::Serialize, ::tidewire::__private::serde::Deserialize)]));
        attributes.push(parse_quote!(#[serde(crate = "::tidewire::__private::serde" #instructions)]));
    }
}

fn name_of(path: &Path) -> String {
    path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
}

fn strip(attributes: &mut Vec<Attribute>) {
    attributes.retain(|attribute| !HELPERS.iter().any(|helper| attribute.path().is_ident(helper)));
}

fn fields(fields: &mut Fields, surfaces: &[FieldSurface]) {
    let mut surfaces = surfaces.iter();
    for field in fields.iter_mut() {
        strip(&mut field.attrs);
        let Some(surface) = surfaces.next() else { continue };
        if !surface.wire.is_empty() {
            let wire = &surface.wire;
            field.attrs.push(parse_quote!(#[serde(rename = #wire)]));
        }
        if surface.optional {
            // serde reads null as absent where it sees an `Option`; ours keeps the two apart.
            field.attrs.push(parse_quote!(#[serde(default, skip_serializing_if = "::core::option::Option::is_none", deserialize_with = "::tidewire::__private::present")]));
        }
        if surface.int64 {
            field.attrs.push(parse_quote!(#[serde(with = "::tidewire::__private::int64")]));
        }
    }
}
