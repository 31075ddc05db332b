//! Patterns: a subset of ECMAScript's regular expressions, translated for an engine that runs in linear time.
//!
//! A pattern of the contract runs as it is in JavaScript (with the `u` flag) and translated in Rust. The subset is what means the same in
//! both: literals, `.`, classes, groups, alternation, greedy and lazy quantifiers, `^`, `$`, `\d \w \s` and their opposites, `\b \B`, and
//! the escapes of single characters. Look-around, back-references and named groups are refused: the first two cannot run in linear time, and clients send the text.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

/// Nested counted repetitions multiply: `(a{100}){100}` is ten thousand states. More than this is refused.
const MAX_STATES: u64 = 20_000;

/// Groups nest at most this deep.
const MAX_DEPTH: usize = 32;

/// What is wrong with a pattern, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexpError {
    /// The bytes of the pattern that the message speaks of.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
}

/// Translates a pattern to the syntax of the `regex` crate, with the same meaning.
///
/// # Errors
///
/// [`RegexpError`] if the pattern is not of the subset; it says where and why. Change the pattern.
pub fn translate(pattern: &str) -> Result<String, RegexpError> {
    let mut translator = Translator { pattern, chars: pattern.char_indices().peekable(), out: String::new() };
    let states = translator.alternatives(0)?;
    if let Some(&(at, c)) = translator.chars.peek() {
        return Err(translator.error(at..at + c.len_utf8(), "this `)` closes nothing"));
    }
    if states > MAX_STATES {
        return Err(translator.error(0..pattern.len(), "the counted repetitions of this pattern multiply to too many states"));
    }
    Ok(translator.out)
}

/// ECMAScript's white space, which is not quite Unicode's.
const SPACE: &str = r"\t\n\x0B\x0C\r\x20\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}";
const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";

struct Translator<'a> {
    pattern: &'a str,
    chars: Peekable<CharIndices<'a>>,
    out: String,
}

/// One member of a class: a single character, or a set such as `\d`, which cannot begin or end a range.
enum Member {
    Char(char),
    Set,
}

impl Translator<'_> {
    fn error(&self, at: Range<usize>, message: impl Into<String>) -> RegexpError {
        // What is wrong may be a character of several bytes.
        let end = (at.end..self.pattern.len()).find(|end| self.pattern.is_char_boundary(*end)).unwrap_or(self.pattern.len());
        RegexpError { at: at.start..end, message: message.into() }
    }

    fn position(&mut self) -> usize {
        self.chars.peek().map_or(self.pattern.len(), |(at, _)| *at)
    }

    fn next_if(&mut self, wanted: char) -> bool {
        self.chars.next_if(|(_, c)| *c == wanted).is_some()
    }

    /// Alternatives up to `)` or the end. The number of states, roughly.
    fn alternatives(&mut self, depth: usize) -> Result<u64, RegexpError> {
        let mut states = 0u64;
        loop {
            match self.chars.peek() {
                None | Some((_, ')')) => return Ok(states),
                Some((_, '|')) => {
                    self.chars.next();
                    self.out.push('|');
                }
                Some(_) => states = states.saturating_add(self.term(depth)?),
            }
        }
    }

    fn term(&mut self, depth: usize) -> Result<u64, RegexpError> {
        let Some((at, c)) = self.chars.next() else { return Ok(0) };
        let mut states = 1;
        let mut repeatable = true;
        match c {
            '^' | '$' => {
                self.out.push_str(if c == '^' { r"\A" } else { r"\z" });
                repeatable = false;
            }
            '.' => self.out.push_str(r"[^\n\r\x{2028}\x{2029}]"),
            '(' => states = self.group(at, depth)?,
            '[' => self.class(at)?,
            '\\' => repeatable = self.escape(at)?,
            '*' | '+' | '?' => return Err(self.error(at..at + 1, "there is nothing to repeat before this")),
            '{' | '}' | ']' => return Err(self.error(at..at + 1, format!("write `\\{c}` for the character itself"))),
            literal => self.literal(literal),
        }
        self.quantifier(repeatable, states)
    }

    fn group(&mut self, at: usize, depth: usize) -> Result<u64, RegexpError> {
        if depth == MAX_DEPTH {
            return Err(self.error(at..at + 1, format!("groups nest at most {MAX_DEPTH} deep")));
        }
        if self.next_if('?') && !self.next_if(':') {
            return Err(self.error(at..at + 3, "look-around and named groups are not supported; use `(…)` or `(?:…)`"));
        }
        self.out.push_str("(?:");
        let states = self.alternatives(depth + 1)?;
        if !self.next_if(')') {
            return Err(self.error(at..at + 1, "this `(` is never closed"));
        }
        self.out.push(')');
        Ok(states)
    }

    fn quantifier(&mut self, repeatable: bool, states: u64) -> Result<u64, RegexpError> {
        let at = self.position();
        let factor = match self.chars.peek() {
            Some((_, c @ ('*' | '+' | '?'))) => {
                self.out.push(*c);
                self.chars.next();
                1
            }
            Some((_, '{')) => self.count(at)?,
            _ => return Ok(states),
        };
        if !repeatable {
            return Err(self.error(at..at + 1, "an anchor cannot be repeated"));
        }
        if self.next_if('?') {
            self.out.push('?');
        }
        Ok(states.saturating_mul(factor))
    }

    fn count(&mut self, at: usize) -> Result<u64, RegexpError> {
        let rest = &self.pattern[at..];
        let wrong =
            |this: &Self| this.error(at..at + 1, "a counted repetition is `{2}`, `{2,}` or `{2,5}`; write `\\{` for the character itself");
        let end = rest.find('}').ok_or_else(|| wrong(self))?;
        let (low, high) = match rest[1..end].split_once(',') {
            None => (&rest[1..end], Some(&rest[1..end])),
            Some((low, "")) => (low, None),
            Some((low, high)) => (low, Some(high)),
        };
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
        let low = number(low).ok_or_else(|| wrong(self))?;
        let high = high.map(|high| number(high).ok_or_else(|| wrong(self))).transpose()?;
        if high.is_some_and(|high| high < low) {
            return Err(self.error(at..at + end + 1, "the bounds of this repetition are the wrong way round"));
        }
        while self.position() <= at + end {
            self.chars.next();
        }
        self.out.push_str(&rest[..=end]);
        Ok(u64::from(high.unwrap_or(low)).max(1))
    }

    /// An escape outside a class. Whether it may be repeated.
    fn escape(&mut self, at: usize) -> Result<bool, RegexpError> {
        let Some(&(_, c)) = self.chars.peek() else { return Err(self.error(at..at + 1, "this `\\` escapes nothing")) };
        let (set, negated) = match c {
            // ECMAScript's word boundary knows ASCII alone.
            'b' | 'B' => {
                self.chars.next();
                let _ = write!(self.out, r"(?-u:\{c})");
                return Ok(false);
            }
            'd' | 'D' => (DIGIT, c == 'D'),
            'w' | 'W' => (WORD, c == 'W'),
            's' | 'S' => (SPACE, c == 'S'),
            _ => {
                let literal = self.character(at)?;
                self.literal(literal);
                return Ok(true);
            }
        };
        self.chars.next();
        let _ = write!(self.out, "[{}{set}]", if negated { "^" } else { "" });
        Ok(true)
    }

    /// The character after a `\` that stands for one character.
    fn character(&mut self, at: usize) -> Result<char, RegexpError> {
        let Some((_, c)) = self.chars.next() else { return Err(self.error(at..at + 1, "this `\\` escapes nothing")) };
        Ok(match c {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'f' => '\u{c}',
            'x' => self.hex(at, 2)?,
            'u' if self.next_if('{') => {
                let start = self.position();
                let digits = self.pattern[start..].find('}').map(|end| &self.pattern[start..start + end]);
                let value = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
                let value = value.ok_or_else(|| self.error(at..start, "`\\u{…}` holds the hexadecimal number of one character"))?;
                while !self.next_if('}') {
                    self.chars.next();
                }
                value
            }
            'u' => self.hex(at, 4)?,
            '^' | '$' | '\\' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '/' => c,
            '1'..='9' => return Err(self.error(at..at + 2, "back-references are not supported: they cannot be matched in linear time")),
            'p' | 'P' => return Err(self.error(at..at + 2, "Unicode properties are not supported; list the ranges you mean")),
            other => {
                return Err(self.error(at..at + 1 + other.len_utf8(), format!("`\\{other}` is not an escape of this pattern language")));
            }
        })
    }

    fn hex(&mut self, at: usize, digits: usize) -> Result<char, RegexpError> {
        let start = self.position();
        let value = self.pattern.get(start..start + digits).filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let value = value.and_then(|text| u32::from_str_radix(text, 16).ok()).and_then(char::from_u32);
        let value = value
            .ok_or_else(|| self.error(at..start + digits, format!("this escape needs {digits} hexadecimal digits of one character")))?;
        for _ in 0..digits {
            self.chars.next();
        }
        Ok(value)
    }

    fn literal(&mut self, c: char) {
        if c.is_ascii_alphanumeric() {
            self.out.push(c);
        } else {
            let _ = write!(self.out, r"\x{{{:X}}}", u32::from(c));
        }
    }

    fn class(&mut self, open: usize) -> Result<(), RegexpError> {
        self.out.push('[');
        if self.next_if('^') {
            self.out.push('^');
        }
        if self.chars.peek().is_some_and(|(_, c)| *c == ']') {
            return Err(self.error(open..open + 2, "an empty class matches nothing; write `\\]` for the bracket itself"));
        }
        loop {
            let at = self.position();
            if self.next_if(']') {
                self.out.push(']');
                return Ok(());
            }
            let low = self.member(open)?;
            let dash = self.position();
            let ends_here = self.pattern[dash..].starts_with("-]");
            if ends_here || !self.next_if('-') {
                continue;
            }
            let high = {
                self.out.push('-');
                self.member(open)?
            };
            match (low, high) {
                (Member::Char(low), Member::Char(high)) if low <= high => {}
                (Member::Char(_), Member::Char(_)) => {
                    let end = self.position();
                    return Err(self.error(at..end, "this range is the wrong way round"));
                }
                _ => {
                    let end = self.position();
                    return Err(self.error(at..end, "a range goes from one character to another; put a literal `-` last"));
                }
            }
        }
    }

    fn member(&mut self, open: usize) -> Result<Member, RegexpError> {
        let Some((at, c)) = self.chars.next() else { return Err(self.error(open..open + 1, "this `[` is never closed")) };
        if c != '\\' {
            self.literal(c);
            return Ok(Member::Char(c));
        }
        let set = match self.chars.peek() {
            Some((_, 'd')) => DIGIT,
            Some((_, 'w')) => WORD,
            Some((_, 's')) => SPACE,
            Some((_, 'D' | 'W' | 'S')) => {
                return Err(self.error(at..at + 2, "negated sets inside a class are not supported; negate the class"));
            }
            Some((_, '-')) => {
                self.chars.next();
                self.literal('-');
                return Ok(Member::Char('-'));
            }
            _ => {
                let literal = self.character(at)?;
                self.literal(literal);
                return Ok(Member::Char(literal));
            }
        };
        self.chars.next();
        self.out.push_str(set);
        Ok(Member::Set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_the_subset_is_refused_where_it_stands() {
        for (pattern, at) in [
            ("(?=a)", 0..3),
            ("a(?<n>b)", 1..4),
            (r"(a)\1", 3..5),
            ("a**", 2..3),
            ("*a", 0..1),
            ("(a", 0..1),
            ("a)", 1..2),
            ("[a", 0..1),
            ("[]", 0..2),
            ("[z-a]", 1..4),
            (r"[\d-z]", 1..5),
            ("a{", 1..2),
            ("a{2,1}", 1..6),
            (r"\p{L}", 0..2),
            (r"\q", 0..2),
            (r"\", 0..1),
            (r"\x4", 0..3),
            (r"\ud800", 0..6),
            ("^*", 1..2),
            ("(a{1000}){1000}", 0..15),
            ("]", 0..1),
            (r"\u{110000}", 0..3),
        ] {
            assert_eq!(translate(pattern).unwrap_err().at, at, "{pattern}");
        }
        assert!(translate(&"(".repeat(100_000)).is_err());
    }

    #[cfg(feature = "check")]
    #[test]
    fn what_is_of_the_subset_means_the_same() {
        for (pattern, yes, no) in [
            ("^[a-z0-9-]{1,40}$", &["a", "room-1"][..], &["", "A", "a\n", &"a".repeat(41)][..]),
            ("b.c", &["abcbxc"], &["b\nc", "b\u{2028}c"]),
            (r"^\d+$", &["12"], &["١٢"]),
            (r"^\w$", &["_"], &["ä"]),
            (r"^[\w.-]+$", &["a.b-c"], &["a b"]),
            (r"^\s$", &["\u{feff}", "\u{a0}"], &["\u{85}"]),
            (r"^(a|b(?:cd)?)+?$", &["abcd"], &["abc"]),
            (r"^\u{1F600}\x41\u00e4$", &["😀Aä"], &["x"]),
            (r"^[^a&&b\]~]$", &["c"], &["&", "]", "~", "a"]),
            (r"\bfoo\b", &["a foo b"], &["afoo"]),
            (r"^a{2,}$", &["aaa"], &["a"]),
            ("", &["", "x"], &[]),
        ] {
            let regex = regex::Regex::new(&translate(pattern).unwrap()).unwrap();
            for text in yes {
                assert!(regex.is_match(text), "{pattern} {text:?}");
            }
            for text in no {
                assert!(!regex.is_match(text), "{pattern} {text:?}");
            }
        }
    }
}
