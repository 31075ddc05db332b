//! Random definitions as a schema file. What can be said in several ways is said in a random one.

use serde_json::{Map, Value, json};
use tidewire_schema::{Field, MAX_SAFE, Object, Type, Variant};

use super::definitions::Definitions;
use super::random::Random;

/// The text of a schema file whose event `e0` carries the first type, and so on.
pub(crate) fn print(definitions: &Definitions, random: &mut Random) -> String {
    let mut printer = Printer { random };
    let types: Map<String, Value> = definitions.types.iter().map(|(name, ty)| (name.clone(), printer.schema(ty))).collect();
    let event = |(at, (name, _)): (usize, &(String, Type))| (format!("e{at}"), json!({ "payload": { "$ref": format!("#/types/{name}") } }));
    let events: Map<String, Value> = definitions.types.iter().enumerate().map(event).collect();
    let file = json!({ "realtime": 1, "name": "fuzz", "types": types, "events": events });
    serde_json::to_string_pretty(&file).expect("JSON has a text")
}

struct Printer<'a> {
    random: &'a mut Random,
}

impl Printer<'_> {
    fn schema(&mut self, ty: &Type) -> Value {
        match ty {
            Type::String { min_length, max_length, pattern, format } => keywords(
                "string",
                [
                    ("minLength", min_length.map(Value::from)),
                    ("maxLength", max_length.map(Value::from)),
                    ("pattern", pattern.clone().map(Value::from)),
                    ("format", format.map(|format| Value::from(format.name()))),
                ],
            ),
            Type::DateTime => json!({ "type": "string", "format": "date-time" }),
            Type::Uuid => json!({ "type": "string", "format": "uuid" }),
            Type::Int64 { signed } => json!({ "type": "string", "format": if *signed { "int64" } else { "uint64" } }),
            Type::Integer { min, max, multiple_of } => {
                let unbounded = (*min, *max) == (-MAX_SAFE, MAX_SAFE) && self.random.once_in(2);
                let mut schema = match self.random.below(3) {
                    _ if unbounded => json!({ "type": "integer" }),
                    0 if *min > -MAX_SAFE => json!({ "type": "integer", "exclusiveMinimum": min - 1, "maximum": max }),
                    _ => json!({ "type": "integer", "minimum": min, "maximum": max }),
                };
                if let Some(divisor) = multiple_of {
                    schema["multipleOf"] = whole(*divisor);
                }
                schema
            }
            Type::Number { min, max, exclusive_min, exclusive_max, multiple_of } => keywords(
                "number",
                [
                    ("minimum", min.map(whole)),
                    ("maximum", max.map(whole)),
                    ("exclusiveMinimum", exclusive_min.map(whole)),
                    ("exclusiveMaximum", exclusive_max.map(whole)),
                    ("multipleOf", multiple_of.map(whole)),
                ],
            ),
            Type::Boolean => json!({ "type": "boolean" }),
            Type::Any => self.random.pick(&[json!({}), json!(true)]).clone(),
            Type::Json { schema } => self.respelled(&serde_json::to_value(schema).expect("a schema is JSON")),
            Type::Enum { values, open } => {
                let values: Vec<&str> = values.iter().map(|value| value.value.as_str()).collect();
                let mut schema = match values.as_slice() {
                    [value] if !open && self.random.once_in(2) => json!({ "const": value }),
                    values => json!({ "enum": values }),
                };
                if self.random.once_in(2) {
                    schema["type"] = "string".into();
                }
                marked(schema, *open)
            }
            Type::Object(object) => self.object(object, None),
            Type::Union { tag, variants, open } => {
                let branches: Vec<Value> = variants.iter().map(|variant| self.variant(tag, variant)).collect();
                marked(json!({ "oneOf": branches }), *open)
            }
            Type::Choice { of } => {
                let branches: Vec<Value> = of.iter().map(|ty| self.schema(ty)).collect();
                json!({ *self.random.pick(&["anyOf", "oneOf"]): branches })
            }
            Type::List { items, min_items, max_items, unique } => keywords(
                "array",
                [
                    ("items", Some(self.schema(items))),
                    ("minItems", min_items.map(Value::from)),
                    ("maxItems", max_items.map(Value::from)),
                    ("uniqueItems", unique.then(|| Value::from(true))),
                ],
            ),
            Type::Tuple { items } => {
                let count = items.len();
                let items: Vec<Value> = items.iter().map(|item| self.schema(item)).collect();
                json!({ "type": "array", "prefixItems": items, "items": false, "minItems": count })
            }
            Type::Map { values, keys, min_entries, max_entries } => {
                let values = self.schema(values);
                let entries = match keys {
                    None => [("additionalProperties", Some(values)), ("patternProperties", None)],
                    Some(keys) => [("additionalProperties", Some(false.into())), ("patternProperties", Some(json!({ keys: values })))],
                };
                let [first, second] = entries;
                let bounds = [("minProperties", min_entries.map(Value::from)), ("maxProperties", max_entries.map(Value::from))];
                let [min, max] = bounds;
                keywords("object", [first, second, min, max])
            }
            Type::Ref { name } => json!({ "$ref": format!("#/types/{name}") }),
            Type::Nullable { of } => self.nullable(of),
            _ => Value::Null,
        }
    }

    /// A schema as somebody else might have written it.
    fn respelled(&mut self, schema: &Value) -> Value {
        let Value::Object(rules) = schema else { return schema.clone() };
        let mut said: Map<String, Value> = Map::new();
        for (keyword, value) in rules {
            let (keyword, value) = match (keyword.as_str(), value) {
                ("type", Value::Array(types)) if types.len() == 1 => ("type", types[0].clone()),
                ("enum", Value::Array(values)) if values.len() == 1 && self.random.once_in(2) => ("const", values[0].clone()),
                ("prefixItems" | "allOf" | "anyOf" | "oneOf", Value::Array(list)) => {
                    (keyword.as_str(), list.iter().map(|inner| self.respelled(inner)).collect())
                }
                ("properties" | "patternProperties", Value::Object(map)) => {
                    (keyword.as_str(), map.iter().map(|(name, inner)| (name.clone(), self.respelled(inner))).collect())
                }
                ("items" | "additionalProperties", inner) => (keyword.as_str(), self.respelled(inner)),
                (keyword, value) => (keyword, value.clone()),
            };
            said.insert(keyword.to_owned(), value);
        }
        let annotation = *self.random.pick(&["title", "description", "$comment", "", "", ""]);
        if !annotation.is_empty() {
            said.insert(annotation.to_owned(), "Words, words */ words.".into());
        }
        if self.random.once_in(8) { json!({ "allOf": [said] }) } else { said.into() }
    }

    fn nullable(&mut self, of: &Type) -> Value {
        let mut schema = self.schema(of);
        match schema.get("type") {
            Some(Value::String(name)) if schema.get("enum").is_none() && schema.get("const").is_none() && self.random.once_in(2) => {
                schema["type"] = json!([name, "null"]);
                schema
            }
            _ => {
                let null = json!({ "type": "null" });
                let branches = if self.random.once_in(2) { [schema, null] } else { [null, schema] };
                json!({ *self.random.pick(&["anyOf", "oneOf"]): branches })
            }
        }
    }

    fn object(&mut self, object: &Object, tag: Option<(&str, &str)>) -> Value {
        let mut properties: Map<String, Value> = object.fields.iter().map(|field| (field.name.clone(), self.field(field))).collect();
        let present = |field: &&Field| !field.optional && field.default.is_none();
        let mut required: Vec<&str> = object.fields.iter().filter(present).map(|field| field.name.as_str()).collect();
        if let Some((name, value)) = tag {
            properties.insert(name.to_owned(), json!({ "const": value }));
            required.push(name);
        }
        let closed = object.closed.then(|| Value::from(false));
        keywords("object", [("properties", Some(properties.into())), ("required", Some(json!(required))), ("additionalProperties", closed)])
    }

    fn field(&mut self, field: &Field) -> Value {
        let mut schema = self.schema(&field.ty);
        if let Some(default) = &field.default {
            schema["default"] = default.into();
        }
        schema
    }

    fn variant(&mut self, tag: &str, variant: &Variant) -> Value {
        self.object(&variant.object, Some((tag, &variant.value)))
    }
}

fn keywords<const N: usize>(ty: &str, entries: [(&str, Option<Value>); N]) -> Value {
    let present = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object([("type".to_owned(), Value::from(ty))].into_iter().chain(present).collect())
}

/// Whole numbers without a fraction, as people write them.
fn whole(number: f64) -> Value {
    let text = number.to_string();
    text.parse::<i64>().map_or_else(|_| Value::from(number), Value::from)
}

fn marked(mut schema: Value, open: bool) -> Value {
    if open {
        schema["x-open"] = true.into();
    }
    schema
}
