//! The parser judged types by their names; here the compiler proves each judgement, at the field.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};
use syn::Item;
use syn::spanned::Spanned as _;
use tidewire_schema::rust::{Body, FieldSurface, Kind, Surface};

/// One constant assertion for each spelling of a type. What stands in one module under one name is one type: each costs the compiler time, and a second
/// assertion could only repeat what the first has said.
pub(super) fn all(items: &[Item], surface: &[Surface]) -> TokenStream {
    let mut proofs = Proofs { proved: HashSet::new(), tokens: TokenStream::new() };
    for (_, surface) in items.iter().zip(surface) {
        match surface {
            Surface::Type(surface) => {
                proofs.body(&surface.body);
                if let Some((ty, kind)) = surface.call.as_ref().and_then(|call| call.reply.as_ref()) {
                    proofs.add(ty, kind, "the answer to a call");
                }
            }
            Surface::Live(live) => {
                if let Some((ty, kind)) = &live.params {
                    proofs.add(ty, kind, "the parameters of a live query");
                }
                proofs.add(&live.result.0, &live.result.1, "the result of a live query");
            }
            Surface::Channel(channel) => {
                for param in &channel.params {
                    if let Some((ty, kind)) = &param.belief {
                        proofs.add(ty, kind, &param.wire);
                    }
                }
            }
            Surface::Other => {}
        }
    }
    proofs.tokens
}

struct Proofs {
    proved: HashSet<String>,
    tokens: TokenStream,
}

fn name_of(field: &FieldSurface) -> &str {
    field.wire.as_deref().unwrap_or("a field without a name")
}

impl Proofs {
    fn body(&mut self, body: &Body) {
        match body {
            Body::Newtype(field) => self.field(field, "the field of a newtype"),
            Body::Struct { fields, .. } => fields.iter().for_each(|field| self.field(field, name_of(field))),
            Body::Union { variants, .. } => {
                variants.iter().flat_map(|(_, fields)| fields).for_each(|field| self.field(field, name_of(field)));
            }
            Body::Choice(fields) => fields.iter().for_each(|field| self.field(field, "a variant without a tag")),
            Body::Unit | Body::Enum { .. } => {}
        }
    }

    fn field(&mut self, field: &FieldSurface, name: &str) {
        if let Some((ty, kind)) = &field.belief {
            self.add(ty, kind, name);
        }
    }

    fn add(&mut self, ty: &syn::Type, kind: &Kind, name: &str) {
        let spelled = ty.to_token_stream().to_string();
        let shown = spelled.replace(' ', "");
        // `$crate` is spelled alike wherever it leads.
        if !self.proved.insert(spelled) && !shown.contains("$crate") {
            return;
        }
        let expected = tokens(kind);
        let message = format!(
            "[TW0320] `{name}`: the contract takes `{shown}` for {}, but it travels as something else\nhelp: is the name shadowed, or imported from elsewhere?",
            kind.noun()
        );
        self.tokens.extend(quote_spanned! {ty.span()=>
            #[allow(deprecated)]
            const _: () = ::core::assert!(::tidewire::__private::Kind::same(&<#ty as ::tidewire::__private::WireType>::KIND, &#expected), #message);
        });
    }
}

fn tokens(kind: &Kind) -> TokenStream {
    let nested = |variant: TokenStream, of: &Kind| {
        let of = tokens(of);
        quote!(::tidewire::__private::Kind::#variant(&#of))
    };
    match kind {
        Kind::Text => quote!(::tidewire::__private::Kind::Text),
        Kind::Boolean => quote!(::tidewire::__private::Kind::Boolean),
        Kind::Integer { min, max } => quote!(::tidewire::__private::Kind::Integer(#min, #max)),
        Kind::Wide { signed } => quote!(::tidewire::__private::Kind::Wide(#signed)),
        Kind::Decimal { signed } => quote!(::tidewire::__private::Kind::Decimal(#signed)),
        Kind::Number => quote!(::tidewire::__private::Kind::Number),
        Kind::Uuid => quote!(::tidewire::__private::Kind::Uuid),
        Kind::DateTime => quote!(::tidewire::__private::Kind::DateTime),
        Kind::Json => quote!(::tidewire::__private::Kind::Json),
        Kind::Optional(of) => nested(quote!(Optional), of),
        Kind::Nullable(of) => nested(quote!(Nullable), of),
        Kind::List(of) => nested(quote!(List), of),
        Kind::Map(of) => nested(quote!(Map), of),
        Kind::Tuple(of) => {
            let of = of.iter().map(tokens);
            quote!(::tidewire::__private::Kind::Tuple(&[#(#of),*]))
        }
        Kind::Named(name) => quote!(::tidewire::__private::Kind::Named(::core::concat!(::core::module_path!(), "::", #name))),
        Kind::Called(name) => quote!(::tidewire::__private::Kind::Called(#name)),
    }
}
