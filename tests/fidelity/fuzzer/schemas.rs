//! Random JSON Schemas for JSON of unknown shape.

use serde_json::Value;
use tidewire_schema::{Format, JsonSchema, JsonType, Rules};

use super::random::Random;
use super::values::{NAMES, PATTERNS, decimal};

/// A schema: a few keywords that need not fit together, or one that describes something, as people write them. `names` are the types that it
/// may refer to.
pub(crate) fn schema(random: &mut Random, names: &[&str], depth: usize) -> Rules {
    if depth > 0 && random.once_in(2) {
        return described(random, names, depth);
    }
    let mut rules = Rules::default();
    for _ in 0..=random.below(4) {
        keyword(random, &mut rules, names, depth);
    }
    rules
}

/// A schema of one kind of value, or of several that are described one by one. Much of this has a typed shape.
fn described(random: &mut Random, names: &[&str], depth: usize) -> Rules {
    let of_type = |ty: JsonType| Rules { types: Some(vec![ty]), ..Rules::default() };
    match random.below(9) {
        0..=2 => {
            let (count, typed) = (random.below(4), !random.once_in(4));
            let fields: Vec<&str> = random.some(&NAMES, count);
            Rules {
                types: typed.then(|| vec![JsonType::Object]),
                properties: fields.iter().map(|name| ((*name).to_owned(), inner(random, names, depth))).collect(),
                required: fields.iter().filter(|_| random.once_in(2)).map(|name| (*name).to_owned()).collect(),
                additional_properties: random.once_in(4).then_some(JsonSchema::Always(false)),
                ..Rules::default()
            }
        }
        3 => Rules { items: Some(inner(random, names, depth)), unique_items: random.once_in(4), ..of_type(JsonType::Array) },
        4 => Rules { additional_properties: Some(inner(random, names, depth)), ..of_type(JsonType::Object) },
        5 => of_type(*random.pick(&[JsonType::String, JsonType::Boolean, JsonType::Null, JsonType::Number])),
        6 => Rules { any_of: list(random, names, depth), ..Rules::default() },
        7 => Rules { one_of: list(random, names, depth), ..Rules::default() },
        _ => Rules { all_of: list(random, names, depth), ..Rules::default() },
    }
}

fn inner(random: &mut Random, names: &[&str], depth: usize) -> JsonSchema {
    if depth == 0 || random.once_in(8) {
        return JsonSchema::Always(!random.once_in(4));
    }
    JsonSchema::Rules(Box::new(schema(random, names, depth - 1)))
}

fn list(random: &mut Random, names: &[&str], depth: usize) -> Vec<JsonSchema> {
    (0..=random.below(3)).map(|_| inner(random, names, depth)).collect()
}

fn keyword(random: &mut Random, rules: &mut Rules, names: &[&str], depth: usize) {
    let small = |random: &mut Random| u32::try_from(random.below(4)).ok();
    let number = |random: &mut Random| Some(decimal(random.between(-500, 500), random.below(3)));
    match random.below(22) {
        0 | 1 => {
            let count = 1 + random.below(3);
            rules.types = Some(random.some(&JsonType::ALL, count).into_iter().map(|(_, ty)| ty).collect());
        }
        2 => rules.values = Some(values(random).into_iter().map(Into::into).collect()),
        3 => rules.min_length = small(random),
        4 => rules.max_length = small(random),
        5 => rules.pattern = Some(random.pick(&PATTERNS).0.to_owned()),
        6 => rules.format = Some(random.pick(&Format::ALL).1),
        7 => rules.minimum = number(random),
        8 => rules.maximum = number(random),
        9 => rules.exclusive_minimum = number(random),
        10 => rules.exclusive_maximum = number(random),
        11 => rules.multiple_of = Some(*random.pick(&[0.01, 0.5, 1.0, 2.0, 3.0, 1e-8, 0.0001, 1e300, 0.123_456_789])),
        12 => rules.prefix_items = list(random, names, depth),
        13 => rules.items = Some(inner(random, names, depth)),
        14 => (rules.min_items, rules.max_items) = (small(random), small(random).map(|number| number + 3)),
        15 => rules.unique_items = true,
        16 => {
            let count = 1 + random.below(3);
            rules.properties = random.some(&NAMES, count).into_iter().map(|name| (name.to_owned(), inner(random, names, depth))).collect();
        }
        17 => {
            let count = 1 + random.below(2);
            rules.required = random.some(&NAMES, count).into_iter().map(str::to_owned).collect();
        }
        18 => {
            rules.pattern_properties.insert((*random.pick(&["^[a-m]", "o", "_", "^.$"])).to_owned(), inner(random, names, depth));
        }
        19 => rules.additional_properties = Some(inner(random, names, depth)),
        20 => (rules.min_properties, rules.max_properties) = (small(random), small(random).map(|number| number + 3)),
        _ => match random.below(4) {
            0 => rules.all_of = list(random, names, depth),
            1 => rules.any_of = list(random, names, depth),
            2 => rules.one_of = list(random, names, depth),
            _ => rules.reference = (!names.is_empty()).then(|| (*random.pick(names)).to_owned()),
        },
    }
}

/// Different values: a list that names one twice is a mistake.
fn values(random: &mut Random) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    for _ in 0..=random.below(4) {
        let value = random.json(2);
        if !values.iter().any(|known| super::compare::equal(known, &value)) {
            values.push(value);
        }
    }
    values
}
