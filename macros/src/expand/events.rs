//! The enum of the events that a channel carries, for those who subscribe to it in Rust.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::{Path, Visibility};

/// One event of a channel.
pub(super) struct Carried {
    variant: Ident,
    ty: TokenStream,
}

impl Carried {
    /// An event at `path`; nothing for a path without a name.
    pub(super) fn at(path: &Path) -> Option<Self> {
        let variant = path.segments.last()?.ident.clone();
        Some(Self { variant, ty: path.to_token_stream() })
    }

    /// The unnamed signal.
    pub(super) fn signal(span: Span) -> Self {
        Self { variant: Ident::new("Signal", span), ty: quote!(::tidewire::Signal) }
    }
}

/// The enum `name` of the events of `channel`, and what subscribing needs of it.
///
/// With `derives` it has the traits that every item of a module has. A derive knows nothing of the types in the list, so there it only shows which event it is.
pub(super) fn event_enum(
    (visibility, name): (&Visibility, &Ident),
    channel: &impl ToTokens,
    events: impl IntoIterator<Item = Carried>,
    derives: bool,
) -> TokenStream {
    let mut carried: Vec<Carried> = Vec::new();
    for event in events {
        // A name that stands twice is reported where the list is read.
        if !carried.iter().any(|known| known.variant == event.variant) {
            carried.push(event);
        }
    }
    let shown = channel.to_token_stream().to_string().replace(' ', "");
    let about = format!("An event of the channel `{shown}`.");
    let variants = carried.iter().map(|Carried { variant, ty }| {
        let about = format!("`{}`.", variant.unraw());
        quote!(#[doc = #about] #variant(#ty))
    });
    let reads =
        carried.iter().map(|Carried { variant, ty }| quote!(if event.is::<#ty>() { return event.read::<#ty>().map(Self::#variant); }));
    let (attribute, debug) = if derives {
        (quote!(#[derive(Clone, Debug, PartialEq)]), TokenStream::new())
    } else {
        (TokenStream::new(), debug(name, &carried))
    };
    quote! {
        #[doc = #about]
        #[allow(clippy::enum_variant_names, clippy::large_enum_variant, dead_code, deprecated, private_interfaces, unreachable_pub)]
        #attribute
        #visibility enum #name { #(#variants),* }

        #debug

        #[automatically_derived]
        #[allow(deprecated)]
        impl ::tidewire::EventEnum for #name {
            fn read<__E: ::tidewire::__private::Encoded>(event: __E) -> ::core::result::Result<Self, ::tidewire::DecodeError> {
                #(#reads)*
                ::core::result::Result::Err(event.unknown())
            }
        }

        #[automatically_derived]
        #[allow(deprecated, private_interfaces)]
        impl ::tidewire::Subscribable for #channel {
            type Event = #name;
        }
    }
}

/// Shows which event it is, and nothing of its payload.
fn debug(name: &Ident, carried: &[Carried]) -> TokenStream {
    let arms = carried.iter().map(|Carried { variant, .. }| {
        let shown = variant.unraw().to_string();
        quote!(Self::#variant(_) => #shown)
    });
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::core::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(match *self { #(#arms),* })
            }
        }
    }
}
