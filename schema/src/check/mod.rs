//! The validator: one table, compiled from the contract, walked the same way here and in the TypeScript client.
//!
//! A check has two steps. The verdict looks at the value and changes nothing; of a value that passes, normalisation makes the one that is stored
//! and delivered: `1.0` becomes `1` where an integer is due, fields that an open object does not list are dropped, and defaults stand in for
//! fields that are absent. Checked JSON, and what an open union does not know, stay as they are.

mod equality;
mod format;
mod issue;
mod normalise;
mod number;
mod schema;
mod typed;
mod walk;

use std::borrow::Cow;
use std::collections::HashMap;

use regex::Regex;
use serde_json::Value;

pub use format::{has_format, is_date, is_date_time, is_email, is_ipv4, is_ipv6, is_uri, is_uuid};
pub use issue::{Issue, IssueCode, PathPart};

use self::walk::Walk;
use crate::{Contract, Event, JsonSchema, Type, regexp};

/// Values nest at most this deep, so that no input can exhaust the stack. The value itself is at depth 0.
pub const MAX_DEPTH: usize = 32;

/// More issues than this help nobody, and a long list of bad items must not cost more than it is worth.
pub const MAX_ISSUES: usize = 50;

/// Checks values against the types of one contract.
///
/// ```
/// use serde_json::json;
/// use tidewire_schema::check::Checker;
/// use tidewire_schema::{Contract, Type};
///
/// let checker = Checker::new(&Contract::default());
/// let ages = Type::list_of(Type::Integer { min: 0, max: 150, multiple_of: None });
/// assert_eq!(checker.value(&ages, json!([1.0, 30])), Ok(json!([1, 30])));
/// ```
#[derive(Debug)]
pub struct Checker {
    contract: Contract,
    /// By their source, so that a pattern that stands in many places is compiled once.
    patterns: HashMap<String, Regex>,
}

impl Checker {
    /// Compiles the patterns of a contract.
    ///
    /// A pattern that does not compile refuses every text: no front end lets such a pattern through, so this only meets contracts made by hand.
    ///
    /// ```
    /// use tidewire_schema::{Contract, check::Checker};
    ///
    /// let checker = Checker::new(&Contract { name: "acme-live".to_owned(), ..Contract::default() });
    /// assert_eq!(checker.contract().name, "acme-live");
    /// ```
    pub fn new(contract: &Contract) -> Self {
        let mut patterns = HashMap::new();
        contract.roots().for_each(|ty| collect_patterns(ty, &mut patterns));
        Self { contract: contract.clone(), patterns }
    }

    /// The contract whose types this checks.
    ///
    /// ```
    /// use tidewire_schema::{Contract, check::Checker};
    ///
    /// assert!(Checker::new(&Contract::default()).contract().types.is_empty());
    /// ```
    pub const fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Checks what an event carries: nothing for a signal, a value of its type otherwise. Returns the normalised value.
    ///
    /// ```
    /// use serde_json::json;
    /// use tidewire_schema::check::Checker;
    /// use tidewire_schema::{Contract, Event, Publishers, Type};
    ///
    /// let checker = Checker::new(&Contract::default());
    /// let event = Event {
    ///     name: "typing".to_owned(),
    ///     description: None,
    ///     deprecated: None,
    ///     publish: Publishers::SERVER,
    ///     transient: true,
    ///     latest: false,
    ///     payload: Some(Type::Boolean),
    /// };
    /// assert_eq!(checker.payload(&event, Some(json!(true))), Ok(Some(json!(true))));
    /// assert!(checker.payload(&event, None).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// At most [`MAX_ISSUES`] of the [`Issue`]s found. The value is wrong; repeating does not help.
    pub fn payload(&self, event: &Event, data: Option<Value>) -> Result<Option<Value>, Vec<Issue>> {
        match (&event.payload, data) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(vec![Issue::at_root(IssueCode::Payload, format!("`{}` is a signal: it carries no data", event.name))]),
            (Some(ty), None) => {
                Err(vec![Issue::at_root(IssueCode::Payload, format!("`{}` carries {}, and there is no data", event.name, ty.noun()))])
            }
            (Some(ty), Some(value)) => self.value(ty, value).map(Some),
        }
    }

    /// Checks a value against a type. Returns the normalised value.
    ///
    /// Patterns of a type that is not part of the contract are compiled for this one call.
    ///
    /// ```
    /// use serde_json::json;
    /// use tidewire_schema::check::{Checker, IssueCode};
    /// use tidewire_schema::{Contract, Type};
    ///
    /// let issues = Checker::new(&Contract::default()).value(&Type::Uuid, json!("42")).unwrap_err();
    /// assert_eq!(issues[0].code, IssueCode::Format);
    /// ```
    ///
    /// # Errors
    ///
    /// At most [`MAX_ISSUES`] of the [`Issue`]s found. The value is wrong; repeating does not help.
    pub fn value(&self, ty: &Type, mut value: Value) -> Result<Value, Vec<Issue>> {
        let mut walk = Walk::new(self);
        walk.typed(ty, &value);
        let verdict = walk.verdict();
        if !verdict.issues.is_empty() {
            return Err(verdict.issues);
        }
        if !verdict.normal {
            self.normalise(ty, &mut value, 0);
        }
        Ok(value)
    }

    /// Checks the text of a channel parameter, as it stands in a channel name after decoding.
    ///
    /// ```
    /// use tidewire_schema::check::Checker;
    /// use tidewire_schema::{Contract, Type};
    ///
    /// let checker = Checker::new(&Contract::default());
    /// assert!(checker.param(&Type::INTEGER, "42").is_ok());
    /// assert!(checker.param(&Type::INTEGER, "042").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// The first [`Issue`] found. The channel name is wrong; repeating does not help.
    pub fn param(&self, ty: &Type, text: &str) -> Result<(), Issue> {
        let canonical = |number: i64| number.to_string() == text;
        let value = match self.contract.resolve(ty) {
            Some(Type::Integer { .. }) => text.parse().ok().filter(|number| canonical(*number)).map(Value::from),
            Some(Type::Boolean) => text.parse().ok().map(Value::Bool),
            Some(Type::Uuid) if text.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                return Err(Issue::at_root(IssueCode::Format, "a UUID in a channel name is written in lower case"));
            }
            _ => Some(Value::from(text)),
        };
        let value =
            value.ok_or_else(|| Issue::at_root(IssueCode::Type, format!("expected {}, got {}", ty.noun(), issue::excerpt(text))))?;
        self.value(ty, value).map(drop).map_err(|mut issues| issues.swap_remove(0))
    }

    /// Whether a pattern occurs in `text`.
    fn matches(&self, pattern: &str, text: &str) -> bool {
        let regex = self.patterns.get(pattern).map(Cow::Borrowed).or_else(|| compile(pattern).map(Cow::Owned));
        regex.is_some_and(|regex| regex.is_match(text))
    }
}

fn compile(pattern: &str) -> Option<Regex> {
    Regex::new(&regexp::translate(pattern).ok()?).ok()
}

fn collect_patterns(ty: &Type, patterns: &mut HashMap<String, Regex>) {
    let mut collect = |pattern: &str| {
        if !patterns.contains_key(pattern)
            && let Some(regex) = compile(pattern)
        {
            patterns.insert(pattern.to_owned(), regex);
        }
    };
    match ty {
        Type::String { pattern: Some(pattern), .. } | Type::Map { keys: Some(pattern), .. } => collect(pattern),
        Type::Json { schema } => schema.each(&mut |schema: &JsonSchema| {
            let Some(rules) = schema.rules() else { return };
            rules.pattern.iter().chain(rules.pattern_properties.keys()).for_each(|pattern| collect(pattern));
        }),
        _ => {}
    }
    ty.parts().into_iter().for_each(|part| collect_patterns(part, patterns));
}
