//! What is tried, and what has to hold of every answer.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher as _};
use std::ops::Range;

use tidewire_codegen::{cli, client_package, source};
use tidewire_schema::diagnostic::Diagnostics;
use tidewire_schema::{Contract, rust};

/// Something that reads what strangers write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Bytes as a schema file.
    Parser,
    /// Bytes as a Rust file, and their tokens as a module and as the arguments of its attribute.
    Module,
    /// Bytes as the position in a channel.
    Cursor,
}

/// Of which kinds an answer is: one for each sort of message, or for each sort of thing in what was accepted. An input with an answer of a new kind is worth
/// changing further.
pub(crate) type Kinds = Vec<u64>;

impl Target {
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Parser, Self::Module, Self::Cursor].into_iter().find(|target| target.name() == name)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Parser => "parser",
            Self::Module => "module",
            Self::Cursor => "cursor",
        }
    }

    /// Tries one input.
    ///
    /// # Panics
    ///
    /// Where something does not hold that always should: this is what the search is for.
    pub(crate) fn answer(self, bytes: &[u8]) -> Kinds {
        let text = String::from_utf8_lossy(bytes);
        match self {
            Self::Parser => {
                let (contract, diagnostics) = source::schema(&text);
                judge(&text, &contract, &diagnostics)
            }
            Self::Module => {
                let (contract, diagnostics) = source::rust(&text);
                let mut kinds = judge(&text, &contract, &diagnostics);
                kinds.extend(as_tokens(&text).iter().map(|message| hashed(&("tokens", message))));
                kinds
            }
            Self::Cursor => match text.parse::<tidewire::Cursor>() {
                Ok(cursor) => {
                    assert_eq!(cursor.to_string(), text, "only the canonical form is read");
                    let json = serde_json::Value::from(cursor.to_string());
                    assert_eq!(serde_json::from_value::<tidewire::Cursor>(json).ok(), Some(cursor), "JSON round-trips");
                    assert!(cursor.number().checked_add(1).is_some(), "a next number exists");
                    // How long the parts are is what tells cursors apart.
                    vec![hashed(&text.split(['.', '-']).map(str::len).collect::<Vec<_>>())]
                }
                Err(error) => vec![hashed(&error.to_string())],
            },
        }
    }
}

fn hashed(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// What the macro sees: tokens, parsed or not, without a file around them.
fn as_tokens(text: &str) -> Vec<String> {
    let Ok(tokens) = text.parse::<proc_macro2::TokenStream>() else { return Vec::new() };
    if let Some(found) = rust::too_deep(&tokens) {
        return vec![shape(&found.message)];
    }
    let (arguments, module) = match syn::parse2::<syn::ItemMod>(tokens.clone()) {
        Ok(module) => (rust::arguments_of(&module).unwrap_or_default(), module),
        Err(_) => (
            tokens,
            syn::parse_quote!(
                mod empty {}
            ),
        ),
    };
    rust::parse(arguments, &module).diagnostics.iter().map(|found| shape(&found.message)).collect()
}

/// Holds an answer to what always has to hold, and says of which kind it is.
fn judge(text: &str, contract: &Contract, diagnostics: &Diagnostics<Range<usize>>) -> Kinds {
    for found in diagnostics {
        assert!(!found.message.trim().is_empty(), "a message says something");
        assert!(found.help.as_ref().is_some_and(|help| !help.trim().is_empty()), "{} has no way out: {}", found.code, found.message);
        assert!(!found.labels.is_empty(), "{} has no place: {}", found.code, found.message);
        for label in &found.labels {
            let Range { start, end } = label.place;
            assert!(start <= end && end <= text.len(), "{} lies outside of the source: {start}..{end}", found.code);
            assert!(text.is_char_boundary(start) && text.is_char_boundary(end), "{} cuts a character: {start}..{end}", found.code);
        }
    }
    assert_eq!(diagnostics.is_empty(), cli::render("input", text, diagnostics).is_empty(), "every diagnostic can be shown");
    if !diagnostics.has_errors() {
        // Whatever is accepted can be hashed, compiled into a validator, and generated.
        let json = serde_json::to_string(contract).unwrap_or_default();
        assert_eq!(contract.to_json(), json, "the macro writes what serde writes");
        let again: Contract = serde_json::from_str(&json).unwrap_or_else(|error| panic!("the contract does not read itself: {error}"));
        assert_eq!(again.hash(), contract.hash(), "the hash survives a round trip");
        assert!(client_package(contract).files().count() > 10, "a package has files");
    }
    let mut kinds: Kinds = diagnostics.iter().map(|found| hashed(&(found.code.number(), shape(&found.message)))).collect();
    if !diagnostics.has_errors() {
        let kind_of = |ty: &tidewire_schema::Type| serde_json::to_value(ty).as_ref().map(keys).unwrap_or_default();
        kinds.extend(contract.types.iter().map(|named| hashed(&kind_of(&named.ty))));
    }
    kinds
}

/// The keys of a type, which say what is used of the model.
fn keys(ty: &serde_json::Value) -> Vec<String> {
    let own = ty.as_object().into_iter().flatten();
    own.map(|(key, value)| if key == "kind" { value.to_string() } else { key.clone() }).collect()
}

/// A message without what it quotes: names may hold anything, quotation marks too.
fn shape(message: &str) -> String {
    let (before, rest) = message.split_once('`').unwrap_or((message, ""));
    let after = rest.rsplit_once('`').map_or("", |(_, after)| after);
    format!("{before} {after}").chars().filter(char::is_ascii_alphabetic).collect()
}
