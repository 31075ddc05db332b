//! Random payloads for a type: values that should fit, values that nearly do, and the many ways to write them as JSON.

use serde_json::{Map, Number, Value};
use tidewire_schema::{Contract, Field, Format, JsonSchema, JsonType, MAX_SAFE, Rules, Type};

use super::mutations::mutate;
use super::random::Random;
use super::text::write;
use super::values::{EDGES, FORMATTED, NAMES, PATTERNS, decimal, number, text};

/// Values deeper than this stop growing.
const DEEP: usize = 6;

/// Makes payloads for the types of one contract.
pub(crate) struct Payloads<'a> {
    contract: &'a Contract,
    random: &'a mut Random,
}

impl<'a> Payloads<'a> {
    pub(crate) const fn new(contract: &'a Contract, random: &'a mut Random) -> Self {
        Self { contract, random }
    }

    /// A value for a type without references.
    pub(crate) fn default_of(random: &mut Random, ty: &Type) -> Option<Value> {
        let contract = Contract::default();
        let value = Payloads { contract: &contract, random }.value(ty, 0);
        // A double that no decimal of a few digits gives would only test how definitions print numbers.
        tidewire_schema::check::Checker::new(&contract).value(ty, value).ok()
    }

    /// The text of a payload: most often of a value that fits, else of one that was changed in a place or two.
    pub(crate) fn payload(&mut self, ty: &Type) -> String {
        let mut value = self.value(ty, 0);
        if !self.random.once_in(3) {
            for _ in 0..=self.random.below(2) {
                mutate(self.random, &mut value);
            }
        }
        write(self.random, &value)
    }

    fn value(&mut self, ty: &Type, depth: usize) -> Value {
        match ty {
            Type::Ref { name } => match self.contract.type_named(name) {
                Some(named) => self.value(&named.ty, depth),
                None => Value::Null,
            },
            Type::Nullable { of } => {
                if depth > DEEP || self.random.once_in(2) {
                    Value::Null
                } else {
                    self.value(of, depth)
                }
            }
            Type::Boolean => Value::Bool(self.random.once_in(2)),
            Type::Any => self.random.json(2),
            Type::Json { schema } => self.obeying(schema, depth),
            Type::DateTime => self.formatted(Format::DateTime),
            Type::Uuid => self.formatted(Format::Uuid),
            Type::Int64 { signed } => {
                let number = *self.random.pick(&EDGES);
                if *signed { Value::from(number.to_string()) } else { Value::from(number.cast_unsigned().to_string()) }
            }
            Type::String { min_length, max_length, pattern, format } => self.text(*min_length, *max_length, pattern.as_deref(), *format),
            Type::Integer { min, max, multiple_of } => self.integer(*min, *max, *multiple_of),
            Type::Number { min, max, exclusive_min, exclusive_max, multiple_of } => {
                let (low, high) = (min.or(*exclusive_min), max.or(*exclusive_max));
                self.number(low, high, *multiple_of)
            }
            Type::Enum { values, open } => {
                let known = self.random.pick(values).value.clone();
                Value::from(if *open && self.random.once_in(4) { text(self.random) } else { known })
            }
            Type::Object(object) => Value::Object(self.fields(&object.fields, depth)),
            Type::Union { tag, variants, open } => {
                if *open && self.random.once_in(5) {
                    return Value::Object(
                        [(tag.clone(), Value::from("another")), ("more".to_owned(), self.random.json(1))].into_iter().collect(),
                    );
                }
                let variant = self.random.pick(variants);
                let mut fields = self.fields(&variant.object.fields, depth);
                fields.insert(tag.clone(), Value::from(variant.value.clone()));
                Value::Object(fields)
            }
            Type::Choice { of } => {
                let chosen = self.random.pick(of);
                self.value(chosen, depth)
            }
            Type::Tuple { items } => items.iter().map(|item| self.value(item, depth + 1)).collect(),
            Type::List { items, min_items, max_items, unique } => {
                let count = self.count(*min_items, *max_items, depth);
                let mut list: Vec<Value> = Vec::new();
                for _ in 0..count * if *unique { 3 } else { 1 } {
                    let item = self.value(items, depth + 1);
                    if list.len() < count && !(*unique && list.iter().any(|known| super::compare::equal(known, &item))) {
                        list.push(item);
                    }
                }
                Value::Array(list)
            }
            Type::Map { values, keys, min_entries, max_entries } => {
                let count = self.count(*min_entries, *max_entries, depth);
                let names: Vec<&str> = NAMES.into_iter().filter(|name| keys.as_deref().is_none_or(|keys| may_match(keys, name))).collect();
                let names = self.random.some(&names, count);
                names.into_iter().map(|name| (name.to_owned(), self.value(values, depth + 1))).collect()
            }
            _ => Value::Null,
        }
    }

    fn fields(&mut self, fields: &[Field], depth: usize) -> Map<String, Value> {
        let mut map = Map::new();
        for field in fields {
            let absent = (field.optional || field.default.is_some()) && (depth > DEEP || self.random.once_in(2));
            if !absent {
                map.insert(field.name.clone(), self.value(&field.ty, depth + 1));
            }
        }
        map
    }

    fn count(&mut self, min: Option<u32>, max: Option<u32>, depth: usize) -> usize {
        let low = min.unwrap_or(0) as usize;
        let high = max.map_or(low + 3, |max| (max as usize).min(low + 3));
        if depth > DEEP { low } else { low + self.random.below(high.saturating_sub(low) + 1) }
    }

    fn text(&mut self, min: Option<u32>, max: Option<u32>, pattern: Option<&str>, format: Option<Format>) -> Value {
        if let Some(format) = format {
            return self.formatted(format);
        }
        if let Some((_, matching)) = PATTERNS.iter().find(|(known, _)| Some(*known) == pattern) {
            return Value::from(*matching);
        }
        if min.is_none() && max.is_none() {
            return Value::from(text(self.random));
        }
        let low = min.unwrap_or(0) as usize;
        let high = max.map_or(low + 5, |max| max as usize);
        let length = match self.random.below(3) {
            0 => low,
            1 => high,
            _ => low + self.random.below(high.saturating_sub(low) + 1),
        };
        Value::from((0..length).map(|_| *self.random.pick(&['a', 'é', '👋', '\u{301}'])).collect::<String>())
    }

    fn formatted(&mut self, format: Format) -> Value {
        let (_, good, bad) = FORMATTED.iter().find(|(name, ..)| *name == format.name()).expect("texts for every format");
        Value::from(*if self.random.once_in(6) { self.random.pick(bad) } else { self.random.pick(good) })
    }

    fn integer(&mut self, min: i64, max: i64, multiple_of: Option<f64>) -> Value {
        let number = match self.random.below(5) {
            0 => min,
            1 => max,
            2 => 0_i64.clamp(min, max),
            _ => self.random.between(min, max),
        };
        #[expect(clippy::cast_possible_truncation, reason = "a divisor of a definition, made a whole number")]
        let step = multiple_of.map_or(1, |divisor| divisor.ceil() as i64).max(1);
        Value::from(number - number % step)
    }

    fn number(&mut self, low: Option<f64>, high: Option<f64>, multiple_of: Option<f64>) -> Value {
        if let Some(divisor) = multiple_of {
            let times = self.random.between(-1000, 1000);
            // The decimal product, not the product of doubles, is what a person would write.
            let product = format!("{divisor:e}").split_once('e').and_then(|(digits, exponent)| {
                let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
                let exponent: i64 = exponent.parse().ok()?;
                let digits: i64 = format!("{whole}{fraction}").parse().ok()?;
                format!("{}e{}", digits * times, exponent - i64::try_from(fraction.len()).ok()?).parse::<f64>().ok()
            });
            return product.and_then(Number::from_f64).map_or(Value::Null, Value::Number);
        }
        match (low, high) {
            (None, None) => Value::Number(number(self.random)),
            (low, high) => {
                let low = low.unwrap_or(-1e6);
                let high = high.unwrap_or(1e6);
                let inside = low + (high - low) * decimal(self.random.between(0, 1000), 3);
                Value::from(*self.random.pick(&[low, high, inside, inside, inside.round(), low.next_up(), high.next_down()]))
            }
        }
    }

    /// A value that a schema probably allows: it is led by one keyword, and the others may object.
    fn obeying(&mut self, schema: &JsonSchema, depth: usize) -> Value {
        let Some(rules) = schema.rules() else { return self.random.json(2) };
        if depth > DEEP || self.random.once_in(8) {
            return self.random.json(2);
        }
        if let Some(values) = rules.values.as_ref().filter(|values| !values.is_empty()) {
            return self.random.pick(values).into();
        }
        if let Some(named) = rules.reference.as_deref().and_then(|name| self.contract.type_named(name)) {
            return self.value(&named.ty, depth);
        }
        let branches: Vec<&JsonSchema> = rules.all_of.iter().chain(&rules.any_of).chain(&rules.one_of).collect();
        if !branches.is_empty() && self.random.once_in(2) {
            let branch = *self.random.pick(&branches);
            return self.obeying(branch, depth + 1);
        }
        let kinds = rules.types.clone().filter(|kinds| !kinds.is_empty());
        let kinds = kinds.unwrap_or_else(|| JsonType::ALL.map(|(_, ty)| ty).to_vec());
        match *self.random.pick(&kinds) {
            JsonType::Null => Value::Null,
            JsonType::Boolean => Value::Bool(self.random.once_in(2)),
            JsonType::Integer => self.integer(-MAX_SAFE, MAX_SAFE, rules.multiple_of),
            JsonType::Number => {
                self.number(rules.minimum.or(rules.exclusive_minimum), rules.maximum.or(rules.exclusive_maximum), rules.multiple_of)
            }
            JsonType::String => self.text(rules.min_length, rules.max_length, rules.pattern.as_deref(), rules.format),
            JsonType::Array => self.array(rules, depth),
            JsonType::Object => self.object(rules, depth),
        }
    }

    fn array(&mut self, rules: &Rules, depth: usize) -> Value {
        let count = self.count(rules.min_items, rules.max_items, depth);
        let item = |at: usize, this: &mut Self| match rules.prefix_items.get(at).or(rules.items.as_ref()) {
            Some(schema) => this.obeying(schema, depth + 1),
            None => this.random.json(1),
        };
        (0..count).map(|at| item(at, self)).collect()
    }

    fn object(&mut self, rules: &Rules, depth: usize) -> Value {
        let count = self.count(rules.min_properties, rules.max_properties, depth);
        let mut names: Vec<&str> = rules.required.iter().map(String::as_str).chain(rules.properties.keys().map(String::as_str)).collect();
        names.extend(self.random.some(&NAMES, 3));
        names.truncate(count.max(rules.required.len()));
        let entry = |name: &str, this: &mut Self| match rules.properties.get(name).or(rules.additional_properties.as_ref()) {
            Some(schema) => this.obeying(schema, depth + 1),
            None => this.random.json(1),
        };
        names.into_iter().map(|name| (name.to_owned(), entry(name, self))).collect()
    }
}

/// Whether a name matches a pattern of the definitions; a pattern that does not compile is another test's concern.
fn may_match(pattern: &str, name: &str) -> bool {
    match pattern {
        "^[a-z_$]" => name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_' || first == '$'),
        "o" => name.contains('o'),
        "^.{1,3}$" => (1..=3).contains(&name.chars().count()),
        "^[^0-9]" => name.starts_with(|first: char| !first.is_ascii_digit()),
        _ => true,
    }
}
