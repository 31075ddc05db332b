//! One walk through one value: where it is, what it found, when it may stop.

use std::collections::HashMap;

use serde_json::Value;

use super::issue::{counted, describe, short};
use super::{Checker, Issue, IssueCode, MAX_DEPTH, MAX_ISSUES, PathPart};
use crate::Type;

/// The longest way from type to type that stays at one value. Only names that lead back to themselves are longer, and they must not go on for ever.
const MAX_STEPS: usize = 64;

#[expect(clippy::struct_excessive_bools, reason = "they are set and restored one by one, in every combination")]
pub(super) struct Walk<'a> {
    pub(super) checker: &'a Checker,
    /// Its length is the depth of the value at hand.
    path: Vec<Step<'a>>,
    issues: Vec<Issue>,
    /// Whether nobody asks for the issues: the first one decides.
    probing: bool,
    failed: bool,
    /// Whether the value is its own normal form, as far as it has been seen.
    pub(super) normal: bool,
    /// How many names were followed without a step into the value.
    steps: usize,
    /// Whether a chain of names was cut, which makes verdicts depend on where the walk came from.
    cut: bool,
    /// Verdicts on lists and objects that several branches of a schema ask for by name. Without them a value that nests deep costs as many looks as
    /// there are ways through the branches. The addresses are those of the value and of the type, which both outlive the walk.
    known: HashMap<(*const Value, *const Type), bool>,
}

/// A step into a value, without a copy of the name.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    Field(&'a str),
    Item(usize),
}

pub(super) struct Verdict {
    pub(super) issues: Vec<Issue>,
    pub(super) normal: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(checker: &'a Checker) -> Self {
        Self {
            checker,
            path: Vec::new(),
            issues: Vec::new(),
            probing: false,
            failed: false,
            normal: true,
            steps: 0,
            cut: false,
            known: HashMap::new(),
        }
    }

    pub(super) fn verdict(self) -> Verdict {
        Verdict { issues: self.issues, normal: self.normal }
    }

    /// Whether more issues would not change the answer.
    pub(super) fn is_done(&self) -> bool {
        if self.probing { self.failed } else { self.issues.len() >= MAX_ISSUES }
    }

    /// Notes that the value at hand is wrong. The message is made only if somebody will read it.
    pub(super) fn report(&mut self, code: IssueCode, message: impl FnOnce() -> String) {
        self.failed = true;
        if self.probing || self.is_done() {
            return;
        }
        let path = self.path.iter().map(|step| match step {
            Step::Field(name) => PathPart::Field(short(name)),
            Step::Item(at) => PathPart::Item(*at),
        });
        self.issues.push(Issue { path: path.collect(), code, message: message() });
    }

    /// Notes what was expected in place of `value`.
    pub(super) fn expected(&mut self, code: IssueCode, what: &str, value: &Value) {
        self.report(code, || format!("expected {what}, got {}", describe(value)));
    }

    /// Notes a count that is out of its bounds.
    pub(super) fn count(&mut self, count: usize, (min, max): (Option<u32>, Option<u32>), unit: &str, (low, high): (IssueCode, IssueCode)) {
        if let Some(min) = min.filter(|min| count < *min as usize) {
            self.report(low, || format!("expected at least {}, got {count}", counted(min, unit)));
        }
        if let Some(max) = max.filter(|max| count > *max as usize) {
            self.report(high, || format!("expected at most {}, got {count}", counted(max, unit)));
        }
    }

    /// Runs a check one step further in, unless the answer is known already.
    pub(super) fn inside(&mut self, step: Step<'a>, check: impl FnOnce(&mut Self)) {
        if self.is_done() {
            return;
        }
        self.path.push(step);
        let steps = std::mem::take(&mut self.steps);
        if self.path.len() > MAX_DEPTH {
            self.report(IssueCode::TooDeep, || format!("values nest at most {MAX_DEPTH} deep"));
        } else {
            check(self);
        }
        self.steps = steps;
        self.path.pop();
    }

    /// Notes an issue one step further in.
    pub(super) fn report_inside(&mut self, step: Step<'a>, code: IssueCode, message: impl FnOnce() -> String) {
        self.path.push(step);
        self.report(code, message);
        self.path.pop();
    }

    /// Whether a check finds nothing wrong, without a note of what it finds.
    pub(super) fn passes(&mut self, check: impl FnOnce(&mut Self)) -> bool {
        let (probing, failed) = (std::mem::replace(&mut self.probing, true), std::mem::take(&mut self.failed));
        check(self);
        self.probing = probing;
        !std::mem::replace(&mut self.failed, failed)
    }

    /// Follows a name at the same value.
    pub(super) fn follow(&mut self, check: impl FnOnce(&mut Self)) {
        if self.steps >= MAX_STEPS {
            self.cut = true;
            self.report(IssueCode::TooDeep, || format!("types name each other more than {MAX_STEPS} times before a value is looked at"));
            return;
        }
        self.steps += 1;
        check(self);
        self.steps -= 1;
    }

    /// Checks `value` against a named type on behalf of a schema, once.
    pub(super) fn named(&mut self, ty: &'a Type, value: &'a Value, check: impl FnOnce(&mut Self)) {
        if self.is_done() {
            return;
        }
        if !matches!(value, Value::Array(_) | Value::Object(_)) {
            self.follow(check);
            return;
        }
        let key = (std::ptr::from_ref(value), std::ptr::from_ref(ty));
        match self.known.get(&key) {
            Some(true) => return,
            Some(false) if self.probing => {
                self.failed = true;
                return;
            }
            _ => {}
        }
        let failed = std::mem::take(&mut self.failed);
        self.follow(check);
        // What was cut short has no verdict of its own.
        if !self.cut {
            self.known.insert(key, !self.failed);
        }
        self.failed |= failed;
    }
}
