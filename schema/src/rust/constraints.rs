//! `#[rt(…)]`: what is said about values beyond their type.

use proc_macro2::Span;
use syn::Lit;

use super::Spot;
use super::attributes::{Argument, Value};
use super::kind::Kind;
use super::schema;
use super::types::Known;
use crate::assemble::empty_range;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean_or_known};
use crate::{Format, MAX_SAFE, Type, regexp};

const KEYS: [&str; 22] = [
    "min_length",
    "max_length",
    "pattern",
    "format",
    "min",
    "max",
    "exclusive_min",
    "exclusive_max",
    "multiple_of",
    "min_items",
    "max_items",
    "unique",
    "keys",
    "min_entries",
    "max_entries",
    "items",
    "values",
    "at",
    "json",
    "int64",
    "default",
    "default_json",
];

/// Applies the arguments of `#[rt(…)]` on a field to its type. Whether a 64-bit integer travels as text.
pub(super) fn apply(
    place: Spot,
    (wire, kind): (&mut Type, &Kind),
    arguments: Vec<Argument>,
    known: &Known,
    diagnostics: &mut Diagnostics<Spot>,
) -> Option<bool> {
    let mut reader = Reader { place, way: Vec::new(), known, diagnostics };
    let int64 = matches!(kind, Kind::Wide { .. }) && arguments.iter().any(|argument| argument.key() == "int64");
    reader.value(wire, kind, arguments, int64).then_some(int64)
}

struct Reader<'a> {
    /// The type of the whole field.
    place: Spot,
    /// What the constraints of the value that is being read are written in: `items(`, `at(0, `.
    way: Vec<String>,
    known: &'a Known,
    diagnostics: &'a mut Diagnostics<Spot>,
}

impl Reader<'_> {
    /// Constrains a value, and the values inside it. `false` if it has no form on the wire.
    fn value(&mut self, mut wire: &mut Type, mut kind: &Kind, arguments: Vec<Argument>, as_text: bool) -> bool {
        // What is said about something that may be absent or null is said about it when it is there.
        loop {
            match (wire, kind) {
                (Type::Nullable { of }, Kind::Nullable(inner)) => (wire, kind) = (of, inner),
                (seen, Kind::Optional(inner)) => (wire, kind) = (seen, inner),
                (seen, _) => {
                    wire = seen;
                    break;
                }
            }
        }
        if let (Type::Int64 { signed }, Kind::Wide { .. }) = (&*wire, kind)
            && !as_text
        {
            if !arguments.iter().any(|argument| matches!(argument.key().as_str(), "min" | "max")) {
                self.unbounded(*signed, arguments.iter().find(|argument| argument.key() == "int64"));
                return false;
            }
            *wire = Type::Integer { min: if *signed { -MAX_SAFE } else { 0 }, max: MAX_SAFE, multiple_of: None };
        }
        let mut inner: Vec<(usize, Argument)> = Vec::new();
        for argument in arguments {
            match (argument.key().as_str(), &*wire) {
                ("items", Type::List { .. }) | ("values", Type::Map { .. }) => inner.push((0, argument)),
                ("at", Type::Tuple { items }) => inner.extend(self.position(argument, items.len())),
                ("int64", Type::Int64 { .. }) if as_text => {
                    if !matches!(&argument.value, Value::Literal(Lit::Str(text)) if text.value() == "string") {
                        let error = Diagnostic::error(Code::WrongAttribute, argument.span, "`int64` says how the integer travels");
                        self.diagnostics.push(error.help("write `int64 = \"string\"`"));
                    }
                }
                (key, _) if !KEYS.contains(&key) => argument.unknown(&KEYS, self.diagnostics),
                (key, ty) => {
                    let misfit = format!("`{key}` does not fit {}", ty.noun());
                    let help = fitting(ty, key);
                    if !self.constraint(wire, key, &argument) {
                        self.diagnostics.push(Diagnostic::error(Code::Constraint, argument.span, misfit).help(help));
                    }
                }
            }
        }
        if let Some(message) = empty_range(wire).or_else(|| empty_interval(wire)) {
            self.diagnostics.push(Diagnostic::error(Code::EmptyRange, self.place, message).help("swap the bounds"));
        }
        self.inside(wire, kind, inner)
    }

    /// Constrains what stands inside a list, a map or a tuple.
    fn inside(&mut self, wire: &mut Type, kind: &Kind, arguments: Vec<(usize, Argument)>) -> bool {
        let parts: Vec<(String, &mut Type, &Kind)> = match (wire, kind) {
            (Type::List { items, .. }, Kind::List(kind)) => vec![("items(".to_owned(), items, kind)],
            (Type::Map { values, .. }, Kind::Map(kind)) => vec![("values(".to_owned(), values, kind)],
            (Type::Tuple { items }, Kind::Tuple(kinds)) => {
                items.iter_mut().zip(kinds).enumerate().map(|(at, (ty, kind))| (format!("at({at}, "), ty, kind)).collect()
            }
            _ => Vec::new(),
        };
        let mut said: Vec<Vec<Argument>> = parts.iter().map(|_| Vec::new()).collect();
        for (at, argument) in arguments {
            let list = argument.list(self.diagnostics);
            said[at].extend(list.into_iter().skip_while(|inner| inner.key.is_none()));
        }
        // Every part is looked at, so that all that is wrong is reported.
        parts.into_iter().zip(said).fold(true, |fine, ((way, wire, kind), arguments)| {
            self.way.push(way);
            let inside = self.value(wire, kind, arguments, false);
            self.way.pop();
            inside && fine
        })
    }

    /// Which item of a tuple `at(0, …)` speaks of.
    fn position(&mut self, argument: Argument, length: usize) -> Option<(usize, Argument)> {
        let at = match &argument.value {
            Value::List(list) => list.first().and_then(|first| match &first.value {
                Value::Literal(Lit::Int(number)) if first.key.is_none() => number.base10_parse::<usize>().ok(),
                _ => None,
            }),
            _ => None,
        };
        let Some(at) = at.filter(|at| *at < length) else {
            let error = Diagnostic::error(Code::WrongAttribute, argument.span, "`at` begins with the position of an item, counted from 0");
            self.diagnostics.push(error.help(format!("the last one is `at({}, …)`", length.saturating_sub(1))));
            return None;
        };
        Some((at, argument))
    }

    fn unbounded(&mut self, signed: bool, int64: Option<&Argument>) {
        let (name, text) = if signed { ("i64", "Int64") } else { ("u64", "Uint64") };
        if let Some(argument) = int64 {
            let error =
                Diagnostic::error(Code::Wide, argument.span, "a 64-bit integer inside another type travels as text by its own type");
            self.diagnostics.push(error.help(format!("write `{text}` in place of `{name}`")));
            return;
        }
        let message = format!("`{name}` does not fit a JavaScript number");
        let bound = format!("{}max = {MAX_SAFE}{}", self.way.concat(), ")".repeat(self.way.len()));
        let help = format!("`{text}` is text on the wire, `#[rt({bound})]` keeps a number");
        let error = Diagnostic::error(Code::Wide, self.place, message);
        self.diagnostics.push(error.label(format!("values above {MAX_SAFE} would be rounded")).help(help));
    }

    /// Applies one constraint. `false` if it does not fit the type.
    fn constraint(&mut self, target: &mut Type, key: &str, argument: &Argument) -> bool {
        match (target, key) {
            (Type::String { min_length: slot, .. }, "min_length")
            | (Type::String { max_length: slot, .. }, "max_length")
            | (Type::List { min_items: slot, .. }, "min_items")
            | (Type::List { max_items: slot, .. }, "max_items")
            | (Type::Map { min_entries: slot, .. }, "min_entries")
            | (Type::Map { max_entries: slot, .. }, "max_entries") => *slot = self.parsed(argument, COUNT).or(*slot),
            (Type::String { pattern: slot, .. }, "pattern") | (Type::Map { keys: slot, .. }, "keys") => *slot = self.pattern(argument),
            (Type::String { format, .. }, "format") => *format = self.format(argument),
            (Type::Integer { min, .. }, "min") => self.narrow(min, argument),
            (Type::Integer { max, .. }, "max") => self.narrow(max, argument),
            (Type::Number { min: slot, .. }, "min")
            | (Type::Number { max: slot, .. }, "max")
            | (Type::Number { exclusive_min: slot, .. }, "exclusive_min")
            | (Type::Number { exclusive_max: slot, .. }, "exclusive_max") => *slot = self.finite(argument).or(*slot),
            (Type::Integer { multiple_of: slot, .. } | Type::Number { multiple_of: slot, .. }, "multiple_of") => {
                let divisor = self.finite(argument);
                if divisor.is_some_and(|divisor| divisor <= 0.0) {
                    let error = Diagnostic::error(Code::Constraint, argument.span, "a divisor is greater than 0");
                    self.diagnostics.push(error.help("write `multiple_of = 5`"));
                }
                *slot = divisor.filter(|divisor| *divisor > 0.0);
            }
            (Type::List { unique, .. }, "unique") => *unique = argument.alone(self.diagnostics),
            (target @ Type::Any, "json") => {
                if let Some(text) = argument.text(self.diagnostics)
                    && let Some(schema) = schema::read(&text, self.known, self.diagnostics)
                {
                    *target = Type::Json { schema };
                }
            }
            _ => return false,
        }
        true
    }

    fn pattern(&mut self, argument: &Argument) -> Option<String> {
        let text = argument.text(self.diagnostics)?;
        let pattern = text.value();
        pattern_problem(&pattern, text.span(), self.diagnostics).then_some(pattern)
    }

    fn format(&mut self, argument: &Argument) -> Option<Format> {
        let text = argument.text(self.diagnostics)?;
        let format = Format::named(&text.value());
        if format.is_none() {
            let known = Format::ALL.map(|(name, _)| name);
            let error = Diagnostic::error(Code::UnknownFormat, text.span(), format!("there is no format `{}` here", text.value()));
            self.diagnostics.push(error.help(did_you_mean_or_known(&text.value(), &known)));
        }
        format
    }

    /// Narrows an integer's bound; a bound that its Rust type cannot hold would be a lie.
    fn narrow(&mut self, bound: &mut i64, argument: &Argument) {
        let Some(number) = self.parsed::<i64>(argument, "a whole number") else { return };
        let narrows = if argument.key() == "min" { number >= *bound } else { number <= *bound };
        if narrows {
            *bound = number;
        } else {
            let message = format!("`{} = {number}` lies beyond what this type holds", argument.key());
            self.diagnostics.push(Diagnostic::error(Code::Constraint, argument.span, message).help(format!("its own bound is {bound}")));
        }
    }

    fn finite(&mut self, argument: &Argument) -> Option<f64> {
        let number = self.parsed::<f64>(argument, "a number")?;
        if !number.is_finite() {
            let error = Diagnostic::error(Code::WrongAttribute, argument.span, "this number is beyond what an `f64` holds");
            self.diagnostics.push(error.help("write a smaller one"));
            return None;
        }
        Some(number)
    }

    fn parsed<N: std::str::FromStr>(&mut self, argument: &Argument, expected: &str) -> Option<N> {
        let text = argument.number(self.diagnostics)?;
        let number = text.parse().ok();
        if number.is_none() {
            let message = format!("`{text}` is not a number that `{}` takes", argument.key());
            self.diagnostics.push(Diagnostic::error(Code::WrongAttribute, argument.span, message).help(format!("write {expected}")));
        }
        number
    }
}

const COUNT: &str = "a whole number from 0 to 4294967295";

/// Reports a pattern that is not of the subset. Whether it is fine.
pub(super) fn pattern_problem(pattern: &str, span: Span, diagnostics: &mut Diagnostics<Spot>) -> bool {
    let Err(error) = regexp::translate(pattern) else { return true };
    let message = format!("{}: `{}`", error.message, &pattern[error.at.start..error.at.end]);
    let help = "patterns are ECMAScript's, without look-around and back-references";
    diagnostics.push(Diagnostic::error(Code::BadRegexp, span, message).help(help));
    false
}

/// Why no number lies between bounds of which one is excluded.
fn empty_interval(ty: &Type) -> Option<String> {
    let Type::Number { min, max, exclusive_min, exclusive_max, .. } = ty else { return None };
    let none = |(low, low_text): (f64, &str), (high, high_text): (f64, &str)| {
        (low >= high).then(|| format!("no number is {low_text} {low} and {high_text} {high}"))
    };
    let above = exclusive_min.map(|low| (low, "greater than"));
    let below = exclusive_max.map(|high| (high, "less than"));
    let pairs = [(above, below), (above, max.map(|high| (high, "at most"))), (min.map(|low| (low, "at least")), below)];
    pairs.into_iter().find_map(|(low, high)| none(low?, high?))
}

fn fitting(ty: &Type, key: &str) -> String {
    let text = match ty {
        _ if key == "int64" => "`i64` and `u64` can be text; inside another type write `Int64` and `Uint64`",
        _ if key.starts_with("default") => "only a field has a default",
        Type::String { .. } => "`min_length`, `max_length`, `pattern` and `format` do",
        Type::Integer { .. } if key.starts_with("exclusive") => "whole numbers have a next one: use `min` and `max`",
        Type::Integer { .. } => "`min`, `max` and `multiple_of` do",
        Type::Number { .. } => "`min`, `max`, `exclusive_min`, `exclusive_max` and `multiple_of` do",
        Type::Int64 { .. } => "text has no bounds: `i64` with `min` and `max` does, as a number on the wire",
        Type::List { .. } => "`min_items`, `max_items`, `unique` and `items(…)` do; what concerns the items stands in `items(…)`",
        Type::Map { .. } => "`keys`, `min_entries`, `max_entries` and `values(…)` do; what concerns the values stands in `values(…)`",
        Type::Tuple { .. } => "`at(0, …)` does, with the constraints of the item at that position",
        Type::Any | Type::Json { .. } => "`json = r#\"{…}\"#` does: a JSON Schema",
        Type::Ref { .. } => "write the constraint where the type is defined",
        _ => "no constraint does",
    };
    text.to_owned()
}
