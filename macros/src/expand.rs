//! A parsed module becomes the user's items with derives, and the impls that make them events and channels.

mod derived;
mod events;
mod items;
mod live;
mod object;
mod proofs;
mod services;
mod support;

pub(crate) use derived::{collect, item, joined};
use events::Carried;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{AttrStyle, Item, ItemMod};
use tidewire_schema::diagnostic::{Diagnostic, Diagnostics, Severity};
use tidewire_schema::rust::{Body, CarriesSurface, ChannelSurface, FieldSurface, Kind, Module, ParamSurface, Spot, Surface, TypeSurface};
use tidewire_schema::{Carries, Contract, DEFAULT_CHANNEL, UNNAMED};

/// Expands a module. The user's items come out also when there are errors, so that the rest of the program reports nothing of its own.
pub(crate) fn module(module: ItemMod, parsed: &Module) -> TokenStream {
    let errors = errors(&parsed.diagnostics);
    let failed = parsed.diagnostics.has_errors();
    let ItemMod { attrs, vis, ident, content, .. } = module;
    let (inner, outer): (Vec<_>, Vec<_>) = attrs.into_iter().partition(|attribute| matches!(attribute.style, AttrStyle::Inner(_)));
    let items: Vec<Item> = content.map(|(_, items)| items).unwrap_or_default();
    let scope = Scope { contract: &parsed.contract, items: &items, surface: &parsed.surface, failed, alone: false };
    let definitions =
        items.iter().zip(&parsed.surface).enumerate().map(|(at, (item, surface))| items::definition(at, item, surface, failed));
    let impls = scope.impls();
    let proofs = if failed { TokenStream::new() } else { proofs::all(&items, &parsed.surface) };
    let support = if failed { TokenStream::new() } else { support::all(&items, &parsed.surface) };
    let live = live::all(&scope);
    let contract = contract_items(&parsed.contract);
    quote! {
        #errors
        #(#outer)*
        #vis mod #ident {
            #(#inner)*
            #(#definitions)*
            #support
            #impls
            #live
            #proofs
            #contract
        }
    }
}

/// One compile error for each diagnostic, and one for each further place that it points at.
fn errors(diagnostics: &Diagnostics<Spot>) -> TokenStream {
    diagnostics.iter().filter(|found| found.severity == Severity::Error).map(error).collect()
}

pub(crate) fn error(found: &Diagnostic<Spot>) -> TokenStream {
    let mut text = format!("[{}] {}", found.code, found.message);
    if let Some(help) = &found.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    let spot = found.labels.first().map_or_else(|| Span::call_site().into(), |label| label.place);
    let mut error = spanned(spot, text);
    for label in found.labels.iter().skip(1) {
        error.combine(spanned(label.place, format!("[{}] {}", found.code, label.text)));
    }
    error.into_compile_error()
}

/// An error that underlines everything from the first token to the last.
fn spanned(Spot { first, last }: Spot, text: String) -> syn::Error {
    let (first, last) = (quote_spanned!(first=> _), quote_spanned!(last=> _));
    syn::Error::new_spanned(quote!(#first #last), text)
}

fn contract_items(contract: &Contract) -> TokenStream {
    let json = contract.to_json();
    let hash = contract.hash();
    quote! {
        /// The contract as JSON: names, types, documentation.
        pub const CONTRACT: &str = #json;

        /// The hash of everything in the contract that matters on the wire.
        #[allow(dead_code)]
        pub const CONTRACT_HASH: u128 = #hash;

        /// The contract of this module, for `Realtime::builder`.
        #[allow(dead_code)]
        #[must_use]
        pub fn contract() -> &'static ::tidewire::Contract {
            static PARSED: ::std::sync::LazyLock<::tidewire::Contract> = ::std::sync::LazyLock::new(|| ::tidewire::__private::contract(CONTRACT));
            &PARSED
        }
    }
}

/// The items of a module and what was concluded about them.
struct Scope<'a> {
    contract: &'a Contract,
    items: &'a [Item],
    surface: &'a [Surface],
    failed: bool,
    /// Whether this is one item with a derive, which knows nothing of the others.
    alone: bool,
}

impl Scope<'_> {
    fn impls(&self) -> TokenStream {
        let (own, default) = (self.own_impls(), self.default_channel());
        quote!(#own #default)
    }

    /// What each item is by itself.
    fn own_impls(&self) -> TokenStream {
        let types = self.types().map(|(ident, surface)| self.type_impls(ident, surface));
        let channels = self.channels().map(|(ident, surface)| self.channel_impls(ident, surface));
        quote!(#(#types)* #(#channels)*)
    }

    fn types(&self) -> impl Iterator<Item = (&Ident, &TypeSurface)> {
        self.items.iter().zip(self.surface).filter_map(|(item, surface)| match surface {
            Surface::Type(surface) => Some((ident_of(item)?, surface)),
            _ => None,
        })
    }

    fn channels(&self) -> impl Iterator<Item = (&Ident, &ChannelSurface)> {
        self.items.iter().zip(self.surface).filter_map(|(item, surface)| match surface {
            Surface::Channel(surface) => Some((ident_of(item)?, surface)),
            _ => None,
        })
    }

    fn event_ident(&self, name: &str) -> Option<&Ident> {
        self.types().find(|(_, surface)| surface.event.as_ref().is_some_and(|event| event.name == name)).map(|(ident, _)| ident)
    }

    fn type_impls(&self, ident: &Ident, surface: &TypeSurface) -> TokenStream {
        let signal = matches!(surface.body, Body::Unit);
        let event = match &surface.event {
            Some(event) => Some((event.name.clone(), event.server)),
            // A payload that stands in a channel without a list of events is the event itself.
            None => self.unnamed_server_right(ident).map(|server| (UNNAMED.to_owned(), server)),
        };
        let event = event.map(|(name, server)| {
            let server = server.then(
                || quote_spanned!(ident.span()=> #[automatically_derived] #[allow(deprecated)] impl ::tidewire::ServerEvent for #ident {}),
            );
            quote! {
                #[automatically_derived]
                #[allow(deprecated)]
                impl ::tidewire::Event for #ident {
                    const NAME: &'static str = #name;
                    const SIGNAL: bool = #signal;
                }
                #server
            }
        });
        let wire = (!signal).then(|| {
            let name = ident.unraw().to_string();
            let forms = if self.failed { quote!(::tidewire::__private::Forms::ALL) } else { support::forms_of(&surface.body) };
            quote! {
                #[automatically_derived]
                #[allow(deprecated)]
                impl ::tidewire::__private::WireType for #ident {
                    const KIND: ::tidewire::__private::Kind = ::tidewire::__private::Kind::Named(::core::concat!(::core::module_path!(), "::", #name));
                    const FORMS: ::tidewire::__private::Forms = #forms;
                }
            }
        });
        let call = surface.call.as_ref().map(|call| services::call(ident, call, signal, self.failed));
        let connection = services::connection(ident, surface.connection);
        let param = self.param_impl(ident, &surface.body);
        quote!(#event #call #connection #wire #param)
    }

    /// Whether the service may publish `ident` as the unnamed payload of some channel; nothing if it is the payload of none.
    fn unnamed_server_right(&self, ident: &Ident) -> Option<bool> {
        let rights = self.channels().filter_map(|(_, surface)| match &surface.carries {
            CarriesSurface::Payload { path, server } if path.is_ident(ident) => Some(*server),
            _ => None,
        });
        rights.reduce(|any, server| any || server)
    }

    /// Enums and newtypes can be parameters of channels.
    fn param_impl(&self, ident: &Ident, body: &Body) -> Option<TokenStream> {
        let (value, read) = match body {
            Body::Enum { values, open: false } => {
                let variants: Vec<&Ident> = self.items.iter().find_map(|item| match item {
                    Item::Enum(item) if item.ident == *ident => Some(item.variants.iter().map(|variant| &variant.ident).collect()),
                    _ => None,
                })?;
                let arms = variants.iter().zip(values).map(|(variant, value)| quote!(Self::#variant => #value));
                let readings = variants.iter().zip(values).map(|(variant, value)| quote!(#value => Self::#variant));
                (
                    quote!(::std::string::ToString::to_string(match self { #(#arms),* })),
                    quote!(::core::option::Option::Some(match text { #(#readings,)* _ => return ::core::option::Option::None })),
                )
            }
            Body::Newtype(FieldSurface { belief: Some((_, kind)), int64: false, .. }) if self.can_be_param(kind, 0) => (
                quote!(::tidewire::__private::ParamValue::to_param(&self.0)),
                quote!(::core::option::Option::Some(Self(::tidewire::__private::ParamValue::from_param(text)?))),
            ),
            _ => return None,
        };
        Some(quote! {
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::tidewire::__private::ParamValue for #ident {
                fn to_param(&self) -> ::std::string::String { #value }
                fn from_param(text: &str) -> ::core::option::Option<Self> { #read }
            }
        })
    }

    fn can_be_param(&self, kind: &Kind, depth: usize) -> bool {
        match kind {
            Kind::Text | Kind::Boolean | Kind::Integer { .. } | Kind::Uuid => true,
            Kind::Named(name) if depth < self.items.len() => self.types().any(|(ident, surface)| {
                ident.unraw() == name
                    && match &surface.body {
                        Body::Enum { open, .. } => !open,
                        Body::Newtype(FieldSurface { belief: Some((_, kind)), .. }) => self.can_be_param(kind, depth + 1),
                        _ => false,
                    }
            }),
            _ => false,
        }
    }

    fn channel_impls(&self, ident: &Ident, surface: &ChannelSurface) -> TokenStream {
        let pattern = &surface.pattern;
        // With errors in the module the types of the parameters may be anything.
        let params = surface.params.iter().filter(|_| !self.failed).map(|ParamSurface { wire, field, optional, .. }| {
            let value = if *optional { quote!(self.#field.as_ref()) } else { quote!(::core::option::Option::Some(&self.#field)) };
            quote!(#value.map(|value| (#wire, ::tidewire::__private::ParamValue::to_param(value))))
        });
        let count = if self.failed { 0 } else { surface.params.len() };
        let carries: TokenStream = match &surface.carries {
            CarriesSurface::Events(paths) => paths.iter().map(|path| carries_impl(&quote!(#path), ident, path.span())).collect(),
            CarriesSurface::Payload { path, .. } => carries_impl(&quote!(#path), ident, path.span()),
            CarriesSurface::Signal => carries_impl(&quote!(::tidewire::Signal), ident, ident.span()),
            CarriesSurface::AllShared => self.carried_by(pattern).map(|event| carries_impl(&quote!(#event), ident, ident.span())).collect(),
        };
        let event_enum = self.event_enum(ident, surface);
        // With errors in the module the type may be anything.
        let presence = surface.presence.as_ref().filter(|_| !self.failed).map(|member| {
            quote_spanned! {member.span()=>
                #[automatically_derived]
                #[allow(deprecated)]
                impl ::tidewire::HasPresence for #ident {
                    type Member = #member;
                }
            }
        });
        quote! {
            #event_enum
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::tidewire::Channel for #ident {
                const PATTERN: &'static str = #pattern;
                fn params(&self) -> ::std::vec::Vec<(&'static str, ::std::string::String)> {
                    let params: [::core::option::Option<(&'static str, ::std::string::String)>; #count] = [#(#params),*];
                    params.into_iter().flatten().collect()
                }
            }
            #carries
            #presence
        }
    }

    /// The enum of a channel's events. For every shared event nobody knows it but the whole.
    fn event_enum(&self, ident: &Ident, surface: &ChannelSurface) -> Option<TokenStream> {
        let name = surface.event_enum.as_ref()?;
        let visibility = self.items.iter().find_map(|item| match item {
            Item::Struct(item) if item.ident == *ident => Some(&item.vis),
            _ => None,
        })?;
        let carried: Vec<Carried> = match &surface.carries {
            CarriesSurface::Events(paths) => paths.iter().filter_map(Carried::at).collect(),
            CarriesSurface::Payload { path, .. } => Carried::at(path).into_iter().collect(),
            CarriesSurface::Signal => vec![Carried::signal(ident.span())],
            CarriesSurface::AllShared if self.alone => return None,
            CarriesSurface::AllShared => self.carried_by(&surface.pattern).filter_map(|event| Carried::at(&event.clone().into())).collect(),
        };
        Some(events::event_enum((visibility, name), ident, carried, !self.alone))
    }

    /// The events that the contract's channel `pattern` carries by name.
    fn carried_by(&self, pattern: &str) -> impl Iterator<Item = &Ident> {
        let names = match self.contract.channel_with(pattern).map(|channel| &channel.carries) {
            Some(Carries::Events(names)) => names.as_slice(),
            _ => &[],
        };
        names.iter().filter_map(|name| self.event_ident(name))
    }

    /// What the default channel carries, whether it is declared or not: `realtime.publish(event)` asks for this.
    fn default_channel(&self) -> TokenStream {
        self.carried_by(DEFAULT_CHANNEL)
            .map(|event| carries_impl(&quote!(#event), &quote!(::tidewire::DefaultChannel), event.span()))
            .collect()
    }
}

fn carries_impl(event: &TokenStream, channel: &impl quote::ToTokens, span: Span) -> TokenStream {
    quote_spanned! {span=>
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::tidewire::Carries<#event> for #channel {}
    }
}

/// The name of a struct or an enum. One with generics has been refused, and can be given nothing.
fn ident_of(item: &Item) -> Option<&Ident> {
    let (ident, generics) = match item {
        Item::Struct(item) => (&item.ident, &item.generics),
        Item::Enum(item) => (&item.ident, &item.generics),
        _ => return None,
    };
    generics.params.is_empty().then_some(ident)
}
