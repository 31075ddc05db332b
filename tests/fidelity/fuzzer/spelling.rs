//! Types as they are spelled in an events module, with their constraints.

use tidewire_schema::Format;

use super::modules::{Item, Writer};
use super::schemas::schema;
use super::values::{PATTERNS, decimal};

/// The text of a type and the arguments of its `#[rt(…)]`.
pub(crate) struct Spelled {
    pub(crate) ty: String,
    pub(crate) said: Vec<String>,
    /// Whether null may stand in it already.
    pub(crate) null: bool,
}

impl Writer<'_> {
    /// The type of a field: everything that may stand there, 64-bit integers included.
    pub(crate) fn direct(&mut self, depth: usize) -> Spelled {
        match self.random.below(10) {
            0 => self.scalar(true),
            _ => self.ty(depth),
        }
    }

    pub(crate) fn ty(&mut self, depth: usize) -> Spelled {
        match self.random.below(if depth == 0 { 6 } else { 12 }) {
            4 => self.json(),
            5 => match self.earlier(|_| true) {
                Some(name) => Spelled { null: self.is_loose(&name), ..plain(&name) },
                None => plain("bool"),
            },
            6 | 7 => self.list(depth - 1),
            8 => {
                let inner = self.inner(depth - 1);
                let mut said = self.bounds("min_entries", "max_entries");
                if self.random.once_in(4) {
                    said.push("keys = \"^[a-z_$]\"".to_owned());
                }
                said.extend(wrapped("values", &inner.said));
                Spelled { ty: format!("{}<String, {}>", self.random.pick(&["BTreeMap", "HashMap"]), inner.ty), said, null: false }
            }
            9 => {
                let items: Vec<Spelled> = (0..=self.random.below(3)).map(|_| self.inner(depth - 1)).collect();
                let types: String = items.iter().map(|item| format!("{}, ", item.ty)).collect();
                let said = items.iter().enumerate().filter(|(_, item)| !item.said.is_empty());
                let said = said.map(|(at, item)| format!("at({at}, {})", item.said.join(", "))).collect();
                Spelled { ty: format!("({types})"), said, null: false }
            }
            _ => self.scalar(false),
        }
    }

    /// A type inside another one: it may be null.
    fn inner(&mut self, depth: usize) -> Spelled {
        let spelled = self.ty(depth);
        if !spelled.null && self.random.once_in(4) {
            Spelled { ty: format!("Nullable<{}>", spelled.ty), said: spelled.said, null: true }
        } else {
            spelled
        }
    }

    pub(crate) fn list(&mut self, depth: usize) -> Spelled {
        let inner = self.inner(depth);
        let mut said = self.bounds("min_items", "max_items");
        if self.random.once_in(3) {
            said.push("unique".to_owned());
        }
        said.extend(wrapped("items", &inner.said));
        Spelled { ty: format!("Vec<{}>", inner.ty), said, null: false }
    }

    /// A type without types inside; `direct` is a field, where `i64` may be text.
    pub(crate) fn scalar(&mut self, direct: bool) -> Spelled {
        match self.random.below(9) {
            0 | 1 => self.text(),
            2 => plain("DateTime<Utc>"),
            3 => plain("Uuid"),
            4 => plain("bool"),
            5 if direct => {
                let ty = *self.random.pick(&["i64", "u64"]);
                Spelled { said: vec!["int64 = \"string\"".to_owned()], ..plain(ty) }
            }
            5 => plain(if self.random.once_in(2) { "Int64" } else { "Uint64" }),
            _ => self.number(direct),
        }
    }

    pub(crate) fn text(&mut self) -> Spelled {
        let said = match self.random.below(5) {
            0 => vec![format!("pattern = {:?}", self.random.pick(&PATTERNS).0)],
            1 => vec![format!("format = {:?}", self.random.pick(&Format::ALL).0)],
            2 => self.bounds("min_length", "max_length"),
            _ => Vec::new(),
        };
        Spelled { said, ..plain("String") }
    }

    pub(crate) fn number(&mut self, wide: bool) -> Spelled {
        let mut said = Vec::new();
        let ty = *self.random.pick(&["i8", "i16", "i32", "u8", "u16", "u32", "f64", "f64", if wide { "i64" } else { "i32" }]);
        if ty == "f64" {
            let low = decimal(self.random.between(-1000, 1000), self.random.below(3));
            match self.random.below(4) {
                0 => said.extend([format!("min = {low:?}"), format!("exclusive_max = {:?}", low + 100.0)]),
                1 => said.extend([format!("exclusive_min = {low:?}"), format!("max = {:?}", low + 0.5)]),
                2 => said.push(format!("multiple_of = {}", self.random.pick(&["0.01", "0.5", "3", "1e-8"]))),
                _ => {}
            }
        } else {
            let low = self.random.between(0, 100);
            if ty == "i64" || self.random.once_in(3) {
                said.extend([format!("min = {low}"), format!("max = {}", low + self.random.between(0, 20))]);
            }
            if said.is_empty() && self.random.once_in(4) {
                said.push(format!("multiple_of = {}", self.random.pick(&["2", "5", "0.5", "1.5"])));
            }
        }
        Spelled { said, ..plain(ty) }
    }

    fn json(&mut self) -> Spelled {
        let mut said = Vec::new();
        if self.random.once_in(2) {
            let schema = serde_json::to_string(&schema(self.random, &[], 2)).expect("a schema is JSON");
            said.push(format!("json = r##\"{schema}\"##"));
        }
        Spelled { said, null: true, ..plain("Json") }
    }

    fn bounds(&mut self, min: &str, max: &str) -> Vec<String> {
        let low = self.random.below(3);
        let high = low + self.random.below(4);
        let both = [format!("{min} = {low}"), format!("{max} = {high}")];
        both.into_iter().filter(|_| self.random.once_in(2)).collect()
    }

    pub(crate) fn earlier(&mut self, wanted: impl Fn(Item) -> bool) -> Option<String> {
        let found: Vec<usize> = self.items.iter().enumerate().filter(|(_, item)| wanted(**item)).map(|(at, _)| at).collect();
        (!found.is_empty()).then(|| format!("T{}", self.random.pick(&found)))
    }

    /// Whether null may stand in a named type.
    fn is_loose(&self, name: &str) -> bool {
        let at: Option<usize> = name.trim_start_matches('T').parse().ok();
        at.and_then(|at| self.items.get(at)).is_some_and(|item| *item == Item::Choice)
    }
}

pub(crate) fn plain(ty: &str) -> Spelled {
    Spelled { ty: ty.to_owned(), said: Vec::new(), null: false }
}

pub(crate) fn attribute(said: &[String]) -> String {
    if said.is_empty() { String::new() } else { format!("#[rt({})] ", said.join(", ")) }
}

fn wrapped(name: &str, said: &[String]) -> Option<String> {
    (!said.is_empty()).then(|| format!("{name}({})", said.join(", ")))
}
