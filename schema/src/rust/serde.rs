//! serde's attributes: an allow-list. What is on it is honoured exactly; everything else is refused with a way out.

use syn::{Attribute, LitStr};

use super::Spot;
use super::attributes::{self, Argument, Value};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean_or_known};
use crate::names::Case;

/// What the serde attributes of an item, a variant or a field say.
#[derive(Default)]
pub(super) struct Serde {
    pub(super) rename: Option<String>,
    pub(super) rename_all: Option<Case>,
    pub(super) rename_all_fields: Option<Case>,
    pub(super) tag: Option<LitStr>,
    pub(super) content: Option<LitStr>,
    pub(super) untagged: Option<Spot>,
    pub(super) closed: Option<Spot>,
    pub(super) default: Option<Spot>,
    pub(super) skip: Option<Spot>,
    pub(super) flatten: Option<Spot>,
    /// The predicate of `skip_serializing_if`.
    pub(super) omit: Option<(Omit, Spot)>,
}

/// When a field is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Omit {
    /// `Option::is_none`
    None,
    /// `Vec::is_empty`
    Empty,
}

/// Where a serde attribute stands decides what it may say.
#[derive(Clone, Copy)]
pub(super) struct Allowed(&'static [&'static str]);

pub(super) const NOTHING: Allowed = Allowed(&[]);
pub(super) const ON_STRUCT: Allowed = Allowed(&["rename_all", "deny_unknown_fields"]);
pub(super) const ON_NEWTYPE: Allowed = Allowed(&["transparent"]);
pub(super) const ON_ENUM: Allowed = Allowed(&["rename_all", "rename_all_fields", "tag", "content", "untagged", "deny_unknown_fields"]);
pub(super) const ON_VALUE: Allowed = Allowed(&["rename"]);
pub(super) const ON_VARIANT: Allowed = Allowed(&["rename", "rename_all"]);
pub(super) const ON_FIELD: Allowed = Allowed(&["rename", "default", "skip", "skip_serializing_if", "flatten"]);

/// Reads the serde attributes among `attributes`.
pub(super) fn read(attributes: &[Attribute], allowed: Allowed, diagnostics: &mut Diagnostics<Spot>) -> Serde {
    let mut serde = Serde::default();
    for argument in attributes::collect(attributes, "serde", diagnostics) {
        let key = argument.key();
        if !allowed.0.contains(&key.as_str()) {
            refuse(&argument, allowed, diagnostics);
            continue;
        }
        let span = argument.span;
        match key.as_str() {
            "rename" => serde.rename = argument.text(diagnostics).map(|text| text.value()),
            "tag" => serde.tag = argument.text(diagnostics),
            "content" => serde.content = argument.text(diagnostics),
            "rename_all" => serde.rename_all = case(&argument, diagnostics),
            "rename_all_fields" => serde.rename_all_fields = case(&argument, diagnostics),
            "skip_serializing_if" => serde.omit = omit(&argument, diagnostics).map(|omit| (omit, span)),
            _ if !matches!(argument.value, Value::Nothing) => {
                let error = Diagnostic::error(Code::SerdeAttribute, span, format!("`{key}` with a value is not honoured here"));
                diagnostics.push(error.help(match key.as_str() {
                    "default" => "a function cannot stand in a contract; write the value: `#[rt(default = 5)]`".to_owned(),
                    _ => format!("write `{key}` alone"),
                }));
            }
            "untagged" => serde.untagged = Some(span),
            "deny_unknown_fields" => serde.closed = Some(span),
            "default" => serde.default = Some(span),
            "skip" => serde.skip = Some(span),
            "flatten" => serde.flatten = Some(span),
            // `transparent` says of a newtype what is so anyway.
            _ => {}
        }
    }
    serde
}

fn case(argument: &Argument, diagnostics: &mut Diagnostics<Spot>) -> Option<Case> {
    let text = argument.text(diagnostics)?;
    let case = Case::NAMES.iter().find(|(name, _)| *name == text.value()).map(|(_, case)| *case);
    if case.is_none() {
        let known = Case::NAMES.map(|(name, _)| name);
        let error = Diagnostic::error(Code::WrongAttribute, text.span(), format!("`{}` is not a spelling rule", text.value()));
        diagnostics.push(error.help(did_you_mean_or_known(&text.value(), &known)));
    }
    case
}

fn omit(argument: &Argument, diagnostics: &mut Diagnostics<Spot>) -> Option<Omit> {
    let text = argument.text(diagnostics)?;
    match text.value().as_str() {
        "Option::is_none" => Some(Omit::None),
        "Vec::is_empty" => Some(Omit::Empty),
        other => {
            let error = Diagnostic::error(Code::SerdeAttribute, text.span(), format!("`{other}` is not honoured here"));
            diagnostics.push(error.help("`\"Option::is_none\"` and `\"Vec::is_empty\"` are; anything else may be an `Option<…>`"));
            None
        }
    }
}

/// Refuses an attribute with the way out that fits it.
fn refuse(argument: &Argument, allowed: Allowed, diagnostics: &mut Diagnostics<Spot>) {
    let key = argument.key();
    let help = match key.as_str() {
        "rename" => "a type is called as in Rust; what an event is called stands in `#[event(\"…\")]`",
        "alias" => "a field has one name on the wire: `#[serde(rename = \"…\")]`",
        "other" => "write `#[rt(open)]` on the enum: it adds a variant that keeps what it does not know",
        "default" => "write it on each field that may be left out",
        "skip_serializing" | "skip_deserializing" => "a field is on the wire or not: `skip`, or `#[rt(default = …)]`",
        "serialize_with" | "deserialize_with" | "with" | "getter" => {
            "the contract shows the type that travels: give the field that type, and convert in an `impl`"
        }
        "from" | "into" | "try_from" | "remote" => "define the type that travels here, and convert it outside of the module",
        "borrow" | "bound" => "an event owns its data: no lifetimes, no generics",
        "crate" => "the expansion names serde by itself",
        "content" => "only an enum with a `tag` has a `content`",
        "tag" => "a struct has no alternatives; an enum has",
        "untagged" => "only an enum is `untagged`: the JSON types of its variants tell them apart",
        "flatten" => "only a field with a name can be flattened",
        "skip" => "only a field with a name can stay off the wire",
        "transparent" => "write a tuple struct: `pub struct Name(pub String);`",
        _ if allowed.0.is_empty() => "no serde attribute is honoured here",
        _ => "",
    };
    let help = if help.is_empty() { did_you_mean_or_known(&key, allowed.0) } else { help.to_owned() };
    diagnostics.push(Diagnostic::error(Code::SerdeAttribute, argument.span, format!("`{key}` is not honoured here")).help(help));
}
