//! JavaScript literals: data that prints on one line where it fits, and indented where it does not.

use std::fmt::Write as _;

use tidewire_schema::json::{Number, Value};

/// The width that one-line literals and unions keep within.
pub(super) const WIDTH: usize = 120;

/// What every object has. Under one of these names TypeScript expects what the object inherits, whatever an index signature says.
const INHERITED: [&str; 7] =
    ["constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf"];

/// A JavaScript value.
#[derive(Clone)]
pub(super) enum Literal {
    Text(String),
    Number(String),
    Boolean(bool),
    List(Vec<Self>),
    /// Keys in the order given.
    Object(Vec<(String, Self)>),
    /// A function of the runtime, and its arguments.
    Call(&'static str, Vec<Self>),
    /// An expression as it is.
    Expression(String),
    /// A function of one value that is not there yet.
    Later(String),
}

impl Literal {
    /// An object of those entries that are there.
    pub(super) fn object<const N: usize>(entries: [Option<(&str, Self)>; N]) -> Self {
        Self::Object(entries.into_iter().flatten().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// A number, printed as JavaScript prints it or shorter.
    pub(super) fn number(value: f64) -> Self {
        // Numbers beyond this are printed with an exponent, and digits would only pretend to be exact.
        let plain = value.fract() == 0.0 && value.abs() < 1e15;
        Self::Number(if plain {
            format!("{value:.0}")
        } else {
            Number::from_f64(value).map_or_else(|| "null".to_owned(), |number| number.to_string())
        })
    }

    /// A JSON value.
    pub(super) fn json(value: &Value) -> Self {
        match value {
            Value::Null => Self::Expression("null".to_owned()),
            Value::Bool(flag) => Self::Boolean(*flag),
            Value::Number(number) if number.is_float() => Self::number(number.as_f64()),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::json).collect()),
            Value::Object(entries) => Self::Object(entries.iter().map(|(key, value)| (key.clone(), Self::json(value))).collect()),
        }
    }

    /// The same as TypeScript reads it where nothing says what is expected: with types for what has none by itself.
    pub(super) fn typed(&self) -> Self {
        self.typed_under(false)
    }

    fn typed_under(&self, inherited: bool) -> Self {
        let all = |items: &[Self]| items.iter().map(|item| item.typed_under(inherited)).collect();
        match self {
            Self::Text(text) if inherited => Self::Expression(format!("{} as const", quoted(text))),
            Self::Later(function) if inherited => Self::Expression(format!("(value: unknown) => {function}(value)")),
            Self::List(items) => Self::List(all(items)),
            Self::Call(name, arguments) => Self::Call(name, all(arguments)),
            Self::Object(entries) => {
                let typed =
                    |(name, value): &(String, Self)| (name.clone(), value.typed_under(inherited || INHERITED.contains(&name.as_str())));
                Self::Object(entries.iter().map(typed).collect())
            }
            other => other.clone(),
        }
    }

    /// Prints the value; `column` is where it begins, `indent` the indentation of its line.
    pub(super) fn print(&self, column: usize, indent: usize) -> String {
        let line = self.on_one_line();
        if column + line.len() <= WIDTH { line } else { self.on_several_lines(indent) }
    }

    fn on_one_line(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Number(number) | Self::Expression(number) => number.clone(),
            Self::Later(function) => format!("(value) => {function}(value)"),
            Self::Boolean(flag) => flag.to_string(),
            Self::List(items) => format!("[{}]", items.iter().map(Self::on_one_line).collect::<Vec<_>>().join(", ")),
            Self::Call(name, arguments) => format!("{name}({})", arguments.iter().map(Self::on_one_line).collect::<Vec<_>>().join(", ")),
            Self::Object(entries) if entries.is_empty() => "{}".to_owned(),
            Self::Object(entries) => {
                let entries: Vec<String> = entries.iter().map(|(name, value)| format!("{}: {}", key(name), value.on_one_line())).collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }

    fn on_several_lines(&self, indent: usize) -> String {
        let inner = indent + 2;
        let pad = " ".repeat(inner);
        let end = " ".repeat(indent);
        match self {
            Self::List(items) => {
                let items: String = items.iter().fold(String::new(), |mut out, item| {
                    let _ = writeln!(out, "{pad}{},", item.print(inner, inner));
                    out
                });
                format!("[\n{items}{end}]")
            }
            Self::Call(name, arguments) => call_on_several_lines(name, arguments, indent),
            Self::Object(entries) => {
                let entries: String = entries.iter().fold(String::new(), |mut out, (name, value)| {
                    let name = key(name);
                    let _ = writeln!(out, "{pad}{name}: {},", value.print(inner + name.len() + 2, inner));
                    out
                });
                format!("{{\n{entries}{end}}}")
            }
            _ => self.on_one_line(),
        }
    }
}

/// A call whose last argument alone is broken where the others are short, and whose arguments stand below each other otherwise.
fn call_on_several_lines(name: &str, arguments: &[Literal], indent: usize) -> String {
    let Some((last, before)) = arguments.split_last() else { return format!("{name}()") };
    let start = before.iter().fold(format!("{name}("), |start, argument| format!("{start}{}, ", argument.on_one_line()));
    if indent + start.len() < WIDTH / 2
        && !matches!(last, Literal::Text(_) | Literal::Number(_) | Literal::Boolean(_) | Literal::Expression(_) | Literal::Later(_))
    {
        return format!("{start}{})", last.on_several_lines(indent));
    }
    let inner = indent + 2;
    let pad = " ".repeat(inner);
    let arguments = arguments.iter().fold(String::new(), |mut out, argument| {
        let _ = writeln!(out, "{pad}{},", argument.print(inner, inner));
        out
    });
    format!("{name}(\n{arguments}{})", " ".repeat(indent))
}

/// A text as a JavaScript string. Every JSON string is one.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A key of an object literal. A plain `__proto__` would set the prototype instead of a property.
fn key(name: &str) -> String {
    if name == "__proto__" { "[\"__proto__\"]".to_owned() } else { property(name) }
}

/// The name of a property in a type: quoted where it is no identifier.
pub(super) fn property(name: &str) -> String {
    let mut chars = name.chars();
    let identifier = chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_' || first == '$')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
    if identifier { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_literals_break_and_strange_keys_stay_data() {
        let short = Literal::object([
            Some(("kind", Literal::Text("string".into()))),
            None,
            Some(("__proto__", Literal::Boolean(true))),
            Some(("a-b", Literal::Number("1".into()))),
        ]);
        assert_eq!(short.print(0, 0), r#"{ kind: "string", ["__proto__"]: true, "a-b": 1 }"#);
        let long = Literal::List(vec![Literal::Text("x".repeat(70)), Literal::Text("y".repeat(70))]);
        assert_eq!(long.print(0, 0), format!("[\n  \"{}\",\n  \"{}\",\n]", "x".repeat(70), "y".repeat(70)));
    }
}
