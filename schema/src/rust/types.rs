//! Rust types: what their spelling says about the wire.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, GenericArgument, PathArguments};

use super::attributes::{self, Argument};
use super::constraints;
use super::kind::Kind;
use super::{Spot, payload_of};
use crate::Type;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean};

/// A tuple has at most this many items.
const MAX_TUPLE: usize = 8;

/// With more mistakes than this nobody is helped by the nearest name.
const MAX_SUGGESTIONS: usize = 200;

const KNOWN: &str = "define it in this module, or use `String`, `bool`, `i32`, `u32`, `f64`, `Int64`, `Uuid`, `DateTime<Utc>`, `Json`, `Vec`, `BTreeMap<String, _>`, `Option`, `Nullable`";

/// A field's type as concluded from its spelling and its attributes.
pub(super) struct Concluded {
    pub(super) ty: Type,
    /// The type as it was read, with `Self` spelled out, and what was concluded of it.
    pub(super) belief: (syn::Type, Kind),
    pub(super) optional: bool,
    pub(super) int64: bool,
    /// What `#[rt(…)]` says of the default: the caller knows whether there can be one.
    pub(super) default: Option<Argument>,
}

/// Where the names in a field are looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum World {
    /// All items stand in one module.
    Module,
    /// All items are known, wherever they stand: those of a `contract!`.
    List,
    /// One item alone: any name may be a type that is defined elsewhere.
    Item,
}

/// The names that may stand in a field, and for each event that wraps a named type the name of that type.
pub(super) struct Known {
    pub(super) world: World,
    pub(super) types: HashMap<String, Option<String>>,
    /// Signals carry no data; naming one in a field deserves a message of its own.
    pub(super) signals: Vec<String>,
    /// Items with generics, and their parameters: they are reported where they are declared, and not again where they are used.
    pub(super) generic: HashSet<String>,
}

/// Reads the type of a field of `item`, and what `#[rt(…)]` adds.
pub(super) fn field(
    item: &Ident,
    (ty, attributes): (&syn::Type, &[Attribute]),
    known: &Known,
    diagnostics: &mut Diagnostics<Spot>,
) -> Option<Concluded> {
    let ty = without_self(ty, item);
    let arguments = attributes::collect(attributes, "rt", diagnostics);
    let (mut default, mut constraining) = (None, Vec::new());
    for argument in arguments {
        if matches!(argument.key().as_str(), "default" | "default_json") {
            if default.as_ref().is_some_and(|earlier: &Argument| earlier.key() != argument.key()) {
                diagnostics.push(Diagnostic::error(Code::DuplicateKey, argument.span, "there are two defaults").help("remove one"));
            }
            default = Some(argument);
        } else {
            constraining.push(argument);
        }
    }
    let (mut wire, kind) = conclude(&ty, known, diagnostics)?;
    let int64 = constraints::apply(Spot::of(&ty), (&mut wire, &kind), constraining, known, diagnostics)?;
    Some(Concluded { ty: wire, optional: matches!(kind, Kind::Optional(_)), int64, default, belief: (ty, kind) })
}

/// The type with the item's name for `Self`, which means nothing outside of the item.
pub fn without_self(ty: &syn::Type, item: &Ident) -> syn::Type {
    fn replace(tokens: TokenStream, item: &Ident) -> TokenStream {
        let replaced = tokens.into_iter().map(|token| match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                let mut named = item.clone();
                named.set_span(ident.span());
                TokenTree::Ident(named)
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), replace(group.stream(), item));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            other => other,
        });
        replaced.collect()
    }
    syn::parse2(replace(ty.to_token_stream(), item)).unwrap_or_else(|_| ty.clone())
}

/// What the spelling of a type says.
fn conclude(ty: &syn::Type, known: &Known, diagnostics: &mut Diagnostics<Spot>) -> Option<(Type, Kind)> {
    match ty {
        syn::Type::Path(path) => of_path(ty, path, known, diagnostics),
        syn::Type::Tuple(tuple) => of_tuple(tuple, known, diagnostics),
        // Parentheses around a type, or none at all where a macro wrote it.
        syn::Type::Paren(inner) => conclude(&inner.elem, known, diagnostics),
        syn::Type::Group(inner) => conclude(&inner.elem, known, diagnostics),
        _ => {
            let message = format!("`{}` has no form in JSON here", ty.to_token_stream().to_string().replace("& ", "&"));
            diagnostics.push(
                Diagnostic::error(Code::NoWireForm, Spot::of(ty), message)
                    .help("use a struct with named fields, or a type of the documented list"),
            );
            None
        }
    }
}

fn of_tuple(tuple: &syn::TypeTuple, known: &Known, diagnostics: &mut Diagnostics<Spot>) -> Option<(Type, Kind)> {
    if !(1..=MAX_TUPLE).contains(&tuple.elems.len()) {
        let (message, help) = if tuple.elems.is_empty() {
            ("`()` carries nothing".to_owned(), "leave the field out")
        } else {
            (format!("a tuple has at most {MAX_TUPLE} items"), "use a struct with named fields")
        };
        diagnostics.push(Diagnostic::error(Code::NoWireForm, Spot::of(tuple), message).help(help));
        return None;
    }
    let read: Vec<(Type, Kind)> = tuple.elems.iter().filter_map(|item| inside(item, known, diagnostics)).collect();
    // Every item is read first, so that all that is wrong is reported.
    (read.len() == tuple.elems.len()).then(|| {
        let (items, kinds) = read.into_iter().unzip();
        (Type::Tuple { items }, Kind::Tuple(kinds))
    })
}

fn of_path(ty: &syn::Type, path: &syn::TypePath, known: &Known, diagnostics: &mut Diagnostics<Spot>) -> Option<(Type, Kind)> {
    // An item of the module wins over a name of the list, as it does in Rust.
    if let Some(name) = path.path.get_ident().filter(|_| path.qself.is_none() && known.world == World::Module)
        && known.types.contains_key(&name.unraw().to_string())
    {
        return named(ty, path, known, diagnostics);
    }
    let segment = path.path.segments.last()?;
    let name = segment.ident.to_string();
    let arguments: Vec<&syn::Type> = match &segment.arguments {
        PathArguments::AngleBracketed(list) => {
            list.args.iter().filter_map(|argument| if let GenericArgument::Type(ty) = argument { Some(ty) } else { None }).collect()
        }
        _ => Vec::new(),
    };
    if let (Some((ty, kind)), []) = (scalar(&name), arguments.as_slice()) {
        return Some((ty, kind));
    }
    match (name.as_str(), arguments.as_slice()) {
        ("i128" | "u128" | "isize" | "usize", []) => {
            let message = format!("`{name}` has no portable form in JSON");
            let help = "use `u32`, `u64` with `#[rt(max = 9007199254740991)]`, or `Uint64`, which is text on the wire";
            diagnostics.push(Diagnostic::error(Code::Wide, Spot::of(ty), message).help(help));
            None
        }
        ("DateTime", [_]) => Some((Type::DateTime, Kind::DateTime)),
        ("Value", []) if path.path.segments.len() == 2 && path.path.segments[0].ident == "serde_json" => Some((Type::Any, Kind::Json)),
        ("Box", [inner]) => conclude(inner, known, diagnostics),
        ("Option", [inner]) => {
            let (inner, kind) = inside(inner, known, diagnostics)?;
            Some((inner, Kind::Optional(Box::new(kind))))
        }
        ("Nullable", [inner]) => {
            let (of, kind) = inside(inner, known, diagnostics)?;
            if matches!(of, Type::Nullable { .. } | Type::Any) {
                diagnostics
                    .push(Diagnostic::error(Code::NoWireForm, Spot::of(ty), "this is null in two ways").help("take one `Nullable` away"));
                return None;
            }
            Some((Type::Nullable { of: Box::new(of) }, Kind::Nullable(Box::new(kind))))
        }
        ("Vec", [inner]) => {
            let (items, kind) = inside(inner, known, diagnostics)?;
            Some((Type::list_of(items), Kind::List(Box::new(kind))))
        }
        ("BTreeMap" | "HashMap", [key, inner]) => {
            if !matches!(conclude(key, known, diagnostics)?, (Type::String { .. }, Kind::Text)) {
                diagnostics.push(
                    Diagnostic::error(Code::NoWireForm, Spot::of(key), "the keys of a map are texts in JSON")
                        .help(format!("write `{name}<String, …>`; `#[rt(keys = \"…\")]` is a pattern that every key matches")),
                );
                return None;
            }
            let (values, kind) = inside(inner, known, diagnostics)?;
            Some((Type::map_of(values), Kind::Map(Box::new(kind))))
        }
        _ => named(ty, path, known, diagnostics),
    }
}

/// The types that need no arguments.
fn scalar(name: &str) -> Option<(Type, Kind)> {
    let integer = |min: i64, max: i64| (Type::Integer { min, max, multiple_of: None }, Kind::Integer { min, max });
    Some(match name {
        "String" => (Type::TEXT, Kind::Text),
        "bool" => (Type::Boolean, Kind::Boolean),
        "i8" => integer(i8::MIN.into(), i8::MAX.into()),
        "i16" => integer(i16::MIN.into(), i16::MAX.into()),
        "i32" => integer(i32::MIN.into(), i32::MAX.into()),
        "u8" => integer(0, u8::MAX.into()),
        "u16" => integer(0, u16::MAX.into()),
        "u32" => integer(0, u32::MAX.into()),
        // The bounds, or the form as text, come with the attribute.
        "i64" => (Type::Int64 { signed: true }, Kind::Wide { signed: true }),
        "u64" => (Type::Int64 { signed: false }, Kind::Wide { signed: false }),
        "Int64" => (Type::Int64 { signed: true }, Kind::Decimal { signed: true }),
        "Uint64" => (Type::Int64 { signed: false }, Kind::Decimal { signed: false }),
        "f32" | "f64" => (Type::NUMBER, Kind::Number),
        "Uuid" => (Type::Uuid, Kind::Uuid),
        "Json" => (Type::Any, Kind::Json),
        _ => return None,
    })
}

/// Reads a type inside another one. An `Option` stands nowhere but directly in a field, where it means that the field may be absent.
pub(super) fn inside(ty: &syn::Type, known: &Known, diagnostics: &mut Diagnostics<Spot>) -> Option<(Type, Kind)> {
    let (wire, kind) = conclude(ty, known, diagnostics)?;
    if matches!(kind, Kind::Optional(_)) {
        diagnostics.push(
            Diagnostic::error(Code::NoWireForm, Spot::of(ty), "only a field can be absent")
                .help("write `Nullable<…>` for a value that may be null"),
        );
        return None;
    }
    Some((wire, kind))
}

fn named(ty: &syn::Type, path: &syn::TypePath, known: &Known, diagnostics: &mut Diagnostics<Spot>) -> Option<(Type, Kind)> {
    let name = path.path.segments.last().map(|last| last.ident.unraw().to_string()).unwrap_or_default();
    if path.qself.is_none() && known.reaches(&path.path) {
        match known.world {
            World::Item => return Some((Type::Ref { name: name.clone() }, Kind::Called(name))),
            _ if known.types.contains_key(&name) => return Some((payload_of(&name, known), Kind::Named(name))),
            _ => {}
        }
        if known.signals.contains(&name) {
            diagnostics.push(
                Diagnostic::error(Code::NoWireForm, Spot::of(ty), format!("`{name}` is a signal: it carries no data"))
                    .help("use a struct with fields"),
            );
            return None;
        }
    }
    if known.generic.contains(&name) {
        return None;
    }
    let shown = ty.to_token_stream().to_string().replace(' ', "");
    // Comparing names is worth it for a mistake, not for a module of nothing else.
    let few = diagnostics.iter().count() < MAX_SUGGESTIONS;
    let nearest = did_you_mean(&name, known.types.keys().map(String::as_str).filter(|_| few));
    let (message, help) = match known.world {
        World::List => (format!("`{shown}` is not a type of this contract"), "derive `Payload` for it, and list it in `contract!(…)`"),
        _ => (format!("`{shown}` is not a type of this events module"), KNOWN),
    };
    diagnostics.push(Diagnostic::error(Code::UnknownType, Spot::of(ty), message).help(help).maybe_help(nearest));
    None
}

impl Known {
    /// Whether a path may name one of the items: by its name alone, or from anywhere.
    pub(super) fn reaches(&self, path: &syn::Path) -> bool {
        let bare = path.segments.iter().all(|segment| segment.arguments.is_none());
        bare && (self.world != World::Module || path.get_ident().is_some())
    }

    /// The name of the item that a path names.
    pub(super) fn name_at(&self, path: &syn::Path) -> Option<String> {
        path.segments.last().filter(|_| self.reaches(path)).map(|last| last.ident.unraw().to_string())
    }
}

/// Whether a name says what a type is, so that an item which stands alone cannot have it.
pub(super) fn is_taken(name: &str) -> bool {
    scalar(name).is_some() || ["Option", "Nullable", "Vec", "BTreeMap", "HashMap", "Box", "DateTime"].contains(&name)
}
