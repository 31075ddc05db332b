//! The Rust type of a value: what typify shaped, with what only the contract knows put back.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericArgument, PathArguments};
use tidewire_schema::Type;

use super::names::type_name;

/// The type of a field. `None` if typify's type does not match the contract's.
pub(super) fn field(ty: &Type, shaped: &syn::Type) -> Option<TokenStream> {
    match ty {
        // Said by an attribute, which only a plain field can have.
        Type::Int64 { .. } => Some(quote!(#shaped)),
        _ => value(ty, shaped),
    }
}

/// The type of a value that stands alone, or inside another one. `None` if typify's type does not match the contract's.
pub(super) fn value(ty: &Type, shaped: &syn::Type) -> Option<TokenStream> {
    if let Type::Nullable { of } = ty {
        let of = value(of, shaped)?;
        return Some(quote!(::tidewire::Nullable<#of>));
    }
    let Head { name, arguments } = head(shaped)?;
    if let ("Box", [boxed]) = (name.as_str(), arguments.as_slice()) {
        let inside = value(ty, boxed)?;
        return Some(quote!(::std::boxed::Box<#inside>));
    }
    Some(match (ty, name.as_str(), arguments.as_slice()) {
        (Type::Ref { name }, _, []) => {
            let name = type_name(name);
            quote!(#name)
        }
        (Type::List { items, .. }, "Vec", [item]) => {
            let item = value(items, item)?;
            quote!(::std::vec::Vec<#item>)
        }
        // A map to anything is `serde_json::Map`.
        (Type::Map { values, .. }, "HashMap" | "Map", [_, inner]) => {
            let inner = value(values, inner)?;
            quote!(::std::collections::BTreeMap<::std::string::String, #inner>)
        }
        (Type::Tuple { items }, _, made) if items.len() == made.len() => {
            let printed: Option<Vec<TokenStream>> = items.iter().zip(made).map(|(ty, made)| value(ty, made)).collect();
            let printed = printed?;
            quote!((#(#printed,)*))
        }
        (Type::String { .. }, "String", []) => quote!(::std::string::String),
        (Type::DateTime, "DateTime", [_]) => quote!(::tidewire::DateTime<::tidewire::Utc>),
        (Type::Uuid, "Uuid", []) => quote!(::tidewire::Uuid),
        (Type::Int64 { signed: true }, "i64", []) => quote!(::tidewire::Int64),
        (Type::Int64 { signed: false }, "u64", []) => quote!(::tidewire::Uint64),
        (Type::Integer { .. } | Type::Number { .. } | Type::Boolean, _, []) => quote!(#shaped),
        (Type::Any | Type::Json { .. }, "Value", []) => quote!(::tidewire::Json),
        _ => return None,
    })
}

/// The last name of a type's path and what stands in its angle brackets; for a tuple no name, and its items.
struct Head {
    name: String,
    arguments: Vec<syn::Type>,
}

fn head(ty: &syn::Type) -> Option<Head> {
    match ty {
        syn::Type::Tuple(tuple) => Some(Head { name: String::new(), arguments: tuple.elems.iter().cloned().collect() }),
        syn::Type::Path(path) => {
            let last = path.path.segments.last()?;
            let arguments = match &last.arguments {
                PathArguments::AngleBracketed(generics) => generics
                    .args
                    .iter()
                    .filter_map(|argument| if let GenericArgument::Type(ty) = argument { Some(ty.clone()) } else { None })
                    .collect(),
                _ => Vec::new(),
            };
            Some(Head { name: last.ident.to_string(), arguments })
        }
        _ => None,
    }
}
