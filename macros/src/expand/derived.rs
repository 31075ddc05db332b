//! One item with a derive, and the `contract!` that joins such items.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use syn::ext::IdentExt as _;
use syn::{Item, ItemStruct, Path, Visibility, parse_quote};
use tidewire_schema::rust::{Body, CarriesSurface, Module, Surface};
use tidewire_schema::{Carries, DEFAULT_CHANNEL, UNNAMED};

use super::events::{self, Carried};
use super::{Scope, carries_impl, contract_items, errors, ident_of, items, object, proofs, support};

/// What a derive adds to an item: serde's traits, ours, and a macro that hands the item on to `contract!`.
pub(crate) fn item(item: &Item, parsed: &Module) -> TokenStream {
    let errors = errors(&parsed.diagnostics);
    let failed = parsed.diagnostics.has_errors();
    let Some(ident) = ident_of(item) else { return errors };
    let one = std::slice::from_ref(item);
    let scope = Scope { contract: &parsed.contract, items: one, surface: &parsed.surface, failed, alone: true };
    let impls = scope.own_impls();
    let serde = match parsed.surface.first() {
        _ if failed => items::stub(item),
        Some(Surface::Type(surface)) => serde(item, ident, &surface.body, &support::all(one, &parsed.surface)),
        _ => TokenStream::new(),
    };
    let proofs = if failed { TokenStream::new() } else { proofs::all(one, &parsed.surface) };
    let handed_on = if failed { TokenStream::new() } else { item.to_token_stream() };
    let relay = relay(ident, &handed_on);
    quote!(#errors #serde #impls #proofs #relay)
}

fn serde(item: &Item, ident: &Ident, body: &Body, support: &TokenStream) -> TokenStream {
    if let Some(impls) = object::impls(item, body) {
        return impls;
    }
    let mirror = items::mirror(item, body);
    let deserialize = (!matches!(body, Body::Choice(_))).then(|| {
        quote! {
            #[automatically_derived]
            impl<'de> ::tidewire::__private::serde::Deserialize<'de> for #ident {
                fn deserialize<__D: ::tidewire::__private::serde::Deserializer<'de>>(deserializer: __D) -> ::core::result::Result<Self, __D::Error> {
                    __Mirror::deserialize(deserializer)
                }
            }
        }
    });
    quote! {
        #[allow(deprecated)]
        const _: () = {
            #support
            #mirror
            #[automatically_derived]
            impl ::tidewire::__private::serde::Serialize for #ident {
                fn serialize<__S: ::tidewire::__private::serde::Serializer>(&self, serializer: __S) -> ::core::result::Result<__S::Ok, __S::Error> {
                    __Mirror::serialize(self, serializer)
                }
            }
            #deserialize
        };
    }
}

/// A macro with the item's own name, which every `use` of the item brings along. It adds the item to what it is given, and calls the next one.
fn relay(ident: &Ident, item: &TokenStream) -> TokenStream {
    let hidden = format_ident!("__tidewire_{}", ident.unraw());
    quote! {
        #[doc(hidden)]
        #[allow(unused_macros)]
        macro_rules! #hidden {
            ({ $($arguments:tt)* } { $($items:tt)* } {}) => {
                ::tidewire::__private::contract_items! { { $($arguments)* } { $($items)* { #item } } }
            };
            ({ $($arguments:tt)* } { $($items:tt)* } { [$($next:tt)*] $($rest:tt)* }) => {
                $($next)* ! { { $($arguments)* } { $($items)* { #item } } { $($rest)* } }
            };
        }
        #[doc(hidden)]
        #[allow(unused_imports)]
        pub(crate) use #hidden as #ident;
    }
}

/// What `contract!` begins with: the first item's macro, and the way through all of them.
pub(crate) fn collect(arguments: &TokenStream, paths: &[Path]) -> TokenStream {
    match paths {
        [] => quote!(::tidewire::__private::contract_items! { { #arguments } {} }),
        [first, rest @ ..] => quote!(#first ! { { #arguments } {} { #([#rest])* } }),
    }
}

/// What `contract!` ends with, once every item is there; nothing stands for an item with errors of its own.
pub(crate) fn joined(paths: &[Path], items: &[Option<Item>], parsed: &Module) -> TokenStream {
    let failed = items.iter().any(Option::is_none);
    let errors = if failed { TokenStream::new() } else { errors(&parsed.diagnostics) };
    let impls = if failed || parsed.diagnostics.has_errors() { TokenStream::new() } else { impls(paths, items, parsed) };
    let contract = contract_items(&parsed.contract);
    quote!(#errors #impls #contract)
}

/// What only the whole knows: which payloads have no name of their own, and what is shared.
fn impls(paths: &[Path], items: &[Option<Item>], parsed: &Module) -> TokenStream {
    let idents = || items.iter().map(|item| item.as_ref().and_then(ident_of));
    let path_of = |name: &Path| {
        let last = name.segments.last().map(|last| &last.ident);
        idents().zip(paths).find(|(ident, _)| ident.is_some() && *ident == last).map(|(_, path)| path)
    };
    let event_path = |name: &str| {
        parsed.surface.iter().zip(paths).find_map(|(surface, path)| match surface {
            Surface::Type(surface) if surface.event.as_ref().is_some_and(|event| event.name == name) => Some(path),
            _ => None,
        })
    };
    let carried_by = |pattern: &str| -> Vec<&Path> {
        match parsed.contract.channel_with(pattern).map(|channel| &channel.carries) {
            Some(Carries::Events(names)) => names.iter().filter_map(|name| event_path(name)).collect(),
            _ => Vec::new(),
        }
    };
    let mut unnamed: Vec<(&Path, bool)> = Vec::new();
    let mut tokens = TokenStream::new();
    for ((surface, item), path) in parsed.surface.iter().zip(items).zip(paths) {
        let Surface::Channel(channel) = surface else { continue };
        match &channel.carries {
            CarriesSurface::Payload { path, server } => {
                let Some(path) = path_of(path) else { continue };
                match unnamed.iter_mut().find(|(known, _)| std::ptr::eq(*known, path)) {
                    Some((_, right)) => *right |= server,
                    None => unnamed.push((path, *server)),
                }
            }
            CarriesSurface::AllShared => {
                let carried = carried_by(&channel.pattern);
                tokens.extend(carried.iter().map(|event| carries_impl(&quote!(#event), path, proc_macro2::Span::call_site())));
                let visibility = visibility_of(item.as_ref());
                let carried = carried.into_iter().filter_map(Carried::at);
                tokens.extend(channel.event_enum.as_ref().map(|name| events::event_enum((&visibility, name), path, carried, false)));
            }
            CarriesSurface::Events(_) | CarriesSurface::Signal => {}
        }
    }
    for (path, server) in unnamed {
        let server = server.then(|| quote!(#[allow(deprecated)] impl ::tidewire::ServerEvent for #path {}));
        tokens.extend(quote! {
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::tidewire::Event for #path {
                const NAME: &'static str = #UNNAMED;
                const SIGNAL: bool = false;
            }
            #server
        });
    }
    let default = quote!(::tidewire::DefaultChannel);
    tokens.extend(
        carried_by(DEFAULT_CHANNEL).into_iter().map(|event| carries_impl(&quote!(#event), &default, proc_macro2::Span::call_site())),
    );
    tokens
}

/// How visible something is that stands for `item` in another module: what is public stays so, and the rest reaches the whole crate.
fn visibility_of(item: Option<&Item>) -> Visibility {
    match item {
        Some(Item::Struct(ItemStruct { vis: public @ Visibility::Public(_), .. })) => public.clone(),
        _ => parse_quote!(pub(crate)),
    }
}
