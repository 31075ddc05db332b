//! Attributes as data: `#[name("literal", key, key = value, key(…))]`.

use std::collections::HashMap;

use super::Spot;
use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Path, Token, parenthesized};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean_or_known};

/// One argument of an attribute.
pub(super) struct Argument {
    /// The key; nothing for a bare literal.
    pub(super) key: Option<Path>,
    pub(super) value: Value,
    pub(super) span: Spot,
}

/// What stands behind a key.
pub(super) enum Value {
    Nothing,
    Literal(Lit),
    /// A literal with a minus sign.
    Negative(Lit),
    Path(Path),
    /// A type that is more than a path: with arguments, or a tuple.
    Type(Box<syn::Type>),
    List(Vec<Argument>),
}

impl Argument {
    pub(super) fn key(&self) -> String {
        self.key.as_ref().map(|path| path.to_token_stream().to_string().replace(' ', "")).unwrap_or_default()
    }

    /// The text behind `key = "…"`.
    pub(super) fn text(&self, diagnostics: &mut Diagnostics<Spot>) -> Option<LitStr> {
        if let Value::Literal(Lit::Str(text)) = &self.value {
            return Some(text.clone());
        }
        let message = format!("`{}` takes a text", self.key());
        diagnostics.push(Diagnostic::error(Code::WrongAttribute, self.span, message).help(format!("write `{} = \"…\"`", self.key())));
        None
    }

    /// Whether nothing stands behind the key, as it should be.
    pub(super) fn alone(&self, diagnostics: &mut Diagnostics<Spot>) -> bool {
        let alone = matches!(self.value, Value::Nothing);
        if !alone {
            let key = self.key();
            let error = Diagnostic::error(Code::WrongAttribute, self.span, format!("`{key}` takes no value"));
            diagnostics.push(error.help(format!("write `{key}` alone, or leave it out")));
        }
        alone
    }

    /// The number behind `key = 3`, as text: with its sign, without underscores and suffix.
    pub(super) fn number(&self, diagnostics: &mut Diagnostics<Spot>) -> Option<String> {
        let (sign, literal) = match &self.value {
            Value::Literal(literal) => ("", literal),
            Value::Negative(literal) => ("-", literal),
            _ => ("", &Lit::Verbatim(proc_macro2::Literal::u8_unsuffixed(0))),
        };
        match literal {
            Lit::Int(number) => Some(format!("{sign}{}", number.base10_digits())),
            Lit::Float(number) => Some(format!("{sign}{}", number.base10_digits())),
            _ => {
                let message = format!("`{}` takes a number", self.key());
                diagnostics.push(Diagnostic::error(Code::WrongAttribute, self.span, message).help(format!("write `{} = 1`", self.key())));
                None
            }
        }
    }

    /// The arguments behind `key(…)`.
    pub(super) fn list(self, diagnostics: &mut Diagnostics<Spot>) -> Vec<Self> {
        let key = self.key();
        if let Value::List(list) = self.value {
            once(&list, diagnostics);
            return list;
        }
        diagnostics
            .push(Diagnostic::error(Code::WrongAttribute, self.span, format!("`{key}` takes a list")).help(format!("write `{key}(…)`")));
        Vec::new()
    }

    /// The path behind `key = Path`, or the key itself where it stands alone in a list.
    pub(super) fn path(&self) -> Option<&Path> {
        match (&self.key, &self.value) {
            (Some(key), Value::Nothing) => Some(key),
            (_, Value::Path(path)) => Some(path),
            _ => None,
        }
    }

    /// The type behind `key = Type`.
    pub(super) fn ty(&self, diagnostics: &mut Diagnostics<Spot>) -> Option<syn::Type> {
        match &self.value {
            Value::Type(ty) => Some(ty.as_ref().clone()),
            Value::Path(path) => Some(syn::Type::Path(syn::TypePath { attrs: Vec::new(), qself: None, path: path.clone() })),
            _ => {
                let message = format!("`{}` takes a type", self.key());
                diagnostics
                    .push(Diagnostic::error(Code::WrongAttribute, self.span, message).help(format!("write `{} = Type`", self.key())));
                None
            }
        }
    }

    /// Reports a key that means nothing here.
    pub(super) fn unknown(&self, known: &[&str], diagnostics: &mut Diagnostics<Spot>) {
        let key = self.key();
        if key.is_empty() {
            diagnostics.push(
                Diagnostic::error(Code::WrongAttribute, self.span, "a literal cannot stand here").help(did_you_mean_or_known("", known)),
            );
        } else {
            diagnostics.push(
                Diagnostic::error(Code::UnknownKey, self.span, format!("unknown key `{key}`")).help(did_you_mean_or_known(&key, known)),
            );
        }
    }
}

fn parse_argument(input: ParseStream<'_>) -> syn::Result<Argument> {
    if input.peek(Lit) {
        let literal: Lit = input.parse()?;
        let span = literal.span().into();
        return Ok(Argument { key: None, value: Value::Literal(literal), span });
    }
    let key = Path::parse_mod_style(input)?;
    let span = Spot::of(&key);
    let value = if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        if input.peek(Token![-]) {
            input.parse::<Token![-]>()?;
            Value::Negative(input.parse()?)
        } else if input.peek(Lit) {
            Value::Literal(input.parse()?)
        } else {
            path_or_type(input.parse()?)
        }
    } else if input.peek(syn::token::Paren) {
        let inner;
        parenthesized!(inner in input);
        Value::List(parse_arguments(&inner)?)
    } else {
        Value::Nothing
    };
    Ok(Argument { key: Some(key), value, span })
}

fn path_or_type(ty: syn::Type) -> Value {
    match ty {
        syn::Type::Path(path) if path.qself.is_none() && path.path.segments.iter().all(|segment| segment.arguments.is_none()) => {
            Value::Path(path.path)
        }
        other => Value::Type(Box::new(other)),
    }
}

fn parse_arguments(input: ParseStream<'_>) -> syn::Result<Vec<Argument>> {
    Ok(Punctuated::<Argument, Token![,]>::parse_terminated_with(input, parse_argument)?.into_iter().collect())
}

/// Parses the arguments of an attribute macro.
pub(super) fn arguments(tokens: TokenStream, diagnostics: &mut Diagnostics<Spot>) -> Vec<Argument> {
    let list = parse_arguments.parse2(tokens).unwrap_or_else(|error| {
        diagnostics.push(malformed(&error));
        Vec::new()
    });
    once(&list, diagnostics);
    list
}

/// Parses the arguments of a helper attribute.
pub(super) fn arguments_of(attribute: &Attribute, diagnostics: &mut Diagnostics<Spot>) -> Vec<Argument> {
    collect_from([attribute].into_iter(), diagnostics)
}

/// All arguments of all `#[name(…)]` among `attributes`.
pub(super) fn collect(attributes: &[Attribute], name: &str, diagnostics: &mut Diagnostics<Spot>) -> Vec<Argument> {
    collect_from(attributes.iter().filter(|attribute| attribute.path().is_ident(name)), diagnostics)
}

fn collect_from<'a>(attributes: impl Iterator<Item = &'a Attribute>, diagnostics: &mut Diagnostics<Spot>) -> Vec<Argument> {
    let mut list = Vec::new();
    for attribute in attributes {
        match &attribute.meta {
            Meta::Path(_) => {}
            _ => match attribute.parse_args_with(parse_arguments) {
                Ok(arguments) => list.extend(arguments),
                Err(error) => diagnostics.push(malformed(&error)),
            },
        }
    }
    once(&list, diagnostics);
    list
}

/// Reports keys that stand twice with something behind them. Of a tuple each position has constraints of its own.
fn once(list: &[Argument], diagnostics: &mut Diagnostics<Spot>) {
    let position = |argument: &Argument| match &argument.value {
        Value::List(inner) => inner.first().and_then(|first| match &first.value {
            Value::Literal(Lit::Int(number)) if first.key.is_none() => Some(number.base10_digits().to_owned()),
            _ => None,
        }),
        _ => None,
    };
    let mut first: HashMap<(String, Option<String>), Spot> = HashMap::new();
    for argument in list.iter().filter(|argument| argument.key.is_some() && !matches!(argument.value, Value::Nothing)) {
        if let Some(earlier) = first.insert((argument.key(), position(argument)), argument.span) {
            let error = Diagnostic::error(Code::DuplicateKey, argument.span, format!("`{}` stands twice", argument.key()));
            diagnostics.push(error.label("again here").also(earlier, "first here").help("keep one of them"));
        }
    }
}

fn malformed(error: &syn::Error) -> Diagnostic<Spot> {
    Diagnostic::error(Code::WrongAttribute, error.span(), format!("this attribute cannot be understood: {error}"))
        .help("write `#[name(\"text\", key = value, key(…))]`")
}

/// The documentation comment above an item, one leading space taken off each line.
pub(super) fn documentation(attributes: &[Attribute]) -> Option<String> {
    let mut lines: Vec<String> = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        if let Meta::NameValue(pair) = &attribute.meta
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value
        {
            // A block comment is one attribute with many lines.
            let text = text.value();
            lines.extend(text.split('\n').map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()));
        }
    }
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The reason in `#[deprecated]`, `#[deprecated = "…"]` or `#[deprecated(note = "…")]`; empty where none is given.
pub(super) fn deprecated(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("deprecated"))?;
    let pairs = match &attribute.meta {
        Meta::Path(_) => Vec::new(),
        Meta::NameValue(pair) => vec![pair.clone()],
        // What rustc does not take as an attribute it reports itself.
        Meta::List(list) => list
            .parse_args_with(Punctuated::<syn::MetaNameValue, Token![,]>::parse_terminated)
            .map(|pairs| pairs.into_iter().filter(|pair| pair.path.is_ident("note")).collect())
            .unwrap_or_default(),
    };
    let text = pairs.into_iter().find_map(|pair| match pair.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    });
    Some(text.unwrap_or_default())
}
