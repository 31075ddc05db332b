//! What makes a type what a call asks with, or part of a connection.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use tidewire_schema::rust::{CallSurface, ConnectionSurface};

/// The traits of a call. With errors in the module the type of its answer may be anything.
pub(super) fn call(ident: &Ident, surface: &CallSurface, signal: bool, failed: bool) -> TokenStream {
    let CallSurface { name, from, reply } = surface;
    let reply = reply.as_ref().filter(|_| !failed).map_or_else(|| quote!(()), |(ty, _)| ty.to_token_stream());
    let by_client = from.client.then(|| marker(ident, &quote!(ClientCall)));
    let by_server = from.server.then(|| marker(ident, &quote!(ServerCall)));
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::tidewire::Call for #ident {
            const NAME: &'static str = #name;
            const SIGNAL: bool = #signal;
            type Reply = #reply;
        }
        #by_client
        #by_server
    }
}

/// The traits of the parts of a connection that a type is.
pub(super) fn connection(ident: &Ident, surface: ConnectionSurface) -> TokenStream {
    let ConnectionSurface { opening, greeting, state } = surface;
    let parts = [(opening, quote!(Opening)), (greeting, quote!(Greeting)), (state, quote!(ConnectionState))];
    parts.iter().filter(|(is, _)| *is).map(|(_, part)| marker(ident, part)).collect()
}

fn marker(ident: &Ident, name: &TokenStream) -> TokenStream {
    quote_spanned! {ident.span()=>
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::tidewire::#name for #ident {}
    }
}
