//! What is tried, and what has to hold of every answer.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
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

/// What kind of answer an input got. Inputs with an answer of a new kind are worth changing further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Answer(u64);

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
    pub(crate) fn answer(self, bytes: &[u8]) -> Answer {
        let text = String::from_utf8_lossy(bytes);
        let mut kind = DefaultHasher::new();
        match self {
            Self::Parser => {
                let (contract, diagnostics) = source::schema(&text);
                judge(&text, &contract, &diagnostics).hash(&mut kind);
            }
            Self::Module => {
                let (contract, diagnostics) = source::rust(&text);
                judge(&text, &contract, &diagnostics).hash(&mut kind);
                as_tokens(&text).hash(&mut kind);
            }
            Self::Cursor => match text.parse::<tidewire::Cursor>() {
                Ok(cursor) => {
                    assert_eq!(cursor.to_string(), text, "only the canonical form is read");
                    let json = serde_json::Value::from(cursor.to_string());
                    assert_eq!(serde_json::from_value::<tidewire::Cursor>(json).ok(), Some(cursor), "JSON round-trips");
                    assert!(cursor.number().checked_add(1).is_some(), "a next number exists");
                    (cursor.number() == 0).hash(&mut kind);
                }
                Err(error) => error.to_string().hash(&mut kind),
            },
        }
        Answer(kind.finish())
    }
}

/// What the macro sees: tokens, parsed or not, without a file around them.
fn as_tokens(text: &str) -> usize {
    let Ok(tokens) = text.parse::<proc_macro2::TokenStream>() else { return 0 };
    match syn::parse2::<syn::ItemMod>(tokens.clone()) {
        Ok(module) => rust::parse(rust::arguments_of(&module).unwrap_or_default(), &module).diagnostics.iter().count(),
        Err(_) => {
            let module: syn::ItemMod = syn::parse_quote!(
                mod empty {}
            );
            rust::parse(tokens, &module).diagnostics.iter().count()
        }
    }
}

/// Holds an answer to what always has to hold, and says of which kind it is.
fn judge(text: &str, contract: &Contract, diagnostics: &Diagnostics<Range<usize>>) -> Vec<(u16, String)> {
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
        let again: Contract = serde_json::from_str(&json).unwrap_or_else(|error| panic!("the contract does not read itself: {error}"));
        assert_eq!(again.hash(), contract.hash(), "the hash survives a round trip");
        assert!(client_package(contract).files().count() > 10, "a package has files");
    }
    let mut kinds: Vec<(u16, String)> = diagnostics.iter().map(|found| (found.code.number(), shape(&found.message))).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() {
        kinds.push((0, format!("{} {} {}", contract.types.len().min(4), contract.events.len().min(4), contract.channels.len().min(4))));
    }
    kinds
}

/// A message without what it quotes.
fn shape(message: &str) -> String {
    message.split('`').step_by(2).map(|part| part.trim_matches(|c: char| c.is_ascii_digit())).collect()
}
