//! Documentation and constraints as attributes: the spelling that `#[realtime_events]` reads.

use std::str::FromStr as _;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use syn::LitFloat;
use tidewire_schema::json::Value;
use tidewire_schema::names::Case;
use tidewire_schema::{Format, Type};

use super::integers;

/// Documentation and deprecation.
pub(super) fn said(description: Option<&str>, deprecated: Option<&str>) -> TokenStream {
    let deprecated = deprecated.map(|reason| if reason.is_empty() { quote!(#[deprecated]) } else { quote!(#[deprecated = #reason]) });
    let documentation = documentation(description);
    quote!(#documentation #deprecated)
}

fn documentation(description: Option<&str>) -> TokenStream {
    let lines = description.into_iter().flat_map(str::lines).map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    lines.map(|line| quote!(#[doc = #line])).collect()
}

/// The wire name of a field, where the rule for fields does not give it.
pub(super) fn field_name(ident: &Ident, wire: &str) -> Option<TokenStream> {
    (Case::Camel.of_field(&unraw(ident)) != wire).then(|| quote!(#[serde(rename = #wire)]))
}

/// The wire name of a variant, where the rule for variants does not give it.
pub(super) fn variant_name(ident: &Ident, wire: &str) -> Option<TokenStream> {
    (Case::Camel.of_variant(&unraw(ident)) != wire).then(|| quote!(#[serde(rename = #wire)]))
}

fn unraw(ident: &Ident) -> String {
    syn::ext::IdentExt::unraw(ident).to_string()
}

/// `#[rt(…)]` with the constraints of a field, `#[serde(default)]` or what stands for a default.
pub(super) fn field(ty: &Type, default: Option<&Value>) -> TokenStream {
    let mut arguments = constraints(ty);
    let mut own = None;
    match default {
        None => {}
        Some(value) if is_own(ty, value) => own = Some(quote!(#[serde(default)])),
        Some(value) => arguments.push(written(value)),
    }
    // Only a plain field of 64 bits needs to be told that it travels as text.
    if matches!(ty, Type::Int64 { .. }) {
        arguments.push(quote!(int64 = "string"));
    }
    let rt = (!arguments.is_empty()).then(|| quote!(#[rt(#(#arguments),*)]));
    quote!(#own #rt)
}

/// `#[rt(…)]` with the constraints of a type that stands alone.
pub(super) fn alone(ty: &Type) -> Option<TokenStream> {
    let arguments = constraints(ty);
    (!arguments.is_empty()).then(|| quote!(#[rt(#(#arguments),*)]))
}

/// Whether anything has to be said about a type besides its name.
pub(super) fn is_constrained(ty: &Type) -> bool {
    !constraints(ty).is_empty()
}

/// Whether a value is what the kind itself has for a default.
fn is_own(ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (Type::String { format: None, pattern: None, .. }, Value::String(text)) => text.is_empty(),
        (Type::Int64 { .. }, Value::String(text)) => text == "0",
        (Type::Integer { .. } | Type::Number { .. }, Value::Number(number)) => number.as_i64() == Some(0),
        (Type::Boolean, Value::Bool(flag)) => !flag,
        (Type::List { .. }, Value::Array(list)) => list.is_empty(),
        (Type::Map { .. }, Value::Object(map)) => map.is_empty(),
        (Type::Any | Type::Nullable { .. }, Value::Null) => true,
        _ => false,
    }
}

/// A default in words: as a literal of Rust where that is one of JSON too.
fn written(value: &Value) -> TokenStream {
    match value {
        Value::String(text) => quote!(default = #text),
        Value::Bool(flag) => quote!(default = #flag),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => {
                let whole = integer(whole);
                quote!(default = #whole)
            }
            (None, float) if float.fract() != 0.0 => {
                let float = float_literal(float);
                quote!(default = #float)
            }
            _ => json(value),
        },
        _ => json(value),
    }
}

fn json(value: &Value) -> TokenStream {
    let text = raw(&value.to_string());
    quote!(default_json = #text)
}

/// What `#[rt(…)]` says about a value of this type, itself or what stands inside.
fn constraints(ty: &Type) -> Vec<TokenStream> {
    match ty {
        Type::String { min_length, max_length, pattern, format } => [
            count("min_length", min_length.as_ref()),
            count("max_length", max_length.as_ref()),
            pattern.as_deref().map(|pattern| text("pattern", pattern)),
            format.map(Format::name).map(|name| quote!(format = #name)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Type::Integer { min, max, multiple_of } => {
            let own = integers::fitting(*min, *max);
            // Without any bound 64 bits would be too many.
            let silent = own.wide && (own.min, own.max) == (*min, *max);
            let least = (own.min != *min).then(|| integer(*min)).map(|min| quote!(min = #min));
            let greatest = (own.max != *max || silent).then(|| integer(*max)).map(|max| quote!(max = #max));
            [least, greatest, multiple_of.map(|divisor| number("multiple_of", divisor))].into_iter().flatten().collect()
        }
        Type::Number { min, max, exclusive_min, exclusive_max, multiple_of } => {
            [("min", min), ("max", max), ("exclusive_min", exclusive_min), ("exclusive_max", exclusive_max), ("multiple_of", multiple_of)]
                .into_iter()
                .filter_map(|(key, value)| value.map(|value| number(key, value)))
                .collect()
        }
        Type::List { items, min_items, max_items, unique } => [
            count("min_items", min_items.as_ref()),
            count("max_items", max_items.as_ref()),
            unique.then(|| quote!(unique)),
            inside(&quote!(items), items, None),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Type::Map { values, keys, min_entries, max_entries } => [
            keys.as_deref().map(|pattern| text("keys", pattern)),
            count("min_entries", min_entries.as_ref()),
            count("max_entries", max_entries.as_ref()),
            inside(&quote!(values), values, None),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Type::Tuple { items } => items.iter().enumerate().filter_map(|(at, ty)| inside(&quote!(at), ty, Some(at))).collect(),
        Type::Json { schema } => {
            // A schema is maps with text keys and finite numbers: nothing in it can fail to serialise.
            let text = raw(&serde_json::to_string(schema).unwrap_or_default());
            vec![quote!(json = #text)]
        }
        Type::Nullable { of } => constraints(of),
        _ => Vec::new(),
    }
}

/// The constraints of what stands inside a list, a map, or at a position of a tuple.
fn inside(key: &TokenStream, ty: &Type, position: Option<usize>) -> Option<TokenStream> {
    let arguments = constraints(ty);
    let position = position.map(Literal::usize_unsuffixed).into_iter().map(|position| quote!(#position));
    let all: Vec<TokenStream> = position.chain(arguments.iter().cloned()).collect();
    (!arguments.is_empty()).then(|| quote!(#key(#(#all),*)))
}

fn count(key: &str, value: Option<&u32>) -> Option<TokenStream> {
    let key = super::names::identifier(key);
    value.map(|value| Literal::u32_unsuffixed(*value)).map(|value| quote!(#key = #value))
}

fn text(key: &str, value: &str) -> TokenStream {
    let (key, value) = (super::names::identifier(key), raw(value));
    quote!(#key = #value)
}

fn number(key: &str, value: f64) -> TokenStream {
    let (key, value) = (super::names::identifier(key), float_literal(value));
    quote!(#key = #value)
}

fn integer(value: i64) -> TokenStream {
    let digits = Literal::u64_unsuffixed(value.unsigned_abs());
    if value < 0 { quote!(-#digits) } else { quote!(#digits) }
}

fn float_literal(value: f64) -> TokenStream {
    let sign = value.is_sign_negative().then(|| quote!(-));
    let size = value.abs();
    // Digits as long as a person would write them, an exponent beyond.
    let text = if size.fract() == 0.0 && size < 1e15 { format!("{size:.0}") } else { format!("{size:?}") };
    if let Ok(whole) = text.parse() {
        let whole = Literal::u64_unsuffixed(whole);
        return quote!(#sign #whole);
    }
    let float = LitFloat::new(&text, proc_macro2::Span::call_site());
    quote!(#sign #float)
}

/// A text as a literal, raw where that saves it from backslashes.
fn raw(text: &str) -> TokenStream {
    let plain = || quote!(#text);
    if !text.contains(['"', '\\']) || text.contains(|c: char| c.is_control()) {
        return plain();
    }
    // One more than follow any quotation mark inside.
    let runs = text.split('"').skip(1).map(|rest| rest.len() - rest.trim_start_matches('#').len() + 1);
    let hashes = "#".repeat(runs.max().unwrap_or_default());
    TokenStream::from_str(&format!("r{hashes}\"{text}\"{hashes}")).unwrap_or_else(|_| plain())
}
