//! From a text to a value.

use std::iter::Peekable;
use std::str::Chars;

use super::{Map, Number, Value};

/// What nests deeper is refused: whoever walks a value does so on the stack.
const MAX_DEPTH: usize = 127;

/// Reads a text of JSON.
///
/// # Errors
///
/// What the text is not, with the line and the column where that shows.
pub fn parse(text: &str) -> Result<Value, String> {
    let mut parser = Parser { rest: text.chars().peekable(), line: 1, column: 0 };
    let value = parser.value(MAX_DEPTH).and_then(|value| match parser.token() {
        None => Ok(value),
        Some(_) => parser.error("trailing characters"),
    });
    value.map_err(|problem| format!("{problem} at line {} column {}", parser.line, parser.column))
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
    /// How many characters of the line have been read.
    column: usize,
}

type Read<T> = Result<T, &'static str>;

impl Parser<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        if next == '\n' {
            (self.line, self.column) = (self.line + 1, 0);
        } else {
            self.column += 1;
        }
        Some(next)
    }

    /// The first character of what comes next, which stays there.
    fn token(&mut self) -> Option<char> {
        while let Some(' ' | '\t' | '\n' | '\r') = self.rest.peek() {
            self.next();
        }
        self.rest.peek().copied()
    }

    /// An error about the next character, which is then the one that was read last.
    fn error<T>(&mut self, problem: &'static str) -> Read<T> {
        self.next();
        Err(problem)
    }

    fn value(&mut self, depth: usize) -> Read<Value> {
        match self.token() {
            None => Err("EOF while parsing a value"),
            Some('[' | '{') if depth == 0 => self.error("recursion limit exceeded"),
            Some('n') => self.word("null", Value::Null),
            Some('t') => self.word("true", Value::Bool(true)),
            Some('f') => self.word("false", Value::Bool(false)),
            Some('"') => self.text().map(Value::String),
            Some('-' | '0'..='9') => self.number().map(Value::Number),
            Some('[') => {
                let mut items = Vec::new();
                self.members(']', "EOF while parsing a list", "expected `,` or `]`", |parser| {
                    items.push(parser.value(depth - 1)?);
                    Ok(())
                })?;
                Ok(Value::Array(items))
            }
            Some('{') => {
                let mut entries = Map::new();
                self.members('}', "EOF while parsing an object", "expected `,` or `}`", |parser| {
                    match parser.token() {
                        None => return Err("EOF while parsing an object"),
                        Some('"') => {}
                        Some(_) => return parser.error("key must be a string"),
                    }
                    let key = parser.text()?;
                    match parser.token() {
                        None => return Err("EOF while parsing an object"),
                        Some(':') => parser.next(),
                        Some(_) => return parser.error("expected `:`"),
                    };
                    entries.insert(key, parser.value(depth - 1)?);
                    Ok(())
                })?;
                Ok(Value::Object(entries))
            }
            Some(_) => self.error("expected value"),
        }
    }

    /// Everything between an opening bracket, which comes next, and its end.
    fn members(
        &mut self,
        end: char,
        unfinished: &'static str,
        neither: &'static str,
        mut member: impl FnMut(&mut Self) -> Read<()>,
    ) -> Read<()> {
        self.next();
        if self.token() == Some(end) {
            self.next();
            return Ok(());
        }
        loop {
            if self.token().is_none() {
                return Err(unfinished);
            }
            member(self)?;
            match self.token() {
                None => return Err(unfinished),
                Some(',') => {
                    self.next();
                    if self.token() == Some(end) {
                        return self.error("trailing comma");
                    }
                }
                Some(found) if found == end => {
                    self.next();
                    return Ok(());
                }
                Some(_) => return self.error(neither),
            }
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Read<Value> {
        for expected in word.chars() {
            match self.next() {
                None => return Err("EOF while parsing a value"),
                Some(found) if found != expected => return Err("expected ident"),
                Some(_) => {}
            }
        }
        Ok(value)
    }

    fn number(&mut self) -> Read<Number> {
        let mut text = String::new();
        self.take(&mut text, '-', '-');
        let zero = self.rest.peek() == Some(&'0');
        let whole = self.digits(&mut text)?;
        if zero && whole > 1 {
            return Err("invalid number");
        }
        if self.take(&mut text, '.', '.') {
            self.digits(&mut text)?;
        }
        if self.take(&mut text, 'e', 'E') {
            let _ = self.take(&mut text, '+', '-');
            self.digits(&mut text)?;
        }
        Number::spelled(&text).ok_or("number out of range")
    }

    /// Takes one of two characters, if it comes next.
    fn take(&mut self, text: &mut String, one: char, other: char) -> bool {
        let next = self.rest.peek().copied().filter(|next| *next == one || *next == other);
        text.extend(next);
        next.and_then(|_| self.next()).is_some()
    }

    /// Takes digits, at least one.
    fn digits(&mut self, text: &mut String) -> Read<usize> {
        let before = text.len();
        while let Some(digit @ '0'..='9') = self.rest.peek().copied() {
            text.push(digit);
            self.next();
        }
        match text.len() - before {
            0 if self.rest.peek().is_none() => Err("EOF while parsing a value"),
            0 => self.error("invalid number"),
            count => Ok(count),
        }
    }

    fn text(&mut self) -> Read<String> {
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err("EOF while parsing a string"),
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some('\0'..='\u{1f}') => return Err("control character (\\u0000-\\u001F) found while parsing a string"),
                Some(character) => text.push(character),
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        Ok(match self.next() {
            None => return Err("EOF while parsing a string"),
            Some(same @ ('"' | '\\' | '/')) => same,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let first = self.unit()?;
                // A character beyond 16 bits is two escapes.
                let second = if (0xd800..0xdc00).contains(&first) {
                    if self.next() != Some('\\') || self.next() != Some('u') {
                        return Err("unexpected end of hex escape");
                    }
                    Some(self.unit()?)
                } else {
                    None
                };
                match char::decode_utf16([first].into_iter().chain(second)).next() {
                    Some(Ok(character)) => character,
                    _ => return Err("lone leading surrogate in hex escape"),
                }
            }
            Some(_) => return Err("invalid escape"),
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Read<u16> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.next().ok_or("EOF while parsing a string")?.to_digit(16).ok_or("invalid escape")?;
            unit = unit * 16 + digit;
        }
        u16::try_from(unit).map_err(|_| "invalid escape")
    }
}
