//! One change to a value, in a place of its own choosing, of the kind that breaks promises.

use serde_json::{Number, Value};

use super::random::Random;
use super::values::{EDGES, FORMATTED, NAMES, number, text};

pub(crate) fn mutate(random: &mut Random, value: &mut Value) {
    let target = descend(random, value);
    if random.once_in(8) {
        *target = random.json(2);
        return;
    }
    match target {
        Value::Null => *target = random.json(1),
        Value::Bool(flag) => *target = if random.once_in(2) { Value::Bool(!*flag) } else { Value::from(i32::from(*flag)) },
        Value::Number(found) => *target = changed_number(random, found),
        Value::String(found) => *target = changed_text(random, found),
        Value::Array(list) => match random.below(7) {
            0 => drop(list.pop()),
            1 => list.push(random.json(1)),
            2 if !list.is_empty() => list.push(random.pick(list).clone()),
            3 if !list.is_empty() => {
                // The same item with a field more or less may be another one, or not.
                let mut twin = random.pick(list).clone();
                mutate(random, &mut twin);
                list.push(twin);
            }
            4 => list.reverse(),
            5 => list.clear(),
            _ => *target = nested(random, target),
        },
        Value::Object(map) => {
            let names: Vec<String> = map.keys().cloned().collect();
            match random.below(7) {
                0 | 1 if !names.is_empty() => drop(map.remove(random.pick(&names))),
                2 if !names.is_empty() => drop(map.insert(random.pick(&names).clone(), Value::Null)),
                3 => drop(map.insert((*random.pick(&NAMES)).to_owned(), random.json(1))),
                4 => drop(map.insert((*random.pick(&["__proto__", "constructor", "extra", ""])).to_owned(), random.json(1))),
                5 if !names.is_empty() => {
                    let found = map.remove(random.pick(&names)).unwrap_or_default();
                    map.insert((*random.pick(&NAMES)).to_owned(), found);
                }
                _ => *target = nested(random, target),
            }
        }
    }
}

/// A value somewhere inside.
fn descend<'a>(random: &mut Random, value: &'a mut Value) -> &'a mut Value {
    let inside = match value {
        Value::Array(list) => list.len(),
        Value::Object(map) => map.len(),
        _ => 0,
    };
    if inside == 0 || random.once_in(3) {
        return value;
    }
    let at = random.below(inside);
    let inner = match value {
        Value::Array(list) => list.get_mut(at),
        Value::Object(map) => map.values_mut().nth(at),
        _ => None,
    };
    descend(random, inner.expect("a position inside"))
}

fn changed_number(random: &mut Random, found: &Number) -> Value {
    let float = found.as_f64().unwrap_or_default();
    let changed = match random.below(8) {
        0 => float + 1.0,
        1 => float - 1.0,
        2 => float + 0.5,
        3 => -float,
        4 => float.next_up(),
        5 => return Value::from(*random.pick(&EDGES)),
        6 => return Value::from(found.to_string()),
        _ => return Value::Number(number(random)),
    };
    Number::from_f64(changed).map_or(Value::Null, Value::Number)
}

fn changed_text(random: &mut Random, found: &str) -> Value {
    match random.below(9) {
        0 => Value::from(format!("{found}{}", random.pick(&["a", " ", "\n", "👋", "0", "\u{0}"]))),
        1 => Value::from(format!("{}{found}", random.pick(&["a", " ", "-", "+", "0"]))),
        2 => Value::from(found.to_uppercase()),
        3 => Value::from(found.chars().skip(1).collect::<String>()),
        4 => Value::from(found.repeat(1 + random.below(8))),
        5 => {
            let (.., bad) = random.pick(&FORMATTED);
            Value::from(*random.pick(bad))
        }
        6 => found.parse::<f64>().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number),
        7 => Value::from("x".repeat(5000)),
        _ => Value::from(text(random)),
    }
}

/// The value inside lists or objects, around as many as a value may have around it.
fn nested(random: &mut Random, value: &Value) -> Value {
    let depth = *random.pick(&[1, 2, 29, 30, 31, 32, 33, 34, 60]);
    let mut outer = value.clone();
    for _ in 0..depth {
        outer = if random.once_in(2) { Value::Array(vec![outer]) } else { Value::Object([("a".to_owned(), outer)].into_iter().collect()) };
    }
    outer
}
