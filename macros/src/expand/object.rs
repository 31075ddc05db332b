//! serde's traits for structs: what the fields are. How objects are read and written stands in the runtime, once for all of them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Field, Fields, Item, ItemStruct};
use tidewire_schema::rust::{Body, DefaultSurface, FieldSurface};

/// The fields of an item that is an object of its own fields; any other gets serde's derives.
pub(super) fn fields_of<'a>(item: &Item, body: &'a Body) -> Option<&'a [FieldSurface]> {
    match (item, body) {
        (Item::Struct(ItemStruct { fields: Fields::Named(named), .. }), Body::Struct { fields, .. }) => {
            let own = fields.len() == named.named.len() && !fields.iter().any(|field| field.flattened);
            own.then_some(fields.as_slice())
        }
        _ => None,
    }
}

/// Both traits; nothing for an item that has serde's derives.
pub(super) fn impls(item: &Item, body: &Body) -> Option<TokenStream> {
    let (surfaces, Item::Struct(item), Body::Struct { closed, .. }) = (fields_of(item, body)?, item, body) else { return None };
    let fields: Vec<(&Ident, &Field, &FieldSurface)> =
        item.fields.iter().zip(surfaces).filter_map(|(field, surface)| Some((field.ident.as_ref()?, field, surface))).collect();
    let (ident, name) = (&item.ident, item.ident.unraw().to_string());
    let (serialize, deserialize) = (serialize(&name, &fields), deserialize(&fields));
    let names = fields.iter().filter(|(_, _, surface)| !surface.skipped).map(|(ident, _, surface)| wire(ident, surface));
    Some(quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::tidewire::__private::serde::Serialize for #ident {
            fn serialize<__S: ::tidewire::__private::serde::Serializer>(&self, serializer: __S) -> ::core::result::Result<__S::Ok, __S::Error> {
                #serialize
            }
        }
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::tidewire::__private::Object for #ident {
            const NAME: &'static str = #name;
            const FIELDS: &'static [&'static str] = &[#(#names),*];
            const CLOSED: bool = #closed;
            fn read<'de, __A: ::tidewire::__private::serde::de::MapAccess<'de>>(
                fields: &mut ::tidewire::__private::Fields<__A>,
            ) -> ::core::result::Result<Self, __A::Error> {
                #deserialize
            }
        }
        #[automatically_derived]
        #[allow(deprecated)]
        impl<'de> ::tidewire::__private::serde::Deserialize<'de> for #ident {
            fn deserialize<__D: ::tidewire::__private::serde::Deserializer<'de>>(deserializer: __D) -> ::core::result::Result<Self, __D::Error> {
                ::tidewire::__private::object(deserializer)
            }
        }
    })
}

fn wire(ident: &Ident, surface: &FieldSurface) -> String {
    surface.wire.clone().unwrap_or_else(|| ident.unraw().to_string())
}

/// A method as if written at the field's type, which is where the compiler then says what is wrong with that type.
fn method(name: &str, field: &Field) -> Ident {
    Ident::new(name, Span::call_site().located_at(field.ty.span()))
}

fn serialize(name: &str, fields: &[(&Ident, &Field, &FieldSurface)]) -> TokenStream {
    let (mut always, mut others, mut calls) = (0_usize, Vec::new(), TokenStream::new());
    for (ident, field, surface) in fields.iter().filter(|(_, _, surface)| !surface.skipped) {
        let wire = wire(ident, surface);
        let there = if surface.optional {
            Some(quote!(::core::option::Option::is_some(&self.#ident)))
        } else if surface.omits_empty {
            Some(quote!(!::std::vec::Vec::is_empty(&self.#ident)))
        } else {
            None
        };
        if let Some(there) = there {
            let call = method("field_if", field);
            calls.extend(quote!(.#call(#there, #wire, &self.#ident)));
            others.push(there);
        } else {
            let call = method(if surface.int64 { "int64" } else { "field" }, field);
            calls.extend(quote!(.#call(#wire, &self.#ident)));
            always += 1;
        }
    }
    quote!(::tidewire::__private::Writer::new(serializer, #name, #always, &[#(#others),*]) #calls .end())
}

fn deserialize(fields: &[(&Ident, &Field, &FieldSurface)]) -> TokenStream {
    let (mut slots, mut arms, mut parts) = (TokenStream::new(), TokenStream::new(), TokenStream::new());
    let mut at = 0_usize;
    for (ident, field, surface) in fields {
        if surface.skipped {
            parts.extend(quote!(#ident: ::core::default::Default::default(),));
            continue;
        }
        let slot = format_ident!("__{at}");
        let read = method(if surface.int64 { "read_int64" } else { "read" }, field);
        slots.extend(quote!(let mut #slot = fields.slot();));
        arms.extend(quote!(#at => fields.#read(#at, &mut #slot)?,));
        let value = match &surface.default {
            _ if surface.optional => quote!(#slot.value()),
            Some(DefaultSurface::Own) => quote!(#slot.value().unwrap_or_default()),
            Some(DefaultSurface::Json(json)) => {
                let default = if surface.int64 { quote!(int64::default) } else { quote!(default) };
                quote!(#slot.value().unwrap_or_else(|| ::tidewire::__private::#default(#json)))
            }
            None => quote!(fields.needed(#at, #slot)?),
        };
        parts.extend(quote!(#ident: #value,));
        at += 1;
    }
    quote! {
        #slots
        while let ::core::option::Option::Some(at) = fields.next_field()? {
            match at { #arms _ => {} }
        }
        ::core::result::Result::Ok(Self { #parts })
    }
}
