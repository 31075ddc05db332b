//! What a type asks for beyond what TypeScript can say, in words.

use tidewire_schema::{Format, JsonSchema, MAX_SAFE, Rules, Type};

use super::literal::{Literal, quoted};

/// The constraints of a type as sentences.
pub(super) fn constraints(ty: &Type) -> Option<String> {
    let sentences: Vec<String> = match ty {
        Type::String { min_length, max_length, pattern, format } => [
            range(min_length.as_ref(), max_length.as_ref(), "character"),
            pattern.as_deref().map(matches),
            format.map(|format| form(format).to_owned()),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Type::DateTime => vec![form(Format::DateTime).to_owned()],
        Type::Uuid => vec![form(Format::Uuid).to_owned()],
        Type::Int64 { signed } => vec![format!("{} 64-bit integer as decimal text.", if *signed { "A" } else { "An unsigned" })],
        Type::Integer { min, max, multiple_of } => std::iter::once(integer(*min, *max)).chain(multiple_of.map(multiple)).collect(),
        Type::Number { min, max, exclusive_min, exclusive_max, multiple_of } => {
            bounds([*min, *max, *exclusive_min, *exclusive_max]).into_iter().chain(multiple_of.map(multiple)).collect()
        }
        Type::List { min_items, max_items, unique, .. } => {
            let unique = unique.then(|| "No two items are equal.".to_owned());
            range(min_items.as_ref(), max_items.as_ref(), "item").into_iter().chain(unique).collect()
        }
        Type::Map { keys, min_entries, max_entries, .. } => {
            let keys = keys.as_ref().map(|pattern| format!("Each key matches `{pattern}`."));
            entries(min_entries.as_ref(), max_entries.as_ref()).into_iter().chain(keys).collect()
        }
        Type::Json { schema } => vec![checked(schema)],
        Type::Nullable { of } => return constraints(of),
        _ => Vec::new(),
    };
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

fn form(format: Format) -> &'static str {
    match format {
        Format::DateTime => "A date and time as in RFC 3339, such as `2026-01-31T12:00:00Z`.",
        Format::Date => "A date as in RFC 3339, such as `2026-01-31`.",
        Format::Uuid => "A UUID.",
        Format::Email => "An email address.",
        Format::Uri => "A URI with its scheme, such as `https://example.org/`.",
        Format::Ipv4 => "An IPv4 address, such as `192.0.2.1`.",
        Format::Ipv6 => "An IPv6 address, such as `2001:db8::1`.",
    }
}

fn matches(pattern: &str) -> String {
    format!("Matches `{pattern}`.")
}

fn integer(min: i64, max: i64) -> String {
    match (min, max) {
        (min, MAX_SAFE) if min == -MAX_SAFE => "An integer.".to_owned(),
        (min, max) if (min, max) == (i32::MIN.into(), i32::MAX.into()) => "A 32-bit integer.".to_owned(),
        (min, max) if (min, max) == (0, u32::MAX.into()) => "An unsigned 32-bit integer.".to_owned(),
        (min, MAX_SAFE) => format!("An integer, at least {min}."),
        (min, max) if min == -MAX_SAFE => format!("An integer, at most {max}."),
        (min, max) => format!("An integer from {min} to {max}."),
    }
}

/// The sentence for the bounds of a number: least, greatest, and those that it does not reach.
fn bounds([min, max, above, below]: [Option<f64>; 4]) -> Option<String> {
    if let (Some(min), Some(max), None, None) = (min, max, above, below) {
        return Some(format!("From {} to {}.", number(min), number(max)));
    }
    let bounds = [(min, "at least"), (above, "greater than"), (max, "at most"), (below, "less than")];
    let words: Vec<String> =
        bounds.into_iter().filter_map(|(bound, words)| bound.map(|bound| format!("{words} {}", number(bound)))).collect();
    let (first, rest) = words.split_at_checked(1)?;
    let mut sentence = capitalised(first.first()?);
    for word in rest {
        sentence.push_str(" and ");
        sentence.push_str(word);
    }
    Some(sentence + ".")
}

fn multiple(divisor: f64) -> String {
    format!("A multiple of {}.", number(divisor))
}

fn number(value: f64) -> String {
    Literal::number(value).print(0, 0)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}

fn range(min: Option<&u32>, max: Option<&u32>, unit: &str) -> Option<String> {
    counted(min, max, unit, &format!("{unit}s"))
}

fn entries(min: Option<&u32>, max: Option<&u32>) -> Option<String> {
    counted(min, max, "entry", "entries")
}

fn counted(min: Option<&u32>, max: Option<&u32>, one: &str, many: &str) -> Option<String> {
    let noun = |count: &u32| if *count == 1 { one } else { many };
    match (min, max) {
        (Some(min), Some(max)) if min == max => Some(format!("Exactly {min} {}.", noun(min))),
        (Some(min), Some(max)) => Some(format!("{min} to {max} {}.", noun(max))),
        (Some(min), None) => Some(format!("At least {min} {}.", noun(min))),
        (None, Some(max)) => Some(format!("At most {max} {}.", noun(max))),
        (None, None) => None,
    }
}

/// Checked JSON: the whole schema where it is short, and where to find it where it is not.
fn checked(schema: &JsonSchema) -> String {
    const SHORT: usize = 200;
    match schema {
        JsonSchema::Always(true) => "JSON that nothing is asked of.".to_owned(),
        JsonSchema::Always(false) => "No value at all.".to_owned(),
        JsonSchema::Rules(rules) => match rules.as_ref() {
            // What TypeScript says by itself.
            Rules { values: Some(values), .. } if **rules == (Rules { values: Some(values.clone()), ..Rules::default() }) => {
                format!("One of {}.", values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
            }
            _ => match serde_json::to_string(schema).unwrap_or_default() {
                text if text.len() <= SHORT && !text.contains('`') => format!("JSON that obeys `{text}`."),
                _ => format!("JSON that obeys the schema in {}.", quoted("./contract.json")),
            },
        },
    }
}
