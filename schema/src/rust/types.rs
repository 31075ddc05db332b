//! Rust types and the constraints on them.

use std::collections::HashMap;

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{GenericArgument, PathArguments};

use super::Spot;
use super::attributes::{self, Argument, Value};
use super::surface::Kind;
use crate::assemble::empty_range;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::{MAX_SAFE, Type, regexp};

const CONSTRAINTS: [&str; 8] = ["min_length", "max_length", "pattern", "min", "max", "min_items", "max_items", "int64"];

/// A field's type as concluded from its spelling and its attributes.
pub(super) struct Concluded {
    pub(super) ty: Type,
    /// The type as it was read, with `Self` spelled out, and what was concluded of it.
    pub(super) belief: (syn::Type, Kind),
    pub(super) optional: bool,
    pub(super) int64: bool,
}

/// The names of a module that may stand in a field, and for each event that wraps a named type the name of that type.
pub(super) struct Known {
    pub(super) types: HashMap<String, Option<String>>,
    /// Signals carry no data; naming one in a field deserves a message of its own.
    pub(super) signals: Vec<String>,
}

/// Reads a field of `item`: its type, and what `#[rt(…)]` adds.
pub(super) fn field(item: &Ident, field: &syn::Field, known: &Known, diagnostics: &mut Diagnostics<Spot>) -> Option<Concluded> {
    let (ty, attributes) = (&without_self(&field.ty, item), &field.attrs);
    let arguments = attributes::collect(attributes, "rt", diagnostics);
    let (wire, kind) = conclude(ty, known, diagnostics)?;
    let (optional, mut wire) = match (wire, &kind) {
        (wire, Kind::Optional(_)) => (true, wire),
        (wire, _) => (false, wire),
    };
    let int64 = constrain(ty, &mut wire, arguments, diagnostics)?;
    if int64 && !matches!(kind, Kind::Wide) {
        let message = "a 64-bit integer inside another type needs a type of its own";
        diagnostics.push(
            Diagnostic::error(Code::Wide, Spot::of(ty), message).help("wrap it: `pub struct Amount(#[rt(int64 = \"string\")] pub i64);`"),
        );
        return None;
    }
    Some(Concluded { ty: wire, belief: (ty.clone(), kind), optional, int64 })
}

/// The type with the item's name for `Self`, which means nothing outside of the item.
fn without_self(ty: &syn::Type, item: &Ident) -> syn::Type {
    fn replace(tokens: TokenStream, item: &Ident) -> TokenStream {
        let replaced = tokens.into_iter().map(|token| match token {
            TokenTree::Ident(ident) if ident == "Self" => TokenTree::Ident(Ident::new(&item.to_string(), ident.span())),
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

fn conclude(ty: &syn::Type, known: &Known, diagnostics: &mut Diagnostics<Spot>) -> Option<(Type, Kind)> {
    let syn::Type::Path(path) = ty else {
        let message = format!("`{}` has no form in JSON here", ty.to_token_stream().to_string().replace("& ", "&"));
        diagnostics.push(
            Diagnostic::error(Code::NoWireForm, Spot::of(ty), message)
                .help("use a struct with named fields, or a type of the documented list"),
        );
        return None;
    };
    let segment = path.path.segments.last()?;
    let name = segment.ident.to_string();
    let arguments: Vec<&syn::Type> = match &segment.arguments {
        PathArguments::AngleBracketed(list) => {
            list.args.iter().filter_map(|argument| if let GenericArgument::Type(ty) = argument { Some(ty) } else { None }).collect()
        }
        _ => Vec::new(),
    };
    let integer = |min: i64, max: i64| Some((Type::Integer { min, max, multiple_of: None }, Kind::Integer));
    match (name.as_str(), arguments.as_slice()) {
        ("String", []) => Some((Type::TEXT, Kind::Text)),
        ("bool", []) => Some((Type::Boolean, Kind::Boolean)),
        ("i8", []) => integer(i8::MIN.into(), i8::MAX.into()),
        ("i16", []) => integer(i16::MIN.into(), i16::MAX.into()),
        ("i32", []) => integer(i32::MIN.into(), i32::MAX.into()),
        ("u8", []) => integer(0, u8::MAX.into()),
        ("u16", []) => integer(0, u16::MAX.into()),
        ("u32", []) => integer(0, u32::MAX.into()),
        // The bounds, or the form as text, come with the attribute.
        ("i64", []) => Some((Type::Int64 { signed: true }, Kind::Wide)),
        ("u64", []) => Some((Type::Int64 { signed: false }, Kind::Wide)),
        ("i128" | "u128" | "isize" | "usize", []) => {
            let message = format!("`{name}` has no portable form in JSON");
            diagnostics
                .push(Diagnostic::error(Code::Wide, Spot::of(ty), message).help("use `u32`, or `u64` with `#[rt(int64 = \"string\")]`"));
            None
        }
        ("f32" | "f64", []) => Some((Type::NUMBER, Kind::Number)),
        ("Uuid", []) => Some((Type::Uuid, Kind::Uuid)),
        ("DateTime", [_]) => Some((Type::DateTime, Kind::DateTime)),
        ("Json", []) => Some((Type::Any, Kind::Json)),
        ("Value", []) if path.path.segments.len() == 2 && path.path.segments[0].ident == "serde_json" => Some((Type::Any, Kind::Json)),
        ("Box", [inner]) => conclude(inner, known, diagnostics),
        ("Option", [inner]) => {
            let (inner, kind) = conclude(inner, known, diagnostics)?;
            Some((inner, Kind::Optional(Box::new(only_directly(ty, kind, diagnostics)?))))
        }
        ("Nullable", [inner]) => {
            let (of, kind) = conclude(inner, known, diagnostics)?;
            if matches!(of, Type::Nullable { .. } | Type::Any) {
                diagnostics
                    .push(Diagnostic::error(Code::NoWireForm, Spot::of(ty), "this is null in two ways").help("take one `Nullable` away"));
                return None;
            }
            Some((Type::Nullable { of: Box::new(of) }, Kind::Nullable(Box::new(only_directly(ty, kind, diagnostics)?))))
        }
        ("Vec", [inner]) => {
            let (items, kind) = conclude(inner, known, diagnostics)?;
            let ty_of_list = Type::list_of(items);
            Some((ty_of_list, Kind::List(Box::new(only_directly(ty, kind, diagnostics)?))))
        }
        ("BTreeMap" | "HashMap", [key, inner]) => {
            if !matches!(conclude(key, known, diagnostics)?, (Type::String { .. }, Kind::Text)) {
                diagnostics.push(
                    Diagnostic::error(Code::NoWireForm, Spot::of(key), "the keys of a map are texts in JSON")
                        .help(format!("write `{name}<String, …>`")),
                );
                return None;
            }
            let (values, kind) = conclude(inner, known, diagnostics)?;
            Some((Type::map_of(values), Kind::Map(Box::new(only_directly(ty, kind, diagnostics)?))))
        }
        _ => named(ty, path, &name, known, diagnostics),
    }
}

/// Refuses an `Option` anywhere but directly in a field, where it means that the field may be absent.
fn only_directly(ty: &syn::Type, kind: Kind, diagnostics: &mut Diagnostics<Spot>) -> Option<Kind> {
    if matches!(kind, Kind::Optional(_)) {
        diagnostics.push(
            Diagnostic::error(Code::NoWireForm, Spot::of(ty), "only a field can be absent")
                .help("write `Nullable<…>` for a value that may be null"),
        );
        return None;
    }
    Some(kind)
}

fn named(ty: &syn::Type, path: &syn::TypePath, name: &str, known: &Known, diagnostics: &mut Diagnostics<Spot>) -> Option<(Type, Kind)> {
    if path.qself.is_none() && path.path.segments.len() == 1 {
        if let Some(wraps) = known.types.get(name) {
            let target = wraps.clone().unwrap_or_else(|| name.to_owned());
            return Some((Type::Ref { name: target }, Kind::Named(name.to_owned())));
        }
        if known.signals.iter().any(|signal| signal == name) {
            diagnostics.push(
                Diagnostic::error(Code::NoWireForm, Spot::of(ty), format!("`{name}` is a signal: it carries no data"))
                    .help("use a struct with fields"),
            );
            return None;
        }
    }
    let shown = ty.to_token_stream().to_string().replace(' ', "");
    let nearest = did_you_mean(name, known.types.keys().map(String::as_str));
    let help = "define it in this module, or use `String`, `bool`, `i32`, `u32`, `f64`, `Uuid`, `DateTime<Utc>`, `Json`, `Vec`, `BTreeMap<String, _>`, `Option`, `Nullable`";
    diagnostics.push(
        Diagnostic::error(Code::UnknownType, Spot::of(ty), format!("`{shown}` is not a type of this events module"))
            .help(help)
            .maybe_help(nearest),
    );
    None
}

/// Applies the constraints of `#[rt(…)]` to the innermost value. Whether a 64-bit integer travels as text.
fn constrain(ty: &syn::Type, wire: &mut Type, arguments: Vec<Argument>, diagnostics: &mut Diagnostics<Spot>) -> Option<bool> {
    let mut target = wire;
    while let Type::Nullable { of } = target {
        target = of;
    }
    let mut as_text = false;
    let mut bounded = false;
    if let Type::Int64 { signed } = target
        && arguments.iter().any(|argument| matches!(argument.key().as_str(), "min" | "max"))
    {
        *target = Type::Integer { min: if *signed { -MAX_SAFE } else { 0 }, max: MAX_SAFE, multiple_of: None };
        bounded = true;
    }
    for argument in arguments {
        let key = argument.key();
        if !CONSTRAINTS.contains(&key.as_str()) {
            argument.unknown(&CONSTRAINTS, diagnostics);
        } else if key == "int64" && matches!(target, Type::Int64 { .. }) {
            as_text = matches!(&argument.value, Value::Literal(syn::Lit::Str(text)) if text.value() == "string");
            if !as_text {
                diagnostics.push(
                    Diagnostic::error(Code::WrongAttribute, argument.span, "`int64` says how the integer travels")
                        .help("write `int64 = \"string\"`"),
                );
            }
        } else if !apply(target, &key, &argument, diagnostics) {
            let message = format!("`{key}` does not fit {}", target.noun());
            diagnostics.push(Diagnostic::error(Code::Constraint, argument.span, message).help(fitting(target)));
        }
    }
    if let Some(message) = empty_range(target) {
        diagnostics.push(Diagnostic::error(Code::EmptyRange, Spot::of(ty), message).help("swap the bounds"));
    }
    if matches!(target, Type::Int64 { .. }) && !as_text && !bounded {
        let message = format!("`{}` does not fit a JavaScript number", ty.to_token_stream().to_string().replace(' ', ""));
        let help = "`#[rt(int64 = \"string\")]` sends it as text, `#[rt(max = 9007199254740991)]` keeps a number";
        diagnostics
            .push(Diagnostic::error(Code::Wide, Spot::of(ty), message).label("values above 9007199254740991 would be rounded").help(help));
        return None;
    }
    Some(as_text)
}

/// Applies one constraint. `false` if it does not fit the type.
fn apply(target: &mut Type, key: &str, argument: &Argument, diagnostics: &mut Diagnostics<Spot>) -> bool {
    match (target, key) {
        (Type::String { min_length: slot, .. }, "min_length")
        | (Type::String { max_length: slot, .. }, "max_length")
        | (Type::List { min_items: slot, .. }, "min_items")
        | (Type::List { max_items: slot, .. }, "max_items") => {
            if let Some(number) = parsed(argument, diagnostics) {
                *slot = Some(number);
            }
        }
        (Type::String { pattern, .. }, "pattern") => {
            if let Some(text) = argument.text(diagnostics) {
                match regexp::translate(&text.value()) {
                    Ok(_) => *pattern = Some(text.value()),
                    Err(error) => {
                        let value = text.value();
                        let message = format!("{}: `{}`", error.message, &value[error.at.start..error.at.end]);
                        diagnostics.push(
                            Diagnostic::error(Code::BadRegexp, text.span(), message)
                                .help("patterns are ECMAScript's, without look-around and back-references"),
                        );
                    }
                }
            }
        }
        (Type::Integer { min, .. }, "min") => replace_bound(min, argument, diagnostics),
        (Type::Integer { max, .. }, "max") => replace_bound(max, argument, diagnostics),
        (Type::Number { min: slot, .. }, "min") | (Type::Number { max: slot, .. }, "max") => {
            if let Some(number) = parsed(argument, diagnostics) {
                *slot = Some(number);
            }
        }
        _ => return false,
    }
    true
}

/// Narrows an integer's bound; a bound that its Rust type cannot hold would be a lie.
fn replace_bound(bound: &mut i64, argument: &Argument, diagnostics: &mut Diagnostics<Spot>) {
    let Some(number) = parsed::<i64>(argument, diagnostics) else { return };
    let narrows = if argument.key() == "min" { number >= *bound } else { number <= *bound };
    if narrows {
        *bound = number;
    } else {
        let message = format!("`{} = {number}` lies beyond what this type holds", argument.key());
        diagnostics.push(Diagnostic::error(Code::Constraint, argument.span, message).help(format!("its own bound is {bound}")));
    }
}

fn parsed<N: std::str::FromStr>(argument: &Argument, diagnostics: &mut Diagnostics<Spot>) -> Option<N> {
    let text = argument.number(diagnostics)?;
    let number = text.parse().ok();
    if number.is_none() {
        let message = format!("`{text}` is not a number that `{}` takes", argument.key());
        diagnostics
            .push(Diagnostic::error(Code::WrongAttribute, argument.span, message).help("lengths are whole numbers from 0 to 4294967295"));
    }
    number
}

fn fitting(ty: &Type) -> &'static str {
    match ty {
        Type::String { .. } => "`min_length`, `max_length` and `pattern` do",
        Type::Integer { .. } | Type::Number { .. } => "`min` and `max` do",
        Type::Int64 { .. } => "`int64 = \"string\"`, or `min` and `max` do",
        Type::List { .. } => "`min_items` and `max_items` do; constraints on the items need a type of their own",
        Type::Ref { .. } => "write the constraint where the type is defined",
        _ => "no constraint does",
    }
}
