//! What is wrong with a value, and where.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// One thing that is wrong with a value.
///
/// ```
/// use tidewire_schema::check::{Checker, IssueCode};
/// use tidewire_schema::{Contract, Type};
///
/// let checker = Checker::new(&Contract::default());
/// let issues = checker.value(&Type::list_of(Type::Boolean), serde_json::json!([true, 1])).unwrap_err();
/// assert_eq!(issues[0].code, IssueCode::Type);
/// assert_eq!(issues[0].to_string(), "/1: expected a boolean, got 1");
/// ```
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
///
/// ```
/// use tidewire_schema::check::PathPart;
///
/// let path = [PathPart::Field("lines".to_owned()), PathPart::Item(3)];
/// assert_eq!(serde_json::to_string(&path)?, r#"["lines",3]"#);
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PathPart {
    /// Into a field of an object: its name, cut after 80 characters.
    Field(String),
    /// Into an item of a list.
    Item(usize),
}

/// The kinds of problems.
///
/// ```
/// use tidewire_schema::check::IssueCode;
///
/// assert_eq!(serde_json::to_string(&IssueCode::NotUnique)?, r#""not_unique""#);
/// # Ok::<_, serde_json::Error>(())
/// ```
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
    /// A number is not a multiple of another.
    NotMultiple,
    /// A value is none of the listed ones.
    Enum,
    /// The tag of a union is missing or unknown.
    Tag,
    /// None of several alternatives fits, or more than the one that may.
    Choice,
    /// A list has too few items, or an object too few entries.
    TooFew,
    /// A list has too many items, or an object too many entries.
    TooMany,
    /// Two items of a list are equal.
    NotUnique,
    /// The key of an entry does not match its pattern.
    Key,
    /// A text is not of its format.
    Format,
    /// Nothing at all may stand here.
    Never,
    /// The value nests too deep.
    TooDeep,
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

/// A longer list of what is known would hide the rest of the message.
const MAX_LISTED: usize = 12;

const MAX_EXCERPT: usize = 80;

/// At most 80 characters of a text, quoted and escaped.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(MAX_EXCERPT) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// At most 80 characters of the name of a field.
pub(super) fn short(name: &str) -> String {
    match name.char_indices().nth(MAX_EXCERPT) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// What came, in a few words.
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

/// Names of which one was expected.
pub(super) fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(MAX_LISTED);
    let shown: Vec<_> = names.take(MAX_LISTED).map(|name| format!("`{name}`")).collect();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("one of {}{rest}", shown.join(", "))
}

/// A number of things.
pub(super) fn counted(count: impl Into<u64>, unit: &str) -> String {
    let count = count.into();
    match (count, unit) {
        (1, _) => format!("1 {unit}"),
        (_, "entry") => format!("{count} entries"),
        _ => format!("{count} {unit}s"),
    }
}
