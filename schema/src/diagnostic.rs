//! What is wrong with a definition: a code, places, a way out. The macro and the command line share codes and texts.

#[cfg(feature = "parse-file")]
mod explanation;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

#[cfg(feature = "parse-file")]
pub use explanation::{Example, FrontEnd};

/// A place in the source of a definition: a byte range of a schema file, or a span of a Rust module.
pub trait Place: Clone {
    /// The part of this place that `range` (in bytes of the text that stands here) covers, as far as it can be told.
    #[must_use]
    fn part(&self, range: &Range<usize>) -> Self {
        let _ = range;
        self.clone()
    }
}

/// Whether a diagnostic stops the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The definition cannot be used.
    Error,
    /// It can, but probably does not say what was meant.
    Warning,
}

/// One thing that is wrong with a definition.
#[derive(Clone, Debug)]
pub struct Diagnostic<P> {
    /// The stable code.
    pub code: Code,
    /// Whether it stops the run.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where; the first place is the one that the message speaks of.
    pub labels: Vec<Label<P>>,
    /// What to do about it.
    pub help: Option<String>,
}

/// A place and what to say about it.
#[derive(Clone, Debug)]
pub struct Label<P> {
    /// The place.
    pub place: P,
    /// What to say about it; may be empty.
    pub text: String,
}

impl<P> Diagnostic<P> {
    /// An error at `place`.
    pub fn error(code: Code, place: impl Into<P>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            labels: vec![Label { place: place.into(), text: String::new() }],
            help: None,
        }
    }

    /// An error that stands nowhere in a source: places come with [`also`](Self::also), if at all.
    pub fn without_place(code: Code, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), labels: Vec::new(), help: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to do about it, where that is known.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<impl Into<String>>) -> Self {
        self.help = help.map(Into::into).or(self.help);
        self
    }

    /// What to say at the first place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.text = text.into();
        }
        self
    }

    /// Points at a further place.
    #[must_use]
    pub fn also(mut self, place: impl Into<P>, text: impl Into<String>) -> Self {
        self.labels.push(Label { place: place.into(), text: text.into() });
        self
    }

    /// The same in another kind of place.
    pub fn map<Q>(self, place: impl FnMut(P) -> Q) -> Diagnostic<Q> {
        let mut place = place;
        Diagnostic {
            code: self.code,
            severity: self.severity,
            message: self.message,
            labels: self.labels.into_iter().map(|label| Label { place: place(label.place), text: label.text }).collect(),
            help: self.help,
        }
    }

    /// Makes it a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}

/// Everything that is wrong with a definition. All of a run is reported together.
#[derive(Clone, Debug)]
pub struct Diagnostics<P> {
    list: Vec<Diagnostic<P>>,
}

impl<P> Default for Diagnostics<P> {
    fn default() -> Self {
        Self { list: Vec::new() }
    }
}

impl<P> Diagnostics<P> {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic<P>) {
        self.list.push(diagnostic);
    }

    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether there is nothing to report.
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic<P>> {
        self.list.iter()
    }

    /// The same diagnostics in another kind of place.
    pub fn map<Q>(self, mut place: impl FnMut(P) -> Q) -> Diagnostics<Q> {
        let list = self.list.into_iter().map(|diagnostic| diagnostic.map(&mut place));
        Diagnostics { list: list.collect() }
    }

    /// Sorts by the first place, so that a reader walks the file once.
    pub fn sort_by_place<K: Ord>(&mut self, mut key: impl FnMut(&P) -> K) {
        self.list.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| key(&label.place)));
    }
}

impl<'a, P> IntoIterator for &'a Diagnostics<P> {
    type Item = &'a Diagnostic<P>;
    type IntoIter = std::slice::Iter<'a, Diagnostic<P>>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

/// "did you mean `x`?" for the nearest of the candidates.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    crate::suggest::nearest(name, candidates).map(|nearest| format!("did you mean `{nearest}`?"))
}

/// "did you mean `x`?", or else the list of what is known.
pub fn did_you_mean_or_known(name: &str, known: &[&str]) -> String {
    did_you_mean(name, known.iter().copied()).unwrap_or_else(|| format!("known here: {}", list(known)))
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

macro_rules! codes {
    ($($variant:ident = $code:literal, $title:literal;)*) => {
        /// The code of a diagnostic: `TW` and four digits. The first two digits are the chapter: 00 the form of the file or module, 01 names, 02 references, 03 types, 04 what is not supported, 06 the
        /// command line and the files around it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $title] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The number behind `TW`.
            pub const fn number(self) -> u16 {
                match self { $(Self::$variant => $code,)* }
            }

            /// What the code stands for, in one sentence.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

codes! {
    UnknownKey = 1, "A key that means nothing here.";
    Syntax = 2, "The text is not valid YAML, JSON or Rust.";
    MissingKey = 3, "A required key is missing.";
    WrongValue = 4, "A value is of another kind than is due here.";
    YamlFeature = 5, "A feature of YAML that a schema file does not use: anchors, tags, several documents.";
    NotAModule = 6, "`#[realtime_events]` stands on something other than a module with a body.";
    WrongItem = 7, "An item that cannot stand in an events module.";
    WrongAttribute = 8, "An attribute that cannot be understood.";
    TooLarge = 9, "The file is larger, or nests deeper, than a definition ever is.";
    BadName = 101, "A name that cannot be used in both languages or on the wire.";
    DuplicateEvent = 110, "Two events have one name.";
    DuplicateKey = 111, "A key stands twice in one mapping.";
    AmbiguousChannels = 112, "One channel name could belong to two patterns.";
    BadPattern = 113, "A channel pattern that cannot be understood.";
    Parameters = 114, "The parameters of a pattern and their declarations do not match.";
    DuplicateName = 115, "Two fields, values or variants have one name on the wire.";
    DuplicateType = 116, "Two types have one name.";
    UnknownType = 201, "A type that is not defined.";
    UnknownEvent = 202, "An event that is not defined.";
    InfiniteType = 203, "A type that no finite value can have.";
    BadReference = 204, "A reference that points neither at a type nor at a part of its own schema.";
    UnknownChannel = 205, "A channel that is not defined.";
    NoWireForm = 301, "A Rust type that has no JSON form here.";
    Constraint = 302, "A constraint that does not fit the type it stands on.";
    EmptyRange = 303, "Bounds that no value can meet.";
    BadRegexp = 304, "A pattern of text that is not of the supported subset.";
    Wide = 305, "A 64-bit integer that a JavaScript number would round.";
    Untagged = 306, "An enum with data, or a union, whose alternatives cannot be told apart by a tag.";
    SerdeAttribute = 307, "A serde attribute that is not honoured.";
    Generic = 308, "A generic item in an events module.";
    TupleStruct = 309, "A tuple struct with more or fewer than one field.";
    ParameterType = 311, "A type that a channel parameter cannot have.";
    BadHistory = 312, "A history that cannot be understood, or that widens its channel's.";
    NullPayload = 313, "A payload that is always null: it is a signal.";
    BadDefault = 314, "A default that does not fit its type, or whose type cannot have one.";
    Overlapping = 316, "Alternatives without a tag that their JSON type does not tell apart.";
    ShadowedName = 320, "A Rust type that does not travel as its name says.";
    UnsupportedKeyword = 401, "A JSON Schema keyword that is not supported.";
    NotYet = 402, "Something that a later version supports.";
    UnknownFormat = 403, "A format that is not enforced in both languages.";
    Draft = 404, "A version of JSON Schema that is not supported.";
    AnyJson = 410, "A payload of unknown shape.";
    NoFields = 411, "An object without any field.";
    Untyped = 412, "A schema that is checked, and has no type in either language.";
    Ignored = 413, "A keyword that says nothing about values of this type.";
    Stale = 601, "Generated files are not what the definitions give.";
    InTheWay = 602, "Files that were edited, or written by something else, stand where generated ones belong.";
    Files = 603, "A file or folder cannot be read or written.";
    NoTarget = 604, "Nothing says what to generate.";
    Config = 605, "A `tidewire.toml` that cannot be understood.";
    Database = 606, "A database whose tables cannot be read.";
    LeftOut = 607, "A column that no definition can say.";
    Bug = 670, "The generator failed, and your definitions are not to blame.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TW{:04}", self.number())
    }
}

/// That a text is not the code of a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCode {
    /// The code that was meant, probably.
    pub nearest: Option<Code>,
}

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.nearest {
            Some(nearest) => write!(f, "there is no such code; the nearest is {nearest}"),
            None => f.write_str("a code is `TW` and four digits"),
        }
    }
}

impl std::error::Error for UnknownCode {}

impl FromStr for Code {
    type Err = UnknownCode;

    /// Reads `TW0201`, also without the `TW`, without the zero, in small letters and in brackets, as people copy it.
    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let trimmed = text.trim().trim_start_matches("error").trim_start_matches("warning").trim_matches(['[', ']', ':']);
        let digits = trimmed.trim_start_matches(['T', 't']).trim_start_matches(['W', 'w']);
        let Ok(number) = digits.parse::<u16>() else {
            return Err(UnknownCode { nearest: None });
        };
        let nearest = Self::ALL.iter().copied().min_by_key(|code| (digit_distance(code.number(), number), code.number().abs_diff(number)));
        match nearest {
            Some(code) if code.number() == number => Ok(code),
            nearest => Err(UnknownCode { nearest }),
        }
    }
}

/// In how many of their four digits two numbers differ.
fn digit_distance(a: u16, b: u16) -> usize {
    format!("{a:04}").bytes().zip(format!("{b:04}").bytes()).filter(|(a, b)| a != b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_write_them() {
        for text in ["TW0201", "tw0201", "201", "0201", "TW201", "error[TW0201]:", "[TW0201]", " TW0201 "] {
            assert_eq!(text.parse(), Ok(Code::UnknownType), "{text}");
        }
        assert_eq!("TW0211".parse::<Code>(), Err(UnknownCode { nearest: Some(Code::UnknownType) }));
        assert_eq!("what".parse::<Code>(), Err(UnknownCode { nearest: None }));
        assert!("99999999".parse::<Code>().is_err());
    }

    #[test]
    fn codes_rise_and_print_with_four_digits() {
        assert!(Code::ALL.windows(2).all(|pair| pair[0].number() < pair[1].number()));
        assert_eq!(Code::UnknownKey.to_string(), "TW0001");
    }
}
