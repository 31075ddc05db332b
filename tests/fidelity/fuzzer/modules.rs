//! Random events modules, written as a person would write them.

use std::fmt::Write as _;

use super::random::Random;
use super::spelling::{attribute, plain};

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
pub(crate) enum Item {
    Struct { closed: bool },
    Scalar,
    Enum,
    Union,
    Choice,
    List,
}

pub(crate) struct Writer<'a> {
    pub(crate) random: &'a mut Random,
    pub(crate) items: Vec<Item>,
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
        if flatten && self.random.once_in(3) {
            let name = self.disjoint(at);
            let _ = writeln!(out, "        #[serde(flatten)]\n{indent}more: {name},");
        }
        out
    }

    /// A struct without a field of the usual names, made for being flattened.
    fn disjoint(&mut self, at: usize) -> String {
        let name = format!("More{at}");
        let _ =
            writeln!(self.out, "    pub struct {name} {{\n        pub more_{at}: Option<i32>,\n        pub other_{at}: bool,\n    }}\n");
        name
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
}
