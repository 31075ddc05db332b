//! Identifiers for names that come from the wire: readable, valid, and distinct where the names are.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span};

/// Words that Rust keeps for itself, and that `r#` frees.
const KEYWORDS: [&str; 49] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum", "extern", "false",
    "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while",
    "yield", "union",
];

/// Words that not even `r#` frees.
const PATHS: [&str; 4] = ["self", "Self", "super", "crate"];

/// The identifiers of one scope.
#[derive(Debug, Default)]
pub(super) struct Scope {
    taken: BTreeSet<String>,
}

impl Scope {
    /// A scope in which some names are taken already.
    pub(super) fn with(taken: impl IntoIterator<Item = String>) -> Self {
        Self { taken: taken.into_iter().collect() }
    }

    /// A field for a name on the wire.
    pub(super) fn field(&mut self, wire: &str) -> Ident {
        self.distinct(&begun(&snake(wire), "field", "n"), "_")
    }

    /// A variant, or a type, for a name on the wire.
    pub(super) fn pascal(&mut self, wire: &str) -> Ident {
        self.distinct(&begun(&pascal(wire), "Value", "N"), "")
    }

    /// A type for a name on the wire; where that is taken, with a word behind it.
    pub(super) fn pascal_or(&mut self, wire: &str, word: &str) -> Ident {
        let name = begun(&pascal(wire), "Value", "N");
        let name = if self.taken.contains(&name) { name + word } else { name };
        self.distinct(&name, "")
    }

    /// A type that is called so already, or like it.
    pub(super) fn pascal_as_is(&mut self, name: &str) -> Ident {
        self.distinct(name, "")
    }

    /// The name itself, or with the first number from 2 on that makes it distinct.
    fn distinct(&mut self, name: &str, separator: &str) -> Ident {
        let separator = if name.ends_with('_') { "" } else { separator };
        let names = std::iter::once(name.to_owned()).chain((2_u64..).map(|number| format!("{name}{separator}{number}")));
        let mut names = names.skip_while(|name| self.taken.contains(name));
        let name = names.next().unwrap_or_default();
        self.taken.insert(name.clone());
        identifier(&name)
    }
}

/// A Rust identifier, freed from being a keyword.
pub(super) fn identifier(name: &str) -> Ident {
    if KEYWORDS.contains(&name) { Ident::new_raw(name, Span::call_site()) } else { Ident::new(name, Span::call_site()) }
}

/// Names that a type of a contract may have, and an item of an events module may not: the module has them already.
const OWN: [&str; 3] = ["Self", "CONTRACT", "CONTRACT_HASH"];

/// The name of a type, which is the same in both languages but for these.
pub(super) fn type_name(name: &str) -> Ident {
    if OWN.contains(&name) { identifier(&format!("{name}_")) } else { identifier(name) }
}

/// A name that can begin an identifier: nothing at all, a digit, or a path of Rust cannot.
fn begun(name: &str, nothing: &str, digit: &str) -> String {
    match name.chars().next() {
        None => nothing.to_owned(),
        Some(first) if first.is_numeric() => format!("{digit}{name}"),
        Some(_) if PATHS.contains(&name) => format!("{name}_"),
        Some(_) => name.to_owned(),
    }
}

/// Whether a character may stand in an identifier. Beyond ASCII only letters that are the same in every Unicode normal form: Rust normalises
/// identifiers, and two that differ here must differ there.
const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c,
            '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{131}' | '\u{134}'..='\u{13e}' | '\u{141}'..='\u{148}' | '\u{14a}'..='\u{17e}'
            | '\u{391}'..='\u{3a1}' | '\u{3a3}'..='\u{3a9}' | '\u{3b1}'..='\u{3c9}'
            | '\u{401}' | '\u{410}'..='\u{44f}' | '\u{451}'
            | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// The words of a name in any spelling.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &c) in chars.iter().enumerate() {
        if !is_word(c) {
            words.push(String::new());
            continue;
        }
        let after_lower = at > 0 && (chars[at - 1].is_lowercase() || chars[at - 1].is_numeric());
        let ends_acronym = at > 0 && chars[at - 1].is_uppercase() && chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (after_lower || ends_acronym) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn snake(name: &str) -> String {
    words(name).iter().map(|word| word.to_lowercase()).collect::<Vec<_>>().join("_")
}

fn pascal(name: &str) -> String {
    let capitalised = |word: &String| {
        let mut chars = word.chars();
        let first = chars.next().map(char::to_uppercase).into_iter().flatten().collect::<String>();
        first + &chars.as_str().to_lowercase()
    };
    words(name).iter().map(capitalised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_an_identifier_of_its_own() {
        let names = [
            "roomId",
            "room_id",
            "room-id",
            "RoomId",
            "type",
            "self",
            "Self",
            "crate",
            "",
            "_",
            "👋",
            "1st",
            "größe",
            "名前",
            "HTTPServer",
            "v2",
            "a.b",
            "ﬁ",
            "e\u{301}",
            "é",
        ];
        let mut scope = Scope::default();
        let fields: Vec<String> = names.iter().map(|name| scope.field(name).to_string()).collect();
        assert_eq!(
            fields,
            [
                "room_id",
                "room_id_2",
                "room_id_3",
                "room_id_4",
                "r#type",
                "self_",
                "self_2",
                "crate_",
                "field",
                "field_2",
                "field_3",
                "n1st",
                "größe",
                "名前",
                "http_server",
                "v2",
                "a_b",
                "field_4",
                "e",
                "é",
            ]
        );
        let mut scope = Scope::with(["Typing".to_owned()]);
        let variants: Vec<String> =
            ["typing", "self", "very bad", "VeryBad", "2", ""].iter().map(|name| scope.pascal(name).to_string()).collect();
        assert_eq!(variants, ["Typing2", "Self_", "VeryBad", "VeryBad2", "N2", "Value"]);
    }
}
