//! Defaults: what stands in for a field that is absent.

use syn::Lit;

use super::attributes::{self, Argument};
use super::surface::DefaultSurface;
use super::types::Concluded;
use super::{MAX_CHAIN, Spot};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::json::{self, Number, Value};
use crate::{MAX_SAFE, Type};

const WAY_OUT: &str = "write the value: `#[rt(default = 5)]`, or `#[rt(default_json = \"…\")]`";

const ABSENT: &str = "make the field an `Option<…>`, which may be absent";

/// Whether some value of this type can be a default: not where only the validator could tell whether it is one.
const fn has_defaults(ty: &Type) -> bool {
    match ty {
        Type::String { pattern, format, .. } => pattern.is_none() && format.is_none(),
        Type::DateTime | Type::Uuid | Type::Object(_) | Type::Union { .. } | Type::Tuple { .. } | Type::Json { .. } => false,
        _ => true,
    }
}

/// The default of a field, in JSON and in Rust, and where it stands: what `#[rt(…)]` writes, or with `own` what its kind has.
pub(super) fn of(read: &mut Concluded, own: Option<Spot>, diagnostics: &mut Diagnostics<Spot>) -> Option<(Value, DefaultSurface, Spot)> {
    if let Some(argument) = read.default.take() {
        if read.optional {
            let error = Diagnostic::error(Code::BadDefault, argument.span, "a field with a default is never absent in Rust");
            diagnostics.push(error.help("take the `Option` away, or the default"));
            return None;
        }
        let value = written(&argument, &read.ty, diagnostics)?;
        let surface = DefaultSurface::Json(value.to_string());
        return Some((value, surface, argument.span));
    }
    let place = own.filter(|_| !read.optional)?;
    let value = match &read.ty {
        Type::String { format: None, pattern: None, .. } => Value::from(""),
        Type::Int64 { .. } => Value::from("0"),
        Type::Integer { .. } | Type::Number { .. } => Value::from(0),
        Type::Boolean => Value::Bool(false),
        Type::List { .. } => Value::Array(Vec::new()),
        Type::Map { .. } => Value::Object(json::Map::new()),
        Type::Any | Type::Nullable { .. } => Value::Null,
        other => {
            let message = format!("the default of {} is not known here", other.noun());
            let help = if has_defaults(other) { WAY_OUT } else { ABSENT };
            diagnostics.push(Diagnostic::error(Code::BadDefault, place, message).help(help));
            return None;
        }
    };
    Some((value, DefaultSurface::Own, place))
}

/// Reports a default where there can be none.
pub(super) fn refuse(read: &mut Concluded, message: &str, help: &str, diagnostics: &mut Diagnostics<Spot>) {
    if let Some(argument) = read.default.take() {
        diagnostics.push(Diagnostic::error(Code::BadDefault, argument.span, message).help(help));
    }
}

/// The value behind `default = …` or `default_json = "…"`.
fn written(argument: &Argument, ty: &Type, diagnostics: &mut Diagnostics<Spot>) -> Option<Value> {
    let refused = |message: String| Diagnostic::error(Code::BadDefault, argument.span, message);
    if argument.key() == "default_json" {
        let text = argument.text(diagnostics)?;
        return match json::parse(&text.value()) {
            Ok(value) => Some(normal(value)),
            Err(error) => {
                let error = Diagnostic::error(Code::BadDefault, text.span(), format!("this is not JSON: {error}"));
                diagnostics.push(error.help("texts have quotation marks of their own: `default_json = \"[\\\"a\\\"]\"`"));
                None
            }
        };
    }
    match &argument.value {
        attributes::Value::Literal(Lit::Str(text)) => Some(Value::String(text.value())),
        attributes::Value::Literal(Lit::Bool(flag)) => Some(Value::Bool(flag.value)),
        attributes::Value::Literal(Lit::Int(_) | Lit::Float(_)) | attributes::Value::Negative(_) => {
            let number = argument.number(diagnostics)?;
            if matches!(ty, Type::Int64 { .. }) {
                return Some(Value::String(number));
            }
            let value = json::parse(&number).ok().or_else(|| number.parse().ok().and_then(Number::from_f64).map(Value::Number));
            if value.is_none() {
                diagnostics.push(refused(format!("`{number}` is not a number in JSON")).help("write a finite number"));
            }
            value.map(normal)
        }
        _ => {
            let error = refused("a default is a literal".to_owned());
            diagnostics.push(error.help("anything else in JSON: `default_json = \"null\"`"));
            None
        }
    }
}

/// Whole numbers are written without a fraction, as they are once they have passed a check.
fn normal(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(whole(number)),
        Value::Array(list) => Value::Array(list.into_iter().map(normal).collect()),
        Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| (key, normal(value))).collect()),
        other => other,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a whole number that an `i64` holds exactly")]
#[expect(clippy::cast_precision_loss, reason = "the bound is one that an `f64` holds exactly")]
fn whole(number: Number) -> Number {
    let float = number.as_f64();
    if number.as_i64().is_none() && float.fract() == 0.0 && float.abs() <= MAX_SAFE as f64 { Number::from(float as i64) } else { number }
}

/// Reports a default that is no value of its type.
pub(super) fn check<'a>(
    (ty, value, place): (&Type, &Value, Spot),
    named: &impl Fn(&str) -> Option<&'a Type>,
    diagnostics: &mut Diagnostics<Spot>,
) {
    if let Err((message, help)) = fits(ty, value, named, 0) {
        diagnostics.push(Diagnostic::error(Code::BadDefault, place, message).help(help));
    }
}

/// What is wrong with a default, and what to do about it.
type Misfit = (String, String);

fn fits<'a>(ty: &Type, value: &Value, named: &impl Fn(&str) -> Option<&'a Type>, depth: usize) -> Result<(), Misfit> {
    let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let fine = match (ty, value) {
        // A name that leads nowhere is reported where it stands.
        (Type::Ref { name }, _) => {
            return named(name).filter(|_| depth < MAX_CHAIN).map_or(Ok(()), |ty| fits(ty, value, named, depth + 1));
        }
        (Type::Nullable { .. }, Value::Null) | (Type::Any, _) | (Type::Boolean, Value::Bool(_)) => true,
        (Type::Nullable { of }, _) => return fits(of, value, named, depth),
        (ty, _) if !has_defaults(ty) => {
            let constrained = match ty {
                Type::String { .. } => " with a pattern or a format",
                Type::Json { .. } => " with a schema",
                _ => "",
            };
            return Err((format!("{}{constrained} has no default", ty.noun()), ABSENT.to_owned()));
        }
        (Type::Choice { of }, _) => depth < MAX_CHAIN && of.iter().any(|ty| fits(ty, value, named, depth.max(MAX_CHAIN - 4) + 1).is_ok()),
        (Type::String { min_length, max_length, .. }, Value::String(text)) => {
            min_length.is_none_or(|min| count(text) >= min) && max_length.is_none_or(|max| count(text) <= max)
        }
        (Type::Int64 { signed: true }, Value::String(text)) => text.parse::<i64>().is_ok_and(|number| number.to_string() == *text),
        (Type::Int64 { signed: false }, Value::String(text)) => text.parse::<u64>().is_ok_and(|number| number.to_string() == *text),
        (Type::Integer { min, max, multiple_of }, Value::Number(number)) => {
            number.as_i64().is_some_and(|whole| (*min..=*max).contains(&whole)) && is_multiple(*number, *multiple_of)
        }
        (Type::Number { min, max, exclusive_min, exclusive_max, multiple_of }, Value::Number(json)) => {
            let number = json.as_f64();
            is_multiple(*json, *multiple_of)
                && min.is_none_or(|min| number >= min)
                && max.is_none_or(|max| number <= max)
                && exclusive_min.is_none_or(|min| number > min)
                && exclusive_max.is_none_or(|max| number < max)
        }
        (Type::Enum { values, open }, Value::String(text)) => *open || values.iter().any(|known| known.value == *text),
        (Type::List { min_items, .. }, Value::Array(list)) if list.is_empty() => min_items.is_none_or(|min| min == 0),
        (Type::Map { min_entries, .. }, Value::Object(map)) if map.is_empty() => min_entries.is_none_or(|min| min == 0),
        (Type::List { .. }, Value::Array(_)) => return Err(("a list that is a default is empty".to_owned(), ABSENT.to_owned())),
        (Type::Map { .. }, Value::Object(_)) => return Err(("a map that is a default is empty".to_owned(), ABSENT.to_owned())),
        _ => false,
    };
    if fine { Ok(()) } else { Err((format!("`{value}` is no value of this field"), expected(ty))) }
}

/// Whether a number is a multiple, as far as whole numbers tell.
fn is_multiple(number: Number, of: Option<f64>) -> bool {
    let Some(divisor) = of else { return true };
    match (number.as_i64(), Number::from_f64(divisor).and_then(|divisor| whole(divisor).as_i64())) {
        (Some(0), _) => true,
        (Some(number), Some(divisor)) => divisor != 0 && number % divisor == 0,
        _ => false,
    }
}

fn expected(ty: &Type) -> String {
    match ty {
        Type::Enum { values, .. } => {
            let values: Vec<String> = values.iter().map(|value| format!("`{}`", value.value)).collect();
            format!("its values are {}", values.join(", "))
        }
        Type::Integer { min, max, multiple_of: None } => format!("it takes an integer from {min} to {max}"),
        Type::Integer { min, max, multiple_of: Some(divisor) } => format!("it takes a multiple of {divisor} from {min} to {max}"),
        Type::Int64 { .. } => "it takes a 64-bit integer, as a number or as decimal text".to_owned(),
        Type::Number { multiple_of: Some(divisor), .. } => {
            format!("it takes a multiple of {divisor}; beside `multiple_of` a default is a whole number, and so is the divisor")
        }
        other => format!("it takes {}, within its constraints", other.noun()),
    }
}
