//! Checked JSON as a TypeScript type: as narrow as is certainly true.

use tidewire_schema::json::Value;
use tidewire_schema::{JsonSchema, JsonType, Rules};

use super::literal::Literal;

/// The alternatives of the type of what obeys a schema; `None` where nothing is known.
pub(super) fn alternatives(schema: &JsonSchema) -> Option<Vec<String>> {
    let rules = match schema {
        JsonSchema::Always(true) => return None,
        JsonSchema::Always(false) => return Some(vec!["never".to_owned()]),
        JsonSchema::Rules(rules) => rules,
    };
    // Every rule holds, so each of them alone is a true description; the narrowest is tried first.
    let found = literals(rules).or_else(|| one_of_several(&rules.any_of)).or_else(|| one_of_several(&rules.one_of));
    found.or_else(|| rules.types.as_deref().map(|types| types.iter().map(|ty| of_type(*ty)).collect())).map(distinct)
}

fn literals(rules: &Rules) -> Option<Vec<String>> {
    let allowed = |value: &Value| rules.types.as_ref().is_none_or(|types| types.iter().any(|ty| is(value, *ty)));
    let values: Vec<&Value> = rules.values.as_ref()?.iter().filter(|value| allowed(value)).collect();
    if values.is_empty() {
        return Some(vec!["never".to_owned()]);
    }
    values.into_iter().map(literal).collect()
}

/// A value as a type of its own. Lists and objects have none that is worth reading.
fn literal(value: &Value) -> Option<String> {
    match value {
        Value::Array(_) | Value::Object(_) => None,
        // TypeScript writes both zeroes alike.
        Value::Number(number) if number.as_f64() == 0.0 => Some("0".to_owned()),
        other => Some(Literal::json(other).print(0, 0)),
    }
}

fn one_of_several(branches: &[JsonSchema]) -> Option<Vec<String>> {
    let all: Option<Vec<Vec<String>>> = branches.iter().map(alternatives).collect();
    all.map(|all| all.concat()).filter(|all| !all.is_empty())
}

fn of_type(ty: JsonType) -> String {
    let text = match ty {
        JsonType::Null => "null",
        JsonType::Boolean => "boolean",
        JsonType::Integer | JsonType::Number => "number",
        JsonType::String => "string",
        JsonType::Array => "readonly unknown[]",
        JsonType::Object => "{ readonly [key: string]: unknown }",
    };
    text.to_owned()
}

fn is(value: &Value, ty: JsonType) -> bool {
    match (ty, value) {
        (JsonType::Integer, Value::Number(number)) => number.as_f64().fract() == 0.0,
        (JsonType::Null, Value::Null)
        | (JsonType::Boolean, Value::Bool(_))
        | (JsonType::Number, Value::Number(_))
        | (JsonType::String, Value::String(_))
        | (JsonType::Array, Value::Array(_))
        | (JsonType::Object, Value::Object(_)) => true,
        _ => false,
    }
}

fn distinct(mut types: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    types.retain(|ty| seen.insert(ty.clone()));
    if types.len() > 1 {
        types.retain(|ty| ty != "never");
    }
    types
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(schema: &str) -> String {
        let schema: JsonSchema = serde_json::from_str(schema).unwrap();
        alternatives(&schema).map_or_else(|| "unknown".to_owned(), |types| types.join(" | "))
    }

    #[test]
    fn a_schema_is_as_narrow_as_is_certainly_true() {
        for (schema, expected) in [
            ("true", "unknown"),
            ("false", "never"),
            (r#"{ "minLength": 1 }"#, "unknown"),
            (r#"{ "enum": ["a", 1, 1.5, null, true, -0.0] }"#, r#""a" | 1 | 1.5 | null | true | 0"#),
            (r#"{ "enum": ["a", 1], "type": ["string"] }"#, r#""a""#),
            (r#"{ "enum": [[1]], "type": ["array"] }"#, "readonly unknown[]"),
            (r#"{ "type": ["integer", "number", "null"] }"#, "number | null"),
            (r#"{ "type": ["object", "array"], "minItems": 1 }"#, "{ readonly [key: string]: unknown } | readonly unknown[]"),
            (r#"{ "anyOf": [{ "type": ["string"] }, { "enum": [1] }, false] }"#, "string | 1"),
            (r#"{ "anyOf": [{ "type": ["string"] }, { "minimum": 1 }] }"#, "unknown"),
            (r##"{ "$ref": "#/types/T" }"##, "unknown"),
        ] {
            assert_eq!(printed(schema), expected, "{schema}");
        }
    }
}
