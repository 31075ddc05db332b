//! Random contracts: named types of every shape, each carried by an event.

use serde_json::{Map, Value};
use tidewire_schema::{EnumValue, Field, Format, JsonSchema, MAX_SAFE, NamedType, Object, Type, Variant};

use super::payloads::Payloads;
use super::random::Random;
use super::schemas::schema;
use super::values::{EDGES, NAMES, PATTERNS, decimal};

/// Names of types, some of which mean something else in one of the languages.
const TYPES: [&str; 24] = [
    "Card", "User", "Option", "Promise", "String", "Array", "Object", "Vec", "Box", "Some", "Error", "Map", "Record", "Value", "Result",
    "Default", "Symbol", "Number", "Ok", "Node", "Date", "Clone", "Never", "Into",
];

/// The named types of a contract. Event `e0` carries the first, and so on.
pub(crate) struct Definitions {
    pub(crate) types: Vec<(String, Type)>,
}

/// What a named type is at its top: decided for all of them first, so that one may refer to a later one.
#[derive(Clone, Copy, PartialEq)]
enum Top {
    Object,
    Union,
    Enum,
    Scalar,
    List,
    Map,
    Tuple,
    Choice,
    Json,
}

struct Writer<'a> {
    random: &'a mut Random,
    tops: Vec<(&'static str, Top)>,
    /// The type that is being written.
    current: usize,
}

impl Definitions {
    pub(crate) fn random(random: &mut Random, count: usize) -> Self {
        let tops = [
            Top::Object,
            Top::Object,
            Top::Object,
            Top::Union,
            Top::Enum,
            Top::Scalar,
            Top::List,
            Top::Map,
            Top::Tuple,
            Top::Choice,
            Top::Json,
            Top::Json,
        ];
        let names = random.some(&TYPES, count);
        let tops = names.into_iter().map(|name| (name, *random.pick(&tops))).collect();
        let mut writer = Writer { random, tops, current: 0 };
        let mut types: Vec<(String, Type)> = Vec::new();
        for at in 0..writer.tops.len() {
            writer.current = at;
            let (name, top) = writer.tops[at];
            let mut ty = writer.top(top);
            writer.fill_defaults(&mut ty);
            types.push((name.to_owned(), ty));
        }
        Self { types }
    }

    /// The types as a contract has them.
    pub(crate) fn named(&self) -> Vec<NamedType> {
        let named = |(name, ty): &(String, Type)| NamedType { name: name.clone(), description: None, deprecated: None, ty: ty.clone() };
        let mut types: Vec<NamedType> = self.types.iter().map(named).collect();
        types.sort_by(|left, right| left.name.cmp(&right.name));
        types
    }
}

impl Writer<'_> {
    fn top(&mut self, top: Top) -> Type {
        match top {
            Top::Object => self.object(3),
            Top::Union => self.union(2),
            Top::Enum => self.enumeration(),
            Top::Scalar => self.scalar(),
            Top::List => self.list(2),
            Top::Map => self.map(2),
            Top::Tuple => self.tuple(2),
            Top::Choice => self.choice(2),
            Top::Json => self.json(),
        }
    }

    /// A type somewhere inside another. `guarded` is a place where a value need not be, so that the type being written may stand there.
    fn ty(&mut self, depth: usize, guarded: bool) -> Type {
        match self.random.below(if depth == 0 { 8 } else { 18 }) {
            0..=4 => self.scalar(),
            5 => self.enumeration(),
            6 => {
                if self.random.once_in(3) {
                    self.json()
                } else {
                    Type::Any
                }
            }
            7 => self.reference(guarded).unwrap_or(Type::Boolean),
            8 | 9 => self.object(depth - 1),
            10 => self.union(depth - 1),
            11 | 12 => self.list(depth - 1),
            13 => self.map(depth - 1),
            14 => self.tuple(depth - 1),
            15 => self.choice(depth - 1),
            _ => self.nullable(depth - 1),
        }
    }

    fn scalar(&mut self) -> Type {
        match self.random.below(10) {
            0 | 1 => self.text(),
            2 => Type::DateTime,
            3 => Type::Uuid,
            4 => Type::Int64 { signed: self.random.once_in(2) },
            5 => Type::Boolean,
            6 | 7 => self.integer(),
            _ => self.number(),
        }
    }

    fn text(&mut self) -> Type {
        let (mut min_length, mut max_length, mut pattern, mut format) = (None, None, None, None);
        match self.random.below(6) {
            0 => {}
            1 => pattern = Some(self.random.pick(&PATTERNS).0.to_owned()),
            // `date-time` and `uuid` alone are types of their own.
            2 => format = Some(*self.random.pick(&[Format::Date, Format::Email, Format::Uri, Format::Ipv4, Format::Ipv6])),
            3 => {
                format = Some(self.random.pick(&Format::ALL).1);
                max_length = Some(200);
            }
            _ => {
                let low = self.random.below(4);
                (min_length, max_length) = self.range(low, 6);
            }
        }
        Type::String { min_length, max_length, pattern, format }
    }

    /// Two bounds of which either may be missing.
    fn range(&mut self, low: usize, span: usize) -> (Option<u32>, Option<u32>) {
        let bound = |number: usize| u32::try_from(number).ok();
        let high = low + self.random.below(span);
        (if self.random.once_in(3) { None } else { bound(low) }, if self.random.once_in(3) { None } else { bound(high) })
    }

    fn integer(&mut self) -> Type {
        let safe = |number: i64| number.clamp(-MAX_SAFE, MAX_SAFE);
        let (mut min, mut max) = match self.random.below(4) {
            0 => (-MAX_SAFE, MAX_SAFE),
            1 => *self.random.pick(&[
                (-128, 127),
                (0, 255),
                (0, 65_535),
                (-32_768, 32_767),
                (0, 4_294_967_295),
                (-2_147_483_648, 2_147_483_647),
            ]),
            _ => (safe(*self.random.pick(&EDGES)), safe(*self.random.pick(&EDGES))),
        };
        if min > max {
            (min, max) = (max, min);
        }
        let divisors = [1.0, 2.0, 3.0, 7.0, 10.0, 0.5, 1.5, 0.01, 1e9];
        let multiple_of = (max - min > 1_000_000 && self.random.once_in(3)).then(|| *self.random.pick(&divisors));
        Type::Integer { min, max, multiple_of }
    }

    fn number(&mut self) -> Type {
        let (mut min, mut max, mut exclusive_min, mut exclusive_max, mut multiple_of) = (None, None, None, None, None);
        let low = decimal(self.random.between(-1000, 1000), self.random.below(4));
        let high = low + decimal(self.random.between(1, 100_000), self.random.below(4));
        match self.random.below(5) {
            0 => {}
            1 => multiple_of = Some(*self.random.pick(&[0.01, 0.1, 0.5, 1.0, 2.5, 1e-8, 0.3, 1e10, 7.0])),
            2 => (min, max) = (Some(low), Some(high)),
            3 => (exclusive_min, exclusive_max) = (Some(low), Some(high)),
            _ => (min, exclusive_max) = (Some(low), Some(high)),
        }
        Type::Number { min, max, exclusive_min, exclusive_max, multiple_of }
    }

    fn enumeration(&mut self) -> Type {
        let count = 1 + self.random.below(4);
        let names: Vec<&str> = self.random.some(&NAMES, count);
        let values = names.into_iter().map(|value| EnumValue { value: value.to_owned(), description: None }).collect();
        Type::Enum { values, open: self.random.once_in(4) }
    }

    fn object(&mut self, depth: usize) -> Type {
        Type::Object(Object { fields: self.fields(depth, None), closed: self.random.once_in(3) })
    }

    fn fields(&mut self, depth: usize, tag: Option<&str>) -> Vec<Field> {
        let count = self.random.below(5);
        let names: Vec<&str> = self.random.some(&NAMES, count);
        let field = |(name, this): (&str, &mut Self)| {
            let optional = this.random.once_in(2);
            Field { name: name.to_owned(), description: None, deprecated: None, optional, default: None, ty: this.ty(depth, optional) }
        };
        names.into_iter().filter(|name| Some(*name) != tag).map(|name| field((name, self))).collect()
    }

    fn union(&mut self, depth: usize) -> Type {
        let tag = *self.random.pick(&["op", "kind", "type", "a-b", "__proto__"]);
        let count = 1 + self.random.below(4);
        let values: Vec<&str> = self.random.some(&NAMES, count);
        let closed = self.random.once_in(3);
        let variant = |value: &str, this: &mut Self| {
            let object = Object { fields: this.fields(depth, Some(tag)), closed };
            Variant { value: value.to_owned(), description: None, deprecated: None, object }
        };
        let variants = values.into_iter().map(|value| variant(value, self)).collect();
        Type::Union { tag: tag.to_owned(), variants, open: self.random.once_in(4) }
    }

    fn list(&mut self, depth: usize) -> Type {
        let (min_items, max_items) = if self.random.once_in(2) { (None, None) } else { self.range(self.low(), 4) };
        let unique = self.random.once_in(3);
        Type::List { items: Box::new(self.ty(depth, min_items.is_none())), min_items, max_items, unique }
    }

    fn map(&mut self, depth: usize) -> Type {
        let (min_entries, max_entries) = if self.random.once_in(2) { (None, None) } else { self.range(self.low(), 4) };
        let keys = self.random.once_in(4).then(|| (*self.random.pick(&["^[a-z_$]", "o", "^.{1,3}$", "^[^0-9]"])).to_owned());
        Type::Map { values: Box::new(self.ty(depth, min_entries.is_none())), keys, min_entries, max_entries }
    }

    /// A lower bound on a number of items; most often none that matters.
    const fn low(&self) -> usize {
        self.current % 3
    }

    fn tuple(&mut self, depth: usize) -> Type {
        Type::Tuple { items: (0..=self.random.below(3)).map(|_| self.ty(depth, false)).collect() }
    }

    fn choice(&mut self, depth: usize) -> Type {
        let kinds = ["boolean", "number", "string", "list", "object"];
        let count = 2 + self.random.below(3);
        let of = self.random.some(&kinds, count).into_iter().map(|kind| match kind {
            "boolean" => Type::Boolean,
            "number" => {
                if self.random.once_in(2) {
                    self.integer()
                } else {
                    self.number()
                }
            }
            "string" => match self.random.below(3) {
                0 => self.enumeration(),
                1 => self.random.pick(&[Type::Uuid, Type::DateTime, Type::Int64 { signed: true }]).clone(),
                _ => self.text(),
            },
            "list" => self.list(depth.saturating_sub(1)),
            _ => match self.random.below(3) {
                0 => self.map(depth.saturating_sub(1)),
                _ => self.object(depth.saturating_sub(1)),
            },
        });
        Type::Choice { of: of.collect() }
    }

    fn nullable(&mut self, depth: usize) -> Type {
        let of = match self.random.below(4) {
            0 => self.object(depth),
            1 => self.list(depth),
            2 => self.reference(true).unwrap_or(Type::Boolean),
            _ => self.scalar(),
        };
        let twice = |name: &str| self.tops.iter().any(|(known, top)| *known == name && matches!(top, Top::Json | Top::Choice));
        match of {
            Type::Ref { ref name } if twice(name) => Type::Boolean,
            of => Type::Nullable { of: Box::new(of) },
        }
    }

    fn reference(&mut self, guarded: bool) -> Option<Type> {
        let end = if guarded { self.tops.len() } else { self.current };
        (end > 0).then(|| Type::Ref { name: self.tops[self.random.below(end)].0.to_owned() })
    }

    fn json(&mut self) -> Type {
        let names: Vec<&str> = self.tops[..self.current].iter().map(|(name, _)| *name).collect();
        Type::Json { schema: JsonSchema::Rules(Box::new(schema(self.random, &names, 2))) }
    }

    /// Gives some optional fields a default. They are valid, as far as no reference has to be followed to make one.
    fn fill_defaults(&mut self, ty: &mut Type) {
        let fields: Vec<&mut Field> = match ty {
            Type::Object(object) => object.fields.iter_mut().collect(),
            Type::Union { variants, .. } => variants.iter_mut().flat_map(|variant| &mut variant.object.fields).collect(),
            _ => return,
        };
        for field in fields {
            if field.optional && self.random.once_in(3) {
                field.default = default_of(self.random, &field.ty).map(Into::into);
                field.optional = field.default.is_none();
            }
        }
    }
}

/// A default is a literal in Rust: a text with a pattern or a format has none, a multiple neither, and a list or a map is empty.
fn default_of(random: &mut Random, ty: &Type) -> Option<Value> {
    match ty {
        Type::String { pattern: None, format: None, .. }
        | Type::Boolean
        | Type::Integer { multiple_of: None, .. }
        | Type::Number { multiple_of: None, .. }
        | Type::Enum { .. } => Payloads::default_of(random, ty),
        Type::List { min_items: None | Some(0), .. } => Some(Value::Array(Vec::new())),
        Type::Map { min_entries: None | Some(0), .. } => Some(Value::Object(Map::new())),
        _ => None,
    }
}
