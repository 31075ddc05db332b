//! Channel patterns and channel names: `chat/{roomId}` and `chat/42`.
//!
//! A pattern is a list of segments; a segment is literal text around at most one parameter. Values are percent-encoded byte by byte outside the
//! unreserved set, so no value can contain a separator, alias another channel, or need quoting anywhere on its way.

use std::fmt;
use std::ops::Range;

use crate::names;

/// The longest channel name, in bytes.
pub const MAX_CHANNEL_NAME: usize = 200;

/// A parsed channel pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    segments: Vec<Segment>,
}

/// One segment: `prefix{param}suffix`, or only a prefix. The last one may be `{param?}`, which a name need not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) prefix: String,
    pub(crate) param: Option<String>,
    pub(crate) suffix: String,
    pub(crate) optional: bool,
}

/// What is wrong with a pattern, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// The bytes of the pattern that the message speaks of.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PatternError {}

/// Why values cannot become a channel name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressError {
    /// The pattern has this parameter, and no value was given.
    Missing(String),
    /// The value of this parameter is empty; a segment never is.
    Empty(String),
    /// The name would be longer than [`MAX_CHANNEL_NAME`] bytes.
    TooLong(usize),
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(param) => write!(f, "the channel parameter `{param}` is missing"),
            Self::Empty(param) => write!(f, "the channel parameter `{param}` is empty"),
            Self::TooLong(bytes) => write!(f, "the channel name has {bytes} bytes; at most {MAX_CHANNEL_NAME} are allowed"),
        }
    }
}

impl std::error::Error for AddressError {}

impl Pattern {
    /// Parses a pattern.
    ///
    /// ```
    /// use tidewire_schema::address::Pattern;
    /// let pattern = Pattern::parse("chat/{roomId}")?;
    /// assert_eq!(pattern.params().collect::<Vec<_>>(), ["roomId"]);
    /// # Ok::<(), tidewire_schema::address::PatternError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PatternError`] says which bytes of the pattern are wrong and why; correct the pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let whole = 0..text.len();
        if text.is_empty() {
            return Err(error(whole, "a channel pattern cannot be empty", None));
        }
        if text.len() > MAX_CHANNEL_NAME {
            return Err(error(whole, format!("a channel pattern has at most {MAX_CHANNEL_NAME} bytes"), None));
        }
        if text.starts_with('$') {
            return Err(error(0..1, "names that begin with `$` belong to the system", None));
        }
        let mut segments: Vec<Segment> = Vec::new();
        let mut start = 0;
        for part in text.split('/') {
            let segment = Segment::parse(part, start)?;
            if let Some(name) = &segment.param
                && segments.iter().any(|other| other.param.as_ref() == Some(name))
            {
                return Err(error(
                    start..start + part.len(),
                    format!("the parameter `{name}` stands twice in this pattern"),
                    Some("give each parameter a name of its own".into()),
                ));
            }
            if let Some(earlier) = segments.last().filter(|earlier| earlier.optional) {
                let name = earlier.param.clone().unwrap_or_default();
                return Err(error(
                    start - 1..text.len(),
                    format!("nothing can follow the optional segment `{{{name}?}}`"),
                    Some(format!("write `{{{name}}}`, or put it last")),
                ));
            }
            segments.push(segment);
            start += part.len() + 1;
        }
        if let [only] = segments.as_slice()
            && only.optional
        {
            return Err(error(whole, "a channel name has at least one segment", Some("begin with a word of its own".into())));
        }
        if let [Segment { prefix, param: None, .. }] = segments.as_slice()
            && names::RESERVED.contains(&prefix.as_str())
        {
            return Err(error(whole, format!("`{prefix}` is a reserved name"), None));
        }
        Ok(Self { segments })
    }

    /// The names of the parameters, from left to right.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| segment.param.as_deref())
    }

    /// The parameter that may be left out: that of an optional last segment.
    pub fn optional_param(&self) -> Option<&str> {
        self.segments.last().filter(|last| last.optional).and_then(|last| last.param.as_deref())
    }

    /// The segments of a name: without an optional last one, and with all of them.
    pub(crate) fn forms(&self) -> impl Iterator<Item = &[Segment]> {
        let short = self.segments.split_last().filter(|(last, _)| last.optional).map(|(_, rest)| rest);
        short.into_iter().chain([self.segments.as_slice()])
    }

    /// Puts values into the pattern. Values that the pattern does not name are ignored, and an optional last segment without a value is left out.
    ///
    /// ```
    /// use tidewire_schema::address::Pattern;
    /// let pattern = Pattern::parse("chat/{roomId}")?;
    /// assert_eq!(pattern.encode(&[("roomId", "a/b".to_owned())])?, "chat/a%2Fb");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AddressError`] if a value is missing or empty, or the name too long. The values are wrong; repeating does not help.
    pub fn encode(&self, values: &[(&str, String)]) -> Result<String, AddressError> {
        let mut name = String::new();
        for (at, segment) in self.segments.iter().enumerate() {
            let given = segment.param.as_ref().map(|param| (param, values.iter().find(|(name, _)| name == param)));
            if segment.optional && matches!(given, Some((_, None))) {
                break;
            }
            if at > 0 {
                name.push('/');
            }
            name.push_str(&segment.prefix);
            if let Some((param, value)) = given {
                let value = value.map(|(_, value)| value.as_str()).ok_or_else(|| AddressError::Missing(param.clone()))?;
                if value.is_empty() {
                    return Err(AddressError::Empty(param.clone()));
                }
                encode_into(&mut name, value);
            }
            name.push_str(&segment.suffix);
        }
        if name.len() > MAX_CHANNEL_NAME {
            return Err(AddressError::TooLong(name.len()));
        }
        Ok(name)
    }

    /// Takes the values out of a name. `None` if the name does not match, or is not spelled as [`Pattern::encode`] would spell it.
    ///
    /// ```
    /// use tidewire_schema::address::Pattern;
    /// let pattern = Pattern::parse("chat/{roomId}")?;
    /// assert_eq!(pattern.capture("chat/a%2Fb"), Some(vec![("roomId", "a/b".to_owned())]));
    /// assert_eq!(pattern.capture("chat/%61"), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn capture(&self, name: &str) -> Option<Vec<(&str, String)>> {
        if name.len() > MAX_CHANNEL_NAME {
            return None;
        }
        let mut parts = name.split('/');
        let mut values = Vec::new();
        for segment in &self.segments {
            let part = match parts.next() {
                None if segment.optional => break,
                part => part?.strip_prefix(segment.prefix.as_str())?,
            };
            match &segment.param {
                None if part.is_empty() => {}
                None => return None,
                Some(param) => values.push((param.as_str(), decode(part.strip_suffix(segment.suffix.as_str())?)?)),
            }
        }
        parts.next().is_none().then_some(values)
    }
}

impl Segment {
    fn parse(text: &str, start: usize) -> Result<Self, PatternError> {
        let whole = start..start + text.len();
        if text.is_empty() {
            return Err(error(whole, "a channel pattern has no empty segments", Some("remove the extra `/`".into())));
        }
        let Some(open) = text.find('{') else {
            literal(text, start)?;
            return Ok(Self { prefix: text.to_owned(), ..Self::default() });
        };
        let close = text.find('}').filter(|close| *close > open);
        let Some(close) = close else {
            return Err(error(start + open..whole.end, "this `{` is never closed", Some("write a parameter as `{name}`".into())));
        };
        let (prefix, param, suffix) = (&text[..open], &text[open + 1..close], &text[close + 1..]);
        let (param, optional) = param.strip_suffix('?').map_or((param, false), |param| (param, true));
        if optional && !(prefix.is_empty() && suffix.is_empty()) {
            let message = format!("an optional segment is `{{{param}?}}` alone, without text around it");
            return Err(error(whole, message, Some("put the text into a segment of its own".into())));
        }
        if suffix.contains('{') {
            return Err(error(whole, "a segment has at most one parameter", Some("separate them with `/`".into())));
        }
        if !names::is_param_name(param) {
            let help = "a letter, then letters, digits or `_`; not a reserved word";
            return Err(error(start + open..start + close + 1, format!("`{param}` cannot name a parameter"), Some(help.into())));
        }
        literal(prefix, start)?;
        literal(suffix, start + close + 1)?;
        Ok(Self { prefix: prefix.to_owned(), param: Some(param.to_owned()), suffix: suffix.to_owned(), optional })
    }
}

fn literal(text: &str, start: usize) -> Result<(), PatternError> {
    let Some((at, bad)) = text.char_indices().find(|(_, c)| !c.is_ascii() || !is_unreserved(*c as u8)) else {
        if matches!(text, "." | "..") {
            return Err(error(start..start + text.len(), format!("`{text}` cannot be a segment"), None));
        }
        return Ok(());
    };
    let at = start + at;
    let message = if bad == '}' { "this `}` closes nothing".to_owned() } else { format!("{bad:?} cannot stand in a channel name") };
    Err(error(at..at + bad.len_utf8(), message, Some("letters, digits and `_ . : ~ @ -` can".into())))
}

fn error(at: Range<usize>, message: impl Into<String>, help: Option<String>) -> PatternError {
    PatternError { at, message: message.into(), help }
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'~' | b'@' | b'-')
}

/// Whether `name` is made like a channel name: charset, segments and length as in `PROTOCOL.md`. Says nothing of whether such a channel exists.
pub fn is_channel_name(name: &str) -> bool {
    name.len() <= MAX_CHANNEL_NAME && name.split('/').all(|segment| !matches!(segment, "" | "." | "..") && decodable(segment.as_bytes()))
}

fn decodable(mut bytes: &[u8]) -> bool {
    loop {
        bytes = match bytes {
            [] => return true,
            [b'%', high, low, rest @ ..] if hex(*high).is_some() && hex(*low).is_some() => rest,
            [byte, rest @ ..] if is_unreserved(*byte) => rest,
            _ => return false,
        };
    }
}

/// Upper-case digits only: one value has one spelling.
const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn encode_into(out: &mut String, value: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    // A path segment of dots would be resolved away by proxies and browsers.
    let dots = matches!(value, "." | "..");
    for byte in value.bytes() {
        if is_unreserved(byte) && !dots {
            out.push(char::from(byte));
        } else {
            out.extend(['%', char::from(DIGITS[usize::from(byte >> 4)]), char::from(DIGITS[usize::from(byte & 15)])]);
        }
    }
}

fn decode(text: &str) -> Option<String> {
    if text.is_empty() || !decodable(text.as_bytes()) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let (b'%', [high, low, tail @ ..]) = (first, tail) {
            bytes.push(hex(*high)? << 4 | hex(*low)?);
            rest = tail;
        } else {
            bytes.push(*first);
        }
    }
    let value = String::from_utf8(bytes).ok()?;
    let mut again = String::with_capacity(text.len());
    encode_into(&mut again, &value);
    (again == text).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_whatever_they_hold() {
        let pattern = Pattern::parse("room:{a}/x-{b}.end").unwrap();
        for value in ["1", "a/b", "%", "ä{}\0\n", "..", ".", "%2F", "~@:"] {
            let values = vec![("a", value.to_owned()), ("b", value.to_owned())];
            let name = pattern.encode(&values).unwrap();
            assert!(is_channel_name(&name), "{name}");
            assert_eq!(pattern.capture(&name), Some(values), "{name}");
        }
    }

    #[test]
    fn only_the_canonical_spelling_matches() {
        let pattern = Pattern::parse("chat/{roomId}").unwrap();
        for name in ["chat", "chat/", "chat/a/b", "chat/%2f", "chat/%61", "chat/%", "chat/%FF", "chat/a b", "Chat/a", "chat/ä", "chat/.."]
        {
            assert_eq!(pattern.capture(name), None, "{name}");
        }
    }

    #[test]
    fn an_optional_last_segment_may_be_left_out() {
        let pattern = Pattern::parse("files/{folder}/{file?}").unwrap();
        assert_eq!((pattern.params().collect::<Vec<_>>(), pattern.optional_param()), (vec!["folder", "file"], Some("file")));
        for (name, values) in
            [("files/a", vec![("folder", "a".to_owned())]), ("files/a/b", vec![("folder", "a".to_owned()), ("file", "b".to_owned())])]
        {
            assert_eq!(pattern.encode(&values).unwrap(), name);
            assert_eq!(pattern.capture(name), Some(values));
        }
        for name in ["files", "files/a/", "files/a/b/c"] {
            assert_eq!(pattern.capture(name), None, "{name}");
        }
        assert_eq!(pattern.encode(&[("file", "b".to_owned())]), Err(AddressError::Missing("folder".into())));
    }

    #[test]
    fn channel_names_have_a_charset_and_no_dots_alone() {
        for good in ["a", "chat/42", "a.b/c:d~e@f-g_h", "chat/%2E%2E", "chat/%FF"] {
            assert!(is_channel_name(good), "{good}");
        }
        for bad in ["", "/", "a/", "..", "a/../b", "a/.", "a b", "a\n", "a\0", "a*", "a%2f", "a%", "ä", &"a".repeat(201)] {
            assert!(!is_channel_name(bad), "{bad:?}");
        }
    }

    #[test]
    fn bad_patterns_say_where() {
        for (pattern, at) in [
            ("", 0..0),
            ("$x", 0..1),
            ("a//b", 2..2),
            ("a/", 2..2),
            ("a/{b", 2..4),
            ("a/{b}{c}", 2..8),
            ("a/{1}", 2..5),
            ("a/{b}/{b}", 6..9),
            ("a b", 1..2),
            ("a/{b?}/c", 6..8),
            ("a/x{b?}", 2..7),
            ("{b?}", 0..4),
            ("a/b}", 3..4),
            ("__proto__", 0..9),
            ("a/{__proto__}", 2..13),
            ("..", 0..2),
            ("ä", 0..2),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap_err().at, at, "{pattern}");
        }
    }

    #[test]
    fn encoding_refuses_what_is_missing_empty_or_too_long() {
        let pattern = Pattern::parse("chat/{roomId}").unwrap();
        assert_eq!(pattern.encode(&[]), Err(AddressError::Missing("roomId".into())));
        assert_eq!(pattern.encode(&[("roomId", String::new())]), Err(AddressError::Empty("roomId".into())));
        assert_eq!(pattern.encode(&[("roomId", "x".repeat(196))]), Err(AddressError::TooLong(201)));
    }
}
