//! Values of Rust types that travel outside of events: requests, replies, greetings, states.

use serde::Serialize;
use serde_json::Value;
use tidewire_schema::{
    Type,
    check::{Checker, Issue, IssueCode},
};

use super::{holds_null, non_finite};

/// A value as JSON, before it is held against the contract.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<Value, Vec<Issue>> {
    let json = serde_json::to_value(value).map_err(|error| {
        vec![Issue { path: Vec::new(), code: IssueCode::Type, message: format!("it cannot be written as JSON: {error}") }]
    })?;
    // A number that JSON does not have has become null by now.
    match holds_null(&json).then(|| non_finite(value)).flatten() {
        Some(issue) => Err(vec![issue]),
        None => Ok(json),
    }
}

/// Checks what stands in a frame as `data` against what the contract declares there: nothing, or a value of a type. Answers its normal form.
pub(crate) fn check_data(checker: &Checker, declared: Option<&Type>, data: Option<Value>) -> Result<Option<Value>, Vec<Issue>> {
    let wrong = |message: String| vec![Issue { path: Vec::new(), code: IssueCode::Payload, message }];
    match (declared, data) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(wrong("nothing is due, and there is data".to_owned())),
        (Some(ty), None) => Err(wrong(format!("expected {}, and there is no data", ty.noun()))),
        (Some(ty), Some(value)) => checker.value(ty, value).map(Some),
    }
}

/// Every issue in one line.
pub(crate) fn listed(issues: &[Issue]) -> String {
    issues.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
