//! A Rust module becomes a contract. The macro and the generator share this parser, so they cannot disagree.

mod attributes;
mod carries;
mod channels;
mod constraints;
mod defaults;
mod derives;
mod enums;
mod event_enums;
mod items;
mod kind;
mod markers;
mod nesting;
mod schema;
mod serde;
mod shapes;
mod surface;
mod types;

use std::collections::{HashMap, HashSet};

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Fields, Item, ItemEnum, ItemMod, ItemStruct};

pub use nesting::too_deep;
pub use surface::{
    Body, CallSurface, CarriesSurface, ChannelSurface, ConnectionSurface, DefaultSurface, EventSurface, FieldSurface, Kind, LiveSurface,
    ParamSurface, Surface, TypeSurface,
};

pub use derives::{Derived, Joined, join, listed, parse_derived, parse_item, parse_list};

use crate::assemble::{Draft, assemble};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place};
use crate::{Contract, Type};
pub use types::without_self;
use types::{Known, World};

/// A place in a Rust module: from one token to another, which may be the same. Stable rustc joins no spans, so both ends are kept.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// The first token.
    pub first: Span,
    /// The last token.
    pub last: Span,
}

impl Spot {
    /// Where these tokens stand.
    pub fn of(tokens: &impl ToTokens) -> Self {
        let mut spans = tokens.to_token_stream().into_iter().map(|token| token.span());
        let first = spans.next().unwrap_or_else(Span::call_site);
        Self { first, last: spans.last().unwrap_or(first) }
    }
}

impl From<Span> for Spot {
    fn from(span: Span) -> Self {
        Self { first: span, last: span }
    }
}

impl Place for Spot {}

/// The helper attributes that belong to us, and that an expansion takes off.
pub const HELPERS: [&str; 7] = ["event", "channel", "live", "call", "connection", "rt", "serde"];

/// The attributes that give a type something to carry it.
const CARRIERS: [&str; 3] = ["event", "call", "connection"];

/// References are followed this far; a longer chain is circular, which is reported as that, or nobody's intention.
const MAX_CHAIN: usize = 64;

/// A parsed module.
#[derive(Debug)]
pub struct Module {
    /// The contract; incomplete where there are errors.
    pub contract: Contract,
    /// What is wrong.
    pub diagnostics: Diagnostics<Spot>,
    /// What was concluded about each item, at the same index.
    pub surface: Vec<Surface>,
}

/// Parses a module that carries `#[realtime_events(arguments)]`.
pub fn parse(arguments: TokenStream, module: &ItemMod) -> Module {
    let mut diagnostics = Diagnostics::default();
    let place = (module.ident.span().into(), "#[realtime_events(name = \"acme-live\")]");
    let name = contract_name(attributes::arguments(arguments, &mut diagnostics), place, &mut diagnostics);
    let Some((_, items)) = &module.content else {
        let error = Diagnostic::error(
            Code::NotAModule,
            module.ident.span(),
            "the events stand in the module's body, and this module has none here",
        );
        diagnostics.push(error.help(format!("write `mod {} {{ … }}`", module.ident)));
        return read(name, &[], World::Module, diagnostics);
    };
    read(name, items, World::Module, diagnostics)
}

/// Reads items, and makes a contract of them.
fn read<'a>(
    name: Option<(String, Spot)>,
    items: impl IntoIterator<Item = &'a Item>,
    world: World,
    mut diagnostics: Diagnostics<Spot>,
) -> Module {
    let items: Vec<&Item> = items.into_iter().collect();
    let known = known(&items, world);
    let mut draft = Draft { name, ..Draft::default() };
    let mut reader = items::Reader::new(&known, &mut draft, &mut diagnostics);
    let mut surface: Vec<Surface> = items.iter().map(|item| reader.item(item)).collect();
    let (shapes, defaults) = (reader.shapes, reader.defaults);
    draft.types = shapes::finish(shapes, &defaults, &mut diagnostics);
    channels::read(&items, &known, &mut surface, &mut draft, &mut diagnostics);
    markers::Reader { known: &known, draft: &mut draft, diagnostics: &mut diagnostics }.live(&items, &mut surface);
    let contract = assemble(draft, &mut diagnostics);
    Module { contract, diagnostics, surface }
}

/// The arguments of `#[realtime_events(…)]` on a module, wherever the attribute was imported from.
pub fn arguments_of(module: &ItemMod) -> Option<TokenStream> {
    let attribute =
        module.attrs.iter().find(|attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "realtime_events"))?;
    Some(match &attribute.meta {
        syn::Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    })
}

/// The name among the arguments of a module, or of a `contract!`, which stand at `place`.
fn contract_name(
    arguments: Vec<attributes::Argument>,
    (place, example): (Spot, &str),
    diagnostics: &mut Diagnostics<Spot>,
) -> Option<(String, Spot)> {
    let mut name = None;
    let problems = diagnostics.iter().count();
    for argument in arguments {
        if argument.key() == "name" {
            name = argument.text(diagnostics).map(|text| (text.value(), text.span().into()));
        } else {
            argument.unknown(&["name"], diagnostics);
        }
    }
    if name.is_none() && diagnostics.iter().count() == problems {
        let error = Diagnostic::error(Code::MissingKey, place, "the contract has no name");
        diagnostics.push(error.help(format!("write `{example}`: the name of the client package")));
    }
    name
}

/// What may stand in a field: every struct and enum of the module that is neither a channel nor a signal.
fn known(items: &[&Item], world: World) -> Known {
    let has = |attributes: &[syn::Attribute], name: &str| attributes.iter().any(|attribute| attribute.path().is_ident(name));
    let mut types = HashMap::new();
    let mut signals = Vec::new();
    let mut generic = HashSet::new();
    for item in items {
        if let Item::Struct(ItemStruct { ident, generics, .. }) | Item::Enum(ItemEnum { ident, generics, .. }) = item
            && !generics.params.is_empty()
        {
            generic.insert(ident.unraw().to_string());
            generic.extend(generics.type_params().map(|parameter| parameter.ident.unraw().to_string()));
        }
        match item {
            Item::Struct(item) if has(&item.attrs, "channel") => {}
            Item::Struct(item) if matches!(item.fields, Fields::Unit) => signals.push(item.ident.unraw().to_string()),
            Item::Struct(item) => {
                let wraps = if CARRIERS.iter().any(|carrier| has(&item.attrs, carrier)) {
                    single_field(&item.fields).and_then(|ty| plain_name(ty, world))
                } else {
                    None
                };
                types.insert(item.ident.unraw().to_string(), wraps);
            }
            Item::Enum(item) => {
                types.insert(item.ident.unraw().to_string(), None);
            }
            _ => {}
        }
    }
    // An event that wraps another such event stands for what that one wraps.
    let names: Vec<String> = types.keys().cloned().collect();
    for name in names {
        let mut target = types.get(&name).cloned().flatten();
        for _ in 0..types.len() {
            match target.as_ref().and_then(|target| types.get(target)) {
                Some(Some(further)) => target = Some(further.clone()),
                Some(None) => break,
                None => target = None,
            }
        }
        types.insert(name, target);
    }
    Known { world, types, signals, generic }
}

fn single_field(fields: &Fields) -> Option<&syn::Type> {
    match fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first().map(|field| &field.ty),
        _ => None,
    }
}

fn plain_name(ty: &syn::Type, world: World) -> Option<String> {
    match ty {
        syn::Type::Path(path) if path.qself.is_none() => match world {
            World::Module => path.path.get_ident().map(|ident| ident.unraw().to_string()),
            _ => path.path.segments.last().map(|last| last.ident.unraw().to_string()),
        },
        _ => None,
    }
}

/// The payload of an event whose item is `name` with this shape.
fn payload_of(name: &str, known: &Known) -> Type {
    let target = known.types.get(name).cloned().flatten();
    Type::Ref { name: target.unwrap_or_else(|| name.to_owned()) }
}

/// A path as people write it.
fn shown(path: &syn::Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

/// Where an item's name stands, for errors about the item as a whole.
fn span_of(item: &Item) -> Span {
    match item {
        Item::Fn(item) => item.sig.ident.span(),
        Item::Mod(item) => item.ident.span(),
        Item::Trait(item) => item.ident.span(),
        Item::Type(item) => item.ident.span(),
        Item::Static(item) => item.ident.span(),
        Item::Union(item) => item.ident.span(),
        other => other.span(),
    }
}
