//! What is wrong with a value, and where.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// One thing that is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// The way from the payload to the offending value.
    pub path: Vec<PathPart>,
    /// What kind of problem it is; the same codes as in the TypeScript client.
    pub code: IssueCode,
    /// What was expected and what came. Never more than 80 characters of the input.
    pub message: String,
}

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PathPart {
    /// Into a field of an object.
    Field(String),
    /// Into an item of a list.
    Item(usize),
}

/// The kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IssueCode {
    /// Another JSON type is due.
    Type,
    /// A field is missing.
    Required,
    /// A closed object has a field too many.
    UnknownField,
    /// A text has too few characters.
    TooShort,
    /// A text has too many characters.
    TooLong,
    /// A text does not match its pattern.
    Pattern,
    /// A number is below its bound.
    TooSmall,
    /// A number is above its bound.
    TooBig,
    /// A text is none of the listed ones.
    Enum,
    /// The tag of a union is missing or unknown.
    Tag,
    /// A list has too few items.
    TooFew,
    /// A list has too many items.
    TooMany,
    /// A text is not of its format.
    Format,
    /// The value nests too deep.
    TooDeep,
    /// A number is no multiple of what it has to be one of.
    NotMultiple,
    /// A list holds the same item twice.
    NotUnique,
    /// None of several alternatives fits, or more than one where one is due.
    Choice,
    /// A key does not match its pattern.
    Key,
    /// No value is allowed here.
    Never,
    /// A signal got data, or an event with a payload got none.
    Payload,
}

impl Issue {
    pub(super) fn at_root(code: IssueCode, message: impl Into<String>) -> Self {
        Self { path: Vec::new(), code, message: message.into() }
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.path {
            match part {
                PathPart::Field(name) => write!(f, "/{name}")?,
                PathPart::Item(at) => write!(f, "/{at}")?,
            }
        }
        if !self.path.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

/// At most 80 characters of a text, quoted and escaped.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => excerpt(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
