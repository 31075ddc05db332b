//! What names a live query in code: a constant beside the type of its result, which knows what its loader is given.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};
use syn::Item;
use tidewire_schema::rust::{ChannelSurface, LiveSurface, ParamSurface, Surface};

use super::Scope;

/// The constants of a module. A type and a value may have one name.
pub(super) fn all(scope: &Scope<'_>) -> TokenStream {
    let constants = scope.items.iter().zip(scope.surface).filter_map(|(item, surface)| match (item, surface) {
        (Item::Type(item), Surface::Live(live)) => Some(constant(scope, item, live)),
        _ => None,
    });
    constants.collect()
}

fn constant(scope: &Scope<'_>, item: &syn::ItemType, live: &LiveSurface) -> TokenStream {
    let (ident, vis) = (&item.ident, &item.vis);
    let LiveSurface { name, channel, params, .. } = live;
    let params = params.as_ref().map_or_else(|| quote!(()), |(ty, _)| ty.to_token_stream());
    let said = format!("Names the live query `{name}`, for `RealtimeBuilder::live`.");
    // With errors in the module the types of the parameters may be anything.
    let surface = scope.channels().find(|(ident, _)| *ident == channel).map(|(_, surface)| surface).filter(|_| !scope.failed);
    let read = surface.map_or_else(|| quote!(|_| ::core::option::Option::None), |surface| reading(channel, surface));
    quote_spanned! {ident.span()=>
        #[doc = #said]
        #[allow(non_upper_case_globals, dead_code, deprecated)]
        #vis const #ident: ::tidewire::LiveQuery<#channel, #params, #ident> = ::tidewire::LiveQuery::__of(#name, #read);
    }
}

/// A closure that makes the channel of what stands in its name.
fn reading(channel: &syn::Ident, surface: &ChannelSurface) -> TokenStream {
    let fields = surface.params.iter().map(|ParamSurface { wire, field, optional, .. }| {
        let read = if *optional { quote!(read_optional_param) } else { quote!(read_param) };
        quote!(#field: ::tidewire::__private::#read(values, #wire)?)
    });
    quote!(|values| {
        let _ = values;
        ::core::option::Option::Some(#channel { #(#fields),* })
    })
}
