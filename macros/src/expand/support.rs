//! What serde's derives call: defaults, readers of open unions, and `Deserialize` of choices.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Item;
use tidewire_schema::rust::{Body, DefaultSurface, FieldSurface, Surface};

use super::object;

/// The name of the function that makes the default of a field.
pub(super) fn default_name((item, variant): (usize, usize), field: usize) -> Ident {
    format_ident!("__tidewire_default_{item}_{variant}_{field}")
}

/// The name of the function that reads what an open union does not know.
pub(super) fn unknown_name(item: usize) -> Ident {
    format_ident!("__tidewire_unknown_{item}")
}

/// Everything of a module.
pub(super) fn all(items: &[Item], surface: &[Surface]) -> TokenStream {
    let bodies = items.iter().zip(surface).enumerate().filter_map(|(at, (item, surface))| match surface {
        Surface::Type(surface) => Some((at, item, &surface.body)),
        _ => None,
    });
    bodies
        .map(|(at, item, body)| match body {
            Body::Struct { fields, .. } if object::fields_of(item, body).is_none() => defaults((at, 0), fields),
            Body::Union { tag, variants, open, .. } => {
                let defaults: TokenStream =
                    variants.iter().enumerate().map(|(variant, (_, fields))| defaults((at, variant), fields)).collect();
                let known: Vec<&String> = variants.iter().map(|(value, _)| value).collect();
                let unknown = open.then(|| unknown(at, tag, &known));
                quote!(#defaults #unknown)
            }
            Body::Choice(fields) => choice(item, fields).unwrap_or_default(),
            Body::Unit | Body::Newtype(_) | Body::Struct { .. } | Body::Enum { .. } => TokenStream::new(),
        })
        .collect()
}

fn defaults(owner: (usize, usize), fields: &[FieldSurface]) -> TokenStream {
    let functions = fields.iter().enumerate().filter_map(|(at, field)| {
        let (Some(DefaultSurface::Json(json)), Some((ty, _))) = (&field.default, &field.belief) else { return None };
        let name = default_name(owner, at);
        let read = if field.int64 { quote!(int64::default) } else { quote!(default) };
        Some(quote! {
            #[allow(deprecated)]
            fn #name() -> #ty { ::tidewire::__private::#read(#json) }
        })
    });
    functions.collect()
}

fn unknown(at: usize, tag: &str, known: &[&String]) -> TokenStream {
    let name = unknown_name(at);
    quote! {
        fn #name<'de, __D: ::tidewire::__private::serde::Deserializer<'de>>(deserializer: __D) -> ::core::result::Result<::tidewire::Json, __D::Error> {
            ::tidewire::__private::unknown(deserializer, #tag, &[#(#known),*])
        }
    }
}

fn choice(item: &Item, fields: &[FieldSurface]) -> Option<TokenStream> {
    let Item::Enum(item) = item else { return None };
    let ident = &item.ident;
    let arms = item.variants.iter().zip(fields).map(|(variant, field)| {
        let (variant, forms) = (&variant.ident, forms(field));
        let read = if field.int64 {
            quote!(::tidewire::__private::int64::deserialize)
        } else {
            quote!(::tidewire::__private::serde_json::from_value)
        };
        quote!(if (#forms).has(&value) { return ::core::option::Option::Some(#read(value).map(Self::#variant)); })
    });
    Some(quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl<'de> ::tidewire::__private::serde::Deserialize<'de> for #ident {
            fn deserialize<__D: ::tidewire::__private::serde::Deserializer<'de>>(deserializer: __D) -> ::core::result::Result<Self, __D::Error> {
                ::tidewire::__private::choice(deserializer, |value| {
                    #(#arms)*
                    ::core::option::Option::None
                })
            }
        }
    })
}

/// What the values of a field are in JSON, as the compiler finds out.
fn forms(field: &FieldSurface) -> TokenStream {
    match &field.belief {
        Some(_) if field.int64 => quote!(::tidewire::__private::Forms::TEXT),
        Some((ty, _)) => quote!(<#ty as ::tidewire::__private::WireType>::FORMS),
        None => quote!(::tidewire::__private::Forms::NONE),
    }
}

/// What the values of an item are in JSON.
pub(super) fn forms_of(body: &Body) -> TokenStream {
    match body {
        Body::Unit => quote!(::tidewire::__private::Forms::NONE),
        Body::Enum { .. } => quote!(::tidewire::__private::Forms::TEXT),
        Body::Struct { .. } | Body::Union { .. } => quote!(::tidewire::__private::Forms::OBJECT),
        Body::Newtype(field) => forms(field),
        Body::Choice(fields) => {
            let fields = fields.iter().map(forms);
            quote!(::tidewire::__private::Forms::NONE #(.or(#fields))*)
        }
    }
}
