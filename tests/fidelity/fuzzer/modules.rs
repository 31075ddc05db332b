//! Random events modules, written as a person would write them.

use std::fmt::Write as _;

use tidewire_schema::Format;

use super::random::Random;
use super::schemas::schema;
use super::values::{PATTERNS, decimal};

/// Names of fields, and of nothing else on the wire whatever the spelling rule.
const FIELDS: [&str; 14] =
    ["a", "b", "due_at", "r#type", "r#async", "class", "constructor", "title2", "length", "default", "r#gen", "x_y_z", "prototype", "then"];

/// Names on the wire that no spelling rule gives.
const RENAMED: [&str; 8] = ["a-b", "with space", "quote\"s", "日本", "0", "__proto__", "toString", "Self"];

const VARIANTS: [&str; 10] = ["Add", "Move", "Clear", "SetTitle", "A1", "None", "Some", "Ok", "Type", "VeryLongName"];

const CASES: [&str; 8] =
    ["lowercase", "UPPERCASE", "PascalCase", "camelCase", "snake_case", "SCREAMING_SNAKE_CASE", "kebab-case", "SCREAMING-KEBAB-CASE"];

/// What an item is, as far as other items have to know.
#[derive(Clone, Copy, PartialEq)]
enum Item {
    Struct { closed: bool },
    Scalar,
    Enum,
    Union,
    Choice,
    List,
}

/// The text of a type and the arguments of its `#[rt(…)]`.
struct Spelled {
    ty: String,
    said: Vec<String>,
    /// Whether null may stand in it already.
    null: bool,
}

struct Writer<'a> {
    random: &'a mut Random,
    items: Vec<Item>,
    out: String,
}

/// The source of a module whose event `e0` carries the first type, and so on.
pub(crate) fn print(random: &mut Random) -> String {
    let mut writer = Writer { random, items: Vec::new(), out: String::new() };
    let count = 4 + writer.random.below(5);
    writer.out.push_str("#[tidewire::realtime_events(name = \"fuzz\")]\npub mod fuzz {\n");
    writer.out.push_str("    #![allow(unused_imports)]\n    use tidewire::{DateTime, Int64, Json, Nullable, Uint64, Utc, Uuid};\n");
    writer.out.push_str("    use std::collections::{BTreeMap, HashMap};\n\n");
    for at in 0..count {
        let item = writer.item(at);
        writer.items.push(item);
        let _ = writeln!(writer.out, "    #[event(\"e{at}\")]\n    pub struct E{at}(pub T{at});\n");
    }
    writer.out.push_str("}\n");
    writer.out
}

impl Writer<'_> {
    fn item(&mut self, at: usize) -> Item {
        let mut out = String::new();
        let item = match self.random.below(9) {
            0..=2 => {
                let closed = self.random.once_in(3);
                if closed {
                    out.push_str("    #[serde(deny_unknown_fields)]\n");
                }
                if self.random.once_in(3) {
                    let _ = writeln!(out, "    #[serde(rename_all = {:?})]", self.random.pick(&CASES));
                }
                let fields = self.fields(at, !closed, "        pub ");
                let _ = writeln!(out, "    pub struct T{at} {{\n{fields}    }}\n");
                Item::Struct { closed }
            }
            3 => {
                let spelled = self.scalar(true);
                let _ = writeln!(out, "    pub struct T{at}({}pub {});\n", attribute(&spelled.said), spelled.ty);
                Item::Scalar
            }
            4 => {
                let spelled = self.list(1);
                let _ = writeln!(out, "    pub struct T{at}({}pub {});\n", attribute(&spelled.said), spelled.ty);
                Item::List
            }
            5 => {
                let open = self.random.once_in(3);
                let values = self.values(open);
                let _ = writeln!(out, "{values}");
                out = out.replace("NAME", &format!("T{at}"));
                Item::Enum
            }
            6 | 7 => {
                self.union(at, &mut out);
                Item::Union
            }
            _ => {
                self.choice(at, &mut out);
                Item::Choice
            }
        };
        self.out.push_str(&out);
        item
    }

    fn values(&mut self, open: bool) -> String {
        let mut out = String::new();
        if open {
            out.push_str("    #[rt(open)]\n");
        }
        if self.random.once_in(2) {
            let _ = writeln!(out, "    #[serde(rename_all = {:?})]", self.random.pick(&CASES));
        }
        out.push_str("    pub enum NAME {\n");
        let count = 1 + self.random.below(4);
        let mut renamed = self.random.some(&RENAMED, 4).into_iter();
        for variant in self.random.some(&VARIANTS, count) {
            if let Some(name) = renamed.next().filter(|_| self.random.once_in(4)) {
                let _ = writeln!(out, "        #[serde(rename = {name:?})]");
            }
            let _ = writeln!(out, "        {variant},");
        }
        out.push_str("    }\n");
        out
    }

    fn union(&mut self, at: usize, out: &mut String) {
        let content = self.random.once_in(4);
        let tag = *self.random.pick(&["op", "kind", "@type", "type of"]);
        let mut said = vec![format!("tag = {tag:?}")];
        if content {
            said.push("content = \"the content\"".to_owned());
        }
        if self.random.once_in(3) {
            said.push(format!("rename_all = {:?}", self.random.pick(&CASES)));
        }
        if self.random.once_in(3) {
            said.push(format!("rename_all_fields = {:?}", self.random.pick(&CASES)));
        }
        let closed = self.random.once_in(4);
        if closed {
            said.push("deny_unknown_fields".to_owned());
        }
        if self.random.once_in(3) {
            out.push_str("    #[rt(open)]\n");
        }
        let _ = writeln!(out, "    #[serde({})]\n    pub enum T{at} {{", said.join(", "));
        let count = 1 + self.random.below(4);
        for variant in self.random.some(&VARIANTS, count) {
            match self.random.below(4) {
                0 => {
                    let _ = writeln!(out, "        {variant},");
                }
                1 if content => {
                    let spelled = self.ty(1);
                    let _ = writeln!(out, "        {variant}({}{}),", attribute(&spelled.said), spelled.ty);
                }
                1 => match self.earlier(|item| matches!(item, Item::Struct { .. })) {
                    Some(name) => {
                        let _ = writeln!(out, "        {variant}({name}),");
                    }
                    None => {
                        let _ = writeln!(out, "        {variant},");
                    }
                },
                _ => {
                    let fields = self.fields(at, false, "            ");
                    let _ = writeln!(out, "        {variant} {{\n{fields}        }},");
                }
            }
        }
        out.push_str("    }\n\n");
    }

    fn choice(&mut self, at: usize, out: &mut String) {
        let _ = writeln!(out, "    #[serde(untagged)]\n    pub enum T{at} {{");
        let count = 2 + self.random.below(3);
        for kind in self.random.some(&["Flag", "Number", "Text", "List", "Object"], count) {
            let spelled = match kind {
                "Flag" => plain("bool"),
                "Number" => self.number(false),
                "Text" if self.random.once_in(3) => plain("Uuid"),
                "Text" => self.text(),
                "List" => self.list(1),
                _ => match self.earlier(|item| matches!(item, Item::Struct { .. } | Item::Union)) {
                    Some(name) => plain(&name),
                    None => plain("BTreeMap<String, String>"),
                },
            };
            let _ = writeln!(out, "        {kind}({}{}),", attribute(&spelled.said), spelled.ty);
        }
        out.push_str("    }\n\n");
    }

    /// Fields, a line or more each. A struct is flattened into them where nothing forbids it.
    fn fields(&mut self, at: usize, flatten: bool, indent: &str) -> String {
        let mut out = String::new();
        let count = self.random.below(6);
        let mut renamed = self.random.some(&RENAMED, 6).into_iter();
        for name in self.random.some(&FIELDS, count) {
            if let Some(name) = renamed.next().filter(|_| self.random.once_in(3)) {
                let _ = writeln!(out, "        #[serde(rename = {name:?})]");
            }
            let ahead = self.random.once_in(8);
            let (ty, mut said) = if ahead {
                // What may be absent, or is a list, may hold the type that it stands in.
                let name = format!("T{at}");
                (
                    self.random
                        .pick(&[format!("Option<Box<{name}>>"), format!("Vec<{name}>"), format!("BTreeMap<String, {name}>")])
                        .clone(),
                    Vec::new(),
                )
            } else {
                let spelled = self.direct(2);
                // `i64` is text only where it stands alone.
                let alone = spelled.said.iter().any(|said| said.starts_with("int64"));
                match self.random.below(4) {
                    _ if alone => (spelled.ty, spelled.said),
                    0 => (format!("Option<{}>", spelled.ty), spelled.said),
                    1 if !spelled.null => (format!("Nullable<{}>", spelled.ty), spelled.said),
                    2 if !spelled.null => (format!("Option<Nullable<{}>>", spelled.ty), spelled.said),
                    _ => (spelled.ty, spelled.said),
                }
            };
            if let Some(default) = self.default(&ty, &said) {
                match default.as_str() {
                    "own" => out.push_str("        #[serde(default)]\n"),
                    _ => said.push(default),
                }
            }
            let _ = writeln!(out, "        {}\n{indent}{name}: {ty},", attribute(&said));
        }
        if flatten
            && self.random.once_in(3)
            && let Some(name) = self.disjoint(at)
        {
            let _ = writeln!(out, "        #[serde(flatten)]\n{indent}more: {name},");
        }
        out
    }

    /// A struct without a field of the usual names, made for being flattened.
    fn disjoint(&mut self, at: usize) -> Option<String> {
        let name = format!("More{at}");
        let _ =
            writeln!(self.out, "    pub struct {name} {{\n        pub more_{at}: Option<i32>,\n        pub other_{at}: bool,\n    }}\n");
        Some(name)
    }

    /// A default for some of the fields that can have one.
    fn default(&mut self, ty: &str, said: &[String]) -> Option<String> {
        if !self.random.once_in(3) {
            return None;
        }
        let free = said.is_empty();
        match ty {
            "bool" => Some((*self.random.pick(&["own", "default = true"])).to_owned()),
            "String" if free => Some((*self.random.pick(&["own", "default = \"quote \\\" é 👋\""])).to_owned()),
            "i32" | "i16" if free => Some((*self.random.pick(&["own", "default = -7"])).to_owned()),
            "f64" if free => Some((*self.random.pick(&["own", "default = 0.25", "default = -3"])).to_owned()),
            _ if ty.starts_with("Nullable") => Some((*self.random.pick(&["own", "default_json = \"null\""])).to_owned()),
            _ if free && (ty.starts_with("Vec") || ty.starts_with("BTreeMap")) => Some("own".to_owned()),
            _ => None,
        }
    }

    /// The type of a field: everything that may stand there, 64-bit integers included.
    fn direct(&mut self, depth: usize) -> Spelled {
        match self.random.below(10) {
            0 => self.scalar(true),
            _ => self.ty(depth),
        }
    }

    fn ty(&mut self, depth: usize) -> Spelled {
        match self.random.below(if depth == 0 { 6 } else { 12 }) {
            0..=3 => self.scalar(false),
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
                let items: Vec<Spelled> = (0..1 + self.random.below(3)).map(|_| self.inner(depth - 1)).collect();
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

    fn list(&mut self, depth: usize) -> Spelled {
        let inner = self.inner(depth);
        let mut said = self.bounds("min_items", "max_items");
        if self.random.once_in(3) {
            said.push("unique".to_owned());
        }
        said.extend(wrapped("items", &inner.said));
        Spelled { ty: format!("Vec<{}>", inner.ty), said, null: false }
    }

    /// A type without types inside; `direct` is a field, where `i64` may be text.
    fn scalar(&mut self, direct: bool) -> Spelled {
        match self.random.below(9) {
            0 | 1 => self.text(),
            2 => plain("DateTime<Utc>"),
            3 => plain("Uuid"),
            4 => plain("bool"),
            5 if direct => {
                let ty = *self.random.pick(&["i64", "u64"]);
                Spelled { said: vec!["int64 = \"string\"".to_owned()], ..plain(ty) }
            }
            5 => plain(*self.random.pick(&["Int64", "Uint64"])),
            _ => self.number(direct),
        }
    }

    fn text(&mut self) -> Spelled {
        let said = match self.random.below(5) {
            0 => vec![format!("pattern = {:?}", self.random.pick(&PATTERNS).0)],
            1 => vec![format!("format = {:?}", self.random.pick(&Format::ALL).0)],
            2 => self.bounds("min_length", "max_length"),
            _ => Vec::new(),
        };
        Spelled { said, ..plain("String") }
    }

    fn number(&mut self, wide: bool) -> Spelled {
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

    fn earlier(&mut self, wanted: impl Fn(Item) -> bool) -> Option<String> {
        let found: Vec<usize> = self.items.iter().enumerate().filter(|(_, item)| wanted(**item)).map(|(at, _)| at).collect();
        (!found.is_empty()).then(|| format!("T{}", self.random.pick(&found)))
    }

    /// Whether null may stand in a named type.
    fn is_loose(&self, name: &str) -> bool {
        let at: Option<usize> = name.trim_start_matches('T').parse().ok();
        at.and_then(|at| self.items.get(at)).is_some_and(|item| *item == Item::Choice)
    }
}

fn plain(ty: &str) -> Spelled {
    Spelled { ty: ty.to_owned(), said: Vec::new(), null: false }
}

fn attribute(said: &[String]) -> String {
    if said.is_empty() { String::new() } else { format!("#[rt({})] ", said.join(", ")) }
}

fn wrapped(name: &str, said: &[String]) -> Option<String> {
    (!said.is_empty()).then(|| format!("{name}({})", said.join(", ")))
}
