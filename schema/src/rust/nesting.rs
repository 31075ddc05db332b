//! Tokens that nest deeper than anybody writes are refused before they are parsed: a parser goes down one call a level, and a stack ends.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

use super::Spot;
use crate::diagnostic::{Code, Diagnostic};

/// Brackets nest at most this deep.
const MAX_BRACKETS: usize = 64;
/// Angle brackets, and `&`, `*`, `!` or `-` in a row: no more than this. They cannot be told from comparisons here, so there is room for many of those, and
/// not for more: without optimisation a level takes tens of kilobytes.
const MAX_OPEN: usize = 100;

/// Says so where `tokens` nest too deep to be parsed.
pub fn too_deep(tokens: &TokenStream) -> Option<Diagnostic<Spot>> {
    let place = deepest(tokens)?;
    Some(
        Diagnostic::error(Code::TooLarge, place, "this nests too deep to be read")
            .help("give the inner parts names: a struct or an enum for each"),
    )
}

fn deepest(tokens: &TokenStream) -> Option<Span> {
    // Not by recursion, for the reason above.
    let mut open = vec![Level::new(tokens.clone())];
    while let Some(level) = open.last_mut() {
        let Some(token) = level.rest.next() else {
            open.pop();
            continue;
        };
        if level.passes(&token) > MAX_OPEN {
            return Some(token.span());
        }
        if let TokenTree::Group(group) = token {
            if open.len() == MAX_BRACKETS {
                return Some(group.span_open());
            }
            open.push(Level::new(group.stream()));
        }
    }
    None
}

/// What stands between two brackets.
struct Level {
    rest: proc_macro2::token_stream::IntoIter,
    angles: usize,
    prefixes: usize,
    /// The punctuation just before, of which `->` and `=>` are made.
    before: char,
}

impl Level {
    fn new(tokens: TokenStream) -> Self {
        Self { rest: tokens.into_iter(), angles: 0, prefixes: 0, before: ' ' }
    }

    /// Takes notice of a token. How much is open behind it.
    fn passes(&mut self, token: &TokenTree) -> usize {
        let TokenTree::Punct(punct) = token else {
            self.prefixes = 0;
            self.before = ' ';
            // No type goes on behind a block.
            if matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace) {
                self.angles = 0;
            }
            return self.angles;
        };
        let is_prefix = matches!(punct.as_char(), '&' | '*' | '!' | '-');
        self.prefixes = if is_prefix { self.prefixes + 1 } else { 0 };
        match punct.as_char() {
            '<' => self.angles += 1,
            '>' if !matches!(self.before, '-' | '=') => self.angles = self.angles.saturating_sub(1),
            ';' => self.angles = 0,
            _ => {}
        }
        self.before = punct.as_char();
        self.angles.max(self.prefixes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(text: &str) -> bool {
        too_deep(&text.parse().unwrap()).is_some()
    }

    #[test]
    fn only_what_nobody_writes_is_refused() {
        let nested = |open: &str, close: &str, times| format!("struct A {{ a: {}u8{} }}", open.repeat(times), close.repeat(times));
        assert!(!is_refused(&nested("Vec<", ">", 90)) && is_refused(&nested("Vec<", ">", 300)));
        assert!(!is_refused(&nested("(", ",)", 60)) && is_refused(&nested("(", ",)", 10_000)));
        assert!(!is_refused(&nested("&", "", 90)) && is_refused(&nested("&", "", 100_000)));
        assert!(!is_refused(&"fn a() -> Vec<u8> { b => c < d }".repeat(1000)));
        assert!(!is_refused(&"a < b;".repeat(1000)));
    }
}
